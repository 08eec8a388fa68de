"""What is owed, by which day was it promised, and does that agree with the accounts?"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final

import attrs
from django.db.models import Sum
from whenever import Instant

from openspiff.program import Program, day_start
from openspiff.web.access import NotVisibleError, Viewer, sees_all_payees
from openspiff.web.models import ApprovalLine, BatchState, PayeeName

from .account_lines import AccountLine
from .kept_sums import asked, check_sums
from .payables import promised_day
from .programs import launched_programs

_BY_MOMENT: Final = """
    select program_id, version, currency, accrued_at, sum(event_count), count(*),
      sum(amount_minor)
    from web_keptowed group by program_id, version, currency, accrued_at
"""
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
    check_sums(viewer)
    terms = {(one.program_id, one.version): one for one in launched_programs(viewer)}
    rows = asked(_BY_MOMENT)
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


def reconciled(
    schedule: Iterable[Promised], accounts: Iterable[AccountLine]
) -> list[Reconciled]:
    """Set the schedule against the payable accounts, by currency."""
    owed: dict[str, int] = defaultdict(int)
    payable: dict[str, int] = defaultdict(int)
    receivable: dict[str, int] = defaultdict(int)
    for one in schedule:
        owed[one.currency] += one.amount_minor
    for account in accounts:
        if account.kind == "payable":
            payable[account.currency] -= account.balance_minor
        elif account.kind == "receivable":
            receivable[account.currency] += account.balance_minor
    return [
        Reconciled(
            currency=currency,
            schedule_minor=owed[currency],
            payable_minor=payable[currency],
            receivable_minor=receivable[currency],
        )
        for currency in sorted({*owed, *payable, *receivable})
    ]


def overdue_sums(schedule: Iterable[Promised]) -> dict[str, int]:
    """Return what is owed although its day has passed, by currency."""
    sums: dict[str, int] = defaultdict(int)
    for one in schedule:
        if one.bucket == "overdue":
            sums[one.currency] += one.amount_minor
    return dict(sums)


def approved_by_day(viewer: Viewer) -> dict[tuple[str, dt.date], int]:
    """Return what stands in approved batches, by currency and promised day."""
    if not sees_all_payees(viewer):
        raise NotVisibleError("no batches")
    lines = ApprovalLine.objects.filter(batch__state=BatchState.APPROVED).order_by()
    rows = lines.values_list("currency", "promised_on").annotate(Sum("amount_minor"))
    return {(currency, day): amount for currency, day, amount in rows}


def overdue(viewer: Viewer, *, at: int, count: int) -> tuple[list[OverdueSum], int]:
    """Return who waits although the day has passed, most first, and how many there are."""
    check_sums(viewer)
    terms = {(one.program_id, one.version): one for one in launched_programs(viewer)}
    if not terms:
        return [], 0
    before, values = _promised_before(terms.values(), at)
    rows = asked(
        "select payee_id, program_id, version, currency, sum(amount_minor) as amount,"  # noqa: S608
        f" min(accrued_at), count(*) over () from web_keptowed where accrued_at < {before}"
        " group by payee_id, program_id, version, currency"
        f" order by amount desc, payee_id limit {int(count)}",
        values,
    )
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
        for payee_id, program_id, version, currency, amount, since, _ in rows
    ], rows[0][6] if rows else 0


def _promised_before(programs: Iterable[Program], at: int) -> tuple[str, list[Any]]:
    """Return the moment before which a version's money was promised by yesterday.

    Written as one expression: joined as a table it takes twice as long on SQLite.
    """
    parts, values = [], list[Any]()
    for one in programs:
        last = _day_of(at, one) - dt.timedelta(days=one.promised_days)
        parts.append("when program_id = %s and version = %s then %s")
        values += [one.program_id, one.version, day_start(last, one.window.zone)]
    return f"case {' '.join(parts)} else 0 end", values


def _day_of(at: int, program: Program) -> dt.date:
    plain = Instant.from_timestamp(at, unit="microsecond").to_tz(program.window.zone)
    return dt.date(plain.year, plain.month, plain.day)
