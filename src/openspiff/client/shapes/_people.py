"""Which shapes has the API for people?

Written from the schema by `python docs/make_client.py`: change the API, not this.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs


@attrs.frozen(kw_only=True)
class Entitlement:
    """What one version of a program says of one event of a payee, and why."""

    program_id: str
    version: int
    source: str
    event_id: str
    payee_id: str
    due: int
    currency: str
    is_draw: bool
    reasons: tuple[str, ...]
    sentences: tuple[str, ...]
    facts: dict[str, Any]


@attrs.frozen(kw_only=True)
class EntitlementList:
    """What every launched version says."""

    items: tuple[Entitlement, ...]


@attrs.frozen(kw_only=True)
class Firm:
    """A firm of the roster, with its last word on whether its people may be paid."""

    firm_id: str
    payee_count: int
    has_consent: bool
    consent_given_on: dt.date | None


@attrs.frozen(kw_only=True)
class Line:
    """One transfer as its payee sees it: what it gets, or loses."""

    sequence: int
    effective_at: int
    program_id: str
    source: str
    event_id: str
    kind: str
    change_minor: int
    balance_minor: int
    currency: str
    reason: str


@attrs.frozen(kw_only=True)
class Money:
    """Sums of one currency."""

    currency: str
    earned_minor: int
    paid_minor: int
    owed_minor: int


@attrs.frozen(kw_only=True)
class Month:
    """One month in one currency."""

    month: str
    currency: str
    opening_minor: int
    closing_minor: int
    lines: tuple[Line, ...]


@attrs.frozen(kw_only=True)
class Payee:
    """Somebody who is paid."""

    payee_id: str
    name: str
    firm_id: str


@attrs.frozen(kw_only=True)
class Promise:
    """What is to be paid by a day."""

    program_id: str
    amount_minor: int
    currency: str
    event_count: int
    promised_on: dt.date


@attrs.frozen(kw_only=True)
class Statement:
    """What a payee earned, was paid and is still to get."""

    payee: Payee
    zone: str
    balances: tuple[Money, ...]
    promises: tuple[Promise, ...]
    months: tuple[Month, ...]


@attrs.frozen(kw_only=True)
class WholeFirm:
    """A firm with what its payees earned."""

    firm_id: str
    payee_count: int
    has_consent: bool
    consent_given_on: dt.date | None
    money: tuple[Money, ...]
