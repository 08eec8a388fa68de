"""Were deals near the deadline bought with deeper discounts than others?"""

from __future__ import annotations

from typing import Any, Final

import attrs
import numpy as np

from openspiff.errors import Problem
from openspiff.measure._bunching._days import (
    DatedEvents,
    DayPlan,
    Deadline,
    Part,
    plan_days,
    require_payees,
)
from openspiff.measure._fitted import estimate_of
from openspiff.measure._least_squares import (
    Flags,
    Floats,
    Integers,
    choose_errors,
    fit_coefficient,
)
from openspiff.measure._sums import codes_of
from openspiff.measure._types import Estimate, MeasureError

Texts = np.ndarray[Any, np.dtype[np.str_]]

_FEWEST_CLUSTERS: Final = 2


@attrs.frozen(kw_only=True, eq=False)
class DepthPath:
    """Days that the program may have moved and on which the treated had events (J).

    `observed` is their mean depth, `expected` what the days outside say of it.
    """

    day: Integers
    observed: Floats
    expected: Floats


@attrs.frozen(kw_only=True, eq=False)
class Depth:
    """Mean depth of the treated beyond the expected, by part.

    None where a part has too few events on either side to say it.
    """

    at_deadline: Estimate
    early: Estimate | None
    announcement: Estimate | None
    after: Estimate | None
    path: DepthPath


@attrs.frozen(kw_only=True, eq=False)
class _Rows:
    """Events on days that are known, one row (R) for each cluster, day and side.

    `depth` is their mean and `weight` their number: least squares and the sums that errors
    are made of come out as from the events themselves.
    """

    depth: Floats
    weight: Floats
    place: Integers
    is_treated: Flags
    cluster: Integers
    part: Texts
    regressors: Floats
    payee_count: int
    has_holdout: bool


def depth_at_deadline(
    events: DatedEvents, depth: Floats, deadline: Deadline, *, unit: str = "share of list"
) -> Depth:
    """Measure how much deeper discounts are at the deadline than the days outside expect.

    `depth` (E) is the outcome of each event, a mean and not a number: a discount as share
    of the list price. Least squares on events: the season and trend of `bunching` are one
    for both sides, which chance made alike, each side has its own level, and the excess
    of the holdout is taken off. Errors are clustered by what chance assigned, CR2 where
    clusters are few. Without a holdout the tier is E and a caution says so.
    Raises MeasureError when a depth is not finite, the window is not over, fewer than 56
    days lie outside, a side has fewer than 5 payees or 2 clusters, or fewer than 2
    clusters of a side had an event at the deadline.
    Larkin (2014), Journal of Labor Economics 32(2); Kleven (2016), Annual Review of
    Economics 8.
    """
    wrong = int((~np.isfinite(depth)).sum())
    if wrong:
        remedy = "leave out events without a list price, or give them their discount"
        problem = Problem("depth", f"{wrong} events have none that is finite", remedy)
        raise MeasureError("the depths cannot be used as they are", [problem])
    plan = plan_days(events.is_treated, deadline)
    cluster = codes_of(events.clusters)
    require_payees(events, cluster)
    rows = _rows(events, depth, plan, cluster)
    return Depth(
        at_deadline=_excess(rows, plan, "deadline", unit=unit),
        early=_excess_if_any(rows, plan, "early", unit=unit),
        announcement=_excess_if_any(rows, plan, "announcement", unit=unit),
        after=_excess_if_any(rows, plan, "after", unit=unit),
        path=_path(rows, plan),
    )


