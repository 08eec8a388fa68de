"""Does a program do to the market what its effect says, and is the truth counted right?

Laws hold exactly. Sizes are compared within four standard errors of what the setting
expects, counting each deal as a Poisson number; seeds are fixed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from typing import Any

import attrs
import numpy as np
import pytest

from openspiff.market import Market, MarketSetting, ProgramEffect, simulate_market

SETTING = MarketSetting(
    starts_on=dt.date(2024, 12, 30),
    week_count=65,
    payee_count=3_000,
    firm_count=200,
    deals_per_week=1.0,
    growth_per_year=0.0,
    season=(1.0, 1.0, 1.0),
)
FOCAL = ("Voice Desk", "Voice Desk Plus")
EFFECT = ProgramEffect(
    starts_on=dt.date(2025, 6, 30),
    ends_before=dt.date(2025, 9, 29),
    lift_ppm=300_000,
    products=FOCAL,
)
FIRST, END = 26, 39  # weeks of the window
TREATED = [f"P-{number:04d}" for number in range(1, 2_001)]
PLAIN = SETTING  # payees may come and go, deals be cancelled
SURE = attrs.evolve(SETTING, cancellation_share=0.0, joiner_share=0.0, leaver_share=0.0)


def market_with(setting: MarketSetting = SURE, **changes: Any) -> Market:
    effect = attrs.evolve(EFFECT, **changes)
    return simulate_market(setting, seed=11, effect=effect, treated=TREATED)


def focal(market: Market, *, is_anyway: bool = False) -> np.ndarray:
    """Return the units of the program's products by week, of the treated."""
    panel = market.panel(product_ids=FOCAL, is_anyway=is_anyway)
    return panel[market.treated].sum(axis=0)


def is_near(found: float, wanted: float, variance: float) -> bool:
    return abs(found - wanted) <= 4 * math.sqrt(variance)


EVERYTHING: dict[str, Any] = {
    "pull_forward_share": 0.3,
    "hold_back_share": 0.1,
    "persistence_share": 0.4,
    "cannibalized_share": 0.2,
    "substitutes": ("Contact Hub",),
    "extra_discount_share": 0.05,
    "extra_cancellation_share": 0.06,
    "extra_churn_share": 0.2,
}


@pytest.fixture(scope="module")
def full() -> Market:
    return market_with(PLAIN, **EVERYTHING)


def test_truth_is_the_difference_of_both_worlds(full: Market) -> None:
    truth = full.truth
    assert truth is not None
    now, anyway = focal(full), focal(full, is_anyway=True)
    assert (truth.path_units == now - anyway).all()
    assert truth.window_units == now[FIRST:END].sum()
    assert truth.anyway_units == anyway[FIRST:END].sum()
    assert truth.gross_units == truth.window_units - truth.anyway_units
    assert truth.hold_back_units == truth.path_units[:FIRST].sum() < 0
    after = truth.path_units[END:].sum()
    assert truth.pull_forward_units + truth.persistence_units == after
    assert truth.net_units == (
        truth.gross_units + truth.hold_back_units + truth.pull_forward_units
    )
    assert truth.dead_weight_units == truth.window_units - truth.net_units
    margin = full.panel("margin") - full.panel("margin", is_anyway=True)
    assert truth.incremental_margin_minor == margin.sum()
    mine = full.panel("margin", product_ids=FOCAL)
    mine = mine - full.panel("margin", product_ids=FOCAL, is_anyway=True)
    assert truth.focal_margin_minor == mine.sum()
    others = full.panel(product_ids=["Contact Hub"])
    others = others - full.panel(product_ids=["Contact Hub"], is_anyway=True)
    assert truth.cannibalized_units == others.sum() < 0


