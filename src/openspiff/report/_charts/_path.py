"""How did it go week by week, from before the announcement to the end of the horizon?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

import altair as alt

from openspiff.measure import Answer, PathPoint

from ._coat import LIGHT, NARROW, Chart, make_chart, values

_PHASES: Final[Mapping[str, str]] = {
    "announcement": "announced",
    "window": "window",
    "horizon": "horizon",
}
_DAY: Final = "timeFormat(datum.value, '%d %b')"
_DAY_AND_YEAR: Final = f"[{_DAY}, timeFormat(datum.value, '%Y')]"
_SHADED: Final = "shaded: 95% for each week by itself"
_DOTTED: Final = "dotted: 95% for all weeks at once"
_STRIP: Final = 16.0
"""Pixels above the lines in which the phases are named."""


def path_chart(answer: Answer) -> Chart:
    """Return the weeks from baseline to horizon: the treated beside those compared with."""
    compared = "held out" if answer.holdout_count else "not in the audience"
    both = {
        point.week_start_on: (point.band_low, point.band_high)
        for point in answer.path
        if point.band_low is not None and point.band_high is not None
    }
    rows = [
        (
            point.week_start_on,
            point.phase,
            point.treated_mean,
            _compared(point, answer),
            *(point.difference, point.low, point.high),
            *((point.band_low, point.band_high) if both else ()),
        )
        for point in answer.path
    ]
    header = ("week", "phase", "in the program", compared, "difference", "low", "high")
    more = ("low of all weeks at once", "high of all weeks at once") if both else ()
    return make_chart(
        lambda width: _layers(answer, compared, both, width),
        name="path",
        title="Week by week",
        alternative=_in_words(answer, compared),
        header=(*header, *more),
        rows=rows,
    )


def _compared(point: PathPoint, answer: Answer) -> float | None:
    return point.holdout_mean if answer.holdout_count else point.ineligible_mean


def _in_words(answer: Answer, compared: str) -> str:
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


def _layers(
    answer: Answer, compared: str, both: Mapping[dt.date, tuple[float, float]], width: int
) -> Any:
    plot = width - 52  # what the labels of the axis take
    years = {point.week_start_on.year for point in answer.path}
    week = alt.X(
        "week:T",
        title=None,
        axis=alt.Axis(
            labelExpr=_DAY if len(years) == 1 else _DAY_AND_YEAR,
            labelOverlap=True,
            tickCount=4 if width == NARROW else 8,
        ),
    )
    top = alt.layer(*_phases(answer, has_names=True), _means(answer, compared, week))
    top = top.properties(width=plot, height=190)
    points = [point for point in answer.path if point.difference is not None]
    if not points:
        return top
    return alt.vconcat(top, _differences(answer, points, both, week, plot))


def _means(answer: Answer, compared: str, week: alt.X) -> Any:
    names = ["in the program", compared]
    lines = [
        {"week": point.week_start_on.isoformat(), "who": who, "mean": value}
        for point in answer.path
        for who, value in zip(
            names, (point.treated_mean, _compared(point, answer)), strict=True
        )
        if value is not None
    ]
    colors = alt.Scale(domain=names, range=[LIGHT.treated, LIGHT.compared])
    dashes = alt.Scale(domain=names, range=[[1, 0], [6, 3]])
    return (
        alt.Chart(values(lines))
        .mark_line(strokeWidth=2.2)
        .encode(
            x=week,
            y=alt.Y(
                "mean:Q",
                title="per payee and week",
                axis=alt.Axis(minExtent=44, tickCount=5),
            ),
            color=alt.Color("who:N", scale=colors),
            strokeDash=alt.StrokeDash("who:N", scale=dashes),
        )
    )


def _differences(
    answer: Answer,
    points: Sequence[PathPoint],
    both: Mapping[dt.date, tuple[float, float]],
    week: alt.X,
    plot: int,
) -> Any:
    rows = [
        {
            "week": point.week_start_on.isoformat(),
            "difference": point.difference,
            "low": point.low,
            "high": point.high,
        }
        for point in points
    ]
    base = alt.Chart(values(rows))
    title = alt.Y(
        "low:Q", title="difference, 95%", axis=alt.Axis(minExtent=44, tickCount=5)
    )
    zero = alt.Chart(values([{"zero": 0}])).mark_rule(color=LIGHT.faint)
    point = alt.OverlayMarkDef(color=LIGHT.treated, filled=True, opacity=1, size=28)
    line = base.mark_line(color=LIGHT.treated, strokeWidth=2, point=point)
    layers = [
        *_phases(answer, has_names=False),
        base.mark_area(opacity=0.22, color=LIGHT.treated).encode(
            x=week, y=title, y2="high:Q"
        ),
        zero.encode(y="zero:Q"),
        line.encode(x=week, y="difference:Q"),
    ]
    for end in (0, 1):
        rows = [{"week": on.isoformat(), "all": pair[end]} for on, pair in both.items()]
        edge = alt.Chart(values(rows)).mark_line(
            color=LIGHT.faint, strokeWidth=1.5, strokeDash=[2, 2]
        )
        layers.append(edge.encode(x=week, y="all:Q"))
    drawn = alt.layer(*layers).properties(width=plot, height=120)
    return drawn.properties(title=_what_is_drawn(plot)) if both else drawn


def _what_is_drawn(plot: int) -> alt.TitleParams:
    """Return what the shade and the dots are, in a line or, on a phone, in two."""
    lines = [_SHADED, _DOTTED]
    return alt.TitleParams(
        text=lines if plot < NARROW else ", ".join(lines),
        anchor="start",
        fontSize=12,
        fontWeight="normal",
        color=LIGHT.faint,
    )


def _phases(answer: Answer, *, has_names: bool) -> list[Any]:
    """Draw announcement, window and horizon behind the lines, their names on top."""
    spans = []
    for phase, name in _PHASES.items():
        inside = [point for point in answer.path if point.phase == phase]
        if not inside:
            continue
        # A whole week, though the days of the last one may be fewer: the next begins then.
        ends_on = inside[-1].week_start_on + dt.timedelta(days=7)
        later = [
            point.week_start_on
            for point in answer.path
            if point.week_start_on > inside[-1].week_start_on
        ]
        spans.append(
            {
                "start": inside[0].week_start_on.isoformat(),
                "end": min([ends_on, *later]).isoformat(),
                "name": name,
                "color": LIGHT.window if phase == "window" else LIGHT.beside,
            }
        )
    base = alt.Chart(values(spans))
    shade = base.mark_rect().encode(
        x="start:T", x2="end:T", color=alt.Color("color:N", scale=None)
    )
    edge = base.mark_rule(color=LIGHT.faint, strokeDash=[2, 3]).encode(x="start:T")
    if not has_names:
        return [shade, edge]
    plain: dict[str, Any] = {"align": "left", "baseline": "top", "dx": 3, "fontSize": 12}
    # The days of the announcement may be few: its name stands a line higher.
    names = [
        alt.Chart(values([span]))
        .mark_text(dy=-_STRIP * (len(spans) > 1 and number == 0) - _STRIP, **plain)
        .encode(x="start:T", y=alt.value(0), text="name:N", color=alt.value(LIGHT.faint))
        for number, span in enumerate(spans)
    ]
    return [shade, edge, *names]
