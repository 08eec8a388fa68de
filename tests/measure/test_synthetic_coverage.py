"""Do intervals from placebo sets hold the truth in 95 of 100 worlds of common factors?"""

from __future__ import annotations

import numpy as np
import pytest

from openspiff.measure._synthetic import (
    Method,
    conformal_p_values,
    synthetic_comparison,
)

UNITS, PERIODS, PRE = 40, 30, 20
LIFT = 0.8


def make_world(seed: int, *, treated: int) -> tuple[np.ndarray, np.ndarray]:
    """Return outcomes (40 x 30) by two drifting factors, and who was drawn to be treated.

    Units differ in level and in how they follow the factors; what is left of each week
    leans on the week before at .4.
    """
    generator = np.random.default_rng(seed)
    loads = generator.normal(size=(UNITS, 2))
    factors = 0.3 * generator.normal(size=(2, PERIODS)).cumsum(axis=1)
    noise = generator.normal(size=(UNITS, PERIODS))
    for period in range(1, PERIODS):
        noise[:, period] = 0.4 * noise[:, period - 1] + 0.84**0.5 * noise[:, period]
    outcome = 10 + 2 * generator.normal(size=(UNITS, 1)) + loads @ factors + noise
    outcome += 0.3 * generator.normal(size=PERIODS).cumsum()
    chosen = generator.choice(UNITS, treated, replace=False)
    outcome[chosen, PRE:] += LIFT
    return outcome, np.isin(np.arange(UNITS), chosen)


def covered_and_errors(
    method: Method, *, treated: int, worlds: int, most_sets: int
) -> tuple[float, np.ndarray]:
    """Return the share of intervals that hold the lift, and how far estimates are off."""
    found = [
        synthetic_comparison(
            *make_world(seed, treated=treated),
            pre_count=PRE,
            method=method,
            most_sets=most_sets,
        ).estimate
        for seed in range(1000, 1000 + worlds)
    ]
    held = [one.low <= LIFT <= one.high for one in found]
    return float(np.mean(held)), np.array([one.value - LIFT for one in found])


def tolerance(worlds: int) -> float:
    """Return how far a share of .95 strays: .02 allowed, and two and a half errors."""
    return 0.02 + 2.5 * (0.95 * 0.05 / worlds) ** 0.5


# Differences need no search, so hundreds of worlds take seconds; their placebo sets and
# intervals are those of every method.
@pytest.mark.parametrize("treated", [1, 3, 5])
def test_intervals_cover_the_lift_of_few_treated(treated: int) -> None:
    worlds = 250
    covered, off = covered_and_errors(
        "differences", treated=treated, worlds=worlds, most_sets=199
    )
    assert covered == pytest.approx(0.95, abs=tolerance(worlds))
    # Three standard errors of the mean of so many worlds.
    assert abs(off.mean()) < 3 * off.std() / worlds**0.5


@pytest.mark.slow
@pytest.mark.parametrize("treated", [1, 4])
@pytest.mark.parametrize("method", ["synthetic_differences", "demeaned_control"])
def test_intervals_of_fitted_mixes_cover_the_lift(method: Method, treated: int) -> None:
    worlds = 200
    covered, off = covered_and_errors(method, treated=treated, worlds=worlds, most_sets=99)
    assert covered == pytest.approx(0.95, abs=tolerance(worlds))
    assert abs(off.mean()) < 3 * off.std() / worlds**0.5
    # A mix that follows the factors is nearer than plain differences.
    plain = covered_and_errors("differences", treated=treated, worlds=worlds, most_sets=99)
    assert off.std() < plain[1].std()


@pytest.mark.slow
def test_shifted_errors_reject_the_true_lift_as_rarely_as_they_say() -> None:
    worlds, truth = 300, np.array([LIFT])
    found = np.array(
        [
            conformal_p_values(*make_world(seed, treated=2), truth, pre_count=PRE)[0]
            for seed in range(worlds)
        ]
    )
    # 30 shifts: the largest p-value up to .05 is 1/30.
    assert np.mean(found <= 0.05) <= 1 / 30 + 2.5 * (0.033 * 0.967 / worlds) ** 0.5
    # Two and a half standard errors of a share of .5 in so many worlds.
    assert np.mean(found <= 0.5) == pytest.approx(0.5, abs=2.5 * 0.5 / worlds**0.5)
