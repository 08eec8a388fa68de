"""Is each adapter asked for what its truth says? Where nothing is left to chance, it is."""

from __future__ import annotations

import attrs
import numpy as np
import pytest
from calibration.grid import WORLDS, Point
from calibration.harness import Design, calibrate, other_results
from calibration.methods import (
    METHODS,
)
from calibration.other_worlds import OTHER_WORLDS, Shelf

from openspiff.market import PanelSetting

POINT = Point(
    payees=240,
    firms=60,
    correlation=0.0,
    zeros=0.0,
    autocorrelation=0.0,
    lift=0.2,
    pull_forward=0.4,
    hold_back=0.1,
    attrition=0.0,
    spillover=0.0,
    is_mixed=True,
)
# An outcome that does not vary is refused, so a millionth of noise is left.
NOISE = 1e-6
NAMED = {method.name: method for method in METHODS}


def without_chance(setting: PanelSetting) -> PanelSetting:
    return attrs.evolve(
        setting,
        is_count=False,
        error_spread=NOISE,
        talent_spread=0.0,
        shock_spread=0.0,
        firm_size_spread=0.0,
    )


@pytest.mark.parametrize(
    "name",
    ["imputation, gross", "imputation, net", "group-time, simple", "group-time, dynamic"],
)
def test_cohorts_without_chance_show_the_effect_itself(name: str) -> None:
    method = NAMED[name]
    design = Design(name="still", setting=without_chance(WORLDS[method.world](POINT)))
    (found,) = calibrate(design, [method], 2, seed=1)
    assert found.withheld_share == 0
    assert found.truth > 0.01
    # Some thousand payee-weeks, each off by a millionth.
    assert found.bias == pytest.approx(0.0, abs=NOISE)


def test_effects_of_cohorts_are_those_that_were_planted() -> None:
    setting = without_chance(WORLDS["staggered firms"](POINT))
    design = Design(name="still", setting=setting)
    names = ["imputation, gross", "imputation, net"]
    found = calibrate(design, [NAMED[name] for name in names], 2, seed=1)
    truths = dict(zip(names, (one.truth for one in found), strict=True))
    # Half, once and one and a half times 20% of one unit a week in cohorts of equal size;
    # a tenth of the two announced weeks waits and is sold in the six of the window.
    assert truths["imputation, gross"] == pytest.approx(0.2 + 0.1 * 2 / 6)
    # Two fifths of the lift come back out of the horizon, and what waited out of before.
    assert truths["imputation, net"] == pytest.approx(0.2 * 0.6)


def test_few_firms_without_chance_show_the_effect_itself() -> None:
    setting = next(iter(OTHER_WORLDS["few treated firms"].values()))
    setting = attrs.evolve(without_chance(setting), lift_share=0.2, level_step_spread=0.01)
    method = NAMED["synthetic, few treated firms"]
    (found,) = calibrate(Design(name="still", setting=setting), [method], 2, seed=1)
    # One unit a week, whose level wanders by a hundredth a week from 1 on.
    assert found.truth == pytest.approx(0.2, rel=0.1)
    assert found.bias == pytest.approx(0.0, abs=NOISE)


def test_one_series_without_chance_shows_the_effect_itself() -> None:
    setting = next(iter(OTHER_WORLDS["everyone treated"].values()))
    setting = attrs.evolve(without_chance(setting), lift_share=0.2)
    (found,) = calibrate(
        Design(name="still", setting=setting), [NAMED["own past"]], 2, seed=1
    )
    assert found.truth == pytest.approx(0.2)
    assert found.bias == pytest.approx(0.0, abs=NOISE)


@pytest.mark.parametrize("name", ["shrunk effect", "plug-in empirical Bayes"])
def test_exact_measurements_are_not_shrunk(name: str) -> None:
    shelf = Shelf(count=5, spread=0.05, errors=(NOISE, 2 * NOISE))
    (found,) = calibrate(Design(name="exact", setting=shelf), [NAMED[name]], 4, seed=1)
    # An effect is off by two of its errors at most, and pulled by far less.
    assert found.bias == pytest.approx(0.0, abs=4 * NOISE)


def test_worlds_beside_the_grid_are_asked_by_the_methods_meant_for_them() -> None:
    methods = [one for one in METHODS if one.world == "shelf of programs"]
    found = list(other_results(methods, 2, seed=1))
    asked = [(one.design, one.method) for one in found]
    assert asked == [
        (name, method.name)
        for name in OTHER_WORLDS["shelf of programs"]
        for method in methods
    ]
    assert all(np.isfinite(one.coverage) for one in found)


def test_every_method_has_a_world() -> None:
    assert {one.world for one in METHODS} == {*WORLDS, *OTHER_WORLDS}
