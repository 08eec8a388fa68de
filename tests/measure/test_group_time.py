"""Do effects by cohort and period from moments equal those worked out payee by payee?"""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import pytest
from cohort_worlds import PERIODS, Panel, make_panel

from openspiff.measure import MeasureError
from openspiff.measure._cohorts import (
    Phases,
    aggregate,
    contrasts,
    event_study,
    group_time_effects,
    holdout_effect,
    imputation,
    imputed_path,
    pre_trend_test,
    simultaneous_band,
    two_way_effect,
)
from openspiff.measure._moments import NEVER, Moments, merged

# Both sides add the same numbers in another order; sales are below 100, so rounding stays
# far below this.
EXACT = 1e-9


def focal(panel: Panel) -> Moments:
    return panel.moments().outcome("focal")


def slow_effect(
    panel: Panel, first: int, period: int, *, controls: str, announced: int, base: str
) -> tuple[float, np.ndarray] | None:
    """Return one effect, and what each payee adds to its error, from the payees."""
    last = first - announced - 1
    start = period - 1 if base == "varying" and period <= last else last
    y, active = panel.y[:, :, 0], panel.is_active
    there = active[:, start] & active[:, period]
    until = max(start, period) + announced
    later = (panel.first_no > until) & (panel.first_no != first)
    others = (panel.first_no == NEVER) | (later & (controls == "not_yet"))
    change = y[:, period] - y[:, start]
    value, adds = 0.0, np.zeros(change.size)
    for side, sign in ((there & (panel.first_no == first), 1), (there & others, -1)):
        if not side.any():
            return None
        value += sign * change[side].mean()
        adds[side] += sign * (change[side] - change[side].mean()) / side.sum()
    return value, adds


def slow_effects(panel: Panel, **choices: Any) -> tuple[np.ndarray, np.ndarray]:
    found = []
    for first in np.unique(panel.first_no[panel.first_no > 0]):
        last = first - choices["announced"] - 1
        begin = 0 if choices["base"] == "universal" else 1
        for period in range(begin, panel.y.shape[1]):
            if choices["base"] == "universal" and period == last:
                continue
            one = slow_effect(panel, int(first), period, **choices)
            if one is not None:
                found.append(one)
    return np.array([one[0] for one in found]), np.stack([one[1] for one in found])


@pytest.mark.parametrize("controls", ["never", "not_yet"])
@pytest.mark.parametrize("base", ["varying", "universal"])
@pytest.mark.parametrize("announced", [0, 1])
def test_effects_and_covariance_equal_those_of_the_payees(
    controls: Any, base: Any, announced: int
) -> None:
    panel = make_panel(1)
    found = group_time_effects(
        focal(panel),
        controls=controls,
        base=base,
        announcement_count=announced,
        correction="CR0",
    )
    values, adds = slow_effects(panel, controls=controls, base=base, announced=announced)
    np.testing.assert_allclose(found.values, values, atol=EXACT)
    np.testing.assert_allclose(found.spread.covariance, adds @ adds.T, atol=EXACT)


def test_errors_by_firm_equal_those_of_the_payees() -> None:
    panel = make_panel(2)
    found = group_time_effects(focal(panel), clusters="firm", correction="CR1")
    _, adds = slow_effects(panel, controls="never", base="varying", announced=0)
    codes = np.unique(panel.firms, return_inverse=True)[1]
    scores = np.zeros((codes.max() + 1, adds.shape[0]))
    np.add.at(scores, codes, adds.T)
    wanted = scores.T @ scores * 60 / 59
    np.testing.assert_allclose(found.spread.covariance, wanted, atol=EXACT)
    assert found.spread.cluster_count == 60
    np.testing.assert_array_equal(found.spread.degrees_of_freedom, 59.0)


@pytest.mark.parametrize("is_uneven", [True, False])
def test_a_firm_for_each_payee_gives_the_errors_by_payee(is_uneven: bool) -> None:
    panel = make_panel(3, is_uneven=is_uneven)
    single = focal(attrs.evolve(panel, firms=panel.payees))
    by_firm = group_time_effects(single, clusters="firm", correction="CR2").spread
    by_payee = group_time_effects(single, correction="CR2").spread
    np.testing.assert_allclose(by_firm.covariance, by_payee.covariance, atol=EXACT)
    np.testing.assert_allclose(
        by_firm.degrees_of_freedom, by_payee.degrees_of_freedom, rtol=EXACT
    )


