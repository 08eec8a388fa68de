"""Do the bounds hold the lift when the program itself decided who was left to compare?"""

from __future__ import annotations

import attrs
import numpy as np
import pytest
from scipy import stats

from openspiff.measure import MeasureError, Sums
from openspiff.measure._attrition import (
    EffectBounds,
    attrition_bounds,
    worst_case_bounds,
)


@attrs.frozen(kw_only=True)
class Leavers:
    """Payees (n) of whom some left, and the flags of those who would stay either way."""

    during: Sums
    is_treated: np.ndarray
    is_stayer: np.ndarray
    units: np.ndarray
    strata: np.ndarray


def make_leavers(
    seed: int,
    *,
    count: int = 600,
    lift: float = 0.5,
    leaves: float = 0.1,
    tempted: float = 0.1,
    is_discrete: bool = False,
) -> Leavers:
    """Draw payees of whom a share leaves, and a share leaves only when held out.

    Those whom the program keeps sell least, so that comparing stayers understates: the
    truth lies at the upper bound.
    """
    draw = np.random.default_rng(seed)
    talent = draw.gamma(4.0, 0.5, count)
    rate = draw.poisson(talent * 2) / 2.0 if is_discrete else talent
    is_treated = np.zeros(count, dtype=bool)
    is_treated[draw.permutation(count)[: count // 2]] = True
    gone = draw.random(count) < leaves
    kept_by_it = ~gone & (talent <= stats.gamma(4.0, scale=0.5).ppf(tempted))
    is_stayer = ~gone & (is_treated | ~kept_by_it)
    return Leavers(
        during=Sums(total=8 * (rate + lift * is_treated), weeks=np.full(count, 8.0)),
        is_treated=is_treated,
        is_stayer=is_stayer,
        units=np.arange(count),
        strata=np.arange(count) % 2,
    )


def trim(world: Leavers, **changes: object) -> EffectBounds:
    whole = {**attrs.asdict(world, recurse=False), **changes}
    return attrition_bounds(
        whole["during"],
        whole["is_treated"],
        whole["is_stayer"],
        units=whole["units"],
        strata=whole["strata"],
    )


def by_hand(stayed_treated: int, stayed_held: int) -> EffectBounds:
    """Return the bounds for ten payees a side with rates 1..10 and 2, 4, .. 20."""
    rate = np.concatenate([np.arange(2.0, 21, 2), np.arange(1.0, 11)])
    is_treated = np.arange(20) < 10
    is_stayer = np.ones(20, dtype=bool)
    is_stayer[:10] = np.arange(10) < stayed_treated
    is_stayer[10:] = np.arange(10) < stayed_held
    return attrition_bounds(
        Sums(total=rate * 3, weeks=np.full(20, 3.0)),
        is_treated,
        is_stayer,
        units=np.arange(20),
    )


def test_bounds_are_the_means_trimmed_by_hand() -> None:
    found = by_hand(10, 8)
    held = np.mean(np.arange(1, 9))
    lowest, highest = np.mean(np.arange(2, 17, 2)), np.mean(np.arange(6, 21, 2))
    ends = (found.lower.value, found.upper.value)
    assert ends == pytest.approx((lowest - held, highest - held))
    assert (found.stayed_treated_share, found.stayed_holdout_share) == (1.0, 0.8)


def test_bounds_turn_around_when_the_holdout_kept_more() -> None:
    found = by_hand(8, 10)
    treated = np.mean(np.arange(2, 17, 2))
    lowest, highest = np.mean(np.arange(1, 9)), np.mean(np.arange(3, 11))
    ends = (found.lower.value, found.upper.value)
    assert ends == pytest.approx((treated - highest, treated - lowest))


def test_share_that_falls_within_a_payee_splits_that_payee() -> None:
    # 8 of 9 stayers of 10 have to be kept of 9 of 10 who stayed: 7.0 and 7.5 of ten.
    found = by_hand(9, 8)
    held = np.mean(np.arange(1, 9))
    kept = np.arange(2, 19, 2)
    assert found.lower.value == pytest.approx(kept[:8].mean() - held)
    assert found.upper.value == pytest.approx(kept[1:].mean() - held)


def test_payees_of_one_rate_are_trimmed_without_a_choice() -> None:
    rate = np.concatenate([np.repeat([0.0, 1.0], [4, 6]), np.repeat([0.0, 1.0], [6, 4])])
    is_stayer = np.ones(20, dtype=bool)
    is_stayer[[10, 19]] = False  # 8 of 10 held out stayed: 5 zeros and 3 ones
    found = attrition_bounds(
        Sums(total=rate, weeks=np.ones(20)),
        np.arange(20) < 10,
        is_stayer,
        units=np.arange(20),
    )
    # Of the treated 8 are kept: 4 zeros and 4 ones, or 2 zeros and 6 ones.
    assert found.lower.value == pytest.approx(4 / 8 - 3 / 8)
    assert found.upper.value == pytest.approx(6 / 8 - 3 / 8)


@pytest.mark.parametrize("is_discrete", [False, True])
def test_interval_holds_the_lift_and_errors_are_those_of_the_worlds(
    is_discrete: bool,
) -> None:
    found = [trim(make_leavers(seed, is_discrete=is_discrete)) for seed in range(300)]
    held = [one.low <= 0.5 <= one.high for one in found]
    # 300 worlds: the standard error of .95 is .0126; two and a half of them.
    assert np.mean(held) >= 0.95 - 0.032
    for side in ("lower", "upper"):
        bounds = [getattr(one, side) for one in found]
        ratio = np.mean([one.standard_error for one in bounds]) / np.std(
            [one.value for one in bounds]
        )
        # 300 worlds: a standard deviation is known to 4%; three of them.
        assert ratio == pytest.approx(1.0, abs=0.12)


def test_lift_at_the_edge_is_at_the_upper_bound_and_nowhere_else() -> None:
    found = [trim(make_leavers(seed)) for seed in range(100)]
    spread = np.std([one.upper.value for one in found])
    # 100 worlds: three standard errors of the mean.
    assert np.mean([one.upper.value for one in found]) == pytest.approx(
        0.5, abs=3 * spread / 10
    )
    assert np.mean([one.lower.value for one in found]) < 0.5 - 3 * spread / 10


def test_interval_of_the_lift_is_shorter_than_that_of_both_bounds() -> None:
    found = trim(make_leavers(1))
    assert found.lower.low is not None
    assert found.upper.high is not None
    assert found.lower.low < found.low < found.lower.value
    assert found.upper.value < found.high < found.upper.high


def test_firms_widen_the_errors_of_payees_who_go_together() -> None:
    world = make_leavers(2, count=400)
    firm = np.repeat(np.arange(40), 10)
    side = np.repeat(np.arange(40) % 2 == 0, 10)
    shock = np.random.default_rng(3).normal(5, 1.5, 40)[firm]
    during = attrs.evolve(world.during, total=8 * shock)
    stayer = np.where(side, True, np.arange(400) % 10 > 0)
    changes = {"during": during, "is_treated": side, "is_stayer": stayer}
    alone, together = trim(world, **changes), trim(world, **changes, units=firm)
    assert together.lower.value == pytest.approx(alone.lower.value)
    # Ten payees with one shock are one: the error grows by the root of ten.
    ratio = (together.upper.standard_error or 0) / (alone.upper.standard_error or 1)
    assert ratio == pytest.approx(10**0.5, rel=0.15)  # forty firms: 1 / root(80), and more


def test_strata_with_different_shares_are_made_alike() -> None:
    draw = np.random.default_rng(4)
    strata = np.repeat([0, 1], 500)
    is_treated = np.concatenate([np.arange(500) < 400, np.arange(500) < 100])
    rate = draw.gamma(4.0, 0.5, 1000) + 5.0 * strata
    stayer = is_treated | (draw.random(1000) < 0.95)
    world = Leavers(
        during=Sums(total=rate, weeks=np.ones(1000)),
        is_treated=is_treated,
        is_stayer=stayer,
        units=np.arange(1000),
        strata=strata,
    )
    assert trim(world).low < 0 < trim(world).high
    assert trim(world, strata=None).high < 0  # the mix of strata alone looks like harm


def test_equal_attrition_is_refused_because_the_bounds_collapse() -> None:
    with pytest.raises(MeasureError, match="the bounds collapse") as error:
        by_hand(8, 8)
    assert "plain comparison" in error.value.problems[0].remedy


def test_program_that_kept_some_and_drove_out_others_is_refused() -> None:
    draw = np.random.default_rng(5)
    strata = np.arange(800) % 2
    is_treated = draw.permutation(800) < 400
    leaves = np.where(is_treated == (strata == 1), 0.4, 0.05)
    world = attrs.evolve(
        make_leavers(5, count=800),
        is_treated=is_treated,
        is_stayer=draw.random(800) > leaves,
        strata=strata,
    )
    with pytest.raises(MeasureError, match="made some payees stay and others leave"):
        trim(world)
    assert trim(world, strata=None)  # without strata nothing refuses it


def test_side_that_all_left_is_refused() -> None:
    world = make_leavers(6)
    with pytest.raises(MeasureError, match="stayers of both sides"):
        trim(world, is_stayer=world.is_stayer & world.is_treated)


def test_stratum_of_one_side_is_refused() -> None:
    world = make_leavers(6)
    with pytest.raises(MeasureError, match="treated or held-out payees only"):
        trim(world, strata=world.is_treated.astype(int))


def test_order_of_rows_and_names_are_irrelevant() -> None:
    world = make_leavers(7)
    order = np.random.default_rng(0).permutation(600)
    moved = Leavers(
        during=world.during.only(order),
        is_treated=world.is_treated[order],
        is_stayer=world.is_stayer[order],
        units=1000 - world.units[order],
        strata=1 - world.strata[order],
    )
    one, two = trim(world), trim(moved)
    assert (one.low, one.high) == pytest.approx((two.low, two.high))


def worst(world: Leavers, lowest: float = 0.0, highest: float = 20.0) -> EffectBounds:
    return worst_case_bounds(
        world.during,
        world.is_treated,
        world.is_stayer,
        units=world.units,
        lowest=lowest,
        highest=highest,
    )


def test_worst_case_bounds_fill_in_the_ends() -> None:
    rate = np.concatenate([np.arange(2.0, 21, 2), np.arange(1.0, 11)])
    is_stayer = np.ones(20, dtype=bool)
    is_stayer[[0, 10]] = False  # the treated with 2 and the held out with 1
    found = worst_case_bounds(
        Sums(total=rate, weeks=np.ones(20)),
        np.arange(20) < 10,
        is_stayer,
        units=np.arange(20),
        lowest=0.0,
        highest=30.0,
    )
    treated, held = rate[1:10].sum(), rate[11:].sum()
    assert found.lower.value == pytest.approx((treated + 0 - held - 30) / 10)
    assert found.upper.value == pytest.approx((treated + 30 - held - 0) / 10)


def test_worst_case_bounds_are_wider_than_trimming_and_hold_the_lift() -> None:
    for seed in range(5):
        world = make_leavers(seed)
        wide, narrow = worst(world), trim(world)
        assert wide.lower.value < narrow.lower.value
        assert wide.upper.value > narrow.upper.value
        assert wide.low < 0.5 < wide.high


@pytest.mark.parametrize(("lowest", "highest"), [(0.0, 2.0), (1.0, 20.0), (5.0, 5.0)])
def test_ends_that_do_not_hold_every_rate_are_refused(
    lowest: float, highest: float
) -> None:
    with pytest.raises(MeasureError, match="ends do not hold every rate"):
        worst(make_leavers(8), lowest, highest)


def test_nobody_gone_leaves_nothing_to_bound() -> None:
    world = attrs.evolve(make_leavers(8), is_stayer=np.ones(600, dtype=bool))
    with pytest.raises(MeasureError, match="nobody left"):
        worst(world)
