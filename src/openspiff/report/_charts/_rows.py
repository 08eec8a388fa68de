"""How are numbers with their intervals drawn below each other, on any width?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal

import altair as alt
import attrs

from openspiff.measure import Estimate

from ._coat import LIGHT, NARROW, PLAIN_ZERO, values

Tone = Literal["treated", "compared", "faint"]
Span = tuple[float, float]

_SHAPES: Final = {"treated": "circle", "compared": "diamond", "faint": "square"}
_AS_IT_IS: Final = alt.Color("color:N", scale=None)


@attrs.frozen(kw_only=True)
class Row:
    """One line of a drawing: a name, its numbers in words, a bar or a dot, its interval.

    `bar` runs from one number to another, `dot` marks one; `one` is the estimate that the
    interval belongs to, each of its ends times `scale` plus `shift`.
    """

    name: str
    numbers: str
    tone: Tone = "treated"
    bar: Span | None = None
    dot: float | None = None
    one: Estimate | None = None
    scale: float = 1.0
    shift: float = 0.0

    def spans(self, reach: Span) -> list[Span]:
        """Return the parts of the axis that the interval covers, open ends to its end."""
        if self.one is None:
            return []
        low, high = (
            None if end is None else end * self.scale + self.shift
            for end in (self.one.low, self.one.high)
        )
        match self.one.shape, low, high:
            case "outside", float(), float():
                return [(reach[0], low), (high, reach[1])]
            case _:
                start = reach[0] if low is None else low
                return [(start, reach[1] if high is None else high)]

    def ends(self) -> list[float]:
        """Return every number that must lie within the axis."""
        found = [*(self.bar or ()), *(() if self.dot is None else (self.dot,))]
        if self.one is not None:
            known = (one for one in (self.one.low, self.one.high) if one is not None)
            found += [end * self.scale + self.shift for end in known]
        return found


_LONG: Final = 1_000
"""From here on an axis counts in thousands (k) and millions (M)."""


def draw_rows(rows: Sequence[Row], width: int, *, axis: str) -> Any:
    """Return rows below each other over one axis that holds zero; open ends are arrows."""
    is_narrow = width == NARROW
    step = 56.0 if is_narrow else 42.0
    reach = _reach(rows)
    style = "~s" if max(map(abs, reach)) >= _LONG else ",~r"
    height = step * len(rows)
    x = alt.X(
        "from:Q",
        title=axis,
        scale=alt.Scale(domain=list(reach), nice=False),
        axis=alt.Axis(
            format=style,
            labelExpr=PLAIN_ZERO,
            tickCount=4 if is_narrow else 7,
            grid=False,
        ),
    )
    down = alt.Scale(domain=[0, height], reverse=True, nice=False)
    y = alt.Y("y:Q", title=None, axis=None, scale=down)
    layers = [
        _zero(rows, step, x=x, y=y),
        _bars(rows, step, x=x, y=y),
        *_intervals(rows, step, reach, x=x, y=y),
        *_words(rows, step, y=y, is_narrow=is_narrow, width=width),
    ]
    return alt.layer(*layers).properties(width=width, height=height)


def _reach(rows: Sequence[Row]) -> Span:
    ends = [0.0, *(end for row in rows for end in row.ends())]
    low, high = min(ends), max(ends)
    room = (high - low or 1.0) * 0.06
    return low - (room if low < 0 else 0.0), high + room


def _middle(number: int, step: float) -> float:
    """Return where the bar of a row lies; its words stand above it."""
    return step * number + step - 12.0


def _zero(rows: Sequence[Row], step: float, *, x: alt.X, y: alt.Y) -> Any:
    """Mark zero in each row; a line through them all would cross out the words."""
    held = [
        {"from": 0.0, "y": _middle(number, step) - 10, "end": _middle(number, step) + 10}
        for number in range(len(rows))
    ]
    return alt.Chart(values(held)).mark_rule(color=LIGHT.faint).encode(x=x, y=y, y2="end:Q")


def _bars(rows: Sequence[Row], step: float, *, x: alt.X, y: alt.Y) -> Any:
    held = [
        {
            "from": row.bar[0],
            "to": row.bar[1],
            "y": _middle(number, step),
            "color": getattr(LIGHT, row.tone),
        }
        for number, row in enumerate(rows)
        if row.bar is not None
    ]
    bars = alt.Chart(values(held)).mark_rule(strokeWidth=14)
    return bars.encode(x=x, x2="to:Q", y=y, color=_AS_IT_IS)


def _intervals(
    rows: Sequence[Row], step: float, reach: Span, *, x: alt.X, y: alt.Y
) -> list[Any]:
    """Draw each interval as a line, each end that it does not have as an arrow."""
    lines, marks = [], []
    for number, row in enumerate(rows):
        # On a bar in the color of the dots the interval would not be seen.
        color = LIGHT.ink if row.bar is not None else getattr(LIGHT, row.tone)
        at = {"y": _middle(number, step), "color": color}
        for start, end in row.spans(reach):
            lines.append({**at, "from": start, "to": end})
            if start == reach[0]:
                marks.append({**at, "from": start, "shape": "triangle-left"})
            if end == reach[1]:
                marks.append({**at, "from": end, "shape": "triangle-right"})
        if row.dot is not None:
            marks.append({**at, "from": row.dot, "shape": _SHAPES[row.tone]})
    drawn = alt.Chart(values(lines)).mark_rule(strokeWidth=2.5)
    dots = alt.Chart(values(marks)).mark_point(size=90, filled=True, opacity=1)
    shape = alt.Shape("shape:N", scale=None)
    return [
        drawn.encode(x=x, x2="to:Q", y=y, color=_AS_IT_IS),
        dots.encode(x=x, y=y, color=_AS_IT_IS, shape=shape),
    ]


def _words(
    rows: Sequence[Row], step: float, *, y: alt.Y, is_narrow: bool, width: int
) -> list[Any]:
    """Write name and numbers above each bar: side by side, or below each other."""
    names = [{"y": step * n + 9.0, "text": row.name} for n, row in enumerate(rows)]
    lower = 16.0 if is_narrow else 0.0
    numbers = [
        {"y": step * n + 9.0 + lower, "text": row.numbers} for n, row in enumerate(rows)
    ]
    # Browsers' fonts run wider than the one that texts are measured with.
    plain: dict[str, Any] = {"fontSize": 13, "baseline": "middle", "limit": width}
    left = alt.Chart(values(names)).mark_text(align="left", color=LIGHT.ink, **plain)
    side: dict[str, Any] = {"align": "left" if is_narrow else "right"}
    place = 0 if is_narrow else width
    right = alt.Chart(values(numbers)).mark_text(color=LIGHT.faint, **plain, **side)
    return [
        left.encode(x=alt.value(0), y=y, text="text:N"),
        right.encode(x=alt.value(place), y=y, text="text:N"),
    ]
