"""Does a robust interval hold the effect when paths part as much after as before?"""

from __future__ import annotations

import math

import attrs
import numpy as np
import pytest
from scipy.optimize import brentq, linprog

from openspiff.measure import Estimate, MeasureError
from openspiff.measure._sensitivity import relative_magnitudes

LIKE = Estimate(
    name="gross",
    value=0.0,
    standard_error=1.0,
    low=-2.0,
    high=2.0,
    method="imputation",
    tier="B",
    unit="units per payee-week",
    unit_count=500,
    cluster_count=50,
)


def some_covariance(seed: int, size: int, scale: float = 0.05) -> np.ndarray:
    root = np.random.default_rng(seed).normal(size=(size, size))
    return scale**2 * (root @ root.T / size + np.eye(size))


def by_linear_programs(
    before: np.ndarray, after: np.ndarray, weights: np.ndarray, ratio: float
) -> tuple[float, float]:
    """Return the identified set: one program for each step and sign, and their union.

    The unknowns are the differences in the untreated outcome after the start.
    """
    whole = np.diff([*before, 0.0])
    size = after.size
    steps = np.eye(size) - np.eye(size, k=-1)  # the first is against the reference
    found = []
    for step in whole:
        for sign in (1, -1):
            if sign * step < np.abs(whole).max() - 1e-12:
                continue  # not the largest: an empty branch
            room = np.full(2 * size, ratio * sign * step)
            for side in (1, -1):
                solved = linprog(
                    side * weights,
                    A_ub=np.vstack([steps, -steps]),
                    b_ub=room,
                    bounds=(None, None),
                )
                found.append(weights @ after - side * solved.fun)
    return min(found), max(found)


@pytest.mark.parametrize("seed", range(6))
def test_identified_set_equals_that_of_linear_programs(seed: int) -> None:
    draw = np.random.default_rng(seed)
    p, q = int(draw.integers(1, 6)), int(draw.integers(1, 6))
    before, after, weights = draw.normal(size=p), draw.normal(size=q), draw.normal(size=q)
    found = relative_magnitudes(
        before, after, covariance=some_covariance(seed, p + q), like=LIKE, weights=weights
    )
    for point in found.points:
        truth = by_linear_programs(before, after, weights, point.ratio)
        # The accuracy of the linear programs.
        assert (point.identified_low, point.identified_high) == pytest.approx(
            truth, abs=1e-7
        )


@pytest.mark.parametrize("seed", range(8))
def test_breakdown_is_where_the_interval_reaches_zero(seed: int) -> None:
    draw = np.random.default_rng(seed)
    before, after = draw.normal(0, 0.05, 4), draw.normal(0.6 * (-1) ** seed, 0.05, 3)
    covariance = some_covariance(seed, 7)

    def nearest(ratio: float) -> float:
        one = relative_magnitudes(
            before, after, covariance=covariance, like=LIKE, ratios=[ratio]
        ).points[0]
        return one.estimate.low if one.estimate.value > 0 else -one.estimate.high

    found = relative_magnitudes(before, after, covariance=covariance, like=LIKE)
    assert found.breakdown == pytest.approx(brentq(nearest, 0, 1e3), rel=1e-6)


def test_interval_at_ratio_zero_is_the_usual_one() -> None:
    covariance = some_covariance(1, 5)
    after = np.array([0.1, 0.2, 0.3])
    like = attrs.evolve(LIKE, degrees_of_freedom=9.0)
    found = relative_magnitudes(np.zeros(2), after, covariance=covariance, like=like)
    one = found.points[0].estimate
    error = math.sqrt(np.full(3, 1 / 3) @ covariance[2:, 2:] @ np.full(3, 1 / 3))
    assert one.standard_error == pytest.approx(error)
    # 2.262157 is the .975 quantile of t with 9 degrees of freedom.
    assert one.low == pytest.approx(0.2 - 2.262157 * error, rel=1e-6)
    assert one.high == pytest.approx(0.2 + 2.262157 * error, rel=1e-6)


