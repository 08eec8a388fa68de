"""Which shapes has the API for finance?

Written from the schema by `python docs/make_client.py`: change the API, not this.
"""

from __future__ import annotations

import datetime as dt

import attrs


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
class ReleaseGiven:
    """Why a hold is released."""

    reason: str


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
