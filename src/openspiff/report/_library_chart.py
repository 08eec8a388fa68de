"""How far does each program lie from the others, as measured and taken together?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import altair as alt
import attrs

from openspiff.measure import Estimate, Library, Portfolio

from ._charts._coat import LIGHT, NARROW, PLAIN_ZERO, Chart, make_chart, values
from ._library_words import names_of, say_short

_HEADER: Final = (
    *("program", "name", "tier", "as measured", "low", "high"),
    *("among the others", "low", "high", "pulled"),
)
_KEY: Final = 26.0
"""Pixels above the rows in which the two marks are named."""


@attrs.frozen(kw_only=True)
class _Mark:
    """How a kind of number is drawn; in grey, filling and dashes tell them apart."""

    name: str
    color: str
    fill: str
    dash: tuple[int, int] = (1, 0)
    shape: str = "circle"


_HOLLOW: Final = _Mark(
    name="as measured", color=LIGHT.compared, fill=LIGHT.beside, dash=(5, 3)
)
_FILLED: Final = _Mark(name="among the others", color=LIGHT.treated, fill=LIGHT.treated)
_WHOLE: Final = _Mark(name="all together", color=LIGHT.ink, fill=LIGHT.ink, shape="diamond")


@attrs.frozen(kw_only=True)
class _Row:
    """One program: its estimate as measured (none of the last rows) and among others."""

    program_id: str
    name: str
    raw: Estimate | None
    shrunk: Estimate
    pull_share: float | None = None


def programs_chart(found: Portfolio, library: Library) -> Chart:
    """Return each program as measured beside what it is among the others, then them all."""
    names = names_of(library)
    rows = [
        _Row(
            program_id=one.program_id,
            name=names[one.program_id],
            raw=one.raw,
            shrunk=one.shrunk,
            pull_share=one.pull_share,
        )
        for one in found.effects
    ]
    rows += [
        _Row(program_id="", name="All together, on average", raw=None, shrunk=found.mean),
        _Row(program_id="", name="The next one", raw=None, shrunk=found.next_program),
    ]
    return make_chart(
        lambda width: _draw(rows, width),
        name="programs",
        title="Each program, as measured and among the others",
        alternative=" ".join(_in_words(row) for row in rows),
        header=_HEADER,
        rows=[
            (
                row.program_id,
                row.name,
                row.shrunk.tier,
                *_numbers(row.raw),
                *_numbers(row.shrunk),
                row.pull_share,
            )
            for row in rows
        ],
    )


def _numbers(one: Estimate | None) -> tuple[float | None, ...]:
    return (None, None, None) if one is None else (one.value, one.low, one.high)


def _in_words(row: _Row) -> str:
    shrunk = say_short(row.shrunk)
    if row.raw is None:
        return f"{row.name}: {shrunk}."
    return f"{row.name}: as measured {say_short(row.raw)}, among the others {shrunk}."


def _draw(rows: Sequence[_Row], width: int) -> Any:
    """Return two marks a row: hollow and dashed as measured, filled and whole beside."""
    is_narrow = width == NARROW
    step = 72.0 if is_narrow else 54.0
    known = [one for row in rows for one in (row.raw, row.shrunk) if one is not None]
    ends = [0.0, *(end for one in known for end in (one.low, one.high) if end is not None)]
    room = (max(ends) - min(ends) or 1.0) * 0.04
    height = _KEY + step * len(rows)
    x = alt.X(
        "from:Q",
        title="share of the baseline",
        scale=alt.Scale(domain=[min(ends) - room, max(ends) + room], nice=False),
        axis=alt.Axis(format="+.0%", labelExpr=PLAIN_ZERO, tickCount=4 if is_narrow else 7),
    )
    down = alt.Scale(domain=[0, height], reverse=True, nice=False)
    y = alt.Y("y:Q", title=None, axis=None, scale=down)
    tops = [_KEY + step * number for number in range(len(rows))]
    raw = [(row.raw, top + step - 29) for row, top in zip(rows, tops, strict=True)]
    places = [(row, top + step - 15) for row, top in zip(rows, tops, strict=True)]
    shrunk = [(row.shrunk, place) for row, place in places if row.raw is not None]
    whole = [(row.shrunk, place) for row, place in places if row.raw is None]
    line = {"from": 0.0, "y": _KEY, "end": height}
    zero = alt.Chart(values([line])).mark_rule(color=LIGHT.faint)
    return alt.layer(
        zero.encode(x=x, y=y, y2="end:Q"),
        *_marks(raw, x=x, y=y, mark=_HOLLOW),
        *_marks(shrunk, x=x, y=y, mark=_FILLED),
        *_marks(whole, x=x, y=y, mark=_WHOLE),
        *_words(rows, tops, y=y, width=width),
        *_key(y=y, width=width),
    ).properties(width=width, height=height)


def _marks(
    found: Sequence[tuple[Estimate | None, float]], *, x: alt.X, y: alt.Y, mark: _Mark
) -> list[Any]:
    known = [(one, place) for one, place in found if one is not None]
    ends = [{"from": one.low, "to": one.high, "y": place} for one, place in known]
    dots = [{"from": one.value, "y": place} for one, place in known]
    rule = alt.Chart(values(ends)).mark_rule(
        strokeWidth=2, color=mark.color, strokeDash=mark.dash
    )
    dot = _dot(alt.Chart(values(dots)), mark)
    return [rule.encode(x=x, x2="to:Q", y=y), dot.encode(x=x, y=y)]


def _dot(base: Any, mark: _Mark) -> Any:
    # The hollow one is filled with nearly the ground, so that its line does not show in it.
    return base.mark_point(
        shape=mark.shape,
        size=80,
        stroke=mark.color,
        strokeWidth=2,
        fill=mark.fill,
        opacity=1,
    )


def _words(
    rows: Sequence[_Row], tops: Sequence[float], *, y: alt.Y, width: int
) -> list[Any]:
    """Write name and number above each pair: side by side, or below each other."""
    is_narrow = width == NARROW
    lower = 26.0 if is_narrow else 9.0
    pairs = list(zip(rows, tops, strict=True))
    names = [{"y": top + 9.0, "text": row.name} for row, top in pairs]
    numbers = [{"y": top + lower, "text": say_short(row.shrunk)} for row, top in pairs]
    plain: dict[str, Any] = {"fontSize": 13, "baseline": "middle"}
    limit = width if is_narrow else width * 0.6
    left = alt.Chart(values(names)).mark_text(
        align="left", color=LIGHT.ink, limit=limit, **plain
    )
    plain["align"] = "left" if is_narrow else "right"
    right = alt.Chart(values(numbers)).mark_text(color=LIGHT.faint, **plain)
    place = 0 if is_narrow else width
    return [
        left.encode(x=alt.value(0), y=y, text="text:N"),
        right.encode(x=alt.value(place), y=y, text="text:N"),
    ]


def _key(*, y: alt.Y, width: int) -> list[Any]:
    """Name the two marks above the rows."""
    found = []
    for mark, place in ((_HOLLOW, 8), (_FILLED, 8 + width // 3)):
        base = alt.Chart(values([{"y": 9.0, "text": mark.name}]))
        text = base.mark_text(
            align="left", baseline="middle", fontSize=13, dx=12, color=LIGHT.ink
        )
        found += [
            _dot(base, mark).encode(x=alt.value(place), y=y),
            text.encode(x=alt.value(place), y=y, text="text:N"),
        ]
    return found
