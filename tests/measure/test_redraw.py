"""Does re-drawing the assignment reject what chance alone made as seldom as it says?"""

from __future__ import annotations

import itertools
import tracemalloc

import attrs
import numpy as np
import pytest
from measure_worlds import World, make_world

from openspiff.measure import Estimate, MeasureError, Sums, holdout_comparison
from openspiff.measure._least_squares import dummies, fit_coefficient
from openspiff.measure._redraw import Redraw, Redrawn, redraw_assignment

EVERY = Redraw(draw_count=9_999)


def compare(world: World, redraw: Redraw | None = EVERY, seed: int = 0) -> Estimate:
    return holdout_comparison(
        world.during,
        world.is_treated,
        units=world.units,
        strata=world.strata,
        before=world.before,
        seed=seed,
        redraw=redraw,
    )


def uneven(seed: int, **shape: object) -> World:
    """Return a world in which payees were active for different numbers of weeks."""
    world = make_world(seed, **shape)
    weeks = np.random.default_rng(seed).integers(2, 9, world.units.size).astype(float)
    return attrs.evolve(world, during=attrs.evolve(world.during, weeks=weeks))


def brute_p_value(world: World, supposed: float = 0.0) -> float:
    """Return the p-value by fitting the regression anew for each assignment."""
    rate = world.during.rate - supposed * world.is_treated
    nuisance = np.column_stack([dummies(world.strata), world.before.rate])
    home = {unit: world.strata[world.units == unit][0] for unit in np.unique(world.units)}
    treated = set(np.unique(world.units[world.is_treated]).tolist())

    def strength(chosen: set[int]) -> float:
        fit = fit_coefficient(
            rate,
            np.isin(world.units, list(chosen)).astype(float),
            nuisance,
            cluster=world.units,
            errors="CR1",  # its factor is the same for every assignment
            weights=world.during.weeks,
        )
        return abs(fit.coefficient / fit.standard_error)

    by_stratum = []
    for stratum in (0, 1):
        names = [unit for unit in home if home[unit] == stratum]
        count = len(treated & set(names))
        by_stratum.append(list(itertools.combinations(names, count)))
    assignments = [set(one + other) for one, other in itertools.product(*by_stratum)]
    strengths = np.array([strength(chosen) for chosen in assignments])
    return float((strengths >= strength(treated) * (1 - 1e-9)).mean())


def redrawn(world: World, supposed: float = 0.0, *, redraw: Redraw = EVERY) -> Redrawn:
    return redraw_assignment(
        world.during.rate - supposed * world.is_treated,
        world.is_treated,
        np.column_stack([dummies(world.strata), world.before.rate]),
        units=world.units,
        strata=world.strata,
        weights=world.during.weeks,
        seed=3,
        redraw=redraw,
    )


@pytest.mark.parametrize("seed", range(3))
def test_p_value_of_few_units_is_that_of_every_assignment(seed: int) -> None:
    # Two strata of five firms, three of five treated: 100 assignments.
    world = uneven(seed, firm_count=10, lift=0.3)
    found = redrawn(world)
    assert found.tops.shape[0] == 100
    assert found.p_value() == pytest.approx(brute_p_value(world), abs=1e-12)


def test_p_value_by_draws_is_near_that_of_every_assignment() -> None:
    world = uneven(4, firm_count=12, lift=0.2)  # 2 strata, 4 of 6: 225 assignments
    exact = redrawn(world).p_value()
    drawn = redrawn(world, redraw=Redraw(draw_count=224)).p_value()
    assert redrawn(world, redraw=Redraw(draw_count=225)).p_value() == exact
    # 224 draws: three standard errors of a share.
    assert drawn == pytest.approx(exact, abs=3 * (exact * (1 - exact) / 224) ** 0.5)


def test_p_value_is_never_zero_because_what_was_drawn_counts_too() -> None:
    world = make_world(5, firm_count=40, lift=5.0)
    assert compare(world, Redraw(draw_count=99)).p_value == pytest.approx(1 / 100)
    assert compare(world).p_value == pytest.approx(1 / 10_000)


def test_no_redraw_asked_for_gives_no_p_value() -> None:
    world = make_world(5, firm_count=20)
    bare = compare(world, None)
    assert bare.p_value is None
    assert attrs.evolve(compare(world), p_value=None) == bare


def test_more_than_200_units_are_redrawn_only_for_an_interval() -> None:
    world = make_world(5, firm_count=210, firm_size=1)
    assert compare(world).p_value is None
    assert compare(world, Redraw(draw_count=199, has_interval=True)).p_value is not None


@pytest.mark.parametrize("redraw", [EVERY, Redraw(draw_count=500, has_interval=True)])
def test_order_of_rows_and_names_are_irrelevant_to_the_last_digit(redraw: Redraw) -> None:
    world = uneven(6, firm_count=24, lift=0.2)
    draw = np.random.default_rng(0)
    order, names = draw.permutation(world.units.size), draw.permutation(24)
    other = World(
        before=world.before.only(order),
        during=world.during.only(order),
        is_treated=world.is_treated[order],
        units=names[world.units][order],
        strata=1 - world.strata[order],
    )
    one, two = compare(world, redraw), compare(other, redraw)
    assert one.p_value == two.p_value
    assert (one.low, one.high) == pytest.approx((two.low, two.high), rel=1e-9)


