"""Which shapes has the API for programs?

Written from the schema by `python docs/make_client.py`: change the API, not this.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs


@attrs.frozen(kw_only=True)
class DraftGiven:
    """A program file to keep as a draft."""

    text: str
    replaces: str = ""


@attrs.frozen(kw_only=True)
class EndGiven:
    """From which day on a program ends; null closes one whose window is over."""

    ends_before: dt.date | None = None


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
class PauseGiven:
    """Why no claims are taken; payees read it."""

    reason: str


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
