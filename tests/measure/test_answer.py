"""From feed to verdict: does the answer say what can be said, and no more?"""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from measure_worlds import at, daily_sales, enrol, make_program, with_a_west

from openspiff.events import Feed, feed_from_rows
from openspiff.measure import (
    Answer,
    Estimate,
    MeasureError,
    answer_json,
    measure_worth,
    read_answer,
)
from openspiff.program import Enrolment, MeasurementPlan, Program

AS_OF = at(2024, 9, 10)
LIFT = 0.3  # units a day and treated payee: 2.1 a week


@pytest.fixture(scope="module")
def lifted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Feed, Enrolment, int]:
    return daily_sales(tmp_path_factory.mktemp("lifted"), lift=LIFT)


@pytest.fixture(scope="module")
def flat(tmp_path_factory: pytest.TempPathFactory) -> tuple[Feed, Enrolment, int]:
    return daily_sales(tmp_path_factory.mktemp("flat"))


def ask(
    world: tuple[Feed, Enrolment | None, int],
    *,
    program: Program | None = None,
    paid_each: int = 10_000,
    **more: Any,
) -> Answer:
    feed, enrolment, sold = world
    given = {
        "feed": feed,
        "enrolment": enrolment,
        "paid_minor": sold * paid_each,
        "paid_units": sold,
        "as_of": AS_OF,
        "seed": 1,
        **more,
    }
    return measure_worth(program or make_program(), **given)


def holds(estimate: Estimate | None, truth: float) -> bool:
    assert estimate is not None
    low = float("-inf") if estimate.low is None else estimate.low
    high = float("inf") if estimate.high is None else estimate.high
    return low <= truth <= high


def check(answer: Answer, code: str) -> bool:
    return {one.code: one.is_ok for one in answer.checks}[code]


def test_planted_lift_is_found_with_its_money(
    lifted: tuple[Feed, Enrolment, int],
) -> None:
    answer, sold = ask(lifted), lifted[2]
    truth = 40 * 5 * 7 * LIFT  # treated payees, weeks, days
    assert answer.headline is not None
    assert (answer.headline.tier, answer.headline.name) == ("A", "net")
    assert holds(answer.headline, 7 * LIFT)
    assert answer.headline.excludes_zero
    assert holds(answer.total_incremental, truth)
    assert holds(answer.dead_weight, 1 - truth / sold)
    assert holds(answer.cost_per_unit, sold * 10_000 / truth)
    assert holds(answer.return_on_cost, truth * 40_000 / (sold * 10_000) - 1)
    assert (answer.treated_count, answer.holdout_count) == (40, 20)


def test_profitable_program_is_repeated_and_a_dear_one_redesigned(
    lifted: tuple[Feed, Enrolment, int],
) -> None:
    assert ask(lifted).verdict.decision == "repeat"
    assert ask(lifted, paid_each=60_000).verdict.decision == "redesign"
    wanting = MeasurementPlan(
        baseline_weeks=8, horizon_weeks=3, repeat_from_return_ppm=50_000_000
    )
    answer = ask(lifted, program=make_program(measurement=wanting))
    assert answer.verdict.decision == "redesign"
    assert "+5000%" in answer.verdict.rule


def test_program_without_lift_is_retired_when_it_costs(
    flat: tuple[Feed, Enrolment, int],
) -> None:
    answer = ask(flat, paid_each=40_000)
    assert answer.headline is not None
    assert not answer.headline.excludes_zero
    assert answer.verdict.decision == "retire"


def test_cheap_program_without_visible_lift_cannot_be_judged(
    flat: tuple[Feed, Enrolment, int],
) -> None:
    answer = ask(flat, paid_each=500)
    assert answer.verdict.decision == "cannot_tell"
    assert any("may be zero" in reason for reason in answer.verdict.reasons)


def test_answer_survives_its_json(lifted: tuple[Feed, Enrolment, int]) -> None:
    answer = ask(lifted, content_hash="abc")
    assert read_answer(answer_json(answer)) == answer
    assert answer_json(ask(lifted, content_hash="abc")) == answer_json(answer)


def test_answer_kept_by_the_first_version_is_still_read(
    lifted: tuple[Feed, Enrolment, int],
) -> None:
    answer = ask(lifted)
    record = json.loads(answer_json(answer))
    for name in (
        *("why_tier", "interim", "timing", "mix", "cost_per_margin", "value_added"),
        *("return_probability", "break_even_units", "cost_minor", "placebos"),
        *("exploratory", "next_tests"),
    ):
        del record[name]

    def as_then(held: Any) -> Any:
        if isinstance(held, list):
            return [as_then(one) for one in held]
        if isinstance(held, dict):
            held = {name: as_then(one) for name, one in held.items()}
            for name in ("band_low", "band_high"):
                held.pop(name, None)
            if "shape" in held:
                held["is_unbounded"] = held.pop("shape") != "between"
        return held

    record = as_then(record)
    record["cost_per_unit"] |= {"is_unbounded": True, "high": None}
    read = read_answer(json.dumps(record))
    assert read.headline == answer.headline
    assert read.timing == ()
    assert read.cost_per_unit is not None
    assert read.cost_per_unit.shape == "from"


