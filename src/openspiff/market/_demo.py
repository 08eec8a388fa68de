"""Which market does the demo show? 240 payees in 40 firms, 78 weeks, one program."""

from __future__ import annotations

import datetime as dt
from typing import Final

from openspiff.market._setting import MarketSetting, ProgramEffect

DEMO_SEED: Final = 1
"""The first seed there is; no other was put in its place.

The market's rate, talent and turnover were set with the estimates of seeds 1 to 20 in
view, so that a holdout can see something; the effect itself was not touched.
"""


def demo_setting() -> MarketSetting:
    """Return the market of the demo: 30 December 2024 to 28 June 2026, in US dollars.

    The same as examples/markets/demo.toml.
    """
    return MarketSetting(
        starts_on=dt.date(2024, 12, 30),
        week_count=78,
        payee_count=240,
        firm_count=40,
        deals_per_week=3.0,
        talent_spread=0.4,
        joiner_share=0.03,
        leaver_share=0.02,
    )


def demo_effect() -> ProgramEffect:
    """Return what the demo's program does: 13 weeks on the voice products.

    It lifts their deals in the window by 25%, of which 30% come from the weeks after, and
    5% of the deals of the three weeks before wait for it; a little persists, and a little
    is taken from another product, given away as discount, cancelled and churned.
    """
    return ProgramEffect(
        starts_on=dt.date(2025, 12, 29),
        ends_before=dt.date(2026, 3, 30),
        lift_ppm=250_000,
        products=("Voice Desk", "Voice Desk Plus"),
        pull_forward_share=0.3,
        pull_forward_weeks=8,
        hold_back_share=0.05,
        hold_back_weeks=3,
        persistence_share=0.15,
        half_life_weeks=6.0,
        cannibalized_share=0.1,
        substitutes=("Contact Hub",),
        extra_discount_share=0.015,
        extra_cancellation_share=0.01,
        extra_churn_share=0.02,
    )
