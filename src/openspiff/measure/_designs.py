"""What could another holdout among these payees find? Sizes for the next test."""

from __future__ import annotations

import attrs
import numpy as np

from openspiff.program import HoldoutUnit, Program

from ._compare import Comparison
from ._panel import Counted
from ._people import HELD_OUT, TREATED
from ._power import HoldoutPlan, Variation, holdout_power, variation_from_moments
from ._sums import codes_of
from ._types import MeasureError


@attrs.frozen(kw_only=True)
class Designs:
    """The holdout that was planned, and how payees varied in the weeks of the baseline."""

    plan: HoldoutPlan
    variation: Variation

    def found_from(self, **changes: object) -> str | None:
        """Return from which lift on such a plan, with changes, finds it; None: too few.

        In words: "a lift from 12% would be found four times in five (net: 20%)".
        """
        plan = attrs.evolve(self.plan, **changes)  # type: ignore[arg-type]
        try:
            power = holdout_power(plan, self.variation)
        except MeasureError:
            return None
        gross, net = power.gross.minimum_share, power.net.minimum_share
        if gross is None or net is None:
            return None
        text = f"a lift from {gross:.0%} would be found four times in five"
        has_more = plan.announcement_weeks or plan.horizon_weeks
        return f"{text} (net: {net:.0%})" if has_more else text

    def sized(self, share: float) -> str:
        """Return a sentence on holding out a share of these payees."""
        found = self.found_from(held_out_share=share)
        units = "firms" if self.plan.is_by_firm else "payees"
        count = self.plan.firm_count if self.plan.is_by_firm else self.plan.payee_count
        if found is None:
            return (
                f"With {share:.0%} of {count} {units} held out a side has fewer than 8: "
                "too few to promise what would be found."
            )
        return f"With {share:.0%} of {count} {units} held out, {found}."


def designs_of(program: Program, comparison: Comparison) -> Designs | None:
    """Learn from the baseline of treated and held out; None where it tells too little.

    Payees that were active in every week of the baseline, their units by week.
    """
    panel = comparison.panel
    weeks = panel.calendar.where("baseline")
    kept = panel.people.on(TREATED, HELD_OUT)
    if not weeks or not kept.any():
        return None
    kept = kept & np.all(panel.active[:, weeks] > 0, axis=1)
    if not kept.any():
        return None
    rate = panel.values[Counted.UNITS][:, weeks][kept] / panel.active[:, weeks][kept]
    firm = codes_of(panel.people.firm[kept])
    sizes = np.bincount(firm).astype(np.float64)
    firm_totals = np.zeros((sizes.size, len(weeks)))
    np.add.at(firm_totals, firm, rate)
    try:
        variation = variation_from_moments(
            rate.sum(axis=0), rate.T @ rate, firm_totals=firm_totals, firm_sizes=sizes
        )
    except MeasureError:
        return None
    held = program.holdout
    plan = HoldoutPlan(
        payee_count=int(kept.sum()),
        firm_count=int(sizes.size),
        held_out_share=0.5,
        is_by_firm=held is not None and held.unit is HoldoutUnit.FIRM,
        baseline_weeks=len(weeks),
        window_weeks=-(-(program.window.ends_before - program.window.starts_on).days // 7),
        announcement_weeks=len(panel.calendar.where("announcement")),
        horizon_weeks=program.measurement.horizon_weeks,
        firm_size_variation=float(sizes.std() / sizes.mean()),
    )
    return Designs(plan=plan, variation=variation)
