"""When will a budget be spent, if the weeks to come are like the last ones?"""

from __future__ import annotations

import datetime as dt

from openspiff.ledger import Exhaustion, expected_exhaustion

START = dt.date(2026, 1, 1)
END = dt.date(2026, 4, 1)


def spent(*weeks: int) -> dict[dt.date, int]:
    """Return amounts that fell on the third day of each week from the start."""
    return {START + dt.timedelta(days=7 * n + 2): one for n, one in enumerate(weeks)}


def found(*weeks: int, budget: int = 1_000, until: int | None = None) -> Exhaustion | None:
    days = 7 * len(weeks) if until is None else until
    return expected_exhaustion(
        spent(*weeks),
        budget_minor=budget,
        starts_on=START,
        known_before=START + dt.timedelta(days=days),
        ends_before=END,
    )


def test_even_weeks_have_one_day_and_no_range() -> None:
    one = found(100, 100, 100, 100)
    assert one is not None
    # 600 are left and 100 go each week: six weeks after the first 28 days, on their last.
    expected = START + dt.timedelta(days=28 + 42 - 1)
    assert (one.earliest_on, one.likely_on, one.latest_on) == (expected,) * 3
    assert (one.week_count, one.mean_week_minor) == (4, 100)


def test_range_goes_from_the_fastest_to_the_slowest_of_the_last_four_weeks() -> None:
    one = found(900_000, 100, 200, 100, 400, budget=902_000)
    assert one is not None
    assert (one.slowest_week_minor, one.mean_week_minor, one.fastest_week_minor) == (
        100,
        200,
        400,
    )
    known = START + dt.timedelta(days=35)
    left = 1_200
    assert one.earliest_on == known + dt.timedelta(days=left * 7 // 400 - 1)
    assert one.likely_on == known + dt.timedelta(days=left * 7 // 200 - 1)
    assert one.latest_on is None  # 84 days later the window is over


def test_budget_that_lasts_has_no_day() -> None:
    one = found(10, 10, budget=100_000)
    assert one is not None
    assert (one.earliest_on, one.likely_on, one.latest_on) == (None, None, None)


def test_weeks_without_anything_lead_nowhere() -> None:
    one = found(500, 0, 0, 0, 0)
    assert one is not None
    assert one.earliest_on is None


def test_one_week_is_too_little_to_tell() -> None:
    assert found(100) is None
    assert found(100, 100, until=13) is None


def test_spent_budget_has_the_day_on_which_it_was() -> None:
    one = found(400, 600, 0)
    assert one is not None
    assert one.likely_on == one.earliest_on == one.latest_on == dt.date(2026, 1, 10)
    assert found(1_000) is not None  # also when only a week is in
