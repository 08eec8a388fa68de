"""How does a calculation see the feed? As five tables with fixed names in an engine."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from openspiff.engine import DuckDBEngine, Row, Step
from openspiff.events._feed import Feed, require_files
from openspiff.events._shape import (
    EVENT_COLUMNS,
    LATER_COLUMNS,
    PAYEE_COLUMNS,
    RATE_COLUMNS,
    SUPERSEDED_COLUMNS,
)

_ALL: Final = ", ".join(f"e.{column} as {column}" for column in EVENT_COLUMNS)

_WHOLE: Final = f"select {_ALL} from event_rows as e"  # noqa: S608

_WITHOUT_SUPERSEDED: Final = f"""
select {_ALL}
from event_rows as e
left anti join superseded as s
  on s.source = e.source and s.event_id = e.event_id and s.revision = e.revision
"""  # noqa: S608


def open_feed(engine: DuckDBEngine, feed: Feed) -> None:
    """Load the feed into the engine under the names that every step reads.

    `event_rows` holds every revision (EVENT_COLUMNS), `superseded` the revisions that no
    longer count, `current_events` the rows that do, `roster` PAYEE_COLUMNS and `rates`
    RATE_COLUMNS (both empty where the feed names no file). `current_events` costs nothing
    while nothing is superseded. Raises FeedFileError when files are gone or broken.
    """
    require_files((*feed.events, *feed.superseded, *_some(feed.rates)))
    engine.load_parquet("event_rows", feed.events, EVENT_COLUMNS, lacking=LATER_COLUMNS)
    engine.load_parquet("superseded", feed.superseded, SUPERSEDED_COLUMNS)
    open_roster(engine, feed)
    engine.load_parquet("rates", _some(feed.rates), RATE_COLUMNS)
    text = _WITHOUT_SUPERSEDED if feed.superseded else _WHOLE
    engine.run([Step(name="current_events", sql=text, is_stored=False)])


def open_roster(engine: DuckDBEngine, feed: Feed) -> None:
    """Load the whole roster of the feed as `roster` (empty where the feed has none)."""
    require_files(_some(feed.payees))
    engine.load_parquet("roster", _some(feed.payees), PAYEE_COLUMNS)


def payees_of(feed: Feed) -> list[Row]:
    """Return the roster as rows in the order of PAYEE_COLUMNS, by payee and span."""
    if feed.payees is None:
        return []
    require_files([feed.payees])
    with DuckDBEngine(threads=1) as engine:
        engine.load_parquet("roster", (feed.payees,), PAYEE_COLUMNS)
        columns = ", ".join(PAYEE_COLUMNS)
        return engine.query(f"select {columns} from roster order by payee_id, from_at")  # noqa: S608


def _some(path: Path | None) -> tuple[Path, ...]:
    return () if path is None else (path,)
