"""Does imputation from moments equal imputation of every payee, and keep its promises?"""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import pytest
from cohort_worlds import Panel, make_panel

from openspiff.measure import MeasureError
from openspiff.measure._cohorts import Phases, imputation, imputed_path, pre_trend_test
from openspiff.measure._moments import NEVER, Moments, merged

EXACT = 1e-8  # the dense regression on dummies is itself good to about this


def focal(panel: Panel) -> Moments:
    return panel.moments().outcome("focal")


def untreated_of(panel: Panel, announced: int = 0) -> np.ndarray:
    first, number = panel.first_no[:, None], np.arange(panel.y.shape[1])
    return panel.is_active & ((first == NEVER) | (number < first - announced))


def dense(panel: Panel, weights: np.ndarray, announced: int) -> tuple[float, float]:
    """Return the weighted mean effect and its error, by regression on all dummies.

    The error follows Borusyak, Jaravel and Spiess: each payee adds its weights times its
    residuals, centered on the mean residual of its cohort in each period.
    """
    count, size = panel.y.shape[:2]
    y = panel.y[:, :, 0]
    payee = np.repeat(np.eye(count), size, axis=0)
    period = np.tile(np.eye(size)[:, 1:], (count, 1))
    x = np.column_stack([payee, period])
    used = untreated_of(panel, announced).ravel()
    solve = np.linalg.pinv(x[used])
    fitted = (x @ (solve @ y.ravel()[used])).reshape(count, size)
    share = (weights / weights.sum()).ravel()
    adds = share.copy()
    adds[used] -= (share @ x) @ solve
    value = float(adds @ y.ravel())
    residual = np.where(panel.is_active, y - fitted, 0.0)
    centered, known = residual.copy(), untreated_of(panel, announced).any(axis=1)
    for first in np.unique(panel.first_no):
        for at in range(size):
            rows = (panel.first_no == first) & panel.is_active[:, at] & known
            if rows.any():
                centered[rows, at] -= residual[rows, at].mean()
    each = (adds.reshape(count, size) * centered).sum(axis=1)
    return value, float((each @ each) ** 0.5)


@pytest.mark.parametrize("is_uneven", [True, False])
@pytest.mark.parametrize("announced", [0, 1])
def test_effect_and_error_equal_those_of_every_payee(
    is_uneven: bool, announced: int
) -> None:
    panel = make_panel(1, is_uneven=is_uneven)
    untreated = untreated_of(panel, announced)
    # Whom nobody saw before the announcement cannot be imputed.
    seen = untreated.any(axis=1, keepdims=True)
    weights = (panel.is_active & ~untreated & seen).astype(float)
    found = imputation(focal(panel), announcement_count=announced, correction="CR0")
    wanted = dense(panel, weights, announced)
    assert (found.value, found.standard_error) == pytest.approx(wanted, rel=EXACT)


def test_weights_say_whose_effect_is_averaged() -> None:
    panel = make_panel(2)
    moments = focal(panel)
    weights = np.zeros(moments.is_active.shape)
    weights[moments.first_no == 3, 5], weights[moments.first_no == 5, 6] = 1.0, 2.0
    chosen = np.zeros(panel.is_active.shape)
    chosen[panel.first_no == 3, 5], chosen[panel.first_no == 5, 6] = 1.0, 2.0
    found = imputation(moments, weights=weights, correction="CR0")
    wanted = dense(panel, chosen * panel.is_active, 0)
    assert (found.value, found.standard_error) == pytest.approx(wanted, rel=EXACT)


def test_a_firm_for_each_payee_gives_the_error_by_payee() -> None:
    panel = make_panel(3)
    single = focal(attrs.evolve(panel, firms=panel.payees))
    by_firm = imputation(single, clusters="firm", correction="CR2")
    by_payee = imputation(single, correction="CR2")
    assert by_firm.standard_error == pytest.approx(by_payee.standard_error, rel=EXACT)


