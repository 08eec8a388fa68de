"""Do 95% intervals hold the truth in 95 of 100 worlds?"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from measure_worlds import World, make_world

from openspiff.measure import (
    Estimate,
    difference_in_differences,
    holdout_comparison,
)
from openspiff.measure._redraw import Redraw
from openspiff.measure._worth import cost_per_unit

WORLDS = 300
LIFT = 0.2
# 300 worlds: the standard error of a share of .95 is .0126; two and a half of them.
NEAR = 0.032


def by_holdout(world: World, *, redraw: Redraw | None = None) -> Estimate:
    return holdout_comparison(
        world.during,
        world.is_treated,
        units=world.units,
        strata=world.strata,
        before=world.before,
        redraw=redraw,
    )


def by_differences(world: World) -> Estimate:
    return difference_in_differences(
        world.during, world.before, world.is_treated, firms=world.units
    )


DESIGNS = {
    "single payees, many": {"firm_count": 75, "by_firm": False},
    "single payees, few": {"firm_count": 9, "by_firm": False},
    "firms, many": {"firm_count": 60},
    "firms, few": {"firm_count": 12},
    "firms, very few held out": {"firm_count": 30, "treated_share": 0.85},
}


CASES = [
    *((by_holdout, design) for design in DESIGNS),
    # Differences are clustered by firm, whatever is drawn.
    *((by_differences, design) for design in DESIGNS if design.startswith("firms")),
]


@pytest.mark.parametrize(("estimator", "design"), CASES)
def test_intervals_cover_the_truth(
    estimator: Callable[[World], Estimate], design: str
) -> None:
    shape = DESIGNS[design]
    found = [estimator(make_world(seed, lift=LIFT, **shape)) for seed in range(WORLDS)]
    held = [one.low <= LIFT <= one.high for one in found]
    assert np.mean(held) == pytest.approx(0.95, abs=NEAR), np.mean(held)
    bias = np.mean([one.value for one in found]) - LIFT
    spread = np.std([one.value for one in found])
    assert abs(bias) < 3 * spread / WORLDS**0.5


def test_redrawn_p_value_rejects_a_true_null_as_often_as_it_says() -> None:
    draws = Redraw(draw_count=999)
    worlds = [make_world(seed, firm_count=10) for seed in range(WORLDS)]
    found = [by_holdout(world, redraw=draws) for world in worlds]
    assert np.mean([one.p_value <= 0.05 for one in found]) <= 0.05 + NEAR
    assert np.mean([one.p_value <= 0.5 for one in found]) == pytest.approx(0.5, abs=0.075)


def test_cost_per_unit_covers_the_truth_where_the_lift_is_faint() -> None:
    held, unbounded = 0, 0
    for seed in range(WORLDS):
        found = by_holdout(make_world(seed, firm_count=20, lift=LIFT))
        if found.value <= 0:  # no cost per unit is given, and the truth is not excluded
            held += found.high >= LIFT
            continue
        cost = cost_per_unit(found, cost_minor=1_000, currency="USD")
        above = cost.low is None or cost.low <= 1_000 / LIFT
        held += above and (cost.high is None or cost.high >= 1_000 / LIFT)
        unbounded += cost.is_unbounded
    assert held / WORLDS >= 0.93
    assert unbounded > 0
