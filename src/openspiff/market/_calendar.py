"""Which instant is the n-th day of the market, and which part of a quarter is it in?"""

from __future__ import annotations

import datetime as dt
import math

import attrs
import numpy as np

from openspiff.market._setting import MarketSetting
from openspiff.market._types import Real, Whole
from openspiff.program import day_start

_WEEK_DAYS = 7
_MONTHS = 3
_YEAR_WEEKS = 365.25 / 7
_MOST_TAIL_WEEKS = 52


@attrs.frozen(kw_only=True, eq=False)
class Calendar:
    """The local days of a market as instants, and the weights of its weeks.

    `day_starts` has one instant more than there are days. After the weeks of the setting
    comes a tail in which deals close that are still open when the market ends.
    `week_weights` is season x growth, 1 for an average week at the start; `day_shares`
    gives the share of a week's deals for each of its seven days.
    """

    setting: MarketSetting
    tail_count: int
    day_starts: Whole
    week_weights: Real
    day_shares: Real

    @property
    def week_count(self) -> int:
        """How many weeks the market has, without the tail."""
        return self.setting.week_count

    @property
    def week_starts(self) -> Whole:
        """First instants of all weeks, tail included, and of the one after them."""
        starts: Whole = self.day_starts[::_WEEK_DAYS]
        return starts

    @property
    def ends_at(self) -> int:
        """First instant after the market."""
        return int(self.day_starts[self.week_count * _WEEK_DAYS])

    def weeks_of(self, instants: Whole) -> Whole:
        """Return the week of each instant, counted from 0 (before the start: -1)."""
        found: Whole = np.searchsorted(self.week_starts, instants, side="right") - 1
        return found


def make_calendar(setting: MarketSetting) -> Calendar:
    """Lay out the days of the market in its zone, and of the tail after it."""
    slow_days = setting.pipeline_days * math.exp(2 * setting.pipeline_spread)
    tail = min(_MOST_TAIL_WEEKS, math.ceil(slow_days / _WEEK_DAYS))
    count = setting.week_count + tail
    first = setting.starts_on
    days = [first + dt.timedelta(days=n) for n in range(count * _WEEK_DAYS + 1)]
    starts = np.array([day_start(one, setting.zone) for one in days], dtype=np.int64)
    middle = [days[week * _WEEK_DAYS + _WEEK_DAYS // 2] for week in range(count)]
    season = np.array(setting.season) / np.mean(setting.season)
    phase = np.array([(one.month - 1) % _MONTHS for one in middle])
    growth = (1 + setting.growth_per_year) ** (np.arange(count) / _YEAR_WEEKS)
    is_weekend = np.array([one.isoweekday() > 5 for one in days[:_WEEK_DAYS]])  # noqa: PLR2004
    share = setting.weekend_share
    return Calendar(
        setting=setting,
        tail_count=tail,
        day_starts=starts,
        week_weights=season[phase] * growth,
        day_shares=np.where(is_weekend, share / 2, (1 - share) / 5),
    )
