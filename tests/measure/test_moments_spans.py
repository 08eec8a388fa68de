"""Do comparisons of two sides from moments equal those made of the payees?"""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np
import pytest
from cohort_worlds import Panel, make_panel

from openspiff.measure import (
    Estimate,
    MeasureError,
    Sums,
    difference_in_differences,
    holdout_comparison,
)
from openspiff.measure._cohorts import (
    Sides,
    Timeline,
    difference_effect,
    holdout_effect,
    timeline_effects,
)
from openspiff.measure._least_squares import Errors
from openspiff.measure._moments import NEVER, Moments, merged

# Both add the same sales in another order; the normal equations lose a few digits more.
EXACT = 1e-9


def drawn(seed: int, *, count: int = 160, firm_count: int = 60, **world: bool) -> Panel:
    """Return a panel whose side was drawn by chance, within strata."""
    return make_panel(seed, count=count, firm_count=firm_count, firsts=(NEVER, 4), **world)


def drawn_by_firm(seed: int, **world: int) -> Panel:
    panel = make_panel(seed, lift=0.0, **world)
    codes = np.unique(panel.firms, return_inverse=True)[1]
    held = codes % 3 == 0
    return attrs.evolve(
        panel,
        first_no=np.where(held, NEVER, 4),
        side=np.where(held, "held_out", "treated"),
        strata=np.array(["east", "west"])[codes % 2],
    )


def sums(panel: Panel, periods: Sequence[int]) -> Sums:
    active = panel.is_active[:, periods].astype(float)
    return Sums(
        total=(panel.y[:, periods, 0] * active).sum(axis=1), weeks=active.sum(axis=1)
    )


def focal(panel: Panel) -> Moments:
    return panel.moments().outcome("focal")


def numbers(estimate: Estimate) -> tuple[float | None, ...]:
    return (
        estimate.value,
        estimate.standard_error,
        estimate.low,
        estimate.high,
        estimate.degrees_of_freedom,
        estimate.cluster_count,
        estimate.unit_count,
    )


DURING, BEFORE = (4, 5, 6), (0, 1, 2)


@pytest.mark.parametrize("errors", ["classical", "CR1", "CR2", None])
@pytest.mark.parametrize("is_uneven", [True, False])
@pytest.mark.parametrize("count", [30, 160])
def test_holdout_equals_the_comparison_of_payees(
    errors: str | None, is_uneven: bool, count: int
) -> None:
    panel = drawn(1, count=count, is_uneven=is_uneven)
    # Where firms are single payees the sums by firm hold every payee: all is exact.
    found = holdout_effect(
        focal(attrs.evolve(panel, firms=panel.payees)),
        DURING,
        before=[BEFORE],
        clusters="firm",
        errors=errors,  # type: ignore[arg-type]
    )
    wanted = holdout_comparison(
        sums(panel, DURING),
        panel.side == "treated",
        units=np.arange(count),
        strata=np.unique(panel.strata, return_inverse=True)[1],
        before=sums(panel, BEFORE),
        errors=errors,  # type: ignore[arg-type]
    )
    assert numbers(found) == pytest.approx(numbers(wanted), rel=EXACT)
    assert not found.warnings


@pytest.mark.parametrize("errors", ["classical", "CR1", "CR2"])
@pytest.mark.parametrize("is_uneven", [True, False])
def test_holdout_without_earlier_periods_equals_it_from_cohorts_alone(
    errors: str, is_uneven: bool
) -> None:
    panel = drawn(2, is_uneven=is_uneven)
    found = holdout_effect(focal(panel), DURING, errors=errors)  # type: ignore[arg-type]
    wanted = holdout_comparison(
        sums(panel, DURING),
        panel.side == "treated",
        units=np.arange(160),
        strata=np.unique(panel.strata, return_inverse=True)[1],
        errors=errors,  # type: ignore[arg-type]
    )
    assert numbers(found) == pytest.approx(numbers(wanted), rel=EXACT)


