"""Which weeks does the feed say nothing of, though it tells of those around them?"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from openspiff.engine import DuckDBEngine
from openspiff.errors import Problem

from ._calendar import AROUND, Calendar
from ._error_codes import NothingMeasuredError
from ._least_squares import Floats, Integers
from ._types import Check

_RARE: Final = 0.001
"""A week without any event that is this unlikely by chance is taken to be missing."""

_MOST_SILENT: Final = 0.5
"""Where more weeks than this have no event, events come in bursts: nothing is missing."""


def silent_spans(
    engine: DuckDBEngine, calendar: Calendar, spans_seen: Integers
) -> tuple[int, ...]:
    """Return the numbers of the spans of the path that the feed seems to lack.

    `spans_seen` are those in which anyone showed the behavior. A span without an event of
    any kind, of anybody, is lacking when chance would hardly leave it empty: by Poisson,
    at the usual number of events a day. The small tables of the panel must be loaded.
    """
    path = np.arange(calendar.path_count)
    if np.isin(path, spans_seen).all():
        return ()
    count = np.zeros(len(calendar.spans) + len(calendar.history))
    for number, events in engine.query(
        "select s.span_no, count(*) from current_events e cross join measured_terms v "
        "join measured_slots s on s.slot = int_div(e.occurred_at, v.slot_size) "
        "where e.occurred_at < v.as_of group by s.span_no"
    ):
        count[number] = events
    days = np.array([calendar.spans[number].day_count for number in path.tolist()])
    return tuple(_lacking(count[path], days.astype(np.float64)).tolist())


def _lacking(count: Floats, days: Floats) -> Integers:
    is_silent = count == 0
    if is_silent.mean() > _MOST_SILENT:
        return np.zeros(0, dtype=np.int64)
    usual = float(count.sum() / days[~is_silent].sum())
    return np.flatnonzero(is_silent & (usual * days >= -math.log(_RARE)))


def silence_checks(calendar: Calendar, silent: tuple[int, ...]) -> list[Check]:
    """Return a failed check where weeks of the effect or of the baseline are lacking."""
    found = []
    for code, parts, consequence in (
        ("silent_weeks", AROUND, "what was sold in them is missing from the effect"),
        ("silent_baseline", ("baseline",), "what was usual before is put too low"),
    ):
        lacking = [one for one in calendar.where(*parts) if one in silent]
        if not lacking:
            continue
        starts = ", ".join(str(calendar.spans[one].starts_on) for one in lacking)
        text = (
            f"The feed tells of no event at all in the weeks from {starts}, though it "
            f"tells of those around them: {consequence}. Import the events of these weeks "
            "and measure again."
        )
        value = float(len(lacking))
        found.append(Check(code=code, is_ok=False, sentence=text, value=value))
    return found


def require_events(values: Floats, calendar: Calendar) -> None:
    """Raise MeasureError when payees (n x T) show no event, or none in the window."""
    if not values.any():
        remedy = "check kind, products and revenue types against the events imported"
        problem = Problem("behavior", "no event of it in any week measured", remedy)
        raise NothingMeasuredError("there is nothing to measure", [problem])
    window = calendar.where("window")
    if values[:, window].any():
        return
    first, last = calendar.spans[window[0]], calendar.spans[window[-1]]
    found = f"no event of it from {first.starts_on} up to {last.ends_before}"
    remedy = (
        "import the events of the window; if all are in, nobody sold anything in it, and "
        "there is nothing to compare"
    )
    raise NothingMeasuredError(
        "nobody showed the behavior in the window", [Problem("window", found, remedy)]
    )
