"""What share of subscribers stays, period by period, when many are still here?"""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

from openspiff.errors import Problem

from ._types import (
    CRITICAL,
    TAIL,
    Flags,
    Floats,
    Worth,
    WorthError,
    as_floats,
    column,
    discounts,
    flags,
    refuse_rows,
    require_periods,
    same_length,
)


def _has_left(given: Any) -> Flags:
    return flags("has_left", given)


@attrs.frozen(kw_only=True, eq=False)
class Tenures:
    """How many whole periods customers (n) were seen, and whether they had left by then.

    Who has left after `tenure` 3 did so in the third period; who has not is known to have
    stayed for three. A customer of tenure 0 has not been up for renewal and says nothing.
    Raises WorthError with every kind of wrong row at once.
    """

    tenure: Floats = attrs.field(converter=as_floats)
    has_left: Flags = attrs.field(converter=_has_left)

    def __attrs_post_init__(self) -> None:
        """Refuse tenures that cannot be."""
        column("tenure", self.tenure)
        same_length(tenure=self.tenure, has_left=self.has_left)
        refuse_rows(
            "tenures cannot be as given",
            [
                (
                    "tenure",
                    (self.tenure < 0) | (self.tenure != np.floor(self.tenure)),
                    "count whole periods: 0, 1, 2, ...",
                ),
                (
                    "tenure",
                    self.has_left & (self.tenure == 0),
                    "the period in which a customer leaves counts: it is 1 or more",
                ),
            ],
        )

    def only(self, kept: Flags) -> Tenures:
        """Return the tenures of the customers that `kept` (n) marks."""
        return Tenures(tenure=self.tenure[kept], has_left=self.has_left[kept])

    def counts(self) -> tuple[Floats, Floats]:
        """Return how many were at risk and how many left in periods 1, 2, ... (T each)."""
        whole = self.tenure.astype(np.int64)
        size = int(whole.max()) + 1
        left = np.bincount(whole[self.has_left], minlength=size)[1:]
        seen = np.bincount(whole, minlength=size)
        at_risk = seen[::-1].cumsum()[::-1][1:]
        return at_risk.astype(np.float64), left.astype(np.float64)


@attrs.frozen(kw_only=True, eq=False)
class LifeTable:
    """What share of customers stays, period by period (T each, from period 1).

    `hazard` is the share of those at risk that left in the period, `survival` the share
    still there after it, `low` and `high` its 95% interval, `standard_error` Greenwood's.
    """

    at_risk: Floats
    left: Floats
    hazard: Floats
    survival: Floats
    standard_error: Floats
    low: Floats
    high: Floats
    customer_count: int

    @property
    def left_share(self) -> float:
        """Return the share that had left when last looked at: not a rate of any period."""
        return float(self.left.sum()) / self.customer_count


def life_table(tenures: Tenures) -> LifeTable:
    """Return the Kaplan-Meier life table of customers, some of whom are still here.

    Intervals are Greenwood's on the log-log scale, so they stay between 0 and 1; where
    nobody or everybody has left, the exact binomial bound takes their place, because a
    width of zero would be a claim.
    Raises WorthError when no customer has been up for renewal.
    Kaplan and Meier (1958), JASA 53(282); Greenwood (1926), Reports on Public Health 33;
    Kalbfleisch and Prentice (1980), The Statistical Analysis of Failure Time Data.
    """
    at_risk, left = tenures.counts()
    if at_risk.size == 0:
        remedy = "wait until customers have been here for one whole period"
        problem = Problem("tenure", "no customer was here for a whole period", remedy)
        raise WorthError("nobody has been up for renewal", [problem])
    hazard = left / at_risk
    survival = np.cumprod(1 - hazard).astype(np.float64)
    with np.errstate(divide="ignore"):  # the variance has no end once nobody is left
        spread: Floats = np.cumsum(left / (at_risk * (at_risk - left)))
    known = np.where(survival > 0, spread, 0.0)
    low, high = _log_log_interval(survival, known, at_risk)
    return LifeTable(
        at_risk=at_risk,
        left=left,
        hazard=hazard,
        survival=survival,
        standard_error=survival * np.sqrt(known),
        low=low,
        high=high,
        customer_count=tenures.tenure.size,
    )


def life_tables(tenures: Tenures, term: np.ndarray[Any, Any]) -> dict[Any, LifeTable]:
    """Return one life table for each contract term (n), in the order of the terms.

    Terms bind for different times, so one table over all of them describes nobody.
    Raises WorthError as `life_table` does.
    """
    terms = np.asarray(term)
    same_length(term=terms, tenure=tenures.tenure)
    return {
        one: life_table(tenures.only(terms == one)) for one in np.unique(terms).tolist()
    }


def residual_lifetime(
    table: LifeTable, *, tenure: int, period_count: int, discount_ppm: int = 0
) -> Worth:
    """Return how many of the next periods a customer is expected to stay, from a table.

    The sum over k = 1..`period_count` of the chance that a customer of `tenure` stays for
    k more periods, each discounted k times by `discount_ppm`, a rate for one period. Times
    the margin of a period it is what the customer is still worth. The error follows from
    Greenwood's by the delta method; where that is zero, because nobody or everybody left,
    the interval is made of exact binomial bounds.
    Raises WorthError where the table does not reach, or nobody was left to look at.
    Greenwood (1926), Reports on Public Health 33; Fader and Hardie (2010), Marketing
    Science 29(1), for the discounted residual lifetime.
    """
    require_periods(tenure, period_count)
    end = tenure + period_count
    before = np.concatenate([[1.0], table.survival])
    if end > table.survival.size or before[tenure] == 0:
        found = f"asked for {tenure} + {period_count} periods of {table.survival.size}"
        remedy = "look ahead less far, or use fit_shifted_beta_geometric to go beyond"
        raise WorthError("nobody has stayed that long", [Problem("table", found, remedy)])
    span = slice(tenure, end)
    at_risk, left = table.at_risk[span], table.left[span]
    weights = discounts(period_count, discount_ppm)
    shares = table.survival[span] / before[tenure]
    value = float(weights @ shares)
    # What is at stake in a period is everything from it on.
    stake = (weights * shares)[::-1].cumsum()[::-1]
    odds = left / np.maximum(at_risk * (at_risk - left), 1.0)
    error = float(np.sqrt(stake**2 @ odds))
    low, high = value - CRITICAL * error, value + CRITICAL * error
    if error == 0:
        bound = TAIL ** (1 / at_risk)
        low = float(weights @ np.where(shares > 0, bound, 0.0))
        high = float(weights @ np.where(shares > 0, 1.0, 1.0 - bound))
    return Worth(
        value=value,
        standard_error=error or None,
        low=max(low, 0.0),
        high=min(high, float(weights.sum())),
        method="life table, Greenwood",
        customer_count=table.customer_count,
    )


def _log_log_interval(
    survival: Floats, spread: Floats, at_risk: Floats
) -> tuple[Floats, Floats]:
    some = (survival > 0) & (survival < 1)
    inner = np.where(some, survival, 0.5)
    reach = np.exp(CRITICAL * np.sqrt(np.where(some, spread, 0.0)) / np.abs(np.log(inner)))
    none_left = TAIL ** (1 / at_risk)
    low = np.where(some, inner**reach, np.where(survival == 1, none_left, 0.0))
    high = np.where(some, inner ** (1 / reach), 1.0)
    # Everybody can have left in the last period only: bound how many might have stayed.
    before = np.concatenate([[1.0], high[:-1]])
    high = np.where(survival == 0, before * (1 - none_left), high)
    return low, np.minimum.accumulate(high)
