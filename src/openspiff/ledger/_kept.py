"""Which sums are kept beside the transfers, so that nobody has to add them up again?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from openspiff.engine import DuckDBEngine
from openspiff.ledger._load import SUM_COLUMNS
from openspiff.ledger._steps import booked_sums, ledger_step

KEPT_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "kept_bookings": (
        *("through_sequence", "program_id", "currency", "kind"),
        *("debit_side", "credit_side", "effective_at"),
        *("transfer_count", "amount_minor"),
    ),
    "kept_payees": (
        *("payee_id", "currency", "first_at", "accrued_minor", "reversed_minor"),
        *("paid_minor", "clawed_back_minor", "balance_minor", "event_count"),
        *("top_minor", "top_unpaid_minor", "next_minor"),
        *("top_program_id", "top_source", "top_event_id"),
    ),
    "kept_owed": (
        *("payee_id", "program_id", "version", "currency", "accrued_at"),
        *("event_count", "amount_minor"),
    ),
    "kept_twice": (
        *("payee_id", "program_id", "currency", "same_id", "source", "event_id"),
        *("event_count", "amount_minor"),
    ),
}
"""The tables that `kept_sums` makes, with their columns."""

KEPT_FROM: Final[Mapping[str, str]] = {
    # The columns of `booked_transfers` that they are made of.
    **SUM_COLUMNS,
    "debit_account": "VARCHAR",
    "credit_account": "VARCHAR",
}


def kept_sums(engine: DuckDBEngine, *, after: int) -> None:
    """Make the tables of KEPT_COLUMNS from the table `booked_transfers` (KEPT_FROM).

    It holds every transfer of some payees, or of all. `kept_bookings` adds up those after
    the transfer number `after`, the others all that is there.
    """
    engine.load_rows("kept_after", {"after_sequence": "BIGINT"}, [(after,)])
    booked_sums(engine)
    engine.run([ledger_step("unpaid"), *(ledger_step(name) for name in KEPT_COLUMNS)])
