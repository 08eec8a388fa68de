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
    contents_json,
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


def copy_of(answer: Answer, program: Program) -> str:
    """Return all that a shared copy holds: words, drawings, the numbers of pictures."""
    contents = report_contents(answer, program, is_shared=True)
    assert contents_html(contents)
    return contents_json(contents) + answer_text(answer, is_shared=True)


def paid(answer: Answer, amount_minor: int, units: float, **more: int) -> Answer:
    """Return an answer with what was paid, and all that follows from it in money."""
    assert answer.dead_weight is not None
    share = 1 - 40.0 / units
    return attrs.evolve(
        answer,
        paid_minor=amount_minor,
        paid_units=units,
        cost_minor=amount_minor + 40_000,
        dead_weight=attrs.evolve(answer.dead_weight, value=share, low=share, high=share),
        value_added=estimate("incremental margin", 2_000_000.0, unit="EUR minor units"),
        return_on_cost=estimate(
            "return on cost", 2_000_000 / (amount_minor + 40_000) - 1, unit="share of cost"
        ),
        return_probability=0.9,
        break_even_units=(amount_minor + 40_000) / 50_000,
        verdict=attrs.evolve(
            answer.verdict, reasons=(f"Dead weight is {share:.0%}.", "It is wide.")
        ),
        next_tests=(f"Pay for {units:.0f} units at most.",),
        warnings=(Caution("paid", f"The books say {amount_minor}."),),
        **more,
    )


@pytest.mark.parametrize("few", [{"paid_payee_count": 3}, {"treated_count": 4}])
def test_what_few_payees_were_paid_is_told_nowhere(
    program: Program, few: dict[str, int]
) -> None:
    copies = [
        copy_of(paid(an_answer(program), amount, units, **few), program)
        for amount, units in ((860_000, 100.0), (1_284_000, 107.0))
    ]
    assert copies[0] == copies[1]
    assert "fewer than five payees were paid" in copies[0]
    assert "It is wide." in copies[0]


def test_what_many_payees_were_paid_is_told(program: Program) -> None:
    many = paid(an_answer(program), 860_000, 100.0, paid_payee_count=30)
    copy = copy_of(many, program)
    assert "€8,600" in copy
    assert "Dead weight is 60%." in copy


def test_fraction_is_rounded_wherever_a_copy_says_it(program: Program) -> None:
    """59 units of 7 payees in 13 weeks: in full, only a multiple of 91 gives it."""
    one = attrs.evolve(estimate("naive", 59 / 91, tier="E"), low=-0.123456, high=3.456789)
    answer = attrs.evolve(an_answer(program), naive=one)
    contents = report_contents(answer, program, is_shared=True)
    chart = next(one for one in contents.all_charts if one.name == "estimates")
    (row,) = (row for row in chart.rows if row[1] == "E")
    assert row[2:5] == (0.65, -0.12, 3.46)
    rounded = attrs.evolve(one, value=0.65, low=-0.12, high=3.46)
    again = attrs.evolve(answer, naive=rounded)
    assert copy_of(answer, program) == copy_of(again, program)


def test_means_by_week_are_rounded_too(program: Program) -> None:
    answer = an_answer(program)
    uneven = tuple(attrs.evolve(one, treated_mean=59 / 91) for one in answer.path)
    even = tuple(attrs.evolve(one, treated_mean=0.65) for one in answer.path)
    assert copy_of(attrs.evolve(answer, path=uneven), program) == copy_of(
        attrs.evolve(answer, path=even), program
    )


def test_size_of_a_group_cannot_be_had_as_total_over_rate(program: Program) -> None:
    copies = []
    for count in (30, 36):
        shown = with_held_out(an_answer(program), 3, 0.5)
        total = estimate("added", 0.4 * count * 13, unit="units")
        naive = estimate("naive, units", 0.9 * count * 13, tier="E", unit="units")
        told = attrs.evolve(
            shown,
            treated_count=count,
            total_incremental=total,
            dead_weight=estimate("dead weight", 1 - total.value / 1_000, unit="share"),
            cost_per_unit=None,
            naive_totals=(naive,),
        )
        copies.append(copy_of(told, program))
    assert copies[0] == copies[1]
    assert "What was added over all is hidden" in copies[0]


def test_total_that_is_not_known_is_not_called_hidden(program: Program) -> None:
    shown = attrs.evolve(
        with_held_out(an_answer(program), 3, 0.5),
        headline=None,
        total_incremental=None,
        dead_weight=None,
        cost_per_unit=None,
    )
    copy = copy_of(shown, program)
    assert "What was added over all is hidden" not in copy
    assert "cannot be told from these data" in copy


def test_share_of_all_assignments_is_hidden_with_a_small_group(program: Program) -> None:
    """Of 330 ways to draw four of eleven, p 0.003 is one."""
    shown = with_held_out(an_answer(program), 3, 0.5)
    headline = attrs.evolve(estimate("gross", 0.4), p_value=1 / 330)
    told = attrs.evolve(shown, headline=headline, estimates=(headline,))
    assert "0.003" in answer_text(told)
    assert "0.003" not in copy_of(told, program)
