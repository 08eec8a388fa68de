"""Does another program that reached one side more stop the verdict?"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from measure_worlds import at, daily_sales, make_program, with_a_west

from openspiff.events import Feed, feed_from_rows
from openspiff.measure import Answer, Check, measure_worth
from openspiff.program import EnrolledPayee, Enrolment, Program, Window
from openspiff.report import answer_text

World = tuple[Feed, Enrolment, int]
LIFT = 0.3


@pytest.fixture(scope="module")
def lifted(tmp_path_factory: pytest.TempPathFactory) -> World:
    return daily_sales(tmp_path_factory.mktemp("lifted"), lift=LIFT)


def other(**changes: Any) -> Program:
    return make_program(**{"program_id": "autumn", "name": "Autumn", **changes})


def reaching(enrolment: Enrolment, payees: set[str]) -> Enrolment:
    rows = tuple(
        EnrolledPayee(one.payee_id, "", "all", one.payee_id, False, False)
        for one in enrolment.rows
        if one.payee_id in payees
    )
    return Enrolment("autumn", 0, rows)


def ask(world: World, program: Program | None = None, **more: Any) -> Answer:
    given = {"enrolment": world[1], "as_of": at(2024, 9, 10), "seed": 1, **more}
    return measure_worth(
        program or make_program(),
        feed=world[0],
        paid_minor=world[2] * 10_000,
        paid_units=world[2],
        **given,
    )


def checks(answer: Answer, code: str) -> list[Check]:
    return [one for one in answer.checks if one.code == code]


def test_program_that_reached_both_sides_alike_lets_the_verdict_stand(
    lifted: World,
) -> None:
    half = {one.payee_id for one in lifted[1].rows if int(one.payee_id[1:]) % 2}
    answer = ask(lifted, others=[other()], other_enrolments=[reaching(lifted[1], half)])
    (check,) = checks(answer, "overlap_apart")
    assert check.is_ok
    assert "50% of the treated and 50% of the held out" in check.sentence
    assert not checks(answer, "overlap")[0].is_ok
    assert answer.verdict.decision == "repeat"
    assert not [one for one in answer.estimates if "overlap" in one.name]


def test_program_that_reached_the_treated_more_stops_the_verdict(tmp_path: Path) -> None:
    # Whom the other program reaches sells .3 a day more: ours does nothing at all.
    feed, enrolment, sold = daily_sales(tmp_path)
    treated = sorted(one.payee_id for one in enrolment.rows if not one.is_held_out)
    held = sorted(one.payee_id for one in enrolment.rows if one.is_held_out)
    reached = {*treated[:32], *held[:4]}
    draw, start = np.random.default_rng(2), dt.date(2024, 7, 1)
    more = [
        {
            "event_id": f"more-{name}-{day}-{copy}",
            "payee_id": name,
            "occurred_at": at(2024, 7, 1) + day * 86_400_000_000,
            "amount_minor": 100_000,
            "margin_minor": 40_000,
        }
        for name in sorted(reached)
        for day in range((dt.date(2024, 8, 5) - start).days)
        for copy in range(int(draw.poisson(LIFT)))
    ]
    extra = feed_from_rows(more, tmp_path / "more")
    world = (attrs.evolve(feed, events=(*feed.events, *extra.events)), enrolment, sold)
    answer = ask(world, others=[other()], other_enrolments=[reaching(enrolment, reached)])
    (check,) = checks(answer, "overlap_apart")
    assert not check.is_ok
    assert "80% of the treated and 20% of the held out" in check.sentence
    assert answer.headline is not None
    assert answer.headline.low > 0  # type: ignore[operator]
    assert answer.verdict.decision == "cannot_tell"
    assert check.sentence in answer.verdict.reasons
    (joint,) = [one for one in answer.estimates if "overlap" in one.name]
    assert joint.low <= 0 <= joint.high  # type: ignore[operator]
    assert joint.tier == "A"
    assert "exploratory" in {one.code for one in joint.warnings}
    assert "Did the other program reach both sides alike?" in answer_text(answer)


def test_program_of_all_treated_and_no_held_out_cannot_be_adjusted_for(
    lifted: World,
) -> None:
    treated = {one.payee_id for one in lifted[1].rows if not one.is_held_out}
    answer = ask(lifted, others=[other()], other_enrolments=[reaching(lifted[1], treated)])
    assert not checks(answer, "overlap_apart")[0].is_ok
    assert answer.verdict.decision == "cannot_tell"
    assert "with the overlap adjusted" in dict(answer.not_possible)


def test_whom_it_reached_is_not_guessed_without_an_enrolment(lifted: World) -> None:
    answer = ask(lifted, others=[other()])
    assert not checks(answer, "overlap_apart")
    assert not checks(answer, "overlap")[0].is_ok
    assert answer.verdict.decision == "repeat"


def test_baseline_is_asked_too_and_decides_where_changes_are_compared(
    tmp_path: Path,
) -> None:
    sales = daily_sales(tmp_path, lift=LIFT)
    enrolment = sales[1]
    feed, program = with_a_west(sales, tmp_path)
    world = (feed, *sales[1:])
    before = other(
        window=Window(
            zone=program.window.zone,
            starts_on=dt.date(2024, 5, 27),
            ends_before=dt.date(2024, 6, 24),
        )
    )
    west = [one.payee_id for one in enrolment.rows if not one.is_held_out]
    given = {
        "enrolment": None,
        "others": [before],
        "other_enrolments": [reaching(enrolment, set(west[:30]))],
    }
    answer = ask(world, program, **given)
    assert answer.headline is not None
    assert answer.headline.tier == "B"
    assert (
        "In the weeks of the baseline, autumn did." in checks(answer, "overlap")[0].sentence
    )
    assert not checks(answer, "overlap_apart")[0].is_ok
    assert answer.verdict.decision == "cannot_tell"
    (joint,) = [one for one in answer.estimates if "overlap" in one.name]
    assert joint.unit_count == 30
    randomized = ask(world, others=[before], other_enrolments=given["other_enrolments"])
    assert not checks(randomized, "overlap_apart")
    assert randomized.verdict.decision == "repeat"
