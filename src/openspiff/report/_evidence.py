"""What is the evidence, in the order in which the questions are asked?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import attrs

from openspiff.measure import Answer, Estimate
from openspiff.money import format_money

from ._adding_up import clawback_rows, mix_words, money_cautions
from ._cells import Cells
from ._charts import (
    Chart,
    dead_weight_chart,
    estimates_chart,
    mix_charts,
    placebos_chart,
    timing_chart,
)
from ._words import (
    ASSUMPTIONS,
    TIERS,
    break_even_sentence,
    chance_words,
    changed_verdict_sentences,
    check_question,
    plain_name,
    plain_unit,
    say_range,
    say_value,
)

_STAYED = ("lift that stayed", "persistence", "half-life")
_MOVED = ("hold-back share", "pull-forward share")
_CUSTOMER_WORDS = (
    "Customers won in the window by payees in the program, less those won by payees held"
    " out, each followed equally long. Beside the return, not in it."
)
_MOVED_WORDS = (
    "A sale that was held back for the program, or brought forward into it, is taken off:"
    " what is left is the net effect."
)
_INTERIM_WORDS = (
    "The window is not over. This interval is wider than those for a single look, so that"
    " it may be read at every look without being wrong more often than one time in twenty:"
)


@attrs.frozen(kw_only=True)
class Table:
    """Rows of texts under a header; the first of each row names it."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@attrs.frozen(kw_only=True)
class Section:
    """One question of the report and its answer: sentences, points, pictures, tables.

    `draw` makes the pictures, which takes a while: a terminal does not ask for them.
    """

    heading: str
    sentences: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    draw: Callable[[], Sequence[Chart]] = tuple
    charts: tuple[Chart, ...] = ()

    def drawn(self) -> Section:
        """Return the section with its pictures."""
        return attrs.evolve(self, charts=tuple(self.draw()))


def evidence(answer: Answer, cells: Cells) -> list[Section]:
    """Return the evidence of an answer, each question that it can say something of."""
    sections = (
        _behavior(answer),
        _moved(answer),
        _stayed(answer),
        _elsewhere(answer),
        _customers(answer),
        _cost(answer),
        _dead_weight(answer),
        _verdict(answer, cells),
        _points("What to try next", [cells.text(one) for one in answer.next_tests]),
        _interim(answer),
        _checks(answer),
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


def _behavior(answer: Answer) -> Section:
    has_any = bool(answer.estimates or answer.naive)
    return Section(
        heading="Did it change the behavior?",
        sentences=(
            *((answer.why_tier,) if answer.why_tier else ()),
            *_findings(_first(answer.interim, answer.headline), answer.currency),
        ),
        draw=lambda: [estimates_chart(answer)] if has_any else [],
    )


def _moved(answer: Answer) -> Section:
    shares = [one for one in answer.timing if one.name in _MOVED]
    said = _findings(shares, answer.currency)
    if any(round(one.value, 2) < 0 for one in shares):
        said = (*said, "A share below zero means that nothing was moved, but added there.")
    if not answer.timing:
        said = (_why(answer, "timing", "net effect"),)
    return Section(
        heading="What only moved in time?",
        sentences=(
            _MOVED_WORDS,
            *said,
        ),
        draw=lambda: _drawings(timing_chart(answer)),
    )


def _stayed(answer: Answer) -> Section:
    found = [one for name in _STAYED for one in answer.timing if one.name == name]
    why = _why(
        answer, "persistence", "lift that stayed", "half-life", "timing", "net effect"
    )
    return Section(
        heading="What stayed?",
        sentences=_findings(found, answer.currency) or (why,),
    )


def _elsewhere(answer: Answer) -> Section:
    why = _why(answer, "effects elsewhere")
    return Section(
        heading="What did it take from elsewhere?",
        sentences=mix_words(answer) or (() if answer.mix else (why,)),
        draw=lambda: mix_charts(answer),
        tables=(_table("Elsewhere", answer.mix, answer.currency),) if answer.mix else (),
    )


def _customers(answer: Answer) -> Section | None:
    if not answer.customers:
        return None
    return Section(
        heading="Are its customers worth as much, and do they stay?",
        sentences=(_CUSTOMER_WORDS, *_findings(answer.customers, answer.currency)),
    )


def _cost(answer: Answer) -> Section:
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
        sentences=_findings([answer.dead_weight], answer.currency),
        draw=lambda: _drawings(dead_weight_chart(answer)),
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
            *_findings([answer.interim], answer.currency),
        ),
    )


def _checks(answer: Answer) -> Section:
    rows = tuple(
        (check_question(one.code), "yes" if one.is_ok else "look", one.sentence)
        for one in answer.checks
    )
    header = ("Check", "Result", "What was found")
    return Section(
        heading="Is the comparison what it claims to be?",
        sentences=() if rows else ("No check applies to this design.",),
        draw=lambda: _placebos(answer),
        tables=(Table(caption="Checks", header=header, rows=rows),) if rows else (),
    )


def _placebos(answer: Answer) -> list[Chart]:
    if answer.headline is None or not answer.placebos:
        return []
    return [placebos_chart(answer.placebos, answer.headline)]


def _assumptions(answer: Answer) -> Section | None:
    tiers = sorted({one.tier for one in (*answer.estimates, *_some(answer.naive))})
    if not tiers:
        return None
    return Section(
        heading="What must be true for these numbers to mean what they say",
        items=tuple(f"{tier}, {TIERS[tier]}: {ASSUMPTIONS[tier]}" for tier in tiers),
    )


def _numbers(answer: Answer) -> Section | None:
    shown: list[Estimate] = [*answer.estimates, *answer.timing, *answer.mix]
    shown += answer.customers
    shown += _some(
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
    table = _table("All numbers", once, answer.currency)
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
        ),
        tables=(Table(caption="Methods", header=header, rows=rows),) if rows else (),
    )


def _points(heading: str, items: Iterable[str], *sentences: str) -> Section | None:
    found = tuple(items)
    if not found:
        return None
    return Section(heading=heading, sentences=sentences, items=found)


def _drawings(*charts: Chart | None) -> list[Chart]:
    return [one for one in charts if one is not None]


def _first(*estimates: Estimate | None) -> list[Estimate]:
    return _some(*estimates)[:1]


def _some(*estimates: Estimate | None) -> list[Estimate]:
    return [one for one in estimates if one is not None]


def _findings(found: Iterable[Estimate], currency: str) -> tuple[str, ...]:
    """Return one sentence for each estimate."""
    return tuple(
        f"{plain_name(one).capitalize()}: {_value(one, currency)}"
        f" ({say_range(one, currency)})."
        for one in found
    )


def _value(one: Estimate, currency: str) -> str:
    unit = plain_unit(one, currency).removeprefix("share").strip()
    return f"{say_value(one, one.value, currency)} {unit}".strip()


def _table(caption: str, found: Iterable[Estimate], currency: str) -> Table:
    return Table(
        caption=caption,
        header=("What", "Value", "95% interval", "Tier"),
        rows=tuple(
            (
                plain_name(one),
                _value(one, currency),
                say_range(one, currency).removeprefix("95% interval "),
                one.tier,
            )
            for one in found
        ),
    )


def _why(answer: Answer, *names: str) -> str:
    """Return why something is not known: the first refusal that speaks of it."""
    refused = dict(answer.not_possible)
    for name in names:
        if name in refused:
            return f"Not known: {refused[name].partition(';')[0]}."
    return "Not known: the plan does not ask for it, or its weeks are not in yet."
