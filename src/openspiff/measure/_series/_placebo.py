"""How well would the same forecast have done in windows without a program?"""

from __future__ import annotations

from typing import Final

import attrs
import numpy as np
from scipy.special import gammaln, ndtri, stdtr

from openspiff.errors import Problem
from openspiff.measure._least_squares import Floats, Integers, critical_value
from openspiff.measure._series._local_level import (
    Filtered,
    Fitted,
    fit_first,
    forecast,
)
from openspiff.measure._types import MeasureError

SCALES: Final[Floats] = np.array([0.01, 0.03, 0.1, 0.3, 1.0, 3.0])
"""Scales tried for the prior of step to noise; the usual default is the first alone."""

FEWEST_PLACEBOS: Final = 8
FEWEST_APART: Final = 4
"""Windows that must fit beside each other: overlapping ones tell the same story."""

LEAST_COVERAGE: Final = 0.90
_FEWEST_FREEDOM: Final = 8
_MOST_EXTREME: Final = 1e-15
_TINY: Final = 1e-12


@attrs.frozen(kw_only=True, eq=False)
class Foretold:
    """Means and spreads (S x j) for each scale of the prior, scales of Student's t."""

    mean: Floats
    spread: Floats
    degrees_of_freedom: int


@attrs.frozen(kw_only=True, eq=False)
class Placebos:
    """Windows of the same length in the history (m), each foretold from before it.

    `effects` (m) are average minus forecast: what would have been called an effect.
    `known_counts` (m) say how many periods the forecast knew. `coverage_share` tells how
    many of their intervals held zero, each widened by what the windows that do not overlap
    it taught. `inflation` is how many times further off than foretold they were, at least
    1; `prior_scale` the scale of step to noise that foretold them best; `apart_count` how
    many of them fit beside each other.
    """

    effects: Floats
    known_counts: Integers
    coverage_share: float
    inflation: float
    prior_scale: float
    apart_count: int


@attrs.frozen(kw_only=True)
class Layout:
    """How far the window lies after what is known, and how long it is, in periods."""

    gap_count: int
    window_count: int

    @property
    def average(self) -> Floats:
        """Return the weights (1 x window) of the average over the window."""
        weights: Floats = np.ones((1, self.window_count)) / self.window_count
        return weights

    @property
    def ahead(self) -> Floats:
        """Return how many steps after the last known period each of the window lies."""
        return steps_ahead(self.window_count) + self.gap_count


def steps_ahead(count: int) -> Floats:
    """Return 1, 2, ... up to count."""
    return np.arange(1, count + 1, dtype=np.float64)


def foretell(
    filtered: Filtered,
    count: int,
    *,
    regressors: Floats,
    ahead: Floats,
    weights: Floats,
    scales: Floats = SCALES,
) -> Foretold:
    """Foretell weighted sums from the first `count` periods, over all ratios.

    Arguments as in `forecast`. The ratio of step to noise has a half-normal prior with
    each of the scales (S); the mixture over its posterior is matched by its first two
    moments.
    Brodersen et al. (2015), Annals of Applied Statistics 9(1), for the prior on the level.
    """
    fitted = fit_first(filtered, count)
    means, squares = forecast(
        filtered, fitted, count, regressors=regressors, ahead=ahead, weights=weights
    )
    posterior = posterior_of(filtered, fitted, scales)
    mean = posterior @ means
    apart = (means[None] - mean[:, None]) ** 2
    spread = np.sqrt(posterior @ squares + (posterior[:, :, None] * apart).sum(axis=1))
    return Foretold(mean=mean, spread=spread, degrees_of_freedom=fitted.degrees_of_freedom)


def posterior_of(filtered: Filtered, fitted: Fitted, scales: Floats) -> Floats:
    """Return what each ratio (K) weighs after the fit, for each scale (S) of its prior."""
    # The grid is even in the log of the ratio, so the density is multiplied by the ratio.
    log_prior = np.log(filtered.ratios) - 0.5 * (filtered.ratios / scales[:, None]) ** 2
    log_posterior = fitted.log_likelihood + log_prior
    weight = np.exp(log_posterior - log_posterior.max(axis=1, keepdims=True))
    posterior: Floats = weight / weight.sum(axis=1, keepdims=True)
    return posterior


