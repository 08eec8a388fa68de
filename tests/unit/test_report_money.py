"""Does the report show where the margin came from, and from when on it pays?"""

from __future__ import annotations

import re

import attrs
import pytest
from report_answers import a_program, an_answer, estimate

from openspiff.measure import Answer, Caution
from openspiff.report import (
    answer_csv,
    answer_text,
    bridge_chart,
    key_figures,
    report_contents,
)
from openspiff.report._charts._coat import WIDE, _svg
from openspiff.report._charts._rows import Row, draw_rows
from openspiff.report._words import few_digits, money_sentence

PER_WEEK = "EUR minor units of margin per payee-week"


@pytest.fixture
def answer() -> Answer:
    """Return an answer of 200 payee-weeks whose margin is that of two parts."""
    return attrs.evolve(
        an_answer(a_program()),
        mix=(
            estimate("margin", 12_000.0, unit=PER_WEEK),
            estimate("margin of substitutes", -2_000.0, unit=PER_WEEK),
            estimate("margin in all", 10_000.0, unit=PER_WEEK),
        ),
        treated_weeks=200.0,
        value_added=estimate("incremental margin", 2_000_000.0, unit="EUR minor units"),
        return_on_cost=estimate("return on cost", 1.22, unit="share of cost"),
        unit_margin_minor=50_000.0,
        break_even_units=18.0,
        break_even_lift=0.0042,
    )


def test_bridge_shows_what_substitutes_took(answer: Answer) -> None:
    bridge = bridge_chart(answer)
    assert bridge is not None
    steps = {row[0]: (row[1], row[2]) for row in bridge.rows}
    assert steps["Margin of its own products"] == (-9_000.0, 15_000.0)
    assert steps["Margin of substitutes"] == (15_000.0, 11_000.0)
    assert steps["Net result"] == (0.0, 11_000.0)
    assert "Margin of substitutes: -€4,000 " in bridge.alternative


def test_bridge_keeps_one_step_where_the_parts_do_not_add_up(answer: Answer) -> None:
    apart = attrs.evolve(
        answer, mix=(answer.mix[0], estimate("margin of substitutes", 1.0, unit=PER_WEEK))
    )
    old = attrs.evolve(answer, treated_weeks=None)
    for one in (apart, old):
        bridge = bridge_chart(one)
        assert bridge is not None
        assert "Margin that was added" in [row[0] for row in bridge.rows]
        assert "Margin of substitutes" not in [row[0] for row in bridge.rows]


def test_break_even_says_its_lift_and_margin(answer: Answer) -> None:
    figures = {what: (value, note) for what, value, note in key_figures(answer)}
    note = "a lift of 0.42% over what would have been sold anyway; €500.00 of margin"
    assert figures["Break-even"] == ("18 units", f"{note} for each unit sold")
    text = answer_text(answer)
    assert "It pays for itself from 18 added units on" in text
    assert "Substitutes given up for them are not in this." in text
    # Answers kept before said units only, by a margin that meant nothing.
    before = attrs.evolve(answer, unit_margin_minor=None, break_even_lift=None)
    assert "Break-even" not in {what for what, _, _ in key_figures(before)}
    assert "pays for itself" not in answer_text(before)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0.004, "0.004"),
        (2.5, "2.5"),
        (28.5714, "28.6"),
        (183.4, "183"),
        (15_236.0, "15,236"),
    ],
)
def test_small_numbers_are_never_rounded_to_nothing(number: float, words: str) -> None:
    assert few_digits(number) == words


@pytest.mark.parametrize(
    ("span", "ticks"),
    [
        ((-450.0, 0.0), ["-400", "-300", "-200", "-100", "0"]),
        ((0.0, 12.0), ["0", "2", "4", "6", "8", "10", "12"]),
        ((-0.004, 0.02), ["-0.005", "0", "0.005", "0.01", "0.015", "0.02"]),
        ((0.0, 3_100.0), ["0", "0.5k", "1k", "1.5k", "2k", "2.5k", "3k"]),
    ],
)
def test_numbers_of_an_axis_are_written_out(
    span: tuple[float, float], ticks: list[str]
) -> None:
    drawn = _svg(
        draw_rows([Row(name="Paid", numbers="as said", bar=span)], WIDE, axis="USD")
    )
    told = re.findall(r"<text[^>]*>([^<]*)</text>", drawn.replace("\N{MINUS SIGN}", "-"))
    assert told == [*ticks, "USD", "Paid", "as said"]


def test_payee_weeks_and_how_parts_add_up_are_told(answer: Answer) -> None:
    text = answer_text(answer)
    assert "times 200.0, is a total" in text
    assert "the two add up to the line that includes both" in text
    assert "treated_weeks,200.0,,,,,payee-weeks" in answer_csv(answer)


def test_shared_copy_hides_weeks_that_would_tell_a_small_count(answer: Answer) -> None:
    few = attrs.evolve(answer, holdout_count=3)
    for is_shared in (False, True):
        contents = report_contents(few, a_program(), is_shared=is_shared)
        said = " ".join(one for part in contents.sections for one in part.sentences)
        assert ("is a total: so many weeks" in said) is not is_shared


def test_margin_that_was_not_estimated_is_said(answer: Answer) -> None:
    assert answer.value_added is not None
    caution = Caution("unit_margin", "The margin added is the units added times €500.00.")
    told = attrs.evolve(
        answer, value_added=attrs.evolve(answer.value_added, warnings=(caution,))
    )
    assert caution.sentence in answer_text(told)


def test_margin_without_ends_is_called_a_guess(answer: Answer) -> None:
    assert answer.value_added is not None
    value = attrs.evolve(answer.value_added, low=None, high=None, shape="everything")
    said = money_sentence(attrs.evolve(answer, value_added=value))
    assert "exclude no other amount" in said
    assert "brought" not in said


def test_clawbacks_stand_between_what_was_paid_and_what_stayed_paid(
    answer: Answer,
) -> None:
    taken = attrs.evolve(answer, clawed_back_minor=140_000)
    bridge = bridge_chart(taken)
    assert bridge is not None
    steps = [(row[0], row[1], row[2]) for row in bridge.rows][:4]
    assert steps == [
        ("Paid before clawbacks", 0, -10_000.0),
        ("Taken back", -10_000.0, -8_600.0),
        ("Of it for what would have come anyway", 0, -5_160.0),
        ("Of it for what was added", -5_160.0, -8_600.0),
    ]
    text = answer_text(taken)
    assert "paid before clawbacks: €10,000.00" in text
    assert "taken back by clawbacks: -€1,400.00" in text
    assert "net of what was taken back, €1,400" in text
    assert "clawbacks" not in answer_text(answer)
