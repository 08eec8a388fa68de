"""What may be said before the books, the window or the horizon are complete?"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import attrs
import pytest
from measure_worlds import at, daily_sales, make_program, with_a_west

from openspiff.engine import DuckDBEngine
from openspiff.events import Feed
from openspiff.ledger import Paid, open_books
from openspiff.measure import Answer, Estimate, MeasureError, measure_worth
from openspiff.program import Enrolment, MeasurementPlan, Program
from openspiff.report import answer_text, headline_sentence, key_figures
from openspiff.run import evaluate, paid_for

World = tuple[Feed, Enrolment, int]
WINDOW_OPEN = at(2024, 7, 25)
WINDOW_OVER = at(2024, 8, 5)
ALL_KNOWN = at(2024, 9, 10)


@pytest.fixture(scope="module")
def lifted(tmp_path_factory: pytest.TempPathFactory) -> World:
    return daily_sales(tmp_path_factory.mktemp("lifted"), lift=0.3)


@pytest.fixture(scope="module")
def flat(tmp_path_factory: pytest.TempPathFactory) -> World:
    return daily_sales(tmp_path_factory.mktemp("flat"))


def ask(world: World, *, program: Program | None = None, **more: Any) -> Answer:
    feed, enrolment, sold = world
    given = {"paid_minor": sold * 10_000, "paid_units": sold, "as_of": ALL_KNOWN, **more}
    return measure_worth(
        program or make_program(), feed=feed, enrolment=enrolment, seed=1, **given
    )


def codes(answer: Answer) -> set[str]:
    return {one.code for one in answer.warnings}


def no_money(answer: Answer) -> bool:
    found = (answer.return_on_cost, answer.return_probability, answer.dead_weight)
    more = (answer.cost_per_unit, answer.cost_per_margin, answer.break_even_units)
    return all(one is None for one in (*found, *more))


def money_sentence(answer: Answer) -> str:
    lines = answer_text(answer).splitlines()
    return lines[lines.index(headline_sentence(answer)) + 1]


# --- the horizon


def test_gross_effect_is_no_verdict_while_sales_may_be_borrowed(lifted: World) -> None:
    early, late = ask(lifted, as_of=WINDOW_OVER), ask(lifted)
    assert late.verdict.decision == "repeat"
    assert early.verdict.decision == "cannot_tell"
    assert early.return_on_cost is not None
    assert early.return_on_cost.low > 0  # type: ignore[operator]
    assert "2024-08-25" in early.verdict.reasons[0]
    assert "0 of 3" in early.verdict.reasons[0]
    assert "borrowed" in early.verdict.rule
    assert "not all taken off yet" in headline_sentence(early)
    assert "not all taken off yet" not in headline_sentence(late)
    dear = ask(lifted, as_of=WINDOW_OVER, paid_minor=lifted[2] * 60_000)
    assert dear.verdict.decision == "cannot_tell"  # later it is redesigned


def test_program_without_lift_is_retired_before_the_horizon_is_in(flat: World) -> None:
    early = ask(flat, as_of=WINDOW_OVER, paid_minor=flat[2] * 40_000)
    assert early.headline is not None
    assert early.headline.name == "gross"
    assert early.verdict.decision == "retire"


def test_plan_without_horizon_is_judged_when_the_window_ends(lifted: World) -> None:
    plan = MeasurementPlan(baseline_weeks=8, horizon_weeks=0)
    answer = ask(lifted, program=make_program(measurement=plan), as_of=WINDOW_OVER)
    assert answer.verdict.decision == "repeat"


# --- the books


def test_nothing_booked_is_not_a_cost_of_zero(flat: World) -> None:
    due = flat[2] * 5_000
    plan = MeasurementPlan(baseline_weeks=8, horizon_weeks=3, running_cost_minor=100)
    program = make_program(measurement=plan)
    given = {"program": program, "paid_minor": 0, "paid_units": 0.0}
    answer = ask(flat, due_minor=due, **given)
    assert "not_booked" in codes(answer)
    assert answer.verdict.decision == "cannot_tell"
    assert no_money(answer)
    assert answer.total_incremental is not None
    told = next(one.sentence for one in answer.warnings if one.code == "not_booked")
    assert "$0.00" in told
    assert f"{due // 100:,}" in told
    assert told in answer.verdict.reasons
    assert "is due" in money_sentence(answer)
    assert [what for what, _, _ in key_figures(answer)] == ["Paid", "Units added"]


def test_what_waits_for_the_next_run_is_passed_over(flat: World) -> None:
    paid = flat[2] * 5_000
    near = ask(flat, paid_minor=paid, due_minor=round(paid * 1.015))
    assert "not_booked" not in codes(near)
    assert near.return_on_cost is not None
    for far in (1.05, 0.9):
        answer = ask(flat, paid_minor=paid, due_minor=round(paid * far))
        assert "not_booked" in codes(answer)
        assert no_money(answer)


def paid(world: World, moment: int, books: list[Path] | None = None) -> Paid:
    return paid_for(
        [make_program()],
        feed=world[0],
        at=moment,
        held_out={"summer": world[1].held_out_ids()},
        load_booked=partial(open_books, paths=books or []),
    )


def test_only_what_was_booked_by_then_is_paid(flat: World, tmp_path: Path) -> None:
    unbooked = paid(flat, ALL_KNOWN)
    assert (unbooked.amount_minor, unbooked.units) == (0, 0)
    assert unbooked.due_minor == flat[2] * 5_000
    moment = at(2024, 8, 20)
    run = evaluate(
        [make_program()],
        feed=flat[0],
        at=moment,
        held_out={"summer": flat[1].held_out_ids()},
    )
    run.transfers.write_parquet(tmp_path / "run.parquet")
    books = [tmp_path / "run.parquet"]
    later = paid(flat, moment, books)
    assert later.amount_minor == later.due_minor == flat[2] * 5_000
    assert later.units == flat[2]
    assert sum(later.by_payee.values()) == later.amount_minor
    earlier = paid(flat, at(2024, 8, 10), books)
    assert earlier.amount_minor == 0
    assert earlier.due_minor == flat[2] * 5_000
    half = paid(flat, at(2024, 7, 18), books)
    assert 0 < half.due_minor < flat[2] * 5_000


def test_what_was_taken_back_is_told_beside_what_stayed_paid(
    flat: World, tmp_path: Path
) -> None:
    held_out = {"summer": flat[1].held_out_ids()}
    moment = at(2024, 8, 20)
    run = evaluate([make_program()], feed=flat[0], at=moment, held_out=held_out)
    run.transfers.write_parquet(tmp_path / "run.parquet")
    with DuckDBEngine() as engine:
        # Two accruals were taken back whole after they had been paid.
        engine.write_parquet(
            "select * replace (sequence + 100_000 as sequence, 'clawback' as kind, "
            "transfer_key || '/back' as transfer_key, number + 1 as number, "
            "'cancelled' as reason, transfer_key as corrects) "
            f"from read_parquet('{tmp_path / 'run.parquet'}') "
            "where kind = 'accrual' order by sequence limit 2",
            tmp_path / "back.parquet",
        )
    found = paid(flat, moment, [tmp_path / "run.parquet", tmp_path / "back.parquet"])
    assert found.clawed_back_minor == 2 * 5_000
    assert found.amount_minor == (flat[2] - 2) * 5_000
    assert found.units == flat[2] - 2


# --- the window


def test_running_holdout_is_told_in_figures_that_hold_at_every_look(
    lifted: World,
) -> None:
    paid_minor = lifted[2] * 6_000
    answer = ask(lifted, as_of=WINDOW_OPEN, paid_minor=paid_minor)
    interim, total = answer.interim, answer.total_incremental
    back, value = answer.return_on_cost, answer.value_added
    assert interim is not None
    assert total is not None
    assert back is not None
    assert value is not None
    share = total.value / interim.value
    assert total.low == pytest.approx(interim.low * share)  # type: ignore[operator]
    assert back.low == pytest.approx(value.low / paid_minor - 1)  # type: ignore[operator]
    assert back.high == pytest.approx(value.high / paid_minor - 1)  # type: ignore[operator]
    for one in (total, back, value, answer.dead_weight, answer.cost_per_unit):
        assert one is not None
        assert "sequential" in {caution.code for caution in one.warnings}
    single = ask(lifted, as_of=ALL_KNOWN, paid_minor=paid_minor)
    for one, over in zip(answer.mix, single.mix, strict=True):
        assert one.name == over.name
        assert "; sequential" in one.method
        assert "; sequential" not in over.method
    assert answer.return_probability is None
    assert answer.break_even_units is None
    said = " ".join((headline_sentence(answer), money_sentence(answer)))
    assert "window is not over" in said
    assert said.count("at every look") == 3
    for what, _, note in key_figures(answer):
        assert what == "Paid" or "at every look" in note
    text = answer_text(answer)
    assert "a chance" not in text
    assert "interim" in codes(answer)


def test_cost_of_a_unit_has_no_end_where_no_look_excludes_zero(flat: World) -> None:
    answer = ask(flat, as_of=WINDOW_OPEN)
    assert answer.total_incremental is not None
    assert answer.total_incremental.low < 0  # type: ignore[operator]
    each: Estimate | None = answer.cost_per_unit
    if each is not None:
        assert each.shape == "from"
    assert answer.verdict.decision == "cannot_tell"


def test_look_without_a_holdout_gives_no_return(tmp_path: Path) -> None:
    sales = daily_sales(tmp_path, lift=0.3)
    feed, program = with_a_west(sales, tmp_path)
    sold = sales[2]
    given = {"paid_minor": sold * 100, "paid_units": sold, "seed": 1, "enrolment": None}
    answer = measure_worth(program, feed=feed, as_of=WINDOW_OPEN, **given)
    assert answer.headline is not None
    assert answer.headline.tier == "B"
    assert no_money(answer)
    assert answer.total_incremental is not None
    assert "does not allow for repeated looking" in headline_sentence(answer)
    assert "when the window is over" in money_sentence(answer)
    over = measure_worth(program, feed=feed, as_of=ALL_KNOWN, **given)
    assert over.return_on_cost is not None
    assert "interim" not in codes(over)


def test_feed_that_ends_before_the_window_is_told_from_one_that_is_early(
    lifted: World,
) -> None:
    with pytest.raises(MeasureError, match="the window has not begun"):
        ask(lifted, as_of=at(2024, 6, 20))
    later = make_program(
        window=attrs.evolve(
            make_program().window,
            starts_on=make_program().window.starts_on.replace(year=2025),
            ends_before=make_program().window.ends_before.replace(year=2025),
        )
    )
    with pytest.raises(MeasureError, match="the feed ends before the window") as caught:
        ask(lifted, program=later, as_of=at(2025, 9, 10))
    assert "2024-08-31" in caught.value.problems[0].message
