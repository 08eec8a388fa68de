"""Is what cannot be meant refused where it comes in, with its place and a remedy?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from click.testing import CliRunner
from measure_worlds import World, at, daily_sales, enrol, make_program, make_world

from openspiff.cli import openspiff
from openspiff.engine import DuckDBEngine
from openspiff.events import Feed, feed_from_rows
from openspiff.measure import (
    Answer,
    MeasureError,
    Redraw,
    attrition_bounds,
    difference_in_differences,
    effect_on_treated,
    fieller,
    holdout_comparison,
    holdout_timing,
    measure_worth,
    moments_of,
    moments_of_feed,
    simultaneous_band,
    spillover,
    synthetic_comparison,
)
from openspiff.measure._cohorts import Spread
from openspiff.program import Enrolment, MeasurementPlan, Outcome, day_start

NAN, INF = float("nan"), float("inf")
ZONE = make_program().window.zone


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[Feed, Enrolment]:
    feed, enrolment, _ = daily_sales(tmp_path_factory.mktemp("sales"), payee_count=30)
    return feed, enrolment


def ask(feed: Feed, enrolment: Enrolment | None, **changes: Any) -> Answer:
    known: dict[str, Any] = {
        "paid_minor": 1_000,
        "paid_units": 10.0,
        "as_of": at(2024, 9, 10),
        "seed": 1,
    }
    program = changes.pop("program", make_program())
    return measure_worth(program, feed=feed, enrolment=enrolment, **{**known, **changes})


def refused(call: Callable[[], object], place: str) -> MeasureError:
    """Return the error of a call that names a place and says what to do."""
    with pytest.raises(MeasureError) as caught:
        call()
    assert place in {problem.place for problem in caught.value.problems}
    assert all(problem.remedy for problem in caught.value.problems)
    return caught.value


@pytest.mark.parametrize(
    ("place", "value"),
    [
        *(("seed", -1), ("paid_minor", -1)),
        *(("paid_units", NAN), ("paid_units", INF), ("paid_units", -0.5)),
    ],
)
def test_number_that_cannot_be_is_refused(
    world: tuple[Feed, Enrolment], place: str, value: float
) -> None:
    refused(lambda: ask(*world, **{place: value}), place)


@pytest.mark.parametrize("command", ["measure", "simulate", "demo"])
def test_seed_below_zero_is_refused_by_the_command_line(command: str) -> None:
    words = {"measure": ["x"], "simulate": [__file__, "x"], "demo": ["x"]}[command]
    done = CliRunner().invoke(openspiff, [command, *words, "--seed", "-1"])
    assert done.exit_code == 2
    assert "--seed" in done.output


@pytest.mark.parametrize("count", [0, -5])
def test_redraw_without_draws_is_refused(count: int) -> None:
    refused(lambda: Redraw(draw_count=count), "draw_count")


def test_seed_below_zero_is_refused_by_each_method_that_draws() -> None:
    small = make_world(1, firm_count=30)
    rows = np.random.default_rng(0).normal(5, 1, (25, 9))
    refused(
        lambda: holdout_comparison(
            small.during, small.is_treated, units=small.units, seed=-1
        ),
        "seed",
    )
    refused(
        lambda: synthetic_comparison(rows, np.arange(25) < 2, pre_count=6, seed=-1), "seed"
    )


def by_holdout(world: World) -> object:
    return holdout_comparison(
        world.during, world.is_treated, units=world.units, redraw=None
    )


def by_change(world: World) -> object:
    return difference_in_differences(
        world.during, world.before, world.is_treated, firms=world.units
    )


def by_taking_part(world: World) -> object:
    took = np.ones(world.units.size)
    return effect_on_treated(world.during, world.is_treated, took, units=world.units)


def by_spillover(world: World) -> object:
    return spillover(world.during, world.before, world.is_treated, firms=world.units)


def by_timing(world: World) -> object:
    spans = (world.during, world.before, world.during)
    return holdout_timing(*spans, world.is_treated, units=world.units)


def by_bounds(world: World) -> object:
    stayed = np.arange(world.units.size) % 5 > 0
    return attrition_bounds(world.during, world.is_treated, stayed, units=world.units)


SIDED = (by_holdout, by_change, by_taking_part, by_spillover, by_timing, by_bounds)


@pytest.mark.parametrize("method", SIDED)
@pytest.mark.parametrize("form", ["numbers", "list", "table"])
def test_sides_that_are_no_flags_are_refused(
    method: Callable[[World], object], form: str
) -> None:
    world = make_world(1)
    sides: Any = {
        "numbers": world.is_treated.astype(np.int64),
        "list": world.is_treated.tolist(),
        "table": world.is_treated[:, None],
    }[form]
    refused(lambda: method(attrs.evolve(world, is_treated=sides)), "is_treated")


@pytest.mark.parametrize("sides", [[True] * 2 + [False] * 23, np.arange(25) // 24])
def test_sides_of_a_mix_that_are_no_flags_are_refused(sides: Any) -> None:
    rows = np.random.default_rng(0).normal(5, 1, (25, 9))
    refused(lambda: synthetic_comparison(rows, sides, pre_count=6), "is_treated")
    treated = np.arange(25) < 2
    refused(
        lambda: synthetic_comparison(rows.tolist(), treated, pre_count=6),  # type: ignore[arg-type]
        "outcome",
    )


def test_columns_that_are_lists_are_refused() -> None:
    world = make_world(1)
    listed = attrs.evolve(world, units=world.units.tolist())
    refused(lambda: by_holdout(listed), "column 2")
    listed = attrs.evolve(
        world, during=attrs.evolve(world.during, total=world.during.total.tolist())
    )
    refused(lambda: by_holdout(listed), "during, total")


PATHS = np.ones((6, 10, 1))
WHOLE: dict[str, Any] = {
    "y": PATHS,
    "payees": np.arange(6),
    "outcomes": ("units",),
    "periods": tuple(range(10)),
    "first_no": np.array([5, 5, 5, -1, -1, -1]),
}


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"periods": (1, 2, 3)}, "y"),
        ({"outcomes": ("units", "amount")}, "y"),
        ({"y": PATHS[:, :, 0]}, "y"),
        ({"payees": np.arange(5)}, "y"),
        ({"first_no": np.array([5.0, NAN, 5, -1, -1, -1])}, "first_no"),
        ({"first_no": np.array([5.5, 5, 5, -1, -1, -1])}, "first_no"),
        ({"first_no": np.array(["5"] * 6)}, "first_no"),
        ({"first_no": np.array([5, -1])}, "first_no"),
        ({"first_no": np.array([5, 5, -7, -1, -1, -1])}, "first_no"),
        ({"firms": np.arange(3)}, "firms"),
        ({"side": np.array(["treated"])}, "side"),
        ({"strata": np.array(["a"])}, "strata"),
        ({"is_active": np.ones((6, 9), dtype=bool)}, "is_active"),
    ],
)
def test_paths_that_do_not_fit_together_are_refused(
    change: dict[str, Any], place: str
) -> None:
    moments_of(**WHOLE)
    refused(lambda: moments_of(**{**WHOLE, **change}), place)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"top": NAN}, "ratio"),
        ({"bottom": INF}, "ratio"),
        ({"covariance": NAN}, "ratio"),
        ({"top_variance": -0.1}, "variances"),
        ({"bottom_variance": -0.1}, "variances"),
        ({"critical": 0.0}, "variances"),
        ({"covariance": 5.0}, "covariance"),
        ({"bottom_variance": 0.0, "covariance": 0.01}, "covariance"),
    ],
)
def test_ratio_of_what_cannot_be_is_refused(change: dict[str, float], place: str) -> None:
    numbers = {"top": 1.0, "bottom": 2.0, "top_variance": 0.1, "bottom_variance": 0.1}
    whole = {**numbers, "covariance": 0.1, "critical": 1.96}
    fieller(**whole)  # two that go wholly together are possible
    refused(lambda: fieller(**{**whole, **change}), place)


@pytest.mark.parametrize("names", [{}, {"x1": True, "x2": False}], ids=["nobody", "others"])
def test_enrolment_of_nobody_in_the_feed_is_blamed_itself(
    world: tuple[Feed, Enrolment], names: dict[str, bool]
) -> None:
    refused(lambda: ask(world[0], enrol(names)), "enrolment")


def spells(*spans: tuple[int | None, int | None]) -> list[dict[str, Any]]:
    """Return a roster of 30 payees, every fifth with these stays (days of July)."""
    found = []
    for number in range(30):
        for start, end in spans if number % 5 == 1 else [(None, None)]:
            row: dict[str, Any] = {"payee_id": f"p{number:03d}", "firm_id": f"f{number}"}
            if start is not None:
                row["from_at"] = at(2024, 7, start, 0)
            if end is not None:
                row["before_at"] = at(2024, 7, end, 0)
            found.append(row)
    return found


@pytest.mark.parametrize(
    "spans",
    [
        [(None, None), (None, None)],
        [(None, 20), (10, None)],
        [(None, 20), (5, 6), (20, None)],
    ],
    ids=["the same twice", "overlapping", "one inside another"],
)
def test_payee_in_the_roster_twice_on_a_day_is_refused_by_name(
    world: tuple[Feed, Enrolment],
    tmp_path: Path,
    spans: list[tuple[int | None, int | None]],
) -> None:
    feed, enrolment = world
    roster = feed_from_rows([], tmp_path, payees=spells(*spans)).payees
    twice = attrs.evolve(feed, payees=roster)
    error = refused(lambda: ask(twice, enrolment), "roster")
    text = error.problems[0].message
    assert text == "p001, p006, p011, p016, p021 and 1 more"


def test_stays_that_follow_each_other_or_have_a_gap_are_usual(
    world: tuple[Feed, Enrolment], tmp_path: Path
) -> None:
    feed, enrolment = world
    roster = feed_from_rows([], tmp_path, payees=spells((None, 10), (10, 20), (22, None)))
    answer = ask(attrs.evolve(feed, payees=roster.payees), enrolment)
    assert answer.headline is not None


def test_amounts_that_are_missing_are_not_counted_as_zero(tmp_path: Path) -> None:
    names = [f"p{number:03d}" for number in range(20)]
    rows = [
        {
            "event_id": f"{name}-{week}",
            "payee_id": name,
            "occurred_at": day_start(make_program().window.starts_on, ZONE)
            + (7 * week + 1) * 86_400_000_000,
            "amount_minor": None if week == 2 and number < 3 else 1_000 + 10 * number,
            "list_price_minor": 2_000,
        }
        for number, name in enumerate(names)
        for week in range(-10, 9)
    ]
    feed = feed_from_rows(
        rows, tmp_path, payees=[{"payee_id": name, "firm_id": name} for name in names]
    )
    enrolment = enrol({name: number % 2 == 0 for number, name in enumerate(names)})
    plan = MeasurementPlan(baseline_weeks=8, horizon_weeks=3, outcome=Outcome.AMOUNT)
    in_money = make_program(measurement=plan)
    error = refused(lambda: ask(feed, enrolment, program=in_money), "measurement.outcome")
    assert "3 events do not tell their amount" in str(error)
    with DuckDBEngine() as engine, pytest.raises(MeasureError, match="added up"):
        moments_of_feed(
            engine, in_money, feed=feed, enrolment=enrolment, as_of=at(2024, 9, 10)
        )


def test_band_of_a_seed_below_zero_is_refused() -> None:
    spread = Spread(
        covariance=np.eye(2),
        degrees_of_freedom=np.full(2, 9.0),
        cluster_count=10,
        clusters="payee",
        correction="CR2",
    )
    refused(lambda: simultaneous_band(np.zeros(2), spread, seed=-1), "seed")
