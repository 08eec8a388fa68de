"""What is different between two measurements of one program, and what are its numbers?"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import attrs
from whenever import Instant

from openspiff.measure import Answer, Estimate

from ._numbers import about_money, is_money, say_range, say_value
from ._words import TIERS, VERDICTS, plain_name

_HEADER = (
    *("what", "value", "low", "high", "standard error", "p", "unit", "tier", "method"),
    *("payees", "clusters", "shape"),
)
_COUNTS = (
    *("cost_minor", "paid_minor", "paid_units"),
    *("treated_count", "holdout_count", "ineligible_count"),
    *("treated_weeks", "unit_margin_minor", "break_even_units", "break_even_lift"),
)
_UNITS = {
    "minor": "minor units",
    "count": "payees",
    "weeks": "payee-weeks",
    "lift": "share of what the window would have sold anyway",
}


@attrs.frozen
class AnswerChange:
    """One thing that an earlier measurement said otherwise, in words."""

    what: str
    before: str
    after: str


def answer_changes(before: Answer, after: Answer) -> tuple[AnswerChange, ...]:
    """Return what differs between two answers about one program, the terms first."""
    pairs = zip(_said(before), _said(after), strict=True)
    return tuple(
        AnswerChange(what, old, new) for (what, old), (_, new) in pairs if old != new
    )


def answer_csv(answer: Answer) -> str:
    """Return every number of an answer as CSV, amounts in whole minor units."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_HEADER)
    for name in _COUNTS:
        value, unit = getattr(answer, name), _UNITS.get(name.rpartition("_")[2], "units")
        unit = f"{answer.currency} {unit}" if name.endswith("_minor") else unit
        known = "" if value is None else value
        writer.writerow([name, known, *[""] * 4, unit, *[""] * 5])
    for one in _estimates(answer):
        numbers = (*_amounts(one, answer.currency), one.p_value)
        said = (one.unit, one.tier, one.method, one.unit_count, one.cluster_count)
        writer.writerow(
            ["" if cell is None else cell for cell in (one.name, *numbers)]
            + [*said, one.shape]
        )
    return text.getvalue()


def _amounts(one: Estimate, currency: str) -> Iterator[float | None]:
    """Yield value, ends and error of an estimate; of money no part of a coin."""
    in_money = is_money(one, currency)
    for number in (one.value, one.low, one.high, one.standard_error):
        yield round(number) if in_money and number is not None else number


def _estimates(answer: Answer) -> Iterator[Estimate]:
    """Yield every estimate once, in the order of the fields of an answer."""
    seen = set()
    for field in attrs.fields(Answer):
        held = getattr(answer, field.name)
        for one in held if isinstance(held, tuple) else (held,):
            if isinstance(one, Estimate) and one not in seen:
                seen.add(one)
                yield one


def _said(answer: Answer) -> Iterator[tuple[str, str]]:
    """Yield what is compared, always the same things in the same order."""
    currency = answer.currency
    yield "Terms", f"version {answer.version}"
    yield "Data", answer.data_digest[:12] or "unnamed"
    yield "Looks back from", _day(answer.as_of)
    tier = None if answer.headline is None else answer.headline.tier
    yield "Comparison", "none" if tier is None else f"{TIERS[tier]} (tier {tier})"
    yield "Paid", about_money(answer.paid_minor, currency)
    yield "Effect", _number(answer.headline, currency)
    yield "Units added", _number(answer.total_incremental, currency)
    yield "Dead weight", _number(answer.dead_weight, currency)
    yield "Return on cost", _number(answer.return_on_cost, currency)
    yield "Suggested", VERDICTS[answer.verdict.decision]


def _number(one: Estimate | None, currency: str) -> str:
    if one is None:
        return "not known"
    value = say_value(one, one.value, currency)
    interval = say_range(one, currency).removeprefix("95% interval ")
    return f"{plain_name(one)} {value} ({interval})"


def _day(at: int) -> str:
    return Instant.from_timestamp(at // 1_000_000).to_tz("UTC").date().format_iso()
