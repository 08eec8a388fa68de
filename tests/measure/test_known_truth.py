"""In markets whose truth is known, does the answer hold it, from the feed to the total?"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest
from measure_worlds import ZONE, make_program

from openspiff.market import (
    MarketSetting,
    ProgramEffect,
    market_roster,
    simulate_market,
    write_market,
)
from openspiff.measure import Answer, measure_worth
from openspiff.program import (
    Candidate,
    Holdout,
    MeasurementPlan,
    Window,
    assign_holdout,
)

STARTS_ON, ENDS_BEFORE = dt.date(2025, 9, 29), dt.date(2025, 12, 1)
SETTING = MarketSetting(
    starts_on=dt.date(2025, 6, 2),
    week_count=40,
    payee_count=150,
    firm_count=30,
    deals_per_week=2.0,
    talent_spread=0.4,
)
EFFECT = ProgramEffect(
    starts_on=STARTS_ON,
    ends_before=ENDS_BEFORE,
    lift_ppm=400_000,
    pull_forward_share=0.4,
    pull_forward_weeks=6,
    hold_back_share=0.1,
    hold_back_weeks=2,
)
PROGRAM = make_program(
    window=Window(zone=ZONE, starts_on=STARTS_ON, ends_before=ENDS_BEFORE),
    holdout=Holdout(share_ppm=400_000, strata=("region",)),
    measurement=MeasurementPlan(
        baseline_weeks=12, horizon_weeks=6, announced_on=dt.date(2025, 9, 15)
    ),
)


def measured(seed: int, folder: Path) -> tuple[Answer, float, float]:
    """Return the answer, and the units that were really added: net and in the window."""
    roster = market_roster(SETTING, seed=seed)
    regions = list(SETTING.regions)
    everyone = [
        Candidate(
            payee_id=str(name),
            firm_id=str(roster.firm_ids[roster.firm[place]]),
            region=regions[roster.region[place]],
        )
        for place, name in enumerate(roster.payee_ids)
        if roster.from_at[place] <= PROGRAM.window.starts_at < roster.before_at[place]
    ]
    enrolment = assign_holdout(PROGRAM, everyone)
    treated = [row.payee_id for row in enrolment.rows if not row.is_held_out]
    market = simulate_market(SETTING, seed=seed, effect=EFFECT, treated=treated)
    assert market.truth is not None
    answer = measure_worth(
        PROGRAM,
        feed=write_market(market, folder),
        enrolment=enrolment,
        paid_minor=10_000 * market.truth.window_units,
        paid_units=market.truth.window_units,
        as_of=market.ends_at,
        seed=seed,
    )

    def added(*phases: str) -> float:
        days = [one.week_start_on for one in answer.path if one.phase in phases]
        weeks = [(day - SETTING.starts_on).days // 7 for day in days]
        return float(market.truth.path_units[weeks].sum())  # type: ignore[union-attr]

    return answer, added("announcement", "window", "horizon"), added("window")


def test_net_effect_of_a_market_holds_its_truth_and_gross_overstates_it(
    tmp_path: Path,
) -> None:
    answer, net, gross = measured(1, tmp_path)
    assert gross > net > 0
    total = answer.total_incremental
    assert total is not None
    assert total.low < net < total.high
    assert [one.is_ok for one in answer.checks] == [True] * len(answer.checks)
    window_effect = answer.estimates[0]
    assert window_effect.name == "gross"
    assert window_effect.excludes_zero


@pytest.mark.slow
def test_intervals_hold_the_truth_of_sixty_markets(tmp_path: Path) -> None:
    held: list[tuple[bool, bool, bool]] = []
    misses = []
    for seed in range(60):
        answer, net, gross = measured(seed, tmp_path / str(seed))
        total, dead = answer.total_incremental, answer.dead_weight
        assert total is not None
        assert dead is not None
        window_effect = answer.estimates[0]
        scale = total.value / answer.headline.value if answer.headline else 0.0
        held.append(
            (
                total.low <= net <= total.high,
                window_effect.low * scale <= gross <= window_effect.high * scale,
                dead.low <= 1 - net / answer.paid_units <= dead.high,
            )
        )
        misses.append(total.value - net)
    # Sixty markets: the standard error of a share of .95 is .028; three of them.
    assert np.mean(held, axis=0).tolist() == pytest.approx([0.95] * 3, abs=0.085)
    assert abs(np.mean(misses)) < 3 * np.std(misses) / 60**0.5
