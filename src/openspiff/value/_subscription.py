"""How long will subscribers stay, beyond what anyone has seen?"""

from __future__ import annotations

import numpy as np
from scipy.special import betaln

from openspiff.errors import Problem

from ._life_table import Tenures
from ._maximum import Search, maximum
from ._purchases import FEWEST_CUSTOMERS
from ._types import CRITICAL, Fit, Floats, Worth, WorthError, discounts, require_periods


def fit_shifted_beta_geometric(tenures: Tenures, *, seed: int = 0) -> Fit:
    """Fit how the chance of leaving at a renewal differs between customers (alpha, beta).

    Each customer keeps one chance for good; the mean falls because those with a high one
    leave first. `seed` draws where the searches begin.
    Raises WorthError with under 10 customers, when none or all have left, when all were
    seen for one period only, or without a clear maximum.
    Fader and Hardie (2007), Journal of Interactive Marketing 21(1).
    """
    problems = []
    known = int((tenures.tenure > 0).sum())
    if known < FEWEST_CUSTOMERS:
        remedy = f"at least {FEWEST_CUSTOMERS} customers must have been up for renewal"
        problems.append(Problem("customers", f"{known} customers", remedy))
    if not tenures.has_left.any():
        remedy = "wait until some have left; until then a life table bounds how many may"
        problems.append(Problem("has_left", "nobody has left", remedy))
    if tenures.tenure.max() < 2:  # noqa: PLR2004 (one renewal shows a mean, two a change)
        remedy = "wait for a second renewal: the first shows only the mean"
        problems.append(Problem("tenure", "all were up for renewal once", remedy))
    if problems:
        raise WorthError("too little is known to fit how subscribers leave", problems)
    at_risk, left = tenures.counts()
    stayed = at_risk - left
    before = np.arange(left.size)

    def log_likelihood(values: Floats) -> float:
        # In each period a customer leaves with alpha / (alpha + beta + periods before).
        alpha, beta = values.tolist()
        leaving = np.log(alpha) * left.sum() + stayed @ np.log(beta + before)
        return float(leaving - at_risk @ np.log(alpha + beta + before))

    search = Search(
        model="shifted_beta_geometric",
        names=("alpha", "beta"),
        center=np.array([1.0, 2.0]),
        log_likelihood=log_likelihood,
        customer_count=known,
    )
    return maximum(search, seed=seed)


def survival_ahead(fit: Fit, period_count: int) -> Floats:
    """Return the share still there after 0, 1, ... `period_count` periods (count + 1).

    Raises WorthError for another kind of fit.
    Fader and Hardie (2007), Journal of Interactive Marketing 21(1).
    """
    return _survival(_parameters(fit), period_count)


def residual_lifetime_ahead(
    fit: Fit, *, tenure: int, period_count: int, discount_ppm: int = 0
) -> Worth:
    """Return how many of the next periods a customer is expected to stay, from a fit.

    As `residual_lifetime` of a life table, but beyond what was seen: the longer a customer
    has stayed, the longer the rest. The error is that of the parameters, by the delta
    method; it takes the model for true.
    Raises WorthError for another kind of fit or no period to look ahead.
    Fader and Hardie (2010), Marketing Science 29(1).
    """
    require_periods(tenure, period_count)
    values, weights = _parameters(fit), discounts(period_count, discount_ppm)

    def expected(log_values: Floats) -> float:
        share = _survival(np.exp(log_values), tenure + period_count)
        return float(weights @ share[tenure + 1 :] / share[tenure])

    logs, step = np.log(values), 1e-5
    slope = np.array(
        [
            (expected(logs + one) - expected(logs - one)) / (2 * step)
            for one in step * np.eye(logs.size)
        ]
    )
    slope = slope / values
    value, error = expected(logs), float(np.sqrt(slope @ fit.covariance @ slope))
    return Worth(
        value=value,
        standard_error=error,
        low=max(value - CRITICAL * error, 0.0),
        high=min(value + CRITICAL * error, float(weights.sum())),
        method="shifted-beta-geometric, delta",
        customer_count=fit.customer_count,
        warnings=fit.warnings,
    )


def _parameters(fit: Fit) -> Floats:
    if fit.model != "shifted_beta_geometric":
        remedy = "fit it by fit_shifted_beta_geometric"
        problem = Problem("fit", f"found a fit of {fit.model}", remedy)
        raise WorthError("this is no model of subscriptions", [problem])
    return fit.values


def _survival(values: Floats, period_count: int) -> Floats:
    alpha, beta = values.tolist()
    ages = np.arange(period_count + 1)
    share: Floats = np.exp(betaln(alpha, beta + ages) - betaln(alpha, beta))
    return share
