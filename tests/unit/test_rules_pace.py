"""Does the pace of a program count what the rules pay, now and in earlier quarters?"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import attrs
import pytest
from program_texts import day, program_with

from openspiff.engine import DuckDBEngine
from openspiff.events import Feed, feed_from_rows
from openspiff.program import Program, day_start
from openspiff.rules import Pace, RuleError, Stretch, entitlements, pace, phase_share

DAY = 86_400_000_000


def event(name: str, on: str, payee_id: str = "ann", **said: Any) -> dict[str, Any]:
    at = day_start(day(on), "UTC") + DAY // 2
    return {
        "source": "crm",
        "event_id": name,
        "payee_id": payee_id,
        "occurred_at": at,
        "recorded_at": at + 2 * DAY,
        "amount_minor": 100_000,
        **said,
    }


EVENTS = [
    event("old", "2025-06-30"),
    event("a", "2025-10-01"),
    event("b", "2025-10-02"),
    event("c", "2025-12-31"),
    event("held", "2025-11-05", "hal"),
    event("lost", "2025-11-06", status="lost"),
    event("1", "2026-01-01"),
    event("2", "2026-01-02", "bob"),
    event("3", "2026-02-10", "hal"),
    event("4", "2026-02-11", amount_minor=10),
    event("5", "2026-02-12", "ann", share_ppm=600_000),
    event("5", "2026-02-12", "hal", share_ppm=400_000),
]


@pytest.fixture
def feed(tmp_path: Path) -> Feed:
    return feed_from_rows(EVENTS, tmp_path / "feed")


def the_program(**terms: Any) -> Program:
    return program_with(
        behavior={"min_amount": "1.00"}, holdout={"share": "10%", "seed": 1}, **terms
    )


def pace_of(feed: Feed, *versions: Program, **more: Any) -> Pace:
    with DuckDBEngine(threads=1) as engine:
        return pace(versions, feed=feed, held_out={"hal"}, engine=engine, **more)


def test_events_count_once_and_not_for_those_held_out(feed: Feed) -> None:
    found = pace_of(feed, the_program())
    assert dict(found.now.event_counts) == {
        day("2026-01-01"): 1,
        day("2026-01-02"): 1,
        day("2026-02-12"): 1,
    }
    assert found.now.until(day("2026-01-02")) == 1
    assert found.known_before == day("2026-02-13")


def test_earlier_quarters_are_those_that_the_feed_tells_of_whole(feed: Feed) -> None:
    found = pace_of(feed, the_program())
    assert [(one.months, one.total()) for one in found.earlier] == [(3, 3), (6, 0)]
    before = found.earlier[0]
    assert (before.starts_on, before.ends_before) == (day("2025-10-01"), day("2026-01-01"))
    assert before.until(day("2025-11-12")) == 2


def test_window_that_reaches_a_day_into_an_earlier_one_keeps_it(feed: Feed) -> None:
    window = {"starts_on": day("2025-12-30"), "ends_before": day("2026-03-31")}
    found = pace_of(feed, the_program(window=window))
    assert [one.months for one in found.earlier] == [3]
    assert found.earlier[0].ends_before == day("2025-12-30")


def test_money_falls_on_the_day_of_recording_and_is_what_the_rules_pay(feed: Feed) -> None:
    program = the_program(caps={"budget": "400.00"})
    found = pace_of(feed, program)
    with DuckDBEngine(threads=1) as engine:
        paid = entitlements(
            [program], feed=feed, held_out={program.program_id: {"hal"}}, engine=engine
        )
        due = sum(row[6] for row in paid.rows())
    assert sum(found.spent_minor.values()) == due == 400_00
    assert set(found.spent_minor) == {day("2026-01-03"), day("2026-01-04")}


def test_held_out_payees_are_counted_apart_with_the_events_they_share(feed: Feed) -> None:
    kept = pace_of(feed, the_program()).kept
    assert (kept.payee_count, kept.event_count, kept.shared_count) == (1, 2, 1)


def test_versions_share_the_window_of_the_newest(feed: Feed) -> None:
    old = the_program()
    new = attrs.evolve(
        old,
        version=2,
        takes_recorded_from=day("2026-02-01"),
        behavior=attrs.evolve(old.behavior, min_amount_minor=200_000),
    )
    found = pace_of(feed, old, new)
    # Recorded from February on, events count under the new terms: they are too small.
    assert found.now.total() == 2
    assert found.earlier[0].total() == 0


def test_waits_are_whole_days_from_the_recording(feed: Feed) -> None:
    recorded_at = day_start(day("2026-01-03"), "UTC") + DAY // 2
    moments = [
        ("crm", "1", "ann", recorded_at + 3 * DAY, recorded_at + 9 * DAY + 1),
        ("crm", "2", "bob", recorded_at + DAY, None),
    ]
    waits = pace_of(feed, the_program(), moments=moments).waits
    assert (dict(waits.booked), dict(waits.paid)) == ({3: 1, 0: 1}, {9: 1})


def test_pace_needs_a_version(feed: Feed) -> None:
    with pytest.raises(RuleError):
        pace_of(feed)


def test_feed_without_events_has_a_pace_of_nothing(tmp_path: Path) -> None:
    found = pace_of(feed_from_rows([], tmp_path / "empty"), the_program())
    assert (found.now.total(), found.earlier, found.known_before) == (0, (), None)


def stretch(months: int, **counts: int) -> Stretch:
    starts_on = {3: dt.date(2025, 10, 1), 6: dt.date(2025, 7, 1)}[months]
    return Stretch(
        months=months,
        starts_on=starts_on,
        ends_before=dt.date(2026, 1, 1),
        event_counts={
            starts_on + dt.timedelta(days=int(name[1:])): n for name, n in counts.items()
        },
    )


def test_share_of_a_phase_is_the_mean_of_earlier_quarters() -> None:
    program = program_with()
    on = day("2026-02-01")
    early = stretch(3, d0=10, d80=30)
    late = stretch(6, d0=30, d60=10)
    assert phase_share([early, late], program, on) == (0.25 + 0.75) / 2
    assert phase_share([stretch(3)], program, on) == 31 / 90
    assert phase_share([], program, on) == 31 / 90
    assert phase_share([], program, day("2027-01-01")) == 1.0
