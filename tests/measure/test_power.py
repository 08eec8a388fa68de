"""Does a planned holdout find in 80 of 100 worlds what it is planned to find?"""

from __future__ import annotations

import attrs
import numpy as np
import pytest

from openspiff.measure import MeasureError
from openspiff.measure._least_squares import choose_errors, fit_coefficient
from openspiff.measure._power import (
    HoldoutPlan,
    Variation,
    holdout_power,
    variation_from_moments,
)

VARIED = Variation(
    mean=2.0, firm=0.1, payee=0.5, firm_week=0.05, payee_week=1.5, autocorrelation=0.5
)
BY_FIRM = HoldoutPlan(
    payee_count=240,
    firm_count=40,
    held_out_share=0.4,
    is_by_firm=True,
    baseline_weeks=8,
    announcement_weeks=1,
    window_weeks=5,
    horizon_weeks=8,
)
BY_PAYEE = attrs.evolve(BY_FIRM, is_by_firm=False)


def fading(
    draw: np.random.Generator, shape: tuple[int, int], variation: float, rho: float
) -> np.ndarray:
    """Draw paths (rows x weeks) with a variance and an autocorrelation."""
    path = np.empty(shape)
    path[:, 0] = draw.normal(0, variation**0.5, shape[0])
    for week in range(1, shape[1]):
        fresh = draw.normal(0, (variation * (1 - rho**2)) ** 0.5, shape[0])
        path[:, week] = rho * path[:, week - 1] + fresh
    return path


def drawn_paths(
    draw: np.random.Generator, firm: np.ndarray, weeks: int, v: Variation
) -> np.ndarray:
    """Draw the outcome of payees (n x weeks) without a program."""
    count = int(firm.max()) + 1
    shared = fading(draw, (count, weeks), v.firm_week, v.autocorrelation)
    shared += draw.normal(0, v.firm**0.5, count)[:, None]
    own = fading(draw, (firm.size, weeks), v.payee_week, v.autocorrelation)
    own += draw.normal(0, v.payee**0.5, firm.size)[:, None]
    return v.mean + shared[firm] + own


def share_found(plan: HoldoutPlan, effect: str, lift: float, worlds: int) -> float:
    """Return how often a lift that lasts for the window is told from zero."""
    found = 0
    firm = np.arange(plan.payee_count) % plan.firm_count
    edges = np.cumsum(
        [
            plan.baseline_weeks,
            plan.announcement_weeks,
            plan.window_weeks,
            plan.horizon_weeks,
        ]
    )
    start, stop = (edges[1], edges[2]) if effect == "gross" else (edges[0], edges[3])
    units = firm if plan.is_by_firm else np.arange(firm.size)
    for seed in range(worlds):
        draw = np.random.default_rng(seed)
        y = drawn_paths(draw, firm, int(edges[3]), VARIED)
        order = draw.permutation(int(units.max()) + 1)
        is_treated = (order >= round(plan.held_out_share * order.size))[units]
        y[is_treated, edges[1] : edges[2]] += lift
        fit = fit_coefficient(
            y[:, start:stop].sum(axis=1) / plan.window_weeks,
            is_treated.astype(float),
            np.column_stack([np.ones(firm.size), y[:, : edges[0]].mean(axis=1)])
            if plan.baseline_weeks
            else np.ones((firm.size, 1)),
            cluster=units,
            errors=choose_errors(is_treated, units),
        )
        found += fit.low > 0
    return found / worlds


DESIGNS = {
    "firms": BY_FIRM,
    "payees": BY_PAYEE,
    "few firms": attrs.evolve(BY_FIRM, firm_count=20, payee_count=200),
    "no baseline": attrs.evolve(BY_FIRM, baseline_weeks=0),
    "few held out": attrs.evolve(BY_FIRM, held_out_share=0.2),
}


@pytest.mark.parametrize("effect", ["gross", "net"])
@pytest.mark.parametrize("name", ["firms", "payees", "few firms"])
def test_planned_80_percent_comes_out(name: str, effect: str) -> None:
    lift = getattr(holdout_power(DESIGNS[name], VARIED), effect).minimum_lift
    found = share_found(DESIGNS[name], effect, lift, 250)
    # .77 to .85, and 250 worlds: two standard errors of a share of .80 are .05.
    assert 0.77 - 0.05 <= found <= 0.85 + 0.05


