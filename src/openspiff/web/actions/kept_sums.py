"""How do the kept sums follow the transfers? In the transaction that books them.

They are nobody's act and no fact of their own, so there is no actor and no audit row: a
payee's sums are made anew from all of the payee's transfers whenever one is added.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from django.db import connection, transaction

from openspiff.engine import DuckDBEngine
from openspiff.ledger import KEPT_COLUMNS, KEPT_FROM, kept_sums
from openspiff.web.models import (
    KEPT_MODELS,
    KeptBooking,
    KeptPayee,
    Transfer,
    carry_transfers,
    sums_reach,
)

_WHOLE_FROM: Final = 4
"""When more than one payee in so many has moved, all are made anew: one scan is cheaper."""
_BLOCK: Final = 1 << 20


def keep_sums(*, after: int) -> None:
    """Keep the sums of what was booked after a transfer; call it in the same transaction.

    Sums that end before `after` are made anew whole.
    """
    kept, last = sums_reach()
    if kept == last:
        return
    if kept != after:
        _keep(after=0, payee_ids=None)
        return
    moved = Transfer.objects.filter(sequence__gt=after).order_by()
    payee_ids = list(moved.values_list("payee_id", flat=True).distinct())
    known = KeptPayee.objects.count()
    _keep(
        after=after,
        payee_ids=None if len(payee_ids) * _WHOLE_FROM > known else payee_ids,
    )


def renew_sums(*, is_forced: bool = False) -> bool:
    """Make all sums anew if they do not reach the last transfer; return whether it was so.

    With `is_forced` they are made anew in any case.
    """
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                table = Transfer._meta.db_table  # noqa: SLF001 (documented by Django)
                cursor.execute(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")
        kept, last = sums_reach()
        if kept == last and not is_forced:
            return False
        _keep(after=0, payee_ids=None)
    return True


def _keep(*, after: int, payee_ids: Sequence[str] | None) -> None:
    with DuckDBEngine() as engine:
        carry_transfers(engine, KEPT_FROM, payee_ids)
        kept_sums(engine, after=after)
        for name, model in KEPT_MODELS.items():
            table = model._meta.db_table  # noqa: SLF001 (documented by Django)
            if model is not KeptBooking or after == 0:
                _forget(table, payee_ids)
            _write(engine, name, table)


def _forget(table: str, payee_ids: Sequence[str] | None) -> None:
    with connection.cursor() as cursor:
        if payee_ids is None:
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608 (a name of ours)
            return
        each = "SELECT value FROM json_each(%s)"
        if connection.vendor == "postgresql":
            each = "SELECT value FROM json_array_elements_text(%s::json)"
        cursor.execute(
            f"DELETE FROM {table} WHERE payee_id IN ({each})",  # noqa: S608
            [json.dumps(payee_ids)],
        )


def _write(engine: DuckDBEngine, name: str, table: str) -> None:
    columns = ", ".join(KEPT_COLUMNS[name])
    rows = f"select {columns} from {name}"  # noqa: S608 (names of ours)
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            marks = ", ".join(["%s"] * len(KEPT_COLUMNS[name]))
            for several in engine.stream(rows):
                cursor.executemany(
                    f"INSERT INTO {table} ({columns}) VALUES ({marks})",  # noqa: S608
                    several,
                )
            return
        with tempfile.TemporaryDirectory(prefix="openspiff-") as folder:
            path = Path(folder) / "sums.csv"
            engine.write_csv(rows, path)
            order = f"COPY {table} ({columns}) FROM STDIN (FORMAT csv, HEADER)"
            with (
                path.open("rb") as file,
                connection.wrap_database_errors,  # COPY is the driver's own
                cursor.copy(order) as copy,
            ):
                while block := file.read(_BLOCK):
                    copy.write(block)