def test_interval_by_redrawing_ends_where_the_test_begins_to_reject() -> None:
    world = uneven(7, firm_count=14, lift=0.3)  # 2 strata, 4 of 7: 1,225 assignments
    found = compare(world, Redraw(has_interval=True))
    assert found.method.endswith("interval by re-drawing")
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.value < found.high
    for end, out in ((found.low, -1.0), (found.high, 1.0)):
        step = out * 1e-6 * (found.high - found.low)
        assert redrawn(world, end - step).p_value() > 0.05
        assert redrawn(world, end + step).p_value() <= 0.05


def test_supposed_lift_is_tested_as_if_it_were_subtracted() -> None:
    world = uneven(8, firm_count=10, lift=0.3)
    whole = redrawn(world, redraw=Redraw(has_interval=True))
    for supposed in (-0.4, 0.1, 0.7):
        assert whole.p_value(supposed) == pytest.approx(
            brute_p_value(world, supposed), abs=1e-12
        )


def test_too_few_assignments_reject_nothing_and_say_so() -> None:
    world = make_world(9, firm_count=8, lift=2.0, treated_share=0.5)
    world = attrs.evolve(world, strata=world.strata * 0)
    few = attrs.evolve(
        world, units=world.units // 2, is_treated=(world.units // 2) % 2 == 0
    )
    found = compare(few, Redraw(has_interval=True))  # 2 of 4 units: 6 assignments
    assert (found.low, found.high, found.shape) == (None, None, "everything")
    assert found.warnings[-1].code == "unbounded"
    assert "6 ways" in found.warnings[-1].sentence


def test_units_with_payees_on_both_sides_are_not_redrawn_and_say_so() -> None:
    world = make_world(10, by_firm=False, firm_count=20)
    firms = attrs.evolve(world, units=np.repeat(np.arange(20), 4))
    found = compare(firms)
    assert found.p_value is None
    assert "mixed_units" in {caution.code for caution in found.warnings}
    with pytest.raises(MeasureError, match="assigned whole"):
        compare(firms, Redraw(has_interval=True))


def test_progress_is_told_until_all_is_done() -> None:
    told: list[tuple[int, int]] = []

    def note(done: int, count: int) -> None:
        told.append((done, count))

    compare(make_world(11, firm_count=200), Redraw(progress=note))
    assert told == sorted(told)
    assert len(told) > 5
    assert told[-1] == (10_000, 10_000)


def test_memory_stays_far_below_that_of_all_draws_at_once() -> None:
    draw = np.random.default_rng(0)
    size = 200
    tracemalloc.start()
    holdout_comparison(
        Sums(total=draw.normal(size=size) + 10, weeks=np.ones(size)),
        np.arange(size) % 2 == 0,
        units=np.arange(size),
        before=Sums(total=draw.normal(size=size), weeks=np.ones(size)),
    )
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50e6  # 9,999 draws of 200 units at once would be 16 MB an array


SHAPES = {
    # Eight firms, four treated, no strata: 70 assignments, so 4 of 70 are rejected at most.
    "eight firms": {"firm_count": 8, "treated_share": 0.5},
    "twelve firms": {"firm_count": 12, "treated_share": 0.5},
    "thirty single payees": {"firm_count": 30, "firm_size": 1},
}


def rejected_share(shape: dict[str, float], worlds: int, draw_count: int) -> float:
    redraw = Redraw(draw_count=draw_count)
    found = []
    for seed in range(worlds):
        world = make_world(seed, **shape)
        if shape["firm_count"] == 8:
            world = attrs.evolve(world, strata=world.strata * 0)
        found.append((compare(world, redraw).p_value or 0.0) <= 0.05)
    return float(np.mean(found))


@pytest.mark.parametrize("name", SHAPES)
def test_true_null_is_rejected_in_at_most_6_of_100_worlds(name: str) -> None:
    # 300 worlds: the standard error of .05 is .0126, so .06 plus one and a half of them.
    assert rejected_share(SHAPES[name], 300, 399) <= 0.06 + 0.0189


@pytest.mark.slow
@pytest.mark.parametrize("name", SHAPES)
def test_true_null_is_rejected_in_at_most_6_of_100_of_many_worlds(name: str) -> None:
    assert rejected_share(SHAPES[name], 4_000, 999) <= 0.06  # .05 and three errors of .0034


def test_plain_cluster_errors_with_normal_quantiles_reject_too_often() -> None:
    rejected = []
    for seed in range(1_000):
        world = make_world(seed, firm_count=10)
        found = holdout_comparison(
            world.during,
            world.is_treated,
            units=world.units,
            errors="CR1",
            redraw=None,
        )
        rejected.append(abs(found.value) > 1.96 * (found.standard_error or 0.0))
    # The control that must fail: this world is one in which few firms do harm.
    assert np.mean(rejected) > 0.065


@pytest.mark.slow
def test_interval_by_redrawing_covers_the_truth() -> None:
    held = []
    for seed in range(1_000):
        found = compare(
            make_world(seed, firm_count=12, lift=0.2),
            Redraw(draw_count=999, has_interval=True),
        )
        held.append((found.low or -np.inf) <= 0.2 <= (found.high or np.inf))
    # The planted lift is not the same for everyone, so the test is not exact: 1,000 worlds,
    # three standard errors of .0069 below .95.
    assert np.mean(held) >= 0.95 - 0.021