def test_order_names_and_merging_change_nothing() -> None:
    panel = make_panel(4)
    order = np.random.default_rng(0).permutation(panel.payees.size)
    renamed = attrs.evolve(panel, payees=panel.payees[order], firms=panel.firms)
    half = np.random.default_rng(2).random(panel.payees.size) < 0.5
    wanted = imputation(focal(panel), clusters="firm")
    for version in (
        focal(panel.at(order)),
        focal(renamed),
        merged(focal(panel.at(half)), focal(panel.at(~half))),
    ):
        found = imputation(version, clusters="firm")
        assert (found.value, found.standard_error) == pytest.approx(
            (wanted.value, wanted.standard_error), rel=1e-9
        )


def test_interval_holds_the_effect_as_often_as_it_says() -> None:
    held, apart = [], []
    for seed in range(200):
        found = imputation(focal(make_panel(seed, lift=1.0)))
        assert found.low is not None
        assert found.high is not None
        held.append(found.low <= 1.0 <= found.high)
        apart.append((found.value - 1.0) / (found.standard_error or 1.0))
    # 200 worlds: the share is known to 1.5 points, the mean of the ratios to 0.07.
    assert np.mean(held) == pytest.approx(0.95, abs=0.046)
    assert np.mean(apart) == pytest.approx(0.0, abs=0.21)


def shifted(panel: Panel, by_period: dict[int, float]) -> Panel:
    """Return a panel whose treated gain so much, by periods since the first treated one."""
    since = np.arange(panel.y.shape[1]) - panel.first_no[:, None]
    gain = np.zeros(since.shape)
    for period, amount in by_period.items():
        gain += amount * ((since == period) & (panel.first_no[:, None] != NEVER))
    return attrs.evolve(panel, y=panel.y + gain[:, :, None])


def test_path_tells_what_moved_and_what_is_left() -> None:
    gains = {-1: -1.0, 0: 4.0, 1: 4.0, 2: -2.0}
    phases = Phases(announcement_count=1, window_count=2, horizon_count=1)
    paths = [
        imputed_path(focal(shifted(make_panel(seed, lift=0.0, count=400), gains)), phases)
        for seed in range(8)
    ]
    truth = {"gross": 4.0, "hold-back": -0.5, "dip": -1.0, "net": 2.5}
    for name, value in truth.items():
        found = [path.part(name) for path in paths]
        error = float(np.mean([one.standard_error for one in found])) / 8**0.5
        # Eight worlds: three standard errors of their mean.
        assert np.mean([one.value for one in found]) == pytest.approx(value, abs=3 * error)
    points = np.mean([path.linear.values for path in paths], axis=0)
    assert points == pytest.approx([-1.0, 4.0, 4.0, -2.0], abs=0.5)


def test_parts_of_the_path_add_up_to_net() -> None:
    phases = Phases(announcement_count=1, window_count=2, horizon_count=1)
    path = imputed_path(focal(make_panel(5)), phases)
    parts = {one.name: one.value for one in path.parts}
    # The same numbers added in another order.
    assert parts["gross"] + parts["hold-back"] + parts["dip"] == pytest.approx(
        parts["net"], abs=1e-12
    )
    assert (path.part("net").standard_error or 0) > (path.part("gross").standard_error or 0)


def test_baseline_without_the_announcement_keeps_what_was_held_back_apart() -> None:
    # Payees wait in the announcement: whoever takes that period for a baseline finds more.
    gains = {-1: -3.0, 0: 3.0}
    panel = shifted(make_panel(6, lift=0.0, count=400), gains)
    right = Phases(announcement_count=1, window_count=1, horizon_count=0)
    wrong = Phases(announcement_count=0, window_count=1, horizon_count=0)
    assert imputed_path(focal(panel), right).part("net").excludes_zero is False
    late = imputed_path(focal(panel), wrong).part("net")
    assert late.value > imputed_path(focal(panel), right).part("gross").value


def test_cohorts_without_the_whole_path_are_left_out_with_a_caution() -> None:
    phases = Phases(announcement_count=0, window_count=2, horizon_count=2)
    panel = make_panel(7)
    path = imputed_path(focal(panel), phases)
    assert [one.code for one in path.part("gross").warnings] == ["path_cut"]
    late = int((panel.first_no == 5).sum())
    assert str(late) in path.part("gross").warnings[0].sentence


