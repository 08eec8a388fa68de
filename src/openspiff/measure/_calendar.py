"""Which weeks belong to baseline, announcement, window and horizon?"""

from __future__ import annotations

import calendar
import datetime as dt
from typing import Final, Literal

import attrs
from whenever import Instant

from openspiff.errors import Problem
from openspiff.program import Program, day_start

from ._error_codes import NotBegunError
from ._types import Caution

Part = Literal["earlier", "baseline", "announcement", "window", "horizon", "prior"]

AROUND: Final[tuple[Part, ...]] = ("announcement", "window", "horizon")
"""What a net effect is made of."""

WEEK_DAYS: Final = 7
_DAY: Final = 86_400_000_000
_QUIET: Final = 3 * _DAY
"""A feed whose last event is this close to the end of a week is taken to hold that week."""

_HISTORY_WEEKS: Final = 156
"""Three years: enough to know every quarter, and not so much that markets have changed."""

_YEAR_MONTHS: Final = 12
_QUARTER_MONTHS: Final = 3


@attrs.frozen(kw_only=True)
class Span:
    """Local days from `starts_on` up to `ends_before`, as instants too."""

    part: Part
    starts_on: dt.date
    ends_before: dt.date
    starts_at: int
    ends_at: int

    @property
    def day_count(self) -> int:
        """How many local days the span has."""
        return (self.ends_before - self.starts_on).days

    def midnights(self, zone: str) -> list[int]:
        """Return the first instant of each local day."""
        days = (self.starts_on + dt.timedelta(days=n) for n in range(self.day_count))
        return [day_start(day, zone) for day in days]


@attrs.frozen(kw_only=True)
class Observed:
    """From when until when the feed tells of events, and up to when we look."""

    first_at: int
    last_at: int
    as_of: int

    def holds(self, starts_at: int, ends_at: int) -> bool:
        """Tell whether a span lies inside what the feed tells of."""
        return (
            starts_at >= self.first_at - _QUIET
            and ends_at <= self.last_at + _QUIET
            and ends_at <= self.as_of
        )


@attrs.frozen(kw_only=True)
class Calendar:
    """The spans to add up (T), in order of time; the earlier period comes last.

    `earlier` weeks lie before the baseline and serve the naive comparison only. `history`
    are the weeks before all of them, for a forecast from the past. `cautions` say what was
    cut. `has_horizon` tells whether every week of it is in.
    """

    spans: tuple[Span, ...]
    history: tuple[Span, ...]
    has_horizon: bool
    is_over: bool
    prior_months: int
    cautions: tuple[Caution, ...]

    def where(self, *parts: Part) -> list[int]:
        """Return the numbers of the spans that belong to any of these parts."""
        return [number for number, span in enumerate(self.spans) if span.part in parts]

    @property
    def path_count(self) -> int:
        """Return how many spans follow each other, up to the end of the horizon."""
        return len(self.spans) - len(self.where("prior"))

    def just_before(self) -> list[int]:
        """Return the last weeks before the window, at most as many as the window has."""
        weeks = self.where("earlier", "baseline", "announcement")
        return weeks[-len(self.where("window")) :]


def make_calendar(program: Program, observed: Observed) -> Calendar:
    """Lay whole weeks around the window of the program, in its zone.

    Weeks count back from the first and on from the last day of the window, so the window
    is whole weeks but for a shorter last one. Weeks touched by the announcement belong to
    neither baseline nor window. Weeks the feed does not tell of are left out. Raises
    MeasureError when the window has not begun at `as_of` or the feed ends before it.
    """
    window, zone = program.window, program.window.zone
    stop = _window_end(program, observed)
    weeks = _weeks_before(program, observed)
    has_baseline = any(span.part == "baseline" for span in weeks)
    history = _history(program, observed, len(weeks))
    day = window.starts_on
    while day < stop:
        after = min(day + dt.timedelta(days=WEEK_DAYS), stop)
        weeks.append(_span("window", day, after, zone))
        day = after
    is_over = stop == window.ends_before
    horizon = _horizon(program, observed) if is_over else []
    prior, months = _prior(program, observed, stop)
    wanted = program.measurement.horizon_weeks
    return Calendar(
        spans=(*weeks, *horizon, *prior),
        history=history,
        has_horizon=is_over and len(horizon) == wanted,
        is_over=is_over,
        prior_months=months,
        cautions=tuple(_cautions(program, stop, len(horizon), has_baseline=has_baseline)),
    )


def _span(part: Part, starts_on: dt.date, ends_before: dt.date, zone: str) -> Span:
    return Span(
        part=part,
        starts_on=starts_on,
        ends_before=ends_before,
        starts_at=day_start(starts_on, zone),
        ends_at=day_start(ends_before, zone),
    )


