"""Between which two lines does the whole path lie, and not only each point of it?"""

from __future__ import annotations

from typing import Final

import attrs
import numpy as np

from openspiff.measure._cohorts._linear import Spread
from openspiff.measure._least_squares import Floats
from openspiff.measure._types import LEVEL

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
    the payees tends to, without the payees.
    Callaway and Sant'Anna (2021), Journal of Econometrics 225(2), section 4; Montiel Olea
    and Plagborg-Moller (2019), Journal of Applied Econometrics 34(1).
    """
    error = spread.standard_error
    correlation = spread.covariance / np.outer(error, error)
    values_of, vectors = np.linalg.eigh(correlation)
    root = vectors * np.sqrt(np.maximum(values_of, 0.0))
    draw = np.random.default_rng(seed)
    largest = np.abs(draw.standard_normal((draw_count, error.size)) @ root.T).max(axis=1)
    freedom = float(spread.degrees_of_freedom.min())
    largest /= np.sqrt(draw.chisquare(freedom, draw_count) / freedom)
    critical = float(np.quantile(largest, LEVEL))
    return Band(
        low=values - critical * error, high=values + critical * error, critical=critical
    )