def test_breakdown_is_zero_where_nothing_was_found() -> None:
    found = relative_magnitudes(
        np.zeros(3), np.full(2, 0.01), covariance=0.01 * np.eye(5), like=LIKE
    )
    assert found.breakdown == 0.0
    assert not found.points[0].estimate.excludes_zero


def test_intervals_grow_with_the_ratio() -> None:
    draw = np.random.default_rng(2)
    found = relative_magnitudes(
        draw.normal(0, 0.1, 4),
        draw.normal(1, 0.1, 4),
        covariance=some_covariance(2, 8),
        like=LIKE,
    )
    lows = [one.estimate.low for one in found.points]
    highs = [one.estimate.high for one in found.points]
    assert lows == sorted(lows, reverse=True)
    assert highs == sorted(highs)


def shares_covered(worlds: int, *, direction: float, noise: float) -> dict[str, float]:
    """Let paths part by the most that a ratio of 1 allows; return who holds the truth."""
    trend = np.array([0.3, 0.1, 0.0])  # steps of .2 and .1 before the reference
    parted = direction * 0.2 * np.arange(1, 5)
    covariance = some_covariance(7, 7, noise)
    truth = 0.5
    held: dict[str, list[bool]] = {"usual": [], "robust": []}
    for seed in range(worlds):
        error = np.random.default_rng(seed).multivariate_normal(np.zeros(7), covariance)
        path = np.concatenate([trend, truth + parted]) + error
        found = relative_magnitudes(
            path[:3], path[3:], covariance=covariance, like=LIKE, ratios=[0.0, 1.0]
        )
        for name, point in zip(held, found.points, strict=True):
            held[name].append(point.estimate.low <= truth <= point.estimate.high)
    return {name: float(np.mean(shares)) for name, shares in held.items()}


@pytest.mark.parametrize("direction", [1.0, -1.0])
@pytest.mark.parametrize("noise", [0.01, 0.05, 0.2])
def test_robust_interval_holds_the_truth_at_the_edge_of_what_is_allowed(
    direction: float, noise: float
) -> None:
    held = shares_covered(400, direction=direction, noise=noise)
    # 400 worlds: two standard errors of a share of .95. More is held where noise makes
    # the largest step look larger: the interval is conservative.
    assert held["robust"] >= 0.95 - 0.022


def test_usual_interval_misses_the_truth_in_the_same_worlds() -> None:
    assert shares_covered(200, direction=1.0, noise=0.05)["usual"] < 0.10


def test_input_is_left_as_it_was_and_unit_is_irrelevant() -> None:
    before, after = np.array([0.1, 0.05]), np.array([0.5, 0.6])
    covariance = some_covariance(3, 4)
    copies = before.copy(), after.copy(), covariance.copy()
    found = relative_magnitudes(before, after, covariance=covariance, like=LIKE)
    for one, other in zip((before, after, covariance), copies, strict=True):
        np.testing.assert_array_equal(one, other)
    cents = relative_magnitudes(
        before * 100, after * 100, covariance=covariance * 1e4, like=LIKE
    )
    assert cents.breakdown == pytest.approx(found.breakdown, rel=1e-9)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"before": np.zeros(0)}, "0 weeks before"),
        ({"covariance": np.eye(3)}, r"covariance \(3, 3\)"),
        ({"covariance": -np.eye(4)}, "not that of anything"),
        ({"covariance": np.triu(np.ones((4, 4)))}, "not that of anything"),
        ({"after": np.array([0.1, np.nan])}, "missing"),
        ({"weights": np.ones(3)}, "weights"),
        ({"ratios": [-1.0]}, "ratios"),
        ({"ratios": []}, "ratios"),
    ],
)
def test_path_that_is_none_raises_with_a_remedy(
    change: dict[str, object], said: str
) -> None:
    plain = {
        "before": np.array([0.1, 0.0]),
        "after": np.array([0.5, 0.6]),
        "covariance": np.eye(4),
    }
    asked = {**plain, **change}
    with pytest.raises(MeasureError, match=said) as error:
        relative_magnitudes(asked.pop("before"), asked.pop("after"), like=LIKE, **asked)
    assert all(problem.remedy for problem in error.value.problems)