def _window_end(program: Program, observed: Observed) -> dt.date:
    """Return the end of the window, or the last day that the feed tells of inside it."""
    window = program.window
    if observed.holds(observed.first_at, window.ends_at):
        return window.ends_before
    known = min(observed.as_of, observed.last_at + _DAY)  # the last day counts whole
    day = window.starts_on
    while day_start(day + dt.timedelta(days=1), window.zone) <= known:
        day += dt.timedelta(days=1)
    day = min(day, window.ends_before)
    if day <= window.starts_on:
        raise _no_day_of_window(program, observed)
    return day


def _no_day_of_window(program: Program, observed: Observed) -> NotBegunError:
    """Say why no day of the window is known: not begun, a feed too old, or a day early."""
    window = program.window
    text = f"nothing is known of the days from {window.starts_on} on"
    if observed.as_of <= window.starts_at:
        problem = Problem("window.starts_on", text, "measure later")
        return NotBegunError("the window has not begun", [problem])
    if observed.last_at < window.starts_at:
        last_on = Instant.from_timestamp(observed.last_at // 1_000_000).to_tz(window.zone)
        text = f"the last event is of {last_on.date()}, the window began {window.starts_on}"
        problem = Problem("events", text, "import the events of the window")
        return NotBegunError("the feed ends before the window", [problem])
    problem = Problem("window.starts_on", text, "measure when its first day is over")
    return NotBegunError("no day of the window is over", [problem])


def _weeks_before(program: Program, observed: Observed) -> list[Span]:
    """Return announcement, baseline and earlier weeks that the feed tells of, in order."""
    window, measurement = program.window, program.measurement
    announced_on = measurement.announced_on or window.starts_on
    window_weeks = -(-(window.ends_before - window.starts_on).days // WEEK_DAYS)
    found: list[Span] = []
    counts = {"announcement": 0, "baseline": 0, "earlier": 0}
    day = window.starts_on
    while True:
        start = day - dt.timedelta(days=WEEK_DAYS)
        part: Part = "announcement"
        if day <= announced_on:
            enough = counts["baseline"] >= measurement.baseline_weeks
            part = "earlier" if enough else "baseline"
        span = _span(part, start, day, window.zone)
        if part == "earlier" and len(found) >= window_weeks:
            break
        if not observed.holds(span.starts_at, span.starts_at):
            break
        counts[part] += 1
        found.append(span)
        day = start
    return found[::-1]


def _history(program: Program, observed: Observed, week_count: int) -> tuple[Span, ...]:
    """Return the weeks before those already laid out, as far as the feed tells of them."""
    found: list[Span] = []
    day = program.window.starts_on - dt.timedelta(days=WEEK_DAYS * week_count)
    while len(found) < _HISTORY_WEEKS:
        start = day - dt.timedelta(days=WEEK_DAYS)
        span = _span("earlier", start, day, program.window.zone)
        if not observed.holds(span.starts_at, span.starts_at):
            break
        found.append(span)
        day = start
    return tuple(found[::-1])


def _horizon(program: Program, observed: Observed) -> list[Span]:
    found: list[Span] = []
    day = program.window.ends_before
    for _ in range(program.measurement.horizon_weeks):
        after = day + dt.timedelta(days=WEEK_DAYS)
        span = _span("horizon", day, after, program.window.zone)
        if not observed.holds(span.starts_at, span.ends_at):
            break
        found.append(span)
        day = after
    return found


def _months_back(day: dt.date, months: int) -> dt.date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return dt.date(year, month + 1, min(day.day, last))


def _prior(program: Program, observed: Observed, stop: dt.date) -> tuple[list[Span], int]:
    """Return the same days a year earlier, else a quarter earlier, else nothing."""
    window = program.window
    announced_on = program.measurement.announced_on or window.starts_on
    for months in (_YEAR_MONTHS, _QUARTER_MONTHS):
        start, end = _months_back(window.starts_on, months), _months_back(stop, months)
        if not start < end <= min(announced_on, window.starts_on):
            continue
        span = _span("prior", start, end, window.zone)
        if observed.holds(span.starts_at, span.ends_at):
            return [span], months
    return [], 0


def _cautions(
    program: Program, stop: dt.date, horizon_count: int, *, has_baseline: bool
) -> list[Caution]:
    window, wanted = program.window, program.measurement.horizon_weeks
    found: list[Caution] = []
    if stop < window.ends_before:
        sentence = f"The window is measured up to {stop} only: nothing later is known yet."
        found.append(Caution("window_open", sentence))
    elif horizon_count < wanted:
        sentence = (
            f"{horizon_count} of {wanted} weeks after the window are known: what was "
            "pulled forward from them is not fully subtracted."
        )
        found.append(Caution("horizon_open", sentence))
    part_days = (stop - window.starts_on).days % WEEK_DAYS
    if part_days:
        sentence = (
            f"The last week of the window is shorter (days: {part_days}); its means are "
            "scaled to seven days."
        )
        found.append(Caution("short_week", sentence))
    if not has_baseline:
        sentence = "The feed tells of no full week before the window: there is no baseline."
        found.append(Caution("no_baseline", sentence))
    return found