@pytest.mark.parametrize("errors", ["CR1", "CR2"])
@pytest.mark.parametrize("count", [60, 1000])
def test_error_from_cohorts_alone_is_near_that_of_the_payees(
    count: int, errors: Errors
) -> None:
    apart, values = [], []
    for seed in range(10):
        panel = drawn(seed, count=count, is_uneven=False)
        found = holdout_effect(focal(panel), DURING, before=[BEFORE], errors=errors)
        wanted = holdout_comparison(
            sums(panel, DURING),
            panel.side == "treated",
            units=np.arange(count),
            strata=np.unique(panel.strata, return_inverse=True)[1],
            before=sums(panel, BEFORE),
            errors=errors,
        )
        assert [caution.code for caution in found.warnings] == ["error_from_sums"]
        values.append(abs(found.value - wanted.value))
        apart.append((found.standard_error or 0) / (wanted.standard_error or 1) - 1)
    assert max(values) < 1e-9
    # What the moments leave out is third moments times the imbalance that chance left
    # between the sides: of the order of 1 / root n, and as often too large as too small.
    assert np.abs(apart).max() < 0.5 / count**0.5
    assert abs(np.mean(apart)) < 0.25 / count**0.5


@pytest.mark.parametrize("errors", ["CR1", "CR2"])
@pytest.mark.parametrize("firm_count", [12, 60])
def test_holdout_by_firm_without_earlier_periods_equals_the_payees(
    errors: str, firm_count: int
) -> None:
    panel = drawn_by_firm(3, firm_count=firm_count)
    found = holdout_effect(focal(panel), DURING, clusters="firm", errors=errors)  # type: ignore[arg-type]
    codes = np.unique(panel.firms, return_inverse=True)[1]
    wanted = holdout_comparison(
        sums(panel, DURING),
        panel.side == "treated",
        units=codes,
        strata=np.unique(panel.strata, return_inverse=True)[1],
        errors=errors,  # type: ignore[arg-type]
    )
    assert numbers(found) == pytest.approx(numbers(wanted), rel=EXACT)


def test_holdout_by_firm_with_earlier_periods_is_close_to_the_payees() -> None:
    apart = []
    for seed in range(10):
        panel = drawn_by_firm(seed, firm_count=24)
        moments = focal(panel)
        found = holdout_effect(moments, DURING, before=[BEFORE], clusters="firm")
        wanted = holdout_comparison(
            sums(panel, DURING),
            panel.side == "treated",
            units=np.unique(panel.firms, return_inverse=True)[1],
            strata=np.unique(panel.strata, return_inverse=True)[1],
            before=sums(panel, BEFORE),
        )
        assert found.value == pytest.approx(wanted.value, abs=EXACT)
        assert [caution.code for caution in found.warnings] == ["error_from_sums"]
        apart.append((found.standard_error or 0) / (wanted.standard_error or 1) - 1)
    # What sums by firm leave out is of the order of the imbalance between the sides.
    assert np.abs(apart).max() < 0.05


def test_each_earlier_week_may_adjust_by_itself() -> None:
    panel = drawn(4, is_uneven=False)
    found = holdout_effect(
        focal(panel), DURING, before=[[0], [1], [2], [3]], errors="classical"
    )
    treated = (panel.side == "treated").astype(float)
    east = (panel.strata == "east").astype(float)
    x = np.column_stack([treated, east, 1 - east, panel.y[:, :4, 0]])
    y = panel.y[:, DURING, 0].mean(axis=1)
    beta = np.linalg.lstsq(x, y)[0]
    residual = y - x @ beta
    variance = residual @ residual / (y.size - x.shape[1]) * np.linalg.inv(x.T @ x)[0, 0]
    wanted = (beta[0], variance**0.5)
    assert (found.value, found.standard_error) == pytest.approx(wanted, rel=EXACT)
    bare = holdout_effect(focal(panel), DURING)
    assert (found.standard_error or 0) < (bare.standard_error or 0)


