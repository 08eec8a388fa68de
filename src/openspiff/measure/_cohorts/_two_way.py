"""What do the regressions with payee and period effects say, which many people run?

Diagnostics only: with effects that differ by cohort or fade, one coefficient for all
compares the treated with the treated and may even have the wrong sign.
Goodman-Bacon (2021), Journal of Econometrics 225(2).
"""

from __future__ import annotations

from typing import Final

import attrs
import numpy as np

from openspiff.errors import Problem
from openspiff.measure._cohorts._linear import (
    Clusters,
    Linear,
    estimates_of,
    spread_of,
)
from openspiff.measure._cohorts._refusals import (
    never_here,
    require_cohorts,
    untreated_periods,
)
from openspiff.measure._least_squares import Flags, Floats
from openspiff.measure._moments import Moments
from openspiff.measure._types import Caution, Estimate, MeasureError

_TINY: Final = 1e-9
_DIAGNOSTIC: Final = Caution(
    "diagnostic",
    "This regression is shown because many people run it; with effects that differ between "
    "cohorts or fade it may be far off, so nothing is decided by it.",
)


def two_way_effect(
    moments: Moments,
    *,
    unit: str = "units per payee-period",
    clusters: Clusters = "payee",
) -> Estimate:
    """Regress one outcome on being treated, with payee and period effects.

    A diagnostic, and labeled so. Errors are CR1 with the correction for the regressors and
    period effects.
    Raises MeasureError with one cohort or no period before.
    Wooldridge (2010), Econometric Analysis of Cross Section and Panel Data, chapter 10.
    """
    untreated = untreated_periods(moments, 0)
    require_cohorts(moments, untreated)
    active = moments.is_active
    linear = two_way(moments, (active & ~untreated)[:, :, None].astype(np.float64), active)
    return estimates_of(
        linear,
        spread_of(linear, clusters=clusters, correction="CR1"),
        names=["two-way fixed effects"],
        method="regression on payee and period effects",
        tier="B",
        unit=unit,
        warnings=(_DIAGNOSTIC,),
    )[0]


@attrs.frozen(kw_only=True, eq=False)
class EventStudy:
    """The effects by periods since the first treated one; a diagnostic."""

    since: tuple[int, ...]
    points: tuple[Estimate, ...]
    linear: Linear


def event_study(
    moments: Moments,
    *,
    unit: str = "units per payee-period",
    clusters: Clusters = "payee",
) -> EventStudy:
    """Regress one outcome on each cohort in each period, and average by time since start.

    The period before the first treated one is the reference. Cohorts are weighted by their
    payees, whose number is taken as known. A diagnostic: saturated, so it does not mix
    cohorts, but the period before the start carries everything.
    Raises MeasureError with one cohort, no period before, or nobody untreated in a period.
    Sun and Abraham (2021), Journal of Econometrics 225(2).
    """
    require_cohorts(moments, untreated_periods(moments, 0))
    first, active = moments.first_no, moments.is_active
    number = np.arange(active.shape[1])
    pairs = [
        (one, period)
        for one in np.unique(first[~never_here(moments, 0) & (first > 0)]).tolist()
        for period in number.tolist()
        if period != one - 1 and (active[first == one, period]).any()
    ]
    cohort, period = np.array(pairs).T
    columns = (first[:, None, None] == cohort) & (number[:, None] == period)
    seen = active & (first != 0)[:, None]
    effects = two_way(moments, (columns & seen[:, :, None]).astype(np.float64), seen)
    size = (columns & seen[:, :, None]).sum(axis=1).T @ moments.count
    since = period - cohort
    times = np.unique(since)
    mass = (since == times[:, None]) * size
    averaged = effects.through(mass / mass.sum(axis=1, keepdims=True))
    points = estimates_of(
        averaged,
        spread_of(averaged, clusters=clusters, correction="CR1"),
        names=[f"{one:+d} periods" for one in times.tolist()],
        method="saturated event study",
        tier="B",
        unit=unit,
        warnings=(_DIAGNOSTIC,),
    )
    return EventStudy(since=tuple(times.tolist()), points=points, linear=averaged)


def two_way(moments: Moments, columns: Floats, used: Flags) -> Linear:
    """Return the coefficients of columns (C x T x P) beside payee and period effects.

    Regressors are the same for all payees of a cohort; only the `used` (C x T) periods
    enter. Raises MeasureError when a column cannot be told from the effects.
    """
    size = used.shape[1]
    own = used.astype(np.float64)
    within = own / np.maximum(own.sum(axis=1), 1.0)[:, None]
    demean = own[:, :, None] * np.eye(size) - own[:, :, None] * within[:, None]
    dummies = np.broadcast_to(np.eye(size)[:, 1:], (used.shape[0], size, size - 1))
    design = np.concatenate([columns, dummies], axis=2)
    flat = np.matmul(demean, design)
    gram = np.einsum("cts,ctr,c->sr", flat, flat, moments.count, optimize=True)
    inverse = _inverse(gram, columns.shape[2])
    loads = np.matmul(inverse, flat.transpose(0, 2, 1)) * moments.count[:, None, None]
    values = np.einsum("cjt,ct->j", loads, moments.mean)
    residual = moments.mean - design @ values
    rows = float(moments.count @ own.sum(axis=1))
    width = columns.shape[2]
    return Linear(
        moments=moments,
        values=values[:width],
        loads=loads[:, :width],
        offsets=np.einsum("cjt,ct->cj", loads[:, :width], residual),
        # As in fixest: payee effects lie within clusters, so they are not counted.
        size_factor=(rows - 1) / (rows - width - size),
    )


def _inverse(gram: Floats, width: int) -> Floats:
    """Return the inverse on what is identified; the first `width` columns must be."""
    scale = np.sqrt(np.diag(gram))
    dead = scale <= _TINY * scale.max()
    scale = np.where(dead, 1.0, scale)
    values, vectors = np.linalg.eigh(gram / np.outer(scale, scale))
    kept = values > _TINY
    basis = vectors[:, kept]
    known = (basis**2).sum(axis=1)
    if (known[:width] < 1 - _TINY).any():
        found = f"{int((known[:width] < 1 - _TINY).sum())} of {width} effects"
        remedy = "add payees who are not treated in every period, or fewer effects"
        raise MeasureError(
            "some effects cannot be told from the periods",
            [Problem("cohorts", found, remedy)],
        )
    inverse: Floats = (basis / values[kept]) @ basis.T / np.outer(scale, scale)
    return inverse
