"""Does shifting errors in time tell which constant effects the data allow?"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import nnls

from openspiff.measure import Estimate, MeasureError
from openspiff.measure._synthetic import conformal_comparison, conformal_p_values

UNITS, PERIODS, PRE = 24, 24, 20


def make_paths(
    seed: int, *, treated: int = 1, periods: int = PERIODS
) -> tuple[np.ndarray, np.ndarray]:
    """Return outcomes (units x periods) that share two factors, and who is treated."""
    generator = np.random.default_rng(seed)
    loads = generator.normal(size=(UNITS, 2))
    factors = generator.normal(size=(2, periods)).cumsum(axis=1)
    outcome = 10 + loads @ factors + generator.normal(size=(UNITS, periods))
    return outcome, np.arange(UNITS) < treated


def p_value_by_hand(
    outcome: np.ndarray, is_treated: np.ndarray, effect: float, *, is_demeaned: bool
) -> float:
    path, donors = outcome[is_treated].mean(axis=0), outcome[~is_treated]
    path = path - effect * (np.arange(path.size) >= PRE)
    if is_demeaned:
        path = path - path.mean()
        donors = donors - donors.mean(axis=1, keepdims=True)
    heavy = 1e4  # so that shares sum to one up to 1e-8
    table = np.vstack([donors.T, np.full((1, donors.shape[0]), heavy)])
    error = path - nnls(table, np.append(path, heavy))[0] @ donors
    sums = [np.abs(np.roll(error, shift)[PRE:]).sum() for shift in range(path.size)]
    return float(np.mean([one >= sums[0] - 1e-9 for one in sums]))


@pytest.mark.parametrize("method", ["demeaned_control", "synthetic_control"])
def test_p_values_are_those_of_the_best_mix_and_every_shift(method: str) -> None:
    outcome, is_treated = make_paths(1, treated=2)
    effects = np.linspace(-4, 4, 9)
    found = conformal_p_values(outcome, is_treated, effects, pre_count=PRE, method=method)
    by_hand = [
        p_value_by_hand(
            outcome, is_treated, effect, is_demeaned=method == "demeaned_control"
        )
        for effect in effects
    ]
    # The search for a mix ends a little short of the best: one shift of 24 that nearly
    # ties may fall on the other side at one of the nine effects.
    off = np.abs(found - by_hand) * PERIODS
    assert off.sum() == pytest.approx(0, abs=1.01)
    assert len(set(by_hand)) == 3


@pytest.fixture(scope="module")
def plain() -> Estimate:
    return conformal_comparison(*make_paths(2), pre_count=PRE)


def test_interval_ends_where_effects_begin_to_be_rejected(plain: Estimate) -> None:
    (outcome, is_treated), found = make_paths(2), plain
    assert found.shape == "between"
    assert found.low < found.value < found.high
    # Ends are found to a part in thousands of the interval.
    slack = 0.01 * (found.high - found.low)
    inside = np.array([found.low, found.high])
    outside = np.array([found.low - slack, found.high + slack])
    kept, rejected = (
        conformal_p_values(outcome, is_treated, effects, pre_count=PRE)
        for effects in (inside, outside)
    )
    assert (kept > 0.05).all()
    assert (rejected <= 0.05).all()


def test_added_lift_moves_the_interval_and_is_detected(plain: Estimate) -> None:
    outcome, is_treated = make_paths(2)
    outcome[0, PRE:] += 20.0
    found = conformal_comparison(outcome, is_treated, pre_count=PRE)
    moved = np.array([found.low, found.value, found.high]) - 20.0
    # The search for the ends looks at the same effects, moved with the estimate.
    assert moved == pytest.approx([plain.low, plain.value, plain.high], abs=1e-3)
    assert found.p_value == pytest.approx(1 / PERIODS)
    assert found.excludes_zero
    assert not plain.excludes_zero


def test_order_of_units_is_irrelevant(plain: Estimate) -> None:
    outcome, is_treated = make_paths(2)
    order = np.random.default_rng(0).permutation(UNITS)
    shuffled = conformal_comparison(outcome[order], is_treated[order], pre_count=PRE)
    assert plain == shuffled


def test_program_longer_than_its_past_leaves_the_interval_without_ends() -> None:
    outcome, is_treated = make_paths(4)
    found = conformal_comparison(outcome, is_treated, pre_count=6)
    assert found.shape == "everything"
    assert "unbounded" in {caution.code for caution in found.warnings}


def test_fewer_than_twenty_periods_leave_the_interval_open() -> None:
    outcome, is_treated = make_paths(5, periods=19)
    outcome[0, 16:] += 50.0
    found = conformal_comparison(outcome, is_treated, pre_count=16)
    assert (found.shape, found.p_value) == ("everything", pytest.approx(1 / 19))
    assert "few_periods" in {caution.code for caution in found.warnings}


def test_effect_that_cannot_be_constant_raises_with_a_remedy() -> None:
    # With 48 periods an effect must explain more than the first of them to be kept.
    outcome, is_treated = make_paths(6, periods=48)
    outcome[0, 40:] += 400.0 * np.array([1, -1, 1, -1, 1, -1, 1, -1])
    with pytest.raises(MeasureError, match="no constant effect") as error:
        conformal_comparison(outcome, is_treated, pre_count=40)
    assert all(problem.remedy for problem in error.value.problems)
