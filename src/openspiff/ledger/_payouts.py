"""Who is paid what, for which events, and what is withheld?"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import ClassVar, Final

import attrs

from openspiff.engine import DuckDBEngine
from openspiff.errors import OpenSpiffError, Problem
from openspiff.ledger._steps import (
    Booking,
    Transfers,
    ledger_step,
    load_booking,
    transfers_of,
)
from openspiff.program import Program

_CHOSEN_COLUMNS: Final = {
    "payee_id": "VARCHAR",
    "program_id": "VARCHAR",
    "version": "BIGINT",
    "currency": "VARCHAR",
    "accrued_at": "BIGINT",
}
_PROMISE_COLUMNS: Final = {
    "program_id": "VARCHAR",
    "version": "BIGINT",
    "promised_days": "BIGINT",
}


class PayoutError(OpenSpiffError):
    """Payouts that cannot be made up."""

    code: ClassVar[str] = "payout"


@attrs.frozen
class PayoutLine:
    """What one payee is paid for one event; the rest of `unpaid_minor` is withheld."""

    payee_id: str
    firm_id: str
    program_id: str
    source: str
    event_id: str
    currency: str
    unpaid_minor: int
    paid_minor: int
    accrued_at: int
    promised_at: int

    @property
    def withheld_minor(self) -> int:
        """What stays owed, because as much is wanted back from the payee."""
        return self.unpaid_minor - self.paid_minor


@attrs.frozen(kw_only=True)
class OwedSum:
    """What is owed to one payee under one version for what was booked at one moment.

    `unpaid_minor` is owed for `event_count` events, `paid_minor` what of it `payouts`
    would pay: the rest is withheld.
    """

    payee_id: str
    firm_id: str
    program_id: str
    version: int
    currency: str
    accrued_at: int
    event_count: int
    unpaid_minor: int
    paid_minor: int


@attrs.frozen(kw_only=True)
class ChosenPayouts:
    """Which of what is owed is paid, and the name of the batch that pays it."""

    run_id: str
    sums: tuple[OwedSum, ...]


@attrs.frozen
class PayeeBalance:
    """What one payee is owed and what is wanted back, in one currency."""

    payee_id: str
    currency: str
    payable_minor: int
    receivable_minor: int

    @property
    def balance_minor(self) -> int:
        """What the payee has to get; below zero, what it has to give back."""
        return self.payable_minor - self.receivable_minor


def payouts(
    engine: DuckDBEngine,
    *,
    programs: Iterable[Program],
    as_of: int,
    recorded_at: int,
    after: int,
    chosen: ChosenPayouts | None = None,
) -> Transfers:
    """Make the transfers that pay what is owed for accruals that took effect by `as_of`.

    Reads `booked_transfers` and `booked` (see open_books). `programs` are all versions that
    have money in the books, for their promised days. First booked, first paid. A payee from
    whom something is wanted back is paid only what is owed beyond it, in each currency;
    `payout_lines` tells what is withheld. With `chosen` only that is paid; what a line is
    paid does not depend on which others are chosen.

    Raises PayoutError, naming every version whose terms were not given.
    """
    promises = [(one.program_id, one.version, one.promised_days) for one in programs]
    engine.load_rows("ledger_promises", _PROMISE_COLUMNS, promises)
    # The same books give the same batch: a payout that is started twice has one name.
    run_id = f"payout-{after}" if chosen is None else chosen.run_id
    booking = Booking(
        run_id=run_id, effective_at=as_of, recorded_at=recorded_at, after=after
    )
    load_booking(engine, booking)
    engine.run([ledger_step("unpaid")])
    _refuse_without_terms(engine)
    moves = "payout_moves"
    if chosen is not None:
        moves = "chosen_moves"
        names = tuple(_CHOSEN_COLUMNS)
        rows = [tuple(getattr(one, name) for name in names) for one in chosen.sums]
        engine.load_rows("payout_chosen", _CHOSEN_COLUMNS, rows)
    return transfers_of(
        engine,
        booking,
        [
            ledger_step("payout_lines"),
            ledger_step(moves, name="moves", is_stored=False),
        ],
        program_ids=None,
    )


def payout_lines(engine: DuckDBEngine) -> list[PayoutLine]:
    """Return the lines of the last `payouts`, by payee and first booked first."""
    rows = engine.query(
        "select payee_id, firm_id, program_id, source, event_id, currency, unpaid_minor,"
        " cast(paid_minor as bigint), accrued_at, promised_at from payout_lines"
        " order by payee_id, currency, first_sequence"
    )
    return [PayoutLine(*row) for row in rows]


def owed_sums(engine: DuckDBEngine) -> list[OwedSum]:
    """Return what the last `payouts` found owed, by payee, program and moment."""
    rows = engine.query(
        "select payee_id, max(firm_id), program_id, version, currency, accrued_at,"
        " count(*), cast(sum(unpaid_minor) as bigint), cast(sum(paid_minor) as bigint)"
        " from payout_lines"
        " group by payee_id, program_id, version, currency, accrued_at"
        " order by payee_id, program_id, version, currency, accrued_at"
    )
    names = [field.name for field in attrs.fields(OwedSum)]
    return [OwedSum(**dict(zip(names, row, strict=True))) for row in rows]


def payout_digest(sums: Iterable[OwedSum], *, after: int) -> str:
    """Return a digest of what is to be paid and of how far the books had come.

    Whoever approves signs it: other lines, other amounts or other books have another one.
    """
    lines = sorted(repr(attrs.astuple(one)) for one in sums)
    return hashlib.sha256("\n".join([str(after), *lines]).encode()).hexdigest()


def balances(engine: DuckDBEngine) -> list[PayeeBalance]:
    """Return what every payee in `booked` is owed and what is wanted back."""
    rows = engine.query(
        "select payee_id, currency,"
        " cast(sum(accrued_minor - reversed_minor - paid_minor) as bigint),"
        " cast(sum(clawed_back_minor) as bigint) from booked"
        " group by payee_id, currency order by payee_id, currency"
    )
    return [PayeeBalance(*row) for row in rows]


def _refuse_without_terms(engine: DuckDBEngine) -> None:
    missing = engine.query(
        "select distinct u.program_id, u.version from unpaid u left join ledger_promises p"
        " on p.program_id = u.program_id and p.version = u.version"
        " where p.program_id is null order by u.program_id, u.version"
    )
    if missing:
        problems = [
            Problem(f"{program_id} version {version}", "its terms were not given")
            for program_id, version in missing
        ]
        raise PayoutError("payouts need the terms of all that is owed", problems)
