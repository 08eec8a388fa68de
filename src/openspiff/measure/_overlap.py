"""Which other programs paid for the same behavior, and did they reach both sides alike?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

import attrs
import numpy as np
from scipy.special import stdtr

from openspiff.errors import Problem
from openspiff.program import Enrolment, Outcome, Program, Window

from ._compare import Comparison, why_not
from ._differences import difference_in_differences
from ._found import Found
from ._holdout import holdout_comparison
from ._least_squares import Flags, choose_errors, dummies, fit_coefficient
from ._people import HELD_OUT, INELIGIBLE, TREATED
from ._sums import codes_of
from ._types import Caution, Check, Estimate, MeasureError

_UNCOMMON: Final = 0.01
_NAME: Final = "with the overlap adjusted"


@attrs.frozen(kw_only=True)
class Overlap:
    """The checks, the estimate that takes the other programs into account, and why not."""

    checks: tuple[Check, ...]
    estimates: tuple[Estimate, ...] = ()
    not_possible: tuple[tuple[str, str], ...] = ()


def find_overlap(
    program: Program,
    comparison: Comparison,
    found: Found,
    *,
    others: Sequence[Program],
    enrolments: Sequence[Enrolment],
) -> Overlap:
    """Name programs for the same behavior, and compare the shares of both sides in them.

    From announcement to horizon; in the baseline too where the two sides' change since
    then is compared (tier B). `enrolments` tell who could earn in the `others`; without
    its enrolment a program is named only. Where the shares differ by more than chance
    (p < .01, clustered as the headline), the check `overlap_apart` fails, and an
    exploratory estimate says what is left with the other program taken into account.
    """
    tier = None if found.headline is None else found.headline.tier
    known = {one.program_id: one for one in enrolments}
    during, before = _overlapping(program, comparison, others)
    checks = [_named(during, before)]
    # Chance made the sides of tier A alike before as well; tier B leans on the baseline.
    asked = during if tier == "A" else [*during, *before]
    apart: list[Flags] = []
    for program_id in asked if tier in {"A", "B"} else ():
        if program_id in known:
            reached = _reached(comparison, known[program_id])
            check = _alike(comparison, program_id, reached, tier=tier or "")
            checks.append(check)
            apart += [] if check.is_ok else [reached]
    if not apart or found.headline is None:
        return Overlap(checks=tuple(checks))
    try:
        one = _adjusted(comparison, found, np.column_stack(apart), program)
    except MeasureError as error:
        return Overlap(checks=tuple(checks), not_possible=((_NAME, why_not(error)),))
    return Overlap(checks=tuple(checks), estimates=(one,))


def may_overlap(program: Program, others: Sequence[Program]) -> dict[str, Window]:
    """Return the windows of other programs, by id, that may move what one measures.

    For the same behavior, some day from the planned baseline to the end of the horizon.
    """
    plan, first = program.measurement, _announced_on(program)
    # A week that the announcement touches is in no baseline, so it begins a week earlier.
    start = first - dt.timedelta(weeks=plan.baseline_weeks + 1)
    last = program.window.ends_before + dt.timedelta(weeks=plan.horizon_weeks)
    return {
        other.program_id: other.window
        for other in others
        if other.program_id != program.program_id
        and other.behavior.meets(program.behavior)
        and other.window.starts_on < last
        and other.window.ends_before > start
    }


def _announced_on(program: Program) -> dt.date:
    starts_on = program.window.starts_on
    return min(program.measurement.announced_on or starts_on, starts_on)


def _overlapping(
    program: Program, comparison: Comparison, others: Sequence[Program]
) -> tuple[list[str], list[str]]:
    """Return the programs that overlap from announcement to horizon; in the baseline."""
    near, first = may_overlap(program, others), _announced_on(program)
    during = [name for name, one in near.items() if one.ends_before > first]
    # The baseline is as long as the feed allows.
    weeks = comparison.panel.calendar.where("baseline")
    start = comparison.panel.calendar.spans[weeks[0]].starts_on if weeks else first
    before = [
        name for name, one in near.items() if name not in during and one.ends_before > start
    ]
    return sorted(during), sorted(before)


def _named(during: Sequence[str], before: Sequence[str]) -> Check:
    if not during:
        text = "No other program paid for the same behavior from announcement to horizon."
    else:
        text = (
            f"{', '.join(during)} paid for the same behavior at the same time: where it "
            "reached both sides alike the comparison stands, and the effect is that of "
            "this program on top of it."
        )
    if before:
        text += f" In the weeks of the baseline, {', '.join(before)} did."
    return Check(code="overlap", is_ok=not during, sentence=text, value=float(len(during)))


def _reached(comparison: Comparison, enrolment: Enrolment) -> Flags:
    """Return which payees (n) could earn in another program."""
    could = [row.payee_id for row in enrolment.rows if not row.is_held_out]
    found: Flags = np.isin(comparison.panel.people.payee_id.astype(str), could)
    return found


def _alike(comparison: Comparison, program_id: str, reached: Flags, *, tier: str) -> Check:
    """Compare the shares that another program reached among those who were active."""
    people = comparison.panel.people
    other, name = (HELD_OUT, "held out") if tier == "A" else (INELIGIBLE, "ineligible")
    kept = people.on(TREATED, other) & (comparison.sums("gross", Outcome.UNITS).weeks > 0)
    side, mine = people.on(TREATED)[kept], reached[kept]
    shares = [float(mine[one].mean()) if one.any() else 0.0 for one in (side, ~side)]
    gap = shares[0] - shares[1]
    text = (
        f"{program_id} reached {shares[0]:.0%} of the treated and {shares[1]:.0%} of the "
        f"{name}"
    )
    is_ok = _is_chance(comparison, kept, side, mine, tier=tier)
    text += (
        ": alike, as far as chance tells."
        if is_ok
        else ": more apart than chance makes them, so part of the difference is that "
        "program's."
    )
    return Check(code="overlap_apart", is_ok=is_ok, sentence=text, value=gap)


def _is_chance(
    comparison: Comparison, kept: Flags, side: Flags, mine: Flags, *, tier: str
) -> bool:
    if side.all() or not side.any() or mine.all() or not mine.any():
        return True
    if all(np.unique(mine[one]).size == 1 for one in (side, ~side)):
        return False  # all of one side and none of the other
    people = comparison.panel.people
    cluster = codes_of(people.unit[kept] if tier == "A" else comparison.firms(kept))
    strata = people.stratum[kept] if tier == "A" else np.zeros(side.size)
    try:
        fit = fit_coefficient(
            mine.astype(np.float64),
            side.astype(np.float64),
            dummies(codes_of(strata)),
            cluster=cluster,
            errors=choose_errors(side, cluster),
        )
    except MeasureError:
        return True
    strength = -abs(fit.coefficient / fit.standard_error)
    return 2.0 * float(stdtr(fit.degrees_of_freedom, strength)) >= _UNCOMMON


def _adjusted(
    comparison: Comparison, found: Found, apart: np.ndarray, program: Program
) -> Estimate:
    """Compare like with like: within groups of who was reached (A), or among others (B)."""
    people, outcome = comparison.panel.people, program.measurement.outcome
    sums, before = comparison.sums(found.effect, outcome), comparison.baseline(outcome)
    if found.headline is not None and found.headline.tier == "A":
        kept = people.on(TREATED, HELD_OUT)
        groups = codes_of(np.unique(apart[kept], axis=0, return_inverse=True)[1].ravel())
        strata = codes_of(people.stratum[kept]) * (int(groups.max()) + 1) + groups
        one = holdout_comparison(
            sums.only(kept),
            people.on(TREATED)[kept],
            units=codes_of(people.unit[kept]),
            strata=codes_of(strata),
            before=None if before is None else before.only(kept),
            redraw=None,
            unit=comparison.unit(outcome),
        )
        how = "compares within groups of payees whom the other program reached or did not"
    else:
        kept = people.on(TREATED, INELIGIBLE) & ~apart.any(axis=1)
        if before is None:
            problem = Problem("baseline", "no full week before the window is known")
            raise MeasureError("differences are a change since the baseline", [problem])
        if found.effect == "net":
            scaled = before.weeks * comparison.panel.window_share
            before = attrs.evolve(before, weeks=scaled)
        one = difference_in_differences(
            sums.only(kept),
            before.only(kept),
            people.on(TREATED)[kept],
            firms=codes_of(comparison.firms(kept)),
            unit=comparison.unit(outcome),
        )
        how = "leaves out the payees whom the other program reached"
    sentence = f"Exploratory: it {how}, which the plan did not ask for."
    cautions = (*one.warnings, Caution("exploratory", sentence))
    return attrs.evolve(one, name=_NAME, warnings=cautions)
