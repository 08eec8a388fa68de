"""Does every estimator keep the promises that all of them make?"""

from __future__ import annotations

from collections.abc import Callable

import attrs
import numpy as np
import pytest
from measure_worlds import World, make_world

from openspiff.measure import (
    Estimate,
    Growth,
    MeasureError,
    before_after,
    difference_in_differences,
    holdout_comparison,
    prior_period,
)
from openspiff.measure._cohorts import aggregate, group_time_effects, imputation
from openspiff.measure._effect_on_treated import effect_on_treated
from openspiff.measure._holdout import REDRAW
from openspiff.measure._moments import NEVER, Moments, moments_of
from openspiff.measure._redraw import Redraw


def by_holdout(world: World, seed: int = 0, redraw: Redraw | None = REDRAW) -> Estimate:
    return holdout_comparison(
        world.during,
        world.is_treated,
        units=world.units,
        strata=world.strata,
        before=world.before,
        seed=seed,
        redraw=redraw,
    )


def by_differences(world: World, seed: int = 0) -> Estimate:
    del seed
    return difference_in_differences(
        world.during, world.before, world.is_treated, firms=world.units
    )


def by_prior_period(world: World, seed: int = 0) -> Estimate:
    del seed
    treated = world.is_treated
    return prior_period(
        world.during.only(treated),
        world.before.only(treated),
        firms=world.units[treated],
        growth=Growth(
            during=world.during.only(~treated),
            prior=world.before.only(~treated),
            firms=world.units[~treated],
        ),
    )


def by_before_after(world: World, seed: int = 0) -> Estimate:
    del seed
    treated = world.is_treated
    return before_after(
        world.during.only(treated), world.before.only(treated), firms=world.units[treated]
    )


def by_taking_part(world: World, seed: int = 0) -> Estimate:
    return effect_on_treated(
        world.during,
        world.is_treated,
        world.is_treated.astype(np.float64),
        units=world.units,
        strata=world.strata,
        before=world.before,
        seed=seed,
    )


def two_periods(world: World) -> Moments:
    """Return the rates before and during as a panel of two periods."""
    return moments_of(
        np.stack([world.before.rate, world.during.rate], axis=1)[:, :, None],
        payees=np.arange(world.units.size),
        outcomes=("units",),
        periods=(0, 1),
        first_no=np.where(world.is_treated, 1, NEVER),
        firms=world.units,
    )


def by_imputation(world: World, seed: int = 0) -> Estimate:
    del seed
    return imputation(two_periods(world), clusters="firm")


def by_group_time(world: World, seed: int = 0) -> Estimate:
    del seed
    effects = group_time_effects(two_periods(world), clusters="firm")
    return aggregate(effects, "simple").overall


Estimator = Callable[[World, int], Estimate]
ESTIMATORS: list[Estimator] = [
    *(by_holdout, by_taking_part),
    *(by_differences, by_imputation, by_group_time),
    *(by_prior_period, by_before_after),
]
BY_MOMENTS = (by_imputation, by_group_time)
every_estimator = pytest.mark.parametrize("estimator", ESTIMATORS)


def shuffled(world: World, order: np.ndarray) -> World:
    return World(
        before=world.before.only(order),
        during=world.during.only(order),
        is_treated=world.is_treated[order],
        units=world.units[order],
        strata=world.strata[order],
    )


def same(one: Estimate, other: Estimate) -> None:
    assert attrs.evolve(one, value=0, standard_error=0, low=0, high=0) == attrs.evolve(
        other, value=0, standard_error=0, low=0, high=0, degrees_of_freedom=freedom(one)
    )
    numbers = [(e.value, e.standard_error, e.low, e.high, freedom(e)) for e in (one, other)]
    assert numbers[0] == pytest.approx(numbers[1], rel=1e-9)


def in_other_units(world: World, *, factor: float = 1.0, level: float = 0.0) -> World:
    """Return the world with every weekly rate times a factor, after adding a level."""
    before, during = (
        attrs.evolve(one, total=factor * (one.total + level * one.weeks))
        for one in (world.before, world.during)
    )
    return attrs.evolve(world, before=before, during=during)


def numbers_of(estimate: Estimate) -> np.ndarray:
    """Return value, error and ends, for estimates that have an interval on both sides."""
    ends = (estimate.value, estimate.standard_error, estimate.low, estimate.high)
    return np.array(ends, dtype=np.float64)


def freedom(estimate: Estimate) -> float:
    assert estimate.degrees_of_freedom is not None
    return estimate.degrees_of_freedom


@every_estimator
def test_same_input_and_seed_give_the_same_estimate(estimator: Estimator) -> None:
    assert estimator(make_world(1), 7) == estimator(make_world(1), 7)


@every_estimator
@pytest.mark.parametrize("by_firm", [True, False])
def test_order_of_rows_is_irrelevant(estimator: Estimator, by_firm: bool) -> None:
    world = make_world(2, firm_count=30, by_firm=by_firm)
    order = np.random.default_rng(0).permutation(world.units.size)
    same(estimator(world, 3), estimator(shuffled(world, order), 3))


