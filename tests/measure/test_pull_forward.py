"""Is what moved in time told from what was added, and what stayed from what faded?"""

from __future__ import annotations

import math

import attrs
import numpy as np
import pytest
from measure_worlds import World, make_world

from openspiff.measure import Estimate, MeasureError, RatioSet, Sums, holdout_comparison
from openspiff.measure._pull_forward import (
    Timing,
    half_life,
    hold_back_share,
    holdout_timing,
    net_effect,
    persistence,
    pull_forward_share,
)

COVARIANCE = np.array([[0.04, 0.005, -0.01], [0.005, 0.02, 0.002], [-0.01, 0.002, 0.03]])
CRITICAL = 1.959963984540054


def estimate(value: float, variance: float, *, name: str = "gross") -> Estimate:
    error = variance**0.5
    return Estimate(
        name=name,
        value=value,
        standard_error=error,
        low=value - CRITICAL * error,
        high=value + CRITICAL * error,
        method="holdout",
        tier="A",
        unit="units per payee-week",
        unit_count=100,
        cluster_count=100,
    )


def timing(gross: float = 2.0, hold_back: float = -0.3, dip: float = -0.8) -> Timing:
    values = (gross, hold_back, dip)
    names = ("gross", "hold-back", "dip")
    parts = [
        estimate(value, COVARIANCE[at, at], name=name)
        for at, (value, name) in enumerate(zip(values, names, strict=True))
    ]
    return Timing(gross=parts[0], hold_back=parts[1], dip=parts[2], covariance=COVARIANCE)


def test_net_effect_is_the_sum_with_the_error_of_the_sum() -> None:
    found = net_effect(timing())
    assert found.value == pytest.approx(0.9)
    assert found.standard_error == pytest.approx(COVARIANCE.sum() ** 0.5)
    assert found.high == pytest.approx(0.9 + CRITICAL * COVARIANCE.sum() ** 0.5)


def test_shares_of_the_gross_effect_are_what_was_lost_around_it() -> None:
    forward, back = pull_forward_share(timing()), hold_back_share(timing())
    assert (forward.value, back.value) == pytest.approx((0.4, 0.15))
    for found, part in ((forward, 2), (back, 1)):
        for end in (found.low, found.high):
            assert end is not None
            # Each end is a share that the test of -part - share x gross = 0 just rejects.
            turn = np.zeros(3)
            turn[part], turn[0] = -1.0, -end
            gap = turn @ timing().values / (turn @ COVARIANCE @ turn) ** 0.5
            assert abs(gap) == pytest.approx(CRITICAL)


def test_faint_gross_effect_gives_an_unbounded_share() -> None:
    found = pull_forward_share(timing(gross=0.1, dip=-0.9))
    assert found.is_unbounded
    assert found.warnings[-1].code == "unbounded"
    assert "gross effect is zero" in found.warnings[-1].sentence


@pytest.mark.parametrize("ask", [pull_forward_share, hold_back_share])
def test_share_of_no_gross_effect_is_refused(ask: object) -> None:
    assert callable(ask)
    with pytest.raises(MeasureError, match="needs a gross effect above zero") as error:
        ask(timing(gross=-0.1))
    assert error.value.problems[0].remedy


@pytest.mark.parametrize(
    ("covariance", "fault"),
    [
        (np.eye(2), "3 estimates"),
        (COVARIANCE + np.triu(np.ones((3, 3)), 1), "not symmetric"),
        (COVARIANCE * 2, "squared standard errors"),
        (COVARIANCE + 9 * (1 - np.eye(3)), "variance below zero"),
        (COVARIANCE * np.nan, "gaps"),
    ],
)
def test_covariance_of_other_estimates_is_refused(
    covariance: np.ndarray, fault: str
) -> None:
    with pytest.raises(MeasureError, match="no covariance of these estimates") as error:
        attrs.evolve(timing(), covariance=covariance)
    assert fault in str(error.value)


def test_effects_in_different_units_are_refused() -> None:
    other = attrs.evolve(timing().dip, unit="USD minor units per payee-week")
    with pytest.raises(MeasureError, match="different units"):
        attrs.evolve(timing(), dip=other)


def moved(
    seed: int, *, forward: float = 0.5, back: float = 0.1
) -> tuple[World, Sums, Sums]:
    """Return a world with a lift of .6, and the sums of announcement and horizon."""
    world = make_world(seed, lift=0.6, firm_count=60)
    draw = np.random.default_rng(5_000 + seed)
    talent = world.before.rate
    side = world.is_treated

    def span(weeks: float, loss: float) -> Sums:
        rate = np.maximum(talent * weeks - loss * side, 0.0)
        return Sums(total=draw.poisson(rate) * 1.0, weeks=np.full(side.size, weeks))

    return world, span(2.0, 0.6 * 8 * back), span(8.0, 0.6 * 8 * forward)


def look(seed: int, **shape: float) -> Timing:
    world, announcement, horizon = moved(seed, **shape)
    return holdout_timing(
        world.during,
        announcement,
        horizon,
        world.is_treated,
        units=world.units,
        strata=world.strata,
        before=world.before,
    )


