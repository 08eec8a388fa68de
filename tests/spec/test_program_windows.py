"""Which instants lie inside a window of local days?"""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st
from program_texts import day, program_with
from strategies import ZONES

from openspiff.program import Window, day_start

SECOND = 1_000_000
HOUR = 3_600 * SECOND


def instant(text: str) -> int:
    """Return an instant written in UTC, in microseconds."""
    moment = dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)
    return int(moment.timestamp()) * SECOND


# zone, day, its first instant in UTC, its length in hours
DAYS = [
    ("UTC", "2026-01-01", "2026-01-01T00:00:00", 24),
    ("Asia/Tokyo", "2026-01-01", "2025-12-31T15:00:00", 24),
    ("America/New_York", "2026-03-08", "2026-03-08T05:00:00", 23),  # 02:00 is skipped
    ("America/New_York", "2026-11-01", "2026-11-01T04:00:00", 25),  # 01:00 comes twice
    ("Europe/London", "2026-10-25", "2026-10-24T23:00:00", 25),
    ("Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00", 23),  # starts at 01:00
    ("Africa/Cairo", "2026-10-29", "2026-10-28T21:00:00", 25),  # 23:00 comes twice
    ("America/Havana", "2026-11-01", "2026-11-01T04:00:00", 25),  # 00:00 comes twice
    ("Pacific/Apia", "2011-12-29", "2011-12-29T10:00:00", 24),  # the 30th does not exist
    ("Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00", 24),
    ("Asia/Kathmandu", "2026-01-01", "2025-12-31T18:15:00", 24),
]


@pytest.mark.parametrize(("zone", "local", "start", "hours"), DAYS)
def test_local_day_starts_at_its_first_instant_and_has_its_own_length(
    zone: str, local: str, start: str, hours: int
) -> None:
    first = day_start(day(local), zone)
    assert first == instant(start)
    following = day(local) + dt.timedelta(days=1)
    assert day_start(following, zone) - first == hours * HOUR


def test_last_second_of_the_last_day_is_inside_and_the_next_is_not() -> None:
    window = Window(
        zone="America/New_York", starts_on=day("2026-01-01"), ends_before=day("2026-04-01")
    )
    last = instant("2026-04-01T03:59:59")  # 23:59:59 on 31 March in New York
    assert window.starts_at == instant("2026-01-01T05:00:00")
    assert window.starts_at <= last < window.ends_at
    assert window.ends_at == last + SECOND


def test_window_from_a_day_without_midnight_starts_when_the_day_does() -> None:
    window = program_with(
        window={
            "zone": "Africa/Cairo",
            "starts_on": day("2026-04-24"),
            "ends_before": day("2026-04-25"),
        }
    ).window
    assert window.ends_at - window.starts_at == 23 * HOUR


def test_report_on_the_last_day_of_the_deadline_is_in_time() -> None:
    window = program_with(window={"reported_before": day("2026-04-15")}).window
    assert window.reported_before_at == instant("2026-04-15T00:00:00")
    assert program_with().window.reported_before_at is None


def test_amendment_takes_what_is_recorded_from_the_start_of_its_local_day() -> None:
    amendment = program_with(
        version=2, takes_recorded_from=day("2026-02-01"), window={"zone": "Asia/Tokyo"}
    )
    assert amendment.takes_recorded_from_at == instant("2026-01-31T15:00:00")
    assert program_with().takes_recorded_from_at is None


@given(st.dates(dt.date(1990, 1, 1), dt.date(2100, 1, 1)), st.sampled_from(ZONES))
def test_start_of_a_day_is_the_first_instant_that_clocks_date_to_it(
    local: dt.date, zone: str
) -> None:
    # The standard library's zones are an outside reference.
    start = day_start(local, zone)
    here = ZoneInfo(zone)
    inside = dt.datetime.fromtimestamp(start // SECOND, here).date()
    before = dt.datetime.fromtimestamp(start // SECOND - 1, here).date()
    assert before < local <= inside


def test_unknown_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="IANA zone"):
        day_start(day("2026-01-01"), "Mars/Olympus")
