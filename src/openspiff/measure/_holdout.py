"""What did chance show? The treated against payees held out by lot (tier A)."""

from __future__ import annotations

import numpy as np

from ._fitted import estimate_of
from ._least_squares import (
    Errors,
    Flags,
    Floats,
    Integers,
    choose_errors,
    dummies,
    fit_coefficient,
)
from ._redraw import MOST_UNITS, redraw_p_value
from ._sums import Sums, codes_of, require_sides
from ._types import Estimate


def holdout_comparison(  # noqa: PLR0913 (each is one column or one choice)
    during: Sums,
    is_treated: Flags,
    *,
    units: Integers,
    strata: Integers | None = None,
    before: Sums | None = None,
    errors: Errors | None = None,
    seed: int = 0,
    name: str = "gross",
    unit: str = "units per payee-week",
) -> Estimate:
    """Estimate the lift per payee and week by comparing with the holdout.

    Regresses the rate during the span on the assignment, the rate `before` it and one
    level per stratum (n each), weighted by active weeks: analysis of covariance by
    intention to treat. Errors are clustered by `units`, what chance assigned: CR2 where
    they are few, else CR1 (`errors` overrules). Up to 200 units, `p_value` re-draws the
    assignment by `seed`. Payees without an active week during the span are left out.
    Raises MeasureError with fewer than 5 payees or 2 units on a side.
    Fisher (1932); Bell and McCaffrey (2002); Abadie, Athey, Imbens and Wooldridge (2023),
    Quarterly Journal of Economics 138(1), on clustering by the unit of assignment.
    """
    kept = during.weeks > 0
    sums, side = during.only(kept), is_treated[kept]
    cluster = codes_of(units[kept])
    require_sides(side, cluster, other="held out")
    home = np.zeros(side.size, dtype=np.int64) if strata is None else codes_of(strata[kept])
    nuisance = np.column_stack([dummies(home), _covariates(before, kept)])
    chosen = choose_errors(side, cluster) if errors is None else errors
    weights = sums.weeks / sums.weeks.mean()
    fit = fit_coefficient(
        sums.rate,
        side.astype(np.float64),
        nuisance,
        cluster=cluster,
        errors=chosen,
        weights=weights,
    )
    p_value = None
    if fit.cluster_count <= MOST_UNITS and _constant_within(side, cluster):
        p_value = redraw_p_value(
            sums.rate,
            side,
            nuisance,
            units=cluster,
            strata=home,
            weights=weights,
            seed=seed,
        )
    return estimate_of(
        fit,
        name=name,
        method="randomized holdout, covariance-adjusted",
        tier="A",
        unit=unit,
        unit_count=int(side.size),
        p_value=p_value,
    )


def _constant_within(side: Flags, cluster: Integers) -> bool:
    treated = np.bincount(cluster, weights=side)
    size = np.bincount(cluster)
    return bool(((treated == 0) | (treated == size)).all())


def _covariates(before: Sums | None, kept: Flags) -> Floats:
    """Return the rate before (n) and, where some payees had none, who they are."""
    if before is None:
        return np.zeros((int(kept.sum()), 0))
    sums = before.only(kept)
    absent = (sums.weeks <= 0).astype(np.float64)
    rate = sums.rate
    return np.column_stack([rate, absent]) if absent.any() else rate[:, None]
