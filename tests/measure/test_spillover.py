"""Is it seen when payees held out gain or lose by what their colleagues do?"""

from __future__ import annotations

import attrs
import numpy as np
import pytest
from measure_worlds import World, make_world

from openspiff.measure import Estimate, MeasureError
from openspiff.measure._spillover import shared_customers, spillover


def mixed(seed: int, *, slope: float = 0.0, firm_count: int = 30) -> World:
    """Return firms of eight with one to seven treated; the held out move by `slope`."""
    world = make_world(seed, firm_count=firm_count, firm_size=8, by_firm=False)
    draw = np.random.default_rng(seed)
    treated = np.concatenate(
        [draw.permutation(8) < draw.integers(1, 8) for _ in range(firm_count)]
    )
    firm = np.repeat(np.arange(firm_count), 8)
    share = (np.bincount(firm, weights=treated)[firm] - treated) / 7
    moved = world.during.total + slope * share * ~treated * world.during.weeks
    during = attrs.evolve(world.during, total=moved)
    return attrs.evolve(world, during=during, is_treated=treated, units=firm)


def look(world: World) -> Estimate:
    return spillover(world.during, world.before, world.is_treated, firms=world.units)


def test_planted_spillover_is_recovered_and_said() -> None:
    found = [look(mixed(seed, slope=-1.5)) for seed in range(60)]
    spread = np.std([one.value for one in found])
    # 60 worlds: three standard errors of the mean.
    mean = np.mean([one.value for one in found])
    assert mean == pytest.approx(-1.5, abs=3 * spread / 60**0.5)
    said = [one for one in found if one.warnings]
    assert len(said) > 40
    assert all(one.excludes_zero for one in said if one.warnings[-1].code == "spillover")
    assert "sold less" in said[0].warnings[-1].sentence
    assert "overstates the lift" in said[0].warnings[-1].sentence


def test_gain_of_the_held_out_is_said_to_hide_lift() -> None:
    found = look(mixed(1, slope=2.0))
    assert found.warnings[-1].code == "spillover"
    assert "understates the lift" in found.warnings[-1].sentence


def test_no_spillover_is_rejected_as_seldom_as_it_should() -> None:
    found = [look(mixed(seed)) for seed in range(300)]
    # 300 worlds: the standard error of .05 is .0126; two and a half of them.
    assert np.mean([one.excludes_zero for one in found]) == pytest.approx(0.05, abs=0.032)
    assert all(one.excludes_zero == bool(one.warnings) for one in found)


def test_treated_and_unmixed_firms_play_no_part() -> None:
    world = mixed(2)
    whole = look(world)
    loud = world.during.total + 100.0 * world.is_treated
    assert look(attrs.evolve(world, during=attrs.evolve(world.during, total=loud))) == whole
    alone = mixed(2, firm_count=32)
    is_treated = np.where(alone.units >= 30, False, alone.is_treated)
    kept = alone.units < 30
    trimmed = World(
        before=alone.before.only(kept),
        during=alone.during.only(kept),
        is_treated=alone.is_treated[kept],
        units=alone.units[kept],
        strata=alone.strata[kept],
    )
    assert look(attrs.evolve(alone, is_treated=is_treated)) == look(trimmed)


def test_order_of_rows_and_names_of_firms_are_irrelevant() -> None:
    world = mixed(3)
    order = np.random.default_rng(0).permutation(world.units.size)
    moved = World(
        before=world.before.only(order),
        during=world.during.only(order),
        is_treated=world.is_treated[order],
        units=99 - world.units[order],
        strata=world.strata[order],
    )
    one, two = look(world), look(moved)
    assert (one.value, one.low, one.high) == pytest.approx((two.value, two.low, two.high))


def test_whole_firms_drawn_leave_nothing_to_compare() -> None:
    world = make_world(4)
    with pytest.raises(MeasureError, match="too few firms have both") as error:
        look(world)
    assert error.value.problems[0].remedy


def test_same_share_treated_everywhere_is_refused() -> None:
    world = mixed(5)
    same = attrs.evolve(world, is_treated=np.arange(240) % 8 < 3)
    with pytest.raises(MeasureError, match="never varies"):
        look(same)


def test_customers_of_both_sides_are_counted() -> None:
    customers = np.array(["a", "a", "b", "b", "c", "d", "d", "d"])
    is_treated = np.array([1, 0, 1, 1, 0, 0, 0, 1], dtype=bool)
    found = shared_customers(customers, is_treated)
    assert (found.is_ok, found.value) == (False, 0.5)
    assert found.sentence.startswith("2 of 4 customers")
    apart = shared_customers(customers, np.isin(customers, ["a", "c"]))
    assert (apart.is_ok, apart.value) == (True, 0.0)


def test_no_events_are_no_answer_about_customers() -> None:
    with pytest.raises(MeasureError, match="no events"):
        shared_customers(np.array([]), np.array([], dtype=bool))
