"""Where did every payee stand at the end of a month, and what did the month bring?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any, Final

import attrs
from django.db import connection

from openspiff.program import day_start
from openspiff.web.access import NotVisibleError, Viewer, sees_all_payees

from .programs import programs_visible

PAGE_SIZE: Final = 50
_SIGNED: Final = "case t.kind when 'accrual' then t.amount_minor else -t.amount_minor end"
_LINES: Final = f"""
    select t.payee_id, coalesce(max(n.name), '') as name, coalesce(max(n.firm_id), '')
        as firm_id, t.currency,
      sum(case when t.effective_at < %s then {_SIGNED} else 0 end) as opening,
      sum(case when t.effective_at >= %s and t.kind = 'accrual' then t.amount_minor
        else 0 end) as earned,
      sum(case when t.effective_at >= %s and t.kind in ('reversal', 'clawback')
        then t.amount_minor else 0 end) as taken_back,
      sum(case when t.effective_at >= %s and t.kind = 'payout' then t.amount_minor
        else 0 end) as paid,
      sum({_SIGNED}) as closing
    from web_transfer t left join web_payeename n on n.payee_id = t.payee_id
    where t.effective_at < %s
    group by t.payee_id, t.currency
"""  # noqa: S608 (constants of this module)


@attrs.frozen(kw_only=True)
class MonthEnd:
    """One payee's month in one currency: opening + earned - taken back - paid = closing."""

    payee_id: str
    name: str
    firm_id: str
    currency: str
    opening_minor: int
    earned_minor: int
    taken_back_minor: int
    paid_minor: int
    closing_minor: int


@attrs.frozen(kw_only=True)
class MonthEndPage:
    """One page of payees, with the sums over all of them."""

    lines: tuple[MonthEnd, ...]
    sums: tuple[MonthEnd, ...]
    count: int
    number: int
    page_count: int


def month_end(
    viewer: Viewer, month_on: dt.date, *, zone: str, search: str = "", page: int = 1
) -> MonthEndPage:
    """Return where payees stood at the end of a month of `zone`, by id, a page of 50."""
    sql, values = _asked(viewer, month_on, zone, search)
    with connection.cursor() as cursor:
        cursor.execute(
            "select currency, count(*), sum(opening), sum(earned), sum(taken_back),"  # noqa: S608
            f" sum(paid), sum(closing) from ({sql}) q group by currency order by currency",
            values,
        )
        summed = cursor.fetchall()
        count = sum(row[1] for row in summed)
        page_count = max(1, -(-count // PAGE_SIZE))
        number = min(max(page, 1), page_count)
        start = (number - 1) * PAGE_SIZE
        cursor.execute(
            f"{sql} order by t.payee_id, t.currency limit {PAGE_SIZE} offset {start}",
            values,
        )
        rows = cursor.fetchall()
    return MonthEndPage(
        lines=tuple(_line(row) for row in rows),
        sums=tuple(_line(("", "", "", row[0], *row[2:])) for row in summed),
        count=count,
        number=number,
        page_count=page_count,
    )


def books_zone(viewer: Viewer) -> str:
    """Return the zone in which months are counted: that of the newest launched program."""
    found = [one for one in programs_visible(viewer) if not one.is_draft]
    return found[0].program.window.zone if found else "UTC"


def month_end_rows(viewer: Viewer, month_on: dt.date, *, zone: str) -> Iterator[MonthEnd]:
    """Yield every payee's month, by id."""
    sql, values = _asked(viewer, month_on, zone, "")
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} order by t.payee_id, t.currency", values)
        for row in cursor:
            yield _line(row)


def _asked(
    viewer: Viewer, month_on: dt.date, zone: str, search: str
) -> tuple[str, list[Any]]:
    if not sees_all_payees(viewer):
        raise NotVisibleError("no month-ends")
    start = day_start(month_on.replace(day=1), zone)
    after = (month_on.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
    values: list[Any] = [start, start, start, start, day_start(after, zone)]
    if not search:
        return _LINES, values
    part = f"%{search.lower()}%"
    where = " and (lower(n.name) like %s or t.payee_id = %s) group by"
    return _LINES.replace(" group by", where), [*values, part, search]


def _line(row: Any) -> MonthEnd:
    payee_id, name, firm_id, currency, *amounts = row
    opening, earned, taken_back, paid, closing = (int(one) for one in amounts)
    return MonthEnd(
        payee_id=payee_id,
        name=name or payee_id,
        firm_id=firm_id,
        currency=currency,
        opening_minor=opening,
        earned_minor=earned,
        taken_back_minor=taken_back,
        paid_minor=paid,
        closing_minor=closing,
    )
