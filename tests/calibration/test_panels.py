"""Do panels have the counts, variances and correlations that their settings ask for?"""

from __future__ import annotations

import attrs
import numpy as np
import pytest

from openspiff.market import DrawnPanel, MarketError, PanelSetting, draw_panel

PARTS = ("gross", "hold_back", "dip", "persistence")
LARGE = PanelSetting(
    payee_count=40_000,
    firm_count=2_000,
    baseline_weeks=4,
    announcement_weeks=2,
    window_weeks=4,
    horizon_weeks=6,
    talent_spread=0.5,
    shock_spread=0.3,
    lift_share=0.2,
    pull_forward_share=0.4,
    hold_back_share=0.1,
)


def mean_of(panel: DrawnPanel, phase: str, *, treated: bool) -> float:
    total, weeks = panel.sums("focal", phase)
    side = panel.is_treated == treated
    return float(total[side].sum() / weeks[side].sum())


def log_shocks(panel: DrawnPanel) -> np.ndarray:
    """Return the logarithm of what is expected anyway, less each payee's own mean."""
    logs = np.log(panel.truth.anyway)
    return logs - logs.mean(axis=1, keepdims=True)


def within_firms(table: np.ndarray, firm: np.ndarray) -> float:
    """Return the correlation of two payees of one firm, from the variance between firms."""
    codes, sizes = np.unique(firm, return_counts=True)[0:2]
    centered = table - table.mean()
    means = np.bincount(firm, centered)[codes] / sizes
    total, between, size = centered.var(), means.var(), sizes.mean()
    return float((between / total - 1 / size) / (1 - 1 / size))


@pytest.mark.parametrize("zeros", [0.0, 0.6])
def test_units_have_the_mean_variance_and_zeros_of_the_setting(zeros: float) -> None:
    still = attrs.evolve(LARGE, lift_share=0.0, hold_back_share=0.0)
    setting = attrs.evolve(still, zero_week_share=zeros, units_per_week=2)
    panel = draw_panel(setting, seed=1)
    units = panel.values["focal"]
    # 640,000 cells of which a payee's 16 go together: a hundredth is over four errors.
    assert units.mean() == pytest.approx(2.0, rel=0.02)
    swell = np.exp(0.5**2 + 0.3**2) / (1 - zeros)
    # The fourth moment of skewed counts: the variance is known to about a twentieth.
    assert units.var() == pytest.approx(2 + 4 * (swell - 1), rel=0.06)
    assert (units == 0).mean() >= zeros
    rates = panel.truth.anyway / (1 - zeros)
    expected = zeros + (1 - zeros) * np.exp(-rates).mean()
    # The error of a share of 640,000 cells is under .0007; four of them.
    assert (units == 0).mean() == pytest.approx(expected, abs=0.003)


def test_amounts_have_the_mean_and_the_variance_of_the_setting() -> None:
    setting = attrs.evolve(
        LARGE, lift_share=0.0, hold_back_share=0.0, is_count=False, error_spread=0.7
    )
    units = draw_panel(setting, seed=2).values["focal"]
    assert units.mean() == pytest.approx(1.0, rel=0.02)  # as above
    variance = np.exp(0.5**2 + 0.3**2 + 0.7**2) - 1
    assert units.var() == pytest.approx(variance, rel=0.06)  # as above


@pytest.mark.parametrize("correlation", [0.02, 0.15])
def test_talent_and_shocks_of_a_firm_correlate_as_set(correlation: float) -> None:
    setting = attrs.evolve(LARGE, firm_correlation=correlation, lift_share=0.0)
    panel = draw_panel(setting, seed=3)
    logs = np.log(panel.truth.anyway)
    # 2,000 firms of 20: the error of the correlation is about .05 / 20 + r * .03.
    assert within_firms(logs[:, 0], panel.firm) == pytest.approx(correlation, abs=0.015)
    shocks = log_shocks(panel)
    assert within_firms(shocks[:, 5], panel.firm) == pytest.approx(correlation, abs=0.015)


