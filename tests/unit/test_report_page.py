"""Can the report be read by anyone, anywhere, without a network?"""

from __future__ import annotations

import csv
import io
import re

import attrs
import pytest
from report_answers import a_program, an_answer, estimate

from openspiff.measure import Answer, Estimate
from openspiff.program import Program
from openspiff.report import (
    answer_text,
    bridge_chart,
    chart_csv,
    dead_weight_chart,
    estimates_chart,
    headline_sentence,
    key_figures,
    mix_charts,
    path_chart,
    placebos_chart,
    report_contents,
    report_html,
    timing_chart,
)


@pytest.fixture(scope="module")
def program() -> Program:
    return a_program()


@pytest.fixture(scope="module")
def answer(program: Program) -> Answer:
    return an_answer(program)


def unbounded(one: Estimate) -> Estimate:
    return attrs.evolve(one, low=None, high=None, shape="everything")


@pytest.fixture(scope="module")
def in_money(answer: Answer) -> Answer:
    """Return the answer with what was added known in money."""
    value = estimate("incremental margin", 2_000_000.0, unit="EUR minor units")
    return attrs.evolve(
        answer,
        value_added=value,
        return_on_cost=estimate("return on cost", 1.22, unit="share of cost"),
        return_probability=0.93,
        unit_margin_minor=50_000.0,
        break_even_units=18.0,
    )


@pytest.fixture(scope="module")
def page(program: Program, in_money: Answer) -> str:
    return report_html(in_money, program)


def test_page_loads_nothing_and_runs_nothing(page: str) -> None:
    assert "<script" not in page
    assert re.findall(r'(?:src|href)="(?!data:)[^"#]', page) == []
    assert "style=" not in page  # the page's own policy would refuse it
    assert "default-src 'none'" in page


def test_same_answer_gives_the_same_bytes(
    program: Program, in_money: Answer, page: str
) -> None:
    assert report_html(in_money, program) == page


def test_page_asks_in_the_order_in_which_a_reader_does(page: str) -> None:
    asked = [
        "From what was paid to what is left",
        "The number others would show",
        "Did it change the behavior?",
        "What only moved in time?",
        "What stayed?",
        "What did it take from elsewhere?",
        "What did it cost?",
        "How much was dead weight?",
        "Why this verdict?",
        "What to try next",
        "Is the comparison what it claims to be?",
        "What was changed after launch",
        "What could not be done",
        "What must be true",
        "All numbers",
        "How it was measured",
    ]
    places = [page.index(f"<h2>{heading}") for heading in asked]
    assert places == sorted(places)


def test_text_asks_in_the_same_order_and_names_rule_and_next_test(in_money: Answer) -> None:
    text = answer_text(in_money)
    asked = ["verdict:", "Net result", "Did it change", "What only moved"]
    asked += ["What stayed", "from elsewhere", "What did it cost", "dead weight?"]
    asked += ["The rule", "The interval of what was added", "Run it again with more firms."]
    asked += ["The number others would show", "All numbers"]
    places = [text.index(words) for words in asked]
    assert places == sorted(places)


def test_page_gives_the_verdict_with_its_reasons_and_rule(page: str) -> None:
    assert "These data cannot tell" in page
    assert "The interval of what was added contains zero." in page
    assert "A verdict needs an interval without zero." in page
    assert "there is no firm outside the audience" in page


def test_names_are_texts_and_never_markup(program: Program, answer: Answer) -> None:
    hostile = attrs.evolve(program, name="<script>alert(1)</script>")
    assert "<script" not in report_html(answer, hostile)


def test_truth_is_shown_only_when_it_is_known(
    program: Program, answer: Answer, page: str
) -> None:
    assert "Truth beside estimate" not in page
    known = report_html(answer, program, truth=[("units added", "3", "2")])
    assert "Truth beside estimate" in known


def test_every_chart_has_words_numbers_coats_and_widths(
    program: Program, in_money: Answer
) -> None:
    shown = attrs.evolve(in_money, placebos=(0.1, -0.1, 0.2))
    contents = report_contents(shown, program)
    charts = {chart.name: chart for chart in contents.all_charts}
    assert list(charts) == [
        *("path", "bridge", "estimates", "timing", "mix-units", "mix-money"),
        *("dead-weight", "placebos"),
    ]
    for chart in charts.values():
        drawings = (chart.light, chart.dark, chart.light_narrow, chart.dark_narrow)
        assert all(one.startswith("<svg") for one in drawings)
        assert len(set(drawings)) == len(drawings)
        assert len(chart.alternative) > 20
        rows = list(csv.reader(io.StringIO(chart_csv(chart))))
        assert rows[0] == list(chart.header)
        assert len(rows) == len(chart.rows) + 1 > 1


