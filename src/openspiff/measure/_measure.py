"""Was the program worth it? One call from feed and enrolment to the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from openspiff.engine import DuckDBEngine, Progress
from openspiff.errors import Problem
from openspiff.events import Feed
from openspiff.program import Enrolment, MeasurementPlan, Program

from ._beside import find_beside
from ._checks import find_checks
from ._compare import Comparison, Found, find_estimates
from ._elsewhere import Elsewhere, find_elsewhere
from ._in_time import InTime, find_timing
from ._next_tests import changed_after_launch, next_tests
from ._panel import Counted, Panel, build_panel, require_anything
from ._path import find_path
from ._people import HELD_OUT, HELD_OUT_JOINER, INELIGIBLE, TREATED, TREATED_JOINER
from ._robust import Robust, find_robust
from ._sequential import sequential_estimate
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
from ._worth import Worth, find_worth

_STAGES: Final = ("panel", "estimates", "timing", "worth", "checks", "path")


def measure(  # noqa: PLR0913 (what is known from outside the room comes in by name)
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
    launched: MeasurementPlan | None = None,
    others: Sequence[Program] = (),
    progress: Progress | None = None,
) -> Answer:
    """Measure what a program added, by the strongest method that the data support.

    `enrolment` tells who was held out by chance (None: nobody). `paid_minor` is what was
    paid net of clawbacks, in minor units of the program's currency; `paid_units` the units
    paid for, each event counted with the share of the payee who was paid. `as_of`
    (microseconds UTC) is the moment from which we look back, `seed` re-draws assignments
    for the p-value. `paid_by_payee` (minor units) allows the leakage check, `launched` is
    the plan as frozen at launch (what differs is called exploratory), `others` are the
    other programs launched (those that overlap are named).

    Methods that the data do not support stand in `not_possible` with the reason. Raises
    MeasureError when nothing at all can be said: no events of the behavior, a window that
    has not begun, nobody treated.
    """
    _require_paid(paid_minor, paid_units)
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
        launched=launched,
        others=others,
        progress=progress,
    )
    return _answer(program, panel, asked)


@attrs.frozen(kw_only=True)
class _Asked:
    """What `measure` was told beside program, feed and enrolment."""

    as_of: int
    seed: int
    content_hash: str
    paid_minor: int
    paid_units: float
    paid_by_payee: Mapping[str, int] | None
    launched: MeasurementPlan | None
    others: Sequence[Program]
    progress: Progress | None


@attrs.frozen(kw_only=True, eq=False)
class _Findings:
    """What each question brought, in the order in which they are asked."""

    found: Found
    timing: InTime
    elsewhere: Elsewhere
    worth: Worth
    robust: Robust
    checks: tuple[Check, ...]
    path: tuple[PathPoint, ...]
    verdict: Verdict

    def refused(self) -> tuple[tuple[str, str], ...]:
        """Return what could not be asked, and why."""
        return (
            *(*self.found.not_possible, *self.robust.not_possible),
            *(*self.timing.not_possible, *self.elsewhere.not_possible),
            *self.worth.not_possible,
        )


def _ask(program: Program, comparison: Comparison, asked: _Asked) -> _Findings:
    outcome, progress = program.measurement.outcome, asked.progress
    found = find_estimates(comparison, outcome)
    _tell(progress, "estimates")
    timing = find_timing(comparison, outcome, found)
    elsewhere = find_elsewhere(comparison, found)
    _tell(progress, "timing")
    worth = find_worth(
        program,
        comparison,
        found,
        paid_minor=asked.paid_minor,
        paid_units=asked.paid_units,
    )
    _tell(progress, "worth")
    paid_by_payee = asked.paid_by_payee
    robust = find_robust(program, comparison, found, paid_by_payee=paid_by_payee)
    first = find_checks(
        program, comparison, outcome, paid_by_payee=paid_by_payee, others=asked.others
    )
    checks = (*first, *robust.checks)
    _tell(progress, "checks")
    path = find_path(comparison, outcome, found)
    _tell(progress, "path")
    return _Findings(
        found=found,
        timing=timing,
        elsewhere=elsewhere,
        worth=worth,
        robust=robust,
        checks=checks,
        path=path,
        verdict=find_verdict(program, comparison, found, worth, checks),
    )


def _answer(program: Program, panel: Panel, asked: _Asked) -> Answer:
    outcome, people = program.measurement.outcome, panel.people
    sides = people.on(TREATED, HELD_OUT, INELIGIBLE)
    require_anything(panel, Counted(outcome), sides)
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
        estimates=_beside(found, robust),
        timing=(*all_found.timing.estimates, *robust.deadline),
        mix=all_found.elsewhere.estimates,
        not_possible=all_found.refused(),
        naive=found.naive,
        **worth.figures(),
        paid_minor=asked.paid_minor,
        paid_units=asked.paid_units,
        treated_count=people.count(TREATED),
        holdout_count=people.count(HELD_OUT),
        ineligible_count=people.count(INELIGIBLE),
        checks=all_found.checks,
        path=all_found.path,
        warnings=(
            *(*panel.calendar.cautions, *_joiner_cautions(panel)),
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
    )


def _beside(found: Found, robust: Robust) -> tuple[Estimate, ...]:
    """Return all estimates, what was asked in another way before what is no evidence."""
    incremental = [one for one in found.estimates if one.tier != "E"]
    rest = [one for one in found.estimates if one.tier == "E"]
    return (*incremental, *robust.estimates, *rest)


def _placebos(comparison: Comparison, found: Found) -> tuple[float, ...]:
    if found.headline is None:
        return ()
    return comparison.placebos.get(found.headline.tier, ())


def _interim(program: Program, panel: Panel, found: Found) -> Estimate | None:
    """Return the gross effect so far with an interval that may be read at every look."""
    if panel.calendar.is_over or found.headline is None or found.headline.tier != "A":
        return None
    window = [panel.calendar.spans[one] for one in panel.calendar.where("window")]
    known = sum(span.day_count for span in window)
    whole = (program.window.ends_before - program.window.starts_on).days
    return sequential_estimate(found.headline, elapsed_share=known / whole)


def _tell(progress: Progress | None, stage: str) -> None:
    if progress is not None:
        progress(stage, _STAGES.index(stage) + 1, len(_STAGES))


def _require_paid(paid_minor: int, paid_units: float) -> None:
    problems = [
        Problem(name, f"{value} is below zero", "give what was paid net of clawbacks")
        for name, value in (("paid_minor", paid_minor), ("paid_units", paid_units))
        if value < 0
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
