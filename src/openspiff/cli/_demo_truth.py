"""How close did the measurement of the demo come to what its market knows?"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openspiff.market import Truth
    from openspiff.measure import Answer

    Rows = list[tuple[str, str, str]]


def truth_rows(answer: Answer, truth: Truth) -> Rows:
    """Return (quantity, truth, estimate with its interval) of a simulated market."""
    from openspiff.report import number_range, share_range

    rows = []
    if answer.total_incremental is not None:
        one = answer.total_incremental
        estimate = f"{one.value:,.0f} ({number_range(one, digits=0)})"
        rows.append(("units added, net", f"{truth.net_units:,}", estimate))
    if answer.dead_weight is not None:
        one = answer.dead_weight
        estimate = f"{one.value:.0%} ({share_range(one)})"
        rows.append(("dead weight", f"{truth.dead_weight_share:.0%}", estimate))
    gross = f"{truth.gross_units:,} of {truth.window_units:,} in the window"
    rows.append(("units added, in the window alone", gross, _gross_units(answer)))
    return [*rows, *_in_money(answer, truth.incremental_margin_minor)]


def _gross_units(answer: Answer) -> str:
    """Return the gross estimate in units, over the same payee-weeks as the total."""
    from openspiff.report import number_range, times_weeks

    gross = next((one for one in answer.estimates if one.name == "gross"), None)
    if gross is None or answer.treated_weeks is None:
        return "cannot tell"
    one = times_weeks(gross, answer.treated_weeks)
    return f"{one.value:,.0f} ({number_range(one, digits=0)})"


def _in_money(answer: Answer, margin_minor: int) -> Rows:
    """Return the margin added and the return on cost beside their truth.

    The cost is known, so the true return follows from the true margin.
    """
    from openspiff.report import about_money, say_range, share_range

    currency, rows = answer.currency, []
    if answer.value_added is not None:
        one = answer.value_added
        estimate = f"{about_money(one.value, currency)} ({say_range(one, currency)})"
        true = about_money(margin_minor, currency)
        rows.append(("margin added, all products", true, estimate))
    if answer.return_on_cost is not None and answer.cost_minor > 0:
        one = answer.return_on_cost
        estimate = f"{one.value:.0%} ({share_range(one)})"
        share = margin_minor / answer.cost_minor - 1
        rows.append(("return on cost", f"{share:.0%}", estimate))
    return rows
