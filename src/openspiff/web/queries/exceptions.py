"""What is odd about the money and needs a person to look?"""

from __future__ import annotations

from typing import Final

import attrs
from django.db import connection

from openspiff.web.access import NotVisibleError, Viewer, sees_all_payees
from openspiff.web.models import PayeeName

from .liability import OverdueSum, overdue

SHOWN: Final = 20
UNUSUAL_TIMES: Final = 3
UNUSUAL_EVENTS: Final = 4
_NET: Final = """
    select payee_id, program_id, currency, source, event_id,
      sum(case kind when 'accrual' then amount_minor when 'payout' then 0
        else -amount_minor end) as worth,
      sum(case kind when 'accrual' then amount_minor when 'clawback' then 0
        else -amount_minor end) as unpaid
    from web_transfer group by payee_id, program_id, currency, source, event_id
"""
# Beyond what is owed: clawed back, and not yet withheld from anything.
_NEGATIVE: Final = """
    select payee_id, currency, sum(case kind when 'accrual' then amount_minor
      else -amount_minor end) as amount, '' as program_id, '' as source, '' as event_id,
      0 as other
    from web_transfer group by payee_id, currency
    having sum(case kind when 'accrual' then amount_minor else -amount_minor end) < 0
"""
_UNKNOWN: Final = """
    select t.payee_id, t.currency, sum(case t.kind when 'accrual' then t.amount_minor
      else -t.amount_minor end) as amount, '' as program_id, '' as source,
      '' as event_id, 0 as other
    from web_transfer t
    where not exists (select 1 from web_payeename n where n.payee_id = t.payee_id)
    group by t.payee_id, t.currency
"""
_UNUSUAL: Final = f"""
    select payee_id, currency, worth as amount, program_id, source, event_id, other
    from (
      select n.*,
        row_number() over (
          partition by payee_id, currency order by worth desc, source, event_id
        ) as place,
        lead(worth) over (
          partition by payee_id, currency order by worth desc, source, event_id
        ) as other,
        count(*) over (partition by payee_id, currency) as events
      from ({_NET}) n where worth > 0
    ) ranked
    where place = 1 and events > {UNUSUAL_EVENTS} and unpaid > 0
      and worth > other * {UNUSUAL_TIMES}
"""  # noqa: S608 (constants of this module)
# What a payee is owed: accruals less reversals less payouts, clawbacks kept back from it.
_OWED: Final = """
    select t.payee_id, t.currency, sum(case t.kind when 'accrual' then t.amount_minor
      else -t.amount_minor end) as amount, '' as program_id, '' as source,
      '' as event_id, 0 as other
    from web_transfer t
    where {condition}
    group by t.payee_id, t.currency
    having sum(case t.kind when 'accrual' then t.amount_minor
      else -t.amount_minor end) > 0
"""
_NO_METHOD: Final = _OWED.format(
    condition="""not exists (
      select 1 from web_payoutmethod m where m.payee_id = t.payee_id)"""
)
_NO_CONSENT: Final = _OWED.format(
    condition="""exists (
      select 1 from web_payeename n where n.payee_id = t.payee_id and n.firm_id <> ''
        and not exists (
          select 1 from web_firmconsent c where c.firm_id = n.firm_id
            and c.is_given and c.number = (
              select max(l.number) from web_firmconsent l where l.firm_id = n.firm_id)))"""
)
_TWICE: Final = f"""
    select payee_id, currency, sum(worth) as amount, program_id,
      max(source) as source, max(event_id) as event_id, count(*) as other
    from ({_NET}) n where worth > 0
    group by payee_id, program_id, currency, lower(trim(event_id)) having count(*) > 1
"""  # noqa: S608 (constants of this module)


@attrs.frozen(kw_only=True)
class Exceptional:
    """One payee whose money is odd: the amount, and the event that it is about if any.

    `other` is what the rule compares with: the next largest amount, or how many times.
    """

    payee_id: str
    name: str
    currency: str
    amount_minor: int
    program_id: str
    source: str
    event_id: str
    other: int


@attrs.frozen(kw_only=True)
class Found:
    """What one rule found: the first of them, most money first, and how many in all."""

    rows: tuple[Exceptional, ...]
    count: int


@attrs.frozen(kw_only=True)
class Exceptions:
    """Everything that needs a person."""

    negative: Found
    unknown: Found
    unusual: Found
    twice: Found
    late: tuple[OverdueSum, ...]
    late_count: int
    without_method: Found
    without_consent: Found

    @property
    def count(self) -> int:
        """How many need somebody."""
        parts = (
            *(self.negative, self.unknown, self.unusual, self.twice),
            *(self.without_method, self.without_consent),
        )
        return sum(one.count for one in parts) + self.late_count


def exceptions(viewer: Viewer, *, at: int) -> Exceptions:
    """Return what is odd; days are counted as of `at`. Raises NotVisibleError."""
    if not sees_all_payees(viewer):
        raise NotVisibleError("no exceptions")
    late, late_count = overdue(viewer, at=at, count=SHOWN)
    return Exceptions(
        negative=_found(_NEGATIVE, "amount"),
        unknown=_found(_UNKNOWN, "amount desc"),
        unusual=_found(_UNUSUAL, "amount desc"),
        twice=_found(_TWICE, "amount desc"),
        late=tuple(late),
        late_count=late_count,
        without_method=_found(_NO_METHOD, "amount desc"),
        without_consent=_found(_NO_CONSENT, "amount desc"),
    )


def _found(sql: str, order: str) -> Found:
    with connection.cursor() as cursor:
        cursor.execute(f"select count(*) from ({sql}) q")  # noqa: S608
        count = cursor.fetchone()[0]
        rows = []
        if count:
            cursor.execute(
                f"select * from ({sql}) q order by {order}, payee_id limit {SHOWN}"  # noqa: S608
            )
            rows = cursor.fetchall()
    ids = {row[0] for row in rows}
    names = {row.payee_id: str(row) for row in PayeeName.objects.filter(payee_id__in=ids)}
    return Found(
        count=count,
        rows=tuple(
            Exceptional(
                payee_id=row[0],
                name=names.get(row[0], row[0]),
                currency=row[1],
                amount_minor=int(row[2]),
                program_id=row[3],
                source=row[4],
                event_id=row[5],
                other=int(row[6] or 0),
            )
            for row in rows
        ),
    )
