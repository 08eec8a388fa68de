"""Which events are there of a payee, or of a customer? As they stand in the feed now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from openspiff.engine import DuckDBEngine, quoted
from openspiff.events._feed import Feed
from openspiff.events._open import open_feed
from openspiff.events._shape import EVENT_COLUMNS


def find_events(
    feed: Feed,
    *,
    payee_id: str | None = None,
    customers: Sequence[str] | None = None,
    limit: int = 500,
) -> list[dict[str, Any]]:
    """Return current rows of a payee, of customers or both, the latest first.

    Rows are mappings of EVENT_COLUMNS; customers are compared without regard to case.
    Nothing asked is nothing found.
    """
    tests = []
    if payee_id is not None:
        tests.append(f"e.payee_id = {quoted(payee_id)}")
    if customers is not None:
        names = ", ".join(quoted(one.lower()) for one in customers) or "null"
        tests.append(f"lower(e.customer_id) in ({names})")
    if not tests or not feed.events:
        return []
    columns = ", ".join(f"e.{name} as {name}" for name in EVENT_COLUMNS)
    with DuckDBEngine(threads=1) as engine:
        open_feed(engine, feed)
        rows = engine.query(
            f"select {columns} from current_events as e where {' and '.join(tests)}"  # noqa: S608
            " order by coalesce(e.occurred_at, e.recorded_at) desc, e.event_id, e.payee_id"
            f" limit {int(limit)}"
        )
    return [dict(zip(EVENT_COLUMNS, row, strict=True)) for row in rows]
