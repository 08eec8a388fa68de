"""How does a program go day by day, and how did the same days of earlier quarters go?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

import attrs

from openspiff.engine import DuckDBEngine, Row
from openspiff.events import Feed, open_feed
from openspiff.program import Caps, Program, Window, day_of, day_start, months_later
from openspiff.rules._entitlements import (
    HeldOut,
    RuleError,
    load_rules,
    refuse_missing_rates,
    window_of_feed,
)
from openspiff.rules._steps import sequence

QUARTERS: Final = (3, 6, 9, 12)
"""Months before: the same phase of a quarter, up to a year back."""

MOMENT_COLUMNS: Final[Mapping[str, str]] = {
    "source": "VARCHAR",
    "event_id": "VARCHAR",
    "payee_id": "VARCHAR",
    "booked_at": "BIGINT",
    "paid_at": "BIGINT",  # null: not yet
}
_DAY_COLUMNS: Final = {
    "program_no": "BIGINT",
    "day_no": "BIGINT",
    "from_at": "BIGINT",
    "before_at": "BIGINT",
}
_DAY: Final = 86_400_000_000
_SLACK_DAYS: Final = 3

Days = Mapping[dt.date, int]


@attrs.frozen(kw_only=True)
class Stretch:
    """The qualifying events of one window, by the local day on which they occurred.

    `months` says how many months before the program's own window it lies.
    """

    months: int
    starts_on: dt.date
    ends_before: dt.date
    event_counts: Days

    def until(self, day: dt.date) -> int:
        """Return how many there were before `day`."""
        return sum(count for on, count in self.event_counts.items() if on < day)

    def total(self) -> int:
        """Return how many there were in the whole window."""
        return sum(self.event_counts.values())


@attrs.frozen(kw_only=True)
class Kept:
    """What those did who are held out: payees and events that would have qualified.

    `shared_count` counts events on which one of them stands beside somebody who may earn.
    """

    payee_count: int
    event_count: int
    shared_count: int


@attrs.frozen(kw_only=True)
class Waits:
    """How many whole days money took: days -> how many rewards, from the recording on."""

    booked: Mapping[int, int]
    paid: Mapping[int, int]


@attrs.frozen(kw_only=True)
class Pace:
    """A program day by day, as its feed tells it.

    `spent_minor` is what became due, by the local day on which the event was recorded;
    `earlier` are the same days of earlier quarters, the nearest first, as far as the feed
    tells of them whole. `known_before` is the first day of which the feed tells nothing.
    """

    now: Stretch
    earlier: tuple[Stretch, ...]
    spent_minor: Days
    kept: Kept
    waits: Waits
    known_before: dt.date | None


def pace(
    versions: Sequence[Program],
    *,
    feed: Feed,
    held_out: Collection[str] = (),
    moments: Sequence[Row] = (),
    engine: DuckDBEngine | None = None,
) -> Pace:
    """Return how a program goes under its launched versions, the newest last.

    Earlier quarters are judged by the newest terms, without limits, for the same payees as
    today. `moments` (MOMENT_COLUMNS) say when each reward was booked and paid. Raises
    RuleError without a version, and when an event lacks its exchange rate.
    """
    if not versions:
        raise RuleError("a pace needs a launched version")
    engine = DuckDBEngine() if engine is None else engine
    open_feed(engine, feed)
    program = versions[-1]
    first_at, last_at = _known(engine)
    windows = _windows(program, first_at)
    programs = [*versions, *_kept_twins(versions), *_earlier(program, windows)]
    _run(engine, programs, {one.program_id: held_out for one in _judged(programs)})
    engine.load_rows("local_days", _DAY_COLUMNS, _day_rows(program, windows))
    engine.load_rows("moments", MOMENT_COLUMNS, moments)
    counts = _counts(engine, windows)
    zone = program.window.zone
    known = None if last_at is None else day_of(last_at, zone) + dt.timedelta(days=1)
    return Pace(
        now=counts[0],
        earlier=tuple(counts[1:]),
        spent_minor=_spent(engine, program),
        kept=_kept(engine),
        waits=Waits(booked=_waited(engine, "booked_at"), paid=_waited(engine, "paid_at")),
        known_before=known,
    )


def phase_share(earlier: Iterable[Stretch], program: Program, day: dt.date) -> float:
    """Return which share of its events a window has before `day`, from 0 to 1.

    By the mean of earlier quarters at the same phase, each with the same weight; by the
    days that have passed where there are none.
    """
    shares = [
        one.until(months_later(day, -one.months)) / one.total()
        for one in earlier
        if one.total()
    ]
    if shares:
        return sum(shares) / len(shares)
    window = program.window
    passed = (min(day, window.ends_before) - window.starts_on).days
    return max(passed, 0) / (window.ends_before - window.starts_on).days


def _known(engine: DuckDBEngine) -> tuple[int | None, int | None]:
    sql = "select min(occurred_at), max(occurred_at) from current_events"
    first_at, last_at = engine.query(sql)[0]
    return first_at, last_at


def _windows(program: Program, first_at: int | None) -> list[tuple[int, Window]]:
    """Return the window and, months before it, those that the feed tells of whole."""
    window = program.window
    found = [(0, window)]
    for months in QUARTERS:
        starts_on = months_later(window.starts_on, -months)
        ends_before = months_later(window.ends_before, -months)
        is_whole = first_at is not None and day_start(starts_on, window.zone) >= first_at
        # Quarters differ by a day or two: where an earlier window would reach into this
        # one by so little, it ends where this one begins.
        if (ends_before - window.starts_on).days <= _SLACK_DAYS:
            ends_before = min(ends_before, window.starts_on)
        if is_whole and starts_on < ends_before <= window.starts_on:
            shifted = Window(zone=window.zone, starts_on=starts_on, ends_before=ends_before)
            found.append((months, shifted))
    return found


def _kept_twins(versions: Sequence[Program]) -> list[Program]:
    """Return the versions as if nobody were held out and nothing were limited."""
    return [
        attrs.evolve(one, program_id=f"{one.program_id}-kept", holdout=None, caps=Caps())
        for one in versions
    ]


def _earlier(program: Program, windows: Sequence[tuple[int, Window]]) -> list[Program]:
    return [
        attrs.evolve(
            program,
            program_id=f"{program.program_id}-{months}-months-before",
            window=window,
            caps=Caps(),
            version=1,
            takes_recorded_from=None,
        )
        for months, window in windows
        if months
    ]


def _judged(programs: Sequence[Program]) -> list[Program]:
    """Return those in which the held-out payees are kept out."""
    return [one for one in programs if not one.program_id.endswith("-kept")]


def _run(engine: DuckDBEngine, programs: Sequence[Program], held_out: HeldOut) -> None:
    load_rules(engine, programs, held_out)
    engine.run([window_of_feed(programs)])
    for step in sequence(until="second_cap"):
        engine.run([step])
        if step.name == "candidates":
            refuse_missing_rates(engine)


def _day_rows(program: Program, windows: Sequence[tuple[int, Window]]) -> list[Row]:
    """Return the local days of each window, under the numbers of their programs.

    Programs are numbered as they are first named: the program, its twin, then the earlier.
    """
    rows: list[Row] = []
    for place, (_, window) in enumerate(windows):
        program_no = 1 if place == 0 else place + 2
        day_count = (window.ends_before - window.starts_on).days
        days = [window.starts_on + dt.timedelta(days=n) for n in range(day_count + 1)]
        starts = [day_start(day, program.window.zone) for day in days]
        rows += [
            (program_no, n, starts[n], starts[n + 1])
            for n in range(day_count)
            if starts[n] < starts[n + 1]
        ]
    return rows


def _counts(engine: DuckDBEngine, windows: Sequence[tuple[int, Window]]) -> list[Stretch]:
    rows = engine.query(
        "select q.program_no, d.day_no, count(*) from ("
        "select distinct v.program_no, f.source, f.event_id, f.occurred_at "
        "from first_in f join versions v on v.version_no = f.version_no) q "
        "join local_days d on d.program_no = q.program_no "
        "and q.occurred_at >= d.from_at and q.occurred_at < d.before_at "
        "group by q.program_no, d.day_no order by q.program_no, d.day_no"
    )
    found = []
    for place, (months, window) in enumerate(windows):
        wanted = 1 if place == 0 else place + 2
        counts = {
            window.starts_on + dt.timedelta(days=day_no): count
            for program_no, day_no, count in rows
            if program_no == wanted
        }
        # A later version may end elsewhere; every version shares the newest one's days.
        found.append(
            Stretch(
                months=months,
                starts_on=window.starts_on,
                ends_before=window.ends_before,
                event_counts=counts,
            )
        )
    return found


def _spent(engine: DuckDBEngine, program: Program) -> dict[dt.date, int]:
    """Return what became due, by the local day on which each event was recorded."""
    rows = engine.query(
        "select int_div(e.entered_at, 3600000000) as hour_no, "
        "cast(sum(d.due) as bigint) as due_minor "
        "from second_cap d join versions v on v.version_no = d.version_no "
        "join feed_rows e on e.source = d.source and e.event_id = d.event_id "
        "and e.payee_id = d.payee_id "
        "where v.program_no = 1 and d.due > 0 and e.entered_at >= 0 "
        "group by int_div(e.entered_at, 3600000000)"
    )
    found: dict[dt.date, int] = {}
    for hour_no, due_minor in rows:
        day = day_of(hour_no * 3_600_000_000, program.window.zone)
        found[day] = found.get(day, 0) + due_minor
    return found


def _kept(engine: DuckDBEngine) -> Kept:
    # The twin has the number 2; who is held out of the program is listed under 1.
    rows = engine.query(
        "select h.payee_id is not null as is_kept, c.payee_id, c.source, c.event_id "
        "from candidates c join versions v on v.version_no = c.version_no "
        "left join held_out h on h.program_no = 1 and h.payee_id = c.payee_id "
        "where v.program_no = 2 and exists (select 1 from candidates k "
        "join versions w on w.version_no = k.version_no and w.program_no = 2 "
        "join held_out o on o.program_no = 1 and o.payee_id = k.payee_id "
        "where k.source = c.source and k.event_id = c.event_id)"
    )
    kept = {(source, event_id) for is_kept, _, source, event_id in rows if is_kept}
    shared = {(source, event_id) for is_kept, _, source, event_id in rows if not is_kept}
    payees = {payee_id for is_kept, payee_id, _, _ in rows if is_kept}
    return Kept(
        payee_count=len(payees), event_count=len(kept), shared_count=len(shared & kept)
    )


def _waited(engine: DuckDBEngine, moment: str) -> dict[int, int]:
    rows = engine.query(
        f"select int_div(m.{moment} - e.entered_at, {_DAY}) as days, "  # noqa: S608
        "count(*) from moments m join feed_rows e on e.source = m.source "
        "and e.event_id = m.event_id and e.payee_id = m.payee_id "
        # What was paid, taken back and done again was entered after it was paid.
        f"where m.{moment} >= e.entered_at group by 1 order by 1"
    )
    return dict(rows)
