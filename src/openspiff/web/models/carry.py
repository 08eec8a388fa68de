"""How do transfers get out of the database and into an engine? As text, in blocks."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from django.db import connection
from django.db.models import Max

from openspiff.engine import DuckDBEngine
from openspiff.ledger import load_csv_transfers, load_json_transfers

from .books import Transfer

_TABLE: Final = Transfer._meta.db_table  # noqa: SLF001 (Django's documented name for it)
_LINES: Final = 50_000
_PAYEES: Final = 5_000


def carry_transfers(
    engine: DuckDBEngine,
    columns: Mapping[str, str],
    payee_ids: Sequence[str] | None = None,
) -> None:
    """Make `booked_transfers` of these columns in an engine; of some payees, or of all."""
    with tempfile.TemporaryDirectory(prefix="openspiff-") as folder:
        path = Path(folder) / "transfers"
        if connection.vendor == "postgresql":
            _copy_out(path, columns, payee_ids)
            load_csv_transfers(engine, path, columns)
        else:
            texts = _texts(columns) if payee_ids is None else _of(columns, payee_ids)
            with path.open("w", encoding="utf-8") as file:
                for text in texts:
                    file.write(text)
                    file.write("\n")
            load_json_transfers(engine, path, columns)


def _copy_out(
    path: Path, columns: Mapping[str, str], payee_ids: Sequence[str] | None
) -> None:
    which, values = "", None
    if payee_ids is not None:
        which, values = " WHERE payee_id = ANY(%s)", [list(payee_ids)]
    order = f"COPY (SELECT {', '.join(columns)} FROM {_TABLE}{which})"  # noqa: S608
    with (
        connection.cursor() as cursor,
        path.open("wb") as file,
        connection.wrap_database_errors,  # COPY is the driver's own, its errors too
        cursor.copy(f"{order} TO STDOUT (FORMAT csv)", values) as copy,
    ):
        for block in copy:
            file.write(block)


def _texts(columns: Mapping[str, str]) -> Iterator[str]:
    """Yield many lines at once: SQLite puts them together faster than Python reads rows."""
    last = Transfer.objects.aggregate(last=Max("sequence"))["last"] or 0
    for start in range(0, last, _LINES):
        yield from _text(columns, "sequence > %s AND sequence <= %s", start, start + _LINES)


def _of(columns: Mapping[str, str], payee_ids: Sequence[str]) -> Iterator[str]:
    for start in range(0, len(payee_ids), _PAYEES):
        part = json.dumps(payee_ids[start : start + _PAYEES])
        yield from _text(columns, "payee_id IN (SELECT value FROM json_each(%s))", part)


def _text(columns: Mapping[str, str], which: str, *values: str | int) -> Iterator[str]:
    line = f"json_array({', '.join(columns)})"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT group_concat({line}, char(10)) FROM {_TABLE} WHERE {which}",  # noqa: S608
            values,
        )
        text = cursor.fetchone()[0]
    if text is not None:
        yield text