@pytest.mark.parametrize("carry", [0.0, 0.5, 0.8])
def test_shocks_carry_over_from_week_to_week_as_set(carry: float) -> None:
    setting = attrs.evolve(LARGE, talent_spread=0.0, autocorrelation=carry, lift_share=0.0)
    logs = np.log(draw_panel(setting, seed=4).truth.anyway)
    assert logs.std() == pytest.approx(0.3, rel=0.02)
    for lag in (1, 3):
        found = np.corrcoef(logs[:, 5], logs[:, 5 + lag])[0, 1]
        # 40,000 payees, of whom those of a firm go together a little: five errors.
        assert found == pytest.approx(carry**lag, abs=0.025)


@pytest.mark.parametrize("is_by_firm", [True, False])
def test_half_of_the_units_of_each_stratum_are_treated(is_by_firm: bool) -> None:
    setting = attrs.evolve(
        LARGE,
        payee_count=4_000,
        firm_count=200,
        stratum_count=4,
        is_by_firm=is_by_firm,
        starts_after=(0, 2),
        cohort_lifts=(1.0, 2.0),
    )
    panel = draw_panel(setting, seed=5)
    for stratum in range(4):
        inside = panel.stratum == stratum
        units, first = np.unique(panel.unit[inside], return_index=True)
        treated = panel.is_treated[inside][first]
        assert treated.sum() == units.size / 2
    together = np.unique(np.column_stack([panel.unit, panel.cohort]), axis=0)
    assert len(together) == np.unique(panel.unit).size
    counts = [np.unique(panel.unit[panel.cohort == one]).size for one in (0, 1)]
    assert counts[0] == pytest.approx(counts[1], abs=4)  # one for each stratum


def test_gain_and_loss_of_each_phase_are_those_of_the_setting() -> None:
    setting = attrs.evolve(LARGE, persistence_share=0.5, half_life_weeks=3)
    panel = draw_panel(setting, seed=6)

    def ratio(phase: str) -> float:
        theirs = mean_of(panel, phase, treated=False)
        return mean_of(panel, phase, treated=True) / theirs

    base = ratio("baseline")
    # 20,000 payees on a side, 2 weeks or more each: the error of a ratio is under .01.
    near = 0.03
    assert ratio("announcement") / base == pytest.approx(0.9, abs=near)
    assert ratio("window") / base == pytest.approx(1 + 0.2 + 0.1 * 2 / 4, abs=near)
    kept = 0.2 * 0.6 * 0.5 * np.mean(0.5 ** (np.arange(6) / 3))
    assert ratio("horizon") / base == pytest.approx(1 - 0.2 * 0.4 * 4 / 6 + kept, abs=near)


def test_parts_add_up_to_the_net_effect_in_every_cell() -> None:
    setting = attrs.evolve(
        LARGE,
        payee_count=500,
        firm_count=50,
        persistence_share=0.3,
        cannibalized_share=0.5,
        leaver_share=0.1,
    )
    truth = draw_panel(setting, seed=7).truth
    for outcome in ("focal", "substitutes", "margin"):
        parts = np.sum([truth.effect(part, outcome) for part in PARTS], axis=0)
        np.testing.assert_allclose(parts, truth.effect("net", outcome), atol=1e-9)
    gained = setting.unit_margin_minor * truth.effect("net")
    lost = setting.substitute_margin_minor * truth.effect("net", "substitutes")
    np.testing.assert_allclose(truth.effect("net", "margin"), gained + lost)
    assert truth.total("net", "substitutes") < 0


def test_rates_of_the_parts_add_up_where_everyone_stays() -> None:
    truth = draw_panel(attrs.evolve(LARGE, persistence_share=0.2), seed=8).truth
    rates = [truth.rate(part) for part in PARTS]
    assert sum(rates) == pytest.approx(truth.rate("net"), rel=1e-12)
    payee_weeks = truth.is_treated.sum() * 4
    assert truth.total("net") == pytest.approx(truth.rate("net") * payee_weeks, rel=1e-12)


