"""Between which two lines does the whole path lie, and not only each point of it?"""

from __future__ import annotations

from typing import Final

import attrs
import numpy as np

from openspiff.errors import Problem
from openspiff.measure._cohorts._linear import Spread
from openspiff.measure._least_squares import Floats
from openspiff.measure._sums import require_seed
from openspiff.measure._types import LEVEL, MeasureError

DRAW_COUNT: Final = 10_000
"""Draws of the largest deviation: its 95% point is then known to about one percent."""


@attrs.frozen(kw_only=True, eq=False)
class Band:
    """The lines (J each) that hold all numbers at once at the 95% level."""

    low: Floats
    high: Floats
    critical: float


def simultaneous_band(
    values: Floats, spread: Spread, *, seed: int, draw_count: int = DRAW_COUNT
) -> Band:
    """Return the band of numbers (J) from the distribution of their largest deviation.

    Draws normal deviations with the numbers' own correlations, each divided by one common
    chi draw of the fewest degrees of freedom among them: what a multiplier bootstrap of
    the payees tends to, without the payees. A number without any error, such as that of a
    week in which nobody sold anything, has itself as its band.
    Raises MeasureError when none of the numbers has an error or the seed is below zero.
    Callaway and Sant'Anna (2021), Journal of Econometrics 225(2), section 4; Montiel Olea
    and Plagborg-Moller (2019), Journal of Applied Econometrics 34(1).
    """
    error = spread.standard_error
    some = error > 0
    if not some.any():
        problem = Problem("numbers", "none of them varies", "measure a broader behavior")
        raise MeasureError("there is no error to draw a band from", [problem])
    covariance = spread.covariance[np.ix_(some, some)]
    correlation = covariance / np.outer(error[some], error[some])
    values_of, vectors = np.linalg.eigh(correlation)
    root = vectors * np.sqrt(np.maximum(values_of, 0.0))
    require_seed(seed)
    draw = np.random.default_rng(seed)
    normal = draw.standard_normal((draw_count, int(some.sum())))
    largest = np.abs(normal @ root.T).max(axis=1)
    freedom = float(spread.degrees_of_freedom[some].min())
    largest /= np.sqrt(draw.chisquare(freedom, draw_count) / freedom)
    critical = float(np.quantile(largest, LEVEL))
    return Band(
        low=values - critical * error, high=values + critical * error, critical=critical
    )