def test_totals_are_the_sums_over_treated_payees(full: Market) -> None:
    truth = full.truth
    assert truth is not None
    assert truth.payees.tolist() == list(range(2_000))
    assert truth.treated_count == 2_000
    for name, values in truth.by_payee.items():
        assert values.shape == (2_000,)
        assert values.sum() == getattr(truth, name)
    net = full.panel(product_ids=FOCAL) - full.panel(product_ids=FOCAL, is_anyway=True)
    by_payee = truth.by_payee["net_units"] + truth.by_payee["persistence_units"]
    assert (net.sum(axis=1)[:2_000] == by_payee).all()


def test_payees_who_are_not_treated_sell_the_same_in_both_worlds(full: Market) -> None:
    for outcome in ("units", "quantity", "amount", "margin"):
        now, anyway = full.panel(outcome), full.panel(outcome, is_anyway=True)
        assert (now[2_000:] == anyway[2_000:]).all()
        assert (now[:2_000] != anyway[:2_000]).any()


def test_world_without_the_program_is_the_market_without_it(full: Market) -> None:
    bare = simulate_market(PLAIN, seed=11)
    for outcome in ("units", "amount", "margin"):
        assert (bare.panel(outcome) == full.panel(outcome, is_anyway=True)).all()
    assert bare.truth is None
    # A deal keeps its name: its place among the deals.
    count = bare.deals.count
    for column in ("payee", "customer", "closed_anyway_at", "list_minor"):
        mine = getattr(full.deals, column)[:count]
        assert (mine == getattr(bare.deals, column)).all()
    assert set(full.deals.origin[count:].tolist()) == {1, 4}


def test_lift_is_as_large_as_set() -> None:
    market = market_with()
    truth = market.truth
    assert truth is not None
    wanted = 0.3 * truth.anyway_units
    # New deals are Poisson; the base they are compared with is, too: 0.3 + 0.09.
    assert is_near(truth.gross_units, wanted, 0.39 * truth.anyway_units)
    assert truth.net_units == truth.gross_units
    assert truth.hold_back_units == truth.pull_forward_units == 0
    assert truth.persistence_units == truth.cannibalized_units == 0
    assert (truth.path_units[:FIRST] == 0).all()
    assert (truth.path_units[END:] == 0).all()


def test_window_need_not_begin_with_a_week() -> None:
    days = {"starts_on": dt.date(2025, 7, 3), "ends_before": dt.date(2025, 7, 16)}
    market = market_with(**days)
    truth = market.truth
    assert truth is not None
    added = market.deals.take(market.deals.origin == 1).closed_at
    first = market.calendar.day_starts[(days["starts_on"] - SURE.starts_on).days]
    end = market.calendar.day_starts[(days["ends_before"] - SURE.starts_on).days]
    assert first <= added.min() < first + 5 * 86_400_000_000
    assert end - 5 * 86_400_000_000 < added.max() < end
    assert is_near(truth.gross_units, 0.3 * truth.anyway_units, 0.39 * truth.anyway_units)


def test_pulled_deals_are_missing_after_the_window_and_nowhere_else() -> None:
    truth = market_with(pull_forward_share=0.4).truth
    assert truth is not None
    pulled = 0.4 * 0.3 * truth.anyway_units
    assert is_near(-truth.pull_forward_units, pulled, pulled)
    assert is_near(truth.gross_units, 0.3 * truth.anyway_units, 0.39 * truth.anyway_units)
    assert (truth.path_units[END : END + 8] < 0).all()
    assert (truth.path_units[END + 8 :] == 0).all()
    assert truth.path_units.sum() == truth.net_units


def test_whole_lift_may_be_pulled_and_adds_nothing() -> None:
    truth = market_with(pull_forward_share=1.0).truth
    assert truth is not None
    assert truth.net_units == 0
    assert truth.gross_units == -truth.pull_forward_units > 0
    assert truth.dead_weight_share == 1.0


