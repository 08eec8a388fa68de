"""Where would a series have gone on its own? A level that wanders, beside regressors.

y(t) = level(t) + x(t) b + noise(t), level(t + 1) = level(t) + step(t). The level at the
start and b are unknown without bound (diffuse). Everything depends on the data linearly but
for the ratio of the two spreads, sd(step) / sd(noise). So one pass of the Kalman filter
over outcome and regressors at once, for a grid of ratios, holds the fit of every shorter
history as well, which is what placebo windows need.
Harvey (1989), Forecasting, Structural Time Series Models and the Kalman Filter; de Jong
(1991), Annals of Statistics 19(2); Durbin and Koopman (2012), Time Series Analysis by State
Space Methods, chapters 2 and 5.
"""

from __future__ import annotations

import attrs
import numpy as np

from openspiff.measure._least_squares import Floats


@attrs.frozen(kw_only=True, eq=False)
class Filtered:
    """What the filter knows after each of T periods, for each of K ratios.

    Columns (c = 1 + p) are the outcome, then the regressors. Variances are in units of the
    noise variance.
    """

    ratios: Floats  # K
    level: Floats  # T x K x c: level of each column given the periods so far
    variance: Floats  # T x K: how far off that level may be
    squares: Floats  # T x K x c x c: sums of products of the one-step errors so far
    log_scale: Floats  # T x K: sum of the logs of their variances so far


@attrs.frozen(kw_only=True, eq=False)
class Fitted:
    """The fit of the first n periods for each of K ratios of step to noise."""

    slope: Floats  # K x p
    slope_variance: Floats  # K x p x p, in units of the noise variance
    noise_variance: Floats  # K
    log_likelihood: Floats  # K: restricted (diffuse), up to a constant
    degrees_of_freedom: int


def run_filter(columns: Floats, ratios: Floats) -> Filtered:
    """Run the filter over columns (T x c) for every ratio (K) of step to noise."""
    periods, width = columns.shape
    count = ratios.size
    level = np.empty((periods, count, width))
    variance = np.empty((periods, count))
    squares = np.zeros((periods, count, width, width))
    log_scale = np.zeros((periods, count))
    level[0], variance[0] = columns[0], 1.0  # the first period is all that is known
    for now in range(1, periods):
        ahead = variance[now - 1] + ratios**2
        scale = ahead + 1.0
        surprise = columns[now] - level[now - 1]
        gain = ahead / scale
        level[now] = level[now - 1] + gain[:, None] * surprise
        variance[now] = gain
        product = surprise[:, :, None] * surprise[:, None, :]
        squares[now] = squares[now - 1] + product / scale[:, None, None]
        log_scale[now] = log_scale[now - 1] + np.log(scale)
    return Filtered(
        ratios=ratios,
        level=level,
        variance=variance,
        squares=squares,
        log_scale=log_scale,
    )


def fit_first(filtered: Filtered, count: int) -> Fitted:
    """Fit the regressors to the first `count` periods, for each ratio.

    The regressors must be independent of each other and of a constant in these periods.
    """
    squares = filtered.squares[count - 1]
    slope_variance = np.linalg.inv(squares[:, 1:, 1:])
    slope = (slope_variance @ squares[:, 1:, :1])[:, :, 0]
    freedom = count - squares.shape[1]
    rest = squares[:, 0, 0] - (slope * squares[:, 1:, 0]).sum(axis=1)
    # A history without any noise is the caller's to refuse; its log is only kept finite.
    log_rest = np.log(np.maximum(rest, np.finfo(np.float64).tiny))
    _, log_size = np.linalg.slogdet(squares[:, 1:, 1:])
    log_likelihood = -0.5 * (filtered.log_scale[count - 1] + log_size + freedom * log_rest)
    return Fitted(
        slope=slope,
        slope_variance=slope_variance,
        noise_variance=rest / freedom,
        log_likelihood=log_likelihood,
        degrees_of_freedom=freedom,
    )


def smoothed_level(filtered: Filtered, fitted: Fitted, count: int) -> Floats:
    """Return the level (count x K) of the first `count` periods, given all of them."""
    known = filtered.level[:count]
    level: Floats = known[:, :, 0] - (known[:, :, 1:] * fitted.slope).sum(axis=2)
    for now in range(count - 2, -1, -1):
        variance = filtered.variance[now]
        share = variance / (variance + filtered.ratios**2)
        level[now] += share * (level[now + 1] - level[now])
    return level


def forecast(
    filtered: Filtered,
    fitted: Fitted,
    count: int,
    *,
    regressors: Floats,
    ahead: Floats,
    weights: Floats,
) -> tuple[Floats, Floats]:
    """Return means and squared spreads (K x j) of weighted sums of later periods.

    Known are the first `count` periods. `regressors` (h x p) are those of the periods
    foretold, `ahead` (h) says how many steps after the last known one each of them lies,
    `weights` (j x h) which sums are wanted. The spread is the scale of Student's t and
    holds the noise of the periods themselves.
    """
    known = filtered.level[count - 1]
    rise = weights @ regressors - weights.sum(axis=1)[:, None] * known[:, None, 1:]
    mean = weights.sum(axis=1) * known[:, :1] + (rise @ fitted.slope[:, :, None])[:, :, 0]
    wander = ((weights @ np.minimum.outer(ahead, ahead)) * weights).sum(axis=1)
    spread = (
        filtered.variance[count - 1][:, None] * weights.sum(axis=1) ** 2
        + filtered.ratios[:, None] ** 2 * wander
        + (weights**2).sum(axis=1)
        + ((rise @ fitted.slope_variance) * rise).sum(axis=2)
    )
    return mean, fitted.noise_variance[:, None] * spread
