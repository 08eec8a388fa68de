"""Does the filter say what the multivariate normal distribution says?

The yardstick here builds the covariance matrix of the whole series and conditions on what
is known, without any recursion.
"""

from __future__ import annotations

import attrs
import numpy as np
import pytest

from openspiff.measure._series._local_level import (
    fit_first,
    forecast,
    run_filter,
    smoothed_level,
)

RATIOS = np.array([0.01, 0.3, 1.0, 4.0])
PERIODS = 30
# Sums of some 30 products in double precision, through one inverse of a 30 x 30 matrix.
CLOSE = 1e-8


@attrs.frozen(eq=False)
class Brute:
    """One ratio, everything by generalized least squares on the full covariance."""

    ratio: float
    columns: np.ndarray
    known: int

    @property
    def wander(self) -> np.ndarray:
        """Covariance of the level, counted from its first value."""
        steps = np.arange(self.columns.shape[0])
        return self.ratio**2 * np.minimum.outer(steps, steps)

    def solve(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Return precision of what is known, its regressors, their slopes and inverse."""
        known = slice(0, self.known)
        precision = np.linalg.inv(np.eye(self.known) + self.wander[known, known])
        beside = np.column_stack([np.ones(self.known), self.columns[known, 1:]])
        inverse = np.linalg.inv(beside.T @ precision @ beside)
        slope = inverse @ beside.T @ precision @ self.columns[known, 0]
        return precision, beside, slope, inverse

    def log_likelihood(self) -> tuple[float, float]:
        precision, beside, slope, inverse = self.solve()
        rest = self.columns[: self.known, 0] - beside @ slope
        squares = float(rest @ precision @ rest)
        freedom = self.known - beside.shape[1]
        log_size = np.linalg.slogdet(precision)[1] + np.linalg.slogdet(inverse)[1]
        return 0.5 * (log_size - freedom * np.log(squares)), squares / freedom

    def level(self) -> np.ndarray:
        precision, beside, slope, _ = self.solve()
        rest = self.columns[: self.known, 0] - beside @ slope
        known = slice(0, self.known)
        return slope[0] + self.wander[known, known] @ precision @ rest

    def forecast(self, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Foretell weighted sums of the periods that are not known."""
        precision, beside, slope, inverse = self.solve()
        after = slice(self.known, None)
        rest = self.columns[: self.known, 0] - beside @ slope
        crossed = weights @ self.wander[after, : self.known] @ precision
        later = np.column_stack([np.ones(weights.shape[1]), self.columns[after, 1:]])
        mean = weights @ later @ slope + crossed @ rest
        leverage = weights @ later - crossed @ beside
        own = weights @ (np.eye(weights.shape[1]) + self.wander[after, after]) @ weights.T
        own -= crossed @ self.wander[: self.known, after] @ weights.T
        spread = own + leverage @ inverse @ leverage.T
        return mean, np.diag(spread)


def drawn_columns(width: int) -> np.ndarray:
    generator = np.random.default_rng(width)
    columns = generator.normal(size=(PERIODS, width))
    columns[:, 0] += np.cumsum(generator.normal(size=PERIODS)) + 5
    return columns


@pytest.mark.parametrize("width", [1, 2, 5])
@pytest.mark.parametrize("known", [12, 24])
def test_likelihood_and_noise_are_those_of_the_multivariate_normal(
    width: int, known: int
) -> None:
    columns = drawn_columns(width)
    fitted = fit_first(run_filter(columns, RATIOS), known)
    brute = [Brute(ratio, columns, known).log_likelihood() for ratio in RATIOS]
    np.testing.assert_allclose(
        fitted.log_likelihood, [one for one, _ in brute], rtol=0, atol=CLOSE
    )
    np.testing.assert_allclose(
        fitted.noise_variance, [noise for _, noise in brute], rtol=CLOSE
    )


@pytest.mark.parametrize("width", [1, 4])
@pytest.mark.parametrize("known", [12, 24])
def test_level_and_slopes_are_those_of_the_multivariate_normal(
    width: int, known: int
) -> None:
    columns = drawn_columns(width)
    filtered = run_filter(columns, RATIOS)
    fitted = fit_first(filtered, known)
    level = smoothed_level(filtered, fitted, known)
    for number, ratio in enumerate(RATIOS):
        brute = Brute(ratio, columns, known)
        np.testing.assert_allclose(level[:, number], brute.level(), atol=CLOSE)
        np.testing.assert_allclose(fitted.slope[number], brute.solve()[2][1:], atol=CLOSE)


@pytest.mark.parametrize("width", [1, 4])
def test_forecast_of_any_sum_is_that_of_the_multivariate_normal(width: int) -> None:
    columns, known = drawn_columns(width), 22
    ahead = PERIODS - known
    weights = np.vstack([np.eye(ahead), np.tri(ahead), np.full(ahead, 1 / ahead)])
    weights[:, 0] = 0.0  # a period between what is known and what is foretold
    filtered = run_filter(columns[:known], RATIOS)
    fitted = fit_first(filtered, known)
    mean, square = forecast(
        filtered,
        fitted,
        known,
        regressors=columns[known:, 1:],
        ahead=np.arange(ahead) + 1.0,
        weights=weights,
    )
    for number, ratio in enumerate(RATIOS):
        expected, spread = Brute(ratio, columns, known).forecast(weights)
        np.testing.assert_allclose(mean[number], expected, atol=CLOSE)
        np.testing.assert_allclose(
            square[number], fitted.noise_variance[number] * spread, atol=CLOSE
        )


def test_shorter_history_is_fitted_as_if_the_rest_were_not_there() -> None:
    columns = drawn_columns(3)
    whole, part = run_filter(columns, RATIOS), run_filter(columns[:15], RATIOS)
    one, other = fit_first(whole, 15), fit_first(part, 15)
    np.testing.assert_array_equal(one.log_likelihood, other.log_likelihood)
    np.testing.assert_array_equal(one.slope, other.slope)
