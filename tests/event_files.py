"""What do the tests of reading files share? A small mapping, and files made on the spot."""

from __future__ import annotations

from pathlib import Path

from openspiff.engine import DuckDBEngine, Row
from openspiff.events import Feed, ReadResult, open_feed, parse_mapping, read_events

IMPORTED_AT = 1_800_000_000_000_000

MAPPING = """
source = "crm"
main = "deals"
zone = "America/New_York"
[files.deals]
path = "deals.csv"
[columns]
event_id = "id"
occurred_at = "day"
amount = "value"
[constants]
kind = "deal_won"
status = "done"
currency = "USD"
[shares]
payee = "rep"
"""

HEADER = "id,rep,day,value"
GOOD = "d1,ann,2026-03-02,100.00"


def read(
    folder: Path, content: str | bytes, mapping: str = MAPPING, *, name: str = "deals.csv"
) -> ReadResult:
    """Read one file with this content."""
    data = content if isinstance(content, bytes) else content.encode()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)
    return read_events(folder, parse_mapping(mapping), recorded_at=IMPORTED_AT)


def lines(*rows: str, header: str = HEADER) -> str:
    """Return a CSV text of these rows."""
    return "\n".join([header, *rows]) + "\n"


def staged(result: ReadResult, columns: str) -> list[Row]:
    """Return columns of the staged rows, by event and payee."""
    names = dict.fromkeys(
        [*columns.replace(" ", "").split(","), "event_id", "payee_id"], ""
    )
    with DuckDBEngine(threads=1) as engine:
        engine.load_parquet("staged", result.staged, names)
        return engine.query(f"select {columns} from staged order by event_id, payee_id")


def current(feed: Feed, columns: str) -> list[Row]:
    """Return columns of the current events, by source, event and payee."""
    with DuckDBEngine(threads=1) as engine:
        open_feed(engine, feed)
        return engine.query(
            f"select {columns} from current_events order by source, event_id, payee_id"
        )


def reasons(result: ReadResult) -> dict[int, str]:
    """Return what is wrong with each refused row."""
    told: dict[int, str] = {}
    for one in result.rejects:
        text = f"{one.column}: {one.reason} ({one.remedy})"
        told[one.row] = f"{told[one.row]}; {text}" if one.row in told else text
    return told
