"""How does a program run? Its events against plan and past, its budget, what it owes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import altair as alt

from openspiff.ledger import Exhaustion
from openspiff.money import currency_exponent, format_money
from openspiff.program import Program
from openspiff.rules import Pace, Stretch

from ._coat import LIGHT, NARROW, PLAIN_ZERO, Picture, values

_WEEK: Final = 7
_HEIGHT: Final = 220
_THIS: Final = "this window"
_PLAN: Final = "plan"


def pace_picture(program: Program, pace: Pace, *, until: dt.date) -> Picture:
    """Return the qualifying events so far beside the plan and earlier quarters.

    All lines add up from the first day of their window; `until` is the first day of which
    nothing is known.
    """
    target = program.measurement.target_event_count
    names = [_THIS, *(stretch_words(one) for one in pace.earlier)]
    names += [_PLAN] if target else []
    lines: list[tuple[str, Sequence[float]]] = [
        (_THIS, _sums(pace.now, before=until)),
        *((stretch_words(one), _sums(one)) for one in pace.earlier),
    ]
    if target:
        lines.append((_PLAN, _plan(program, pace, target)))
    points = [
        {"day": day_no, "who": name, "sum": total}
        for name, sums in lines
        for day_no, total in enumerate(sums)
    ]
    day_count = (program.window.ends_before - program.window.starts_on).days
    reach = max(day_count, *(len(sums) - 1 for _, sums in lines))
    marks = [*range(_WEEK, day_count, _WEEK), day_count]
    return Picture(
        draw=lambda width: _draw_lines(points, names, reach, width),
        name="pace",
        title="Qualifying events so far",
        alternative=_pace_words(pace, until, target),
        header=("days of the window", *names),
        rows=tuple((mark, *(_at(sums, mark) for _, sums in lines)) for mark in marks),
    )


def stretch_words(one: Stretch) -> str:
    """Return how an earlier window is called: `3 months before`."""
    return f"{one.months} months before"


def _sums(one: Stretch, *, before: dt.date | None = None) -> list[int]:
    """Return the running total at the end of each day, zero before the first."""
    total, sums = 0, [0]
    day = one.starts_on
    end = one.ends_before if before is None else min(before, one.ends_before)
    while day < end:
        total += one.event_counts.get(day, 0)
        sums.append(total)
        day += dt.timedelta(days=1)
    return sums


def _plan(program: Program, pace: Pace, target: int) -> list[float]:
    """Return the plan day by day: by the shape of earlier quarters, else evenly."""
    day_count = (program.window.ends_before - program.window.starts_on).days
    shapes = [sums for one in pace.earlier if (sums := _sums(one))[-1]]
    if not shapes:
        return [target * day_no / day_count for day_no in range(day_count + 1)]
    found = []
    for day_no in range(day_count + 1):
        parts = [sums[min(day_no, len(sums) - 1)] / sums[-1] for sums in shapes]
        found.append(target * sum(parts) / len(parts))
    found[-1] = float(target)
    return found


def _at(sums: Sequence[float], day_no: int) -> int | None:
    return round(sums[day_no]) if day_no < len(sums) else None


def _pace_words(pace: Pace, until: dt.date, target: int | None) -> str:
    day_count = max((min(until, pace.now.ends_before) - pace.now.starts_on).days, 0)
    words = f"{pace.now.until(until):,} qualifying events in {day_count} days."
    for one in pace.earlier:
        day_end = one.starts_on + dt.timedelta(days=day_count)
        words += f" {stretch_words(one).capitalize()}: {one.until(day_end):,} by then,"
        words += f" {one.total():,} in all."
    return words + (f" Planned are {target:,}." if target else "")


def _draw_lines(
    points: Sequence[Mapping[str, Any]], names: list[str], reach: int, width: int
) -> Any:
    """Draw this window strong, the past and the plan thin, each with dashes of its own."""
    past = [[6, 3], [2, 2], [8, 3, 2, 3], [1, 3]]
    looks = {_THIS: (LIGHT.treated, [1, 0]), _PLAN: (LIGHT.faint, [4, 4])}
    earlier = [name for name in names if name not in looks]
    looks |= {
        name: (LIGHT.compared, past[place % len(past)])
        for place, name in enumerate(earlier)
    }
    colors = alt.Scale(domain=names, range=[looks[name][0] for name in names])
    dashes = alt.Scale(domain=names, range=[looks[name][1] for name in names])
    columns = 1 if width == NARROW else 3
    return (
        alt.Chart(values(points))
        .mark_line(strokeWidth=2.2)
        .encode(
            x=alt.X(
                "day:Q",
                title="days since the window began",
                scale=alt.Scale(domain=[0, reach], nice=False),
                axis=alt.Axis(tickCount=5, grid=False),
            ),
            y=alt.Y("sum:Q", title="events", axis=alt.Axis(tickCount=5)),
            color=alt.Color("who:N", scale=colors, legend=alt.Legend(columns=columns)),
            strokeDash=alt.StrokeDash("who:N", scale=dashes),
        )
        .properties(width=width - 52, height=_HEIGHT)
    )


def budget_picture(
    program: Program,
    spent_minor: Mapping[dt.date, int],
    *,
    until: dt.date,
    expected: Exhaustion | None,
) -> Picture | None:
    """Return what is taken of the budget, and how it may go on; None without a budget.

    `spent_minor` is what became due, by the day; `until` is the first day not yet known.
    """
    budget = program.caps.budget
    if budget is None:
        return None
    scale = Decimal(1).scaleb(-currency_exponent(program.currency))
    window, total = program.window, 0
    taken: list[dict[str, Any]] = []
    day = window.starts_on
    while day < until:
        total += spent_minor.get(day, 0)
        taken.append({"day": day.isoformat(), "sum": float(total * scale)})
        day += dt.timedelta(days=1)
    rows = [
        (one["day"], one["sum"])
        for place, one in enumerate(taken, start=1)
        if place % _WEEK == 0 or place == len(taken)
    ]
    fan = [] if expected is None else _fan(program, total, until, expected, scale)
    limit = float(budget * scale)
    return Picture(
        draw=lambda width: _draw_budget(taken, fan, limit, program, width),
        name="budget",
        title="What is taken of the budget",
        alternative=_budget_words(program, total, expected),
        header=("day", f"taken of the budget, {program.currency}"),
        rows=tuple(rows),
    )


def _fan(
    program: Program, total: int, until: dt.date, expected: Exhaustion, scale: Decimal
) -> list[dict[str, Any]]:
    """Return where slowest, mean and fastest weeks lead until the window ends."""
    budget = program.caps.budget or 0
    days = (program.window.ends_before - until).days
    if days <= 0 or total >= budget:
        return []
    rates = {
        "low": expected.slowest_week_minor,
        "mean": expected.mean_week_minor,
        "high": expected.fastest_week_minor,
    }
    found = []
    for day_no in range(days + 1):
        day = until + dt.timedelta(days=day_no - 1)
        row: dict[str, Any] = {"day": day.isoformat()}
        for name, week_minor in rates.items():
            reached = min(total + week_minor * day_no // _WEEK, budget)
            row[name] = float(reached * scale)
        found.append(row)
    return found


def _draw_budget(
    taken: Sequence[Mapping[str, Any]],
    fan: Sequence[Mapping[str, Any]],
    limit: float,
    program: Program,
    width: int,
) -> Any:
    ends_on = (program.window.ends_before - dt.timedelta(days=1)).isoformat()
    last_on = max([ends_on, *(one["day"] for one in taken)])
    span = [program.window.starts_on.isoformat(), last_on]
    x = alt.X(
        "day:T",
        title=None,
        scale=alt.Scale(domain=span),
        axis=alt.Axis(
            format="%d %b",
            grid=False,
            labelOverlap=True,
            tickCount=4 if width == NARROW else 8,
        ),
    )
    axis = alt.Axis(tickCount=5, format="~s", labelExpr=PLAIN_ZERO)
    scale = alt.Scale(domain=[0, limit * 1.08], nice=False)
    y = alt.Y("sum:Q", title=program.currency, axis=axis, scale=scale)
    base = alt.Chart(values(fan))
    area = base.mark_area(opacity=0.22, color=LIGHT.treated)
    mean = base.mark_line(color=LIGHT.treated, strokeWidth=1.5, strokeDash=[4, 4])
    line = alt.Chart(values(taken)).mark_line(color=LIGHT.treated, strokeWidth=2.4)
    top = alt.Chart(values([{"limit": limit}]))
    layers = [
        area.encode(x=x, y=alt.Y("low:Q", axis=axis, title=program.currency), y2="high:Q"),
        mean.encode(x=x, y=alt.Y("mean:Q", axis=axis)),
        line.encode(x=x, y=y),
        top.mark_rule(color=LIGHT.compared, strokeWidth=1.8).encode(y="limit:Q"),
        top.mark_text(
            align="left", baseline="bottom", dx=4, dy=-3, fontSize=12, color=LIGHT.compared
        ).encode(x=alt.value(0), y="limit:Q", text=alt.value("budget")),
    ]
    shown = layers if fan else layers[2:]
    return alt.layer(*shown).properties(width=width - 60, height=_HEIGHT)


def _budget_words(program: Program, total: int, expected: Exhaustion | None) -> str:
    budget, currency = program.caps.budget or 0, program.currency
    words = f"{format_money(total, currency)} of {format_money(budget, currency)} is taken."
    if expected is None:
        return f"{words} Too few weeks are in to tell when it will be spent."
    if expected.likely_on is None:
        return f"{words} At the mean of the last weeks it lasts to the end."
    return f"{words} At the mean of the last weeks it is spent on {expected.likely_on}."


def promised_picture(
    program: Program, promised_minor: Mapping[dt.date, int], *, today: dt.date
) -> Picture | None:
    """Return what is owed by the day for which it is promised; None when nothing is."""
    if not any(promised_minor.values()):
        return None
    scale = Decimal(1).scaleb(-currency_exponent(program.currency))
    rows = [
        {
            "day": f"{day.day} {day:%b %Y}",
            "owed": float(amount * scale),
            "color": LIGHT.compared if day < today else LIGHT.treated,
            "words": format_money(amount, program.currency)
            + (", late" if day < today else ""),
        }
        for day, amount in sorted(promised_minor.items())
    ]
    total = format_money(sum(promised_minor.values()), program.currency)
    late = sum(amount for day, amount in promised_minor.items() if day < today)
    first = min(day for day, amount in promised_minor.items() if amount)
    words = f"{total} is owed, the first of it by {first}"
    words += f", {format_money(late, program.currency)} of it late." if late else "."
    return Picture(
        draw=lambda width: _draw_promised(rows, program.currency, width),
        name="promised",
        title="What is owed, by the day it is promised for",
        alternative=words,
        header=("promised for", f"owed, {program.currency}"),
        rows=tuple(
            (day.isoformat(), float(amount * scale))
            for day, amount in sorted(promised_minor.items())
        ),
    )


def _draw_promised(rows: Sequence[Mapping[str, Any]], currency: str, width: int) -> Any:
    order = [row["day"] for row in rows]
    base = alt.Chart(values(rows)).encode(
        y=alt.Y("day:N", title=None, sort=order, axis=alt.Axis(ticks=False, domain=False))
    )
    reach = max(row["owed"] for row in rows) * 1.45
    x = alt.X(
        "owed:Q",
        title=currency,
        scale=alt.Scale(domain=[0, reach], nice=False),
        axis=alt.Axis(tickCount=4, grid=False, format="~s", labelExpr=PLAIN_ZERO),
    )
    bars = base.mark_bar(height=14).encode(x=x, color=alt.Color("color:N", scale=None))
    words = base.mark_text(align="left", dx=5, fontSize=12, color=LIGHT.faint).encode(
        x=x, text="words:N"
    )
    return alt.layer(bars, words).properties(width=width - 90, height=30 * len(rows))