def test_path_that_nobody_shows_is_refused() -> None:
    phases = Phases(announcement_count=0, window_count=4, horizon_count=4)
    with pytest.raises(MeasureError, match="no cohort shows the whole path"):
        imputed_path(focal(make_panel(8)), phases)


@pytest.mark.parametrize("counts", [(0, 0, 1), (-1, 2, 0), (0, 1, -1)])
def test_path_without_a_window_is_refused(counts: tuple[int, int, int]) -> None:
    with pytest.raises(MeasureError, match="a path needs a window"):
        Phases(
            announcement_count=counts[0], window_count=counts[1], horizon_count=counts[2]
        )


def test_payees_never_seen_before_are_left_out_with_a_caution() -> None:
    panel = make_panel(9, is_uneven=False)
    active = panel.is_active.copy()
    rows = np.flatnonzero(panel.first_no == 3)[:7]
    active[rows, :3] = False
    late = attrs.evolve(panel, is_active=active)
    found = imputation(focal(late))
    assert [one.code for one in found.warnings] == ["never_before"]
    assert "7 payees" in found.warnings[0].sentence
    kept = np.ones(panel.payees.size, dtype=bool)
    kept[rows] = False
    assert found.value == pytest.approx(imputation(focal(late.at(kept))).value, rel=EXACT)


@pytest.mark.parametrize(
    ("firsts", "choices", "message"),
    [
        ((3,), {}, "one cohort"),
        ((3, 5), {}, "nobody to be compared with"),
        ((NEVER, 0), {}, "no period before"),
        ((NEVER, 3), {"weights": 0.0}, "no effect to average"),
        ((NEVER, 3), {"announcement_count": 3}, "no period before"),
    ],
)
def test_question_that_cannot_be_answered_is_refused_with_a_remedy(
    firsts: tuple[int, ...], choices: dict[str, Any], message: str
) -> None:
    moments = focal(make_panel(10, firsts=firsts, is_uneven=False))
    if "weights" in choices:
        choices = {"weights": np.zeros(moments.is_active.shape)}
    with pytest.raises(MeasureError, match=message) as error:
        imputation(moments, **choices)
    assert all(problem.remedy for problem in error.value.problems)


def test_pre_trend_is_found_where_cohorts_drift_and_rarely_where_they_do_not() -> None:
    def rejected(drift: float) -> float:
        tests = [
            pre_trend_test(
                focal(make_panel(seed, drift=drift, firsts=(NEVER, 5))), lead_count=3
            )
            for seed in range(100)
        ]
        return float(np.mean([not one.check().is_ok for one in tests]))

    # 100 worlds: a share of 5% is known to 2.2 points.
    assert rejected(0.0) <= 0.05 + 3 * 0.022
    slope = np.mean(
        [
            pre_trend_test(
                focal(make_panel(seed, firsts=(NEVER, 5))), lead_count=3
            ).slope_at_80
            for seed in range(20)
        ]
    )
    # The drift that is said to be found in 80% of cases; 100 worlds know that to 4 points.
    assert rejected(float(slope)) == pytest.approx(0.8, abs=0.12)


def test_pre_trend_does_not_depend_on_the_effect() -> None:
    panel = make_panel(11, lift=0.0)
    lifted = shifted(panel, dict.fromkeys(range(8), 50.0))
    one, other = (pre_trend_test(focal(each), lead_count=2) for each in (panel, lifted))
    assert one.p_value == pytest.approx(other.p_value, abs=1e-9)
    assert 0 < one.slope_at_half < one.slope_at_80


def test_pre_trend_says_what_it_could_have_seen() -> None:
    test = pre_trend_test(focal(make_panel(12)), lead_count=2)
    check = test.check()
    assert check.value == test.p_value
    assert f"{test.slope_at_80:.3g} in 80%" in check.sentence
    assert [one.name for one in test.leads] == ["-2 periods", "-1 periods"]


@pytest.mark.parametrize("lead_count", [0, 5, 8])
def test_leads_without_a_period_before_them_are_refused(lead_count: int) -> None:
    with pytest.raises(MeasureError, match="too few periods before"):
        pre_trend_test(focal(make_panel(13)), lead_count=lead_count)
