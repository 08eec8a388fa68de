"""What do the books say that a program paid for, and what do they not say yet?"""

from __future__ import annotations

from typing import Final

import attrs

from openspiff.engine import DuckDBEngine, quoted
from openspiff.money import PPM

_NET: Final = "b.accrued_minor - b.reversed_minor - b.clawed_back_minor"


@attrs.frozen(kw_only=True)
class Paid:
    """What the books say up to a moment that a program paid for, and what was due by then.

    Amounts in minor units, net of what was taken back (`clawed_back_minor`); `units` are
    events, each with the share of the payee who was paid. `due_minor` is what would stand
    in the books had they been brought up to date at that moment, by the events known now.
    """

    amount_minor: int
    clawed_back_minor: int
    due_minor: int
    units: float
    by_payee: dict[str, int]


def paid_by_then(engine: DuckDBEngine, program_id: str, *, at: int) -> Paid:
    """Return what is booked for a program, and due for events that occurred before `at`.

    Reads `booked`, `new_transfers` (of `differences` for these books) and `current_events`;
    `at` in microseconds since 1970 UTC.
    """
    rows = engine.query(
        f"select b.payee_id, cast(sum({_NET}) as bigint) as amount_minor, "  # noqa: S608
        f"cast(sum(e.share_ppm) as bigint) as units_ppm from booked b {_events('b')} "
        f"where b.program_id = {quoted(program_id)} and {_NET} > 0 group by b.payee_id"
    )
    missing = engine.query(
        "select cast(coalesce(sum(case when t.kind = 'accrual' then t.amount_minor "  # noqa: S608
        f"else -t.amount_minor end), 0) as bigint) from new_transfers t {_events('t')} "
        f"where t.program_id = {quoted(program_id)} and e.occurred_at < {at:d}"
    )
    taken = engine.query(
        "select cast(coalesce(sum(clawed_back_minor), 0) as bigint) from booked "  # noqa: S608
        f"where program_id = {quoted(program_id)}"
    )
    by_payee = {payee_id: amount for payee_id, amount, _ in rows}
    amount_minor = sum(by_payee.values())
    return Paid(
        amount_minor=amount_minor,
        clawed_back_minor=int(taken[0][0]),
        due_minor=amount_minor + int(missing[0][0]),
        units=sum(units for _, _, units in rows) / PPM,
        by_payee=by_payee,
    )


def _events(name: str) -> str:
    key = ("source", "event_id", "payee_id")
    same = " and ".join(f"e.{column} = {name}.{column}" for column in key)
    return f"join current_events e on {same}"
