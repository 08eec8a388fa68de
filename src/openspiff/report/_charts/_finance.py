"""What does finance look at? What is owed by when, budgets against time, money by month."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import altair as alt
import attrs

from openspiff.money import PPM, currency_exponent, format_money

from ._coat import LIGHT, NARROW, PLAIN_ZERO, Picture, values

_WEEKS_AT_MOST: Final = 26
_PROGRAMS_AT_MOST: Final = 12
_HEIGHT: Final = 200
_KINDS: Final = ("late", "owed", "approved")


@attrs.frozen(kw_only=True)
class DueDay:
    """What is owed for one promised day, and how much of it stands in approved batches."""

    promised_on: dt.date
    owed_minor: int
    approved_minor: int = 0


@attrs.frozen(kw_only=True)
class BudgetUse:
    """One program: which share of its budget is booked, and of its window gone."""

    name: str
    used_ppm: int
    elapsed_ppm: int


def owed_picture(days: Sequence[DueDay], *, currency: str, today: dt.date) -> Picture:
    """Return what is owed by the week it is promised for, by month when it is many weeks.

    Late is what was promised for a day before `today`, approved or not.
    """
    found = [one for one in days if one.owed_minor]
    span = (found[-1].promised_on - found[0].promised_on).days if found else 0
    by_month = span > _WEEKS_AT_MOST * 7
    sums: dict[dt.date, dict[str, int]] = {}
    for one in found:
        day = one.promised_on
        start = day.replace(day=1) if by_month else day - dt.timedelta(days=day.weekday())
        row = sums.setdefault(start, dict.fromkeys(_KINDS, 0))
        if day < today:
            row["late"] += one.owed_minor
            continue
        approved = min(one.approved_minor, one.owed_minor)
        row["approved"] += approved
        row["owed"] += one.owed_minor - approved
    scale = Decimal(1).scaleb(-currency_exponent(currency))
    points = [
        {
            "start": start.isoformat(),
            "kind": kind,
            "place": place,
            "sum": float(sum_ * scale),
        }
        for start, row in sorted(sums.items())
        for place, (kind, sum_) in enumerate(row.items())
        if sum_
    ]
    period = "month" if by_month else "week"
    return Picture(
        draw=lambda width: _draw_owed(points, period, currency, width),
        name=f"owed-{currency.lower()}",
        title=f"What is owed in {currency}, by the {period} it is promised for",
        alternative=_owed_words(sums, currency),
        header=(f"{period} from", *(f"{kind}, {currency}" for kind in _KINDS)),
        rows=tuple(
            (start.isoformat(), *(row[kind] * scale for kind in _KINDS))
            for start, row in sorted(sums.items())
        ),
    )


def _owed_words(sums: Mapping[dt.date, Mapping[str, int]], currency: str) -> str:
    late, owed, approved = (sum(row[kind] for row in sums.values()) for kind in _KINDS)
    words = f"{format_money(late + owed + approved, currency)} is owed in all:"
    words += f" {format_money(late, currency)} is late,"
    return f"{words} {format_money(approved, currency)} of the rest is approved."


def _draw_owed(
    points: Sequence[Mapping[str, Any]], period: str, currency: str, width: int
) -> Any:
    there = [kind for kind in _KINDS if any(one["kind"] == kind for one in points)]
    fills = dict(zip(_KINDS, (LIGHT.compared, LIGHT.treated, LIGHT.window), strict=True))
    edges = dict(zip(_KINDS, (LIGHT.compared, LIGHT.treated, LIGHT.treated), strict=True))
    order = sorted({one["start"] for one in points})
    labels = "%b %Y" if period == "month" else "%d %b"
    bar = min((width - 52) * 3 // (4 * len(order)), 44)
    legend = alt.Legend(symbolType="square", symbolSize=140, symbolStrokeWidth=1)
    return (
        alt.Chart(values(points))
        .mark_bar(strokeWidth=1, size=bar)
        .encode(
            x=alt.X(
                "start:O",
                title=f"{period} from",
                sort=order,
                axis=alt.Axis(
                    labelExpr=_label(labels),
                    labelAngle=0,
                    labelOverlap=True,
                    grid=False,
                ),
            ),
            y=alt.Y(
                "sum:Q",
                title=currency,
                axis=alt.Axis(tickCount=4, format="~s", labelExpr=PLAIN_ZERO),
            ),
            order=alt.Order("place:Q"),
            color=alt.Color(
                "kind:N",
                scale=alt.Scale(domain=there, range=[fills[one] for one in there]),
                legend=legend,
            ),
            stroke=alt.Stroke(
                "kind:N",
                scale=alt.Scale(domain=there, range=[edges[one] for one in there]),
                legend=legend,
            ),
        )
        .properties(width=width - 52, height=_HEIGHT)
    )


def _label(form: str) -> str:
    """Return how a day is written below an axis that has a place for each."""
    return f"timeFormat(toDate(datum.value + 'T00:00'), '{form}')"


def budgets_picture(uses: Sequence[BudgetUse]) -> Picture | None:
    """Return each budget's use beside the time that is gone; None without any.

    The first twelve are drawn; the numbers tell of all.
    """
    if not uses:
        return None
    rows = [
        {
            "name": one.name,
            "used": one.used_ppm / PPM,
            "elapsed": one.elapsed_ppm / PPM,
            "color": LIGHT.compared if one.used_ppm > one.elapsed_ppm else LIGHT.treated,
        }
        for one in uses[:_PROGRAMS_AT_MOST]
    ]
    ahead = sum(one.used_ppm > one.elapsed_ppm for one in uses)
    words = f"{ahead} of {len(uses)} budgets are used faster than their windows pass."
    return Picture(
        draw=lambda width: _draw_budgets(rows, width),
        name="budgets",
        title="Share of the budget that is used (bar), of the window that is gone (line)",
        alternative=words,
        header=("program", "used, %", "window gone, %"),
        rows=tuple(
            (one.name, one.used_ppm * 100 // PPM, one.elapsed_ppm * 100 // PPM)
            for one in uses
        ),
    )


def _draw_budgets(rows: Sequence[Mapping[str, Any]], width: int) -> Any:
    names = 110 if width == NARROW else 190
    base = alt.Chart(values(rows)).encode(
        y=alt.Y(
            "name:N",
            title=None,
            sort=[row["name"] for row in rows],
            axis=alt.Axis(ticks=False, domain=False, labelLimit=names),
        )
    )
    axis = alt.Axis(format="%", grid=True, tickCount=4)
    domain = alt.Scale(domain=[0, 1], nice=False)
    bars = base.mark_bar(height=12).encode(
        x=alt.X("used:Q", title=None, axis=axis, scale=domain),
        color=alt.Color("color:N", scale=None),
    )
    marks = base.mark_tick(thickness=2.5, size=22, color=LIGHT.ink, opacity=1).encode(
        x=alt.X("elapsed:Q", title=None, axis=axis, scale=domain)
    )
    layers = alt.layer(bars, marks)
    return layers.properties(width=width - names - 16, height=28 * len(rows))


def months_picture(
    months: Mapping[dt.date, tuple[int, int]], *, currency: str
) -> Picture | None:
    """Return booked and paid, added up month by month; None with fewer than two months.

    `months` are the booked and the paid minor units of each. Beside each other, the lines
    are as far apart as paying takes; above each other, as what is owed.
    """
    if len(months) < 2:  # noqa: PLR2004 (one point is no line)
        return None
    scale = Decimal(1).scaleb(-currency_exponent(currency))
    booked = paid = 0
    rows = []
    for month_on, (more, out) in sorted(months.items()):
        booked, paid = booked + more, paid + out
        rows.append((f"{month_on:%Y-%m}", booked * scale, paid * scale))
    points = [
        {"month": f"{month}-01", "kind": kind, "sum": float(amount)}
        for month, *amounts in rows
        for kind, amount in zip(("booked", "paid"), amounts, strict=True)
    ]
    words = f"{format_money(booked, currency)} was booked by {rows[-1][0]}"
    words += f" and {format_money(paid, currency)} of it paid."
    return Picture(
        draw=lambda width: _draw_months(points, currency, width),
        name=f"months-{currency.lower()}",
        title=f"Booked and paid in {currency}, added up month by month",
        alternative=words,
        header=("month", f"booked so far, {currency}", f"paid so far, {currency}"),
        rows=tuple(rows),
    )


def _draw_months(points: Sequence[Mapping[str, Any]], currency: str, width: int) -> Any:
    kinds = ["booked", "paid"]
    return (
        alt.Chart(values(points))
        .mark_line(strokeWidth=2.2, point=alt.OverlayMarkDef(size=28))
        .encode(
            x=alt.X(
                "month:O",
                title=None,
                axis=alt.Axis(
                    labelExpr=_label("%b %Y"), labelAngle=0, labelOverlap=True, grid=False
                ),
            ),
            y=alt.Y(
                "sum:Q",
                title=currency,
                axis=alt.Axis(tickCount=4, format="~s", labelExpr=PLAIN_ZERO),
            ),
            color=alt.Color(
                "kind:N",
                scale=alt.Scale(domain=kinds, range=[LIGHT.treated, LIGHT.compared]),
                legend=alt.Legend(columns=2),
            ),
            strokeDash=alt.StrokeDash(
                "kind:N", scale=alt.Scale(domain=kinds, range=[[1, 0], [6, 3]])
            ),
        )
        .properties(width=width - 60, height=_HEIGHT)
    )
