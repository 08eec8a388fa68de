"""Which values of a ratio do the data allow, when its denominator may be near zero?"""

from __future__ import annotations

import math
from typing import Final

import attrs
import numpy as np

from openspiff.errors import Problem

from ._least_squares import Floats, critical_value
from ._types import Caution, Estimate, MeasureError, Shape

_ROUNDING: Final = 1e-6
"""By how much rounding may put a covariance above what the variances allow, relatively."""


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
    Raises MeasureError when a number is missing or infinite, a variance is below zero, the
    covariance is larger than the variances allow, or the critical value is not above zero.
    Fieller (1954), Journal of the Royal Statistical Society B 16(2).
    """
    _require_possible(top, bottom, top_variance, bottom_variance, covariance, critical)
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


def _require_possible(
    top: float,
    bottom: float,
    top_variance: float,
    bottom_variance: float,
    covariance: float,
    critical: float,
) -> None:
    problems = []
    numbers = (top, bottom, top_variance, bottom_variance, covariance, critical)
    if not all(math.isfinite(one) for one in numbers):
        remedy = "give the ratio of two estimates that could be made"
        problems.append(Problem("ratio", "a number is missing or infinite", remedy))
    elif min(top_variance, bottom_variance) < 0 or critical <= 0:
        found = f"variances {top_variance:g} and {bottom_variance:g}, critical {critical:g}"
        remedy = "give variances from zero up and a critical value above zero"
        problems.append(Problem("variances", found, remedy))
    elif covariance**2 > (1 + _ROUNDING) * top_variance * bottom_variance:
        found = f"{covariance:g} beside variances {top_variance:g} and {bottom_variance:g}"
        remedy = "give the covariance from the fit that gave both estimates"
        problems.append(Problem("covariance", found, remedy))
    if problems:
        raise MeasureError("these are no two estimates to divide", problems)


def _half_line(b: float, c: float) -> RatioSet:
    if b == 0:
        return RatioSet(shape="everything", low=None, high=None)
    if b > 0:
        return RatioSet(shape="from", low=c / (2 * b), high=None)
    return RatioSet(shape="until", low=None, high=c / (2 * b))


def ratio_estimate(
    model: Estimate,
    top: float,
    bottom: float,
    *,
    covariance: Floats,
    name: str,
    unit: str,
    bottom_name: str,
) -> Estimate:
    """Return top / bottom with its Fieller set, otherwise an estimate like `model`.

    `covariance` (2 x 2) is that of top and bottom. The standard error is the linear one
    and is left out where the set goes on for ever; a caution then says the set in words.
    Raises MeasureError when bottom is zero.
    Fieller (1954), Journal of the Royal Statistical Society B 16(2).
    """
    if bottom == 0:
        remedy = f"look at the two effects themselves: {bottom_name} is exactly zero"
        problem = Problem(bottom_name, "it is zero", remedy)
        message = f"the {name} divides by zero"
        raise MeasureError(message, [problem])
    found = fieller(
        top,
        bottom,
        top_variance=float(covariance[0, 0]),
        bottom_variance=float(covariance[1, 1]),
        covariance=float(covariance[0, 1]),
        critical=critical_value(model.degrees_of_freedom or math.inf),
    )
    value, error, cautions = top / bottom, None, model.warnings
    if found.shape == "between":
        slope = np.array([1.0, -value]) / bottom
        error = math.sqrt(max(float(slope @ covariance @ slope), 0.0))
    else:
        sentence = (
            f"The data allow {in_words(found)} for the {name}, because they do not "
            f"exclude that the {bottom_name} is zero."
        )
        cautions = (*cautions, Caution("unbounded", sentence))
    return attrs.evolve(
        model,
        name=name,
        unit=unit,
        value=value,
        standard_error=error,
        low=found.low,
        high=found.high,
        shape=found.shape,
        method=f"{model.method}; Fieller",
        warnings=cautions,
    )


def in_words(found: RatioSet) -> str:
    """Return a set as words that follow "the data allow"."""
    match found.shape:
        case "between":
            return f"values from {found.low:.3g} to {found.high:.3g}"
        case "outside":
            return f"any value up to {found.low:.3g} or from {found.high:.3g} on"
        case "from":
            return f"any value from {found.low:.3g} on"
        case "until":
            return f"any value up to {found.high:.3g}"
        case "everything":
            return "any value at all"
