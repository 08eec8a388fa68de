"""Who is paid what, for which events, and what is withheld?"""

from __future__ import annotations

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
) -> Transfers:
    """Make the transfers that pay what is owed for accruals that took effect by `as_of`.

    Reads `booked_transfers` and `booked` (see open_books). `programs` are all versions that
    have money in the books, for their promised days. First booked, first paid. A payee from
    whom something is wanted back is paid only what is owed beyond it, in each currency;
    `payout_lines` tells what is withheld.

    Raises PayoutError, naming every version whose terms were not given.
    """
    promises = [(one.program_id, one.version, one.promised_days) for one in programs]
    engine.load_rows("ledger_promises", _PROMISE_COLUMNS, promises)
    # The same books give the same batch: a payout that is started twice has one name.
    booking = Booking(
        run_id=f"payout-{after}", effective_at=as_of, recorded_at=recorded_at, after=after
    )
    load_booking(engine, booking)
    engine.run([ledger_step("unpaid")])
    _refuse_without_terms(engine)
    return transfers_of(
        engine,
        booking,
        [
            ledger_step("payout_lines"),
            ledger_step("payout_moves", name="moves", is_stored=False),
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
