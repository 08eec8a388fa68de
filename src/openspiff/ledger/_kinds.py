"""What is a transfer? One debit account, one credit account, one positive amount."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, assert_never

import attrs


class Kind(StrEnum):
    """Why money moved.

    ACCRUAL: we now owe. REVERSAL: we no longer owe what was not paid. PAYOUT: it was paid.
    CLAWBACK: we want back what was paid.
    """

    ACCRUAL = "accrual"
    REVERSAL = "reversal"
    PAYOUT = "payout"
    CLAWBACK = "clawback"


@attrs.frozen
class Accounts:
    """The two sides of one transfer."""

    debit: str
    credit: str


CASH: Final = "cash"


def accounts(kind: Kind, *, program_id: str, payee_id: str) -> Accounts:
    """Return the accounts that a transfer of this kind moves money between.

    `payable` holds what is owed to a payee, `receivable` what is wanted back, `expense`
    what a program has cost. The SQL that writes transfers says the same in its own words;
    the tests and `verify` compare the two.
    """
    expense = f"expense:{program_id}"
    payable = f"payable:{payee_id}"
    match kind:
        case Kind.ACCRUAL:
            return Accounts(expense, payable)
        case Kind.REVERSAL:
            return Accounts(payable, expense)
        case Kind.PAYOUT:
            return Accounts(payable, CASH)
        case Kind.CLAWBACK:
            return Accounts(f"receivable:{payee_id}", expense)
        case _:
            assert_never(kind)


KEY_COLUMNS: Final = ("program_id", "source", "event_id", "payee_id")
"""What one entitlement is known by."""

TRANSFER_COLUMNS: Final[Mapping[str, str]] = {
    "sequence": "BIGINT",  # its place in the books: 1, 2, 3 ... without gaps
    "transfer_key": "VARCHAR",  # program/source/event/payee/number: one transfer each
    "kind": "VARCHAR",  # a Kind
    "debit_account": "VARCHAR",
    "credit_account": "VARCHAR",
    "amount_minor": "BIGINT",  # above zero
    "currency": "VARCHAR",
    "program_id": "VARCHAR",
    "version": "BIGINT",  # of the program whose terms gave the amount
    "source": "VARCHAR",
    "event_id": "VARCHAR",
    "payee_id": "VARCHAR",
    "firm_id": "VARCHAR",
    "number": "BIGINT",  # 1, 2, 3 ... within program, source, event and payee
    "run_id": "VARCHAR",  # the run or the payout batch that booked it
    "effective_at": "BIGINT",  # the moment for which it is booked
    "recorded_at": "BIGINT",  # the moment at which it was booked
    "reason": "VARCHAR",  # in words; never empty for a correction
    "corrects": "VARCHAR",  # transfer_key of the accrual it takes back, else ""
}

BOOKED_COLUMNS: Final[Mapping[str, str]] = {
    # What the books hold for one key: one row each, made by `booked_sums`.
    "program_id": "VARCHAR",
    "source": "VARCHAR",
    "event_id": "VARCHAR",
    "payee_id": "VARCHAR",
    "version": "BIGINT",  # of its last accrual
    "firm_id": "VARCHAR",
    "currency": "VARCHAR",
    "accrued_minor": "BIGINT",
    "reversed_minor": "BIGINT",
    "paid_minor": "BIGINT",
    "clawed_back_minor": "BIGINT",
    "transfer_count": "BIGINT",
    "last_accrual": "BIGINT",  # its number
}
