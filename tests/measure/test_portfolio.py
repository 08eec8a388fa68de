"""Is what a library of programs teaches right, and does it say how little it knows?"""

from __future__ import annotations

import attrs
import numpy as np
import pytest
from scipy import stats

from openspiff.measure import Estimate, MeasureError
from openspiff.measure._portfolio import (
    SPREAD_OF_SHARES,
    FinishedProgram,
    Portfolio,
    portfolio,
)
from openspiff.measure._portfolio._grid import posterior

# Rubin (1981), Journal of Educational Statistics 6(4), rounded as in Gelman et al. (2013).
SCHOOLS = (28, 8, -3, 7, -1, 1, 18, 12)
SCHOOL_ERRORS = (15, 10, 16, 11, 9, 11, 10, 18)
# Gelman et al. (2013), Bayesian Data Analysis, table 5.3: quartiles of 200 draws.
SCHOOL_QUARTILES = {0.25: (7, 3, 2, 4, 1, 2, 7, 3), 0.5: (10, 8, 7, 8, 5, 6, 10, 8)}
SCHOOL_QUARTILES[0.75] = (16, 12, 11, 11, 10, 10, 15, 13)


def effect(value: float, error: float, **changes: object) -> Estimate:
    plain = Estimate(
        name="net",
        value=value,
        standard_error=error,
        low=value - 1.96 * error,
        high=value + 1.96 * error,
        method="known",
        tier="A",
        unit="share of the baseline",
        unit_count=100,
        cluster_count=100,
    )
    return attrs.evolve(plain, **changes)


def library(
    values: object, errors: object, *, names: str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
) -> list[FinishedProgram]:
    return [
        FinishedProgram(
            program_id=name,
            effect=effect(float(value), float(error)),
            behavior_kind="deal_won",
            audience="all",
            year=2024,
            window_day_count=28,
        )
        for name, value, error in zip(names, values, errors, strict=False)
    ]


def schools(spread_scale: float) -> Portfolio:
    return portfolio(library(SCHOOLS, SCHOOL_ERRORS), spread_scale=spread_scale)


def test_eight_schools_are_as_published() -> None:
    # A half-normal this wide is flat where the eight schools say anything.
    found = posterior(
        np.array(SCHOOLS, float),
        np.array(SCHOOL_ERRORS, float),
        np.ones((8, 1)),
        spread_scale=1_000.0,
    )
    for share, published in SCHOOL_QUARTILES.items():
        # A quartile of 200 draws with deviation 7 is off by .7; two of those and half a
        # point of rounding.
        np.testing.assert_allclose(found.shrunk.quantile(share), published, atol=1.9)
    whole = schools(1_000.0)
    assert whole.effects[0].shrunk.low == pytest.approx(-2, abs=1.0)  # the same table
    assert whole.effects[0].shrunk.high == pytest.approx(31, abs=1.0)


def by_brute_force(scale: float) -> dict[str, float]:
    """Sum the joint density of mean and spread for the schools over a dense table."""
    mean, spread = np.meshgrid(
        np.linspace(-60, 80, 1_001), np.linspace(0, 8 * scale, 1_001), indexing="ij"
    )
    logs = -(spread**2) / (2 * scale**2)
    for y, s in zip(SCHOOLS, SCHOOL_ERRORS, strict=True):
        logs = logs + stats.norm.logpdf(y, mean, np.hypot(s, spread))
    weight = np.exp(logs - logs.max())
    weight[:, [0, -1]] /= 2  # the density does not vanish at a spread of zero
    weight /= weight.sum()
    pull = SCHOOL_ERRORS[0] ** 2 / (SCHOOL_ERRORS[0] ** 2 + spread**2)
    first = pull * mean + (1 - pull) * SCHOOLS[0]
    center = (weight * mean).sum()
    return {
        "mean": center,
        "spread": (weight * spread).sum(),
        "first": (weight * first).sum(),
        "next deviation": (weight * (spread**2 + (mean - center) ** 2)).sum() ** 0.5,
    }


