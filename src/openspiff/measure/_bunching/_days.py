"""Which days may a program have moved events to or from, and what describes the others?"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final, Literal

import attrs
import numpy as np

from openspiff.errors import Problem
from openspiff.measure._least_squares import Flags, Floats, Integers
from openspiff.measure._sums import FEWEST_PAYEES, require_sides
from openspiff.measure._types import Caution, MeasureError

Part = Literal["announcement", "early", "deadline", "after"]

_DEGREE: Final = 3
_FEWEST_DAYS: Final = 56
_FEWEST_BESIDE: Final = 21
_FEWEST_ENDS: Final = 2
_LAST_OF_QUARTER: Final = 2


@attrs.frozen(kw_only=True)
class Deadline:
    """The days around the end of a window; every `_before` is the first day after.

    Events are known from `observed_on` up to `observed_before`. The program moved them, if
    at all, between `announced_on` and `settled_before`, the end of its horizon. The last
    `close_day_count` days of the window count as the deadline.
    """

    observed_on: dt.date
    announced_on: dt.date
    starts_on: dt.date
    ends_before: dt.date
    settled_before: dt.date
    observed_before: dt.date
    close_day_count: int = 7

    def __attrs_post_init__(self) -> None:
        """Refuse days that are out of order."""
        closing = self.ends_before - dt.timedelta(days=self.close_day_count)
        days = (self.observed_on, self.announced_on, self.starts_on, closing)
        if list(days) != sorted(days) or not (
            self.close_day_count > 0 and closing < self.ends_before <= self.settled_before
        ):
            message = "the days of a deadline are out of order"
            raise ValueError(message)


@attrs.frozen(kw_only=True, eq=False)
class DatedEvents:
    """On which day (E, `date.toordinal`) which payee (E, row number of P) had an event.

    `is_treated` (P) is False for the holdout; `clusters` (P) name what chance assigned.
    Payees without any event count too.
    """

    day: Integers
    payee: Integers
    is_treated: Flags
    clusters: np.ndarray[Any, Any]


@attrs.frozen(kw_only=True, eq=False)
class DayPlan:
    """Which days are known (D), which the program may have moved, and their regressors."""

    day: Integers
    part: np.ndarray[Any, np.dtype[np.str_]]  # D: a Part, or nothing outside
    regressors: Floats  # D x p
    cautions: tuple[Caution, ...]

    @property
    def is_outside(self) -> Flags:
        """Tell of each day whether the program cannot have moved its events."""
        outside: Flags = self.part == ""
        return outside

    def is_in(self, *parts: Part) -> Flags:
        """Tell of each day that may have moved (J) whether it lies in one of the parts."""
        inside: Flags = np.isin(self.part[~self.is_outside], parts)
        return inside

    def carry_over(self) -> Floats:
        """Return what each day outside adds to what is expected of each day inside (J x O).

        Raises MeasureError when the days outside cannot tell the regressors apart.
        """
        outside = self.regressors[self.is_outside]
        if np.linalg.matrix_rank(outside) < outside.shape[1]:
            found = "some day of the week is never among them"
            remedy = "import events of whole weeks from before the announcement"
            problem = Problem("days outside the program", found, remedy)
            raise MeasureError("there is too little to expect anything from", [problem])
        carried: Floats = self.regressors[~self.is_outside] @ np.linalg.pinv(outside)
        return carried


def plan_days(is_treated: Flags, deadline: Deadline) -> DayPlan:
    """Return the days that are known, their parts and their regressors.

    Raises MeasureError when the window is not over or too few days lie outside.
    """
    if deadline.observed_before < deadline.ends_before:
        found = f"events are known before {deadline.observed_before} only"
        remedy = "wait for the end of the window, then import the events up to it"
        problem = Problem("window", found, remedy)
        raise MeasureError("the deadline has not passed yet", [problem])
    day = np.arange(deadline.observed_on.toordinal(), deadline.observed_before.toordinal())
    closing = deadline.ends_before.toordinal() - deadline.close_day_count
    part = np.full(day.size, "", dtype="<U12")
    part[day >= deadline.announced_on.toordinal()] = "announcement"
    part[day >= deadline.starts_on.toordinal()] = "early"
    part[day >= closing] = "deadline"
    part[day >= deadline.ends_before.toordinal()] = "after"
    part[day >= deadline.settled_before.toordinal()] = ""
    outside = part == ""
    beside = [int((outside & half).sum()) for half in (day < closing, day >= closing)]
    if sum(beside) < _FEWEST_DAYS:
        found = f"{sum(beside)} days lie outside, {_FEWEST_DAYS} are needed"
        remedy = "import events from before the announcement, or from after the horizon"
        problem = Problem("days outside the program", found, remedy)
        raise MeasureError("there is too little to compare the deadline with", [problem])
    is_between = min(beside) >= _FEWEST_BESIDE
    regressors, has_ends = _regressors(day, outside, _DEGREE if is_between else 1)
    cautions = _cautions(
        deadline,
        is_between=is_between,
        has_ends=has_ends,
        has_holdout=not bool(is_treated.all()),
    )
    return DayPlan(day=day, part=part, regressors=regressors, cautions=tuple(cautions))


def _regressors(day: Integers, outside: Flags, degree: int) -> tuple[Floats, bool]:
    """Return regressors (D x p) and whether they hold every end of month and quarter.

    An end that the days outside hold less than twice would be fitted by its own noise.
    """
    middle, reach = day[outside].mean(), max(float(np.ptp(day)) / 2, 1.0)
    trend = np.polynomial.legendre.legvander((day - middle) / reach, degree)
    week = (day[:, None] % 7 == np.arange(1, 7)).astype(np.float64)
    epoch = dt.date(1970, 1, 1).toordinal()
    month = (day - epoch).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    after = (day - epoch + 1).astype("datetime64[D]").astype("datetime64[M]")
    ends_month = after.astype(np.int64) != month
    ends = np.column_stack([ends_month, ends_month & (month % 3 == _LAST_OF_QUARTER)])
    is_known = ends[outside].sum(axis=0) >= _FEWEST_ENDS
    is_needed = ends[~outside].any(axis=0)
    columns = np.column_stack([trend, week, ends[:, is_known]])
    return columns, not bool((is_needed & ~is_known).any())


def _cautions(
    deadline: Deadline, *, is_between: bool, has_ends: bool, has_holdout: bool
) -> list[Caution]:
    found = []
    if not has_holdout:
        sentence = (
            "Nobody was held out, so a season that peaks at the same days is in this "
            "number. It describes the deadline; it does not say what the program moved."
        )
        found.append(Caution("no_holdout", sentence))
    if not is_between:
        sentence = (
            "Nearly all days outside lie on one side of the window, so what is expected "
            "inside is a straight line carried on."
        )
        found.append(Caution("carried_on", sentence))
    if not has_ends and not has_holdout:
        sentence = (
            "The days outside hold fewer than two such ends of a month or a quarter as lie "
            "inside, so what is usual at them cannot be taken off."
        )
        found.append(Caution("month_end", sentence))
    if deadline.observed_before < deadline.settled_before:
        sentence = (
            f"Events are known before {deadline.observed_before} only; what is missing "
            "after the deadline, and the net, may still change."
        )
        found.append(Caution("horizon_not_in", sentence))
    return found


def require_payees(events: DatedEvents, cluster: Integers) -> None:
    """Raise MeasureError unless each side has 5 payees in 2 clusters."""
    if not events.is_treated.all():
        require_sides(events.is_treated, cluster, other="held out")
        return
    payees, clusters = events.is_treated.size, np.unique(cluster).size
    if payees < FEWEST_PAYEES or clusters < 2:  # noqa: PLR2004 (one has no spread)
        found = f"{payees} payees in {clusters} units"
        remedy = f"at least {FEWEST_PAYEES} payees in 2 units are needed"
        message = "too few payees to tell how far off a number of them is"
        raise MeasureError(message, [Problem("treated", found, remedy)])
