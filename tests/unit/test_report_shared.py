"""Does a shared copy tell nothing about fewer than five payees?"""

from __future__ import annotations

import attrs
import pytest
from report_answers import a_program, an_answer, estimate

from openspiff.measure import Answer, Caution, Check
from openspiff.program import Program
from openspiff.report import (
    answer_text,
    chart_csv,
    contents_html,
    contents_pdf,
    report_contents,
    report_html,
)


@pytest.fixture(scope="module")
def program() -> Program:
    return a_program()


def with_held_out(answer: Answer, count: int, mean: float) -> Answer:
    """Return an answer with a small holdout, everywhere a reader could learn of it."""
    counted = {"unit_count": 30 + count, "cluster_count": 30 + count}
    ratio = Check(
        code="sample_ratio",
        is_ok=False,
        sentence=f"{count} of {30 + count} units are held out; 20.0% were to be.",
        value=count / (30 + count),
    )
    return attrs.evolve(
        answer,
        holdout_count=count,
        estimates=tuple(attrs.evolve(one, **counted) for one in answer.estimates),
        timing=tuple(attrs.evolve(one, **counted) for one in answer.timing),
        mix=tuple(attrs.evolve(one, **counted) for one in answer.mix),
        checks=(ratio,),
        path=tuple(
            attrs.evolve(one, holdout_mean=mean, difference=2.0 - mean)
            for one in answer.path
        ),
        warnings=(Caution("joiners", f"{count} payees joined after launch."),),
        not_possible=(("more", f"too few; {count} held-out payees @ firms"),),
        verdict=attrs.evolve(
            answer.verdict,
            reasons=(ratio.sentence, f"Not possible: more: few; {count} payees"),
        ),
    )


def test_what_is_hidden_changes_no_byte_of_the_copy(program: Program) -> None:
    """Two answers that differ in hidden numbers alone give the same copies."""
    answer = an_answer(program)
    copies = []
    for count, mean in ((2, 0.7371), (4, 1.1953)):
        shown = with_held_out(answer, count, mean)
        contents = report_contents(shown, program, is_shared=True)
        numbers = "".join(chart_csv(chart) for chart in contents.all_charts)
        copies.append((contents_html(contents), contents_pdf(contents), numbers))
    assert copies[0] == copies[1]
    assert "fewer than 5" in copies[0][0]


def test_what_is_hidden_stands_in_the_copy_that_is_not_shared(program: Program) -> None:
    page = report_html(with_held_out(an_answer(program), 2, 0.7371), program)
    assert "2 of 32 units are held out" in page
    assert "0.737" in page
    assert "Shared copy" not in page


def test_small_group_cannot_be_had_by_subtraction(program: Program) -> None:
    shown = with_held_out(an_answer(program), 3, 0.5)
    contents = report_contents(shown, program, is_shared=True)
    method = contents.sections[-1]
    assert method.sentences[0] == (
        "Payees in the program: 5 or more; held out by chance: fewer than 5."
    )
    assert {row[2] for table in method.tables for row in table.rows} == {"5 or more"}
    assert "path" not in {chart.name for chart in contents.all_charts}


def test_copy_of_large_groups_keeps_counts_and_path(program: Program) -> None:
    contents = report_contents(an_answer(program), program, is_shared=True)
    assert "30; held out by chance: 10" in contents.sections[-1].sentences[0]
    assert "path" in {chart.name for chart in contents.all_charts}


def test_few_payees_in_a_sentence_are_not_counted_out(program: Program) -> None:
    refused = (
        ("more", "3 payees are needed; 2 payees @ firms"),
        ("less", "no firms; 2 @ b"),
    )
    reasons = ("2 of 40 held-out payees were paid in 3 weeks, 12 payees were not.",)
    answer = an_answer(program)
    told = attrs.evolve(
        answer,
        not_possible=refused,
        verdict=attrs.evolve(answer.verdict, reasons=reasons),
    )
    text = answer_text(told, is_shared=True)
    assert (
        "fewer than 5 of 40 held-out payees were paid in 3 weeks, 12 payees were not."
    ) in text
    assert "more: these data do not allow it" in text
    assert "less: no firms\n" in text


def test_numbers_that_rest_on_few_payees_are_left_out(program: Program) -> None:
    few = attrs.evolve(estimate("naive", 7.7, tier="E"), unit_count=3)
    answer = attrs.evolve(an_answer(program), naive=few)
    assert "7.70" in answer_text(answer)
    assert "7.70" not in answer_text(answer, is_shared=True)
