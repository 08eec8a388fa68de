"""Does the report say what a number means, no surer than it is, and in one way?"""

from __future__ import annotations

import datetime as dt
import re

import attrs
import pytest
from report_answers import a_program, an_answer, estimate

from openspiff.measure import Answer, Caution, Check, Estimate, Redraws
from openspiff.program import Program
from openspiff.report import (
    answer_csv,
    answer_text,
    balance_chart,
    bridge_chart,
    contents_html,
    key_figures,
    path_chart,
    plain_sentence,
    redrawn_chart,
    report_contents,
)
from openspiff.report._charts._coat import DARK, LIGHT

EUROS = "EUR minor units"


@pytest.fixture(scope="module")
def program() -> Program:
    return a_program()


@pytest.fixture(scope="module")
def answer(program: Program) -> Answer:
    return an_answer(program)


def said(answer: Answer, heading: str) -> list[str]:
    """Return the lines of one question in a terminal."""
    lines = answer_text(answer).split("\n")
    start = lines.index(heading) + 1
    return lines[start : lines.index("", start)]


def with_margin(answer: Answer, value: float, low: float, high: float) -> Answer:
    one = estimate("incremental margin", value, unit=EUROS)
    return attrs.evolve(answer, value_added=attrs.evolve(one, low=low, high=high))


def with_net(answer: Answer, *timing: Estimate) -> Answer:
    net = estimate("net", 0.3)
    return attrs.evolve(
        answer, headline=net, estimates=(estimate("gross", 0.4), net), timing=timing
    )


def test_gross_is_said_first_and_net_beside_what_moved(answer: Answer) -> None:
    shares = (
        estimate("hold-back share", 0.1, unit="share of the gross effect"),
        estimate("pull-forward share", 0.2, unit="share of the gross effect"),
    )
    shown = with_net(answer, *shares)
    (line,) = [one for one in said(shown, "Did it change the behavior?") if "0.40" in one]
    assert line.startswith("  Gross, in the window alone: 0.40 units per payee and week")
    assert "Net of" not in "".join(said(shown, "Did it change the behavior?"))
    moved = said(shown, "What only moved in time?")
    assert moved[-1].startswith("  Net of what moved in time: 0.30")


def test_parts_are_said_where_there_is_no_gross_effect_to_take_a_share_of(
    answer: Answer,
) -> None:
    parts = [estimate("hold-back", -0.1), estimate("in the window", -0.2)]
    moved = "".join(said(with_net(answer, *parts), "What only moved in time?"))
    assert "Before the window, after the announcement: -0.10" in moved
    assert "In the window: -0.20" in moved


@pytest.mark.parametrize(("high", "is_told"), [(-0.1, True), (0.2, False), (None, False)])
def test_added_instead_of_moved_is_claimed_only_of_a_whole_interval(
    answer: Answer, high: float | None, is_told: bool
) -> None:
    share = attrs.evolve(
        estimate("hold-back share", -1.17, unit="share of the gross effect"),
        low=-2.0 if high is not None else None,
        high=high,
        shape="between" if high is not None else "everything",
    )
    moved = "".join(said(with_net(answer, share), "What only moved in time?"))
    assert ("nothing was moved" in moved) is is_told
    assert ("-117%" in moved) is (high is not None)


def test_dip_is_not_called_a_lift_that_stayed(answer: Answer) -> None:
    lift = attrs.evolve(estimate("lift that stayed", -0.54), low=-0.9, high=-0.2)
    share = estimate("persistence", -1.09, unit="share of the weekly lift")
    stayed = "".join(said(with_net(answer, lift, share), "What stayed?"))
    assert "the dip that followed the window has not closed" in stayed
    assert "persistence" not in stayed


def test_effects_elsewhere_say_whether_they_are_gross_or_net(answer: Answer) -> None:
    heading = "What did it take from elsewhere?"
    assert "Each is gross" in said(answer, heading)[0]
    assert "Each is net" in said(with_net(answer), heading)[0]


