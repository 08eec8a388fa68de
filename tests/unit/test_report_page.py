"""Can the report be read by anyone, anywhere, without a network?"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from pathlib import Path

import attrs
import pytest

from openspiff.measure import (
    Answer,
    Caution,
    Check,
    Estimate,
    PathPoint,
    Verdict,
)
from openspiff.program import Program, read_program
from openspiff.report import (
    bridge_chart,
    chart_csv,
    estimates_chart,
    headline_sentence,
    key_figures,
    path_chart,
    report_html,
)

ROOT = Path(__file__).resolve().parents[2]
FIRST = dt.date(2026, 2, 2)


def estimate(name: str, value: float, *, tier: str = "A", unit: str = "units") -> Estimate:
    return Estimate(
        name=name,
        value=value,
        standard_error=abs(value) / 4,
        low=value / 2,
        high=value * 2,
        method="a comparison",
        tier=tier,  # type: ignore[arg-type]
        unit=unit,
        unit_count=40,
        cluster_count=8,
        warnings=(Caution("growth", "It counts growth as success."),)
        if tier == "E"
        else (),
    )


def point(week: int) -> PathPoint:
    is_inside = 4 <= week < 8
    return PathPoint(
        week_start_on=FIRST + dt.timedelta(days=7 * week),
        day_count=7,
        phase="window" if is_inside else "baseline",
        in_window=is_inside,
        treated_mean=2.0 if is_inside else 1.0,
        holdout_mean=1.0,
        ineligible_mean=None,
        difference=1.0 if is_inside else 0.0,
        low=-0.5,
        high=1.5,
    )


@pytest.fixture(scope="module")
def program() -> Program:
    return read_program(ROOT / "examples" / "programs" / "compressor-push.toml")


@pytest.fixture(scope="module")
def answer(program: Program) -> Answer:
    return Answer(
        program_id=program.program_id,
        version=1,
        content_hash="a" * 64,
        data_digest="b" * 64,
        as_of=1_783_080_000_000_000,
        currency="EUR",
        headline=estimate("gross", 0.4),
        estimates=(estimate("gross", 0.4),),
        not_possible=(("synthetic group", "there is no firm outside the audience"),),
        naive=estimate("naive", 0.9, tier="E"),
        total_incremental=estimate("added", 40.0),
        dead_weight=estimate("dead weight", 0.6, unit="share"),
        cost_per_unit=estimate("cost of one added unit", 21_500.0),
        return_on_cost=None,
        paid_minor=860_000,
        paid_units=100.0,
        treated_count=30,
        holdout_count=10,
        ineligible_count=0,
        checks=(Check(code="balance", is_ok=True, sentence="Both groups began alike."),),
        path=tuple(point(week) for week in range(10)),
        warnings=(),
        verdict=Verdict(
            decision="cannot_tell",
            reasons=("The interval of what was added contains zero.",),
            rule="A verdict needs an interval without zero.",
        ),
    )


def unbounded(one: Estimate) -> Estimate:
    return attrs.evolve(one, low=None, high=None, shape="everything")


def test_page_loads_nothing_and_runs_nothing(program: Program, answer: Answer) -> None:
    page = report_html(answer, program)
    assert "<script" not in page
    assert re.findall(r'(?:src|href)="(?!data:)[^"#]', page) == []
    assert "style=" not in page  # the page's own policy would refuse it
    assert "default-src 'none'" in page


def test_same_answer_gives_the_same_bytes(program: Program, answer: Answer) -> None:
    assert report_html(answer, program) == report_html(answer, program)


def test_page_gives_the_verdict_with_its_reasons_and_rule(
    program: Program, answer: Answer
) -> None:
    page = report_html(answer, program)
    assert "These data cannot tell" in page
    assert "The interval of what was added contains zero." in page
    assert "A verdict needs an interval without zero." in page
    assert "there is no firm outside the audience" in page


def test_names_are_texts_and_never_markup(program: Program, answer: Answer) -> None:
    hostile = attrs.evolve(program, name="<script>alert(1)</script>")
    assert "<script" not in report_html(answer, hostile)


def test_truth_is_shown_only_when_it_is_known(program: Program, answer: Answer) -> None:
    assert "Truth beside estimate" not in report_html(answer, program)
    page = report_html(answer, program, truth=[("units added", "3", "2")])
    assert "Truth beside estimate" in page


def test_every_chart_has_words_numbers_and_two_coats(answer: Answer) -> None:
    bridge = bridge_chart(answer)
    assert bridge is not None
    for chart in (path_chart(answer), estimates_chart(answer), bridge):
        assert chart.light.startswith("<svg")
        assert chart.dark.startswith("<svg")
        assert chart.light != chart.dark
        assert len(chart.alternative) > 20
        rows = list(csv.reader(io.StringIO(chart_csv(chart))))
        assert rows[0] == list(chart.header)
        assert len(rows) == len(chart.rows) + 1 > 1


def test_naive_number_stands_once_and_last(answer: Answer) -> None:
    assert answer.naive is not None
    both = attrs.evolve(answer, estimates=(*answer.estimates, answer.naive))
    names = [row[0] for row in estimates_chart(both).rows]
    assert len(names) == len(set(names)) == 2
    assert names[-1].startswith("naive")


def test_open_ends_are_said_in_words(answer: Answer) -> None:
    assert answer.dead_weight is not None
    assert answer.cost_per_unit is not None
    open_answer = attrs.evolve(
        answer,
        dead_weight=unbounded(answer.dead_weight),
        cost_per_unit=attrs.evolve(answer.cost_per_unit, high=None, shape="from"),
    )
    notes = {what: note for what, _, note in key_figures(open_answer)}
    assert notes["Dead weight"] == "95% interval no lower end to no upper end"
    assert notes["Cost of one added unit"].startswith("95% interval from ")


def test_what_cannot_be_told_is_no_zero(answer: Answer) -> None:
    blank = attrs.evolve(answer, headline=None, total_incremental=None, dead_weight=None)
    assert "cannot be told" in headline_sentence(blank)
    assert bridge_chart(blank) is None
    assert [what for what, _, _ in key_figures(blank)] == ["Paid", "Cost of one added unit"]
