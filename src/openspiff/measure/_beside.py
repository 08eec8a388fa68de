"""What stands beside the numbers: were both sides alike, and what would others say?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from openspiff.program import Program

from ._compare import Comparison
from ._fitted import estimate_of
from ._found import Found
from ._least_squares import choose_errors, dummies, fit_coefficient
from ._panel import Counted, Panel
from ._people import HELD_OUT, TREATED
from ._ratios import scaled
from ._sums import FEWEST_PAYEES, codes_of
from ._types import Estimate, MeasureError, Redraws

_COMPARED: Final[Mapping[Counted, str]] = {
    Counted.UNITS: "units before",
    Counted.AMOUNT: "sales amount before",
    Counted.MARGIN: "margin before",
    Counted.SUBSTITUTES: "substitutes before",
}


def find_beside(
    program: Program,
    comparison: Comparison,
    found: Found,
    paid_by_payee: Mapping[str, int] | None,
) -> dict[str, Any]:
    """Return the fields of an answer that stand beside its numbers, by name."""
    paid = None if paid_by_payee is None else sum(one > 0 for one in paid_by_payee.values())
    return {
        "redrawn": _redrawn(comparison, found),
        "balance": find_balance(comparison.panel),
        "naive_totals": naive_totals(program, comparison, found),
        "paid_payee_count": paid,
    }


def find_balance(panel: Panel) -> tuple[Estimate, ...]:
    """Return by how much the treated stood above the held out before, in deviations.

    One estimate for each outcome that the feed tells of: the difference of the mean rates
    over the baseline, within strata, over the standard deviation of the rates of all
    payees of both sides. Errors are clustered by what chance assigned. Empty without a
    holdout, a baseline, or five payees on either side.
    Austin (2009), Statistics in Medicine 28(25), on standardized differences.
    """
    people = panel.people
    sides = people.on(TREATED, HELD_OUT)
    if not panel.calendar.where("baseline"):
        return ()
    estimates = []
    for outcome, name in _COMPARED.items():
        before = panel.sums(outcome, "baseline")
        kept = sides & (before.weeks > 0)
        rate, side = before.only(kept).rate, people.on(TREATED)[kept]
        spread = float(rate.std()) if rate.size else 0.0
        if spread <= 0 or min(int(side.sum()), int((~side).sum())) < FEWEST_PAYEES:
            continue
        cluster = codes_of(people.unit[kept])
        try:
            fit = fit_coefficient(
                rate / spread,
                side.astype(np.float64),
                dummies(codes_of(people.stratum[kept])),
                cluster=cluster,
                errors=choose_errors(side, cluster),
            )
            estimates.append(
                estimate_of(
                    fit,
                    name=name,
                    method="difference of means before the program, within strata",
                    tier="A",
                    unit="standard deviations",
                    unit_count=int(rate.size),
                )
            )
        except MeasureError:
            continue
    return tuple(estimates)


def naive_totals(
    program: Program, comparison: Comparison, found: Found
) -> tuple[Estimate, ...]:
    """Return the naive number over the whole window: in units, and in margin where known.

    As one should not: the change from the weeks just before, times the weeks of those who
    could earn. Amounts are minor units of the program's currency.
    """
    if found.naive is None:
        return ()
    weeks = comparison.treated_weeks("gross")
    money, each = f"{program.currency} minor units", program.measurement.unit_margin_minor
    totals: list[Estimate] = []
    try:
        one = comparison.naive_of((Counted.UNITS,))
        totals.append(scaled(one, weeks, name="naive, units", unit="units"))
        if outcomes := comparison.panel.margin_outcomes:
            one = comparison.naive_of(outcomes)
            totals.append(scaled(one, weeks, name="naive, margin", unit=money))
        elif each:
            totals.append(scaled(totals[0], each, name="naive, margin", unit=money))
    except MeasureError:
        pass  # what was found before is told; the naive number has no reasons to give
    return tuple(totals)


def _redrawn(comparison: Comparison, found: Found) -> Redraws | None:
    if found.headline is None or found.headline.tier != "A":
        return None
    return comparison.redraws.get("gross")
