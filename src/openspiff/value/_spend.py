"""How much does a customer spend on one purchase, given what they spent before?"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from scipy.special import gammaln

from openspiff.errors import Problem

from ._maximum import Search, maximum
from ._purchases import FEWEST_CUSTOMERS
from ._types import Caution, Fit, Floats, WorthError, column, refuse_rows, same_length

_TIED: Final = 0.3
"""From this correlation on, spend times frequency is no longer the product of two means."""


def fit_spend(mean_spend_minor: Floats, frequency: Floats, *, seed: int = 0) -> Fit:
    """Fit how the mean spend on a purchase differs between customers (gamma-gamma p, q, v).

    `mean_spend_minor` (n) is over the `frequency` (n) repeat purchases of each customer who
    bought again. v is in minor units. The three are only weakly identified: read
    `expected_spend`, not the parameters.
    A caution says when spend and frequency go together, which the model rules out.
    Raises WorthError with under 10 customers, amounts or counts not above zero, spend that
    never varies, or no clear maximum.
    Fader and Hardie (2013), The Gamma-Gamma Model of Monetary Value, note 025.
    """
    spend, count = _checked(mean_spend_minor, frequency)
    refuse_rows(
        "spend is fitted to customers who bought again",
        [
            ("frequency", count <= 0, "leave out customers who never bought again"),
            ("mean_spend_minor", spend <= 0, "leave out purchases that cost nothing"),
        ],
    )
    problems = []
    if spend.size < FEWEST_CUSTOMERS:
        remedy = f"at least {FEWEST_CUSTOMERS} customers who bought again are needed"
        problems.append(Problem("customers", f"{spend.size} customers", remedy))
    elif np.ptp(spend) == 0:
        remedy = "use that one amount: there is nothing to estimate"
        problems.append(Problem("mean_spend_minor", "every customer spent alike", remedy))
    if problems:
        raise WorthError("too little is known to fit how spend differs", problems)
    rows, counts = np.unique(np.column_stack([spend, count]), axis=0, return_counts=True)
    search = Search(
        model="gamma_gamma",
        names=("p", "q", "v"),
        center=np.array([2.0, 3.0, float(spend.mean())]),
        log_likelihood=lambda values: float(counts @ _log_density(values, *rows.T)),
        customer_count=spend.size,
    )
    fit = maximum(search, seed=seed)
    return Fit(
        model=fit.model,
        parameters=fit.parameters,
        covariance=fit.covariance,
        log_likelihood=fit.log_likelihood,
        customer_count=fit.customer_count,
        warnings=(*fit.warnings, *_tie(spend, count)),
    )


def expected_spend(fit: Fit, mean_spend_minor: Floats, frequency: Floats) -> Floats:
    """Return the expected amount (n, minor units) of a customer's next purchase.

    A weighted mean of what the customer (`mean_spend_minor`, n) and what everybody spent;
    `frequency` 0 gives everybody's.
    Raises WorthError where q <= 1: the mean over customers has no end.
    Fader and Hardie (2013), The Gamma-Gamma Model of Monetary Value, note 025.
    """
    spend, count = _checked(mean_spend_minor, frequency)
    refuse_rows(
        "spend cannot be as given",
        [
            ("frequency", count < 0, "count repeat purchases: 0, 1, 2, ..."),
            ("mean_spend_minor", (count > 0) & (spend <= 0), "leave out what cost nothing"),
        ],
    )
    if fit.model != "gamma_gamma":
        problem = Problem("fit", f"found a fit of {fit.model}", "fit it by fit_spend")
        raise WorthError("this is no model of spend", [problem])
    p, q, v = fit.values.tolist()
    if q <= 1:
        remedy = "leave out extreme amounts, or use the mean spend that was observed"
        problem = Problem("q", f"q is {q:.2f}: a few customers spend without bound", remedy)
        raise WorthError("the mean spend over customers does not exist", [problem])
    expected: Floats = p * (v + count * spend) / (p * count + q - 1)
    return expected


def _checked(mean_spend_minor: Any, frequency: Any) -> tuple[Floats, Floats]:
    spend = column("mean_spend_minor", mean_spend_minor)
    count = column("frequency", frequency)
    same_length(mean_spend_minor=spend, frequency=count)
    refuse_rows(
        "repeat purchases are counted in whole numbers",
        [("frequency", count != np.floor(count), "count purchases: 0, 1, 2, ...")],
    )
    return spend, count


def _log_density(values: Floats, spend: Floats, count: Floats) -> Floats:
    """Return the log-density (n) of the mean of `count` purchases at `spend`."""
    p, q, v = values.tolist()
    shape, total = p * count, count * spend
    log_gammas = gammaln(shape + q) - gammaln(shape) - gammaln(q)
    found: Floats = (
        log_gammas - q * np.log1p(total / v) - shape * np.log1p(v / total) - np.log(spend)
    )
    return found


def _tie(spend: Floats, count: Floats) -> tuple[Caution, ...]:
    """Say when those who buy often spend more, or less, on a purchase."""
    if np.ptp(count) == 0:
        return ()
    tied = float(np.corrcoef(spend, count)[0, 1])
    if abs(tied) < _TIED:
        return ()
    sentence = (
        f"Spend and frequency correlate at {tied:.2f}; the model takes them for "
        "independent, so value is misjudged at both ends: split the customers by kind."
    )
    return (Caution("spend_depends_on_frequency", sentence),)
