"""What would have been sold without a program? Expected rates, and deals drawn of them."""

from __future__ import annotations

import numpy as np

from openspiff.market._calendar import Calendar
from openspiff.market._deals import Deals, days_in_week, draw_deals
from openspiff.market._roster import Roster, common_normals
from openspiff.market._types import Real, Whole


def _shocks(calendar: Calendar, roster: Roster, rng: np.random.Generator) -> Real:
    """Return log-normal weekly shocks of mean 1 that follow a stationary AR(1).

    Shape (payees, weeks).
    """
    setting, weeks = calendar.setting, len(calendar.week_weights)
    carry = setting.shock_autocorrelation
    found = np.empty((roster.count, weeks))
    state = np.zeros(roster.count)
    for week in range(weeks):
        fresh = common_normals(
            roster.firm, setting.firm_count, setting.firm_correlation, rng
        )
        state = fresh if week == 0 else carry * state + np.sqrt(1 - carry**2) * fresh
        found[:, week] = state
    spread = setting.shock_spread
    shocks: Real = np.exp(spread * found - spread**2 / 2)
    return shocks


def draw_rates(calendar: Calendar, roster: Roster, rng: np.random.Generator) -> Real:
    """Return the expected deals won of each payee and week, shape (payees, all weeks).

    Talent x season x growth x shock, 0 where a payee is not active or the week is one of
    those that sell nothing.
    """
    setting, weeks = calendar.setting, len(calendar.week_weights)
    rates: Real = setting.deals_per_week * np.outer(roster.talent, calendar.week_weights)
    number = np.arange(weeks)
    left = np.where(roster.left_week == setting.week_count, weeks, roster.left_week)
    rates *= number >= roster.joined_week[:, None]
    rates *= number < left[:, None]
    if setting.shock_spread > 0:
        rates *= _shocks(calendar, roster, rng)
    if setting.zero_week_share > 0:
        is_selling = rng.random(rates.shape) >= setting.zero_week_share
        rates *= is_selling / (1 - setting.zero_week_share)
    return rates


def draw_cells(rates: Real, rng: np.random.Generator) -> tuple[Whole, Whole]:
    """Draw Poisson numbers of deals; return the row and the column of each deal."""
    counts = rng.poisson(rates).ravel()
    cells = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
    row, column = np.divmod(cells, rates.shape[1])
    return row, column


def draw_base(calendar: Calendar, rates: Real, rng: np.random.Generator) -> Deals:
    """Draw the deals of a market without a program, those lost included.

    By the instant at which they were registered. Deals of the tail stay when that was
    before the market ends: they are the open pipeline of its last day.
    """
    setting = calendar.setting
    payee, week = draw_cells(rates / (1 - setting.lost_share), rng)
    days = week * 7 + days_in_week(calendar, len(week), rng)
    weights = np.array([one.deal_share for one in setting.products])
    deals = draw_deals(calendar, rng, payee=payee, days=days, product_weights=weights)
    seen = np.flatnonzero(deals.registered_at < calendar.ends_at)
    order = np.argsort(deals.registered_at[seen], kind="stable")
    return deals.take(seen[order])
