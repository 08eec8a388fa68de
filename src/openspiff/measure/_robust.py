"""Would other readings of the same data say the same?"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Final

import attrs
import numpy as np

from openspiff.errors import Problem
from openspiff.program import Outcome, Program

from ._attrition import attrition_bounds
from ._bunching import DatedEvents, Deadline, bunching, depth_at_deadline
from ._calendar import WEEK_DAYS
from ._cohorts import Phases, imputed_path
from ._compare import Comparison, why_not
from ._effect_on_treated import effect_on_treated
from ._found import Found
from ._least_squares import Floats
from ._moments import NEVER, Moments, moments_of
from ._panel import Counted
from ._path import weekly_differences
from ._people import HELD_OUT, INELIGIBLE, TREATED
from ._sensitivity import relative_magnitudes
from ._sums import codes_of
from ._types import Caution, Check, Estimate, MeasureError

_HOLDS_FROM: Final = 1.0
"""An effect that stands while paths part no more than ever before is taken to be robust."""


_DEPTH: Final = "deeper discounts of the last week before the deadline"

_FEWEST_FIRMS: Final = 4
"""Two firms on a side, the fewest from which a holdout of whole firms has a spread."""

_FEW_LEAVERS: Final = 0.03
"""Where both sides kept so nearly the same share, the bounds say less than they confuse."""


@attrs.frozen(kw_only=True, eq=False)
class Robust:
    """Other estimates of the same effect, what moved to the deadline, and what to know."""

    estimates: tuple[Estimate, ...] = ()
    deadline: tuple[Estimate, ...] = ()
    checks: tuple[Check, ...] = ()
    warnings: tuple[Caution, ...] = ()
    not_possible: tuple[tuple[str, str], ...] = ()


def find_robust(
    program: Program,
    comparison: Comparison,
    found: Found,
    *,
    paid_by_payee: Mapping[str, int] | None,
) -> Robust:
    """Ask again in other ways: by imputation, with paths apart, after who left or leaked.

    Tier A: bounds where more left on one side, a warning where colleagues stand on both,
    the effect of taking part where held-out payees were paid. Tier B: imputation from the
    moments of the cohorts, and how far the paths may part. Both: what lies at the deadline
    beyond what other days foretell.
    """
    estimates: list[Estimate] = []
    refused: list[tuple[str, str]] = []

    def ask(what: str, call: Callable[[], Estimate]) -> None:
        try:
            estimates.append(call())
        except MeasureError as error:
            refused.append((what, why_not(error)))

    outcome = program.measurement.outcome
    tier = None if found.headline is None else found.headline.tier
    checks: list[Check] = []
    warnings: list[Caution] = []
    if tier == "A":
        warnings += [*_leavers(comparison, outcome), *_mixed_firms(comparison)]
        if _has_leaked(comparison, paid_by_payee):
            call = functools.partial(_taking_part, comparison, outcome, paid_by_payee or {})
            ask("effect of taking part", call)
    if tier == "B" and found.headline is not None:
        ask("by imputation", functools.partial(_imputed, comparison, outcome, found))
        checks += _paths_apart(comparison, outcome, found.headline, refused)
    deadline = () if tier not in {"A", "B"} else _deadline(program, comparison, refused)
    return Robust(
        estimates=tuple(estimates),
        deadline=deadline,
        checks=tuple(checks),
        warnings=tuple(warnings),
        not_possible=tuple(refused),
    )


def _leavers(comparison: Comparison, outcome: Outcome) -> list[Caution]:
    """Return what those who left before the last week may hide, if more on one side."""
    panel, people = comparison.panel, comparison.panel.people
    window = panel.calendar.where("window")
    kept = people.on(TREATED, HELD_OUT) & (panel.active[:, window[0]] > 0)
    try:
        bounds = attrition_bounds(
            comparison.sums("gross", outcome).only(kept),
            people.on(TREATED)[kept],
            (panel.active[:, window[-1]] > 0)[kept],
            units=codes_of(people.unit[kept]),
            strata=codes_of(people.stratum[kept]),
            unit=comparison.unit(outcome),
        )
    except MeasureError:  # as many left on both sides: nothing to bound
        return []
    apart = abs(bounds.stayed_treated_share - bounds.stayed_holdout_share)
    return [bounds.caution] if apart >= _FEW_LEAVERS else []


def _mixed_firms(comparison: Comparison) -> list[Caution]:
    """Warn where payees were held out beside treated colleagues of the same firm."""
    people = comparison.panel.people
    was_there = comparison.panel.sums(Outcome.UNITS, "window").weeks > 0
    kept = people.on(TREATED, HELD_OUT) & was_there
    firm = codes_of(people.firm[kept])
    size = np.bincount(firm)
    treated = np.bincount(firm, weights=people.on(TREATED)[kept])
    mixed = int(((treated > 0) & (treated < size)).sum())
    if not mixed:
        return []
    known = f"{mixed} of {size.size} firms hold treated and held-out payees"
    if size.size == 1:
        known = "All payees, treated and held out, are of one firm"
    unit = "firms" if size.size >= _FEWEST_FIRMS else "teams or branches"
    sentence = (
        f"{known}: what the treated pass on to colleagues who are held out makes the lift "
        "look smaller, what they take from them makes it look larger. Hold out whole "
        f"{unit} next time."
    )
    return [Caution("one_firm" if size.size == 1 else "mixed_firms", sentence)]


def _has_leaked(comparison: Comparison, paid_by_payee: Mapping[str, int] | None) -> bool:
    people = comparison.panel.people
    held = people.payee_id[people.on(HELD_OUT)].tolist()
    return any((paid_by_payee or {}).get(one, 0) > 0 for one in held)


def _taking_part(
    comparison: Comparison, outcome: Outcome, paid_by_payee: Mapping[str, int]
) -> Estimate:
    """Divide by the difference in taking part: the treated, and who was paid anyway."""
    people = comparison.panel.people
    kept = people.on(TREATED, HELD_OUT)
    treated = people.on(TREATED)[kept]
    was_paid = [paid_by_payee.get(one, 0) > 0 for one in people.payee_id[kept].tolist()]
    before = comparison.baseline(outcome)
    return effect_on_treated(
        comparison.sums("gross", outcome).only(kept),
        treated,
        np.where(treated, 1.0, np.array(was_paid, dtype=np.float64)),
        units=codes_of(people.unit[kept]),
        strata=codes_of(people.stratum[kept]),
        before=None if before is None else before.only(kept),
        redraw=None,
        name="effect of taking part",
        unit=comparison.unit(outcome),
    )


def panel_moments(comparison: Comparison, outcome: Outcome) -> tuple[Moments, Phases]:
    """Return the moments of the treated and the ineligible by week, and the phases.

    Outcomes are rates per active week. Raises MeasureError when a payee was never active.
    """
    panel, people = comparison.panel, comparison.panel.people
    calendar = panel.calendar
    numbers = calendar.where("baseline", "announcement", "window", "horizon")
    active = panel.active[:, numbers]
    kept = people.on(TREATED, INELIGIBLE) & (active > 0).any(axis=1)
    active = active[kept]
    values = panel.values[Counted(outcome)][kept][:, numbers]
    counts = [len(calendar.where(part)) for part in ("announcement", "window", "horizon")]
    first = len(numbers) - counts[1] - counts[2]
    moments = moments_of(
        (values / np.where(active > 0, active, 1.0))[:, :, None],
        payees=people.payee_id[kept],
        outcomes=(str(outcome),),
        periods=tuple(range(len(numbers))),
        first_no=np.where(people.on(TREATED)[kept], first, NEVER),
        firms=comparison.firms(kept),
        is_active=active > 0,
    )
    phases = Phases(
        announcement_count=counts[0], window_count=counts[1], horizon_count=counts[2]
    )
    return moments, phases


def _imputed(comparison: Comparison, outcome: Outcome, found: Found) -> Estimate:
    moments, phases = panel_moments(comparison, outcome)
    path = imputed_path(moments, phases, unit=comparison.unit(outcome), clusters="firm")
    return attrs.evolve(path.part(found.effect), name=f"{found.effect} by imputation")


def _paths_apart(
    comparison: Comparison,
    outcome: Outcome,
    headline: Estimate,
    refused: list[tuple[str, str]],
) -> list[Check]:
    """Say how far the two paths may part before zero can no longer be excluded."""
    try:
        breakdown = _breakdown(comparison, outcome, headline)
    except MeasureError as error:
        refused.append(("how far paths may part", why_not(error)))
        return []
    text = (
        f"The effect in the window stands while the two sides part from week to week by no "
        f"more than {breakdown:.2f} times the most they did before."
    )
    is_ok = breakdown >= _HOLDS_FROM
    return [Check(code="paths_apart", is_ok=is_ok, sentence=text, value=breakdown)]


def _breakdown(comparison: Comparison, outcome: Outcome, headline: Estimate) -> float:
    calendar = comparison.panel.calendar
    weeks = weekly_differences(comparison, outcome, "B")
    before = [weeks.numbers.index(one) for one in calendar.where("baseline")]
    window = [weeks.numbers.index(one) for one in calendar.where("window")]
    if len(before) < 2:  # noqa: PLR2004 (one is the reference)
        remedy = "name a longer baseline in the plan"
        problem = Problem("baseline", f"{len(before)} weeks", remedy)
        raise MeasureError("paths are compared over two weeks or more", [problem])
    wanted = [*before[:-1], *range(before[-1] + 1, window[-1] + 1)]
    less = np.zeros((len(wanted), weeks.values.size))
    less[np.arange(len(wanted)), wanted] = 1.0
    less[:, before[-1]] -= 1.0
    values, covariance = less @ weeks.values, less @ weeks.covariance @ less.T
    lead = len(before) - 1
    weights = np.zeros(len(wanted) - lead)
    weights[-len(window) :] = 1.0 / len(window)
    found = relative_magnitudes(
        values[:lead],
        values[lead:],
        covariance=covariance,
        like=headline,
        weights=weights,
    )
    return found.breakdown


def _deadline(
    program: Program, comparison: Comparison, refused: list[tuple[str, str]]
) -> tuple[Estimate, ...]:
    """Return the events of the last week beyond the usual, and those before it.

    Both hold the lift; what the last week has more than the others a day was moved there.
    With list prices, how much deeper the discounts of that week were comes after them.
    """
    try:
        events, depth, deadline = _around_deadline(program, comparison)
        found = bunching(events, deadline)
    except MeasureError as error:
        refused.append(("what lies at the deadline", why_not(error)))
        return ()
    named = {
        "excess of the last week before the deadline": found.at_deadline,
        "excess of the window before that": found.early,
        "share of the window's events in the last week's excess": found.bunched_share,
    }
    if comparison.panel.has_list_price:
        try:
            deeper = depth_at_deadline(events, depth, deadline)
        except MeasureError as error:
            refused.append((_DEPTH, why_not(error)))
        else:
            named[_DEPTH] = deeper.at_deadline
    return tuple(
        attrs.evolve(one, name=name) for name, one in named.items() if one is not None
    )


def _around_deadline(
    program: Program, comparison: Comparison
) -> tuple[DatedEvents, Floats, Deadline]:
    """Return the events of both sides (E), their depths of discount (E) and the days."""
    panel, people = comparison.panel, comparison.panel.people
    spans = panel.calendar.spans[: panel.calendar.path_count]
    announced = panel.calendar.where("announcement")
    window = program.window
    has_holdout = bool(people.on(HELD_OUT).any())
    kept = people.on(TREATED, HELD_OUT) if has_holdout else people.on(TREATED)
    row = np.cumsum(kept) - 1
    is_kept = kept[panel.dated.payee]
    if not panel.calendar.is_over:
        problem = Problem("window", "its end is not known yet", "measure again after it")
        raise MeasureError("a deadline is judged once it is over", [problem])
    deadline = Deadline(
        observed_on=spans[0].starts_on,
        announced_on=spans[announced[0]].starts_on if announced else window.starts_on,
        starts_on=window.starts_on,
        ends_before=window.ends_before,
        settled_before=max(spans[-1].ends_before, window.ends_before),
        observed_before=spans[-1].ends_before,
        close_day_count=min(WEEK_DAYS, (window.ends_before - window.starts_on).days),
    )
    events = DatedEvents(
        day=panel.dated.day[is_kept],
        payee=row[panel.dated.payee[is_kept]],
        is_treated=people.on(TREATED)[kept],
        clusters=people.unit[kept] if has_holdout else comparison.firms(kept),
    )
    return events, panel.dated.depth[is_kept], deadline
