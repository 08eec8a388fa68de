"""Which shapes has the API for finance?

Written from the schema by `python docs/make_client.py`: change the API, not this.
"""

from __future__ import annotations

import datetime as dt

import attrs

from ._programs import Picture


@attrs.frozen(kw_only=True)
class Batch:
    """One payout batch: what it comes to, and where it stands."""

    number: int
    state: str
    totals: dict[str, int]
    payee_count: int
    line_count: int
    approved_count: int
    needed_count: int
    prepared_at: int
    prepared_by: str


@attrs.frozen(kw_only=True)
class BatchList:
    """The last hundred batches, the latest first."""

    items: tuple[Batch, ...]


@attrs.frozen(kw_only=True)
class BatchStep:
    """One thing that somebody did with a batch."""

    state: str
    taken_at: int
    taken_by: str
    note: str
    run_id: str


@attrs.frozen(kw_only=True)
class Budget:
    """What one program may spend, has spent, and is expected to."""

    program_id: str
    currency: str
    budget_minor: int | None
    booked_minor: int
    paid_minor: int
    owed_minor: int
    expected_minor: int | None
    is_open: bool


@attrs.frozen(kw_only=True)
class BudgetList:
    """Every launched program, the newest window first."""

    items: tuple[Budget, ...]


@attrs.frozen(kw_only=True)
class Exceptional:
    """One payee whose money is odd, and the event that it is about, if any."""

    payee_id: str
    name: str
    currency: str
    amount_minor: int
    program_id: str
    source: str
    event_id: str
    other: int


@attrs.frozen(kw_only=True)
class FinanceExceptions:
    """Everything about the money that needs a person, rule by rule."""

    count: int
    negative: RuleFound
    unknown: RuleFound
    unusual: RuleFound
    twice: RuleFound
    late: LateFound
    without_method: RuleFound
    without_consent: RuleFound


@attrs.frozen(kw_only=True)
class FinanceOverview:
    """What is owed, and what waits for somebody."""

    sums: tuple[Owed, ...]
    overdue: dict[str, int]
    batches_to_approve: tuple[int, ...]
    batches_to_pay: tuple[int, ...]
    exception_count: int
    hold_count: int


@attrs.frozen(kw_only=True)
class Hold:
    """One hold."""

    hold_id: int
    kind: str
    held_id: str
    reason: str
    ends_before: dt.date | None
    placed_at: int
    placed_by: str
    released_at: int | None
    released_by: str
    release_reason: str


@attrs.frozen(kw_only=True)
class HoldGiven:
    """Whose money is to wait, why, and until when; null: until it is released."""

    kind: str
    held_id: str
    reason: str
    ends_before: dt.date | None = None


@attrs.frozen(kw_only=True)
class HoldList:
    """Holds, the newest first."""

    items: tuple[Hold, ...]


@attrs.frozen(kw_only=True)
class Late:
    """What one payee waits for although its day has passed."""

    payee_id: str
    name: str
    program_id: str
    currency: str
    amount_minor: int
    promised_on: dt.date


@attrs.frozen(kw_only=True)
class LateFound:
    """Who waits longer than was promised, and how many in all."""

    count: int
    items: tuple[Late, ...]


@attrs.frozen(kw_only=True)
class Owed:
    """What is owed in one currency by the promises, and by the accounts."""

    currency: str
    schedule_minor: int
    payable_minor: int
    receivable_minor: int
    difference_minor: int


@attrs.frozen(kw_only=True)
class PictureList:
    """Every picture, in words and numbers."""

    items: tuple[Picture, ...]


@attrs.frozen(kw_only=True)
class ReleaseGiven:
    """Why a hold is released."""

    reason: str


@attrs.frozen(kw_only=True)
class RuleFound:
    """What one rule found: the first of them, most money first, and how many in all."""

    count: int
    items: tuple[Exceptional, ...]


@attrs.frozen(kw_only=True)
class WholeBatch:
    """One batch with its history."""

    number: int
    state: str
    totals: dict[str, int]
    payee_count: int
    line_count: int
    approved_count: int
    needed_count: int
    prepared_at: int
    prepared_by: str
    digest: str
    has_moved: bool
    steps: tuple[BatchStep, ...]