@every_estimator
def test_names_of_units_and_strata_are_irrelevant(estimator: Estimator) -> None:
    world = make_world(3, firm_count=30)
    names = np.random.default_rng(0).permutation(30)
    renamed = attrs.evolve(world, units=names[world.units], strata=1 - world.strata)
    same(estimator(world, 3), estimator(renamed, 3))


@every_estimator
def test_input_is_left_as_it_was(estimator: Estimator) -> None:
    world, untouched = make_world(4), make_world(4)
    estimator(world, 0)
    for name in ("is_treated", "units", "strata"):
        np.testing.assert_array_equal(getattr(world, name), getattr(untouched, name))
    for name in ("before", "during"):
        np.testing.assert_array_equal(
            getattr(world, name).total, getattr(untouched, name).total
        )


@every_estimator
@pytest.mark.parametrize("factor", [1e-9, 1e-4, 1e5, 6e8, 1e12])
def test_unit_of_the_outcome_scales_the_estimate_and_no_more(
    estimator: Estimator, factor: float
) -> None:
    world = make_world(7, firm_count=30, lift=0.3)
    usual, other = estimator(world, 0), estimator(in_other_units(world, factor=factor), 0)
    error = usual.standard_error or 0.0
    # Rounding: parts in 1e15 of numbers up to a hundred errors large.
    assert numbers_of(other) / factor == pytest.approx(numbers_of(usual), abs=1e-11 * error)
    assert freedom(other) == pytest.approx(freedom(usual), rel=1e-9)
    assert other.warnings == usual.warnings


@pytest.mark.parametrize(
    "estimator", [one for one in ESTIMATORS if one is not by_prior_period]
)
@pytest.mark.parametrize("level", [1.0, 1e3, 1e5, 1e9])
def test_level_that_all_share_changes_nothing(estimator: Estimator, level: float) -> None:
    # The prior period is grown by a factor, which a level changes.
    world = make_world(7, firm_count=30, lift=0.3)
    moved = in_other_units(world, level=level)
    if level > 1e6 and estimator in BY_MOMENTS:  # nothing is left in sums of squares
        with pytest.raises(MeasureError):
            estimator(moved, 0)
        return
    usual, other = estimator(world, 0), estimator(moved, 0)
    # What rounding leaves of the level; squared where moments are kept.
    lost = 1e-15 * level**2 if estimator in BY_MOMENTS else 1e-13 * level
    error = usual.standard_error or 0.0
    assert numbers_of(other) == pytest.approx(
        numbers_of(usual), abs=max(lost, 1e-11) * error
    )


@every_estimator
def test_too_little_data_raises_with_a_remedy(estimator: Estimator) -> None:
    world = make_world(5, firm_count=2, firm_size=1)
    with pytest.raises(MeasureError) as error:
        estimator(world, 0)
    assert error.value.code in {"too_few_units", "one_cohort"}
    assert error.value.problems
    assert all(problem.remedy for problem in error.value.problems)


@every_estimator
def test_outcome_that_never_varies_raises(estimator: Estimator) -> None:
    world = make_world(5)
    flat = attrs.evolve(
        world.during, total=np.full(world.units.size, 8.0), weeks=world.during.weeks
    )
    still = attrs.evolve(world, during=flat, before=flat)
    with pytest.raises(MeasureError):
        estimator(still, 0)


@every_estimator
@pytest.mark.parametrize("level", [0.1, 1 / 3, 7e6 + 0.1])
def test_rounding_of_a_constant_is_no_variation(estimator: Estimator, level: float) -> None:
    world = make_world(5)
    flat = {
        name: attrs.evolve(span, total=level * span.weeks)
        for name, span in (("before", world.before), ("during", world.during))
    }
    with pytest.raises(MeasureError):
        estimator(attrs.evolve(world, **flat), 0)


@every_estimator
def test_planted_effect_is_recovered(estimator: Estimator) -> None:
    # No growth in this world, so before-after recovers it too.
    worlds = [make_world(seed, firm_count=400, lift=0.3) for seed in range(8)]
    found = [estimator(world, 0) for world in worlds]
    errors = [one.standard_error or 0.0 for one in found]
    mean = np.mean([one.value for one in found])
    # Eight worlds: three standard errors of their mean.
    assert mean == pytest.approx(0.3, abs=3 * np.mean(errors) / 8**0.5)
    assert all(one.excludes_zero for one in found)


def test_naive_number_shows_lift_in_a_growing_market_that_has_none() -> None:
    worlds = [make_world(seed, firm_count=200, growth=1.2) for seed in range(40)]
    naive = [by_before_after(world) for world in worlds]
    honest = [by_holdout(world, redraw=None) for world in worlds]
    assert np.mean([one.excludes_zero and one.value > 0 for one in naive]) > 0.9
    assert np.mean([one.excludes_zero for one in honest]) <= 0.15
    assert abs(np.mean([one.value for one in honest])) < 0.03
    assert {one.tier for one in naive} == {"E"}
    assert all("naive" in {caution.code for caution in one.warnings} for one in naive)


def test_seed_changes_the_redrawn_p_value_only() -> None:
    world = make_world(6, firm_count=20)
    one, other = by_holdout(world, 1), by_holdout(world, 2)
    assert one.p_value is not None
    assert one.p_value != other.p_value
    assert attrs.evolve(one, p_value=None) == attrs.evolve(other, p_value=None)
