"""Which values of a ratio do the data allow, when its denominator may be near zero?"""

from __future__ import annotations

import math

import attrs

from ._types import Shape


@attrs.frozen(kw_only=True)
class RatioSet:
    """The values of a ratio that the data do not reject, by the ends of their `Shape`."""

    shape: Shape
    low: float | None
    high: float | None

    def holds(self, ratio: float) -> bool:
        """Tell whether a ratio lies in the set."""
        above = self.low is None or ratio >= self.low
        below = self.high is None or ratio <= self.high
        if self.shape == "outside":
            return (self.low is not None and ratio <= self.low) or (
                self.high is not None and ratio >= self.high
            )
        return above and below


def fieller(
    top: float,
    bottom: float,
    *,
    top_variance: float,
    bottom_variance: float,
    covariance: float = 0.0,
    critical: float,
) -> RatioSet:
    """Return the confidence set of top / bottom at the level of `critical`.

    The set of r with (top - r bottom)^2 <= critical^2 var(top - r bottom): a quadratic in
    r that need not have a bounded solution.
    Fieller (1954), Journal of the Royal Statistical Society B 16(2).
    """
    square = critical * critical
    a = bottom * bottom - square * bottom_variance
    b = top * bottom - square * covariance
    c = top * top - square * top_variance
    scale = bottom * bottom + square * bottom_variance
    if abs(a) <= 1e-12 * scale:  # linear: the set is a half line
        return _half_line(b, c)
    inside = b * b - a * c
    if a < 0 and inside <= 0:
        return RatioSet(shape="everything", low=None, high=None)
    root = math.sqrt(max(inside, 0.0))  # the ratio itself is always in the set
    low, high = sorted(((b - root) / a, (b + root) / a))
    return RatioSet(shape="between" if a > 0 else "outside", low=low, high=high)


def _half_line(b: float, c: float) -> RatioSet:
    if b == 0:
        return RatioSet(shape="everything", low=None, high=None)
    if b > 0:
        return RatioSet(shape="from", low=c / (2 * b), high=None)
    return RatioSet(shape="until", low=None, high=c / (2 * b))
