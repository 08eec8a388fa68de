"""Do the worlds bite? What should fail in them must fail, and the honest methods not."""

from __future__ import annotations

import attrs
import numpy as np
from calibration.grid import WORLDS, Point
from calibration.harness import Design, Found, calibrate
from calibration.measure_methods import (
    delta_cost,
    differences_gross,
    gross,
    holdout_cost,
    naive_before_after,
    textbook_differences,
    true_cost,
    two_way_fixed_effects,
)
from calibration.method import (
    FIELLER,
    NEAR,
    Ask,
    Method,
)
from calibration.methods import (
    METHODS,
)
from calibration.other_worlds import Shelf

# More payees than are re-drawn for a p-value, which nothing here looks at.
POINT = Point(
    payees=240,
    firms=60,
    correlation=0.02,
    zeros=0.0,
    autocorrelation=0.0,
    lift=0.1,
    pull_forward=0.0,
    hold_back=0.0,
    attrition=0.0,
    spillover=0.0,
    is_mixed=False,
)


def method(ask: Ask, world: str) -> Method:
    return Method(name=ask.__name__, world=world, ask=ask, truth=gross, coverage=NEAR)


def found_of(
    methods: list[Method], point: Point, simulations: int, **changes: float
) -> list[Found]:
    setting = attrs.evolve(WORLDS[methods[0].world](point), **changes)
    return calibrate(Design(name="control", setting=setting), methods, simulations, seed=5)


def is_above(found: Found, share: float) -> bool:
    """Tell whether the bias is above a share of the truth, beyond its Monte-Carlo error."""
    return found.bias - 3 * found.bias_error > share * found.truth


def test_two_way_fixed_effects_are_off_by_over_a_twentieth_when_a_program_ends() -> None:
    # Weeks in the dip stand for weeks without a program, so the window looks better.
    point = attrs.evolve(POINT, payees=1_000, pull_forward=0.4, hold_back=0.1)
    (found,) = found_of([method(two_way_fixed_effects, "staggered firms")], point, 60)
    assert is_above(found, 0.05)


def test_cost_per_unit_by_the_delta_method_covers_too_rarely() -> None:
    # A lift of about 1.5 standard errors: there the symmetric interval is worst.
    point = attrs.evolve(POINT, lift=0.08)
    methods = [
        attrs.evolve(method(ask, "holdout of payees"), truth=true_cost, coverage=FIELLER)
        for ask in (holdout_cost, delta_cost)
    ]
    honest, delta = found_of(methods, point, 400)
    assert delta.coverage < 0.93
    assert honest.coverage > delta.coverage
    assert honest.missed == ()


def test_window_against_the_weeks_before_shows_lift_in_a_growing_market() -> None:
    point = attrs.evolve(POINT, payees=1_000, lift=0.0)
    (naive,) = found_of(
        [method(naive_before_after, "holdout of payees")], point, 60, growth_per_year=0.8
    )
    assert naive.false_share > 0.9
    assert is_above(naive, 0.0)
    assert {"bias", "coverage", "false positives"} <= set(naive.missed)


def test_textbook_baseline_overstates_lift_when_payees_hold_back() -> None:
    point = attrs.evolve(POINT, payees=1_000, hold_back=0.1)
    asked = (textbook_differences, differences_gross)
    methods = [method(ask, "comparison of firms") for ask in asked]
    textbook, honest = found_of(methods, point, 60)
    assert is_above(textbook, 0.2)
    assert "bias" in textbook.missed
    assert "bias" not in honest.missed
    assert np.isclose(textbook.truth, honest.truth)


def test_plug_in_empirical_bayes_covers_too_rarely_and_the_grid_does_not() -> None:
    methods = [one for one in METHODS if one.world == "shelf of programs"]
    for shelf in (Shelf(count=3, spread=0.06), Shelf(count=8, spread=0.02)):
        design = Design(name="control", setting=shelf)
        grid, plug_in = calibrate(design, methods, 60, seed=5)
        assert "coverage" in plug_in.missed
        assert plug_in.coverage < 0.9
        assert grid.missed == ()
