"""What does each comparison say, what moved in time, what came from elsewhere?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from openspiff.measure import Answer, Estimate
from openspiff.money import currency_exponent
from openspiff.report._numbers import (
    is_money,
    major,
    plain_unit,
    say_range,
    say_value,
    table_unit,
)
from openspiff.report._words import plain_name

from ._coat import Chart, make_chart
from ._rows import Row, draw_rows

HEADER: Final = ("what", "tier", "value", "low", "high", "unit", "method")
_AGAINST: Final[Mapping[str, str]] = {
    "A": ", against the held out",
    "B": ", against those outside",
    "C": ", against a mix of firms",
    "D": ", against their own past",
}
_PARTS: Final = ("hold-back", "in the window", "after the window", "net")


def estimates_chart(answer: Answer) -> Chart:
    """Return every estimate with its interval, strongest evidence first, naive one last."""
    shown = [one for one in answer.estimates if one != answer.naive]
    shown += [answer.naive] if answer.naive else []
    return _chart(
        answer,
        shown,
        name="estimates",
        title="What each comparison says",
        label=lambda one: f"{plain_name(one)}{_AGAINST.get(one.tier, '')} ({one.tier})",
    )


def timing_chart(answer: Answer) -> Chart | None:
    """Return the parts of the net effect; None where they are not known."""
    shown = [one for name in _PARTS for one in answer.timing if one.name == name]
    if not shown:
        return None
    return _chart(
        answer,
        shown,
        name="timing",
        title="When it came",
        label=plain_name,
    )


def balance_chart(answer: Answer) -> Chart | None:
    """Return by how much both sides differed before; None where that is not known."""
    if not answer.balance:
        return None
    return _chart(
        answer,
        answer.balance,
        name="balance",
        title="How alike both sides were before the program",
        label=lambda one: one.name,
        axis="standard deviations, those in the program less those held out",
    )


def mix_charts(answer: Answer) -> list[Chart]:
    """Return what happened elsewhere, drawn in units and in money where known."""
    found = []
    for name, title, wants_money in (
        ("mix-units", "Elsewhere, in units", False),
        ("mix-money", "Elsewhere, in money", True),
    ):
        shown = [one for one in answer.mix if is_money(one, answer.currency) is wants_money]
        if shown:
            found.append(_chart(answer, shown, name=name, title=title, label=plain_name))
    return found


def _chart(
    answer: Answer,
    shown: Sequence[Estimate],
    *,
    name: str,
    title: str,
    label: Callable[[Estimate], str],
    axis: str = "per payee and week",
) -> Chart:
    """Draw estimates of one unit below each other."""
    currency = answer.currency
    in_money = is_money(shown[0], currency)
    scale = 10.0 ** -currency_exponent(currency) if in_money else 1.0
    rows = [
        Row(
            name=label(one),
            numbers=_short(one, currency),
            tone="compared" if one.tier == "E" else "treated",
            dot=one.value * scale,
            one=one,
            scale=scale,
        )
        for one in shown
    ]
    return make_chart(
        lambda width: draw_rows(
            rows, width, axis=f"{currency} {axis}" if in_money else axis
        ),
        name=name,
        title=title,
        alternative=" ".join(f"{label(one)}: {said(one, currency)}." for one in shown),
        header=HEADER,
        rows=[
            (
                *(label(one), one.tier),
                *(major(one, end, currency) for end in (one.value, one.low, one.high)),
                *(table_unit(one, currency), one.method),
            )
            for one in shown
        ],
    )


def said(one: Estimate, currency: str) -> str:
    """Return an estimate with its unit and interval, in words."""
    unit = plain_unit(one, currency)
    value = say_value(one, one.value, currency)
    if unit.startswith("share"):
        unit = unit.removeprefix("share").strip()
    words = f"{value} {unit}".strip()
    return f"{words}, {say_range(one, currency)}"


def _short(one: Estimate, currency: str) -> str:
    value = say_value(one, one.value, currency)
    return f"{value} ({say_range(one, currency).removeprefix('95% interval ')})"
