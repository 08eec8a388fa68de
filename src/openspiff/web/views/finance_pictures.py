"""What does finance see at a glance? Pictures of what is owed, of budgets, of months."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from openspiff.report import (
    BudgetUse,
    Chart,
    DueDay,
    Picture,
    budgets_picture,
    chart_csv,
    months_picture,
    owed_picture,
)
from openspiff.web.access import READ_FINANCE, Viewer
from openspiff.web.queries import budgets as budget_queries, liability
from openspiff.web.queries.budgets import MonthSum, ProgramBudget
from openspiff.web.queries.liability import Promised
from openspiff.web.queries.programs import books_zone

from ._doors import SignedInRequest, guarded, shown_at
from ._show import local_day

_COATS: Final = {
    "light": "light",
    "dark": "dark",
    "light-narrow": "light_narrow",
    "dark-narrow": "dark_narrow",
}


@guarded(READ_FINANCE)
@require_safe
def picture(request: SignedInRequest, name: str) -> HttpResponse:
    """Hand out one picture, in the coat that is asked for."""
    coat = _COATS.get(request.GET.get("coat", "light"), "light")
    chart = _drawn(_ByMark(_picture(request.user, name)))
    response = HttpResponse(getattr(chart, coat), content_type="image/svg+xml")
    # Its address carries a mark of what it shows, so it never goes stale.
    response["Cache-Control"] = "private, max-age=86400"
    return response


@guarded(READ_FINANCE)
@require_safe
def table(request: SignedInRequest, name: str) -> HttpResponse:
    """Hand out the numbers behind one picture as CSV."""
    text = chart_csv(_picture(request.user, name))
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def owed_pictures(viewer: Viewer, schedule: Sequence[Promised]) -> list[Picture]:
    """Return what is owed by when, a picture for each currency."""
    approved = liability.approved_by_day(viewer)
    today = local_day(shown_at(), books_zone(viewer))
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
    return [{"picture": one, "mark": _mark(one)} for one in pictures]


def _picture(viewer: Viewer, name: str) -> Picture:
    kind = name.partition("-")[0]
    found: list[Picture] = []
    if kind == "owed":
        found = owed_pictures(viewer, liability.liability(viewer, at=shown_at()))
    elif kind in {"budgets", "months"}:
        budgets = budget_queries.budgets(viewer, at=shown_at())
        found = budget_pictures(budgets)
        found += month_pictures(budget_queries.months(viewer, budgets))
    for one in found:
        if one.name == name:
            return one
    message = f"no picture {name}"
    raise Http404(message)


def _mark(one: Picture) -> str:
    said = repr((one.name, one.title, one.alternative, one.rows))
    return hashlib.sha256(said.encode()).hexdigest()[:16]


class _ByMark:
    """A picture that is known by its mark, so that equal ones are drawn once."""

    def __init__(self, picture: Picture) -> None:
        self.picture, self.mark = picture, _mark(picture)

    def __hash__(self) -> int:
        return hash(self.mark)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByMark) and self.mark == other.mark


@lru_cache(maxsize=32)
def _drawn(by_mark: _ByMark) -> Chart:
    """Draw it once for as long as it shows the same."""
    return by_mark.picture.chart()
