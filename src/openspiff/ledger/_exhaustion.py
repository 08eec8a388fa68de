"""When will a budget be spent? At the pace of its last weeks, with a range."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

import attrs

_WEEK: Final = 7
_WEEKS_AT_MOST: Final = 4
_WEEKS_AT_LEAST: Final = 2


@attrs.frozen(kw_only=True)
class Exhaustion:
    """The day on which a budget is expected to be spent; None: not inside the window.

    `likely_on` is at the mean of the last `week_count` weeks, `earliest_on` at the fastest
    of them, `latest_on` at the slowest; amounts of a week are in minor units.
    """

    week_count: int
    mean_week_minor: int
    fastest_week_minor: int
    slowest_week_minor: int
    likely_on: dt.date | None
    earliest_on: dt.date | None
    latest_on: dt.date | None


def expected_exhaustion(
    spent_minor: Mapping[dt.date, int],
    *,
    budget_minor: int,
    starts_on: dt.date,
    known_before: dt.date,
    ends_before: dt.date,
) -> Exhaustion | None:
    """Return when the budget will be spent if the weeks to come are like the last ones.

    Up to four whole weeks before `known_before` and inside the window are looked at: the
    rest of the budget is divided by what the mean, the fastest and the slowest of them
    took. None when two whole weeks are not yet in: that is too little to tell. A budget
    that is spent already has the day on which it was.
    """
    left_minor = budget_minor - sum(spent_minor.values())
    weeks = _weeks(spent_minor, starts_on=starts_on, known_before=known_before)
    if left_minor <= 0:
        spent_on = _spent_on(spent_minor, budget_minor)
        return Exhaustion(
            week_count=len(weeks),
            mean_week_minor=_mean(weeks),
            fastest_week_minor=max(weeks, default=0),
            slowest_week_minor=min(weeks, default=0),
            likely_on=spent_on,
            earliest_on=spent_on,
            latest_on=spent_on,
        )
    if len(weeks) < _WEEKS_AT_LEAST:
        return None

    def day(week_minor: int) -> dt.date | None:
        if week_minor <= 0:
            return None
        days = -(-left_minor * _WEEK // week_minor) - 1
        if days >= (ends_before - known_before).days:
            return None
        return known_before + dt.timedelta(days=days)

    return Exhaustion(
        week_count=len(weeks),
        mean_week_minor=_mean(weeks),
        fastest_week_minor=max(weeks),
        slowest_week_minor=min(weeks),
        likely_on=day(_mean(weeks)),
        earliest_on=day(max(weeks)),
        latest_on=day(min(weeks)),
    )


def _weeks(
    spent_minor: Mapping[dt.date, int], *, starts_on: dt.date, known_before: dt.date
) -> list[int]:
    """Return what the last whole weeks took, the latest first."""
    weeks: list[int] = []
    end = known_before
    while len(weeks) < _WEEKS_AT_MOST:
        start = end - dt.timedelta(days=_WEEK)
        if start < starts_on:
            break
        weeks.append(sum(one for day, one in spent_minor.items() if start <= day < end))
        end = start
    return weeks


def _mean(weeks: list[int]) -> int:
    return sum(weeks) // len(weeks) if weeks else 0


def _spent_on(spent_minor: Mapping[dt.date, int], budget_minor: int) -> dt.date:
    so_far = 0
    last = max(spent_minor)
    for day in sorted(spent_minor):
        so_far += spent_minor[day]
        if so_far >= budget_minor:
            return day
    return last
