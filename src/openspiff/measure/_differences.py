"""What changed more than for those who could not take part (tier B)?"""

from __future__ import annotations

import numpy as np

from ._fitted import estimate_of
from ._least_squares import Design, Fit, Flags, Integers, choose_errors, make_design
from ._sums import Sums, codes_of, require_flags, require_sides, require_sound
from ._types import Check, Estimate


def difference_in_differences(
    during: Sums,
    before: Sums,
    is_treated: Flags,
    *,
    firms: Integers,
    name: str = "gross",
    unit: str = "units per payee-week",
) -> Estimate:
    """Estimate the lift as the change of the treated beyond that of the ineligible.

    Compares each payee's rate during the span with the same payee's rate before (n each);
    errors are clustered by `firms` (n). Holds when both sides would have moved alike.
    Payees not active in both spans are left out. Raises MeasureError with fewer than 5
    payees or 2 firms on a side.
    Card and Krueger (1994), American Economic Review 84(4); Bertrand, Duflo and
    Mullainathan (2004), Quarterly Journal of Economics 119(1), on clustering.
    """
    fit, count = _fit_change(during, before, is_treated, firms)
    return estimate_of(
        fit,
        name=name,
        method="difference in differences with the ineligible",
        tier="B",
        unit=unit,
        unit_count=count,
    )


def pre_trend(late: Sums, early: Sums, is_treated: Flags, *, firms: Integers) -> Check:
    """Check that both sides moved alike from the early to the late half of the baseline.

    The sentence says how large a drift would have gone unseen. Raises MeasureError with
    fewer than 5 payees or 2 firms on a side.
    Roth (2022), American Economic Review: Insights 4(3), on the power of such tests.
    """
    fit, _ = _fit_change(late, early, is_treated, firms)
    is_ok = fit.low <= 0 <= fit.high
    unseen = (fit.critical + 0.84) * fit.standard_error
    text = (
        f"Before the program the treated drifted by {fit.coefficient:+.3g} per payee-week "
        f"against the ineligible (95% interval {fit.low:.3g} to {fit.high:.3g}); "
        f"a drift below {unseen:.3g} would usually have gone unseen."
    )
    return Check(code="pre_trend", is_ok=is_ok, sentence=text, value=fit.coefficient)


def _fit_change(
    during: Sums, before: Sums, is_treated: Flags, firms: Integers
) -> tuple[Fit, int]:
    kept, design = change_design(during, before, is_treated, firms=firms)
    now, then = during.only(kept).rate, before.only(kept).rate
    fit = design.fit(now - then, taken_from=np.abs(now) + np.abs(then))
    return fit, int(kept.sum())


def change_design(
    during: Sums, before: Sums, is_treated: Flags, *, firms: Integers
) -> tuple[Flags, Design]:
    """Return who was active in both spans (n flags), and the regression on their side.

    Raises MeasureError with fewer than 5 payees or 2 firms on a side.
    """
    require_flags(is_treated=is_treated)
    require_sound(is_treated, firms, during=during, before=before)
    kept = (during.weeks > 0) & (before.weeks > 0)
    now, then, side = during.only(kept), before.only(kept), is_treated[kept]
    cluster = codes_of(firms[kept])
    require_sides(side, cluster, other="ineligible")
    weights = 1.0 / (1.0 / now.weeks + 1.0 / then.weeks)
    design = make_design(
        side.astype(np.float64),
        np.ones((side.size, 1)),
        cluster=cluster,
        errors=choose_errors(side, cluster),
        weights=weights / weights.mean(),
    )
    return kept, design
