"""Do counts, sums and shares of a market follow its settings?

Tolerances are four standard errors of the quantity under the setting itself, so a true
implementation fails one check in some 16,000; seeds are fixed, so none of them flickers.
"""

from __future__ import annotations

import datetime as dt
import math

import attrs
import numpy as np
import pytest

from openspiff.market import (
    Market,
    MarketError,
    MarketSetting,
    ProductLine,
    market_roster,
    simulate_market,
)

ERRORS = 4.0
DAY = 86_400_000_000
NEVER = 2**62

# Nobody comes or goes and everybody is equal: numbers of deals are plain Poisson sums.
EVEN = MarketSetting(
    starts_on=dt.date(2024, 1, 1),
    week_count=104,
    payee_count=400,
    firm_count=50,
    talent_spread=0.0,
    joiner_share=0.0,
    leaver_share=0.0,
    deals_per_week=0.8,
)


def market_of(seed: int = 7, **changes: object) -> Market:
    return simulate_market(attrs.evolve(EVEN, **changes), seed=seed)


@pytest.fixture(scope="module")
def even() -> Market:
    return market_of()


def closed(market: Market) -> np.ndarray:
    """Return which deals closed inside the market, lost or won."""
    return market.deals.closed_at < market.ends_at


def won(market: Market) -> np.ndarray:
    return closed(market) & ~market.deals.is_lost


def is_near(found: float, wanted: float, standard_error: float) -> bool:
    return abs(found - wanted) <= ERRORS * standard_error


def test_deals_won_are_as_many_as_rates_say(even: Market) -> None:
    weights = even.calendar.week_weights[: even.setting.week_count]
    wanted = 400 * 0.8 * weights.sum()
    assert is_near(won(even).sum(), wanted, math.sqrt(wanted))
    # Two years of 12% growth begin at 1 and end at 1.12 squared: mean of about 1.12.
    assert weights.mean() == pytest.approx(1.12, abs=0.02)


def test_each_payee_sells_a_poisson_number(even: Market) -> None:
    counts = np.bincount(even.deals.payee[won(even)], minlength=400)
    # The variance of a Poisson number is its mean; the variance of that ratio is 2/(n-1).
    assert is_near(counts.var(ddof=1) / counts.mean(), 1.0, math.sqrt(2 / 399))


def test_months_of_the_quarter_follow_the_season() -> None:
    market = market_of(growth_per_year=0.0, season=(0.5, 1.0, 1.5))
    week = market.calendar.weeks_of(market.deals.closed_at[won(market)])
    middles = [EVEN.starts_on + dt.timedelta(days=7 * n + 3) for n in range(104)]
    phase = np.array([(day.month - 1) % 3 for day in middles])
    counts = np.bincount(phase[week], minlength=3)
    wanted = 400 * 0.8 * np.bincount(phase) * np.array([0.5, 1.0, 1.5])
    for found, expected in zip(counts, wanted, strict=True):
        assert is_near(found, expected, math.sqrt(expected))


def test_growth_is_that_of_a_year() -> None:
    market = market_of(growth_per_year=0.5, season=(1.0, 1.0, 1.0))
    week = market.calendar.weeks_of(market.deals.closed_at[won(market)])
    first, second = (week < 52).sum(), (week >= 52).sum()
    wanted = 1.5 ** (52 * 7 / 365.25)
    error = wanted * math.sqrt(1 / first + 1 / second)
    assert is_near(second / first, wanted, error)


def test_products_sell_in_their_shares(even: Market) -> None:
    counts = np.bincount(even.deals.product, minlength=len(even.setting.products))
    for found, one in zip(counts, even.setting.products, strict=True):
        share = one.deal_share
        error = math.sqrt(share * (1 - share) / even.deals.count)
        assert is_near(found / even.deals.count, share, error)


