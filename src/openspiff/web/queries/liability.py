"""What is owed, by which day was it promised, and does that agree with the accounts?"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final

import attrs
from django.db import connection
from whenever import Instant

from openspiff.ledger import TrialBalance
from openspiff.program import Program, day_start
from openspiff.web.access import NotVisibleError, Viewer, sees_all_payees
from openspiff.web.models import PayeeName

from .payables import promised_day
from .programs import launched_programs

# As the ledger's own step: payments and reversals of a key use up its accruals in their
# order; it is owed since the first accrual that is not used up.
_OWED: Final = """
    with sums as (
      select program_id, source, event_id, payee_id,
        max(version) as version, max(currency) as currency,
        sum(case kind when 'accrual' then amount_minor when 'clawback' then 0
          else -amount_minor end) as unpaid,
        sum(case when kind in ('reversal', 'payout') then amount_minor else 0 end) as used
      from web_transfer
      group by program_id, source, event_id, payee_id
    ), accruals as (
      select program_id, source, event_id, payee_id, effective_at,
        sum(amount_minor) over (
          partition by program_id, source, event_id, payee_id order by number
          rows between unbounded preceding and current row
        ) as so_far
      from web_transfer where kind = 'accrual'
    ), owed as (
      select s.program_id, s.source, s.event_id, s.payee_id, s.version, s.currency,
        s.unpaid, min(a.effective_at) as accrued_at
      from sums s
      join accruals a on a.program_id = s.program_id and a.source = s.source
        and a.event_id = s.event_id and a.payee_id = s.payee_id
      where s.unpaid > 0 and a.so_far > s.used
      group by s.program_id, s.source, s.event_id, s.payee_id, s.version, s.currency,
        s.unpaid
    )
"""
_BY_MOMENT: Final = f"""
    {_OWED}
    select program_id, version, currency, accrued_at, count(*), count(distinct payee_id),
      sum(unpaid)
    from owed group by program_id, version, currency, accrued_at
"""  # noqa: S608 (constants of this module)
BUCKETS: Final = ("overdue", "week", "month", "later")
"""When it is due: the day has passed, within 7 days, within 30, after that."""
_WEEK, _MONTH = 7, 30


@attrs.frozen(kw_only=True)
class Promised:
    """What was promised by one day under one program."""

    program_id: str
    program_name: str
    currency: str
    promised_on: dt.date
    days_left: int
    event_count: int
    payee_count: int
    amount_minor: int

    @property
    def bucket(self) -> str:
        """How soon it is due: one of BUCKETS."""
        if self.days_left < 0:
            return "overdue"
        if self.days_left <= _WEEK:
            return "week"
        return "month" if self.days_left <= _MONTH else "later"


@attrs.frozen(kw_only=True)
class Reconciled:
    """The schedule of one currency beside the accounts; the difference must be nothing."""

    currency: str
    schedule_minor: int
    payable_minor: int
    receivable_minor: int

    @property
    def difference_minor(self) -> int:
        """What the schedule and the payable accounts disagree about."""
        return self.schedule_minor - self.payable_minor


@attrs.frozen(kw_only=True)
class OverdueSum:
    """What one payee waits for although its day has passed."""

    payee_id: str
    name: str
    program_id: str
    currency: str
    amount_minor: int
    promised_on: dt.date


def liability(viewer: Viewer, *, at: int) -> list[Promised]:
    """Return what is owed by program and promised day, the earliest day first.

    Days are counted as of `at`, in the zone of each program.
    """
    if not sees_all_payees(viewer):
        raise NotVisibleError("no schedule")
    terms = {(one.program_id, one.version): one for one in launched_programs(viewer)}
    with connection.cursor() as cursor:
        cursor.execute(_BY_MOMENT)
        rows = cursor.fetchall()
    sums: dict[tuple[str, str, dt.date], list[int]] = defaultdict(lambda: [0, 0, 0])
    programs: dict[str, Program] = {}
    for program_id, version, currency, accrued_at, *counts in rows:
        program = programs[program_id] = terms[program_id, version]
        found = sums[program_id, currency, promised_day(program, accrued_at)]
        for place, number in enumerate(counts):
            found[place] += int(number)
    return [
        Promised(
            program_id=program_id,
            program_name=programs[program_id].name,
            currency=currency,
            promised_on=promised_on,
            days_left=(promised_on - _day_of(at, programs[program_id])).days,
            event_count=events,
            payee_count=payees,
            amount_minor=amount,
        )
        for (program_id, currency, promised_on), (events, payees, amount) in sorted(
            sums.items(), key=lambda one: (one[0][2], one[0])
        )
    ]


def reconciled(schedule: Iterable[Promised], accounts: TrialBalance) -> list[Reconciled]:
    """Set the schedule against the payable accounts of the trial balance, by currency."""
    owed: dict[str, int] = defaultdict(int)
    payable: dict[str, int] = defaultdict(int)
    receivable: dict[str, int] = defaultdict(int)
    for one in schedule:
        owed[one.currency] += one.amount_minor
    for account in accounts.accounts:
        balance = account.credit_minor - account.debit_minor
        if account.account.startswith("payable:"):
            payable[account.currency] += balance
        elif account.account.startswith("receivable:"):
            receivable[account.currency] -= balance
    return [
        Reconciled(
            currency=currency,
            schedule_minor=owed[currency],
            payable_minor=payable[currency],
            receivable_minor=receivable[currency],
        )
        for currency in sorted({*owed, *payable, *receivable})
    ]


def overdue(viewer: Viewer, *, at: int, count: int) -> tuple[list[OverdueSum], int]:
    """Return who waits although the day has passed, most first, and how many there are."""
    if not sees_all_payees(viewer):
        raise NotVisibleError("no schedule")
    terms = {(one.program_id, one.version): one for one in launched_programs(viewer)}
    if not terms:
        return [], 0
    asked, values = _before_today(terms.values(), at)
    grouped = (
        f"{_OWED} select payee_id, program_id, version, currency, sum(unpaid) as amount,"  # noqa: S608
        f" min(accrued_at) as since from owed where {asked}"
        " group by payee_id, program_id, version, currency"
    )
    with connection.cursor() as cursor:
        cursor.execute(f"select count(*) from ({grouped}) q", values)  # noqa: S608
        whole = cursor.fetchone()[0]
        cursor.execute(
            f"{grouped} order by amount desc, payee_id limit {int(count)}", values
        )
        rows = cursor.fetchall()
    ids = {row[0] for row in rows}
    names = {row.payee_id: str(row) for row in PayeeName.objects.filter(payee_id__in=ids)}
    return [
        OverdueSum(
            payee_id=payee_id,
            name=names.get(payee_id, payee_id),
            program_id=program_id,
            currency=currency,
            amount_minor=int(amount),
            promised_on=promised_day(terms[program_id, version], since),
        )
        for payee_id, program_id, version, currency, amount, since in rows
    ], whole


def _before_today(programs: Iterable[Program], at: int) -> tuple[str, list[Any]]:
    """Return the condition of what was promised before today, with its values."""
    parts, values = [], list[Any]()
    for one in programs:
        last = _day_of(at, one) - dt.timedelta(days=one.promised_days)
        parts.append("(program_id = %s and version = %s and accrued_at < %s)")
        values += [one.program_id, one.version, day_start(last, one.window.zone)]
    return " or ".join(parts), values


def _day_of(at: int, program: Program) -> dt.date:
    plain = Instant.from_timestamp(at, unit="microsecond").to_tz(program.window.zone)
    return dt.date(plain.year, plain.month, plain.day)