@pytest.mark.parametrize(
    ("value", "low", "high", "words"),
    [
        (2e6, 1e6, 3e6, "brought about €20,000 of margin that would not have come (95%"),
        (2e6, -1e6, 5e6, "€50,000; it may be nothing): a net result of about"),
        (-2e6, -3e6, 1e6, "seems to have lost about €20,000 of margin (95% interval"),
        (-2e6, -3e6, -1e6, "and lost about €20,000 of margin (95% interval -€30,000 to"),
    ],
)
def test_margin_is_said_no_surer_than_it_is(
    answer: Answer, value: float, low: float, high: float, words: str
) -> None:
    assert words in answer_text(with_margin(answer, value, low, high))


def test_redesign_of_what_returned_more_than_it_cost_says_why(answer: Answer) -> None:
    back = estimate("return on cost", 9.76, unit="share of cost")
    verdict = attrs.evolve(answer.verdict, decision="redesign")
    shown = attrs.evolve(answer, return_on_cost=back, verdict=verdict)
    assert "Why not repeat it as it is" in answer_text(shown)
    assert "about 60% of the units paid for would have come anyway" in answer_text(shown)
    for other in (
        attrs.evolve(shown, return_on_cost=estimate("return", -0.5, unit="share")),
        attrs.evolve(shown, verdict=attrs.evolve(verdict, decision="repeat")),
    ):
        assert "Why not repeat it as it is" not in answer_text(other)


def test_naive_number_is_told_in_units_and_money(answer: Answer) -> None:
    totals = (
        estimate("naive, units", 90.0, tier="E", unit="units"),
        estimate("naive, margin", 4_000_000.0, tier="E", unit=EUROS),
    )
    shown = attrs.evolve(with_margin(answer, 2e6, 1e6, 3e6), naive_totals=totals)
    text = " ".join(said(shown, "The number others would show"))
    assert "0.90 units per payee and week, 90 units in all, €40,000 of margin." in text
    assert "finds 0.40, 40 units in all, €20,000 of margin." in text
    assert "It counts growth as success." in text


def test_naive_number_below_ours_is_not_said_to_flatter(answer: Answer) -> None:
    shown = attrs.evolve(answer, naive=estimate("naive", 0.1, tier="E"))
    text = " ".join(said(shown, "The number others would show"))
    assert "they hide some of what the program added" in text


def test_chance_is_told_where_the_holdout_was_drawn_again(
    program: Program, answer: Answer
) -> None:
    gross = attrs.evolve(estimate("gross", 0.4), p_value=0.0123)
    redrawn = Redraws(
        name="gross", low=-1.0, step=0.5, counts=(10, 40, 45, 5), observed=2.5, p_value=0.01
    )
    shown = attrs.evolve(answer, headline=gross, estimates=(gross,), redrawn=redrawn)
    text = "".join(said(shown, "Did it change the behavior?"))
    assert "100 times would have shown a difference as strong in 1.2% of the draws" in text
    assert "p 0.012" in text
    contents = report_contents(shown, program)
    assert "p 0.012" in contents_html(contents)
    assert "redrawn" in {chart.name for chart in contents.all_charts}
    chart = redrawn_chart(redrawn)
    assert "shows 2.50; 1.00% of the draws" in chart.alternative
    assert [row[2] for row in chart.rows[:-1]] == [10, 40, 45, 5]
    assert "drawn again" not in answer_text(answer)


def test_balance_is_drawn_with_its_intervals(program: Program, answer: Answer) -> None:
    one = estimate("units before", 0.08, unit="standard deviations")
    shown = attrs.evolve(answer, balance=(one,))
    chart = balance_chart(shown)
    assert chart is not None
    assert chart.rows[0][2:5] == (one.value, one.low, one.high)
    assert "balance" in {each.name for each in report_contents(shown, program).all_charts}
    assert balance_chart(answer) is None


def test_numbers_of_one_estimate_are_written_alike(answer: Answer) -> None:
    wide = attrs.evolve(
        estimate("amount", 56_070.0, unit=f"{EUROS} of amount per payee-week"), low=1.0
    )
    wide = attrs.evolve(wide, high=181_300.0)
    small = attrs.evolve(estimate("cancellations", 0.0012), low=-0.0061, high=0.008)
    shown = attrs.evolve(answer, mix=(wide, small))
    text = "".join(said(shown, "What did it take from elsewhere?"))
    assert "€561 per payee and week; €0 to €1,813" in text
    assert "0.0012 units per payee and week; -0.0061 to 0.0080" in text