def test_expected_rate_is_that_of_the_treated_but_for_the_luck_of_the_draw() -> None:
    setting = attrs.evolve(
        LARGE,
        untreated_level=0.5,
        starts_after=(0, 3),
        cohort_lifts=(0.5, 1.5),
        pull_forward_share=0.0,
    )
    truth = draw_panel(setting, seed=16).truth
    for name in ("gross", "hold_back", "net"):
        # Half of 40,000 payees whose levels vary by .5: their mean is known to .004.
        assert truth.expected_rate(name) == pytest.approx(truth.rate(name), rel=0.015)
    assert truth.expected_rate("gross") != truth.rate("gross")
    # .2 * (.5 + 1.5) / 2 of the lift, .1 * 2 / 4 of what was held back; level 1.
    assert truth.expected_rate("gross") == pytest.approx(0.25, rel=0.03)
    alone = attrs.evolve(LARGE, treated_share=1.0)
    truth = draw_panel(alone, seed=16).truth
    assert truth.expected_rate("gross") == pytest.approx(truth.rate("gross"), rel=1e-12)


def test_nothing_is_added_where_all_is_moved() -> None:
    setting = attrs.evolve(LARGE, pull_forward_share=1.0, growth_per_year=0.5)
    truth = draw_panel(setting, seed=9).truth
    # What moves is moved on average over shocks, which 20,000 payees leave little of.
    assert truth.rate("gross") > 0.25
    assert truth.rate("net") == pytest.approx(0.0, abs=0.005)


def test_spillover_reaches_untreated_colleagues_only() -> None:
    setting = attrs.evolve(LARGE, spillover_share=0.5)
    panel = draw_panel(setting, seed=10)
    felt = panel.truth.effect("spillover")
    assert (felt[panel.is_treated] == 0).all()
    # Half of the colleagues are treated: .5 * .5 * .2, of 20,000 payees' level.
    assert panel.truth.rate("spillover") == pytest.approx(0.05, rel=0.03)
    apart = draw_panel(attrs.evolve(setting, is_by_firm=True), seed=10)
    assert apart.truth.total("spillover") == 0
    before, during = (
        mean_of(panel, phase, treated=False) for phase in ("baseline", "window")
    )
    # As above: three errors of a ratio of two means.
    assert during / before == pytest.approx(1.05, abs=0.03)


def test_those_who_join_and_leave_are_as_many_as_set_and_sell_nothing_then() -> None:
    setting = attrs.evolve(
        LARGE,
        payee_count=2_000,
        firm_count=100,
        joiner_share=0.1,
        leaver_share=0.05,
        extra_leaver_share=0.2,
    )
    panel = draw_panel(setting, seed=11)
    leaves = ~panel.active[:, -1]
    assert leaves.sum() == 0.05 * 2_000 + 0.2 * 1_000
    more = leaves[~panel.is_treated].mean() - leaves[panel.is_treated].mean()
    # 100 leavers fall on both sides by chance: .007 is one error of the difference.
    assert more == pytest.approx(0.2, abs=0.035)
    talent = panel.truth.anyway[~panel.is_treated].mean(axis=1)
    assert talent[leaves[~panel.is_treated]].mean() < 0.8 * talent.mean()
    # Some join in the first week of all, which is no joining to be seen: a tenth in four.
    assert (~panel.active[:, 0]).sum() == pytest.approx(200 * 3 / 4, abs=4 * 6.2)
    for outcome in panel.values.values():
        assert (outcome[~panel.active] == 0).all()
    total, weeks = panel.sums("focal", "window")
    assert weeks.sum() == panel.active[:, 6:10].sum()
    assert (total[weeks == 0] == 0).all()