@pytest.mark.slow
@pytest.mark.parametrize("effect", ["gross", "net"])
@pytest.mark.parametrize("name", DESIGNS)
def test_planned_80_percent_comes_out_in_2000_worlds(name: str, effect: str) -> None:
    lift = getattr(holdout_power(DESIGNS[name], VARIED), effect).minimum_lift
    # 2,000 worlds: one standard error is .009.
    assert 0.77 - 0.009 <= share_found(DESIGNS[name], effect, lift, 2_000) <= 0.85 + 0.009


def test_net_needs_about_twice_the_lift_and_says_so() -> None:
    found = holdout_power(BY_FIRM, VARIED)
    assert 1.5 < found.net.standard_error / found.gross.standard_error < 3
    assert found.gross.power == pytest.approx(0.8, abs=1e-4)  # but for the other tail
    assert found.net.power < 0.5
    assert [one.code for one in found.warnings] == ["weak_net_power"]


def test_lift_that_is_large_enough_draws_no_warning() -> None:
    found = holdout_power(BY_FIRM, VARIED, expected_lift=1.5)
    assert found.net.power > 0.5
    assert found.warnings == ()


def test_without_weeks_around_the_window_net_is_gross() -> None:
    plan = attrs.evolve(BY_FIRM, announcement_weeks=0, horizon_weeks=0)
    found = holdout_power(plan, VARIED)
    assert found.net == found.gross


def test_textbook_case_is_the_textbook_formula() -> None:
    # No firms, no baseline, one week, no autocorrelation: 2.8 x sqrt(4 s^2 / n).
    plan = HoldoutPlan(
        payee_count=10_000,
        firm_count=1,
        held_out_share=0.5,
        is_by_firm=False,
        baseline_weeks=0,
        window_weeks=1,
    )
    plain = Variation(
        mean=10, firm=0, payee=3, firm_week=0, payee_week=1, autocorrelation=0
    )
    found = holdout_power(plan, plain).gross
    assert found.standard_error == pytest.approx(0.04)
    assert found.minimum_lift == pytest.approx(2.8016 * 0.04, rel=1e-3)  # 1.96 + .8416
    assert found.minimum_share == pytest.approx(found.minimum_lift / 10)


def test_baseline_explains_what_lasts() -> None:
    # With nothing but lasting differences and noise, McKenzie's 1 - b v^2 / (b v + e)
    # of the variance is left; here v = 3, e = 1 / 4 after four weeks.
    plan = attrs.evolve(BY_PAYEE, baseline_weeks=4, window_weeks=4)
    plain = Variation(mean=1, firm=0, payee=3, firm_week=0, payee_week=1, autocorrelation=0)
    error = holdout_power(plan, plain).gross.standard_error
    left = 3.25 - 3.0**2 / 3.25
    assert error == pytest.approx((left / 144 + left / 96) ** 0.5, rel=1e-9)


def test_firms_of_uneven_size_cost_power() -> None:
    even = holdout_power(BY_FIRM, VARIED).gross.minimum_lift
    uneven = attrs.evolve(BY_FIRM, firm_size_variation=0.8)
    assert holdout_power(uneven, VARIED).gross.minimum_lift > even


def moments(y: np.ndarray, firm: np.ndarray) -> dict[str, np.ndarray]:
    sums = np.zeros((int(firm.max()) + 1, y.shape[1]))
    np.add.at(sums, firm, y)
    return {
        "total": y.sum(axis=0),
        "products": y.T @ y,
        "firm_totals": sums,
        "firm_sizes": np.bincount(firm).astype(float),
    }


def learned(sums: dict[str, np.ndarray]) -> Variation:
    return variation_from_moments(**sums)