def run_placebos(filtered: Filtered, columns: Floats, layout: Layout) -> Placebos:
    """Foretell every window of the history that ends before it does.

    `columns` (n x c) are the baseline as the filter saw it. Of the scales of the prior the
    one with the highest predictive density is kept.
    Raises MeasureError when fewer than 8 windows, or 4 beside each other, can be foretold,
    and when fewer than .90 of them are covered.
    """
    reach = layout.gap_count + layout.window_count
    first = _first_origin(filtered, columns)
    origins = np.arange(first, columns.shape[0] - reach + 1)
    apart = (origins.size + layout.window_count - 1) // layout.window_count
    if origins.size < FEWEST_PLACEBOS or apart < FEWEST_APART:
        needed = first + max(
            reach + FEWEST_PLACEBOS - 1,
            layout.gap_count + FEWEST_APART * layout.window_count,
        )
        raise _too_short(columns.shape[0], needed)
    effects = np.empty((origins.size, SCALES.size))
    spreads = np.empty_like(effects)
    for row, origin in enumerate(origins):
        span = columns[origin + layout.gap_count : origin + reach]
        foretold = foretell(
            filtered,
            int(origin),
            regressors=span[:, 1:],
            ahead=layout.ahead,
            weights=layout.average,
        )
        effects[row] = span[:, 0].mean() - foretold.mean[:, 0]
        spreads[row] = foretold.spread[:, 0]
    freedom = (origins - columns.shape[1]).astype(np.float64)[:, None]
    best = int(_predictive_density(effects / spreads, spreads, freedom).argmax())
    strength = _as_normal(effects[:, best] / spreads[:, best], freedom[:, 0])
    coverage = _coverage(strength, layout.window_count, apart)
    if coverage < LEAST_COVERAGE:
        raise _not_covered(coverage, origins.size)
    return Placebos(
        effects=effects[:, best],
        known_counts=origins,
        coverage_share=coverage,
        inflation=float(np.sqrt(max(1.0, (strength**2).mean()))),
        prior_scale=float(SCALES[best]),
        apart_count=apart,
    )


def _first_origin(filtered: Filtered, columns: Floats) -> int:
    """Return how many periods a first forecast needs: regressors told apart, some noise."""
    count, width = int(columns.shape[0]), int(columns.shape[1])
    beside = np.column_stack([np.ones(count), columns[:, 1:]])
    level = float(np.square(columns[:, 0] - columns[:, 0].mean()).mean())
    for known in range(width + _FEWEST_FREEDOM, count):
        if int(np.linalg.matrix_rank(beside[:known])) == width:
            rest = fit_first(filtered, known).noise_variance
            if float(rest.min()) > _TINY * level:
                return known
    return count


def _predictive_density(strength: Floats, spread: Floats, freedom: Floats) -> Floats:
    """Return the summed log density (S) of Student's t over placebo windows (m x S)."""
    constant = gammaln((freedom + 1) / 2) - gammaln(freedom / 2) - 0.5 * np.log(freedom)
    tail = (freedom + 1) / 2 * np.log1p(strength**2 / freedom)
    density: Floats = (constant - tail - np.log(spread)).sum(axis=0)
    return density


def _as_normal(strength: Floats, freedom: Floats) -> Floats:
    """Return the absolute normal deviate (m) that is as rare as each of Student's t."""
    beyond = np.maximum(stdtr(freedom, -np.abs(strength)), _MOST_EXTREME)
    deviate: Floats = -ndtri(beyond)
    return deviate


def _coverage(strength: Floats, window_count: int, apart: int) -> float:
    """Return the share of placebo windows covered, each judged by the others.

    What widens the interval of one window comes from the windows that do not overlap it,
    so that none of them judges itself.
    """
    number = np.arange(strength.size)
    is_apart = np.abs(number[:, None] - number) >= window_count
    widened = np.sqrt(np.maximum(1.0, is_apart @ strength**2 / is_apart.sum(axis=1)))
    return float((strength <= widened * critical_value(apart - 1)).mean())


def _too_short(count: int, needed: int) -> MeasureError:
    remedy = (
        f"import a history of at least {needed} periods before the announcement, or "
        "measure a shorter window"
    )
    found = f"{count} periods are too few for {FEWEST_PLACEBOS} placebo windows"
    return MeasureError(
        "the history is too short to tell how far off such a forecast can be",
        [Problem("baseline", found, remedy)],
    )


def _not_covered(coverage: float, count: int) -> MeasureError:
    remedy = (
        "add what moved the history (market growth, the number of active payees) as a "
        "covariate, begin the history after its last break, or hold payees out next time"
    )
    found = f"{coverage:.2f} of {count} placebo windows were covered"
    return MeasureError(
        f"withheld: the forecast fails on its own history too often "
        f"({coverage:.2f} of placebo windows covered, {LEAST_COVERAGE:.2f} is needed)",
        [Problem("baseline", found, remedy)],
    )
