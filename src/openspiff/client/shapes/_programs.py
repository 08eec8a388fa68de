"""Which shapes has the API for programs?

Written from the schema by `python docs/make_client.py`: change the API, not this.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs


@attrs.frozen(kw_only=True)
class BudgetLeft:
    """How much of the budget is left."""

    total: int
    left: int
    used_ppm: int
    is_spent: bool
    is_sure: bool


@attrs.frozen(kw_only=True)
class DraftGiven:
    """A program file to keep as a draft."""

    text: str
    replaces: str = ""


@attrs.frozen(kw_only=True)
class Earlier:
    """The same days of an earlier quarter: so far, and in all."""

    months: int
    starts_on: dt.date
    until: dt.date
    count: int
    total: int


@attrs.frozen(kw_only=True)
class EndGiven:
    """From which day on a program ends; null closes one whose window is over."""

    ends_before: dt.date | None = None


@attrs.frozen(kw_only=True)
class Exhaustion:
    """The day on which the budget is expected to be spent; null: not in the window."""

    week_count: int
    mean_week_minor: int
    fastest_week_minor: int
    slowest_week_minor: int
    likely_on: dt.date | None
    earliest_on: dt.date | None
    latest_on: dt.date | None


@attrs.frozen(kw_only=True)
class Figures:
    """What a program has come to by the books, in minor units of its currency."""

    entitled_minor: int
    owed_minor: int
    paid_minor: int
    clawed_back_minor: int


@attrs.frozen(kw_only=True)
class Joined:
    """How many came onto the roster since the launch and are enrolled now."""

    joined_count: int


@attrs.frozen(kw_only=True)
class Leaderboard:
    """The places of a program, live or as they were kept at its end."""

    program_id: str
    ranked_count: int
    taken_at: int | None
    places: tuple[Place, ...]


@attrs.frozen(kw_only=True)
class Live:
    """How a launched program goes, as of the last day that the feed tells of."""

    program_id: str
    version: int
    currency: str
    zone: str
    today: dt.date
    last_on: dt.date
    has_begun: bool
    is_draw: bool
    figures: Figures
    pace: LivePace
    budget: BudgetLeft | None
    expected: Exhaustion | None
    late_minor: int
    speed: Speed
    held_out_count: int
    held_out_event_count: int
    held_out_booked_minor: int
    pictures: tuple[Picture, ...]


@attrs.frozen(kw_only=True)
class LivePace:
    """Qualifying events so far, beside the plan and beside earlier quarters."""

    count: int
    target: int | None
    planned: int | None
    ahead: int | None
    by_phase: bool
    earlier: tuple[Earlier, ...]


@attrs.frozen(kw_only=True)
class PauseGiven:
    """Why no claims are taken; payees read it."""

    reason: str


@attrs.frozen(kw_only=True)
class Picture:
    """One picture in words and numbers; its drawing is asked for by its name."""

    name: str
    title: str
    alternative: str
    header: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


@attrs.frozen(kw_only=True)
class Place:
    """One place of a leaderboard, as the terms show it to the caller."""

    place: int
    name: str
    firm_id: str
    event_count: int
    amount_minor: int | None
    is_own: bool


@attrs.frozen(kw_only=True)
class Program:
    """One version of a program: who is paid for what, in one line, and when."""

    program_id: str
    version: int
    name: str
    state: str
    rule: str
    currency: str
    zone: str
    starts_on: dt.date
    ends_before: dt.date
    reported_before: dt.date | None
    promised_days: int
    budget: int | None
    payee_cap: int | None
    is_paused: bool
    content_hash: str
    launched_at: int | None
    ended_at: int | None


@attrs.frozen(kw_only=True)
class Speed:
    """How many days booking and paying took, beside the promise."""

    booked: Wait | None
    paid: Wait | None
    paid_count: int
    in_time_ppm: int | None
    promised_days: int


@attrs.frozen(kw_only=True)
class Terms:
    """The terms of one version: as payees read them, and for staff as data."""

    program_id: str
    version: int
    content_hash: str
    text: str
    terms: dict[str, Any] | None


@attrs.frozen(kw_only=True)
class VersionList:
    """Every version of a program that the caller may see, the newest first."""

    items: tuple[Program, ...]


@attrs.frozen(kw_only=True)
class Wait:
    """Within how many days half, and nine of ten, were done."""

    half: int
    most: int
