"""How does a drawing become SVG text, in a light and a dark coat, wide and narrow?

Colors differ in lightness as well as hue and lines in their dashes, so that a chart can be
read in grey; every chart carries its title, a text alternative and its numbers.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import altair as alt
import attrs
import vl_convert

WIDE: Final = 620
NARROW: Final = 330
"""Pixels between the axes: of a desk or a sheet of paper, and of a phone."""


PLAIN_ZERO: Final = "datum.value === 0 ? '0' : datum.label"
"""How an axis writes its numbers: nothing is 0, not 0k or 0M."""


@attrs.frozen(kw_only=True)
class Coat:
    """The colors of one theme, all different, so that one theme becomes the other."""

    ink: str
    faint: str
    grid: str
    treated: str
    compared: str
    window: str
    beside: str


# The colors of the pages (`web/static/web/openspiff.css`), so that a picture belongs there.
LIGHT: Final = Coat(
    ink="#1b2321",
    faint="#56605d",
    grid="#e4e2d9",
    treated="#0a655a",
    compared="#a8521a",
    window="#e0efeb",
    beside="#f5f4ef",
)
DARK: Final = Coat(
    ink="#e7eae7",
    faint="#a3afac",
    grid="#2e393c",
    treated="#67d3c0",
    compared="#f0a97e",
    window="#1b3834",
    beside="#1c2528",
)


@attrs.frozen(kw_only=True)
class Chart:
    """One picture: the SVG in both coats and widths, what it says, and its numbers."""

    name: str
    title: str
    alternative: str
    light: str
    dark: str
    light_narrow: str
    dark_narrow: str
    header: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


@attrs.frozen(kw_only=True)
class Picture:
    """A picture that is not drawn yet: what it says, its numbers, and how it is drawn.

    A page shows words and numbers at once; drawing takes longer, and is asked for apart.
    """

    draw: Callable[[int], Any]
    name: str
    title: str
    alternative: str
    header: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def chart(self) -> Chart:
        """Return it drawn, in every coat."""
        return make_chart(
            self.draw,
            name=self.name,
            title=self.title,
            alternative=self.alternative,
            header=self.header,
            rows=self.rows,
        )


def make_chart(
    draw: Callable[[int], Any],
    *,
    name: str,
    title: str,
    alternative: str,
    header: tuple[str, ...],
    rows: Sequence[tuple[Any, ...]],
) -> Chart:
    """Return the picture that `draw` makes of a width in pixels, in every coat."""
    wide, narrow = _svg(draw(WIDE)), _svg(draw(NARROW))
    return Chart(
        name=name,
        title=title,
        alternative=alternative,
        light=wide,
        dark=_in_dark(wide),
        light_narrow=narrow,
        dark_narrow=_in_dark(narrow),
        header=header,
        rows=tuple(rows),
    )


def chart_csv(chart: Chart | Picture) -> str:
    """Return the numbers of a chart as CSV with a header."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(chart.header)
    writer.writerows(["" if cell is None else cell for cell in row] for row in chart.rows)
    return text.getvalue()


def values(rows: Sequence[Mapping[str, Any]]) -> alt.Data:
    """Return rows as data of a drawing."""
    return alt.Data(values=[dict(row) for row in rows])  # type: ignore[no-untyped-call]


def _svg(drawing: Any) -> str:
    """Return a drawing in the light coat as SVG."""
    dressed = (
        drawing.configure(background="transparent", font="sans-serif", padding=4)
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=LIGHT.faint,
            titleColor=LIGHT.faint,
            gridColor=LIGHT.grid,
            domainColor=LIGHT.grid,
            tickColor=LIGHT.grid,
            titleFontWeight="normal",
            labelFontSize=12,
            titleFontSize=12,
        )
        .configure_legend(
            labelColor=LIGHT.ink,
            title=None,
            orient="top",
            labelFontSize=13,
            labelLimit=220,
            symbolType="stroke",
            symbolSize=500,
            symbolStrokeWidth=2.5,
            columnPadding=16,
        )
    )
    return str(vl_convert.vegalite_to_svg(dressed.to_dict(validate=False)))


def _in_dark(svg: str) -> str:
    """Return a light drawing in the dark coat; every color of a coat is its own."""
    for field in attrs.fields(Coat):
        svg = svg.replace(getattr(LIGHT, field.name), getattr(DARK, field.name))
    return svg
