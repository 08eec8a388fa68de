"""Is the verdict by the rule that was stated before launch, and is what changed marked?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import pytest
from measure_worlds import at, daily_sales, enrol, make_program

from openspiff.events import Feed
from openspiff.measure import Answer, answer_json, measure_worth, read_answer
from openspiff.program import EnrolledPayee, Enrolment, Holdout, MeasurementPlan
from openspiff.report import answer_text, headline_sentence

World = tuple[Feed, Enrolment, int]
STRICT = MeasurementPlan(
    baseline_weeks=8, horizon_weeks=3, repeat_from_return_ppm=20_000_000
)
LOOSE = attrs.evolve(STRICT, repeat_from_return_ppm=-900_000)


@pytest.fixture(scope="module")
def lifted(tmp_path_factory: pytest.TempPathFactory) -> World:
    return daily_sales(tmp_path_factory.mktemp("lifted"), lift=0.3)


def ask(world: World, plan: MeasurementPlan, **more: Any) -> Answer:
    feed, enrolment, sold = world
    return measure_worth(
        make_program(measurement=plan, **more.pop("terms", {})),
        feed=feed,
        enrolment=enrolment,
        paid_minor=sold * 10_000,
        paid_units=sold,
        as_of=at(2024, 9, 10),
        seed=1,
        **more,
    )


def test_rule_made_easier_after_launch_does_not_decide(lifted: World) -> None:
    answer = ask(lifted, LOOSE, launched=STRICT)
    assert answer.verdict.decision == "redesign"
    assert "+2000%" in answer.verdict.rule
    assert answer.changed_verdict is not None
    assert answer.changed_verdict.decision == "repeat"
    assert "-90%" in answer.changed_verdict.rule
    (said,) = answer.exploratory
    assert said == (
        "The return from which to repeat: +2000% at launch, -90% here. What follows from "
        "it is exploratory."
    )
    text = answer_text(answer)
    before, after = text.split("Exploratory, by the rule as it was changed after launch")
    assert "stated before launch: Repeat when the whole 95% interval" in before
    assert after.startswith(": repeat it.")
    assert "ppm" not in text
    assert read_answer(answer_json(answer)) == answer


def test_rule_that_stands_as_launched_has_one_verdict(lifted: World) -> None:
    for launched in (None, STRICT):
        answer = ask(lifted, STRICT, launched=launched)
        assert answer.changed_verdict is None
        assert answer.verdict.decision == "redesign"
        assert "exploratory" not in answer_text(answer).lower()


def test_answer_to_a_question_that_was_changed_is_marked(lifted: World) -> None:
    launched = attrs.evolve(STRICT, baseline_weeks=12, unit_margin_minor=70_000)
    answer = ask(lifted, STRICT, launched=launched)
    assert answer.headline is not None
    assert "exploratory" in {one.code for one in answer.headline.warnings}
    assert answer.headline in answer.estimates
    assert "It is exploratory" in headline_sentence(answer)
    assert any("weeks of the baseline" in one for one in answer.verdict.reasons)
    assert "The margin of one unit: $700.00 at launch, not said here" in " ".join(
        answer.exploratory
    )
    money_only = ask(lifted, attrs.evolve(STRICT, running_cost_minor=5), launched=STRICT)
    assert money_only.headline is not None
    assert not money_only.headline.warnings
    assert any("cost of running it" in one for one in money_only.verdict.reasons)


def test_few_ways_to_draw_are_named_beside_the_verdict(tmp_path: Path) -> None:
    firms = {f"p{one:03d}": f"f{one % 4}" for one in range(60)}
    feed, _, sold = daily_sales(tmp_path, lift=0.5, held_out_every=2)
    rows = tuple(
        EnrolledPayee(payee, firm, "all", firm, firm in {"f0", "f2"}, False)
        for payee, firm in firms.items()
    )
    halves = Holdout(share_ppm=500_000)
    plan = attrs.evolve(STRICT, repeat_from_return_ppm=-950_000)
    drawn = (feed, Enrolment("summer", 0, rows), sold)
    answer = ask(drawn, plan, terms={"holdout": halves})
    assert answer.headline is not None
    assert answer.headline.p_value == pytest.approx(1 / 3)
    assert any("6 ways" in one and "p = 0.33" in one for one in answer.verdict.reasons)
    many = ask((feed, enrol({one: int(one[1:]) % 2 == 0 for one in firms}), sold), plan)
    assert not any("ways to draw" in one for one in many.verdict.reasons)
