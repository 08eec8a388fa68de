"""Does the harness tell good estimators from bad, and does the subset span the grid?"""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import attrs
import numpy as np
import pytest
from calibration import __main__ as command
from calibration.__main__ import BEGIN, END
from calibration.grid import LEVELS, WORLDS, is_possible, spanning_subset, whole_grid
from calibration.harness import (
    Design,
    Found,
    calibrate,
    folder_of_code,
    holds,
    judged,
    new_pool,
    simulate,
)
from calibration.measure_methods import (
    gross,
)
from calibration.method import (
    NEAR,
    TARGETS,
    Ask,
    Method,
)
from calibration.methods import (
    METHODS,
)

from openspiff.market import DrawnPanel, PanelSetting, PanelTruth, draw_panel
from openspiff.measure import Estimate, MeasureError

SMALL = PanelSetting(payee_count=40, firm_count=8, baseline_weeks=4, lift_share=0.1)
DESIGN = Design(name="small", setting=SMALL)


def oracle(*, bias: float = 0.0, claimed: float = 1.0) -> Ask:
    """Return an estimator with a normal error of one, whatever error it claims."""

    def ask(panel: DrawnPanel, truth: PanelTruth, seed: int) -> Estimate:
        del panel
        value = truth.rate("gross") + bias + np.random.default_rng(seed).standard_normal()
        return Estimate(
            name="gross",
            value=value,
            standard_error=claimed,
            low=value - 1.96 * claimed,
            high=value + 1.96 * claimed,
            method="oracle",
            tier="A",
            unit="units per payee-week",
            unit_count=40,
            cluster_count=40,
        )

    return ask


def withholds(panel: DrawnPanel, truth: PanelTruth, seed: int) -> Estimate:
    del panel, truth, seed
    raise MeasureError("cannot tell")


def judged_of(ask: Ask, *, setting: PanelSetting = SMALL, simulations: int = 600) -> Found:
    method = Method(name="oracle", world="", ask=ask, truth=gross, coverage=NEAR)
    design = Design(name="oracle", setting=setting)
    return calibrate(design, [method], simulations, seed=3)[0]


def test_spanning_subset_shows_every_possible_pair_of_levels() -> None:
    subset = spanning_subset()
    assert all(map(is_possible, subset))
    assert len(subset) < 30 < len(whole_grid())
    grid = whole_grid()
    for one, other in itertools.combinations(LEVELS, 2):
        possible = {(getattr(point, one), getattr(point, other)) for point in grid}
        shown = {(getattr(point, one), getattr(point, other)) for point in subset}
        assert shown == possible, (one, other)
    for name, levels in LEVELS.items():
        assert {getattr(point, name) for point in subset} == set(levels)


def test_every_point_of_the_subset_is_a_panel_in_every_world() -> None:
    for point in spanning_subset():
        for make in WORLDS.values():
            setting = make(point)
            assert setting.payee_count == point.payees
            assert setting.lift_share == point.lift


def test_a_good_estimator_hits_every_target() -> None:
    found = judged_of(oracle())
    assert found.missed == ()
    assert found.withheld_share == 0
    # 600 simulations: three errors each of a share, a mean, a deviation.
    assert found.coverage == pytest.approx(0.95, abs=0.027)
    assert found.power == pytest.approx(0.8, abs=0.05)
    assert found.bias_error == pytest.approx(1 / 600**0.5, rel=0.09)
    assert found.error_ratio == pytest.approx(1.0, rel=0.09)


@pytest.mark.parametrize(
    ("ask", "missed"),
    [
        (oracle(bias=0.3), {"bias"}),
        (oracle(claimed=0.7), {"coverage", "error", "power"}),
        (oracle(claimed=1.5), {"coverage", "error", "power"}),
    ],
)
def test_a_bad_estimator_misses_what_it_should(ask: Ask, missed: set[str]) -> None:
    assert missed <= set(judged_of(ask).missed)


def test_false_positives_are_counted_where_there_is_nothing_to_find() -> None:
    nothing = attrs.evolve(SMALL, lift_share=0.0)
    good, bad = (judged_of(oracle(claimed=one), setting=nothing) for one in (1.0, 0.7))
    # 600 simulations: three errors of a share of .05.
    assert good.false_share == pytest.approx(0.05, abs=0.027)
    assert "false positives" not in good.missed
    assert "false positives" in bad.missed
    assert judged_of(oracle()).false_share is None


def test_what_is_always_withheld_is_said_and_not_judged() -> None:
    found = judged_of(withholds, simulations=10)
    assert found.withheld_share == 1
    assert math.isnan(found.coverage)
    assert found.bias is None
    assert found.missed == ()


