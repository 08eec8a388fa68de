"""Do life tables and the shifted-beta-geometric say how long subscribers stay?"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import hyp2f1

from openspiff.value import (
    Fit,
    Tenures,
    WorthError,
    fit_shifted_beta_geometric,
    life_table,
    life_tables,
    residual_lifetime,
    residual_lifetime_ahead,
    survival_ahead,
)

ALPHA, BETA = 0.9, 4.0


def subscribers(seed: int, *, count: int, periods: int = 10) -> Tenures:
    """Draw subscribers who keep one chance of leaving, seen for 1 to `periods` periods."""
    draw = np.random.default_rng(seed)
    leaves = draw.geometric(draw.beta(ALPHA, BETA, count))
    seen = draw.integers(1, periods + 1, count)
    return Tenures(tenure=np.minimum(leaves, seen), has_left=leaves <= seen)


def given_fit(alpha: float, beta: float) -> Fit:
    return Fit(
        model="shifted_beta_geometric",
        parameters={"alpha": alpha, "beta": beta},
        covariance=np.diag([0.01, 0.04]),
        log_likelihood=0.0,
        customer_count=100,
    )


def true_survival(count: int) -> np.ndarray:
    return survival_ahead(given_fit(ALPHA, BETA), count)


def test_planted_chances_of_leaving_are_recovered() -> None:
    fit = fit_shifted_beta_geometric(subscribers(1, count=20_000))
    for name, planted in {"alpha": ALPHA, "beta": BETA}.items():
        low, high = fit.interval(name)
        assert low / (high / low) ** 0.5 < planted < high * (high / low) ** 0.5  # 4 errors
    # 20,000 customers: survival in the middle is known to four errors of half a point.
    assert survival_ahead(fit, 20) == pytest.approx(true_survival(20), abs=0.02)


def test_life_table_intervals_hold_the_truth() -> None:
    truth = true_survival(10)[1:]
    held, reached = np.zeros(10), np.zeros(10)
    for seed in range(400):
        table = life_table(subscribers(seed, count=60))
        size = table.survival.size
        held[:size] += (table.low <= truth[:size]) & (truth[:size] <= table.high)
        reached[:size] += 1
    share = held / reached
    # Three Monte-Carlo errors of 95% in 400; late periods have few at risk and run wide.
    assert (share[:8] > 0.95 - 3 * 0.0109).all()
    assert (share[8:] > 0.90).all()


def test_residual_lifetime_intervals_hold_the_truth() -> None:
    survival = true_survival(8)
    expected = float((1.02 ** -np.arange(1.0, 6.0)) @ survival[3:8] / survival[2])
    found = [
        residual_lifetime(
            life_table(subscribers(seed, count=200)),
            tenure=2,
            period_count=5,
            discount_ppm=20_000,
        )
        for seed in range(400)
    ]
    held = np.mean([one.low <= expected <= one.high for one in found])
    assert held == pytest.approx(0.95, abs=3 * 0.0109)  # three Monte-Carlo errors
    errors = np.mean([one.standard_error for one in found])
    spread = np.std([one.value for one in found])
    assert errors == pytest.approx(spread, rel=0.11)  # three errors of a deviation of 400


def test_residual_lifetime_of_a_fit_is_the_closed_form_of_the_paper() -> None:
    # Fader and Hardie (2010): payments from the renewal after n - 1 on, without end, of
    # which 400 periods at 10% leave 1e-17.
    alpha, beta, n = 0.7, 1.2, 3
    closed = (beta + n - 1) / (alpha + beta + n - 1)
    closed *= hyp2f1(1, beta + n, alpha + beta + n, 1 / 1.1)
    found = residual_lifetime_ahead(
        given_fit(alpha, beta), tenure=n - 1, period_count=400, discount_ppm=100_000
    )
    assert found.value * 1.1 == pytest.approx(closed, rel=1e-9)
    assert found.low < found.value < found.high


def test_error_of_a_fitted_residual_lifetime_is_that_of_its_parameters() -> None:
    draw = np.random.default_rng(2)
    fit = fit_shifted_beta_geometric(subscribers(3, count=20_000))
    one = residual_lifetime_ahead(fit, tenure=2, period_count=12)
    drawn = draw.multivariate_normal(fit.values, fit.covariance, 2000)
    others = [
        residual_lifetime_ahead(given_fit(alpha, beta), tenure=2, period_count=12).value
        for alpha, beta in drawn.tolist()
    ]
    # 2,000 draws know a deviation to 5% at three errors, and it is not quite linear.
    assert one.standard_error == pytest.approx(np.std(others), rel=0.08)


def test_life_table_of_a_hand_worked_case_is_exact() -> None:
    # Ten at risk, two leave; one more is lost to sight; of seven one leaves; six stay.
    tenures = Tenures(
        tenure=[1, 1, 1, 2, 2, 2, 2, 2, 2, 2],
        has_left=np.array([True, True, False, True] + [False] * 6),
    )
    table = life_table(tenures)
    assert table.at_risk.tolist() == [10, 7]
    assert table.left.tolist() == [2, 1]
    assert table.survival == pytest.approx([0.8, 0.8 * 6 / 7])
    assert table.left_share == 0.3
    found = residual_lifetime(table, tenure=0, period_count=2)
    assert found.value == pytest.approx(0.8 + 0.8 * 6 / 7)


def test_customers_without_a_renewal_say_nothing() -> None:
    some = subscribers(4, count=500)
    more = Tenures(
        tenure=np.concatenate([some.tenure, np.zeros(30)]),
        has_left=np.concatenate([some.has_left, np.zeros(30, dtype=bool)]),
    )
    np.testing.assert_array_equal(life_table(some).survival, life_table(more).survival)
    one, other = fit_shifted_beta_geometric(some), fit_shifted_beta_geometric(more)
    assert one.parameters == other.parameters


def test_interval_has_a_width_where_nobody_or_everybody_left() -> None:
    stayed = life_table(Tenures(tenure=[3] * 20, has_left=np.zeros(20, dtype=bool)))
    # All of 20 stay with a chance of 2.5% or more only if each does with 0.025^(1/20).
    assert stayed.low == pytest.approx([0.025 ** (1 / 20)] * 3)
    assert (stayed.high == 1).all()
    worth = residual_lifetime(stayed, tenure=0, period_count=3)
    assert (worth.value, worth.standard_error) == (3.0, None)
    assert worth.low == pytest.approx(3 * 0.025 ** (1 / 20))
    gone = life_table(Tenures(tenure=[1] * 20, has_left=np.ones(20, dtype=bool)))
    assert (gone.survival[0], gone.low[0]) == (0, 0)
    assert gone.high[0] == pytest.approx(1 - 0.025 ** (1 / 20))
    lost = residual_lifetime(gone, tenure=0, period_count=1)
    assert lost.low == 0.0 < lost.high == pytest.approx(gone.high[0])


def test_each_contract_term_has_a_table_of_its_own() -> None:
    monthly, yearly = subscribers(5, count=80), subscribers(6, count=90)
    both = Tenures(
        tenure=np.concatenate([monthly.tenure, yearly.tenure]),
        has_left=np.concatenate([monthly.has_left, yearly.has_left]),
    )
    term = np.repeat(["month", "year"], [80, 90])
    order = np.random.default_rng(0).permutation(170)
    turned = Tenures(tenure=both.tenure[order], has_left=both.has_left[order])
    tables = life_tables(turned, term[order])
    assert list(tables) == ["month", "year"]
    np.testing.assert_array_equal(tables["month"].low, life_table(monthly).low)
    np.testing.assert_array_equal(tables["year"].high, life_table(yearly).high)


@pytest.mark.parametrize(
    ("tenure", "has_left"),
    [
        ([], []),
        ([1.5], [False]),
        ([-1.0], [False]),
        ([0.0], [True]),
        ([np.nan], [False]),
        ([1.0, 2.0], [True]),
        ([1.0, 2.0], [0.0, 1.0]),
    ],
)
def test_tenure_that_cannot_be_is_refused(
    tenure: list[float], has_left: list[bool]
) -> None:
    with pytest.raises(WorthError) as error:
        Tenures(tenure=tenure, has_left=has_left)
    assert all(problem.remedy for problem in error.value.problems)


@pytest.mark.parametrize(
    ("tenure", "left_count", "found"),
    [
        ([2.0], 1, "1 customers"),
        ([2.0] * 30, 0, "nobody has left"),
        ([1.0] * 30, 9, "all were up for renewal once"),
    ],
)
def test_too_little_to_fit_is_refused(
    tenure: list[float], left_count: int, found: str
) -> None:
    few = Tenures(tenure=tenure, has_left=np.arange(len(tenure)) < left_count)
    with pytest.raises(WorthError) as error:
        fit_shifted_beta_geometric(few)
    assert found in {problem.message for problem in error.value.problems}
    assert all(problem.remedy for problem in error.value.problems)


def test_customers_with_one_common_chance_are_refused() -> None:
    # Half leave at every renewal: all alike, so that alpha and beta have no end.
    leaving = np.repeat([1, 2, 3, 4], [512, 256, 128, 64])
    tenure = np.concatenate([leaving, np.full(64, 4)])
    alike = Tenures(tenure=tenure, has_left=np.arange(1024) < 960)
    with pytest.raises(WorthError, match="no maximum"):
        fit_shifted_beta_geometric(alike)


def test_asking_beyond_the_table_is_refused_with_the_way_out() -> None:
    table = life_table(subscribers(7, count=50, periods=4))
    with pytest.raises(WorthError) as error:
        residual_lifetime(table, tenure=2, period_count=9)
    assert "fit_shifted_beta_geometric" in error.value.problems[0].remedy
    nobody = Tenures(tenure=[0.0] * 5, has_left=np.zeros(5, dtype=bool))
    with pytest.raises(WorthError, match="nobody has been up for renewal"):
        life_table(nobody)
    with pytest.raises(WorthError, match="no period to look ahead"):
        residual_lifetime(table, tenure=-1, period_count=0)
