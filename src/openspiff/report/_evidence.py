"""What is the evidence, in the order in which the questions are asked?"""

from __future__ import annotations

from collections.abc import Iterable

from openspiff.measure import Answer, Estimate
from openspiff.money import format_money

from ._adding_up import clawback_rows, money_cautions
from ._cells import NOT_SHARED, Cells
from ._charts import (
    Chart,
    balance_chart,
    dead_weight_chart,
    placebos_chart,
)
from ._evidence_effect import behavior, elsewhere, moved, stayed
from ._numbers import say_range, say_value
from ._sections import Section, Table, drawings, findings, some, table_of
from ._words import (
    ASSUMPTIONS,
    TIERS,
    break_even_sentence,
    chance_words,
    changed_verdict_sentences,
    check_question,
    plain_name,
)

BEFORE_NAIVE = ("Why this verdict?", "What to try next")
"""The number that others would show comes after these, in a terminal."""

_DIGEST = (
    "The digest of the numbers covers the whole answer: every number and sentence, terms"
    " and data, and the moment from which it looks back. The same numbers seen from another"
    " moment bear another digest; that of the data tells whether the data are the same."
)
_COPY_DIGEST = (
    "The digest of the numbers covers what this copy says, and the moment from which it"
    " looks back."
)
_NO_UPPER = "and there is no upper bound: the data do not exclude that the program added"
_CUSTOMER_WORDS = (
    "Customers won in the window by payees in the program, less those won by payees held"
    " out, each followed equally long. Beside the return, not in it."
)
_INTERIM_WORDS = (
    "The window is not over. This interval is wider than those for a single look, so that"
    " it may be read at every look without being wrong more often than one time in twenty:"
)


def evidence(answer: Answer, cells: Cells) -> list[Section]:
    """Return the evidence of an answer, each question that it can say something of."""
    sections = (
        behavior(answer),
        moved(answer),
        stayed(answer),
        elsewhere(answer),
        _customers(answer),
        _cost(answer, cells),
        _dead_weight(answer),
        _verdict(answer, cells),
        _points("What to try next", [cells.text(one) for one in answer.next_tests]),
        _interim(answer),
        _checks(answer, cells),
        _points(
            "What was changed after launch",
            answer.exploratory,
            "What follows from a plan that was changed after launch is exploratory: it asks"
            " a new question and does not answer the old one.",
        ),
        _points(
            "To know before using these numbers",
            [cells.text(one.sentence) for one in answer.warnings],
        ),
        _points(
            "What could not be done",
            [cells.text(f"{what}: {why}") for what, why in answer.not_possible],
        ),
        _assumptions(answer),
        _numbers(answer),
        _method(answer, cells),
    )
    return [section for section in sections if section is not None]


def _customers(answer: Answer) -> Section | None:
    if not answer.customers:
        return None
    return Section(
        heading="Are its customers worth as much, and do they stay?",
        sentences=(_CUSTOMER_WORDS, *findings(answer.customers, answer.currency)),
    )


def _cost(answer: Answer, cells: Cells) -> Section:
    if cells.hides_paid:
        return Section(heading="What did it cost?", sentences=(NOT_SHARED,))
    currency = answer.currency
    running = answer.cost_minor - answer.paid_minor
    rows = [
        *clawback_rows(answer),
        ("paid to payees", format_money(answer.paid_minor, currency), "known"),
        ("cost of running it", format_money(running, currency), "from the plan"),
    ]
    for one in (
        answer.cost_per_unit,
        answer.cost_per_margin,
        answer.value_added,
        answer.return_on_cost,
    ):
        if one is not None:
            value = say_value(one, one.value, currency)
            rows.append((plain_name(one), value, say_range(one, currency)))
    said = []
    if answer.return_probability is not None:
        chance = chance_words(answer.return_probability)
        said.append(f"There is {chance} that the program brought more than it cost.")
    said += [one for one in [break_even_sentence(answer)] if one]
    costs = ((answer.cost_per_unit, "nothing"), (answer.cost_per_margin, "no margin"))
    said += [
        f"{plain_name(one).capitalize()}: at least {say_value(one, one.low, currency)},"
        f" {_NO_UPPER} {what}."
        for one, what in costs
        if one is not None and one.low is not None and one.high is None
    ]
    return Section(
        heading="What did it cost?",
        sentences=(*said, *money_cautions(answer)),
        tables=(
            Table(
                caption="Cost and return",
                header=("What", "Amount", "95% interval"),
                rows=tuple(
                    (what, value, note.removeprefix("95% interval "))
                    for what, value, note in rows
                ),
            ),
        ),
    )


