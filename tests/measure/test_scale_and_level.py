"""Is the unit in which outcomes are counted, or their level, any matter to a method?"""

from __future__ import annotations

from collections.abc import Callable

import attrs
import numpy as np
import pytest
from measure_worlds import World, make_world

from openspiff.measure import (
    Estimate,
    MeasureError,
    Redraw,
    Sides,
    Sums,
    attrition_bounds,
    conformal_comparison,
    difference_effect,
    event_study,
    half_life,
    holdout_comparison,
    holdout_effect,
    holdout_timing,
    moments_of,
    net_effect,
    own_past,
    pre_trend_test,
    spillover,
    synthetic_comparison,
    two_way_effect,
)
from openspiff.measure._moments import NEVER, Moments
from openspiff.measure._series import Series

N = 80
FIRST = np.where(np.arange(N) % 2 == 0, 5, NEVER)
TREATED = np.arange(25) < 2


def moved(sums: Sums, factor: float, level: float) -> Sums:
    return attrs.evolve(sums, total=factor * (sums.total + level * sums.weeks))


def by_payee() -> World:
    return make_world(3, by_firm=False, lift=0.3)


def timing(factor: float, level: float) -> Estimate:
    world = by_payee()
    later = Sums(
        total=np.random.default_rng(8).poisson(9.0, world.units.size).astype(np.float64),
        weeks=world.during.weeks,
    )
    spans = [moved(one, factor, level) for one in (world.during, later, world.during)]
    timing = holdout_timing(
        *spans,
        world.is_treated,
        units=world.units,
        before=moved(world.before, factor, level),
    )
    return net_effect(timing)


def spilled(factor: float, level: float) -> Estimate:
    world = by_payee()
    during, before = (moved(one, factor, level) for one in (world.during, world.before))
    firms = np.arange(world.units.size) // 4
    return spillover(during, before, world.is_treated, firms=firms)


def bounded(factor: float, level: float) -> Estimate:
    world = by_payee()
    stays = np.where(world.is_treated, 0.9, 0.7)
    stayed = np.random.default_rng(5).random(stays.size) < stays
    during = moved(world.during, factor, level)
    return attrition_bounds(during, world.is_treated, stayed, units=world.units).lower


def absent_before(factor: float, level: float) -> Estimate:
    world = by_payee()
    there = np.arange(world.units.size) % 7 > 0
    before = moved(world.before, factor, level)
    return holdout_comparison(
        moved(world.during, factor, level),
        world.is_treated,
        units=world.units,
        strata=world.strata,
        before=Sums(total=before.total * there, weeks=before.weeks * there),
        redraw=None,
    )


def sales(factor: float, level: float) -> Moments:
    draw = np.random.default_rng(0)
    paths = factor * (draw.poisson(3.0, (N, 10)) + level)
    active = np.ones((N, 10), dtype=bool)
    active[::9, :4] = False
    return moments_of(
        paths[:, :, None],
        payees=np.arange(N),
        outcomes=("units",),
        periods=range(10),
        first_no=FIRST,
        firms=np.arange(N) // 4,
        is_active=active,
    )


def span(factor: float, level: float) -> Estimate:
    sides = Sides(other="never")
    return holdout_effect(
        sales(factor, level), [5, 6, 7], before=[[0, 1, 2, 3]], sides=sides, clusters="firm"
    )


def change(factor: float, level: float) -> Estimate:
    sides = Sides(other="never")
    return difference_effect(
        sales(factor, level), [5, 6], baseline=[3, 4], sides=sides, clusters="payee"
    )


def forecast(factor: float, level: float) -> Estimate:
    draw = np.random.default_rng(0)
    outcome = np.cumsum(draw.normal(0, 0.1, 80)) + draw.normal(0, 0.3, 80)
    series = Series(outcome=factor * (outcome + 5 + level), payee_count=30)
    return own_past(series, baseline_before=70, window_from=71, window_before=75).average


def firms(factor: float, level: float) -> np.ndarray:
    return factor * (np.random.default_rng(0).normal(5, 1, (25, 9)) + level)


METHODS: dict[str, Callable[[float, float], Estimate]] = {
    "timing": timing,
    "spillover": spilled,
    "attrition": bounded,
    "absent before": absent_before,
    "holdout over a span": span,
    "change over a span": change,
    "two-way": lambda *how: two_way_effect(sales(*how)),
    "event study": lambda *how: event_study(sales(*how)).points[3],
    "pre-trend": lambda *how: pre_trend_test(sales(*how), lead_count=2).leads[0],
    "own past": forecast,
    "synthetic": lambda *how: (
        synthetic_comparison(firms(*how), TREATED, pre_count=6).estimate
    ),
    "conformal": lambda *how: conformal_comparison(firms(*how), TREATED, pre_count=6),
}
MOMENTS = {
    *("holdout over a span", "change over a span"),
    *("two-way", "event study", "pre-trend"),
}


