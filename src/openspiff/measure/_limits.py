"""Did a cap or the budget end the pay before the window was over?"""

from __future__ import annotations

from collections.abc import Mapping

from openspiff.money import format_money
from openspiff.program import Program, Tickets

from ._types import Caution


def limit_cautions(
    program: Program, *, paid_minor: int, paid_by_payee: Mapping[str, int] | None
) -> list[Caution]:
    """Return a warning for each limit that was reached, by what is paid (minor units).

    Whoever reached a limit was paid for no more, so the effect found is that of pay that
    ended early. A draw's limits are in tickets and end no pay.
    """
    caps, found = program.caps, []
    if isinstance(program.payout, Tickets):
        return []
    if caps.budget is not None and paid_minor >= caps.budget:
        budget = format_money(caps.budget, program.currency)
        sentence = (
            f"The budget of {budget} was used up, so what was sold after that earned "
            "nothing: the numbers are those of a program that ended early for some."
        )
        found.append(Caution("budget_spent", sentence))
    paid = (
        [] if paid_by_payee is None else [one for one in paid_by_payee.values() if one > 0]
    )
    capped = [one for one in paid if caps.payee_cap is not None and one >= caps.payee_cap]
    if capped:
        cap = format_money(caps.payee_cap or 0, program.currency)
        sentence = (
            f"{len(capped)} of {len(paid)} payees who were paid reached their cap of "
            f"{cap}, after which more sales earned them nothing."
        )
        found.append(Caution("cap_reached", sentence))
    return found