def test_text_that_is_no_answer_is_refused() -> None:
    with pytest.raises(MeasureError, match="answer_json"):
        read_answer('{"program_id": "x"}')


def test_path_shows_the_lift_in_the_window_only(
    lifted: tuple[Feed, Enrolment, int],
) -> None:
    path = ask(lifted).path
    phases = ["baseline"] * 8 + ["window"] * 5 + ["horizon"] * 3
    assert [one.phase for one in path] == phases
    inside = [one.difference or 0.0 for one in path if one.in_window]
    outside = [one.difference or 0.0 for one in path if not one.in_window]
    assert min(inside) > max(outside)
    assert all(one.ineligible_mean is None for one in path)
    assert all(one.low < one.difference < one.high for one in path)  # type: ignore[operator]


def test_prior_period_and_naive_are_beside_it_and_labelled(
    lifted: tuple[Feed, Enrolment, int],
) -> None:
    answer = ask(lifted)
    tiers = [(one.name, one.tier) for one in answer.estimates]
    assert tiers == [("gross", "A"), ("net", "A"), ("prior period", "E"), ("naive", "E")]
    assert answer.naive is not None
    assert "not what the program added" in answer.naive.warnings[0].sentence
    refused = dict(answer.not_possible)
    assert "ineligible" in refused["difference in differences, net"]


def test_without_holdout_the_ineligible_are_compared(tmp_path: Path) -> None:
    sales = daily_sales(tmp_path, lift=LIFT)
    feed, program = with_a_west(sales, tmp_path)
    answer = ask((feed, None, sales[2]), program=program)
    assert answer.headline is not None
    assert (answer.headline.tier, answer.ineligible_count) == ("B", 20)
    assert holds(answer.headline, 7 * LIFT)
    assert check(answer, "pre_trend")
    assert answer.verdict.decision == "repeat"


def test_with_nobody_to_compare_nothing_is_called_incremental(
    lifted: tuple[Feed, Enrolment, int],
) -> None:
    answer = ask((lifted[0], None, lifted[2]), program=make_program(holdout=None))
    assert answer.headline is None
    assert answer.total_incremental is None
    assert answer.return_on_cost is None
    assert answer.verdict.decision == "cannot_tell"
    assert {one.tier for one in answer.estimates} == {"E"}
    assert answer.naive is not None


def test_horizon_still_open_leaves_the_gross_effect(
    lifted: tuple[Feed, Enrolment, int],
) -> None:
    answer = ask(lifted, as_of=at(2024, 8, 14))
    assert answer.headline is not None
    assert answer.headline.name == "gross"
    assert "horizon_open" in {one.code for one in answer.warnings}
    assert "net effect" in dict(answer.not_possible)


def test_open_window_cannot_be_judged(lifted: tuple[Feed, Enrolment, int]) -> None:
    answer = ask(lifted, as_of=at(2024, 7, 25))
    assert answer.verdict.decision == "cannot_tell"
    assert any("not over" in reason for reason in answer.verdict.reasons)


def test_paid_payee_of_the_holdout_stops_the_verdict(
    lifted: tuple[Feed, Enrolment, int],
) -> None:
    fine = ask(lifted, paid_by_payee={"p001": 500})
    assert check(fine, "leakage")
    leaking = ask(lifted, paid_by_payee={"p000": 500})
    assert not check(leaking, "leakage")
    assert leaking.verdict.decision == "cannot_tell"
    assert any("$5.00" in reason for reason in leaking.verdict.reasons)


def test_sample_that_is_not_the_one_drawn_stops_the_verdict(
    lifted: tuple[Feed, Enrolment, int],
) -> None:
    feed, enrolment, sold = lifted
    held = {row.payee_id: row.is_held_out for row in enrolment.rows}
    lost = {name for name in held if held[name]}
    kept = {name: held[name] for name in held if name not in set(sorted(lost)[6:])}
    answer = ask((feed, enrol(kept), sold))
    assert not check(answer, "sample_ratio")
    assert answer.verdict.decision == "cannot_tell"
    assert check(ask(lifted), "sample_ratio")


