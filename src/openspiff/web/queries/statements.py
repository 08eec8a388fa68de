"""What has a payee earned, what was paid, what is still to come and by when?"""

from __future__ import annotations

import datetime as dt
import functools
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final

import attrs
from django.db import connection
from whenever import Instant

from openspiff.ledger import (
    STATEMENT_COLUMNS,
    Kind,
    Statement,
    StatementLine,
    StatementMonth,
    month_digest,
    statement,
)
from openspiff.program import Program
from openspiff.web.access import NotVisibleError, Viewer
from openspiff.web.models import Transfer

from .people import Payee, payee
from .programs import launched_programs

_PROGRAM: Final = STATEMENT_COLUMNS.index("program_id")
_OF_PAYEE: Final = f"""
    select {", ".join(STATEMENT_COLUMNS)}, version from web_transfer
    where payee_id = %s order by sequence
"""  # noqa: S608 (constants of the ledger)


@attrs.frozen(kw_only=True)
class Balance:
    """One currency of a payee, in minor units.

    `earned_minor` is what the events are worth as booked, `paid_minor` what was paid,
    `owed_minor` their difference: below zero it is to be given back. `wanted_back_minor`
    is what was paid for events that were taken back, already taken off in the others.
    """

    currency: str
    earned_minor: int
    paid_minor: int
    owed_minor: int
    wanted_back_minor: int


@attrs.frozen(kw_only=True)
class Promise:
    """What is to be paid by one day, under one program."""

    program_id: str
    program_name: str
    amount_minor: int
    currency: str
    event_count: int
    promised_on: dt.date


@attrs.frozen(kw_only=True)
class PayeeAccount:
    """A payee's statement with its sums and promises; `zone` is that of all its days."""

    payee: Payee
    statement: Statement
    balances: tuple[Balance, ...]
    promises: tuple[Promise, ...]
    program_names: dict[str, str]
    zone: str


@attrs.frozen
class EarnedEvent:
    """What is booked for one event of a payee under one program, in minor units."""

    earned_minor: int
    paid_minor: int


def statement_for(viewer: Viewer, payee_id: str) -> PayeeAccount:
    """Return everything booked for a payee; it equals the books at any moment.

    Raises NotVisibleError when the viewer may not see this payee.
    """
    who = payee(viewer, payee_id)
    with connection.cursor() as cursor:
        cursor.execute(_OF_PAYEE, [who.payee_id])
        rows = cursor.fetchall()
    return account_from_rows(who, launched_programs(viewer), rows)


def account_from_rows(
    who: Payee, programs: Iterable[Program], rows: Iterable[tuple[Any, ...]]
) -> PayeeAccount:
    """Return everything booked for a payee whom the viewer may see.

    `programs` are all launched versions, `rows` the payee's transfers in the order of the
    books: STATEMENT_COLUMNS, then the version.
    """
    terms = {(one.program_id, one.version): one for one in programs}
    booked = [(row[:-1], row[-1]) for row in rows]
    versions = {row[0]: version for row, version in booked}
    zone = _zone(booked[-1][0][_PROGRAM] if booked else "", terms)
    told = statement((row for row, _ in booked), payee_id=who.payee_id, zone=zone)
    lines = [line for month in told.months for line in month.lines]
    return PayeeAccount(
        payee=who,
        statement=told,
        balances=tuple(_balances(lines)),
        promises=tuple(_promises(lines, versions, terms)),
        program_names={program_id: one.name for (program_id, _), one in terms.items()},
        zone=zone,
    )


@attrs.frozen(kw_only=True)
class MonthAccount:
    """One month of a payee: its lines in one currency or more, and the months beside it.

    `digests` are those of the lines, by currency; `earlier` and `later` are "" where there
    is no such month.
    """

    account: PayeeAccount
    month: str
    parts: tuple[StatementMonth, ...]
    digests: dict[str, str]
    earlier: str
    later: str