def test_net_of_the_parts_is_the_effect_on_the_sum_of_the_parts() -> None:
    world, announcement, horizon = moved(1)
    total = world.during.total + announcement.total + horizon.total
    whole = holdout_comparison(
        attrs.evolve(world.during, total=total),
        world.is_treated,
        units=world.units,
        strata=world.strata,
        before=world.before,
        redraw=None,
    )
    found = net_effect(look(1))
    wanted = (whole.value, whole.standard_error, whole.low, whole.high)
    assert (found.value, found.standard_error, found.low, found.high) == pytest.approx(
        wanted
    )


def test_planted_shares_are_covered() -> None:
    found = [look(seed) for seed in range(200)]
    sets = {
        0.5: [pull_forward_share(one) for one in found],
        0.1: [hold_back_share(one) for one in found],
    }
    for truth, shares in sets.items():
        ranges = [RatioSet(shape=one.shape, low=one.low, high=one.high) for one in shares]
        # 200 worlds: three standard errors of .0154. Payees who could not lose more than
        # they sell make the planted shares of a few payees smaller, which this allows for.
        assert np.mean([one.holds(truth) for one in ranges]) >= 0.95 - 0.046, truth


def test_persistence_is_what_is_left_of_the_weekly_lift() -> None:
    after, gross = estimate(0.5, 0.01, name="after"), estimate(2.0, 0.04)
    found = persistence(after, gross, covariance=0.004)
    assert found.value == pytest.approx(0.25)
    assert found.unit == "share of the weekly lift"
    assert found.low is not None
    gap = 0.5 - found.low * 2.0
    spread = 0.01 - 2 * found.low * 0.004 + found.low**2 * 0.04
    assert gap / spread**0.5 == pytest.approx(CRITICAL)


def test_persistence_of_no_lift_or_in_other_units_is_refused() -> None:
    after, gross = estimate(0.5, 0.01), estimate(-2.0, 0.04)
    with pytest.raises(MeasureError, match="above zero"):
        persistence(after, gross, covariance=0.0)
    with pytest.raises(MeasureError, match="different units"):
        persistence(attrs.evolve(after, unit="deals"), after, covariance=0.0)
    with pytest.raises(MeasureError, match="no covariance"):
        persistence(after, after, covariance=5.0)


WEEKS = np.arange(1.0, 9.0)
NOISE = 0.0009 * (0.5 * np.eye(8) + 0.5)


def fade(values: np.ndarray, covariance: np.ndarray = NOISE) -> Estimate:
    parts = tuple(estimate(one, covariance[0, 0], name="after") for one in values)
    return half_life(parts, weeks=WEEKS[: len(parts)], covariance=covariance)


def test_half_life_of_a_clean_decay_is_found() -> None:
    found = fade(0.8 * 0.5 ** (WEEKS / 4.0))
    assert found.value == pytest.approx(4.0, rel=1e-5)  # the fit stops at 1e-8 of its cost
    assert found.unit == "weeks"
    assert found.low is not None
    assert found.high is not None
    assert found.low < 4.0 < found.high


def test_half_life_covers_the_truth() -> None:
    draw = np.random.default_rng(1)
    truth = 0.8 * 0.5 ** (WEEKS / 4.0)
    held = []
    for noise in draw.multivariate_normal(np.zeros(8), NOISE, size=300):
        found = fade(truth + noise)
        held.append((found.low or 0.0) <= 4.0 <= (found.high or math.inf))
    # 300 draws: the standard error of .95 is .0126; two and a half of them.
    assert np.mean(held) == pytest.approx(0.95, abs=0.032)


def test_decay_that_may_be_none_has_no_upper_end() -> None:
    found = fade(0.5 - 0.004 * WEEKS)
    assert (found.shape, found.high, found.standard_error) == ("from", None, None)
    assert found.warnings[-1].code == "unbounded"
    assert "stays for good" in found.warnings[-1].sentence


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (0.01 * np.ones(8), "needs a lift that stayed"),
        (-0.5 * np.ones(8), "needs a lift that stayed"),
        (0.3 + 0.05 * WEEKS, "does not decay"),
    ],
)
def test_half_life_of_what_did_not_stay_or_fade_is_refused(
    values: np.ndarray, message: str
) -> None:
    with pytest.raises(MeasureError, match=message) as error:
        fade(values)
    assert error.value.problems[0].remedy


def test_half_life_of_two_weeks_or_of_one_week_twice_is_refused() -> None:
    with pytest.raises(MeasureError, match="too few weeks"):
        fade(np.array([0.8, 0.6]), NOISE[:2, :2])
    with pytest.raises(MeasureError, match="cannot be told apart"):
        fade(np.linspace(0.8, 0.4, 8), np.full((8, 8), 0.0009))
    with pytest.raises(MeasureError, match="no decay can be fitted"):
        half_life(
            tuple(estimate(one, NOISE[0, 0]) for one in (0.8, 0.7, 0.6)),
            weeks=np.full(3, 2.0),
            covariance=NOISE[:3, :3],
        )
