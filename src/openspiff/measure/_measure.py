"""Was the program worth it? One call from feed and enrolment to the answer."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from openspiff.engine import DuckDBEngine, Progress
from openspiff.errors import Problem
from openspiff.events import Feed
from openspiff.program import Enrolment, MeasurementPlan, Program

from ._beside import find_beside
from ._checks import find_checks
from ._compare import Comparison
from ._elsewhere import Elsewhere, find_elsewhere
from ._exploratory import (
    changed_after_launch,
    exploratory_reasons,
    marked_exploratory,
)
from ._found import Found, find_estimates
from ._in_time import InTime, find_timing
from ._limits import limit_cautions
from ._next_tests import next_tests
from ._overlap import Overlap, find_overlap
from ._panel import Counted, Panel, build_panel
from ._path import find_path
from ._people import HELD_OUT, HELD_OUT_JOINER, INELIGIBLE, TREATED, TREATED_JOINER
from ._robust import Robust, find_robust
from ._silence import require_events
from ._sums import require_seed
from ._types import (
    Answer,
    Caution,
    Check,
    Estimate,
    MeasureError,
    PathPoint,
    Verdict,
)
from ._verdict import find_verdict
from ._withheld import (
    all_at_every_look,
    at_every_look,
    interim_caution,
    interim_worth,
    not_booked,
    without_money,
)
from ._worth import Worth, find_worth

_STAGES: Final = ("panel", "estimates", "timing", "worth", "checks", "path")


def measure_worth(  # noqa: PLR0913 (what is known from outside the room comes in by name)
    program: Program,
    *,
    feed: Feed,
    enrolment: Enrolment | None,
    paid_minor: int,
    paid_units: float,
    as_of: int,
    seed: int,
    content_hash: str = "",
    paid_by_payee: Mapping[str, int] | None = None,
    due_minor: int | None = None,
    launched: MeasurementPlan | None = None,
    others: Sequence[Program] = (),
    other_enrolments: Sequence[Enrolment] = (),
    clawed_back_minor: int | None = None,
    progress: Progress | None = None,
) -> Answer:
    """Measure what a program added, by the strongest method that the data support.

    `enrolment` tells who was held out by chance (None: nobody). `paid_minor` is what was
    paid net of clawbacks, in minor units of the program's currency; `paid_units` the units
    paid for, each event counted with the share of the payee who was paid. `as_of`
    (microseconds UTC) is the moment from which we look back, `seed` re-draws assignments
    for the p-value. `paid_by_payee` (minor units) allows the leakage check. `due_minor` is
    what would be booked by `as_of` were the books up to date (`run.paid_for`): where that
    is another sum, nothing is said of return and cost. `launched` is the plan as frozen at
    launch: its rule gives the verdict, and what differs now is called exploratory.
    `others` are the other programs launched (those that overlap are named), and
    `other_enrolments` tell whom they reached. `clawed_back_minor` is what was paid and
    taken back since, on top of `paid_minor` (None: not known).

    Methods that the data do not support stand in `not_possible` with the reason. Raises
    MeasureError when nothing at all can be said: no events of the behavior, a window that
    has not begun, nobody treated.
    """
    _require_paid(paid_minor, paid_units, clawed_back_minor or 0)
    require_seed(seed)
    with DuckDBEngine() as engine:
        panel = build_panel(engine, program, feed=feed, enrolment=enrolment, as_of=as_of)
    _tell(progress, "panel")
    asked = _Asked(
        as_of=as_of,
        seed=seed,
        content_hash=content_hash,
        paid_minor=paid_minor,
        paid_units=paid_units,
        paid_by_payee=paid_by_payee,
        due_minor=due_minor,
        launched=launched,
        others=others,
        other_enrolments=other_enrolments,
        clawed_back_minor=clawed_back_minor,
        progress=progress,
    )
    return _answer(program, panel, asked)


@attrs.frozen(kw_only=True)
class _Asked:
    """What `measure_worth` was told beside program, feed and enrolment."""

    as_of: int
    seed: int
    content_hash: str
    paid_minor: int
    paid_units: float
    paid_by_payee: Mapping[str, int] | None
    due_minor: int | None
    launched: MeasurementPlan | None
    others: Sequence[Program]
    other_enrolments: Sequence[Enrolment]
    clawed_back_minor: int | None
    progress: Progress | None


@attrs.frozen(kw_only=True, eq=False)
class _Findings:
    """What each question brought, in the order in which they are asked."""

    found: Found
    timing: InTime
    elsewhere: Elsewhere
    worth: Worth
    robust: Robust
    overlap: Overlap
    checks: tuple[Check, ...]
    path: tuple[PathPoint, ...]
    verdict: Verdict
    changed_verdict: Verdict | None
    warnings: tuple[Caution, ...]

    def refused(self) -> tuple[tuple[str, str], ...]:
        """Return what could not be asked, and why."""
        return (
            *(*self.found.not_possible, *self.robust.not_possible),
            *self.overlap.not_possible,
            *(*self.timing.not_possible, *self.elsewhere.not_possible),
            *self.worth.not_possible,
        )


def _ask(program: Program, comparison: Comparison, asked: _Asked) -> _Findings:
    outcome, progress = program.measurement.outcome, asked.progress
    found = marked_exploratory(find_estimates(comparison, outcome), program, asked.launched)
    _tell(progress, "estimates")
    timing = find_timing(comparison, outcome, found)
    elsewhere = find_elsewhere(comparison, found)
    if not comparison.panel.calendar.is_over:
        share = _elapsed_share(program, comparison.panel)
        estimates = all_at_every_look(elsewhere.estimates, share)
        elsewhere = attrs.evolve(elsewhere, estimates=estimates)
    _tell(progress, "timing")
    worth, cautions = _worth_that_holds(program, comparison, found, asked)
    _tell(progress, "worth")
    paid_by_payee = asked.paid_by_payee
    robust = find_robust(program, comparison, found, paid_by_payee=paid_by_payee)
    overlap = find_overlap(
        program,
        comparison,
        found,
        others=asked.others,
        enrolments=asked.other_enrolments,
    )
    first = find_checks(
        program,
        comparison,
        outcome,
        paid_by_payee=paid_by_payee,
        overlap=overlap.checks,
    )
    checks = (*first, *robust.checks)
    _tell(progress, "checks")
    path = find_path(comparison, outcome, found)
    _tell(progress, "path")
    decide = functools.partial(
        find_verdict,
        comparison=comparison,
        found=found,
        worth=worth,
        checks=checks,
        unbooked=next((one for one in cautions if one.code == "not_booked"), None),
        beside=exploratory_reasons(program, asked.launched),
    )
    plan, launched = program.measurement, asked.launched or program.measurement
    has_new_rule = plan.repeat_from_return_ppm != launched.repeat_from_return_ppm
    return _Findings(
        found=found,
        timing=timing,
        elsewhere=elsewhere,
        worth=worth,
        robust=robust,
        overlap=overlap,
        checks=checks,
        path=path,
        verdict=decide(
            attrs.evolve(plan, repeat_from_return_ppm=launched.repeat_from_return_ppm)
        ),
        changed_verdict=decide(plan) if has_new_rule else None,
        warnings=cautions,
    )


def _worth_that_holds(
    program: Program, comparison: Comparison, found: Found, asked: _Asked
) -> tuple[Worth, tuple[Caution, ...]]:
    """Return the worth as far as books and calendar allow it, and what to know of it."""
    worth = find_worth(
        program,
        comparison,
        found,
        paid_minor=asked.paid_minor,
        paid_units=asked.paid_units,
    )
    cautions = []
    calendar = comparison.panel.calendar
    unbooked = not_booked(asked.paid_minor, asked.due_minor, program.currency)
    if unbooked is not None:
        cautions.append(unbooked)
        worth = without_money(worth, unbooked.sentence)
    if not calendar.is_over and found.headline is not None:
        share = _elapsed_share(program, comparison.panel)
        cautions.append(interim_caution(worth))
        worth = interim_worth(
            worth,
            elapsed_share=share,
            paid_units=asked.paid_units,
            currency=program.currency,
        )
    return worth, tuple(cautions)


def _answer(program: Program, panel: Panel, asked: _Asked) -> Answer:
    outcome, people = program.measurement.outcome, panel.people
    sides = people.on(TREATED, HELD_OUT, INELIGIBLE)
    require_events(panel.values[Counted(outcome)][sides], panel.calendar)
    comparison = Comparison(panel=panel, currency=program.currency, seed=asked.seed)
    all_found = _ask(program, comparison, asked)
    found, robust, worth = all_found.found, all_found.robust, all_found.worth
    return Answer(
        program_id=program.program_id,
        version=program.version,
        content_hash=asked.content_hash,
        data_digest=panel.digest(),
        as_of=asked.as_of,
        currency=program.currency,
        headline=found.headline,
        why_tier=found.why_tier,
        interim=_interim(program, panel, found),
        estimates=_beside(found, robust, all_found.overlap),
        timing=(*all_found.timing.estimates, *robust.deadline),
        mix=all_found.elsewhere.estimates,
        not_possible=all_found.refused(),
        naive=found.naive,
        **worth.figures(),
        paid_minor=asked.paid_minor,
        due_minor=asked.due_minor,
        clawed_back_minor=asked.clawed_back_minor,
        paid_units=asked.paid_units,
        treated_count=people.count(TREATED),
        holdout_count=people.count(HELD_OUT),
        ineligible_count=people.count(INELIGIBLE),
        checks=all_found.checks,
        path=all_found.path,
        warnings=(
            *(*panel.calendar.cautions, *all_found.warnings, *_joiner_cautions(panel)),
            *limit_cautions(
                program, paid_minor=asked.paid_minor, paid_by_payee=asked.paid_by_payee
            ),
            *robust.warnings,
        ),
        placebos=_placebos(comparison, found),
        **find_beside(program, comparison, found, asked.paid_by_payee),
        exploratory=changed_after_launch(program, asked.launched),
        next_tests=next_tests(
            program,
            comparison,
            found,
            timing=all_found.timing.estimates,
            worth=worth,
            checks=all_found.checks,
            verdict=all_found.verdict,
        ),
        verdict=all_found.verdict,
        changed_verdict=all_found.changed_verdict,
    )


def _beside(found: Found, robust: Robust, overlap: Overlap) -> tuple[Estimate, ...]:
    """Return all estimates, what was asked in another way before what is no evidence."""
    incremental = [one for one in found.estimates if one.tier != "E"]
    rest = [one for one in found.estimates if one.tier == "E"]
    return (*incremental, *robust.estimates, *overlap.estimates, *rest)


def _placebos(comparison: Comparison, found: Found) -> tuple[float, ...]:
    if found.headline is None:
        return ()
    return comparison.placebos.get(found.headline.tier, ())


def _interim(program: Program, panel: Panel, found: Found) -> Estimate | None:
    """Return the gross effect so far with an interval that may be read at every look."""
    if panel.calendar.is_over or found.headline is None or found.headline.tier != "A":
        return None
    return at_every_look(found.headline, _elapsed_share(program, panel))


def _elapsed_share(program: Program, panel: Panel) -> float:
    window = [panel.calendar.spans[one] for one in panel.calendar.where("window")]
    known = sum(span.day_count for span in window)
    return known / (program.window.ends_before - program.window.starts_on).days


def _tell(progress: Progress | None, stage: str) -> None:
    if progress is not None:
        progress(stage, _STAGES.index(stage) + 1, len(_STAGES))


def _require_paid(paid_minor: int, paid_units: float, clawed_back_minor: int) -> None:
    problems = [
        Problem(name, f"{value} is no such number", "give what was paid net of clawbacks")
        for name, value in (
            *(("paid_minor", paid_minor), ("paid_units", paid_units)),
            ("clawed_back_minor", clawed_back_minor),
        )
        if not 0 <= value < math.inf
    ]
    if problems:
        raise MeasureError("what was paid is zero or more", problems)


def _joiner_cautions(panel: Panel) -> list[Caution]:
    count = panel.people.count(TREATED_JOINER, HELD_OUT_JOINER)
    if not count:
        return []
    sentence = (
        f"{count} payees joined after launch: they are in no comparison, and the total "
        "takes those who could earn at the same effect per week."
    )
    return [Caution("joiners", sentence)]
