"""What must be booked so that the books say what is due today?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Final

from openspiff.engine import DuckDBEngine, Progress
from openspiff.errors import OpenSpiffError, Problem
from openspiff.ledger._steps import (
    Booking,
    Transfers,
    ledger_step,
    load_booking,
    transfers_of,
)
from openspiff.program import ClawbackShape, Program

_SHOWN: Final = 20
_TERM_COLUMNS: Final = {
    "program_id": "VARCHAR",
    "version": "BIGINT",
    "currency": "VARCHAR",
    "takes_back": "BOOLEAN",
}


class EntitledError(OpenSpiffError):
    """Entitlements that cannot be set against the books."""

    code: ClassVar[str] = "entitled"


def differences(
    engine: DuckDBEngine,
    *,
    programs: Iterable[Program],
    booking: Booking,
    progress: Progress | None = None,
) -> Transfers:
    """Make the transfers that bring the books to what is due today.

    Reads the tables `entitled` (program_id, version, source, event_id, payee_id, firm_id,
    amount_minor, currency; one row a key) and `booked` (BOOKED_COLUMNS, see open_books).
    `programs` are all launched versions of the programs that were evaluated: what is booked
    for any other program stays untouched. Rows that are worth tickets only move no money.

    Raises EntitledError, every problem named, for an entitlement that stands twice, is
    negative, has another currency than its program, or whose version is not given.
    """
    launched = list(programs)
    terms = [
        (
            one.program_id,
            one.version,
            one.currency,
            one.clawback.shape is not ClawbackShape.NONE,
        )
        for one in launched
    ]
    engine.load_rows("ledger_terms", _TERM_COLUMNS, terms)
    load_booking(engine, booking)
    _refuse_wrong(engine)
    return transfers_of(
        engine,
        booking,
        [ledger_step("worth"), ledger_step("moves", is_stored=False)],
        program_ids=frozenset(one.program_id for one in launched),
        progress=progress,
    )


def _refuse_wrong(engine: DuckDBEngine) -> None:
    engine.run([ledger_step("wrong_entitled", is_stored=False)])
    found = engine.query("select place, message, remedy from wrong_entitled")
    if not found:
        return
    more = "" if len(found) <= _SHOWN else f"; the first {_SHOWN} are shown"
    message = f"{len(found)} entitlements cannot be set against the books{more}"
    raise EntitledError(message, [Problem(*row) for row in sorted(found)[:_SHOWN]])
