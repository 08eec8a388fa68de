"""Is the difference between the customers of a window and the others told honestly?"""

from __future__ import annotations

from collections.abc import Callable

import attrs
import numpy as np
import pytest

from openspiff.value import (
    CohortDifference,
    Sales,
    WorthError,
    discounted_margins,
    early_churn_difference,
    lifetime_value_difference,
)

LIFT = 200.0


@attrs.frozen(kw_only=True)
class World:
    """Customers of payees who share a talent for finding good ones."""

    sales: Sales
    margin: np.ndarray
    left_after: np.ndarray


def make_world(
    seed: int, *, payee_count: int = 60, by_payee: bool = False, lift: float = LIFT
) -> World:
    """Draw about 9 customers a payee; inside is by chance, or half of the payees."""
    draw = np.random.default_rng(seed)
    payee = np.repeat(np.arange(payee_count), 1 + draw.poisson(8, payee_count))
    inside = payee % 2 == 0 if by_payee else draw.random(payee.size) < 0.4
    talent = draw.normal(0, 0.4, payee_count)[payee]
    margin = draw.gamma(0.7, 1500, payee.size) * np.exp(talent) + lift * inside
    leaves = draw.random(payee.size) < 0.15 + 0.05 * (lift > 0) * inside
    left_after = np.where(leaves, draw.uniform(0, 90, payee.size), np.inf)
    days = draw.uniform(365, 700, payee.size)
    sales = Sales(payee=payee, is_inside=inside, observed_days=days)
    return World(sales=sales, margin=margin, left_after=left_after)


def by_value(world: World, seed: int = 0, draw_count: int = 299) -> CohortDifference:
    return lifetime_value_difference(
        world.sales, world.margin, horizon_days=365, seed=seed, draw_count=draw_count
    )


def by_churn(world: World, seed: int = 0, draw_count: int = 299) -> CohortDifference:
    return early_churn_difference(
        world.sales, world.left_after, within_days=90, seed=seed, draw_count=draw_count
    )


Compare = Callable[..., CohortDifference]
every_comparison = pytest.mark.parametrize("compare", [by_value, by_churn])


def only(world: World, kept: np.ndarray) -> World:
    sales = world.sales
    return World(
        sales=Sales(
            payee=sales.payee[kept],
            is_inside=sales.is_inside[kept],
            observed_days=sales.observed_days[kept],
        ),
        margin=world.margin[kept],
        left_after=world.left_after[kept],
    )


@every_comparison
def test_difference_is_that_of_the_means(compare: Compare) -> None:
    world = make_world(1)
    value = world.margin if compare is by_value else (world.left_after < 90) * 1.0
    inside = world.sales.is_inside
    found = compare(world)
    assert found.inside_mean == pytest.approx(value[inside].mean())
    assert found.outside_mean == pytest.approx(value[~inside].mean())
    assert found.value == pytest.approx(value[inside].mean() - value[~inside].mean())
    assert (found.inside_count, found.outside_count) == (inside.sum(), (~inside).sum())
    assert found.payee_count == 60
    assert found.low < found.value < found.high
    assert found.percentile_low < found.value < found.percentile_high


@every_comparison
@pytest.mark.parametrize("by_payee", [False, True])
def test_intervals_hold_the_truth(compare: Compare, by_payee: bool) -> None:
    truth = LIFT if compare is by_value else 0.05
    found = [compare(make_world(seed, by_payee=by_payee), seed) for seed in range(200)]
    held = np.mean([one.low <= truth <= one.high for one in found])
    # Three Monte-Carlo errors of 95% in 200, and one point for margins that are skewed.
    assert held > 0.95 - 3 * 0.0154 - 0.01
    wide = np.mean([one.percentile_low <= truth <= one.percentile_high for one in found])
    assert wide > 0.95 - 3 * 0.0154 - 0.02  # the percentile interval is known to be short
    ratio = np.mean([one.standard_error for one in found]) / np.std(
        [o.value for o in found]
    )
    assert ratio == pytest.approx(1.0, abs=0.15)  # three errors of a deviation of 200


@pytest.mark.slow
@every_comparison
@pytest.mark.parametrize("by_payee", [False, True])
def test_intervals_of_many_worlds_hold_the_truth(compare: Compare, by_payee: bool) -> None:
    truth = LIFT if compare is by_value else 0.05
    found = [compare(make_world(seed, by_payee=by_payee), seed) for seed in range(1000)]
    held = np.mean([one.low <= truth <= one.high for one in found])
    # Three Monte-Carlo errors of 95% in 1,000, and one point for margins that are skewed.
    assert 0.95 - 3 * 0.0069 - 0.01 < held < 0.95 + 3 * 0.0069


def test_customers_of_one_payee_are_not_taken_for_independent() -> None:
    # Ten times the same customers of the same payees is no news.
    world = make_world(2)
    tenfold = only(world, np.repeat(np.arange(world.margin.size), 10))
    one, other = by_value(world), by_value(tenfold)
    assert other.standard_error == pytest.approx(one.standard_error, rel=1e-9)
    assert other.low == pytest.approx(one.low, rel=1e-9)