def test_held_deals_wait_for_the_window() -> None:
    market = market_with(hold_back_share=0.2, hold_back_weeks=4)
    truth = market.truth
    assert truth is not None
    there = focal(market, is_anyway=True)[FIRST - 4 : FIRST].sum()
    assert is_near(-truth.hold_back_units, 0.2 * there, 0.2 * 0.8 * there)
    assert (truth.path_units[: FIRST - 4] == 0).all()
    held = market.deals.take(market.deals.origin == 2)
    weeks = market.calendar.weeks_of(held.closed_at)
    assert FIRST <= weeks.min() <= weeks.max() < FIRST + 4
    assert (held.registered_at < held.closed_at).all()


def test_effect_persists_and_halves() -> None:
    truth = market_with(persistence_share=0.8, half_life_weeks=4.0).truth
    assert truth is not None
    rate = 0.3 * truth.anyway_units / (END - FIRST)
    weeks = np.arange(65 - END)
    expected = 0.8 * rate * 0.5 ** (weeks / 4.0)
    assert is_near(truth.persistence_units, expected.sum(), expected.sum())
    first = truth.path_units[END : END + 4].sum()
    assert is_near(first, expected[:4].sum(), expected[:4].sum())


def test_new_deals_take_the_place_of_substitutes() -> None:
    market = market_with(cannibalized_share=0.5, substitutes=("Contact Hub", "Link Fiber"))
    truth = market.truth
    assert truth is not None
    wanted = 0.5 * 0.3 * truth.anyway_units
    assert is_near(-truth.cannibalized_units, wanted, wanted)
    phones = market.panel(product_ids=["Desk Phone"])
    assert (phones == market.panel(product_ids=["Desk Phone"], is_anyway=True)).all()


def test_discounts_drift_in_the_window_only() -> None:
    market = market_with(extra_discount_share=0.05)
    deals = market.deals
    drift = deals.discount_ppm - deals.discount_anyway_ppm
    week = market.calendar.weeks_of(deals.closed_at)
    is_touched = (
        (deals.payee < 2_000)
        & np.isin(deals.product, [0, 1])
        & (week >= FIRST)
        & (week < END)
        & ~deals.is_lost
    )
    assert (drift[is_touched] == 50_000).all()
    assert (drift[~is_touched] == 0).all()


def test_more_of_what_was_sold_in_the_window_goes() -> None:
    setting = attrs.evolve(SURE, cancellation_days=1.0, churn_days=1.0, churn_share=0.1)
    truth = market_with(setting, extra_cancellation_share=0.1, extra_churn_share=0.2).truth
    assert truth is not None
    # Delays of a day on average: all have come half a year later.
    sold = truth.window_units + truth.extra_cancelled_units
    assert is_near(truth.extra_cancelled_units, 0.1 * sold, 0.09 * sold)
    # Of the 90% that would have stayed, 20% churn as well.
    assert is_near(truth.extra_churned_units, 0.18 * sold, 0.18 * 0.82 * sold)
    assert truth.gross_units == truth.window_units - truth.anyway_units


def digest(market: Market) -> str:
    total = hashlib.sha256()
    for column in attrs.fields_dict(type(market.deals)):
        total.update(np.ascontiguousarray(getattr(market.deals, column)).tobytes())
    total.update(market.roster.talent.tobytes())
    total.update(repr(market.truth).encode())
    return total.hexdigest()


def test_same_seed_gives_the_same_market_and_another_seed_another() -> None:
    small = attrs.evolve(PLAIN, payee_count=50, firm_count=5)
    effect = attrs.evolve(EFFECT, **EVERYTHING)
    first, again, other = (
        simulate_market(small, seed=seed, effect=effect) for seed in (5, 5, 6)
    )
    assert digest(first) == digest(again)
    assert digest(first) != digest(other)


def test_order_of_the_treated_changes_nothing() -> None:
    small = attrs.evolve(PLAIN, payee_count=50, firm_count=5)
    names = [f"P-{number:04d}" for number in range(1, 31)]
    markets = [
        simulate_market(small, seed=5, effect=EFFECT, treated=one)
        for one in (names, names[::-1])
    ]
    assert digest(markets[0]) == digest(markets[1])
