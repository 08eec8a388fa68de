"""Is a week that the feed says nothing of taken for one in which nobody sold anything?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from measure_worlds import at, daily_sales, make_program

from openspiff.engine import DuckDBEngine
from openspiff.events import Feed, feed_from_rows, open_feed
from openspiff.measure import (
    Answer,
    MeasureError,
    answer_json,
    measure_worth,
    simultaneous_band,
)
from openspiff.measure._cohorts import Spread
from openspiff.program import Audience, Enrolment, MeasurementPlan, Program

World = tuple[Feed, Enrolment]
FIRST, LAST = (2024, 7, 1), (2024, 8, 5)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    feed, enrolment, _ = daily_sales(tmp_path_factory.mktemp("whole"), lift=0.2)
    return feed, enrolment


@pytest.fixture(scope="module")
def rare(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Return few payees who sell so seldom that weeks without any sale are usual."""
    folder = tmp_path_factory.mktemp("rare")
    feed, enrolment, _ = daily_sales(folder, payee_count=60, seed=3)
    luck = np.random.default_rng(4).random(10_000)
    return only(feed, folder, lambda _, number: luck[number] < 0.01), enrolment


def only(feed: Feed, folder: Path, keeps: Callable[[dict[str, Any], int], bool]) -> Feed:
    """Return a feed of the events that are kept, of the same payees."""
    rows = read_rows(feed)
    kept = [row for number, row in enumerate(rows) if keeps(row, number)]
    some = feed_from_rows(kept, folder / "kept")
    return attrs.evolve(some, payees=feed.payees)


def read_rows(feed: Feed) -> list[dict[str, Any]]:
    names = ("event_id", "payee_id", "occurred_at", "amount_minor", "margin_minor")
    with DuckDBEngine() as engine:
        open_feed(engine, feed)
        found = engine.query(
            f"select {', '.join(names)} from current_events order by event_id"
        )
    return [dict(zip(names, row, strict=True)) for row in found]


def outside(*spans: tuple[tuple[int, int, int], tuple[int, int, int]]) -> Any:
    """Return what keeps events outside spans of local days (first, first after)."""
    bounds = [(at(*first, 0), at(*last, 0)) for first, last in spans]

    def keeps(row: dict[str, Any], _: int) -> bool:
        return not any(low <= row["occurred_at"] < high for low, high in bounds)

    return keeps


def ask(feed: Feed, enrolment: Enrolment | None, program: Program | None = None) -> Answer:
    return measure_worth(
        program or make_program(),
        feed=feed,
        enrolment=enrolment,
        paid_minor=100_000,
        paid_units=100.0,
        as_of=at(2024, 9, 10),
        seed=1,
    )


def compared(feed: Feed, folder: Path) -> tuple[Feed, Program]:
    """Return the feed with roles, and a program for half of them without a holdout."""
    names = [f"p{number:03d}" for number in range(60)]
    payees = [
        {"payee_id": name, "firm_id": f"f{number}", "role": "seller" if number % 2 else ""}
        for number, name in enumerate(names)
    ]
    roster = feed_from_rows([], folder / "roster", payees=payees)
    program = make_program(holdout=None, audience=Audience(roles=("seller",)))
    return attrs.evolve(feed, payees=roster.payees), program


def failed(answer: Answer) -> set[str]:
    return {one.code for one in answer.checks if not one.is_ok}


@pytest.mark.parametrize("is_by_chance", [True, False], ids=["holdout", "ineligible"])
def test_window_without_any_event_is_refused_whatever_the_horizon_says(
    world: World, tmp_path: Path, is_by_chance: bool
) -> None:
    feed, enrolment = world
    feed = only(feed, tmp_path, outside((FIRST, LAST)))
    program = make_program()
    if not is_by_chance:
        feed, program = compared(feed, tmp_path)
    with pytest.raises(MeasureError, match="nobody showed the behavior") as refused:
        ask(feed, enrolment if is_by_chance else None, program)
    (problem,) = refused.value.problems
    assert problem.place == "window"
    assert "2024-07-01 up to 2024-08-05" in problem.message
    assert problem.remedy


@pytest.mark.parametrize("is_by_chance", [True, False], ids=["holdout", "ineligible"])
def test_weeks_of_the_window_that_are_lacking_stop_the_verdict(
    world: World, tmp_path: Path, is_by_chance: bool
) -> None:
    feed, enrolment = world
    feed = only(feed, tmp_path, outside(((2024, 7, 8), (2024, 7, 22))))
    program = make_program()
    if not is_by_chance:
        feed, program = compared(feed, tmp_path)
    answer = ask(feed, enrolment if is_by_chance else None, program)
    check = {one.code: one for one in answer.checks}["silent_weeks"]
    assert not check.is_ok
    assert check.value == 2
    assert "2024-07-08, 2024-07-15" in check.sentence
    assert answer.verdict.decision == "cannot_tell"
    assert check.sentence in answer.verdict.reasons
    assert answer_json(answer)