def test_targets_are_exact_at_the_full_number_of_simulations() -> None:
    found = Found(
        design="",
        method="",
        simulation_count=2_000,
        cluster_count=100,
        withheld_share=0.0,
        truth=0.0,
        bias=0.0,
        bias_error=1.0,
        coverage=0.95,
        false_share=0.05,
        redraw_share=0.05,
        error_ratio=1.0,
        power=0.8,
    )
    method = Method(name="", world="", ask=withholds, truth=gross, coverage=NEAR)
    assert judged(method, found).missed == ()
    for name, value, target in (
        ("coverage", 0.934, "coverage"),
        ("coverage", 0.966, "coverage"),
        ("false_share", 0.066, "false positives"),
        ("redraw_share", 0.061, "re-drawn false positives"),
        ("error_ratio", 0.949, "error"),
        ("power", 0.851, "power"),
        ("bias", 3.1, "bias"),
    ):
        assert judged(method, attrs.evolve(found, **{name: value})).missed == (target,)
        other = attrs.evolve(method, targets=TARGETS - {target})
        assert judged(other, attrs.evolve(found, **{name: value})).missed == ()
        few = attrs.evolve(found, simulation_count=100, **{name: value})
        assert judged(method, few).missed == (("bias",) if name == "bias" else ())


@pytest.mark.parametrize(
    ("shape", "low", "high", "held", "left_out"),
    [
        ("between", 1.0, 2.0, (1.0, 1.5), (0.0, 3.0)),
        ("from", 1.0, None, (1.0, math.inf), (0.0,)),
        ("until", None, 2.0, (-math.inf, 2.0), (3.0,)),
        ("outside", 1.0, 2.0, (0.0, 1.0, 3.0), (1.5,)),
        ("everything", None, None, (0.0, math.inf), ()),
    ],
)
def test_intervals_of_every_shape_hold_what_they_say(
    shape: str,
    low: float | None,
    high: float | None,
    held: tuple[float, ...],
    left_out: tuple[float, ...],
) -> None:
    panel = draw_panel(SMALL, seed=1)
    one = oracle()(panel, panel.truth, 1)
    one = attrs.evolve(one, low=low, high=high, shape=shape)
    assert all(holds(one, truth) for truth in held)
    assert not any(holds(one, truth) for truth in left_out)


def test_simulations_are_the_same_in_any_number_of_processes_and_pieces() -> None:
    methods = [one for one in METHODS if one.world == "comparison of firms"]
    alone = calibrate(DESIGN, methods, 45, seed=2)
    with new_pool(2) as pool:
        assert calibrate(DESIGN, methods, 45, seed=2, pool=pool) == alone
    whole = simulate(DESIGN, methods, range(6), seed=2)
    np.testing.assert_array_equal(simulate(DESIGN, methods, range(4, 6), seed=2), whole[4:])
    assert (simulate(DESIGN, methods, range(6), seed=3)[:, :, 0] != whole[:, :, 0]).any()
    other = attrs.evolve(DESIGN, name="another name")
    assert (simulate(other, methods, range(6), seed=2)[:, :, 0] != whole[:, :, 0]).any()


def test_table_has_a_line_for_each_world_and_replaces_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    points = [point for point in spanning_subset() if point.payees == 60][:2]
    monkeypatch.setattr(command, "spanning_subset", lambda: points)
    page = tmp_path / "page.md"
    page.write_text(f"Before\n{BEGIN}\nearlier table\n{END}\nAfter\n", encoding="utf-8")
    asked = ["--simulations", "4", "--processes", "1", "--method", "differences"]
    asked += ["--most-payees", "60", "--write", str(page)]
    assert command.main(asked) == 0
    text = page.read_text(encoding="utf-8")
    assert text.startswith("Before\n")
    assert text.endswith("After\n")
    assert "earlier table" not in text
    assert "--simulations 4 --seed 1 --most-payees 60 --method 'differences'" in text
    for point in points:
        assert text.count(f"| {point.name} |") == 2
    assert command.main(asked) == 0
    assert page.read_text(encoding="utf-8") == text


def test_stopped_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    asked = []

    def counts(panel: DrawnPanel, truth: PanelTruth, seed: int) -> Estimate:
        asked.append(seed)
        return oracle()(panel, truth, seed)

    method = attrs.evolve(METHODS[0], name="counted", ask=counts)
    first = calibrate(DESIGN, [method], 20, seed=1, folder=tmp_path)
    assert len(asked) == 20
    next(iter(sorted(tmp_path.iterdir()))).unlink()  # stopped before the second ten
    again = calibrate(DESIGN, [method], 20, seed=1, folder=tmp_path)
    assert len(asked) == 30
    assert again == first == calibrate(DESIGN, [method], 20, seed=1)
    calibrate(DESIGN, [method], 20, seed=2, folder=tmp_path)
    assert len(asked) == 70


def test_what_was_kept_of_other_code_is_not_read(tmp_path: Path) -> None:
    source = tmp_path / "code"
    source.mkdir()
    (source / "a.py").write_text("A = 1\n")
    before = folder_of_code(tmp_path / "kept", [source])
    assert before == folder_of_code(tmp_path / "kept", [source])
    (source / "a.py").write_text("A = 2\n")
    assert before != folder_of_code(tmp_path / "kept", [source])
