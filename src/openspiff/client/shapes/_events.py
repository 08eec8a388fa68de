"""Which shapes has the API for events?

Written from the schema by `python docs/make_client.py`: change the API, not this.
"""

from __future__ import annotations

from typing import Literal

import attrs


@attrs.frozen(kw_only=True)
class Event:
    """One event and one of its payees, as the feed says it now."""

    source: str
    event_id: str
    payee_id: str
    revision: int
    batch_no: int
    subject_id: str
    duplicate_of: str
    kind: str
    status: str
    occurred_at: int | None
    recorded_at: int
    share_ppm: int
    firm_id: str
    customer_id: str
    is_government: bool
    is_new_customer: bool | None
    product_id: str
    revenue_type: str
    quantity: int
    amount_minor: int
    list_price_minor: int | None
    margin_minor: int | None
    mrr_minor: int | None
    term_months: int | None
    currency: str


@attrs.frozen(kw_only=True)
class EventBatchGiven:
    """Events of one source, told at once."""

    source: str
    events: tuple[EventGiven, ...]


@attrs.frozen(kw_only=True)
class EventGiven:
    """One event as a source tells it now; told again, it is a new revision or known."""

    event_id: str
    kind: Literal[
        "deal_registered",
        "deal_won",
        "deal_activated",
        "first_invoice_paid",
        "demo_held",
        "nomination_accepted",
        "act_verified",
    ]
    status: Literal["open", "done", "lost", "cancelled"]
    payees: tuple[PayeeShare, ...]
    currency: str
    occurred_at: int | None = None
    recorded_at: int | None = None
    subject_id: str = ""
    firm_id: str = ""
    customer_id: str = ""
    product_id: str = ""
    revenue_type: str = ""
    is_government: bool | None = None
    is_new_customer: bool | None = None
    quantity: int | None = None
    term_months: int | None = None
    revision: int | None = None
    amount_minor: int | None = None
    list_price_minor: int | None = None
    margin_minor: int | None = None
    mrr_minor: int | None = None


@attrs.frozen(kw_only=True)
class EventHistory:
    """All that was ever said of one event, the oldest revision first."""

    items: tuple[Event, ...]


@attrs.frozen(kw_only=True)
class Import:
    """What a call brought into the feed; `batch_no` is null when all was known."""

    source: str
    batch_no: int | None
    new_count: int
    changed_count: int
    known_count: int
    rejected_count: int
    problems: tuple[RowProblem, ...]
    notes: tuple[str, ...]


@attrs.frozen(kw_only=True)
class PayeeShare:
    """One of several payees of an event, with the share in parts per million."""

    payee_id: str
    share_ppm: int | None = None


@attrs.frozen(kw_only=True)
class RowProblem:
    """One row or event that is not taken, and why."""

    place: str
    message: str
    remedy: str
