"""Which of my deals does the feed know already? Searched by customer, product or id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import attrs

from openspiff.events import find_events
from openspiff.web.access import NotAllowedError, NotVisibleError, Viewer
from openspiff.web.models import CLAIM_SOURCE

from .feed import feed_files

_AT_MOST: Final = 2_000
_SHOWN: Final = 12


@attrs.frozen(kw_only=True)
class FoundEvent:
    """One event of the viewer, with what a claim takes over from it."""

    source: str
    event_id: str
    subject_id: str
    kind: str
    status: str
    occurred_at: int | None
    customer_id: str
    product_id: str
    revenue_type: str
    quantity: int
    amount_minor: int
    margin_minor: int | None
    mrr_minor: int | None
    term_months: int | None
    is_government: bool
    currency: str


def found_events(viewer: Viewer, search: str) -> list[FoundEvent]:
    """Return events of the payee that the viewer is which hold every word of `search`.

    The latest first, a dozen at most. Raises NotAllowedError for whoever is no payee.
    """
    if not viewer.payee_id:
        raise NotAllowedError("only a payee has events of their own")
    words = search.casefold().split()
    if not words:
        return []
    found = (
        row
        for row in find_events(feed_files(viewer), payee_id=viewer.payee_id, limit=_AT_MOST)
        if row["source"] != CLAIM_SOURCE and _holds(row, words)
    )
    return [_found(row) for row, _ in zip(found, range(_SHOWN), strict=False)]


def found_event(viewer: Viewer, *, source: str, event_id: str) -> FoundEvent:
    """Return one event of the payee that the viewer is.

    Raises NotVisibleError when it is not theirs, or does not exist.
    """
    if viewer.payee_id:
        for row in find_events(
            feed_files(viewer), payee_id=viewer.payee_id, limit=_AT_MOST
        ):
            if (row["source"], row["event_id"]) == (source, event_id):
                return _found(row)
    message = f"no event {event_id}"
    raise NotVisibleError(message)


def _holds(row: Mapping[str, Any], words: list[str]) -> bool:
    names = ("event_id", "subject_id", "customer_id", "product_id")
    text = " ".join(str(row[name]) for name in names).casefold()
    return all(word in text for word in words)


def _found(row: Mapping[str, Any]) -> FoundEvent:
    return FoundEvent(**{name: row[name] for name in attrs.fields_dict(FoundEvent)})