def test_dark_drawing_has_no_color_of_the_light_one(in_money: Answer) -> None:
    bridge = bridge_chart(in_money)
    assert bridge is not None
    colors = re.compile("#[0-9a-f]{6}")
    assert colors.findall(bridge.light)
    shared = set(colors.findall(bridge.light)) & set(colors.findall(bridge.dark))
    assert shared == set()


def test_bridge_leads_from_what_was_paid_to_the_net_result(in_money: Answer) -> None:
    bridge = bridge_chart(in_money)
    assert bridge is not None
    steps = {row[0]: row[1:5] for row in bridge.rows}
    assert steps == {
        "Paid for what would have come anyway": (0, -5_160.0, None, None),
        "Paid for what was added": (-5_160.0, -8_600.0, None, None),
        "Cost of running it": (-8_600.0, -9_000.0, None, None),
        "Margin that was added": (-9_000.0, 11_000.0, 10_000.0, 40_000.0),
        "Net result": (0.0, 11_000.0, 1_000.0, 31_000.0),
    }
    assert "Net result: €11,000 (€1,000 to €31,000)." in bridge.alternative


def test_bridge_ends_with_the_cost_where_the_margin_is_not_known(answer: Answer) -> None:
    bridge = bridge_chart(answer)
    assert bridge is not None
    assert [row[0] for row in bridge.rows][-1] == "Cost of running it"


def test_dead_weight_below_zero_is_no_bar_backwards(answer: Answer) -> None:
    many = attrs.evolve(
        answer,
        total_incremental=estimate("added", 140.0, unit="units"),
        dead_weight=estimate("dead weight", -0.4, unit="share"),
    )
    chart, bridge = dead_weight_chart(many), bridge_chart(many)
    assert chart is not None
    assert bridge is not None
    assert [row[0] for row in chart.rows] == ["Paid for", "Added by the program"]
    assert "Paid for what would have come anyway" not in bridge.alternative


def test_band_of_all_weeks_is_drawn_where_it_is_known(answer: Answer) -> None:
    path = tuple(attrs.evolve(one, band_low=-2.0, band_high=2.5) for one in answer.path)
    chart = path_chart(attrs.evolve(answer, path=path))
    assert chart.rows[0][-2:] == (-2.0, 2.5)
    assert chart.light != path_chart(answer).light


def test_placebos_say_how_many_are_as_far_from_zero(answer: Answer) -> None:
    assert answer.headline is not None
    chart = placebos_chart([0.5, -0.45, 0.1, 0.0], answer.headline)
    assert chart.alternative.startswith("4 pretended programs; 2 of them")


def test_charts_of_what_is_not_known_are_left_out(answer: Answer) -> None:
    blank = attrs.evolve(answer, timing=(), mix=(), total_incremental=None)
    assert timing_chart(blank) is None
    assert mix_charts(blank) == []
    assert dead_weight_chart(blank) is None


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
    assert notes["Dead weight"].startswith("95% interval without ends")
    assert notes["Cost of one added unit"].startswith("95% interval from ")


def test_union_of_two_half_lines_is_said_and_drawn_as_such(answer: Answer) -> None:
    assert answer.headline is not None
    union = attrs.evolve(answer.headline, low=-1.0, high=2.0, shape="outside")
    chart = estimates_chart(attrs.evolve(answer, estimates=(union,), naive=None))
    assert "95% interval up to -1.00, or from 2.00 up" in chart.alternative
    plain = attrs.evolve(answer.headline, low=-1.0, high=2.0)
    other = estimates_chart(attrs.evolve(answer, estimates=(plain,), naive=None))
    assert chart.light != other.light


def test_interim_reading_is_shown_while_the_holdout_runs(answer: Answer) -> None:
    running = attrs.evolve(answer, interim=estimate("gross so far", 0.3))
    assert "While the holdout is still running" in answer_text(running)
    assert "While the holdout is still running" not in answer_text(answer)


def test_what_cannot_be_told_is_no_zero(answer: Answer) -> None:
    blank = attrs.evolve(answer, headline=None, total_incremental=None, dead_weight=None)
    assert "cannot be told" in headline_sentence(blank)
    assert bridge_chart(blank) is None
    assert [what for what, _, _ in key_figures(blank)] == ["Paid", "Cost of one added unit"]
