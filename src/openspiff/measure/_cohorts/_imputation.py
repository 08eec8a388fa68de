"""What would the treated have done without the program, going by everyone's other weeks?"""

from __future__ import annotations

import attrs
import numpy as np

from openspiff.errors import Problem
from openspiff.measure._cohorts._linear import (
    Clusters,
    Correction,
    Linear,
    estimates_of,
    spread_of,
)
from openspiff.measure._cohorts._refusals import require_cohorts, untreated_periods
from openspiff.measure._least_squares import Flags, Floats
from openspiff.measure._moments import Moments
from openspiff.measure._types import Caution, Estimate, MeasureError

_TINY = 1e-9
METHOD = "imputation from untreated periods"


def imputation(
    moments: Moments,
    *,
    weights: Floats | None = None,
    announcement_count: int = 0,
    name: str = "effect on the treated",
    unit: str = "units per payee-period",
    clusters: Clusters = "payee",
    correction: Correction | None = None,
) -> Estimate:
    """Estimate the average effect over the treated payee-periods of one outcome.

    Fits payee and period effects to the untreated periods, and takes off what they say of
    the treated ones (from `announcement_count` periods before the first treated one on).
    `weights` (C x T, zero or more) say how much a payee of each cohort counts in each
    period; without them all treated payee-periods count alike. The errors are
    conservative: they center on the mean of each cohort in each period.
    Raises MeasureError with one cohort, no period before, no weight on treated periods, or
    weight where nobody untreated is left to compare with.
    Borusyak, Jaravel and Spiess (2024), Review of Economic Studies 91(6).
    """
    untreated = untreated_periods(moments, announcement_count)
    require_cohorts(moments, untreated)
    treated = moments.is_active & ~untreated
    wanted = treated.astype(np.float64) if weights is None else weights * treated
    linear = imputed(moments, wanted[None], untreated)
    return estimates_of(
        linear,
        spread_of(linear, clusters=clusters, correction=correction),
        names=[name],
        method=METHOD,
        tier="B",
        unit=unit,
        warnings=_never_before(moments, wanted, untreated),
    )[0]


def imputed(moments: Moments, weights: Floats, untreated: Flags) -> Linear:
    """Return average effects over cohorts and periods, weighted (J x C x T) by payee.

    Cohorts without an untreated period (C x T flags) cannot be imputed and are left out.
    Raises MeasureError as `imputation` does.
    """
    fit = _fit(moments, untreated)
    count = moments.count[:, None]
    mass = weights * count * fit.is_known[:, None]
    total = mass.sum(axis=(1, 2))
    if not (total > 0).all():
        raise MeasureError(
            "there is no effect to average",
            [
                Problem(
                    "weights",
                    "none lies on treated periods of payees seen before",
                    "give weight to treated periods",
                )
            ],
        )
    share = mass / total[:, None, None]
    # What a treated period of a payee is compared with: the payee's own other periods ...
    direct = share - share.sum(axis=2, keepdims=True) * fit.within
    # ... after taking off the periods, which are known from everyone untreated.
    on_periods = -direct.sum(axis=1)
    if not np.allclose(on_periods @ fit.known, on_periods, atol=_TINY):
        raise _not_comparable()
    periods = on_periods @ fit.inverse
    loads = (direct + np.einsum("js,cst->jct", periods, fit.demeaned)).transpose(1, 0, 2)
    return Linear(
        moments=moments,
        values=np.einsum("cjt,ct->j", loads, moments.mean),
        loads=loads,
        offsets=np.einsum("cjt,ct->cj", loads, _apart(moments, fit)),
    )


@attrs.frozen(kw_only=True, eq=False)
class _Fit:
    """Period effects from untreated periods, with payee effects taken off."""

    within: Floats  # (C x T) shares of a payee's untreated periods in its own level
    demeaned: Floats  # (C x T x T) n_k times the demeaning of untreated periods
    inverse: Floats  # (T x T)
    known: Floats  # (T x T) projects on the contrasts of periods that are identified
    residual: Floats  # (C x T) mean path less payee and period effects, zero if inactive
    is_known: Flags  # (C) which cohorts have an untreated period


def _fit(moments: Moments, untreated: Flags) -> _Fit:
    own = untreated.astype(np.float64)
    seen = own.sum(axis=1)
    within = own / np.maximum(seen, 1.0)[:, None]
    count = moments.count[:, None, None]
    size = own.shape[1]
    demeaned = count * (own[:, :, None] * np.eye(size) - own[:, :, None] * within[:, None])
    values, vectors = np.linalg.eigh(demeaned.sum(axis=0))
    kept = values > _TINY * values[-1]
    basis = vectors[:, kept]
    inverse = (basis / values[kept]) @ basis.T
    mean = moments.mean
    periods = inverse @ np.einsum("cst,ct->s", demeaned, mean)
    rest = mean - periods
    level = (within * rest).sum(axis=1, keepdims=True)
    return _Fit(
        within=within,
        demeaned=demeaned,
        inverse=inverse,
        known=basis @ basis.T,
        residual=np.where(moments.is_active, rest - level, 0.0),
        is_known=seen > 0,
    )


def _apart(moments: Moments, fit: _Fit) -> Floats:
    """Return how far the residuals of each cohort (C x T) are from those of its group.

    Joiners, leavers and strata of a group are cohorts of their own, often of one payee:
    what sets them off from each other is part of the spread.
    """
    group, count = moments.group_no, len(moments.groups)
    mass = moments.count[:, None] * moments.is_active * fit.is_known[:, None]
    size, total = np.zeros((2, count, mass.shape[1]))
    np.add.at(size, group, mass)
    np.add.at(total, group, mass * fit.residual)
    middle = total / np.maximum(size, 1.0)
    apart: Floats = np.where(mass > 0, fit.residual - middle[group], 0.0)
    return apart


def _never_before(
    moments: Moments, weights: Floats, untreated: Flags
) -> tuple[Caution, ...]:
    lost = (weights > 0).any(axis=1) & ~untreated.any(axis=1)
    if not lost.any():
        return ()
    sentence = (
        f"{int(moments.count[lost].sum())} payees were never seen before the program; they "
        "are left out, so the effect is that on the others."
    )
    return (Caution("never_before", sentence),)


def _not_comparable() -> MeasureError:
    remedy = "leave those periods out, or add payees who are not treated in them"
    return MeasureError(
        "some treated periods have nobody to be compared with",
        [Problem("weights", "everyone was treated or inactive in them", remedy)],
    )