def test_cost_of_margin_is_an_amount_with_digits_enough(answer: Answer) -> None:
    cost = estimate("cost per margin added", 0.0012, unit="EUR for each EUR of margin")
    open_cost = attrs.evolve(cost, low=0.0004, high=None, shape="from")
    shown = attrs.evolve(answer, cost_per_margin=open_cost)
    figures = {what: (value, note) for what, value, note in key_figures(shown)}
    value, note = figures["Cost of €1 of margin added"]
    assert (value, note) == ("€0.0012", "95% interval from €0.0004 up")
    assert "at least €0.0004, and there is no upper bound" in answer_text(shown)


def test_sentences_of_a_measurement_are_read_without_program_speech(
    answer: Answer,
) -> None:
    shown = attrs.evolve(
        answer,
        checks=(Check(code="x", is_ok=True, sentence="They sold 0.1 per payee-week."),),
        not_possible=(("net", "too few; 4 payees in 2 firms @ treated (wait); 1 @ b"),),
        warnings=(Caution("customers", "1 customers of 1 payees; it is +2425%, -49989%."),),
    )
    text = answer_text(shown)
    assert "They sold 0.1 per payee and week." in text
    assert "net: too few; 4 payees in 2 firms (wait); 1\n" in text
    assert "1 customer of 1 payee; it is 2,425%, -49,989%." in text


def test_money_in_files_is_whole_coins_or_currency(answer: Answer) -> None:
    odd = estimate("amount", 5_000.1234, unit=f"{EUROS} of amount per payee-week")
    shown = attrs.evolve(answer, mix=(odd,))
    assert "\namount,5000,2500,10000,1250,," in answer_csv(shown).replace("\r", "")
    contents = report_contents(shown, a_program())
    chart = next(one for one in contents.all_charts if one.name == "mix-money")
    assert chart.rows[0][2:6] == (50.0, 25.0, 100.0, "EUR per payee and week")


def test_sentence_of_a_library_is_read_without_program_speech() -> None:
    said = "cannot be told: known of 1 programs, 5 are needed @ a_name, other (keep both)."
    assert plain_sentence(said) == (
        "cannot be told: known of 1 program, 5 are needed (keep both)."
    )


def lines_of(svg: str) -> str:
    """Return the words that stand in a drawing."""
    return " ".join(re.findall(r">([^<>]+)</t(?:ext|span)>", svg))


def test_path_names_its_bands_and_the_year_where_there_are_two(answer: Answer) -> None:
    banded = tuple(attrs.evolve(one, band_low=-2.0, band_high=2.5) for one in answer.path)
    earlier = tuple(
        attrs.evolve(one, week_start_on=one.week_start_on - dt.timedelta(days=60))
        for one in banded
    )
    plain = lines_of(path_chart(answer).light)
    assert "at once" not in plain
    assert "2026" not in plain
    both = lines_of(path_chart(attrs.evolve(answer, path=earlier)).light)
    assert "shaded: 95% for each week by itself, dotted: 95% for all weeks at once" in both
    assert "2025" in both
    assert "2026" in both


def test_no_drawing_has_a_color_of_its_own(answer: Answer) -> None:
    """The points of the path were blue, in the dark too."""
    known = {"#000", "#fff", "#ffffff", "#000000"}
    for coat, svg in ((LIGHT, "light"), (DARK, "dark")):
        drawn = getattr(path_chart(answer), svg)
        found = set(re.findall(r'(?:fill|stroke)="(#[0-9a-f]{3,6})"', drawn))
        assert found - known <= set(attrs.asdict(coat).values())


def test_nothing_on_an_axis_is_0_whatever_its_unit(answer: Answer) -> None:
    many = attrs.evolve(with_margin(answer, 2e9, 1e9, 3e9), cost_minor=10**9)
    bridge = bridge_chart(many)
    assert bridge is not None
    words = re.findall(r">([^<>]+)</text>", bridge.light)
    assert "0" in words
    assert "0M" not in words


def test_sign_of_an_amount_is_not_parted_from_it(program: Program, answer: Answer) -> None:
    lost = with_margin(answer, -2e6, -3e6, -1e6)
    page = contents_html(report_contents(lost, program))
    assert "-\N{WORD JOINER}€30,000" in page
    text = re.sub(r"<svg.*?</svg>", "", page, flags=re.DOTALL)
    assert "-€" not in text
