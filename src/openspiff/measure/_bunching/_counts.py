"""Were deals moved to the deadline? Events by day against days outside and the holdout.

Counts are fitted by least squares, not by Poisson: then what is added up over days or taken
off for the holdout is exact, the error clustered by firm follows from one table of products
of days, however many payees there are, and no log of an empty day is needed.
"""

from __future__ import annotations

from typing import get_args

import attrs
import numpy as np
from scipy import sparse

from openspiff.errors import Problem
from openspiff.measure._bunching._days import (
    DatedEvents,
    DayPlan,
    Deadline,
    Part,
    plan_days,
    require_payees,
)
from openspiff.measure._error_codes import NothingMeasuredError, NoVariationError
from openspiff.measure._fieller import ratio_estimate
from openspiff.measure._least_squares import Floats, Integers, critical_value, orthonormal
from openspiff.measure._sums import codes_of
from openspiff.measure._types import Caution, Estimate, Tier


@attrs.frozen(kw_only=True, eq=False)
class BunchingPath:
    """The days that the program may have moved (J), for the picture.

    `observed` counts events of the treated, `expected` is what the days outside and the
    holdout say of them, `excess` their difference; `cumulated` adds it up from the first
    day. Bands are 95% for each day by itself.
    """

    day: Integers
    observed: Floats
    expected: Floats
    excess: Floats
    low: Floats
    high: Floats
    cumulated: Floats
    cumulated_low: Floats
    cumulated_high: Floats


@attrs.frozen(kw_only=True, eq=False)
class Bunching:
    """Events of all treated beyond the expected, by part; None where a part has no days.

    `at_deadline` is the excess mass, `early` that of the window before it, `announcement`
    what was held back (below zero), `after` what is missing then (below zero), `net` all
    of them. `bunched_share` is `at_deadline` by the events of the window.
    """

    at_deadline: Estimate
    early: Estimate | None
    announcement: Estimate | None
    after: Estimate | None
    net: Estimate
    bunched_share: Estimate
    path: BunchingPath


def bunching(events: DatedEvents, deadline: Deadline) -> Bunching:
    """Measure how many events of the treated lie where the days outside expect none.

    What is expected of a day is a polynomial in the day, the day of the week and the last
    day of month and quarter, fitted to the days that the program cannot have moved; from
    the excess of the treated is taken that of the holdout, per payee. Errors are clustered
    by what chance assigned; t with the clusters of the smaller side less one. Without a
    holdout, a caution says that season is in the number, the tier is E, and the error is
    that of the days outside about their fit where this is larger.
    Raises MeasureError when the window is not over, fewer than 56 days lie outside, nobody
    had an event, or a side has fewer than 5 payees or 2 clusters.
    Kleven (2016), Annual Review of Economics 8; Larkin (2014), Journal of Labor Economics
    32(2), on deadlines of sellers.
    """
    plan = plan_days(events.is_treated, deadline)
    counted = _count(events, plan)
    inside = ~plan.is_outside
    excess = np.eye(plan.day.size)[inside]
    excess[:, plan.is_outside] = -plan.carry_over()
    weights = np.hstack([excess, excess])  # both sides; the holdout counts below zero
    moved = _Moved(
        value=excess @ counted.by_day.sum(axis=0),
        covariance=weights @ counted.covariance @ weights.T,
        noise=_day_noise(counted, plan),
    )

    def estimate(name: str, *parts: Part) -> Estimate:
        value, square = moved.add(plan.is_in(*parts).astype(np.float64))
        return counted.estimate(name, value, square, plan.cautions)

    def if_any(name: str, part: Part) -> Estimate | None:
        return estimate(name, part) if plan.is_in(part).any() else None

    at_deadline = estimate("events moved to the deadline", "deadline")
    return Bunching(
        at_deadline=at_deadline,
        early=if_any("events moved into the window before the deadline", "early"),
        announcement=if_any("events moved while announced", "announcement"),
        after=if_any("events moved after the deadline", "after"),
        net=estimate("events moved, net", *get_args(Part)),
        bunched_share=_share(at_deadline, counted, plan, weights),
        path=_path(plan, counted, moved),
    )


@attrs.frozen(kw_only=True, eq=False)
class _Counted:
    """Events by side and day (2 x D) and how they vary together (2D x 2D).

    The holdout is scaled to the number of treated payees and counts below zero, so that
    the sum of both sides is the difference.
    """

    by_day: Floats
    covariance: Floats
    has_holdout: bool
    payee_count: int
    cluster_count: int
    degrees_of_freedom: float

    @property
    def critical(self) -> float:
        """Return the two-sided critical value of the 95% interval."""
        return critical_value(self.degrees_of_freedom)

    def estimate(
        self, name: str, value: float, square: float, cautions: tuple[Caution, ...]
    ) -> Estimate:
        """Return a number of events, with the square of its standard error."""
        error = float(np.sqrt(square))
        if error <= 0:
            remedy = "measure a broader behavior, or more payees"
            found = "no cluster differs from another on these days"
            problem = Problem(name, found, remedy)
            raise NoVariationError(
                "there is too little to estimate an error from", [problem]
            )
        tier: Tier = "A" if self.has_holdout else "E"
        less = ", less the holdout's" if self.has_holdout else ""
        return Estimate(
            name=name,
            value=value,
            standard_error=error,
            low=value - self.critical * error,
            high=value + self.critical * error,
            method=f"excess over the days outside by least squares{less}",
            tier=tier,
            unit="events",
            unit_count=self.payee_count,
            cluster_count=self.cluster_count,
            degrees_of_freedom=self.degrees_of_freedom,
            warnings=cautions,
        )


