"""How far from parallel may the paths have run before the effect is in doubt?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import attrs
import numpy as np

from openspiff.errors import Problem

from ._least_squares import Floats, critical_value
from ._types import Estimate, MeasureError

GRID: Final = (0.0, 0.5, 1.0, 1.5, 2.0)
_TINY: Final = 1e-12


@attrs.frozen(kw_only=True)
class SensitivityPoint:
    """What is left of an effect when the paths may part by so many times as before.

    `ratio` is M-bar: the largest step apart after the start over the largest step apart
    before it. Without sampling error the effect would lie between `identified_low` and
    `identified_high`; the interval of `estimate` allows for that error too.
    """

    ratio: float
    identified_low: float
    identified_high: float
    estimate: Estimate


@attrs.frozen(kw_only=True)
class Sensitivity:
    """Robust intervals over ratios, and the ratio at which zero can no longer be excluded.

    `breakdown` is 0 when zero is not excluded even with parallel paths.
    """

    breakdown: float
    points: tuple[SensitivityPoint, ...]


@attrs.frozen(kw_only=True, eq=False)
class _Path:
    """The effect X; for b steps before, half-widths A (b) at ratio 1, and covariances."""

    effect: float
    steps: Floats
    effect_variance: float
    step_variances: Floats
    covariances: Floats
    critical: float

    def reach(self, ratio: float) -> tuple[float, float]:
        """Return how far the robust interval goes below and above the effect.

        Each step before the start, upward or downward, may have been the largest. If it
        was, the effect is at most ratio x step away, and an interval for either end at
        half the risk each is valid; one of them was, so the union over all is.
        """
        squares = self.effect_variance + ratio**2 * self.step_variances
        below, above = -math.inf, -math.inf
        for sign in (1.0, -1.0):
            tilt = 2 * ratio * sign * self.covariances
            middle = ratio * sign * self.steps
            less = middle + self.critical * np.sqrt(np.maximum(squares - tilt, 0.0))
            more = middle + self.critical * np.sqrt(np.maximum(squares + tilt, 0.0))
            below, above = max(below, float(less.max())), max(above, float(more.max()))
        return below, above

    def breakdown(self) -> float:
        """Return the smallest ratio at which the robust interval reaches zero.

        Zero is reached where (|X| - ratio A)^2 = critical^2 var(X - ratio A) for the first
        of the steps: a quadratic in the ratio.
        """
        square = self.critical**2
        side = math.copysign(1.0, self.effect)
        c = self.effect**2 - square * self.effect_variance
        if c <= 0:
            return 0.0
        # Sides and signs may be turned over together; both signs of each step are tried.
        steps = np.concatenate([self.steps, -self.steps])
        covariances = side * np.concatenate([self.covariances, -self.covariances])
        variances = np.concatenate([self.step_variances] * 2)
        a = steps**2 - square * variances
        b = abs(self.effect) * steps - square * covariances
        # Roots of a r^2 - 2 b r + c in the form that stands a near zero.
        with np.errstate(divide="ignore", invalid="ignore"):
            root = np.sqrt(b * b - a * c)
            first = np.where(b + root > 0, c / (b + root), np.inf)
        return float(np.nanmin(np.where(np.isnan(root), np.inf, first)))


def relative_magnitudes(
    before: Floats,
    after: Floats,
    *,
    covariance: Floats,
    like: Estimate,
    weights: Floats | None = None,
    ratios: Sequence[float] = GRID,
) -> Sensitivity:
    """Bound an effect when paths may part after the start as they did before it.

    `before` (p) and `after` (q) are the event-study differences in order of time, of equal
    weeks, the reference week between them being zero by construction; `covariance`
    ((p + q) x (p + q)) is theirs. `weights` (q) make the effect of the later ones, by
    default their mean. Name, unit, tier and counts are those of `like`, as are the degrees
    of freedom of the critical value. A step is the change of the difference in the
    untreated outcome from one week to the next; steps after the start are at most `ratio`
    times the largest step before it.
    The identified set is exact. The interval is the union of Bonferroni intervals over
    the step that was largest: valid for every path and ratio, but conservative, and as a
    rule wider than the conditional or hybrid interval of the paper. At ratio 0 it is the
    usual interval.
    Raises MeasureError for shapes that do not fit, no week before the reference, or a
    covariance that is none.
    Rambachan and Roth (2023), Review of Economic Studies 90(5).
    """
    chosen = np.full(after.size, 1 / max(after.size, 1)) if weights is None else weights
    _require(before, after, covariance, chosen, ratios)
    path = _path(before, after, covariance, chosen, like)
    widest = float(np.abs(path.steps).max())
    points = []
    for ratio in ratios:
        below, above = path.reach(ratio)
        estimate = attrs.evolve(
            like,
            value=path.effect,
            standard_error=math.sqrt(path.effect_variance),
            low=path.effect - below,
            high=path.effect + above,
            method=f"{like.method}; paths apart by {ratio:g} times the most before",
            p_value=None,
            shape="between",
        )
        points.append(
            SensitivityPoint(
                ratio=ratio,
                identified_low=path.effect - ratio * widest,
                identified_high=path.effect + ratio * widest,
                estimate=estimate,
            )
        )
    return Sensitivity(breakdown=path.breakdown(), points=tuple(points))


def _path(
    before: Floats, after: Floats, covariance: Floats, weights: Floats, like: Estimate
) -> _Path:
    """Return the effect and, for each step before, by how much it could be off.

    A step after the start stays in every later week, so it counts with the sum of the
    weights from its week on.
    """
    count = before.size
    lever = float(np.abs(np.cumsum(weights[::-1])).sum())
    change = np.diff(np.eye(count + 1), axis=0)[:, :count]  # the reference is zero
    rows = np.zeros((count, count + after.size))
    rows[:, :count] = lever * change
    focal = np.concatenate([np.zeros(count), weights])
    spread = rows @ covariance
    freedom = like.degrees_of_freedom
    return _Path(
        effect=float(weights @ after),
        steps=rows[:, :count] @ before,
        effect_variance=float(focal @ covariance @ focal),
        step_variances=(spread * rows).sum(axis=1),
        covariances=spread @ focal,
        critical=critical_value(math.inf if freedom is None else freedom),
    )


def _require(
    before: Floats,
    after: Floats,
    covariance: Floats,
    weights: Floats,
    ratios: Sequence[float],
) -> None:
    problems, count = [], before.size + after.size
    if before.size < 1 or after.size < 1:
        remedy = "take a baseline of two weeks or more and a window of one or more"
        text = f"{before.size} weeks before the reference, {after.size} after"
        problems.append(Problem("path", text, remedy))
    if covariance.shape != (count, count) or weights.shape != after.shape:
        remedy = (
            "give one row and column for each difference, one weight for each later one"
        )
        text = f"covariance {covariance.shape}, weights {weights.shape}"
        problems.append(Problem("path", text, remedy))
    elif not all(np.isfinite(one).all() for one in (before, after, covariance, weights)):
        remedy = "leave out weeks in which nobody was active"
        problems.append(Problem("path", "a number is missing or infinite", remedy))
    elif count:
        scale = float(np.abs(covariance).max())
        lowest = float(np.linalg.eigvalsh((covariance + covariance.T) / 2)[0])
        is_lopsided = np.abs(covariance - covariance.T).max() > _TINY * scale
        if is_lopsided or lowest < -1e-8 * scale or np.diagonal(covariance).min() <= 0:
            remedy = "give the covariance of the differences, clustered like their errors"
            problems.append(Problem("covariance", "it is not that of anything", remedy))
    if not ratios or any(not (0 <= ratio < math.inf) for ratio in ratios):
        remedy = "give ratios from 0 upward"
        problems.append(Problem("ratios", f"{list(ratios)}", remedy))
    if problems:
        raise MeasureError("the sensitivity of the path cannot be told", problems)
