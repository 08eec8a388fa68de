"""How long does a market of 100,000 payees and 104 weeks take, beside its random numbers?

The yardstick draws as many Poisson and uniform numbers as the market needs, and nothing
else: one Poisson number a payee and week, and twelve uniform numbers a deal.

    python benchmarks/market.py [--payees 100000] [--weeks 104] [--repeats 5]
"""

from __future__ import annotations

import argparse
import datetime as dt
import tempfile
from pathlib import Path

import numpy as np
from _timing import REPEATS, measure_all, print_comparison

from openspiff.market import (
    MarketSetting,
    ProgramEffect,
    demo_effect,
    simulate_market,
    write_market,
)

SEED = 1
LIMIT_SECONDS = 60.0
DRAWS_PER_DEAL = 12
DEALS_PER_WEEK = 0.5


def setting_of(payees: int, weeks: int) -> MarketSetting:
    """Return the market that is timed."""
    return MarketSetting(
        payee_count=payees,
        firm_count=max(1, payees // 10),
        week_count=weeks,
        deals_per_week=DEALS_PER_WEEK,
    )


def effect_of(setting: MarketSetting) -> ProgramEffect:
    """Return the effect of the demo, in the middle of the market."""
    starts_on = setting.starts_on + dt.timedelta(weeks=setting.week_count // 2)
    demo = demo_effect()
    return ProgramEffect(
        starts_on=starts_on,
        ends_before=starts_on + dt.timedelta(weeks=13),
        lift_ppm=demo.lift_ppm,
        products=demo.products,
        pull_forward_share=demo.pull_forward_share,
        hold_back_share=demo.hold_back_share,
        persistence_share=demo.persistence_share,
        cannibalized_share=demo.cannibalized_share,
        substitutes=demo.substitutes,
        extra_discount_share=demo.extra_discount_share,
        extra_cancellation_share=demo.extra_cancellation_share,
        extra_churn_share=demo.extra_churn_share,
    )


def simulate(payees: int, weeks: int) -> int:
    """Simulate the market with a program in it; return how many deals it has."""
    setting = setting_of(payees, weeks)
    return simulate_market(setting, seed=SEED, effect=effect_of(setting)).deals.count


def simulate_and_write(payees: int, weeks: int) -> int:
    """Simulate the market and write its feed; return the bytes written."""
    setting = setting_of(payees, weeks)
    market = simulate_market(setting, seed=SEED, effect=effect_of(setting))
    with tempfile.TemporaryDirectory() as folder:
        feed = write_market(market, Path(folder))
        return sum(path.stat().st_size for path in feed.events)


def draw_only(payees: int, weeks: int, deals: int) -> int:
    """Draw the random numbers of such a market and nothing else; return their count."""
    rng = np.random.default_rng(SEED)
    counts = rng.poisson(DEALS_PER_WEEK, (payees, weeks))
    for _ in range(DRAWS_PER_DEAL):
        rng.random(deals)
    return int(counts.size) + DRAWS_PER_DEAL * deals


def main() -> int:
    """Print the table; fail when simulating and writing take longer than the limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--payees", type=int, default=100_000)
    parser.add_argument("--weeks", type=int, default=104)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    given = parser.parse_args()
    size = (given.payees, given.weeks)
    deals = simulate(*size)
    measured = measure_all(
        {
            "numpy: the random numbers alone": (draw_only, *size, deals),
            "simulate_market": (simulate, *size),
            "simulate_market and write_market": (simulate_and_write, *size),
        },
        repeats=given.repeats,
    )
    whole = measured["simulate_market and write_market"]
    print_comparison(
        f"A market of {given.payees:,} payees and {given.weeks} weeks: {deals:,} deals",
        measured,
        yardstick="numpy: the random numbers alone",
        subject="simulate_market",
    )
    is_met = whole.median <= LIMIT_SECONDS
    verdict = "met" if is_met else "NOT met"
    size_mb = whole.result / 1e6
    print(
        f"MARKET {whole.median:.1f} s, {whole.peak_mb:,.0f} MB, {size_mb:,.0f} MB of "
        f"Parquet; wanted at most {LIMIT_SECONDS:g} s ({verdict})"
    )
    return 0 if is_met else 1


if __name__ == "__main__":
    raise SystemExit(main())
