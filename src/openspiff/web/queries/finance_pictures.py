"""What does finance see at a glance? Pictures of what is owed, of budgets, of months."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence

from openspiff.program import day_of
from openspiff.report import (
    BudgetUse,
    DueDay,
    Picture,
    budgets_picture,
    months_picture,
    owed_picture,
)
from openspiff.web.access import NotVisibleError, Viewer

from . import budgets as budget_queries, liability
from ._drawings import mark_of, svg_of
from .budgets import MonthSum, ProgramBudget
from .liability import Promised
from .programs import books_zone


def finance_pictures(viewer: Viewer, *, at: int) -> list[Picture]:
    """Return every picture of finance; raises NotVisibleError for outsiders."""
    return [*_owed(viewer, at), *_spent(viewer, at)]


def finance_picture(viewer: Viewer, name: str, *, at: int) -> Picture:
    """Return one picture; raises NotVisibleError when there is none of this name."""
    kind = name.partition("-")[0]
    found: list[Picture] = []
    if kind == "owed":
        found = _owed(viewer, at)
    elif kind in {"budgets", "months"}:
        found = _spent(viewer, at)
    for one in found:
        if one.name == name:
            return one
    message = f"no picture {name}"
    raise NotVisibleError(message)


def finance_drawing(viewer: Viewer, name: str, *, coat: str, at: int) -> str:
    """Return one picture as SVG; raises NotVisibleError when there is none."""
    return svg_of(finance_picture(viewer, name, at=at), coat)


def owed_pictures(
    viewer: Viewer, schedule: Sequence[Promised], *, at: int
) -> list[Picture]:
    """Return what is owed by when, a picture for each currency."""
    approved = liability.approved_by_day(viewer)
    today = day_of(at, books_zone(viewer))
    owed: dict[str, dict[dt.date, int]] = defaultdict(lambda: defaultdict(int))
    for one in schedule:
        owed[one.currency][one.promised_on] += one.amount_minor
    return [
        owed_picture(
            [
                DueDay(
                    promised_on=day,
                    owed_minor=amount,
                    approved_minor=approved.get((currency, day), 0),
                )
                for day, amount in sorted(days.items())
            ],
            currency=currency,
            today=today,
        )
        for currency, days in sorted(owed.items())
    ]


def budget_pictures(found: Iterable[ProgramBudget]) -> list[Picture]:
    """Return the budgets against the time that is gone: open programs, else all."""
    limited = [one for one in found if one.budget_minor]
    shown = [one for one in limited if one.is_open] or limited
    uses = [
        BudgetUse(name=one.program.name, used_ppm=one.used_ppm, elapsed_ppm=one.elapsed_ppm)
        for one in shown
    ]
    drawn = budgets_picture(uses)
    return [] if drawn is None else [drawn]


def month_pictures(found: Iterable[MonthSum]) -> list[Picture]:
    """Return booked and paid by month, a picture for each currency."""
    sums: dict[str, dict[dt.date, tuple[int, int]]] = defaultdict(dict)
    for one in found:
        booked, paid = sums[one.currency].get(one.month_on, (0, 0))
        sums[one.currency][one.month_on] = (
            booked + one.booked_minor,
            paid + one.paid_minor,
        )
    drawn = (months_picture(sums[one], currency=one) for one in sorted(sums))
    return [one for one in drawn if one is not None]


def marked(pictures: Iterable[Picture]) -> list[dict[str, object]]:
    """Return pictures for a page, each with the mark of what it shows."""
    return [{"picture": one, "mark": mark_of(one)} for one in pictures]


def _owed(viewer: Viewer, at: int) -> list[Picture]:
    return owed_pictures(viewer, liability.liability(viewer, at=at), at=at)


def _spent(viewer: Viewer, at: int) -> list[Picture]:
    budgets = budget_queries.budgets(viewer, at=at)
    return [
        *budget_pictures(budgets),
        *month_pictures(budget_queries.months(viewer, budgets)),
    ]
