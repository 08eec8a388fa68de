"""What is a question of the report made of: sentences, points, pictures, tables?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import attrs

from openspiff.measure import Answer, Estimate

from ._charts import Chart
from ._numbers import plain_unit, say_range, say_value
from ._words import plain_name


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


def drawings(*charts: Chart | None) -> list[Chart]:
    return [one for one in charts if one is not None]


def some(*estimates: Estimate | None) -> list[Estimate]:
    return [one for one in estimates if one is not None]


def findings(found: Iterable[Estimate], currency: str) -> tuple[str, ...]:
    """Return one sentence for each estimate."""
    return tuple(
        f"{plain_name(one).capitalize()}: {value_words(one, currency)}"
        f" ({say_range(one, currency)})."
        for one in found
    )


def value_words(one: Estimate, currency: str) -> str:
    unit = plain_unit(one, currency).removeprefix("share").strip()
    return f"{say_value(one, one.value, currency)} {unit}".strip()


def table_of(caption: str, found: Iterable[Estimate], currency: str) -> Table:
    return Table(
        caption=caption,
        header=("What", "Value", "95% interval", "Tier"),
        rows=tuple(
            (
                plain_name(one),
                value_words(one, currency),
                say_range(one, currency).removeprefix("95% interval "),
                one.tier,
            )
            for one in found
        ),
    )


def why_unknown(answer: Answer, *names: str) -> str:
    """Return why something is not known: the first refusal that speaks of it."""
    refused = dict(answer.not_possible)
    for name in names:
        if name in refused:
            return f"Not known: {refused[name].partition(';')[0]}."
    return "Not known: the plan does not ask for it, or its weeks are not in yet."