@every_comparison
def test_order_of_rows_and_names_of_payees_are_irrelevant(compare: Compare) -> None:
    world = make_world(3)
    order = np.random.default_rng(0).permutation(world.margin.size)
    names = np.array(
        [f"payee {number}" for number in np.random.default_rng(1).permutation(60)]
    )
    turned = only(world, order)
    renamed = attrs.evolve(
        turned, sales=attrs.evolve(turned.sales, payee=names[turned.sales.payee])
    )
    assert compare(renamed, 5) == compare(world, 5)


@every_comparison
def test_same_seed_gives_the_same_and_another_seed_the_same_difference(
    compare: Compare,
) -> None:
    world = make_world(4)
    before = world.margin.copy()
    assert compare(world, 7) == compare(world, 7)
    one, other = compare(world, 7), compare(world, 8)
    assert (one.value, one.standard_error) == (other.value, other.standard_error)
    assert one.low != other.low
    np.testing.assert_array_equal(world.margin, before)


@every_comparison
def test_customers_who_are_too_new_are_left_out_whatever_they_did(compare: Compare) -> None:
    world = make_world(5)
    new = np.arange(world.margin.size) % 7 == 0
    days = np.where(new, 30.0, world.sales.observed_days)
    mixed = attrs.evolve(
        world,
        sales=attrs.evolve(world.sales, observed_days=days),
        left_after=np.where(new, 10.0, world.left_after),
        margin=np.where(new, -1e6, world.margin),
    )
    found, expected = compare(mixed), compare(only(world, ~new))
    assert found.value == expected.value
    assert [one.code for one in found.warnings] == ["still_maturing"]
    assert str(int(new.sum())) in found.warnings[0].sentence
    assert expected.warnings == ()


@every_comparison
def test_few_payees_are_said_and_fewer_are_refused(compare: Compare) -> None:
    world = make_world(6)
    few = compare(only(world, world.sales.payee < 20))
    assert "few_payees" in {one.code for one in few.warnings}
    with pytest.raises(WorthError) as error:
        compare(only(world, world.sales.payee < 4))
    assert {problem.place for problem in error.value.problems} == {"inside", "outside"}
    assert all(problem.remedy for problem in error.value.problems)


def test_side_on_which_nothing_varies_is_refused() -> None:
    world = make_world(7)
    inside = world.sales.is_inside
    flat = attrs.evolve(
        world,
        margin=np.where(inside, 500.0, world.margin),
        left_after=np.where(inside, np.inf, world.left_after),
    )
    for compare in (by_value, by_churn):
        with pytest.raises(WorthError, match="cannot be compared") as error:
            compare(flat)
        assert [problem.place for problem in error.value.problems] == ["inside"]


def test_share_that_rests_on_few_leavers_is_said() -> None:
    world = make_world(8)
    left = np.full(world.margin.size, np.inf)
    for side in (world.sales.is_inside, ~world.sales.is_inside):
        left[np.flatnonzero(side)[::70]] = 5.0
    found = by_churn(attrs.evolve(world, left_after=left))
    assert "few_leavers" in {one.code for one in found.warnings}


def test_margins_are_added_up_to_the_horizon_as_of_the_sale() -> None:
    found = discounted_margins(
        np.array([0, 0, 2, 2]),
        np.array([100.0, 110.0, 50.0, -20.0]),
        np.array([0.0, 365.0, 10.0, 400.0]),
        sale_count=3,
        horizon_days=400,
        discount_ppm=100_000,
    )
    # 110 a year later is worth 100; day 400 is beyond; the second customer brought nothing.
    assert found == pytest.approx([200.0, 0.0, 50 * 1.1 ** (-10 / 365)])


@pytest.mark.parametrize(
    ("sale", "days"), [([0, 3], [1.0, 1.0]), ([-1, 0], [1.0, 1.0]), ([0, 1], [-1.0, 1.0])]
)
def test_margin_of_nobody_or_before_the_sale_is_refused(
    sale: list[int], days: list[float]
) -> None:
    with pytest.raises(WorthError) as error:
        discounted_margins(
            np.array(sale), np.ones(2), np.array(days), sale_count=3, horizon_days=9
        )
    assert error.value.problems[0].remedy


def test_sales_and_leaving_that_cannot_be_are_refused() -> None:
    world = make_world(9)
    sales = world.sales
    wrong_left = world.left_after.copy()
    wrong_left[3] = np.nan
    for wrong in (
        lambda: attrs.evolve(sales, observed_days=-sales.observed_days),
        lambda: attrs.evolve(sales, is_inside=sales.is_inside * 1),
        lambda: attrs.evolve(sales, payee=sales.payee[1:]),
        lambda: by_churn(attrs.evolve(world, left_after=wrong_left)),
        lambda: by_churn(attrs.evolve(world, left_after=-world.left_after)),
        lambda: by_value(attrs.evolve(world, margin=world.margin[1:])),
        lambda: lifetime_value_difference(sales, world.margin, horizon_days=0, seed=1),
    ):
        with pytest.raises(WorthError) as error:
            wrong()
        assert all(problem.remedy for problem in error.value.problems)
