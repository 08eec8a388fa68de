"""Is the lift of taking part found when some stayed away and some leaked in?"""

from __future__ import annotations

import attrs
import numpy as np
import pytest
from measure_worlds import World, make_world

from openspiff.measure import (
    Estimate,
    MeasureError,
    RatioSet,
    Sums,
    holdout_comparison,
)
from openspiff.measure._effect_on_treated import effect_on_treated
from openspiff.measure._holdout import arms_of, joint_fit
from openspiff.measure._redraw import Redraw

FEW_DRAWS = Redraw(draw_count=99)


def compare(world: World, participation: np.ndarray) -> Estimate:
    return effect_on_treated(
        world.during,
        world.is_treated,
        participation,
        units=world.units,
        strata=world.strata,
        before=world.before,
        redraw=FEW_DRAWS,
    )


def partly(
    seed: int, *, lift: float, takes: float, leaks: float = 0.0, firm_count: int = 60
) -> tuple[World, np.ndarray]:
    """Return a world where a share takes part on either side, and lift follows from it.

    The better a payee was before, the likelier to take part when treated.
    """
    world = make_world(seed, firm_count=firm_count)
    draw = np.random.default_rng(10_000 + seed)
    is_good = world.before.rate > np.median(world.before.rate)
    chance = np.where(world.is_treated, takes * (0.5 + is_good), leaks)
    took = draw.random(world.units.size) < chance
    more = draw.poisson(lift * world.during.weeks * took)
    during = attrs.evolve(world.during, total=world.during.total + more)
    return attrs.evolve(world, during=during), took.astype(float)


def test_everyone_taking_part_as_drawn_gives_the_plain_comparison() -> None:
    world = make_world(1, lift=0.3)
    found = compare(world, world.is_treated.astype(float))
    plain = holdout_comparison(
        world.during,
        world.is_treated,
        units=world.units,
        strata=world.strata,
        before=world.before,
        redraw=FEW_DRAWS,
    )
    wanted = (plain.value, plain.standard_error, plain.low, plain.high, plain.p_value)
    got = (found.value, found.standard_error, found.low, found.high, found.p_value)
    assert got == pytest.approx(wanted, rel=1e-9)
    assert found.shape == "between"


def test_half_taking_part_doubles_the_lift_and_its_interval() -> None:
    world = make_world(2, lift=0.3)
    found = compare(world, world.is_treated * 0.5)
    whole = compare(world, world.is_treated * 1.0)
    wanted = (2 * whole.value, 2 * (whole.low or 0), 2 * (whole.high or 0))
    assert (found.value, found.low, found.high) == pytest.approx(wanted)


def test_joint_covariance_is_that_of_every_difference_of_the_two() -> None:
    world, took = partly(3, lift=0.3, takes=0.5, leaks=0.1)
    arms = arms_of(
        world.during, world.is_treated, units=world.units, before=world.before, errors="CR2"
    )
    rate = arms.sums.rate
    values, covariance = joint_fit(arms.design, np.column_stack([rate, took]))
    for ratio in (-1.0, 0.0, 0.7, 30.0):
        fit = arms.design.fit(rate - ratio * took)
        turn = np.array([1.0, -ratio])
        assert turn @ values == pytest.approx(fit.coefficient)
        assert turn @ covariance @ turn == pytest.approx(fit.standard_error**2)


@pytest.mark.parametrize(("takes", "leaks"), [(0.6, 0.0), (0.6, 0.15), (0.2, 0.0)])
def test_interval_covers_the_lift_of_those_who_took_part(
    takes: float, leaks: float
) -> None:
    found = []
    for seed in range(200):
        world, took = partly(seed, lift=0.4, takes=takes, leaks=leaks, firm_count=30)
        found.append(compare(world, took))
    sets = [RatioSet(shape=one.shape, low=one.low, high=one.high) for one in found]
    # 200 worlds: three standard errors of .0154; the set may be wider, never narrower.
    assert np.mean([one.holds(0.4) for one in sets]) >= 0.95 - 0.046
    values = [one.value for one in found]
    # Three standard errors, and 5% of the truth because a ratio leans in small samples.
    near = 3 * np.std(values) / len(values) ** 0.5 + 0.02
    assert np.mean(values) == pytest.approx(0.4, abs=near)


def test_leaked_holdout_is_said_with_its_share() -> None:
    world, _ = partly(4, lift=0.3, takes=0.6)
    took = np.where(world.is_treated, 1.0, 0.25)
    found = compare(world, took)
    assert "leakage" in {caution.code for caution in found.warnings}
    assert any("25.0%" in caution.sentence for caution in found.warnings)
    none = compare(world, np.where(world.is_treated, 0.8, 0.0))
    assert "leakage" not in {caution.code for caution in none.warnings}


def test_assignment_that_hardly_moves_participation_gives_an_unbounded_set() -> None:
    unbounded = 0
    for seed in range(30):
        world, took = partly(seed, lift=0.3, takes=0.11, leaks=0.1, firm_count=20)
        try:
            found = compare(world, took)
        except MeasureError as error:
            assert "did not make more" in error.message  # noqa: PT017 (either is right)
            continue
        if found.is_unbounded:
            unbounded += 1
            assert found.standard_error is None
            assert found.warnings[-1].code == "unbounded"
            assert "difference in participation is zero" in found.warnings[-1].sentence
    assert unbounded > 10


def test_assignment_that_moved_nobody_is_refused() -> None:
    world = make_world(5)
    with pytest.raises(MeasureError, match="did not make more payees take part") as error:
        compare(world, np.where(world.is_treated, 0.2, 0.4))
    assert error.value.problems[0].remedy


@pytest.mark.parametrize("wrong", [-0.1, 1.2, np.nan, np.inf])
def test_participation_that_is_no_share_is_refused(wrong: float) -> None:
    world = make_world(5)
    took = world.is_treated.astype(float)
    took[3] = wrong
    with pytest.raises(MeasureError) as error:
        compare(world, took)
    assert error.value.problems[0].remedy


def test_input_is_left_as_it_was_and_order_is_irrelevant() -> None:
    world, took = partly(6, lift=0.3, takes=0.5, leaks=0.05)
    kept = took.copy()
    one = compare(world, took)
    np.testing.assert_array_equal(took, kept)
    order = np.random.default_rng(1).permutation(took.size)
    moved = World(
        before=world.before.only(order),
        during=world.during.only(order),
        is_treated=world.is_treated[order],
        units=world.units[order],
        strata=world.strata[order],
    )
    two = compare(moved, took[order])
    assert (one.value, one.low, one.high) == pytest.approx((two.value, two.low, two.high))
    assert one.p_value == two.p_value


def test_payees_of_no_active_week_are_left_out_of_participation_too() -> None:
    world, took = partly(7, lift=0.3, takes=0.5)
    weeks = world.during.weeks.copy()
    weeks[:3] = 0.0
    gone = attrs.evolve(
        world, during=Sums(total=np.where(weeks > 0, world.during.total, 0), weeks=weeks)
    )
    absurd = took.copy()
    absurd[:3] = 1.0 - absurd[:3]
    assert compare(gone, took) == compare(gone, absurd)
