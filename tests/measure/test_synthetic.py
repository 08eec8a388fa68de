"""Is what a mix of donors would have done found, and its uncertainty told honestly?"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from scipy.optimize import nnls

from openspiff.measure import Estimate, MeasureError
from openspiff.measure._synthetic import (
    Method,
    Synthetic,
    conformal_comparison,
    synthetic_comparison,
)
from openspiff.measure._synthetic._block import make_block
from openspiff.measure._synthetic._frank_wolfe import Questions, fitted_shares
from openspiff.measure._synthetic._placebo import half_width, placebo_sets, rank_p_value

UNITS, PERIODS, PRE = 24, 10, 6
METHODS: tuple[Method, ...] = get_args(Method)
every_method = pytest.mark.parametrize("method", METHODS)


def make_paths(
    seed: int, *, treated: int = 1, units: int = UNITS, lift: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Return outcomes (units x periods) that share two factors, and who is treated."""
    generator = np.random.default_rng(seed)
    loads = generator.normal(size=(units, 2))
    factors = generator.normal(size=(2, PERIODS)).cumsum(axis=1)
    outcome = 10 + loads @ factors + generator.normal(size=(units, PERIODS))
    is_treated = np.arange(units) < treated
    outcome[:treated, PRE:] += lift
    return outcome, is_treated


def estimate(
    outcome: np.ndarray, is_treated: np.ndarray, method: Method = "demeaned_control"
) -> Synthetic:
    return synthetic_comparison(
        outcome, is_treated, pre_count=PRE, method=method, most_sets=39
    )


@pytest.fixture(scope="module")
def proposition_99(shared_data: Path) -> tuple[np.ndarray, np.ndarray]:
    path = shared_data / "causal" / "prop99_synthdid.csv"
    with path.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines, delimiter=";"))
    states = sorted({row["State"] for row in rows})
    years = sorted({row["Year"] for row in rows})
    packs = np.full((len(states), len(years)), np.nan)
    for row in rows:
        place = states.index(row["State"]), years.index(row["Year"])
        packs[place] = float(row["PacksPerCapita"])
    return packs, np.array([state == "California" for state in states])


# Arkhangelsky et al. (2021), American Economic Review 111(12), California's Proposition
# 99, all donors in turn as the placebo. The search ends where a step gains little, so
# another order of floating-point operations ends elsewhere: .01 where a penalty makes the
# mix unique, .15 where many mixes fit alike. Differences involve no search: the last digit.
PUBLISHED: list[tuple[Method, float, float, float]] = [
    ("synthetic_differences", -15.604, 9.369, 0.01),
    ("synthetic_control", -19.620, 10.620, 0.15),
    ("differences", -27.349, 17.287, 0.0005),
]


@pytest.mark.parametrize(("method", "effect", "error", "tolerance"), PUBLISHED)
def test_published_effect_and_its_placebo_deviation_are_found(
    proposition_99: tuple[np.ndarray, np.ndarray],
    method: Method,
    effect: float,
    error: float,
    tolerance: float,
) -> None:
    found = synthetic_comparison(*proposition_99, pre_count=19, method=method)
    assert found.estimate.value == pytest.approx(effect, abs=tolerance)
    assert found.estimate.standard_error == pytest.approx(error, abs=tolerance)
    assert found.placebos.size == 38
    assert found.left_out.size == 38
    assert found.left_out_low <= found.estimate.value <= found.left_out_high


def test_differences_of_california_are_four_means(
    proposition_99: tuple[np.ndarray, np.ndarray],
) -> None:
    packs, is_treated = proposition_99
    means = [packs[side][:, :19].mean() for side in (is_treated, ~is_treated)]
    later = [packs[side][:, 19:].mean() for side in (is_treated, ~is_treated)]
    found = synthetic_comparison(packs, is_treated, pre_count=19, method="differences")
    by_hand = (later[0] - means[0]) - (later[1] - means[1])
    # Sums of 1,209 numbers of about 100.
    assert found.estimate.value == pytest.approx(by_hand, abs=1e-9)


