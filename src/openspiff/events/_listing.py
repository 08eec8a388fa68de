"""Which events are in the feed, and what was said of one over time?"""

from __future__ import annotations

from typing import Any, Final

import attrs

from openspiff.engine import DuckDBEngine, quoted
from openspiff.events._feed import Feed
from openspiff.events._open import open_feed
from openspiff.events._shape import EVENT_COLUMNS

_KEY: Final = ("source", "event_id", "payee_id")
_COLUMNS: Final = ", ".join(f"e.{name} as {name}" for name in EVENT_COLUMNS)


@attrs.frozen(kw_only=True)
class EventFilter:
    """Which events are asked for; what is empty asks for all.

    `recorded_from` and `recorded_before` are moments in microseconds since 1970 UTC.
    """

    source: str = ""
    kind: str = ""
    status: str = ""
    payee_id: str = ""
    firm_id: str = ""
    customer_id: str = ""
    product_id: str = ""
    recorded_from: int | None = None
    recorded_before: int | None = None

    def tests(self) -> list[str]:
        """Return the conditions over `e`."""
        found = [
            f"e.{name} = {quoted(value)}"
            for name, value in attrs.asdict(self).items()
            if isinstance(value, str) and value
        ]
        if self.recorded_from is not None:
            found.append(f"e.recorded_at >= {int(self.recorded_from)}")
        if self.recorded_before is not None:
            found.append(f"e.recorded_at < {int(self.recorded_before)}")
        return found


def list_events(
    feed: Feed,
    asked: EventFilter,
    *,
    after: tuple[str, str, str] | None = None,
    limit: int,
) -> list[dict[str, Any]]:
    """Return rows that count now, by source, event and payee, those after a key.

    Rows are mappings of EVENT_COLUMNS, one for each payee of an event.
    """
    tests = asked.tests()
    if after is not None:
        key = ", ".join(quoted(part) for part in after)
        # The first test alone lets whole pieces of a file be passed over.
        tests.append(f"e.source >= {quoted(after[0])}")
        tests.append(f"({', '.join(f'e.{name}' for name in _KEY)}) > ({key})")
    where = " and ".join(tests) or "true"
    names = ", ".join(f"e.{name} as {name}" for name in _KEY)
    same = " and ".join(f"p.{name} = e.{name}" for name in _KEY)
    order = ", ".join(f"e.{name}" for name in _KEY)
    # First which rows, by the few columns that say so, and then these rows whole.
    text = (
        f"with page as materialized (select {names} from current_events as e"  # noqa: S608
        f" where {where} order by {order} limit {int(limit)})"
        f" select {_COLUMNS} from current_events as e join page as p on {same}"
        f" order by {order}"
    )
    return _rows(feed, text)


def event_history(feed: Feed, *, source: str, event_id: str) -> list[dict[str, Any]]:
    """Return all that was ever said of one event, the oldest revision first."""
    text = (
        f"select {_COLUMNS} from event_rows as e where e.source = {quoted(source)}"  # noqa: S608
        f" and e.event_id = {quoted(event_id)} order by e.revision, e.payee_id"
    )
    return _rows(feed, text)


def _rows(feed: Feed, text: str) -> list[dict[str, Any]]:
    if not feed.events:
        return []
    with DuckDBEngine(threads=1) as engine:
        open_feed(engine, feed)
        rows = engine.query(text)
    return [dict(zip(EVENT_COLUMNS, row, strict=True)) for row in rows]
