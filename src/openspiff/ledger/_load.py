"""How do transfers that a database holds become a table of the engine?

A million rows as Python tuples take longer to carry over than to work out; as text they
are read by the engine itself, on every core.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from openspiff.engine import DuckDBEngine, quoted
from openspiff.ledger._kinds import TRANSFER_COLUMNS

SUM_COLUMNS: Final[Mapping[str, str]] = {
    # Enough for differences and payouts; `verify` needs all TRANSFER_COLUMNS.
    name: TRANSFER_COLUMNS[name]
    for name in (
        "sequence",
        "kind",
        "amount_minor",
        "currency",
        "program_id",
        "version",
        "source",
        "event_id",
        "payee_id",
        "firm_id",
        "number",
        "effective_at",
    )
}


def load_csv_transfers(
    engine: DuckDBEngine, path: Path, columns: Mapping[str, str] = TRANSFER_COLUMNS
) -> None:
    """Make `booked_transfers` of CSV without a header, every text in double quotes."""
    shape = ", ".join(f"'{name}': '{kind}'" for name, kind in columns.items())
    _replace(
        engine,
        f"select * from read_csv({quoted(path)}, columns = {{{shape}}},"  # noqa: S608
        " auto_detect = false, header = false, delim = ',', quote = '\"', escape = '\"',"
        " allow_quoted_nulls = false, max_line_size = 10000000)",
    )


def load_json_transfers(
    engine: DuckDBEngine, path: Path, columns: Mapping[str, str] = TRANSFER_COLUMNS
) -> None:
    """Make `booked_transfers` of lines that are JSON lists in the order of `columns`."""
    fields = ", ".join(
        f"cast(fields[{place}] as {kind}) as {name}"
        for place, (name, kind) in enumerate(columns.items(), start=1)
    )
    _replace(
        engine,
        f"select {fields} from read_json({quoted(path)}, records = false,"  # noqa: S608
        " format = 'newline_delimited', columns = {'fields': 'VARCHAR[]'},"
        " maximum_object_size = 10000000)",
    )


def _replace(engine: DuckDBEngine, sql: str) -> None:
    # Whatever stood under the name may be a view over files or a table.
    engine.load_rows("booked_transfers", {"sequence": "BIGINT"}, [])
    engine.execute(f"create or replace table booked_transfers as {sql}")