def exact_shares(donors: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return the best mix of donors (K x P), by non-negative least squares."""
    donors = donors - donors.mean(axis=1, keepdims=True)
    heavy = 1e4  # so that shares sum to one up to 1e-8
    table = np.vstack([donors.T, np.full((1, donors.shape[0]), heavy)])
    return nnls(table, np.append(target - target.mean(), heavy))[0]


def test_fitted_mix_is_as_close_as_the_best_one() -> None:
    outcome, _ = make_paths(1, units=8)
    targets, donors = outcome[:3], outcome[3:]
    shares = fitted_shares(
        Questions(
            atoms=donors,
            targets=targets,
            is_atom=np.ones((3, 5), dtype=bool),
            is_point=np.ones((3, PERIODS), dtype=bool),
            has_intercept=True,
        ),
        zeta=0.0,
        least_decrease=1e-5,
    )
    assert shares.sum(axis=1) == pytest.approx(np.ones(3), abs=1e-12)  # rounding
    assert (shares >= 0).all()
    for share, target in zip(shares, targets, strict=True):
        best = exact_shares(donors, target)
        missed = [(target - mix @ donors).std() for mix in (share, best)]
        # Steps stop where they gain 1e-10; a thousand more of them gain no more than 1e-4.
        assert missed[0] == pytest.approx(missed[1], rel=1e-4)


def test_many_questions_are_answered_as_each_alone() -> None:
    outcome, _ = make_paths(2)
    generator = np.random.default_rng(0)
    questions = Questions(
        atoms=outcome,
        targets=generator.normal(size=(6, PERIODS)),
        is_atom=generator.random((6, UNITS)) < 0.7,
        is_point=generator.random((6, PERIODS)) < 0.8,
        has_intercept=True,
    )
    together = fitted_shares(questions, zeta=2.0, least_decrease=1e-5)
    assert (together[~questions.is_atom] == 0).all()
    for row in range(6):
        alone = fitted_shares(
            questions.only(slice(row, row + 1)), zeta=2.0, least_decrease=1e-5
        )
        # The same steps; products of matrices round differently by their size.
        assert together[row] == pytest.approx(alone[0], abs=1e-9)


@every_method
def test_added_lift_is_added_to_the_estimate(method: Method) -> None:
    without = estimate(*make_paths(3, treated=2), method)
    found = estimate(*make_paths(3, treated=2, lift=1.5), method)
    # Neither weights nor placebos look at what the treated did during the program.
    difference = found.estimate.value - without.estimate.value
    assert difference == pytest.approx(1.5, abs=1e-9)
    assert found.placebos == pytest.approx(without.placebos, abs=1e-9)
    assert found.gap[PRE:].mean() == pytest.approx(found.estimate.value, abs=1e-9)


@every_method
def test_unit_of_the_outcome_is_irrelevant(method: Method) -> None:
    outcome, is_treated = make_paths(4)
    plain = estimate(outcome, is_treated, method)
    scaled = estimate(3.0 * outcome, is_treated, method)
    # Rounding may end the search a step earlier or later.
    assert scaled.estimate.value == pytest.approx(3 * plain.estimate.value, abs=1e-4)
    assert scaled.estimate.p_value == plain.estimate.p_value


# Synthetic control without an intercept looks at levels. The penalty of synthetic
# differences grows with how far all units move together, as the authors define it.
@pytest.mark.parametrize(
    ("method", "shared", "own"),
    [
        ("synthetic_differences", 0.0, 1.0),
        ("demeaned_control", 1.0, 1.0),
        ("differences", 1.0, 1.0),
        ("synthetic_control", 1.0, 0.0),
    ],
)
def test_level_of_a_period_or_of_a_unit_is_irrelevant(
    method: Method, shared: float, own: float
) -> None:
    outcome, is_treated = make_paths(5)
    generator = np.random.default_rng(0)
    level = shared * generator.normal(size=PERIODS)
    level = level + own * generator.normal(size=(UNITS, 1))
    plain = estimate(outcome, is_treated, method)
    moved = estimate(outcome + level, is_treated, method)
    # The noise, and with it the end of the search, moves with what units share: a step
    # there moves the mix by about 1e-3.
    assert moved.estimate.value == pytest.approx(plain.estimate.value, abs=1e-2)


@every_method
def test_order_of_units_and_their_names_are_irrelevant(method: Method) -> None:
    outcome, is_treated = make_paths(6, treated=3)
    untouched = outcome.copy(), is_treated.copy()
    order = np.random.default_rng(1).permutation(UNITS)
    plain = estimate(outcome, is_treated, method)
    shuffled = synthetic_comparison(
        outcome[order],
        is_treated[order],
        pre_count=PRE,
        method=method,
        most_sets=39,
        units=np.array([f"firm {number}" for number in order]),
    )
    assert shuffled.estimate == plain.estimate
    donors = (np.cumsum(~is_treated) - 1)[order][~is_treated[order]]
    np.testing.assert_array_equal(shuffled.donor_share, plain.donor_share[donors])
    np.testing.assert_array_equal(shuffled.left_out, plain.left_out[donors])
    np.testing.assert_array_equal(outcome, untouched[0])
    np.testing.assert_array_equal(is_treated, untouched[1])


def test_shares_are_told_and_sum_to_one() -> None:
    found = estimate(*make_paths(7), "synthetic_differences")
    for shares in (found.donor_share, found.period_share):
        assert shares.sum() == pytest.approx(1, abs=1e-12)  # rounding
        assert (shares >= 0).all()
    assert found.donor_share.size == UNITS - 1
    assert found.period_share.size == PRE


@every_method
def test_planted_lift_is_recovered(method: Method) -> None:
    found = estimate(*make_paths(17, treated=4, lift=8.0), method).estimate
    # One world, three of its standard errors.
    assert found.value == pytest.approx(8.0, abs=3 * found.standard_error)
    assert found.excludes_zero
    assert found.p_value < 0.05


@pytest.mark.parametrize(("size", "count"), [(1, 6), (2, 15), (3, 20), (4, 20)])
def test_placebo_sets_are_all_or_as_many_as_asked(size: int, count: int) -> None:
    outcome, is_treated = make_paths(8, treated=size, units=size + 6)
    block = make_block(outcome, is_treated, pre_count=PRE)
    most = 20 if size < 4 else 14  # of the 15 sets of four
    sets = placebo_sets(block, most_sets=most, seed=0)
    assert sets.shape[0] == min(count, most)
    assert (sets.sum(axis=1) == size).all()
    assert not sets[:, block.is_treated].any()
    if size < 4:
        assert np.unique(sets, axis=0).shape[0] == count


def test_seed_changes_nothing_but_which_sets_are_drawn() -> None:
    paths = make_paths(9, treated=3)
    one, same, other = (
        synthetic_comparison(
            *paths, pre_count=PRE, method="differences", most_sets=50, seed=seed
        )
        for seed in (1, 1, 2)
    )
    assert one.estimate == same.estimate
    assert one.estimate.value == other.estimate.value
    assert one.estimate.standard_error != other.estimate.standard_error


@pytest.mark.parametrize("count", [19, 20, 39, 250])
def test_interval_is_what_the_p_value_does_not_reject(count: int) -> None:
    placebos = np.random.default_rng(count).normal(size=count)
    half = half_width(placebos)
    assert half is not None
    assert rank_p_value(half * 0.9999, placebos) > 0.05
    assert rank_p_value(half * 1.0001, placebos) <= 0.05


def test_eighteen_placebos_reject_nothing() -> None:
    placebos = np.random.default_rng(0).normal(size=18)
    assert half_width(placebos) is None
    assert rank_p_value(1e9, placebos) > 0.05


def codes(estimate: Estimate) -> set[str]:
    return {caution.code for caution in estimate.warnings}


@pytest.mark.parametrize("treated", [1, 3])
def test_fewer_than_twenty_donors_leave_the_interval_open(treated: int) -> None:
    outcome, is_treated = make_paths(10, treated=treated, units=treated + 19, lift=50)
    for found in (
        estimate(outcome, is_treated, "differences").estimate,
        conformal_comparison(outcome, is_treated, pre_count=PRE),
    ):
        assert (found.shape, found.low, found.high) == ("everything", None, None)
        assert found.p_value >= 0.05
        assert not found.excludes_zero
        assert "few_donors" in codes(found)
    outcome, is_treated = make_paths(10, treated=treated, units=treated + 20, lift=50)
    enough = estimate(outcome, is_treated, "differences").estimate
    assert enough.p_value < 0.05
    assert "few_donors" not in codes(enough)


def test_treated_unlike_every_donor_are_said_to_fit_poorly() -> None:
    outcome, is_treated = make_paths(11)
    assert "poor_fit" not in codes(estimate(outcome, is_treated, "differences").estimate)
    outcome[0] += 10 * np.sin(np.arange(PERIODS))
    found = estimate(outcome, is_treated, "differences")
    assert "poor_fit" in codes(found.estimate)
    assert found.pre_rmse_ratio == pytest.approx(found.pre_rmse / outcome[1:, :PRE].std())


def test_sign_that_rests_on_one_donor_is_said_to() -> None:
    found = estimate(*make_paths(12, lift=8), "differences")
    assert "one_donor" not in codes(found.estimate)
    middle = float(np.median(found.left_out))
    outcome, is_treated = make_paths(12, lift=8 - middle)
    assert "one_donor" in codes(estimate(outcome, is_treated, "differences").estimate)


def test_unit_that_came_twice_under_two_names_is_noticed() -> None:
    outcome, is_treated = make_paths(13)
    assert "same_path" not in codes(estimate(outcome, is_treated, "differences").estimate)
    outcome[5] = outcome[4]
    assert "same_path" in codes(estimate(outcome, is_treated, "differences").estimate)


def bad_worlds() -> dict[str, tuple[dict[str, object], str]]:
    outcome, is_treated = make_paths(14)
    missing = outcome.copy()
    missing[3, 2] = np.nan
    flat = outcome.copy()
    flat[1:, :PRE] = 7.0
    names = np.array(["a", "a", *(str(number) for number in range(UNITS - 2))])
    good = {"outcome": outcome, "is_treated": is_treated, "pre_count": PRE}
    return {
        "one period before": (good | {"pre_count": 1}, "1 periods before"),
        "nothing after": (good | {"pre_count": PERIODS}, "all of them before"),
        "nobody treated": (good | {"is_treated": ~is_treated & False}, "no treated"),
        "all treated": (good | {"is_treated": is_treated | True}, "no donors"),
        "fewer donors than treated": (
            good | {"is_treated": np.arange(UNITS) < 20},
            "4 donors for 20",
        ),
        "missing": (good | {"outcome": missing}, "missing or infinite in 1 units"),
        "never changes": (good | {"outcome": flat}, "no change before"),
        "twice": (good | {"units": names}, "2 rows @ unit a"),
        "shapes": (good | {"is_treated": is_treated[1:]}, "do not fit together"),
    }


@pytest.mark.parametrize("world", bad_worlds())
def test_data_that_cannot_tell_raise_with_a_remedy(world: str) -> None:
    given, expected = bad_worlds()[world]
    for estimator in (synthetic_comparison, conformal_comparison):
        with pytest.raises(MeasureError, match=expected) as error:
            estimator(**given)
        assert all(problem.remedy for problem in error.value.problems)


def test_every_problem_is_told_at_once() -> None:
    outcome, is_treated = make_paths(15)
    outcome[2, 2] = np.inf
    with pytest.raises(MeasureError) as error:
        synthetic_comparison(outcome, is_treated & False, pre_count=1)
    assert len(error.value.problems) == 3


def test_same_call_gives_the_same_estimate() -> None:
    paths = make_paths(16, treated=2)
    assert estimate(*paths).estimate == estimate(*paths).estimate
