"""What does the answer look like? Charts as SVG text, in a light and a dark coat.

Colors differ in lightness as well as hue and lines in their dashes, so that a chart can be
read in grey; every chart carries its title, a text alternative and its numbers.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

import altair as alt
import attrs
import vl_convert

from openspiff.measure import Answer, Estimate, PathPoint

WIDTH: Final = 640


@attrs.frozen(kw_only=True)
class Coat:
    """The colors of one theme."""

    ink: str
    faint: str
    grid: str
    treated: str
    compared: str
    band: str
    window: str


LIGHT: Final = Coat(
    ink="#1d2430",
    faint="#5b6675",
    grid="#e3e7ed",
    treated="#0b5cad",
    compared="#b35a00",
    band="#0b5cad",
    window="#e9f1fa",
)
DARK: Final = Coat(
    ink="#e8ecf2",
    faint="#a4afbd",
    grid="#343d4a",
    treated="#7db8f5",
    compared="#f0a860",
    band="#7db8f5",
    window="#1f2b3a",
)


@attrs.frozen(kw_only=True)
class Chart:
    """One picture: the SVG in both coats, what it says in words, and its numbers."""

    name: str
    title: str
    alternative: str
    light: str
    dark: str
    header: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


def _svg(chart: Any, coat: Coat) -> str:
    dressed = (
        chart.configure(background="transparent", font="sans-serif", padding=8)
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=coat.faint,
            titleColor=coat.faint,
            gridColor=coat.grid,
            domainColor=coat.grid,
            tickColor=coat.grid,
            titleFontWeight="normal",
            labelFontSize=12,
            titleFontSize=12,
        )
        .configure_legend(
            labelColor=coat.ink,
            title=None,
            orient="top",
            labelFontSize=13,
            symbolSize=200,
            columnPadding=24,
        )
    )
    return str(vl_convert.vegalite_to_svg(dressed.to_dict()))


def _names_axis() -> alt.Axis:
    # Browsers' fonts run wider than the one that the labels are measured with.
    return alt.Axis(labelLimit=280, minExtent=260)


def _values(rows: Sequence[Mapping[str, Any]]) -> alt.Data:
    return alt.Data(values=[dict(row) for row in rows])  # type: ignore[no-untyped-call]


def path_chart(answer: Answer) -> Chart:
    """Return the weeks from baseline to horizon: the treated beside those compared with."""
    compared = "held out" if answer.holdout_count else "not in the audience"
    rows = [
        (point.week_start_on, point.phase, point.treated_mean, _compared(point, answer))
        for point in answer.path
    ]
    return Chart(
        name="path",
        title="Week by week",
        alternative=_path_words(answer, compared),
        light=_svg(_path_layers(answer, compared, LIGHT), LIGHT),
        dark=_svg(_path_layers(answer, compared, DARK), DARK),
        header=("week", "phase", "in the program", compared),
        rows=tuple(rows),
    )


def _compared(point: PathPoint, answer: Answer) -> float | None:
    return point.holdout_mean if answer.holdout_count else point.ineligible_mean


def _path_words(answer: Answer, compared: str) -> str:
    inside = [point for point in answer.path if point.phase == "window"]
    ours = [point.treated_mean for point in inside if point.treated_mean is not None]
    theirs = [value for point in inside if (value := _compared(point, answer)) is not None]
    words = f"{len(answer.path)} weeks, {len(inside)} of them inside the window."
    if ours and theirs:
        words += (
            f" Inside it payees in the program had {sum(ours) / len(ours):.2f} a week on"
            f" average, those {compared} {sum(theirs) / len(theirs):.2f}."
        )
    return words


def _path_layers(answer: Answer, compared: str, coat: Coat) -> Any:
    names = ["in the program", compared]
    lines = [
        {"week": point.week_start_on.isoformat(), "who": who, "mean": value}
        for point in answer.path
        for who, value in zip(
            names, (point.treated_mean, _compared(point, answer)), strict=True
        )
        if value is not None
    ]
    who = alt.Color(
        "who:N", scale=alt.Scale(domain=names, range=[coat.treated, coat.compared])
    )
    dash = alt.StrokeDash("who:N", scale=alt.Scale(domain=names, range=[[1, 0], [6, 3]]))
    week = alt.X("week:T", title=None, axis=alt.Axis(format="%d %b %y", labelOverlap=True))
    means = (
        alt.Chart(_values(lines))
        .mark_line(strokeWidth=2.2)
        .encode(
            x=week,
            y=alt.Y("mean:Q", title="per payee and week", axis=alt.Axis(minExtent=48)),
            color=who,
            strokeDash=dash,
        )
    )
    top = alt.layer(_window_layer(answer, coat), means).properties(width=WIDTH, height=200)
    return alt.vconcat(top, _difference_layers(answer, week, coat))


def _difference_layers(answer: Answer, week: alt.X, coat: Coat) -> Any:
    points = [
        {
            "week": point.week_start_on.isoformat(),
            "difference": point.difference,
            "low": point.low,
            "high": point.high,
        }
        for point in answer.path
        if point.difference is not None
    ]
    base = alt.Chart(_values(points))
    band = base.mark_area(opacity=0.22, color=coat.band).encode(
        x=week,
        y=alt.Y("low:Q", title="difference, 95%", axis=alt.Axis(minExtent=48)),
        y2="high:Q",
    )
    line = base.mark_line(color=coat.treated, strokeWidth=2).encode(
        x=week, y="difference:Q"
    )
    zero = alt.Chart(_values([{"zero": 0}])).mark_rule(color=coat.faint).encode(y="zero:Q")
    layers = alt.layer(_window_layer(answer, coat), band, zero, line)
    return layers.properties(width=WIDTH, height=120)


def _window_layer(answer: Answer, coat: Coat) -> Any:
    inside = [point for point in answer.path if point.phase == "window"]
    spans = []
    if inside:
        end = inside[-1].week_start_on + dt.timedelta(days=7)
        spans = [{"from": inside[0].week_start_on.isoformat(), "to": end.isoformat()}]
    return (
        alt.Chart(_values(spans)).mark_rect(color=coat.window).encode(x="from:T", x2="to:T")
    )


def estimates_chart(answer: Answer) -> Chart:
    """Return every estimate with its interval, strongest evidence first, naive one last."""
    shown = [one for one in answer.estimates if one != answer.naive]
    shown += [answer.naive] if answer.naive else []
    rows = [
        (_label(one), one.tier, one.value, one.low, one.high, one.unit, one.method)
        for one in shown
    ]
    return Chart(
        name="estimates",
        title="What each comparison says",
        alternative=" ".join(f"{_label(one)}: {_interval(one)}." for one in shown),
        light=_svg(_forest(shown, LIGHT), LIGHT),
        dark=_svg(_forest(shown, DARK), DARK),
        header=("comparison", "tier", "value", "low", "high", "unit", "method"),
        rows=tuple(rows),
    )


_AGAINST: Final[Mapping[str, str]] = {
    "A": " against the holdout",
    "B": " against the ineligible",
}


def _label(one: Estimate) -> str:
    return f"{one.name}{_AGAINST.get(one.tier, '')} ({one.tier})"


def _interval(one: Estimate) -> str:
    low = "no lower end" if one.low is None else f"{one.low:.3g}"
    high = "no upper end" if one.high is None else f"{one.high:.3g}"
    return f"{one.value:.3g}, 95% interval {low} to {high}"


def _forest(shown: Sequence[Estimate], coat: Coat) -> Any:
    rows = [
        {
            "name": _label(one),
            "value": one.value,
            "low": one.value if one.low is None else one.low,
            "high": one.value if one.high is None else one.high,
            "kind": "comparison" if one.tier in "ABCD" else "not incremental",
        }
        for one in shown
    ]
    order = [_label(one) for one in shown]
    base = alt.Chart(_values(rows)).encode(
        y=alt.Y("name:N", sort=order, title=None, axis=_names_axis()),
        color=alt.Color(
            "kind:N",
            scale=alt.Scale(
                domain=["comparison", "not incremental"],
                range=[coat.treated, coat.compared],
            ),
        ),
    )
    bars = base.mark_rule(strokeWidth=2).encode(
        x=alt.X("low:Q", title="per payee and week"), x2="high:Q"
    )
    dots = base.mark_point(size=90, filled=True, opacity=1).encode(
        x="value:Q",
        shape=alt.Shape(
            "kind:N",
            scale=alt.Scale(
                domain=["comparison", "not incremental"], range=["circle", "diamond"]
            ),
        ),
    )
    zero = alt.Chart(_values([{"zero": 0}])).mark_rule(color=coat.faint).encode(x="zero:Q")
    return alt.layer(zero, bars, dots).properties(width=WIDTH - 240, height=34 * len(rows))


def bridge_chart(answer: Answer) -> Chart | None:
    """Return the way from units paid for to units added; None when it cannot be told."""
    if answer.total_incremental is None:
        return None
    added = answer.total_incremental.value
    anyway = answer.paid_units - added
    steps = [
        ("paid for", 0.0, float(answer.paid_units)),
        ("would have happened anyway", added, float(answer.paid_units)),
        ("added by the program", 0.0, added),
    ]
    return Chart(
        name="bridge",
        title="From what was paid for to what was added",
        alternative=(
            f"{answer.paid_units:,.0f} units were paid for. About {anyway:,.0f} of them"
            f" would have happened anyway; {added:,.0f} were added."
        ),
        light=_svg(_bridge(steps, LIGHT), LIGHT),
        dark=_svg(_bridge(steps, DARK), DARK),
        header=("part", "from", "to"),
        rows=tuple(steps),
    )


def _bridge(steps: Sequence[tuple[str, float, float]], coat: Coat) -> Any:
    rows = [
        {"part": part, "from": start, "to": end, "size": f"{end - start:,.0f}"}
        for part, start, end in steps
    ]
    order = [part for part, _, _ in steps]
    base = alt.Chart(_values(rows)).encode(
        y=alt.Y("part:N", sort=order, title=None, axis=_names_axis())
    )
    bars = base.mark_bar(height=22).encode(
        x=alt.X("from:Q", title="units"),
        x2="to:Q",
        color=alt.Color(
            "part:N",
            scale=alt.Scale(domain=order, range=[coat.faint, coat.compared, coat.treated]),
            legend=None,
        ),
    )
    text = base.mark_text(align="left", dx=6, color=coat.ink, fontSize=13).encode(
        x="to:Q", text="size:N"
    )
    return alt.layer(bars, text).properties(width=WIDTH - 240, height=120)
