"""Was the program worth it? One call from feed and enrolment to the answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from openspiff.engine import DuckDBEngine, Progress
from openspiff.errors import Problem
from openspiff.events import Feed
from openspiff.program import Enrolment, Program

from ._checks import find_checks
from ._compare import Comparison, find_estimates
from ._panel import Panel, build_panel, require_anything
from ._path import find_path
from ._people import HELD_OUT, HELD_OUT_JOINER, INELIGIBLE, TREATED, TREATED_JOINER
from ._types import Answer, Caution, MeasureError
from ._verdict import find_verdict
from ._worth import find_worth

_STAGES: Final = ("panel", "estimates", "worth", "checks", "path")


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
    progress: Progress | None = None,
) -> Answer:
    """Measure what a program added, by the strongest method that the data support.

    `enrolment` tells who was held out by chance (None: nobody). `paid_minor` is what was
    paid net of clawbacks, in minor units of the program's currency; `paid_units` the units
    paid for, each event's quantity times the share of the payee who was paid. `as_of`
    (microseconds UTC) is the moment from which we look back, `seed` re-draws assignments
    for the p-value. `paid_by_payee` (minor units) allows the leakage check.

    Methods that the data do not support stand in `not_possible` with the reason. Raises
    MeasureError when nothing at all can be said: no events of the behavior, a window that
    has not begun, nobody treated.
    """
    _require_paid(paid_minor, paid_units)
    with DuckDBEngine() as engine:
        panel = build_panel(engine, program, feed=feed, enrolment=enrolment, as_of=as_of)
    _tell(progress, "panel")
    outcome = program.measurement.outcome
    require_anything(panel, outcome, panel.people.on(TREATED, HELD_OUT, INELIGIBLE))
    comparison = Comparison(panel=panel, currency=program.currency, seed=seed)
    found = find_estimates(comparison, outcome)
    _tell(progress, "estimates")
    worth = find_worth(
        program, comparison, found, paid_minor=paid_minor, paid_units=paid_units
    )
    _tell(progress, "worth")
    checks = find_checks(program, comparison, outcome, paid_by_payee)
    _tell(progress, "checks")
    tier = None if found.headline is None else found.headline.tier
    path = find_path(comparison, outcome, tier=tier)
    _tell(progress, "path")
    is_over = panel.calendar.is_over
    return Answer(
        program_id=program.program_id,
        version=program.version,
        content_hash=content_hash,
        data_digest=panel.digest(),
        as_of=as_of,
        currency=program.currency,
        headline=found.headline,
        estimates=found.estimates,
        not_possible=(*found.not_possible, *worth.not_possible),
        naive=found.naive,
        total_incremental=worth.total_incremental,
        dead_weight=worth.dead_weight,
        cost_per_unit=worth.cost_per_unit,
        return_on_cost=worth.return_on_cost,
        paid_minor=paid_minor,
        paid_units=paid_units,
        treated_count=int(panel.people.on(TREATED).sum()),
        holdout_count=int(panel.people.on(HELD_OUT).sum()),
        ineligible_count=int(panel.people.on(INELIGIBLE).sum()),
        checks=checks,
        path=path,
        warnings=(*panel.calendar.cautions, *_joiner_cautions(panel)),
        verdict=find_verdict(program, found, worth, checks, is_over=is_over),
    )


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
    count = int(panel.people.on(TREATED_JOINER, HELD_OUT_JOINER).sum())
    if not count:
        return []
    sentence = (
        f"{count} payees joined after launch: they are in no comparison, and the total "
        "takes those who could earn at the same effect per week."
    )
    return [Caution("joiners", sentence)]