@pytest.mark.parametrize("firm_count", [12, 60])
@pytest.mark.parametrize("is_uneven", [True, False])
def test_differences_equal_those_of_the_payees(firm_count: int, is_uneven: bool) -> None:
    panel = drawn(5, firm_count=firm_count, is_uneven=is_uneven)
    found = difference_effect(
        focal(panel), DURING, baseline=BEFORE, sides=Sides(other="held_out")
    )
    wanted = difference_in_differences(
        sums(panel, DURING),
        sums(panel, BEFORE),
        panel.side == "treated",
        firms=np.unique(panel.firms, return_inverse=True)[1],
    )
    assert numbers(found) == pytest.approx(numbers(wanted), rel=EXACT)


def test_order_names_and_merging_change_nothing() -> None:
    panel = drawn(6)
    order = np.random.default_rng(0).permutation(160)
    codes = np.unique(panel.firms, return_inverse=True)[1]
    renamed = attrs.evolve(panel, firms=np.random.default_rng(1).permutation(60)[codes])
    half = np.random.default_rng(2).random(160) < 0.5
    versions = [
        panel.at(order).moments(),
        renamed.moments(),
        merged(panel.at(half).moments(), panel.at(~half).moments()),
    ]
    for version in versions:
        found = holdout_effect(
            version.outcome("focal"), DURING, before=[BEFORE], clusters="firm"
        )
        wanted = holdout_effect(focal(panel), DURING, before=[BEFORE], clusters="firm")
        assert numbers(found) == pytest.approx(numbers(wanted), rel=EXACT)


def test_parts_of_the_timeline_add_up_to_net() -> None:
    panel = drawn(7, is_uneven=False)
    timeline = Timeline(announcement=(3,), window=(4, 5), horizon=(6, 7))

    def by_difference(periods: Sequence[int], count: int, name: str) -> Estimate:
        return difference_effect(
            focal(panel),
            periods,
            baseline=BEFORE,
            window_count=count,
            sides=Sides(other="held_out"),
            name=name,
        )

    found = {one.name: one.value for one in timeline_effects(timeline, by_difference)}
    assert list(found) == ["gross", "hold-back", "dip", "net"]
    # The same sums in another order.
    assert found["gross"] + found["hold-back"] + found["dip"] == pytest.approx(
        found["net"], abs=1e-9
    )


def test_timeline_without_a_window_is_refused() -> None:
    with pytest.raises(MeasureError, match="a path needs a window"):
        Timeline(announcement=(3,), window=(), horizon=(6,))


def test_difference_in_level_alone_is_no_net_effect() -> None:
    # The treated sell 50 more all along; spreading the path over the window must spread
    # the baseline too.
    panel = drawn(8, is_uneven=False)
    above = 50.0 * (panel.side == "treated")
    y = np.ones_like(panel.y) * above[:, None, None] + np.random.default_rng(0).normal(
        0, 0.1, panel.y.shape
    )
    found = difference_effect(
        focal(attrs.evolve(panel, y=y)),
        (3, 4, 5, 6),
        baseline=BEFORE,
        window_count=2,
        sides=Sides(other="held_out"),
    )
    # Noise of 0.1 over 160 payees and four periods.
    assert abs(found.value) < 0.1


def test_too_few_payees_or_periods_are_refused_with_a_remedy() -> None:
    few = drawn(9, count=9)
    with pytest.raises(MeasureError, match="too few payees") as error:
        holdout_effect(focal(few), DURING)
    assert all(problem.remedy for problem in error.value.problems)
    for periods in ((), (8,), (-1, 2)):
        with pytest.raises(MeasureError, match="periods were not kept"):
            holdout_effect(focal(drawn(9)), periods)


def test_sides_that_never_meet_in_a_stratum_are_refused() -> None:
    panel = drawn(10)
    with pytest.raises(MeasureError, match="cannot be told apart"):
        holdout_effect(focal(attrs.evolve(panel, strata=panel.side)), DURING)


def test_outcome_that_never_varies_is_refused() -> None:
    panel = drawn(11)
    for effect in (
        lambda moments: holdout_effect(moments, DURING, before=[BEFORE]),
        lambda moments: difference_effect(
            moments, DURING, baseline=BEFORE, sides=Sides(other="held_out")
        ),
    ):
        with pytest.raises(MeasureError, match="too little"):
            effect(focal(attrs.evolve(panel, y=np.full_like(panel.y, 3.0))))
