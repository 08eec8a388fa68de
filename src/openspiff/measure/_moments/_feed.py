"""What do the events of a feed say of each cohort, without a table of payees by weeks?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from itertools import pairwise
from typing import Final, Literal

import attrs
import numpy as np

from openspiff.engine import DuckDBEngine, read_step
from openspiff.errors import Problem
from openspiff.events import Feed, open_feed
from openspiff.measure._calendar import WEEK_DAYS, Calendar, Span, make_calendar
from openspiff.measure._moments._engine import (
    SORTED,
    Column,
    added_up,
    missing_counts,
    sort_rows,
)
from openspiff.measure._moments._members import Activity, Members, members_of
from openspiff.measure._moments._record import NEVER, Moments
from openspiff.measure._panel import STEPS, Counted, load_terms, observed_of
from openspiff.measure._people import (
    HELD_OUT,
    HELD_OUT_JOINER,
    INELIGIBLE,
    OUTSIDE,
    TREATED,
    TREATED_JOINER,
    People,
    people_of,
)
from openspiff.measure._types import MeasureError
from openspiff.money import PPM
from openspiff.program import Enrolment, Program, day_start

Periods = Literal["week", "day"]

SIDES: Final[Mapping[int, str]] = {
    TREATED: "treated",
    HELD_OUT: "held_out",
    INELIGIBLE: "ineligible",
    TREATED_JOINER: "treated_joiner",
    HELD_OUT_JOINER: "held_out_joiner",
}
_OUTCOMES: Final[Mapping[str, Column]] = {
    Counted.UNITS.value: Column(name="units_ppm", parts=PPM),
    Counted.AMOUNT.value: Column(name="amount_minor"),
    Counted.MARGIN.value: Column(name="margin_minor"),
    Counted.SUBSTITUTES.value: Column(name="substitutes_ppm", parts=PPM),
    Counted.SUBSTITUTE_MARGIN.value: Column(name="substitute_margin_minor"),
    Counted.CANCELLED.value: Column(name="cancelled_ppm", parts=PPM),
}
_TINY: Final = 1e-9  # parts of a week that add up to a whole one, but for rounding


def moments_of_feed(
    engine: DuckDBEngine,
    program: Program,
    *,
    feed: Feed,
    enrolment: Enrolment | None,
    as_of: int,
    content_hash: str = "",
    periods: Periods = "week",
) -> Moments:
    """Add up the events of a feed by cohort, in one pass over them.

    Counts what `build_panel` counts, up to `as_of` (microseconds UTC), in the weeks of its
    calendar from the earliest to the horizon, or in their days; a period is labeled by its
    first day in the program's zone, as 20240701. Sides are treated, held_out, ineligible,
    treated_joiner and held_out_joiner: compare with `Moments.only`. Whoever could take part
    for a while without being treated is left out.

    A payee counts in the periods in which the roster has them throughout: a week in which
    they joined or left is like those before or after. Whoever has no such period is left
    out. An outcome that some event does not tell (no margin, no exchange rate) is not kept.
    Raises MeasureError as `build_panel` does, or when nobody is left.
    """
    open_feed(engine, feed)
    calendar = in_periods(
        program, make_calendar(program, observed_of(engine, as_of)), periods
    )
    people = people_of(engine, program, enrolment)
    members = _members(program, calendar, people)
    load_terms(engine, program, calendar, people, as_of=as_of)
    for name in ("measured_rows", "moments_events"):
        engine.run([read_step(STEPS, name, is_stored=False)])
    try:
        sort_rows(
            engine,
            "moments_events",
            members=members,
            outcomes=_OUTCOMES,
            period_count=len(calendar.spans),
        )
        missing = missing_counts(engine, _OUTCOMES)
        _require_outcome(program, missing)
        return added_up(
            engine,
            members=attrs.evolve(members, unit=people.payee_id[members.unit]),
            outcomes=_OUTCOMES,
            periods=[label_of(span.starts_on) for span in calendar.spans],
            content_hash=content_hash,
            wanted=[name for name in _OUTCOMES if not missing[name]],
        )
    finally:
        engine.drop(SORTED)


def in_periods(program: Program, calendar: Calendar, periods: Periods) -> Calendar:
    """Return the calendar without what lies apart from its weeks, in weeks or days."""
    spans = [span for span in calendar.spans if span.part != "prior"]
    if periods == "day":
        spans = [day for span in spans for day in _days(span, program.window.zone)]
    return attrs.evolve(calendar, spans=tuple(spans), history=())


def _days(span: Span, zone: str) -> list[Span]:
    days = [span.starts_on + dt.timedelta(days=no) for no in range(span.day_count + 1)]
    return [
        Span(
            part=span.part,
            starts_on=day,
            ends_before=after,
            starts_at=day_start(day, zone),
            ends_at=day_start(after, zone),
        )
        for day, after in pairwise(days)
    ]


def label_of(day: dt.date) -> int:
    return int(day.strftime("%Y%m%d"))


def _members(program: Program, calendar: Calendar, people: People) -> Members:
    """Return who is added up; their units are the numbers of the payees."""
    activity = Activity.of_periods(
        (
            people.active_weeks((span,))[:, 0] > span.day_count / WEEK_DAYS - _TINY
            for span in calendar.spans
        ),
        people.payee_id.size,
    )
    kept = np.flatnonzero(activity.is_ever & (people.side != OUTSIDE))
    if not kept.size:
        text = "none is treated, held out or ineligible for a whole period"
        remedy = "import the roster, or enrol the payees of the program"
        message = f"there is nobody to measure {program.program_id} on"
        raise MeasureError(message, [Problem("payees", text, remedy)])
    side, start = people.side[kept], calendar.where("window")[0]
    names = np.array([SIDES.get(one, "") for one in range(max(SIDES) + 1)])
    return members_of(
        kept,
        first_no=np.where(np.isin(side, (TREATED, TREATED_JOINER)), start, NEVER),
        activity=attrs.evolve(activity, pattern_no=activity.pattern_no[kept]),
        side=names[side],
        strata=people.stratum[kept],
        firms=people.firm[kept],
    )


def _require_outcome(program: Program, missing: Mapping[str, int]) -> None:
    outcome = program.measurement.outcome.value
    if missing[outcome]:
        remedy = "import their exchange rates or map their margins, or measure units"
        text = f"{missing[outcome]} events do not tell it"
        message = f"{outcome} cannot be added up"
        raise MeasureError(message, [Problem("measurement.outcome", text, remedy)])
