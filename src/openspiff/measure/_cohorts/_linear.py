"""How far off is a number that is linear in the means of cohorts?

A payee i of cohort k adds (loads_k (y_i - mean_k) + offset_k) / n_k to the error of the
number. From the moments that gives the covariance clustered by payee, and from the sums by
firm the covariance clustered by firm.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import attrs
import numpy as np

from openspiff.errors import Problem
from openspiff.measure._cohorts._refusals import no_spread
from openspiff.measure._fitted import few_units
from openspiff.measure._least_squares import (
    FEW_IN_AN_ARM,
    ROUNDING,
    Flags,
    Floats,
    Integers,
    critical_value,
)
from openspiff.measure._moments import FirmSums, Moments
from openspiff.measure._types import Caution, Estimate, MeasureError, Tier

Clusters = Literal["payee", "firm"]
Correction = Literal["CR0", "CR1", "CR2"]
"""CR0 as published for large samples; CR1 times G / (G - 1); CR2 for few clusters."""

_FEW_CLUSTERS: Final = 40
"""By calibration these errors are too small in no case from here on."""

ROUNDING_OF_SQUARES: Final = 64 * float(np.finfo(np.float64).eps)
"""What is left of the squares of paths that are all alike, once their mean is taken off."""


@attrs.frozen(kw_only=True, eq=False)
class Linear:
    """Numbers (J) linear in the mean paths of cohorts (C), with what each payee adds.

    `size_factor` is what CR1 is multiplied by besides, for regressors that were fitted.
    """

    moments: Moments
    values: Floats  # (J)
    loads: Floats  # (C x J x KT)
    offsets: Floats  # (C x J)
    size_factor: float = 1.0

    def through(self, weights: Floats, offsets: Floats | None = None) -> Linear:
        """Return weights (I x J) times the numbers; `offsets` (C x I) are added."""
        added = self.offsets @ weights.T
        return attrs.evolve(
            self,
            values=weights @ self.values,
            loads=np.matmul(weights, self.loads),
            offsets=added if offsets is None else added + offsets,
        )

    @property
    def is_used(self) -> Flags:
        """Return which cohorts (C) any of the numbers rests on."""
        used: Flags = np.any(self.loads != 0, axis=(1, 2))
        return used


@attrs.frozen(kw_only=True, eq=False)
class Spread:
    """Covariance (J x J) and degrees of freedom (J) of numbers, and what it rests on."""

    covariance: Floats
    degrees_of_freedom: Floats
    cluster_count: int
    clusters: Clusters
    correction: Correction

    @property
    def standard_error(self) -> Floats:
        """Return the standard errors (J)."""
        errors: Floats = np.sqrt(np.diag(self.covariance))
        return errors


def spread_of(
    linear: Linear, *, clusters: Clusters = "payee", correction: Correction | None = None
) -> Spread:
    """Return the covariance of the numbers, clustered by payee or by firm.

    Without a `correction`, CR2 is taken below 40 clusters in all or 20 in a group of
    cohorts; with more, CR0 by payee and CR1 by firm. Degrees of freedom are those of
    Satterthwaite with one variance for each group.
    Raises MeasureError when a group has a single cluster or no sums by firm were kept.
    Bell and McCaffrey (2002), Survey Methodology 28(2); Welch (1947), Biometrika 34.
    """
    if clusters == "firm":
        return _by_firm(linear, correction)
    return _by_payee(linear, correction)


def _by_payee(linear: Linear, correction: Correction | None) -> Spread:
    moments, used = linear.moments, linear.is_used
    group = moments.group_no
    size = np.bincount(group, weights=np.where(used, moments.count, 0))
    _require_spread(size, "payee")
    chosen: Correction = correction or ("CR2" if _is_few(size, size.sum()) else "CR0")
    factor = np.ones(size.size)
    if chosen == "CR2":
        factor = size / np.maximum(size - 1, 1)
    if chosen == "CR1":
        factor *= size.sum() / (size.sum() - 1) * linear.size_factor
    width = linear.values.size
    covariance, share = np.zeros((width, width)), np.zeros((size.size, width))
    for number in np.flatnonzero(used).tolist():
        part = _payee_part(linear, number) * factor[group[number]]
        covariance += part
        share[group[number]] += np.diag(part)
    _require_variance(np.diag(covariance), _payee_rounding(linear))
    squares = (share**2 / np.maximum(size - 1, 1)[:, None]).sum(axis=0)
    return Spread(
        covariance=covariance,
        degrees_of_freedom=share.sum(axis=0) ** 2 / squares,
        cluster_count=int(size.sum()),
        clusters="payee",
        correction=chosen,
    )


def _payee_part(linear: Linear, number: int) -> Floats:
    """Return what the payees of one cohort add to the covariance (J x J)."""
    load, offset = linear.loads[number], linear.offsets[number]
    table = load @ linear.moments.spread(number) @ load.T + np.outer(offset, offset)
    part: Floats = table / linear.moments.count[number]
    return part


def _by_firm(linear: Linear, correction: Correction | None) -> Spread:
    """Return the covariance by firm from the sums by firm.

    A firm's payees of one group are alike, so the adjustment of CR2, (I - H)^-1/2 over
    their rows, is the number (1 - n_fg / n_g)^-1/2.
    """
    firms, used = firms_of(linear.moments), linear.is_used
    rows = used[firms.cohort_no]
    _, firm = np.unique(firms.firm[rows], return_inverse=True)
    group = linear.moments.group_no[firms.cohort_no[rows]]
    count = np.zeros((int(firm.max(initial=0)) + 1, len(linear.moments.groups)))
    np.add.at(count, (firm, group), firms.count[rows])
    size, firm_count = count.sum(axis=0), (count > 0).sum(axis=0)
    _require_spread(firm_count, "firm")
    chosen: Correction = correction or (
        "CR2" if _is_few(firm_count, count.shape[0]) else "CR1"
    )
    pull = np.ones_like(count)
    if chosen == "CR2":
        pull = 1.0 / np.sqrt(1.0 - count / np.maximum(size, 1))
    scores = np.zeros((count.shape[0], linear.values.size))
    np.add.at(scores, firm, _firm_parts(linear, rows) * pull[firm, group][:, None])
    covariance = scores.T @ scores
    _require_variance(np.diag(covariance), _firm_rounding(linear, rows))
    total = count.shape[0]
    freedom = np.full(linear.values.size, total - 1.0)
    if chosen == "CR2":
        freedom = _bias_reduced_freedom(linear, count, pull)
    if chosen == "CR1":
        covariance *= total / (total - 1) * linear.size_factor
    return Spread(
        covariance=covariance,
        degrees_of_freedom=freedom,
        cluster_count=total,
        clusters="firm",
        correction=chosen,
    )


def _firm_parts(linear: Linear, rows: Flags) -> Floats:
    """Return what each kept entry of the sums by firm adds to the error (R x J)."""
    moments, firms = linear.moments, firms_of(linear.moments)
    mean, cohort_no = moments.mean, firms.cohort_no[rows]
    rest = firms.sums[rows] - firms.count[rows, None] * mean[cohort_no]
    parts = firms.count[rows, None] * linear.offsets[cohort_no]
    for number in np.unique(cohort_no).tolist():
        mine = cohort_no == number
        parts[mine] += rest[mine] @ linear.loads[number].T
    whole: Floats = parts / moments.count[cohort_no, None]
    return whole


def _bias_reduced_freedom(linear: Linear, count: Floats, pull: Floats) -> Floats:
    """Return Satterthwaite's degrees of freedom (J) when payees are independent.

    Bell and McCaffrey's formula with one variance for each group in place of one for all;
    `count` and `pull` are F x G.
    """
    moments = linear.moments
    share = np.zeros((count.shape[1], linear.values.size))
    for number in np.flatnonzero(linear.is_used).tolist():
        share[moments.group_no[number]] += np.diag(_payee_part(linear, number))
    _require_variance(share.sum(axis=0), _payee_rounding(linear))
    size = np.maximum(count.sum(axis=0), 1)
    variance = share * (size**2 / np.maximum(size - 1, 1))[:, None]
    reach = count * pull / size
    own = (reach * pull / size) @ variance
    crossed = (reach**2) @ (variance / size[:, None])
    overlap = (reach.T @ reach) ** 2
    scaled = variance / size[:, None]
    squares = (own**2 - 2 * own * crossed).sum(axis=0)
    squares += np.einsum("gj,gh,hj->j", scaled, overlap, scaled)
    freedom: Floats = (own - crossed).sum(axis=0) ** 2 / squares
    return freedom


def firms_of(moments: Moments) -> FirmSums:
    """Return the sums by firm. Raises MeasureError when none were kept."""
    if moments.firms is None:
        raise MeasureError(
            "errors by firm need sums by firm",
            [Problem("firms", "none were kept", "gather the moments with `firms`")],
        )
    return moments.firms


def _is_few(size: Floats | Integers, total: float) -> bool:
    return bool(total < _FEW_CLUSTERS or size[size > 0].min() < FEW_IN_AN_ARM)


def _require_spread(size: Floats | Integers, name: str) -> None:
    if (size == 1).any():
        remedy = "leave that cohort out, join it with another, or cluster by payee"
        text = f"a cohort has a single {name}"
        raise no_spread(text, remedy)


def _reach(linear: Linear, number: int) -> Floats:
    """Return how large a payee of a cohort makes the numbers, signs left out (J)."""
    squares = np.diag(linear.moments.products[number]) / linear.moments.count[number]
    reach: Floats = np.abs(linear.loads[number]) @ np.sqrt(squares)
    return reach


def _payee_rounding(linear: Linear) -> Floats:
    """Return what rounding leaves of the variances from moments of paths all alike (J)."""
    rounding = np.zeros(linear.values.size)
    for number in np.flatnonzero(linear.is_used).tolist():
        squares = _reach(linear, number) ** 2 / linear.moments.count[number]
        rounding += ROUNDING_OF_SQUARES * squares
    return rounding


def _firm_rounding(linear: Linear, rows: Flags) -> Floats:
    """Return what rounding leaves of the squared sums by firm of paths all alike (J)."""
    moments, firms = linear.moments, firms_of(linear.moments)
    cohort_no, count = firms.cohort_no[rows], firms.count[rows]
    rounding = np.zeros(linear.values.size)
    for number in np.unique(cohort_no).tolist():
        share = count[cohort_no == number] / moments.count[number]
        rounding += float(share @ share) * (ROUNDING * _reach(linear, number)) ** 2
    return rounding


def _require_variance(variance: Floats, rounding: Floats) -> None:
    """Raise MeasureError unless each number (J) varies beyond what rounding leaves."""
    if not (variance > rounding).all():
        raise no_spread(
            "the outcome does not vary between payees beyond rounding",
            "measure a longer window, a broader behavior or more payees",
        )


def estimates_of(
    linear: Linear,
    spread: Spread,
    *,
    names: Sequence[str],
    method: str,
    tier: Tier,
    unit: str,
    warnings: tuple[Caution, ...] = (),
) -> tuple[Estimate, ...]:
    """Return each number as an estimate with its 95% interval."""
    used: Flags = np.any(linear.loads != 0, axis=2)
    found = []
    for place, name in enumerate(names):
        freedom = float(spread.degrees_of_freedom[place])
        value, error = float(linear.values[place]), float(spread.standard_error[place])
        reach = critical_value(freedom) * error
        found.append(
            Estimate(
                name=name,
                value=value,
                standard_error=error,
                low=value - reach,
                high=value + reach,
                method=f"{method}, {spread.correction} by {spread.clusters}",
                tier=tier,
                unit=unit,
                unit_count=int(linear.moments.count[used[:, place]].sum()),
                cluster_count=spread.cluster_count,
                degrees_of_freedom=freedom,
                warnings=(*warnings, *few_units(freedom)),
            )
        )
    return tuple(found)
