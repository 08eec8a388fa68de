"""What does one row of the feed say?

One row per event revision and payee. An event with three payees is three rows that differ
in `payee_id` and `share_ppm` only. Moments are microseconds since 1970 UTC, amounts
minor units of `currency`, shares parts per million. Unknown texts are empty, unknown
numbers null.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

EVENT_COLUMNS: Final[Mapping[str, str]] = {
    "batch_no": "BIGINT",  # the import that brought this revision; rises
    "source": "VARCHAR",  # the system it comes from
    "event_id": "VARCHAR",  # its name there
    "revision": "BIGINT",  # 1 for what was first said, then 2, 3, ...
    "subject_id": "VARCHAR",  # the deal or customer act behind it; event_id unless mapped
    "duplicate_of": "VARCHAR",  # "source/event_id" first told by another source, else ""
    "kind": "VARCHAR",  # a program.BehaviorKind
    "status": "VARCHAR",  # one of STATUSES
    "occurred_at": "BIGINT",  # null only while open
    "recorded_at": "BIGINT",  # when the source recorded this revision
    "entered_batch": "BIGINT",  # the batch in which it last became done (else its first)
    "entered_at": "BIGINT",  # recorded_at of that revision
    "status_at": "BIGINT",  # recorded_at of the revision that gave the present status
    "payee_id": "VARCHAR",
    "share_ppm": "BIGINT",  # shares of one event sum to 1,000,000
    "payee_count": "BIGINT",  # rows of this revision
    "firm_id": "VARCHAR",
    "customer_id": "VARCHAR",
    "is_government": "BOOLEAN",
    "is_new_customer": "BOOLEAN",  # null: derive from the feed
    "product_id": "VARCHAR",
    "revenue_type": "VARCHAR",
    "quantity": "BIGINT",  # units or seats
    "amount_minor": "BIGINT",
    "list_price_minor": "BIGINT",  # the amount before any discount; may be null
    "margin_minor": "BIGINT",  # may be null or negative
    "mrr_minor": "BIGINT",  # may be null
    "term_months": "BIGINT",  # may be null
    "currency": "VARCHAR",
}

LATER_COLUMNS: Final = ("list_price_minor",)
"""Columns that batches of the first version lack; they are null there."""

STATUSES: Final = ("open", "done", "lost", "cancelled")

SUPERSEDED_COLUMNS: Final[Mapping[str, str]] = {
    # A revision (all its rows) that a later batch replaced.
    "source": "VARCHAR",
    "event_id": "VARCHAR",
    "revision": "BIGINT",
}

PAYEE_COLUMNS: Final[Mapping[str, str]] = {
    # The roster: one row per payee and span of days with the same attributes.
    "payee_id": "VARCHAR",
    "name": "VARCHAR",
    "firm_id": "VARCHAR",
    "role": "VARCHAR",
    "tier": "VARCHAR",
    "region": "VARCHAR",
    "segment": "VARCHAR",
    "from_at": "BIGINT",  # first instant of the span
    "before_at": "BIGINT",  # first instant after it
}

RATE_COLUMNS: Final[Mapping[str, str]] = {
    # Minor units of to_currency for rate_den minor units of from_currency, while it holds.
    "from_currency": "VARCHAR",
    "to_currency": "VARCHAR",
    "from_at": "BIGINT",
    "before_at": "BIGINT",
    "rate_num": "BIGINT",
    "rate_den": "BIGINT",  # 1,000,000 (rates above 1) or 1,000,000,000
}

FIRST_INSTANT: Final = -(2**62)
"""Stands for "always was" in spans."""

LAST_INSTANT: Final = 2**62
"""Stands for "no end" in spans."""
