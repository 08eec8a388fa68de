"""What is odd about the money and needs a person to look?"""

from __future__ import annotations

from typing import Final

import attrs

from openspiff.web.access import Viewer
from openspiff.web.models import PayeeName

from .kept_sums import asked, check_sums
from .liability import OverdueSum, overdue

SHOWN: Final = 20
UNUSUAL_TIMES: Final = 3
UNUSUAL_EVENTS: Final = 4
_OF_PAYEE: Final = """
    select p.payee_id, p.currency, p.balance_minor as amount, '' as program_id,
      '' as source, '' as event_id, 0 as other, count(*) over () as found
    from web_keptpayee p
    where {condition}
    order by amount{order}, p.payee_id limit {shown}
"""
# Beyond what is owed: clawed back, and not yet withheld from anything.
_NEGATIVE: Final = ("p.balance_minor < 0", "")
_UNKNOWN: Final = (
    "not exists (select 1 from web_payeename n where n.payee_id = p.payee_id)",
    " desc",
)
# What a payee is owed: accruals less reversals less payouts, clawbacks kept back from it.
_NO_METHOD: Final = (
    """p.balance_minor > 0 and not exists (
      select 1 from web_payoutmethod m where m.payee_id = p.payee_id)""",
    " desc",
)
_NO_CONSENT: Final = (
    """p.balance_minor > 0 and p.payee_id in (
      select n.payee_id from web_payeename n where n.firm_id <> ''
        and n.firm_id not in (
          select c.firm_id from web_firmconsent c
          where c.is_given and c.number = (
            select max(l.number) from web_firmconsent l where l.firm_id = c.firm_id)))""",
    " desc",
)
_UNUSUAL: Final = f"""
    select payee_id, currency, top_minor as amount, top_program_id, top_source,
      top_event_id, next_minor as other, count(*) over () as found
    from web_keptpayee
    where event_count > {UNUSUAL_EVENTS} and top_unpaid_minor > 0
      and top_minor > next_minor * {UNUSUAL_TIMES}
    order by amount desc, payee_id limit {SHOWN}
"""  # noqa: S608 (constants of this module)
_TWICE: Final = f"""
    select payee_id, currency, amount_minor as amount, program_id, source, event_id,
      event_count as other, count(*) over () as found
    from web_kepttwice order by amount desc, payee_id limit {SHOWN}
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
    check_sums(viewer)
    late, late_count = overdue(viewer, at=at, count=SHOWN)
    return Exceptions(
        negative=_of_payees(*_NEGATIVE),
        unknown=_of_payees(*_UNKNOWN),
        unusual=_found(_UNUSUAL),
        twice=_found(_TWICE),
        late=tuple(late),
        late_count=late_count,
        without_method=_of_payees(*_NO_METHOD),
        without_consent=_of_payees(*_NO_CONSENT),
    )


def _of_payees(condition: str, order: str) -> Found:
    return _found(_OF_PAYEE.format(condition=condition, order=order, shown=SHOWN))


def _found(sql: str) -> Found:
    rows = asked(sql)
    ids = {row[0] for row in rows}
    names = {row.payee_id: str(row) for row in PayeeName.objects.filter(payee_id__in=ids)}
    return Found(
        count=rows[0][7] if rows else 0,
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
