"""Do the moments say, without the events, what a measurement on record says?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Final

import attrs
import numpy as np

from openspiff.errors import Problem
from openspiff.program import HoldoutUnit, Program, day_start

from ._calendar import AROUND, WEEK_DAYS, Calendar, Observed, make_calendar
from ._cohorts import difference_effect, holdout_effect
from ._cohorts._linear import Clusters
from ._error_codes import MomentsFileError
from ._moments import Moments
from ._moments._feed import in_periods, label_of
from ._types import Answer, Estimate, MeasureError

_EXACT: Final = 1e-9
_NEAR: Final = 0.1
"""Where payees joined or left within a week, of which moments hold whole ones only."""


@attrs.frozen(kw_only=True)
class Audited:
    """An estimate on record beside what the moments say; errors are standard errors.

    `is_exact` tells whether the two values must be the same: not where a payee joined or
    left within a week, which the panel counts by days and the moments leave out.
    """

    name: str
    tier: str
    unit: str
    recorded: float
    recomputed: float
    recorded_error: float
    recomputed_error: float
    is_exact: bool

    @property
    def agrees(self) -> bool:
        """Tell whether the values are the same, or within a tenth of an error."""
        apart = abs(self.recorded - self.recomputed)
        if self.is_exact:
            return apart <= _EXACT * max(abs(self.recorded), abs(self.recorded_error))
        return apart <= _NEAR * self.recorded_error


def audit_answer(answer: Answer, program: Program, moments: Moments) -> tuple[Audited, ...]:
    """Recompute the gross and the net effect of an answer from moments alone.

    `program` is the version that was measured, `moments` are those of its cohorts by week
    (`moments_of_feed`). Tier A is compared with the held out given the baseline, tier B by
    differences with the ineligible, as the answer was. Errors from sums are near those of
    payees, as `holdout_effect` says; values are the same.
    Raises MomentsFileError when the moments are of other terms, weeks or outcomes, and
    MeasureError when the answer holds nothing of tiers A and B, or its window was open.
    """
    recorded = [
        one
        for one in answer.estimates
        if one.tier in {"A", "B"} and one.name in {"gross", "net"} and _is_plain(one)
    ]
    if not recorded:
        remedy = "only a holdout or a comparison group leaves moments to audit by"
        problem = Problem("answer", "nothing of tier A or B is on record", remedy)
        raise MeasureError("there is nothing to audit", [problem])
    calendar = _calendar(answer, recorded, program, moments)
    focal = moments.outcome(program.measurement.outcome.value)
    return tuple(_audited(one, program, focal, calendar) for one in recorded)


def _is_plain(estimate: Estimate) -> bool:
    """Tell holdout and differences from what was asked in another way."""
    plain = ("randomized holdout, covariance", "difference in differences")
    return estimate.method.startswith(plain) and estimate.standard_error is not None


def _audited(
    recorded: Estimate, program: Program, focal: Moments, calendar: Calendar
) -> Audited:
    parts = AROUND if recorded.name == "net" else ("window",)
    during, baseline = calendar.where(*parts), calendar.where("baseline")
    window = [calendar.spans[one] for one in calendar.where("window")]
    weeks = sum(span.day_count for span in window) / WEEK_DAYS
    found = _ask(recorded, program)(focal, during, baseline, weeks)
    return Audited(
        name=recorded.name,
        tier=recorded.tier,
        unit=recorded.unit,
        recorded=recorded.value,
        recomputed=found.value,
        recorded_error=recorded.standard_error or 0.0,
        recomputed_error=found.standard_error or 0.0,
        is_exact=bool(focal.is_active[:, [*baseline, *during]].all()),
    )


def _ask(
    recorded: Estimate, program: Program
) -> Callable[[Moments, Sequence[int], Sequence[int], float], Estimate]:
    if recorded.tier == "B":
        return lambda focal, during, baseline, weeks: difference_effect(
            focal, during, baseline=baseline, window_count=weeks, name=recorded.name
        )
    by_firm = program.holdout is not None and program.holdout.unit is HoldoutUnit.FIRM
    clusters: Clusters = "firm" if by_firm else "payee"
    return lambda focal, during, baseline, weeks: holdout_effect(
        focal,
        during,
        before=[baseline] if baseline else [],
        window_count=weeks,
        clusters=clusters,
        name=recorded.name,
    )


def _calendar(
    answer: Answer, recorded: Sequence[Estimate], program: Program, moments: Moments
) -> Calendar:
    """Return the weeks of the moments; refuse those of other terms or other weeks."""
    problems = []
    remedy = "keep the moments again: openspiff measure PROGRAM --moments FILE"
    if moments.content_hash != answer.content_hash:
        text = f"{moments.content_hash[:12]} instead of {answer.content_hash[:12]}"
        problems.append(Problem("content hash", text, remedy))
    outcome = program.measurement.outcome.value
    if outcome not in moments.outcomes:
        text = f"{outcome} is not among {', '.join(moments.outcomes)}"
        problems.append(Problem("outcomes", text, remedy))
    if problems:
        raise MomentsFileError("these moments are not of what was measured", problems)
    days = [dt.date.fromisoformat(str(one)) for one in moments.periods]
    zone = program.window.zone
    end = days[-1] + dt.timedelta(days=WEEK_DAYS)
    if days[-1] < program.window.ends_before:
        end = min(end, program.window.ends_before)
    observed = Observed(
        first_at=day_start(days[0], zone), last_at=day_start(end, zone), as_of=answer.as_of
    )
    calendar = in_periods(program, make_calendar(program, observed), "week")
    labels = np.array([label_of(span.starts_on) for span in calendar.spans])
    is_net = any(one.name == "net" for one in recorded)
    is_whole = calendar.is_over and (calendar.has_horizon or not is_net)
    if not np.array_equal(labels, np.array(moments.periods)) or not is_whole:
        text = f"{len(moments.periods)} periods from {days[0]} to {days[-1]}"
        problem = Problem("periods", text, f"weeks of a window that is over; {remedy}")
        raise MomentsFileError("these moments are not of the weeks measured", [problem])
    return calendar