def numbers(estimate: Estimate) -> np.ndarray:
    error = estimate.standard_error or 0.0
    return np.array([estimate.value, error, estimate.low or 0.0, estimate.high or 0.0])


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("factor", [1e-9, 7e-4, 3e8, 1e12])
def test_unit_of_the_outcome_scales_the_answer_and_no_more(
    name: str, factor: float
) -> None:
    usual, other = METHODS[name](1.0, 0.0), METHODS[name](factor, 0.0)
    size = abs(numbers(usual)).max()
    assert numbers(other) / factor == pytest.approx(numbers(usual), abs=1e-11 * size)
    assert {one.code for one in other.warnings} == {one.code for one in usual.warnings}


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("level", [1e2, 1e4])
def test_level_that_all_share_changes_nothing(name: str, level: float) -> None:
    usual, other = METHODS[name](1.0, 0.0), METHODS[name](1.0, level)
    size = abs(numbers(usual)).max()
    # What rounding leaves of the level; squared where moments are kept.
    lost = max(1e-11, 1e-14 * level ** (2 if name in MOMENTS else 1))
    assert numbers(other) == pytest.approx(numbers(usual), abs=lost * size)


@pytest.mark.parametrize("name", sorted(set(METHODS) - MOMENTS))
def test_level_of_a_soft_currency_changes_nothing(name: str) -> None:
    usual, other = METHODS[name](1.0, 0.0), METHODS[name](1.0, 1e9)
    # A sum of a dozen weeks of a billion is known to 2e-6.
    error = usual.standard_error or abs(usual.value)
    assert numbers(other) == pytest.approx(numbers(usual), abs=1e-4 * error)


@pytest.mark.parametrize("name", sorted(MOMENTS))
def test_what_squares_have_lost_is_refused_and_not_made_up(name: str) -> None:
    with pytest.raises(MeasureError):
        METHODS[name](1.0, 1e9)


@pytest.mark.parametrize(("factor", "level"), [(1e10, 0.0), (1e-9, 0.0), (1.0, 1e9)])
def test_p_value_and_ends_by_every_assignment_follow_the_unit(
    factor: float, level: float
) -> None:
    world = make_world(4, firm_count=12, lift=0.2)  # 2 strata, 4 of 6: 225 assignments
    every = Redraw(has_interval=True)

    def compared(factor: float, level: float) -> Estimate:
        return holdout_comparison(
            moved(world.during, factor, level),
            world.is_treated,
            units=world.units,
            strata=world.strata,
            before=moved(world.before, factor, level),
            redraw=every,
        )

    usual, other = compared(1.0, 0.0), compared(factor, level)
    assert other.p_value == usual.p_value
    lost = max(1e-9, 1e-13 * level) * (usual.standard_error or 0.0)
    assert numbers(other) / factor == pytest.approx(numbers(usual), abs=lost)


@pytest.mark.parametrize("factor", [1e-9, 1e10])
def test_half_life_does_not_ask_for_the_unit(factor: float) -> None:
    world = by_payee()
    weeks = np.arange(1.0, 5.0)
    model = holdout_comparison(
        world.during, world.is_treated, units=world.units, redraw=None
    )
    values, covariance = 2.0 * np.exp(-0.3 * weeks), 0.01 * np.eye(4)

    def faded(factor: float) -> Estimate:
        effects = tuple(
            attrs.evolve(model, value=factor * one, standard_error=factor * 0.1)
            for one in values
        )
        return half_life(effects, weeks=weeks, covariance=factor**2 * covariance)

    assert numbers(faded(factor)) == pytest.approx(numbers(faded(1.0)), rel=1e-6)
    assert faded(factor).value == pytest.approx(np.log(2) / 0.3, rel=1e-6)


@pytest.mark.parametrize("level", [0.1, 1 / 3, 7e6 + 0.1])
@pytest.mark.parametrize("name", sorted(set(METHODS) - {"synthetic", "conformal"}))
def test_rounding_of_a_constant_is_no_variation(name: str, level: float) -> None:
    drowned = 1e30  # beside it the sales are less than the last digit
    with pytest.raises(MeasureError):
        METHODS[name](1 / drowned, level * drowned)