def _dead_weight(answer: Answer) -> Section | None:
    if answer.dead_weight is None:
        return None
    return Section(
        heading="How much was dead weight?",
        sentences=findings([answer.dead_weight], answer.currency),
        draw=lambda: drawings(dead_weight_chart(answer)),
    )


def _verdict(answer: Answer, cells: Cells) -> Section:
    return Section(
        heading="Why this verdict?",
        sentences=(
            f"The rule, stated before launch: {answer.verdict.rule}",
            *changed_verdict_sentences(answer),
        ),
        items=tuple(cells.text(one) for one in answer.verdict.reasons),
    )


def _interim(answer: Answer) -> Section | None:
    if answer.interim is None:
        return None
    return Section(
        heading="While the holdout is still running",
        sentences=(
            _INTERIM_WORDS,
            *findings([answer.interim], answer.currency),
        ),
    )


def _checks(answer: Answer, cells: Cells) -> Section:
    rows = tuple(
        (
            check_question(one.code),
            "yes" if one.is_ok else "look",
            cells.text(one.sentence),
        )
        for one in answer.checks
    )
    header = ("Check", "Result", "What was found")
    return Section(
        heading="Is the comparison what it claims to be?",
        sentences=() if rows else ("No check applies to this design.",),
        draw=lambda: [
            *drawings(balance_chart(answer)),
            *_placebos(answer),
        ],
        tables=(Table(caption="Checks", header=header, rows=rows),) if rows else (),
    )


def _placebos(answer: Answer) -> list[Chart]:
    if answer.headline is None or not answer.placebos:
        return []
    return [placebos_chart(answer.placebos, answer.headline)]


def _assumptions(answer: Answer) -> Section | None:
    tiers = sorted({one.tier for one in (*answer.estimates, *some(answer.naive))})
    if not tiers:
        return None
    return Section(
        heading="What must be true for these numbers to mean what they say",
        items=tuple(f"{tier}, {TIERS[tier]}: {ASSUMPTIONS[tier]}" for tier in tiers),
    )


def _numbers(answer: Answer) -> Section | None:
    shown: list[Estimate] = [*answer.estimates, *answer.timing, *answer.mix]
    shown += [*answer.customers, *answer.balance, *answer.naive_totals]
    shown += some(
        answer.total_incremental,
        answer.dead_weight,
        answer.cost_per_unit,
        answer.cost_per_margin,
        answer.value_added,
        answer.return_on_cost,
    )
    if not shown:
        return None
    # The net effect stands among the parts of the path again.
    once = {(one.name, one.tier): one for one in shown}.values()
    table = table_of("All numbers", once, answer.currency)
    return Section(heading="All numbers", tables=(table,))


def _method(answer: Answer, cells: Cells) -> Section:
    treated, held, outside = (
        cells.count(one)
        for one in (answer.treated_count, answer.holdout_count, answer.ineligible_count)
    )
    grades = "; ".join(f"{tier}, {words}" for tier, words in TIERS.items())
    shown = dict.fromkeys((*answer.estimates, *answer.mix))
    rows = tuple(
        (
            f"{plain_name(one)} ({one.tier})",
            one.method,
            cells.count(one.unit_count),
            cells.count(one.cluster_count),
        )
        for one in shown
    )
    header = ("Estimate", "Method", "Payees", "Clusters")
    return Section(
        heading="How it was measured",
        sentences=(
            f"Payees in the program: {treated}; held out by chance: {held}.",
            f"Payees outside the audience: {outside}.",
            f"Evidence is graded: {grades}.",
            f"Terms of version {answer.version}: {answer.content_hash or 'not launched'}.",
            f"Data: {answer.data_digest or 'unnamed'}.",
            _COPY_DIGEST if cells.is_shared else _DIGEST,
        ),
        tables=(Table(caption="Methods", header=header, rows=rows),) if rows else (),
    )


def _points(heading: str, items: Iterable[str], *sentences: str) -> Section | None:
    found = tuple(items)
    if not found:
        return None
    return Section(heading=heading, sentences=sentences, items=found)
