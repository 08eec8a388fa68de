"""Where did every payee stand at the end of a month, and what did the month bring?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any, Final

import attrs
from django.db import connection

from openspiff.program import day_start
from openspiff.web.access import NotVisibleError, Viewer, sees_all_payees

from .kept_sums import asked, check_sums

PAGE_SIZE: Final = 50
_SUMS: Final = """
    select currency,
      sum(case when effective_at >= %s then 0 when kind = 'accrual' then amount_minor
        else -amount_minor end),
      sum(case when effective_at >= %s and kind = 'accrual' then amount_minor else 0 end),
      sum(case when effective_at >= %s and kind in ('reversal', 'clawback')
        then amount_minor else 0 end),
      sum(case when effective_at >= %s and kind = 'payout' then amount_minor else 0 end),
      sum(case when kind = 'accrual' then amount_minor else -amount_minor end)
    from web_keptbooking where effective_at < %s
    group by currency order by currency
"""
_NAMED: Final = """ and k.payee_id in (
      select payee_id from web_payeename where lower(name) like %s union all select %s)"""
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
    """One page of the payees that were asked for, with the sums over all payees."""

    lines: tuple[MonthEnd, ...]
    sums: tuple[MonthEnd, ...]
    count: int
    number: int
    page_count: int


def month_end(
    viewer: Viewer, month_on: dt.date, *, zone: str, search: str = "", page: int = 1
) -> MonthEndPage:
    """Return where payees stood at the end of a month of `zone`, by id, a page of 50."""
    check_sums(viewer)
    start, end = _bounds(month_on, zone)
    which = "web_keptpayee k where k.first_at < %s"
    values: list[Any] = [end]
    if search:
        which += _NAMED
        values += [f"%{search.lower()}%", search]
    count = asked(f"select count(*) from {which}", values)[0][0]  # noqa: S608
    page_count = max(1, -(-count // PAGE_SIZE))
    number = min(max(page, 1), page_count)
    first = (number - 1) * PAGE_SIZE
    shown = (
        f"(select k.payee_id, k.currency from {which}"  # noqa: S608
        f" order by k.payee_id, k.currency limit {PAGE_SIZE} offset {first}) k join "
        "web_transfer t on t.payee_id = k.payee_id and t.currency = k.currency"
    )
    rows = asked(
        _LINES.replace("web_transfer t", shown, 1) + " order by t.payee_id, t.currency",
        [*[start] * 4, *values, end],
    )
    return MonthEndPage(
        lines=tuple(_line(row) for row in rows),
        sums=tuple(_line(("", "", "", *row)) for row in asked(_SUMS, [*[start] * 4, end])),
        count=count,
        number=number,
        page_count=page_count,
    )


def month_end_rows(viewer: Viewer, month_on: dt.date, *, zone: str) -> Iterator[MonthEnd]:
    """Yield every payee's month, by id."""
    if not sees_all_payees(viewer):
        raise NotVisibleError("no month-ends")
    start, end = _bounds(month_on, zone)
    with connection.cursor() as cursor:
        cursor.execute(f"{_LINES} order by t.payee_id, t.currency", [*[start] * 4, end])
        for row in cursor:
            yield _line(row)


def _bounds(month_on: dt.date, zone: str) -> tuple[int, int]:
    first = month_on.replace(day=1)
    after = (first + dt.timedelta(days=32)).replace(day=1)
    return day_start(first, zone), day_start(after, zone)


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