def month_for(viewer: Viewer, payee_id: str, month: str) -> MonthAccount:
    """Return one month (`2026-03`) of a payee's statement, as the books have it.

    Raises NotVisibleError when the viewer may not see this payee, or nothing was booked in
    that month.
    """
    account = statement_for(viewer, payee_id)
    names = sorted({one.month for one in account.statement.months})
    if month not in names:
        message = f"nothing booked in {month}"
        raise NotVisibleError(message)
    place = names.index(month)
    parts = tuple(one for one in account.statement.months if one.month == month)
    return MonthAccount(
        account=account,
        month=month,
        parts=parts,
        digests={one.currency: month_digest(one) for one in parts},
        earlier=names[place - 1] if place else "",
        later=names[place + 1] if place + 1 < len(names) else "",
    )


def booked_for_event(
    viewer: Viewer, payee_id: str, *, source: str, event_id: str
) -> dict[str, EarnedEvent]:
    """Return what is booked for one event of a payee, by program.

    Raises NotVisibleError when the viewer may not see this payee.
    """
    payee(viewer, payee_id)
    sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    rows = Transfer.objects.filter(payee_id=payee_id, source=source, event_id=event_id)
    for program_id, kind, amount in rows.values_list("program_id", "kind", "amount_minor"):
        sums[program_id][kind] += amount
    return {
        program_id: EarnedEvent(
            earned_minor=by[Kind.ACCRUAL] - by[Kind.REVERSAL] - by[Kind.CLAWBACK],
            paid_minor=by[Kind.PAYOUT],
        )
        for program_id, by in sums.items()
    }


def _balances(lines: Iterable[StatementLine]) -> Iterable[Balance]:
    earned: dict[str, int] = defaultdict(int)
    paid: dict[str, int] = defaultdict(int)
    wanted_back: dict[str, int] = defaultdict(int)
    for line in lines:
        if line.kind is Kind.PAYOUT:
            paid[line.currency] -= line.change_minor
        else:
            earned[line.currency] += line.change_minor
        if line.kind is Kind.CLAWBACK:
            wanted_back[line.currency] -= line.change_minor
    for currency in sorted({*earned, *paid}):
        yield Balance(
            currency=currency,
            earned_minor=earned[currency],
            paid_minor=paid[currency],
            owed_minor=earned[currency] - paid[currency],
            wanted_back_minor=wanted_back[currency],
        )


def _promises(
    lines: Iterable[StatementLine],
    versions: dict[int, int],
    terms: dict[tuple[str, int], Program],
) -> Iterable[Promise]:
    """Yield what is owed, by program and day: the promise runs from the first accrual."""
    owed: dict[tuple[str, str, str], int] = defaultdict(int)
    since: dict[tuple[str, str, str], StatementLine] = {}
    for line in lines:
        if line.kind is Kind.CLAWBACK:
            continue
        key = (line.program_id, line.source, line.event_id)
        if owed[key] == 0:
            since[key] = line
        owed[key] += line.change_minor
    by_day: dict[tuple[dt.date, str], list[int]] = defaultdict(list)
    local_day = functools.cache(_local_day)
    for key, amount in owed.items():
        if amount:
            program = terms[key[0], versions[since[key].sequence]]
            booked_on = local_day(since[key].effective_at, program.window.zone)
            promised_on = booked_on + dt.timedelta(days=program.promised_days)
            by_day[promised_on, key[0]].append(amount)
    newest = {program_id: one for (program_id, _), one in terms.items()}
    for (promised_on, program_id), amounts in sorted(by_day.items()):
        yield Promise(
            program_id=program_id,
            program_name=newest[program_id].name,
            amount_minor=sum(amounts),
            currency=newest[program_id].currency,
            event_count=len(amounts),
            promised_on=promised_on,
        )


def _zone(program_id: str, terms: dict[tuple[str, int], Program]) -> str:
    """Return the zone of the program that last moved this payee's money, else UTC."""
    zones = [one.window.zone for (name, _), one in terms.items() if name == program_id]
    return zones[-1] if zones else "UTC"


def _local_day(at: int, zone: str) -> dt.date:
    moment = Instant.from_timestamp(at, unit="microsecond").to_tz(zone)
    return dt.date(moment.year, moment.month, moment.day)