def test_few_clusters_get_cr2_and_many_get_what_was_published() -> None:
    few = focal(make_panel(4, firm_count=12))
    assert group_time_effects(few, clusters="firm").spread.correction == "CR2"
    assert group_time_effects(few).spread.correction == "CR0"
    small = focal(make_panel(4, count=45, is_uneven=False))
    assert group_time_effects(small).spread.correction == "CR2"


def test_cr2_by_firm_is_unbiased_where_plain_errors_are_too_small() -> None:
    # Balanced, so CR2 is exact under the working model; cohorts by firm; 300 worlds know a
    # mean variance to about a tenth.
    plain, reduced, truth = [], [], []
    for seed in range(300):
        panel = make_panel(seed, count=48, firm_count=12, is_uneven=False)
        draw = np.random.default_rng(seed)
        firm = np.arange(48) % 12
        first = np.where(firm < 6, NEVER, 4)
        y = draw.normal(size=(48, 8, 1)) + draw.normal(size=(12, 8, 1))[firm]
        y = np.concatenate([y, y], axis=2)
        panel = attrs.evolve(panel, y=y, first_no=first, strata=np.full(48, ""))
        panel = attrs.evolve(panel, side=np.where(first == NEVER, "never", "treated"))
        moments = panel.moments().outcome("focal")
        weights = np.zeros((1, 2, 1, 8))
        weights[0, 1, 0, 5], weights[0, 0, 0, 5] = 1.0, -1.0
        ask = {"names": ["x"], "unit": "u", "tier": "B", "clusters": "firm"}
        one = contrasts(moments, weights, correction="CR2", **ask)[0]
        zero = contrasts(moments, weights, correction="CR0", **ask)[0]
        truth.append(one.value)
        reduced.append((one.standard_error or 0) ** 2)
        plain.append((zero.standard_error or 0) ** 2)
        # Six equal firms a side: Welch's degrees of freedom lie between 5 and 10.
        assert 5 <= (one.degrees_of_freedom or 0) <= 10 + 1e-9
    assert np.mean(reduced) == pytest.approx(np.var(truth), rel=0.15)
    assert np.mean(plain) < 0.95 * np.mean(reduced)


@pytest.mark.parametrize("kind", ["simple", "dynamic", "group", "calendar"])
def test_planted_effect_is_recovered_by_every_average(kind: Any) -> None:
    found = [
        aggregate(group_time_effects(focal(make_panel(seed, lift=3.0))), kind).overall
        for seed in range(12)
    ]
    mean = np.mean([one.value for one in found])
    error = np.mean([one.standard_error for one in found]) / 12**0.5
    # Twelve worlds: three standard errors of their mean.
    assert mean == pytest.approx(3.0, abs=3 * error)
    assert all(one.excludes_zero for one in found)
    assert {one.tier for one in found} == {"B"}


def slow_simple(panel: Panel) -> tuple[float, float]:
    """Return the simple average and its error, weights by size known only by sample."""
    values, adds = slow_effects(panel, controls="never", base="varying", announced=0)
    count = panel.payees.size
    pairs = [(int(first), at) for first in (3, 5) for at in range(1, 8)]
    post = [place for place, (first, at) in enumerate(pairs) if at >= first]
    member = np.array([panel.first_no == pairs[place][0] for place in post], float)
    share = member.mean(axis=1)
    weights = share / share.sum()
    value = float(weights @ values[post])
    # The delta method over the payees: each moves the shares of the cohorts too.
    moved = (values[post] - value) @ (member - share[:, None]) / share.sum() / count
    whole = weights @ adds[post] + moved
    return value, float((whole @ whole) ** 0.5)


def test_error_of_an_average_knows_that_sizes_are_estimates() -> None:
    panel = make_panel(5)
    effects = group_time_effects(focal(panel), correction="CR0")
    found = aggregate(effects, "simple").overall
    value, error = slow_simple(panel)
    assert (found.value, found.standard_error) == pytest.approx((value, error), abs=EXACT)