def _count(events: DatedEvents, plan: DayPlan) -> _Counted:
    """Add the events up by side and day, and by cluster for their covariance."""
    treated, cluster = events.is_treated, codes_of(events.clusters)
    has_holdout = not bool(treated.all())
    require_payees(events, cluster)
    count, days = int(cluster.max()) + 1, plan.day.size
    scale = float(treated.sum()) / max(int((~treated).sum()), 1)
    is_known = (events.day >= plan.day[0]) & (events.day <= plan.day[-1])
    payee = events.payee[is_known]
    amount = np.where(treated[payee], 1.0, -scale)
    column = events.day[is_known] - plan.day[0] + np.where(treated[payee], 0, days)
    by_day = np.bincount(column, weights=amount, minlength=2 * days).astype(np.float64)
    by_day = by_day.reshape(2, days)
    if not by_day[0].any():
        remedy = "measure a broader behavior, or check the mapping of the events"
        problem = Problem("events", "no treated payee had an event on these days", remedy)
        raise NothingMeasuredError("there are no events to place", [problem])
    # What a cluster adds is its events less its payees at the rate of their side, so the
    # table of products needs the events' own products and two columns of payees only.
    sums = sparse.coo_array(
        (amount, (cluster[payee], column)), shape=(count, 2 * days)
    ).tocsr()
    sides = [treated, ~treated] if has_holdout else [treated]
    payees = np.array([np.bincount(cluster[one], minlength=count) for one in sides])
    rates = np.zeros((len(sides), 2 * days))
    for number, one in enumerate(sides):
        span = slice(number * days, (number + 1) * days)
        rates[number, span] = by_day[number] / one.sum()
    crossed = (sums.T @ payees.T) @ rates
    products = (sums.T @ sums).toarray() - crossed - crossed.T
    products += rates.T @ (payees @ payees.T) @ rates
    per_side = np.array([np.unique(cluster[one]).size for one in sides], dtype=np.float64)
    factor = np.ones((2, days))
    factor[: len(sides)] = np.sqrt(per_side / (per_side - 1))[:, None]
    return _Counted(
        by_day=by_day,
        covariance=products * factor.reshape(-1, 1) * factor.reshape(1, -1),
        has_holdout=has_holdout,
        payee_count=treated.size,
        cluster_count=count,
        degrees_of_freedom=float(per_side.min()) - 1,
    )


@attrs.frozen(kw_only=True, eq=False)
class _Moved:
    """The excess of each day that may have moved (J), and two views of its error (J x J).

    `covariance` is what clusters say; `noise` what the days outside say, where nobody was
    held out and shocks that all payees share are not taken off.
    """

    value: Floats
    covariance: Floats
    noise: Floats

    def add(self, row: Floats) -> tuple[float, float]:
        """Return a weighted sum of days (J) and the larger square of its error."""
        square = max(row @ self.covariance @ row, row @ self.noise @ row)
        return float(row @ self.value), float(square)


def _day_noise(counted: _Counted, plan: DayPlan) -> Floats:
    """Return the error (J x J) that the days outside show; none with a holdout."""
    carried = plan.carry_over()
    size = carried.shape[0]
    if counted.has_holdout:
        return np.zeros((size, size))
    outside = plan.regressors[plan.is_outside]
    seen = counted.by_day[0][plan.is_outside]
    basis = orthonormal(outside)
    rest = seen - basis @ (basis.T @ seen)
    square = float(rest @ rest) / (seen.size - basis.shape[1])
    noise: Floats = square * (np.eye(size) + carried @ carried.T)
    return noise


def _share(
    at_deadline: Estimate, counted: _Counted, plan: DayPlan, weights: Floats
) -> Estimate:
    """Return the excess at the deadline by the events of the window."""
    inside = np.flatnonzero(~plan.is_outside)
    top = plan.is_in("deadline") @ weights
    bottom = np.zeros(top.size)  # the treated come first
    bottom[inside[plan.is_in("early", "deadline")]] = 1.0
    rows = np.vstack([top, bottom])
    covariance = rows @ counted.covariance @ rows.T
    covariance[0, 0] = (at_deadline.standard_error or 0.0) ** 2
    return ratio_estimate(
        at_deadline,
        at_deadline.value,
        float(bottom @ counted.by_day.ravel()),
        covariance=covariance,
        name="share of the window's events moved to the deadline",
        unit="share",
        bottom_name="number of events in the window",
    )


def _path(plan: DayPlan, counted: _Counted, moved: _Moved) -> BunchingPath:
    """Return the days that may have moved, each by itself and added up."""
    observed = counted.by_day[0][~plan.is_outside]
    so_far = np.tri(moved.value.size)
    daily = np.maximum(np.diag(moved.covariance), np.diag(moved.noise))
    summed = np.maximum(
        ((so_far @ moved.covariance) * so_far).sum(axis=1),
        ((so_far @ moved.noise) * so_far).sum(axis=1),
    )
    reach, summed_reach = (counted.critical * np.sqrt(one) for one in (daily, summed))
    cumulated = np.cumsum(moved.value)
    return BunchingPath(
        day=plan.day[~plan.is_outside],
        observed=observed,
        expected=observed - moved.value,
        excess=moved.value,
        low=moved.value - reach,
        high=moved.value + reach,
        cumulated=cumulated,
        cumulated_low=cumulated - summed_reach,
        cumulated_high=cumulated + summed_reach,
    )