def test_joiners_are_in_the_total_but_in_no_comparison(
    lifted: tuple[Feed, Enrolment, int],
) -> None:
    feed, enrolment, sold = lifted
    held = {row.payee_id: row.is_held_out for row in enrolment.rows}
    answer = ask((feed, enrol(held, joiners="p001 p002"), sold))
    assert answer.headline is not None
    assert answer.headline.unit_count == 58
    assert answer.total_incremental is not None
    assert answer.total_incremental.value == pytest.approx(answer.headline.value * 40 * 5)
    assert "joiners" in {one.code for one in answer.warnings}


def test_event_shared_across_the_holdout_is_said(tmp_path: Path) -> None:
    feed, enrolment, sold = daily_sales(tmp_path, lift=LIFT)
    both = {"event_id": "both", "occurred_at": at(2024, 7, 9)}
    extra = feed_from_rows(
        [{**both, "payee_id": "p000"}, {**both, "payee_id": "p001"}], tmp_path / "both"
    )
    joined = attrs.evolve(feed, events=(*feed.events, *extra.events))
    answer = ask((joined, enrolment, sold))
    assert not check(answer, "shared")
    assert check(ask((feed, enrolment, sold)), "shared")


def test_unit_margin_of_the_plan_serves_where_events_have_none(tmp_path: Path) -> None:
    world = daily_sales(tmp_path, lift=LIFT, margin_minor=None)
    without = ask(world)
    assert without.return_on_cost is None
    assert "unit_margin_minor" in dict(without.not_possible)["incremental margin"]
    plan = MeasurementPlan(baseline_weeks=8, horizon_weeks=3, unit_margin_minor=40_000)
    answer = ask(world, program=make_program(measurement=plan))
    total, back = answer.total_incremental, answer.return_on_cost
    assert total is not None
    assert back is not None
    assert back.value == pytest.approx(total.value * 40_000 / answer.paid_minor - 1)


def test_nothing_sold_raises_instead_of_a_zero(tmp_path: Path) -> None:
    names = {f"p{number}": number % 2 == 0 for number in range(20)}
    rows = [
        {"event_id": f"{n}", "payee_id": "p0", "kind": "demo_held", "occurred_at": moment}
        for n, moment in enumerate([at(2024, 1, 2), at(2024, 9, 1)])
    ]
    feed = feed_from_rows(rows, tmp_path)
    with pytest.raises(MeasureError, match="nothing to measure") as error:
        ask((feed, enrol(names), 0))
    assert error.value.problems[0].remedy


def test_negative_pay_is_refused(lifted: tuple[Feed, Enrolment, int]) -> None:
    with pytest.raises(MeasureError, match="zero or more") as error:
        ask(lifted, paid_minor=-1, paid_units=-1)
    assert len(error.value.problems) == 2


def test_progress_tells_every_stage(lifted: tuple[Feed, Enrolment, int]) -> None:
    told: list[tuple[str, int, int]] = []
    ask(lifted, progress=lambda *stage: told.append(stage))
    assert [stage[0] for stage in told] == [
        *("panel", "estimates", "timing", "worth", "checks", "path"),
    ]
    assert [stage[1] for stage in told] == [1, 2, 3, 4, 5, 6]


def test_deals_held_back_for_the_program_are_taken_off_the_net_effect(
    tmp_path: Path,
) -> None:
    # Treated payees sell two units less in the announced week and two more in the window.
    draw, rows, held = np.random.default_rng(3), [], {}
    for number in range(40):
        name, held_out = f"p{number:02d}", number % 2 == 0
        held[name] = held_out
        for week in range(20):
            day = dt.date(2024, 5, 6) + dt.timedelta(days=7 * week + number % 5)
            count = 2 + int(draw.binomial(2, 0.5))
            if not held_out and week == 7:
                count -= 2
            if not held_out and week == 8:
                count += 2
            rows += [
                {
                    "event_id": f"{name}-{week}-{copy}",
                    "payee_id": name,
                    "occurred_at": at(day.year, day.month, day.day),
                }
                for copy in range(count)
            ]
    plan = MeasurementPlan(
        baseline_weeks=6, horizon_weeks=3, announced_on=dt.date(2024, 6, 24)
    )
    feed = feed_from_rows(rows, tmp_path)
    answer = ask(
        (feed, enrol(held), 500),
        program=make_program(measurement=plan),
        paid_each=1,
    )
    gross, net = answer.estimates[:2]
    assert (gross.name, net.name) == ("gross", "net")
    assert holds(gross, 2 / 5)
    assert gross.excludes_zero
    assert holds(net, 0.0)
    assert gross.value - net.value == pytest.approx(2 / 5, abs=0.2)
    assert answer.naive is not None
    assert answer.naive.value > 0.2