def test_order_names_and_merging_change_nothing() -> None:
    panel = make_panel(6)
    order = np.random.default_rng(0).permutation(panel.payees.size)
    names = {
        name: np.random.default_rng(1).permutation(np.unique(getattr(panel, name)))[
            np.unique(getattr(panel, name), return_inverse=True)[1]
        ]
        for name in ("payees", "firms")
    }
    half = np.random.default_rng(2).random(panel.payees.size) < 0.5
    versions = [
        focal(panel.at(order)),
        focal(attrs.evolve(panel, **names)),
        merged(focal(panel.at(half)), focal(panel.at(~half))),
    ]
    for clusters in ("payee", "firm"):
        wanted = aggregate(group_time_effects(focal(panel), clusters=clusters), "dynamic")
        for version in versions:
            found = aggregate(group_time_effects(version, clusters=clusters), "dynamic")
            for one, other in zip(found.parts, wanted.parts, strict=True):
                assert one.value == pytest.approx(other.value, abs=EXACT)
                assert one.standard_error == pytest.approx(other.standard_error, abs=EXACT)


def test_band_holds_the_whole_path_as_often_as_it_says() -> None:
    held = []
    for seed in range(150):
        panel = make_panel(seed, count=240, lift=1.0, is_uneven=False)
        effects = group_time_effects(focal(panel), base="universal")
        path = aggregate(effects, "dynamic")
        values = path.linear.values
        band = simultaneous_band(values, path.spread, seed=seed, draw_count=2000)
        truth = np.where(np.array(path.keys) >= 0, 1.0, 0.0)
        held.append(((band.low <= truth) & (truth <= band.high)).all())
    # 150 worlds: the share is known to 1.8 points; three of them around 95%.
    assert np.mean(held) == pytest.approx(0.95, abs=0.054)


def test_band_is_wider_than_the_points_and_seeded() -> None:
    path = aggregate(group_time_effects(focal(make_panel(7))), "dynamic")
    one = simultaneous_band(path.linear.values, path.spread, seed=1)
    again = simultaneous_band(path.linear.values, path.spread, seed=1)
    other = simultaneous_band(path.linear.values, path.spread, seed=2)
    assert one.critical == again.critical
    assert one.critical != other.critical
    # 10,000 draws know the 95% point to about one percent.
    assert one.critical == pytest.approx(other.critical, rel=0.03)
    assert one.critical > 2.2
    single = path.linear.through(np.eye(path.linear.values.size)[:1])
    alone = attrs.evolve(
        path.spread,
        covariance=path.spread.covariance[:1, :1],
        degrees_of_freedom=np.array([1e9]),
    )
    # One number needs no more than the normal quantile.
    assert simultaneous_band(single.values, alone, seed=1).critical == pytest.approx(
        1.96, abs=0.04
    )


def test_cohorts_begun_from_the_start_are_left_out_with_a_caution() -> None:
    panel = make_panel(8, firsts=(NEVER, 0, 4))
    found = group_time_effects(focal(panel))
    assert set(found.first_no.tolist()) == {4}
    assert [one.code for one in found.warnings] == ["always_treated"]
    assert str(int((panel.first_no == 0).sum())) in found.warnings[0].sentence


def test_cohort_that_begins_after_the_data_counts_as_never_treated() -> None:
    panel = make_panel(8, firsts=(NEVER, 4, 12))
    late = attrs.evolve(
        panel, first_no=np.where(panel.first_no == 12, NEVER, panel.first_no)
    )
    np.testing.assert_allclose(
        group_time_effects(focal(panel)).values,
        group_time_effects(focal(late)).values,
        atol=EXACT,
    )


@pytest.mark.parametrize(
    ("firsts", "controls", "message", "code"),
    [
        ((3,), "never", "one cohort", "one_cohort"),
        ((0, 0, NEVER), "never", "no period before", "no_baseline"),
        ((NEVER, 20), "never", "nobody was treated", "one_cohort"),
        ((3, 5), "never", "nobody to compare with", "one_cohort"),
    ],
)
def test_panel_without_a_comparison_is_refused_with_a_remedy(
    firsts: tuple[int, ...], controls: Any, message: str, code: str
) -> None:
    panel = make_panel(9, firsts=firsts)
    with pytest.raises(MeasureError, match=message) as error:
        group_time_effects(focal(panel), controls=controls)
    assert error.value.code == code
    assert all(problem.remedy for problem in error.value.problems)


def test_cohorts_treated_later_serve_where_nobody_is_never_treated() -> None:
    found = group_time_effects(focal(make_panel(10, firsts=(3, 6))), controls="not_yet")
    assert set(found.first_no.tolist()) == {3, 6}
    assert found.period_no.max() == 5