def test_yes_or_no_settings_are_met_in_their_shares(even: Market) -> None:
    setting, deals = even.setting, even.deals
    is_closed = closed(even)
    weekday = ((deals.closed_at[is_closed] - even.calendar.day_starts[0]) // DAY) % 7
    checks = [
        (deals.is_lost[is_closed], setting.lost_share),
        (deals.cancelled_after < NEVER, setting.cancellation_share),
        (deals.churned_after < NEVER, setting.churn_share),
        (even.is_government, setting.government_share),
        (weekday >= 5, setting.weekend_share),
    ]
    for found, share in checks:
        error = math.sqrt(share * (1 - share) / len(found))
        assert is_near(found.mean(), share, error)


def test_delays_have_their_means_and_medians(even: Market) -> None:
    setting, deals = even.setting, even.deals
    for after, mean_days in (
        (deals.cancelled_after, setting.cancellation_days),
        (deals.churned_after, setting.churn_days),
        (deals.reported_after, setting.report_days),
    ):
        days = after[after < NEVER] / DAY
        # An exponential's standard deviation is its mean.
        assert is_near(days.mean(), mean_days, mean_days / math.sqrt(len(days)))
    is_closed = closed(even)
    ages = (deals.closed_at - deals.registered_at)[is_closed] / DAY
    logs = np.log(ages)
    error = setting.pipeline_spread / math.sqrt(len(logs))
    assert is_near(logs.mean(), math.log(setting.pipeline_days), error)
    assert is_near(logs.std(), setting.pipeline_spread, error / math.sqrt(2))


def test_discounts_quantities_and_amounts_add_up(even: Market) -> None:
    setting, deals = even.setting, even.deals
    spread = 2 * setting.discount_mean / math.sqrt(12)  # uniform from 0 to twice the mean
    error = spread / math.sqrt(deals.count)
    assert is_near(deals.discount_ppm.mean() / 1e6, setting.discount_mean, error)
    for place, one in enumerate(setting.products):
        mine = deals.take(deals.product == place)
        mean = one.quantity_mean
        deviation = math.sqrt(mean * (mean - 1))  # of a geometric number from 1
        assert is_near(mine.quantity.mean(), mean, deviation / math.sqrt(mine.count))
        assert set(mine.term_months.tolist()) == set(one.term_months or (0,))
        months = np.maximum(mine.term_months, 1)
        assert (mine.list_minor == one.price_minor * mine.quantity * months).all()
        exact = mine.list_minor.astype(object) * (
            1_000_000 - mine.discount_ppm.astype(object)
        )
        difference = exact / 1_000_000 - mine.amount_minor()
        assert max(abs(value) for value in difference) <= 0.5  # half a minor unit
        cost = mine.list_minor * (1 - one.margin_ppm / 1e6)
        assert np.abs(mine.amount_minor() - mine.margin_minor() - cost).max() <= 0.5 + 1e-3


def test_open_pipeline_is_as_deep_as_its_age_says(even: Market) -> None:
    # A deal that closes t days after the end is open then when its age is above t.
    setting, calendar = even.setting, even.calendar
    days = np.arange(calendar.tail_count * 7)
    weights = calendar.week_weights[setting.week_count + days // 7]
    a_day = calendar.day_shares[days % 7] * weights * 400 * 0.8 / (1 - setting.lost_share)
    z = np.log((days + 0.56) / setting.pipeline_days) / setting.pipeline_spread
    is_older = np.array([math.erfc(one / math.sqrt(2)) / 2 for one in z])
    wanted = (a_day * is_older).sum()
    assert is_near((~closed(even)).sum(), wanted, math.sqrt(wanted))


def test_talent_is_uneven_as_set_and_alike_within_firms() -> None:
    setting = attrs.evolve(
        EVEN, payee_count=20_000, firm_count=2_000, talent_spread=0.6, firm_correlation=0.3
    )
    roster = market_roster(setting, seed=3)
    logs = np.log(roster.talent) + 0.6**2 / 2
    firms = np.bincount(roster.firm)
    # Means of firms vary by what is common; at 10 payees a firm they count as about
    # 20,000 / (1 + 9 x 0.3) = 5,400 independent values.
    effective = 20_000 / (1 + (firms**2).sum() / 20_000 * 0.3)
    assert is_near(logs.mean(), 0.0, 0.6 / math.sqrt(effective))
    assert is_near(logs.std(), 0.6, 0.6 / math.sqrt(2 * effective))
    means = np.bincount(roster.firm, logs) / firms
    within = ((logs - means[roster.firm]) ** 2).sum() / (20_000 - 2_000)
    correlation = 1 - within / logs.var()
    # The within variance is estimated to sqrt(2/18,000), the total one to sqrt(2/5,400).
    error = 0.7 * math.sqrt(2 / 18_000 + 2 / effective)
    assert is_near(correlation, 0.3, error)


def test_payees_join_leave_and_get_attributes_as_set() -> None:
    setting = attrs.evolve(
        EVEN, joiner_share=0.1, leaver_share=0.25, roles={"a": 0.25, "b": 0.75}
    )
    market = simulate_market(setting, seed=1)
    roster = market.roster
    assert (roster.joined_week > 0).sum() == 40
    assert (roster.left_week < 104).sum() == 100
    assert np.bincount(roster.role).tolist() == [100, 300]
    assert np.bincount(roster.firm, minlength=50).min() >= 1
    for name in ("tier", "region"):  # one value a firm
        pairs = set(zip(roster.firm.tolist(), getattr(roster, name).tolist(), strict=True))
        assert len(pairs) == 50
    week = market.calendar.weeks_of(market.deals.closed_at)
    payee = market.deals.payee
    inside = week < 104
    assert (week >= roster.joined_week[payee])[inside].all()
    assert (week < roster.left_week[payee])[inside].all()


def test_zero_weeks_are_as_many_as_set_and_leave_the_mean() -> None:
    plain = {"growth_per_year": 0.0, "season": (1.0, 1.0, 1.0), "deals_per_week": 1.0}
    market = market_of(zero_week_share=0.6, **plain)
    counts = np.zeros((400, 104), dtype=np.int64)
    mine = market.deals.take(won(market))
    np.add.at(counts, (mine.payee, market.calendar.weeks_of(mine.closed_at)), 1)
    cells = counts.size
    rate = 1 / 0.4
    zero = 0.6 + 0.4 * math.exp(-rate)
    assert is_near((counts == 0).mean(), zero, math.sqrt(zero * (1 - zero) / cells))
    deviation = math.sqrt(1 + rate**2 * 0.4 * 0.6)
    assert is_near(counts.mean(), 1.0, deviation / math.sqrt(cells))


def test_weekly_shocks_last_and_spread_as_set() -> None:
    market = market_of(
        shock_spread=0.8,
        shock_autocorrelation=0.7,
        firm_correlation=0.0,
        growth_per_year=0.0,
        season=(1.0, 1.0, 1.0),
        deals_per_week=4.0,
        cancellation_share=0.0,
    )
    counts = market.panel()
    # Mean 4; shocks of log-variance 0.64 covary at lag k by 16 (exp(0.64 x 0.7^k) - 1).
    for lag in (0, 1, 3):
        pairs = (counts[:, lag:] - 4) * (counts[:, : 104 - lag] - 4)
        wanted = 16 * (math.exp(0.64 * 0.7**lag) - 1) + (4 if lag == 0 else 0)
        by_payee = pairs.mean(axis=1)
        assert is_near(by_payee.mean(), wanted, by_payee.std(ddof=1) / 20)


def test_panel_counts_what_stands(even: Market) -> None:
    deals, ends_at = even.deals, even.ends_at
    kept = won(even) & (
        deals.closed_at + np.minimum(deals.cancelled_after, NEVER // 4) >= ends_at
    )
    assert even.panel().sum() == kept.sum()
    assert even.panel("margin").sum() == deals.margin_minor()[kept].sum()
    assert even.panel("amount").sum() == deals.amount_minor()[kept].sum()
    assert even.panel("quantity").sum() == deals.quantity[kept].sum()
    parts = [even.panel(product_ids=[one.product_id]) for one in even.setting.products]
    assert (sum(parts) == even.panel()).all()
    with pytest.raises(MarketError):
        even.panel("happiness")


def test_products_that_never_recur_have_no_term() -> None:
    line = ProductLine(
        product_id="Box",
        family="Boxes",
        price_minor=100,
        deal_share=1.0,
        is_recurring=False,
        quantity_mean=1.0,
    )
    market = market_of(products=(line,), week_count=5)
    assert set(market.deals.term_months.tolist()) == {0}
    assert set(market.deals.quantity.tolist()) == {1}


def test_market_without_deals_is_empty_not_broken() -> None:
    market = market_of(deals_per_week=0.0, week_count=3)
    assert market.deals.count == 0
    assert market.panel().shape == (400, 3)