@pytest.mark.parametrize("scale", [2.0, 5.0, 20.0])
def test_grid_equals_a_sum_in_two_dimensions(scale: float) -> None:
    found, truth = schools(scale), by_brute_force(scale)
    answers = {
        "mean": found.mean.value,
        "spread": found.spread.value,
        "first": found.effects[0].shrunk.value,
        "next deviation": found.next_program.standard_error,
    }
    # Steps of scale / 125 of a smooth density: an error below one in 10,000.
    assert answers == pytest.approx(truth, rel=1e-4)


def test_interval_holds_95_percent_of_the_posterior() -> None:
    found = posterior(
        np.array(SCHOOLS, float),
        np.array(SCHOOL_ERRORS, float),
        np.ones((8, 1)),
        spread_scale=5.0,
    )
    low, high = found.shrunk.interval
    np.testing.assert_allclose(
        found.shrunk.below(low), 0.025, atol=1e-11
    )  # as searched for
    np.testing.assert_allclose(found.shrunk.below(high), 0.975, atol=1e-11)
    low_spread, high_spread = found.spread_interval()
    inside = (found.spread >= low_spread) & (found.spread <= high_spread)
    # One node more or less at either end.
    assert found.shares[inside].sum() == pytest.approx(0.95, abs=2 * found.shares.max())


@attrs.frozen(kw_only=True)
class Shelf:
    """How many programs, how far their truths are apart, and how exact the errors are."""

    count: int
    spread: float
    errors: tuple[float, float] = (0.02, 0.08)


SHELVES = [
    Shelf(count=3, spread=0.03),
    Shelf(count=3, spread=0.06),
    Shelf(count=5, spread=0.05),
    Shelf(count=8, spread=0.02),
    Shelf(count=20, spread=0.05),
]


def shares_held(shelf: Shelf, worlds: int) -> dict[str, float]:
    """Return how often the grid and the plug-in hold the truths, the mean and the next."""
    held: dict[str, list[float]] = {"grid": [], "plug-in": [], "mean": [], "next": []}
    for seed in range(worlds):
        draw = np.random.default_rng(seed)
        truth = draw.normal(0.05, shelf.spread, shelf.count + 1)
        errors = np.exp(draw.uniform(*np.log(shelf.errors), shelf.count))
        values = draw.normal(truth[:-1], errors)
        alone = np.ones((shelf.count, 1))
        found = posterior(values, errors, alone, spread_scale=SPREAD_OF_SHARES)
        rows = {
            "grid": (*found.shrunk.interval, truth[:-1]),
            "plug-in": (*plug_in(values, errors), truth[:-1]),
            "mean": (*found.coefficient.interval, 0.05),
            "next": (*found.next_effect.interval, truth[-1]),
        }
        for name, (low, high, true) in rows.items():
            held[name].append(np.mean((low <= true) & (true <= high)))
    return {name: float(np.mean(shares)) for name, shares in held.items()}