def test_level_drifts_for_everyone_alike() -> None:
    still = attrs.evolve(LARGE, payee_count=200, firm_count=10, baseline_weeks=300)
    setting = attrs.evolve(still, level_step_spread=0.05, shock_spread=0.0)
    logs = np.log(draw_panel(setting, seed=12).truth.anyway)
    steps = np.diff(logs, axis=1)
    np.testing.assert_allclose(steps, np.broadcast_to(steps[0], steps.shape), atol=1e-9)
    # 311 steps: three errors of a standard deviation are an eighth of it.
    assert steps[0].std() == pytest.approx(0.05, rel=0.125)


def test_cohorts_start_late_and_have_their_own_lift() -> None:
    setting = attrs.evolve(
        LARGE,
        starts_after=(0, 3),
        cohort_lifts=(0.5, 1.5),
        pull_forward_share=0.0,
        hold_back_share=0.0,
    )
    panel = draw_panel(setting, seed=13)
    shares = panel.truth.effect("gross") / panel.truth.anyway
    expected = np.zeros((2, 19))
    expected[0, 6:10], expected[1, 9:13] = 0.1, 0.3
    for cohort in (0, 1):
        own = shares[panel.cohort == cohort]
        wanted = np.broadcast_to(expected[cohort], own.shape)
        np.testing.assert_allclose(own, wanted, atol=1e-12)


def test_margin_is_what_units_and_substitutes_bring() -> None:
    panel = draw_panel(attrs.evolve(LARGE, margin_spread=0.5), seed=14)
    error = panel.values["margin"] - 40_000 * panel.values["focal"]
    error -= 30_000 * panel.values["substitutes"]
    units = panel.values["focal"].mean(), panel.values["substitutes"].mean()
    spread = 0.5 * np.sqrt(40_000**2 * units[0] + 30_000**2 * units[1])
    # Three errors of a mean over 640,000 cells, and a hundredth for their deviation.
    assert error.mean() == pytest.approx(0.0, abs=3 * spread / 640_000**0.5)
    assert error.std() == pytest.approx(spread, rel=0.02)


def test_same_seed_gives_the_same_panel_and_another_seed_another() -> None:
    setting = attrs.evolve(LARGE, payee_count=100, firm_count=10, firm_size_spread=0.8)
    one, same, other = (draw_panel(setting, seed=seed) for seed in (1, 1, 2))
    assert np.unique(one.firm).size == 10
    for outcome, table in one.values.items():
        np.testing.assert_array_equal(table, same.values[outcome])
        assert (table != other.values[outcome]).any()


def test_every_problem_of_a_setting_is_named_at_once() -> None:
    with pytest.raises(MarketError) as error:
        PanelSetting(payee_count=1, autocorrelation=1.5, cohort_lifts=(-1.0,))
    places = {problem.place for problem in error.value.problems}
    assert places == {"panel.payee_count", "panel.autocorrelation", "panel.cohort_lifts"}
    with pytest.raises(MarketError) as error:
        PanelSetting(
            payee_count=10,
            firm_count=20,
            stratum_count=30,
            cohort_lifts=(1.0, 2.0),
            lift_share=0.1,
            pull_forward_share=0.5,
            horizon_weeks=0,
            hold_back_share=0.1,
            announcement_weeks=0,
            leaver_share=0.9,
            extra_leaver_share=0.2,
        )
    places = {problem.place.removeprefix("panel.") for problem in error.value.problems}
    assert places == {
        "payee_count",
        "stratum_count",
        "cohort_lifts",
        "horizon_weeks",
        "announcement_weeks",
        "extra_leaver_share",
    }


def test_more_cannot_be_moved_than_there_is() -> None:
    setting = attrs.evolve(
        LARGE,
        lift_share=3.0,
        pull_forward_share=1.0,
        horizon_weeks=2,
    )
    with pytest.raises(MarketError) as error:
        draw_panel(setting, seed=1)
    assert [one.place for one in error.value.problems] == ["panel.pull_forward_share"]
    greedy = attrs.evolve(LARGE, cannibalized_share=1.0, substitute_ratio=0.05)
    with pytest.raises(MarketError) as error:
        draw_panel(greedy, seed=1)
    assert [one.place for one in error.value.problems] == ["panel.cannibalized_share"]