def _rows(events: DatedEvents, depth: Floats, plan: DayPlan, cluster: Integers) -> _Rows:
    days = plan.day.size
    known = (events.day >= plan.day[0]) & (events.day <= plan.day[-1])
    payee, outcome = events.payee[known], depth[known]
    side = cluster[payee] * 2 + events.is_treated[payee]
    cell, row = np.unique(
        side * days + events.day[known] - plan.day[0], return_inverse=True
    )
    weight = np.bincount(row, minlength=cell.size)
    place, home = cell % days, cell // days
    return _Rows(
        depth=np.bincount(row, weights=outcome, minlength=cell.size) / weight,
        weight=weight.astype(np.float64),
        place=place,
        is_treated=home % 2 == 1,
        cluster=codes_of(home // 2),
        part=plan.part[place],
        regressors=plan.regressors[place],
        payee_count=events.is_treated.size,
        has_holdout=not bool(events.is_treated.all()),
    )


def _excess_if_any(rows: _Rows, plan: DayPlan, part: Part, *, unit: str) -> Estimate | None:
    return None if _too_few(rows, part) else _excess(rows, plan, part, unit=unit)


def _excess(rows: _Rows, plan: DayPlan, part: Part, *, unit: str) -> Estimate:
    """Return the mean depth of the treated in a part beyond what is expected there."""
    problems = _too_few(rows, part) + _too_few(rows, "")
    if problems:
        raise MeasureError("there are too few events to compare discounts", problems)
    parts = [one for one in np.unique(rows.part).tolist() if one]
    own = np.column_stack([rows.part == one for one in parts]).astype(np.float64)
    nuisance = [rows.regressors, own[:, [one != part for one in parts]]]
    is_here = rows.part == part
    focal, errors = is_here.astype(np.float64), choose_errors(is_here, rows.cluster)
    if rows.has_holdout:
        treated = rows.is_treated.astype(np.float64)
        both = own * treated[:, None]
        others = both[:, [one != part for one in parts]]
        nuisance = [rows.regressors, treated[:, None], own, others]
        focal = focal * treated
        errors = choose_errors(rows.is_treated[is_here], rows.cluster[is_here])
    fit = fit_coefficient(
        rows.depth,
        focal,
        np.column_stack(nuisance),
        cluster=rows.cluster,
        errors=errors,
        weights=rows.weight,
    )
    less = ", less the holdout's" if rows.has_holdout else ""
    found = estimate_of(
        fit,
        name=f"depth of discounts, {part}",
        method=f"excess over the days outside by least squares on events{less}",
        tier="A" if rows.has_holdout else "E",
        unit=unit,
        unit_count=rows.payee_count,
    )
    return attrs.evolve(found, warnings=(*plan.cautions, *found.warnings))


def _too_few(rows: _Rows, part: Part | str) -> list[Problem]:
    """Return a problem for each side with events of fewer than 2 clusters in a part."""
    sides = [(rows.is_treated, "treated")]
    if rows.has_holdout:
        sides.append((~rows.is_treated, "held out"))
    found = []
    for side, name in sides:
        clusters = np.unique(rows.cluster[side & (rows.part == part)]).size
        if clusters < _FEWEST_CLUSTERS:
            place = f"{name}, {part or 'days outside'}"
            text = f"events of {clusters} units, {_FEWEST_CLUSTERS} are needed"
            remedy = "count more days as the deadline, or measure a broader behavior"
            found.append(Problem(place, text, remedy))
    return found


def _path(rows: _Rows, plan: DayPlan) -> DepthPath:
    """Return mean depth by day of the treated beside what the days outside expect."""
    treated, days = rows.is_treated, plan.day.size
    outside = treated & (rows.part == "")
    root = np.sqrt(rows.weight[outside])
    slope = np.linalg.lstsq(
        rows.regressors[outside] * root[:, None], rows.depth[outside] * root, rcond=None
    )[0]
    place, weight = rows.place[treated], rows.weight[treated]
    count = np.bincount(place, weights=weight, minlength=days)
    total = np.bincount(place, weights=weight * rows.depth[treated], minlength=days)
    shown = ~plan.is_outside & (count > 0)
    return DepthPath(
        day=plan.day[shown],
        observed=total[shown] / count[shown],
        expected=plan.regressors[shown] @ slope,
    )