def test_variation_is_learned_from_sums() -> None:
    draw = np.random.default_rng(0)
    firm = np.repeat(np.arange(400), draw.integers(1, 12, 400))
    found = learned(moments(drawn_paths(draw, firm, 26, VARIED), firm))
    assert found.mean == pytest.approx(2.0, abs=0.1)
    # 400 firms and about 2,400 payees: a variance is known to 7% (firms) and 3%.
    assert found.payee + found.firm == pytest.approx(0.6, rel=0.1)
    assert found.firm == pytest.approx(0.1, abs=0.04)
    assert found.payee_week + found.firm_week == pytest.approx(1.55, rel=0.05)
    assert found.firm_week == pytest.approx(0.05, abs=0.03)
    assert found.autocorrelation == pytest.approx(0.5, abs=0.05)


def test_plan_from_learned_variation_is_that_from_the_truth_on_average() -> None:
    firm = np.arange(240) % 40
    truth = holdout_power(BY_FIRM, VARIED)
    ratios = []
    for seed in range(60):
        draw = np.random.default_rng(seed)
        found = learned(moments(drawn_paths(draw, firm, 13, VARIED), firm))
        planned = holdout_power(BY_FIRM, found)
        ratios.append(planned.gross.minimum_lift / truth.gross.minimum_lift)
    # Variances of 40 firms differ by a fifth from world to world, lifts by half of that;
    # over 60 worlds two hundredths are left, and clipping at zero adds a little.
    assert np.mean(ratios) == pytest.approx(1.0, abs=0.05)


def test_order_of_firms_is_irrelevant_and_input_is_left_as_it_was() -> None:
    draw = np.random.default_rng(1)
    firm = np.arange(120) % 12
    sums = moments(drawn_paths(draw, firm, 10, VARIED), firm)
    copies = {name: one.copy() for name, one in sums.items()}
    found = learned(sums)
    for name, one in sums.items():
        np.testing.assert_array_equal(one, copies[name])
    turned = {
        **sums,
        "firm_totals": sums["firm_totals"][::-1],
        "firm_sizes": sums["firm_sizes"][::-1],
    }
    assert attrs.astuple(learned(turned)) == pytest.approx(attrs.astuple(found), rel=1e-9)


def test_single_payees_without_firms_have_no_firm_variance() -> None:
    draw = np.random.default_rng(2)
    firm = np.arange(300)
    found = learned(moments(drawn_paths(draw, firm, 12, VARIED), firm))
    assert (found.firm, found.firm_week) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("plan", "variation", "said"),
    [
        ({"firm_count": 12}, {}, "plan by simulation"),
        ({"held_out_share": 0.0}, {}, "0 held-out firms"),
        ({"held_out_share": float("nan")}, {}, "0 held-out firms"),
        ({"window_weeks": 0}, {}, "weeks that are none"),
        ({"payee_count": 20}, {}, "20 payees in 40 firms"),
        ({}, {"payee": -1.0}, "variances"),
        ({}, {"payee_week": float("nan")}, "variances"),
        ({}, {"autocorrelation": 1.0}, "autocorrelation"),
    ],
)
def test_plan_outside_the_formula_raises_with_a_remedy(
    plan: dict[str, float], variation: dict[str, float], said: str
) -> None:
    with pytest.raises(MeasureError, match=said) as error:
        holdout_power(attrs.evolve(BY_FIRM, **plan), attrs.evolve(VARIED, **variation))
    assert all(problem.remedy for problem in error.value.problems)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"products": np.eye(3)}, "shapes"),
        ({"firm_sizes": np.zeros(12)}, "missing"),
        ({"total": np.full(10, np.inf)}, "missing"),
    ],
)
def test_sums_that_do_not_fit_raise_with_a_remedy(
    change: dict[str, np.ndarray], said: str
) -> None:
    firm = np.arange(120) % 12
    sums = moments(drawn_paths(np.random.default_rng(1), firm, 10, VARIED), firm)
    with pytest.raises(MeasureError, match=said) as error:
        learned({**sums, **change})
    assert all(problem.remedy for problem in error.value.problems)


def test_weeks_without_any_outcome_raise() -> None:
    firm = np.arange(120) % 12
    with pytest.raises(MeasureError, match="does not vary"):
        learned(moments(np.zeros((120, 10)), firm))