def test_weeks_before_that_are_lacking_stop_what_rests_on_them_alone(
    world: World, tmp_path: Path
) -> None:
    feed, enrolment = world
    feed = only(feed, tmp_path, outside(((2024, 5, 20), (2024, 6, 17))))
    by_chance = ask(feed, enrolment)
    assert "silent_baseline" in failed(by_chance)
    assert by_chance.verdict.decision != "cannot_tell"
    feed, program = compared(feed, tmp_path)
    by_change = ask(feed, None, program)
    assert "silent_baseline" in failed(by_change)
    assert by_change.verdict.decision == "cannot_tell"


def test_whole_feed_lacks_nothing(world: World) -> None:
    feed, enrolment = world
    assert not {"silent_weeks", "silent_baseline"} & {
        one.code for one in ask(feed, enrolment).checks
    }


def test_week_with_events_of_another_kind_is_one_without_a_sale(
    world: World, tmp_path: Path
) -> None:
    feed, enrolment = world
    gap = outside(((2024, 7, 8), (2024, 7, 15)))
    rows = [row for row in read_rows(feed) if gap(row, 0)]
    there = {"event_id": "other", "payee_id": "p001", "kind": "demo_held"}
    some = feed_from_rows(
        [*rows, {**there, "occurred_at": at(2024, 7, 10)}], tmp_path / "kept"
    )
    answer = ask(attrs.evolve(some, payees=feed.payees), enrolment)
    assert "silent_weeks" not in {one.code for one in answer.checks}


def test_rare_behavior_has_weeks_without_a_sale_and_is_still_measured(
    rare: World,
) -> None:
    feed, enrolment = rare
    answer = ask(feed, enrolment)
    shown = [one for one in answer.path if one.treated_mean == one.holdout_mean == 0]
    assert shown  # some week passed without any sale
    assert all(one.difference is None for one in shown)
    assert "silent_weeks" not in {one.code for one in answer.checks}
    assert answer.headline is not None
    # The weeks with sales keep their band.
    assert any(one.band_low is not None for one in answer.path)
    assert answer_json(answer)


def test_number_without_an_error_is_its_own_band() -> None:
    def spread(covariance: np.ndarray, freedom: list[float]) -> Spread:
        return Spread(
            covariance=covariance,
            degrees_of_freedom=np.array(freedom),
            cluster_count=30,
            clusters="payee",
            correction="CR2",
        )

    both = np.array([[1.0, 0.3], [0.3, 2.0]])
    whole = np.zeros((3, 3))
    whole[np.ix_([0, 2], [0, 2])] = both
    values = np.array([1.0, 5.0, 2.0])
    band = simultaneous_band(values, spread(whole, [20.0, np.nan, 20.0]), seed=1)
    alone = simultaneous_band(values[[0, 2]], spread(both, [20.0, 20.0]), seed=1)
    assert (band.low[1], band.high[1]) == (5.0, 5.0)
    assert band.critical == alone.critical
    np.testing.assert_array_equal(band.low[[0, 2]], alone.low)
    with pytest.raises(MeasureError, match="no error"):
        simultaneous_band(values, spread(0 * whole, [20.0] * 3), seed=1)


def no_weeks_before(world: World, folder: Path, first: tuple[int, int, int]) -> Feed:
    return only(world[0], folder, outside(((2024, 1, 1), first)))


@pytest.mark.parametrize("is_by_chance", [True, False], ids=["holdout", "everyone"])
def test_no_week_before_the_window_is_said(
    world: World, tmp_path: Path, is_by_chance: bool
) -> None:
    feed = no_weeks_before(world, tmp_path, FIRST)
    answer = ask(feed, world[1] if is_by_chance else None)
    assert "no_baseline" in {one.code for one in answer.warnings}
    refused = dict(answer.not_possible)
    assert "before" in refused["forecast from their own past, gross"]
    assert (answer.headline is not None) == is_by_chance
    assert answer_json(answer)
    # Without a usual share of margin nothing tells what was given away.
    if is_by_chance:
        assert "margin given away" in refused


def test_announcement_weeks_alone_are_no_baseline(world: World, tmp_path: Path) -> None:
    announced_on = dt.date(2024, 6, 17)
    plan = MeasurementPlan(baseline_weeks=8, horizon_weeks=3, announced_on=announced_on)
    feed = no_weeks_before(world, tmp_path, (2024, 6, 17))
    for enrolment in (world[1], None):
        answer = ask(feed, enrolment, make_program(measurement=plan))
        assert "no_baseline" in {one.code for one in answer.warnings}
        assert {one.phase for one in answer.path} == {"announcement", "window", "horizon"}
        assert answer_json(answer)