def test_two_outcomes_at_once_are_refused() -> None:
    with pytest.raises(MeasureError, match="one outcome at a time"):
        group_time_effects(make_panel(11).moments())


def test_one_firm_in_a_cohort_is_refused_by_firm() -> None:
    panel = make_panel(12)
    firms = np.where(panel.first_no == 3, "only", panel.firms)
    with pytest.raises(MeasureError, match="single firm"):
        group_time_effects(focal(attrs.evolve(panel, firms=firms)), clusters="firm")


def test_errors_by_firm_without_sums_by_firm_are_refused() -> None:
    moments = make_panel(13).moments(has_firms=False).outcome("focal")
    with pytest.raises(MeasureError, match="need sums by firm"):
        group_time_effects(moments, clusters="firm")


def test_outcome_that_never_varies_is_refused() -> None:
    panel = make_panel(14)
    with pytest.raises(MeasureError, match="too little"):
        group_time_effects(focal(attrs.evolve(panel, y=np.ones_like(panel.y))))


def test_contrast_of_two_outcomes_equals_the_means_of_the_payees() -> None:
    panel = make_panel(15)
    moments = panel.moments()
    weights = np.zeros((2, 3, 2, len(PERIODS)))
    weights[0, 1, 0, 6], weights[0, 0, 0, 6], weights[0, 1, 1, 2] = 1.0, -1.0, 0.5
    weights[1, 2, 1, 7] = 1.0
    found = contrasts(
        moments, weights, names=["a", "b"], unit="units", tier="B", correction="CR0"
    )
    adds = np.zeros(panel.payees.size)
    value = 0.0
    for first, outcome, period, weight in (
        (3, 0, 6, 1.0),
        (NEVER, 0, 6, -1.0),
        (3, 1, 2, 0.5),
    ):
        rows = (panel.first_no == first) & panel.is_active[:, period]
        sold = panel.y[rows, period, outcome]
        value += weight * sold.mean()
        adds[rows] += weight * (sold - sold.mean()) / sold.size
    assert found[0].value == pytest.approx(value, abs=EXACT)
    assert found[0].standard_error == pytest.approx((adds @ adds) ** 0.5, abs=EXACT)


def test_weight_where_nobody_was_active_is_refused() -> None:
    panel = make_panel(16, is_uneven=False)
    gone = panel.is_active.copy()
    gone[panel.first_no == 3, 7] = False
    weights = np.zeros((1, 3, 1, 8))
    weights[0, 1, 0, 7] = 1.0
    moments = focal(attrs.evolve(panel, is_active=gone))
    with pytest.raises(MeasureError, match="mean without payees") as error:
        contrasts(moments, weights, names=["x"], unit="u", tier="B")
    assert "period 108" in str(error.value)


def test_moments_are_left_as_they_were() -> None:
    moments, untouched = focal(make_panel(17)), focal(make_panel(17))
    phases = Phases(announcement_count=0, window_count=1, horizon_count=1)
    for clusters in ("payee", "firm"):
        aggregate(group_time_effects(moments, clusters=clusters), "group")
        imputation(moments, clusters=clusters)
        imputed_path(moments, phases, clusters=clusters)
        pre_trend_test(moments, lead_count=2, clusters=clusters)
        event_study(moments, clusters=clusters)
        two_way_effect(moments, clusters=clusters)
        holdout_effect(moments, [5, 6], before=[[0, 1]], clusters=clusters)
    for name in ("count", "sums", "products"):
        np.testing.assert_array_equal(getattr(moments, name), getattr(untouched, name))
    assert moments.firms is not None
    assert untouched.firms is not None
    np.testing.assert_array_equal(moments.firms.sums, untouched.firms.sums)


@pytest.mark.parametrize(("firm_count", "is_told"), [(12, True), (120, False)])
def test_few_firms_are_told_to_make_the_error_too_large(
    firm_count: int, *, is_told: bool
) -> None:
    moments = focal(make_panel(19, count=240, firm_count=firm_count))
    overall = aggregate(group_time_effects(moments, clusters="firm"), "simple").overall
    assert ("safe_error" in {one.code for one in overall.warnings}) is is_told
    by_payee = aggregate(group_time_effects(moments), "simple").overall
    assert "safe_error" not in {one.code for one in by_payee.warnings}


def test_same_moments_give_the_same_estimates() -> None:
    one, again = (
        aggregate(group_time_effects(focal(make_panel(18))), "simple").overall
        for _ in range(2)
    )
    assert one == again