def plug_in(values: np.ndarray, errors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return empirical Bayes intervals that take the estimated spread for the truth.

    DerSimonian and Laird (1986), Controlled Clinical Trials 7(3).
    """
    weights = errors**-2.0
    center = (weights * values).sum() / weights.sum()
    scatter = (weights * (values - center) ** 2).sum() - (values.size - 1)
    room = weights.sum() - (weights**2).sum() / weights.sum()
    spread = max(scatter / room, 0.0)
    weights = 1 / (errors**2 + spread)
    center = (weights * values).sum() / weights.sum()
    pull = errors**2 * weights
    middle = pull * center + (1 - pull) * values
    half = 1.96 * np.sqrt((1 - pull) * errors**2)
    return middle - half, middle + half


# 150 worlds of 3 to 20 truths: the standard error of a share of .95 is below .013.
NEAR = 0.026


@pytest.mark.parametrize("shelf", SHELVES, ids=str)
def test_shrunk_intervals_hold_the_truths(shelf: Shelf) -> None:
    held = shares_held(shelf, 150)
    assert 0.92 - NEAR <= held["grid"] <= 0.99 + NEAR
    assert held["mean"] >= 0.92 - NEAR
    assert held["next"] >= 0.92 - NEAR


def test_plug_in_empirical_bayes_misses_the_truths_in_the_same_worlds() -> None:
    # The control: these worlds are hard enough to tell the grid from the plug-in.
    held = [shares_held(shelf, 60) for shelf in SHELVES]
    assert np.mean([one["grid"] for one in held]) >= 0.92
    assert np.mean([one["plug-in"] for one in held]) < 0.90


@pytest.mark.slow
@pytest.mark.parametrize("shelf", SHELVES, ids=str)
def test_shrunk_intervals_hold_the_truths_in_2000_worlds(shelf: Shelf) -> None:
    held = shares_held(shelf, 2_000)
    assert 0.92 <= held["grid"] <= 0.99
    # The plug-in is forgiven once there are many programs to learn the spread from.
    assert held["plug-in"] < (0.90 if shelf.count < 10 else 0.93)
    # One interval a world: the standard error of a share of .95 is .005.
    assert held["mean"] >= 0.92 - 0.01
    assert held["next"] >= 0.92 - 0.01


def test_answers_of_the_library_are_those_of_the_grid() -> None:
    found = schools(5.0)
    grid = posterior(
        np.array(SCHOOLS, float),
        np.array(SCHOOL_ERRORS, float),
        np.ones((8, 1)),
        spread_scale=5.0,
    )
    low, high = grid.shrunk.interval
    assert [one.shrunk.low for one in found.effects] == low.tolist()
    assert [one.shrunk.high for one in found.effects] == high.tolist()
    assert found.next_above_zero_share == pytest.approx(
        1 - stats.norm.cdf(0, *moments_of_next(found)),
        abs=0.02,  # the prediction is nearly normal
    )


def moments_of_next(found: Portfolio) -> tuple[float, float]:
    assert found.next_program.standard_error is not None
    return found.next_program.value, found.next_program.standard_error


def test_expected_excess_of_the_largest_is_that_of_drawn_libraries() -> None:
    grid = posterior(
        np.array(SCHOOLS, float),
        np.array(SCHOOL_ERRORS, float),
        np.ones((8, 1)),
        spread_scale=5.0,
    )
    draw = np.random.default_rng(1)
    spread = draw.choice(grid.spread, 200_000, p=grid.shares)
    truth = draw.normal(0.0, 1.0, (200_000, 8)) * spread[:, None]
    raw = draw.normal(truth, SCHOOL_ERRORS)
    largest = raw.argmax(axis=1)[:, None]
    excess = np.take_along_axis(raw - truth, largest, axis=1)
    # 200,000 draws with a deviation of 10: a standard error of .02; four of them.
    expected = schools(5.0).winners_curse.expected_excess
    assert expected == pytest.approx(excess.mean(), abs=0.1)


def test_largest_effect_is_shown_beside_what_is_left_of_it() -> None:
    curse = schools(5.0).winners_curse
    assert curse.program_id == "A"
    assert curse.excess.value == pytest.approx(28 - curse.shrunk.value)
    assert curse.excess.low == pytest.approx(28 - curse.shrunk.high)
    assert "winners_curse" in {one.code for one in curse.excess.warnings}


def test_three_programs_answer_and_say_how_little_that_is() -> None:
    found = portfolio(library([0.1, 0.0, 0.05], [0.03] * 3), spread_scale=0.1)
    assert "few_programs" in {one.code for one in found.warnings}
    assert "Only 3 programs" in found.next_program.warnings[0].sentence
    assert found.waiting is None
    assert found.attributes == ()
    assert {"waiting index", "behavior kind", "year"} <= set(dict(found.not_possible))


def test_many_programs_say_nothing_of_few() -> None:
    draw = np.random.default_rng(3)
    found = portfolio(library(draw.normal(0.05, 0.03, 12), [0.02] * 12), spread_scale=0.1)
    assert found.warnings == ()


def test_effects_that_differ_more_than_the_prior_expects_are_named() -> None:
    found = portfolio(library([-3.0, 0.0, 3.0, 9.0], [0.03] * 4), spread_scale=0.1)
    assert "prior_conflict" in {one.code for one in found.warnings}


def test_error_from_few_clusters_counts_for_less() -> None:
    programs = library([0.2, 0.0, 0.05], [0.03] * 3)
    few = attrs.evolve(
        programs[0], effect=attrs.evolve(programs[0].effect, degrees_of_freedom=3.0)
    )
    many = portfolio(programs, spread_scale=0.1).effects[0]
    found = portfolio([few, *programs[1:]], spread_scale=0.1).effects[0]
    assert found.pull_share > many.pull_share
    assert found.shrunk.high - found.shrunk.low > many.shrunk.high - many.shrunk.low


def test_order_of_programs_is_irrelevant_and_input_is_left_as_it_was() -> None:
    programs = library(SCHOOLS, SCHOOL_ERRORS)
    assert portfolio(programs[::-1], spread_scale=5.0) == schools(5.0)
    assert programs == library(SCHOOLS, SCHOOL_ERRORS)


def test_names_of_programs_are_irrelevant() -> None:
    renamed = portfolio(library(SCHOOLS, SCHOOL_ERRORS, names="HGFEDCBA"), spread_scale=5.0)
    mine = {one.raw.value: one.shrunk.value for one in schools(5.0).effects}
    theirs = {one.raw.value: one.shrunk.value for one in renamed.effects}
    assert theirs == pytest.approx(mine, rel=1e-9)  # sums in another order


def test_unit_of_the_effects_is_irrelevant() -> None:
    small = portfolio(
        library(np.array(SCHOOLS) / 1e4, np.array(SCHOOL_ERRORS) / 1e4), spread_scale=5e-4
    )
    assert small.mean.value * 1e4 == pytest.approx(schools(5.0).mean.value, rel=1e-9)
    assert small.spread.high * 1e4 == pytest.approx(schools(5.0).spread.high, rel=1e-9)


def test_evidence_is_no_better_than_its_weakest_program() -> None:
    programs = library([0.2, 0.0, 0.05], [0.03] * 3)
    weak = attrs.evolve(programs[1], effect=effect(0.0, 0.03, tier="C"))
    found = portfolio([programs[0], weak, programs[2]], spread_scale=0.1)
    assert found.mean.tier == "C"
    assert [one.shrunk.tier for one in found.effects] == ["A", "C", "A"]


def test_programs_that_cannot_be_taken_together_are_all_named() -> None:
    programs = library([0.2, 0.1], [0.03] * 2)
    naive = attrs.evolve(programs[0], effect=effect(0.1, 0.03, tier="E"))
    bare = attrs.evolve(
        programs[1],
        effect=effect(0.1, 0.03, standard_error=None, unit="units"),
        hold_back_share=float("nan"),
    )
    with pytest.raises(MeasureError) as error:
        portfolio([naive, bare], spread_scale=0.0)
    said = str(error.value)
    for part in ("only 2", "several units", "no standard error", "before and after", "nan"):
        assert part in said
    assert "spread_scale" in said
    assert all(problem.remedy for problem in error.value.problems)


def test_program_listed_twice_raises() -> None:
    with pytest.raises(MeasureError, match="listed 2 times"):
        portfolio(library([1, 2, 3], [1, 1, 1], names="AAB"), spread_scale=1.0)
