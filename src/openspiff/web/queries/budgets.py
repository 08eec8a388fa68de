"""How much of each budget is taken, by which month, and what is to be expected?"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Final

import attrs
from whenever import Instant

from openspiff.ledger import Kind
from openspiff.money import PPM
from openspiff.program import Program, Tickets
from openspiff.web.access import Viewer

from .figures import ProgramSums, program_sums
from .kept_sums import asked, check_sums
from .programs import programs_visible

_DAY: Final = 86_400_000_000
_DAYS_TOLD: Final = 7
_BY_MOMENT: Final = """
    select program_id, currency, effective_at, kind, sum(amount_minor)
    from web_keptbooking group by program_id, currency, effective_at, kind
"""


@attrs.frozen(kw_only=True)
class ProgramBudget:
    """One program: what may be spent, what is booked, paid, left and expected.

    `budget_minor` is None where the terms name none; `expected_minor` is what it comes to
    by the end of its window if it goes on at its own pace, None while that cannot be told;
    `elapsed_ppm` is the share of its window that is gone, in millionths.
    """

    program: Program
    budget_minor: int | None
    booked_minor: int
    paid_minor: int
    owed_minor: int
    expected_minor: int | None
    is_open: bool
    elapsed_ppm: int

    @property
    def left_minor(self) -> int | None:
        """What of the budget is not booked; while the program is open, it is reserved."""
        if self.budget_minor is None:
            return None
        return max(self.budget_minor - self.booked_minor, 0)

    @property
    def used_ppm(self) -> int:
        """Which share of the budget is booked, in millionths, at most a whole."""
        if not self.budget_minor:
            return 0
        return min(max(self.booked_minor, 0) * PPM // self.budget_minor, PPM)


@attrs.frozen(kw_only=True)
class BudgetSum:
    """All programs of one currency together."""

    currency: str
    budget_minor: int
    booked_minor: int
    paid_minor: int
    owed_minor: int
    reserved_minor: int


@attrs.frozen(kw_only=True)
class MonthSum:
    """What one month brought under one program."""

    month_on: dt.date
    program_id: str
    program_name: str
    currency: str
    booked_minor: int
    paid_minor: int


def budgets(viewer: Viewer, *, at: int) -> list[ProgramBudget]:
    """Return every launched program with its budget, the newest window first.

    Programs that pay in tickets are left out: their limit is no money.
    """
    sums = program_sums(viewer)
    return [
        _budget(one.program, sums.get(one.program.program_id, ProgramSums()), at)
        for one in programs_visible(viewer)
        if not one.is_draft and not isinstance(one.program.payout, Tickets)
    ]


def budget_sums(found: list[ProgramBudget]) -> list[BudgetSum]:
    """Add the programs up by currency; reserved is what open programs may still spend."""
    by_currency: dict[str, list[ProgramBudget]] = defaultdict(list)
    for one in found:
        by_currency[one.program.currency].append(one)
    return [
        BudgetSum(
            currency=currency,
            budget_minor=sum(one.budget_minor or 0 for one in group),
            booked_minor=sum(one.booked_minor for one in group),
            paid_minor=sum(one.paid_minor for one in group),
            owed_minor=sum(one.owed_minor for one in group),
            reserved_minor=sum(one.left_minor or 0 for one in group if one.is_open),
        )
        for currency, group in sorted(by_currency.items())
    ]


def months(viewer: Viewer, found: list[ProgramBudget]) -> list[MonthSum]:
    """Return what each month brought, the latest first, in the zone of each program."""
    check_sums(viewer)
    programs = {one.program.program_id: one.program for one in found}
    sums: dict[tuple[dt.date, str, str], list[int]] = defaultdict(lambda: [0, 0])
    for program_id, currency, at, kind, said in asked(_BY_MOMENT):
        amount = int(said)
        program = programs.get(program_id)
        key = (_month(at, program.window.zone if program else "UTC"), program_id, currency)
        if kind == Kind.PAYOUT:
            sums[key][1] += amount
        else:
            sums[key][0] += amount if kind == Kind.ACCRUAL else -amount
    return [
        MonthSum(
            month_on=month_on,
            program_id=program_id,
            program_name=programs[program_id].name
            if program_id in programs
            else program_id,
            currency=currency,
            booked_minor=booked,
            paid_minor=paid,
        )
        for (month_on, program_id, currency), (booked, paid) in sorted(
            sums.items(), key=lambda one: (-one[0][0].toordinal(), one[0][1:])
        )
    ]


def _budget(program: Program, sums: ProgramSums, at: int) -> ProgramBudget:
    booked = sums.entitled_minor
    window = program.window
    is_open = window.starts_at <= at < window.ends_at
    days, whole = (at - window.starts_at) // _DAY, window.ends_at - window.starts_at
    expected: int | None = None
    if at >= window.ends_at:
        expected = booked
    elif is_open and days >= _DAYS_TOLD:
        expected = booked * (whole // _DAY) // days
        if program.caps.budget is not None:
            expected = min(expected, program.caps.budget)
    return ProgramBudget(
        program=program,
        budget_minor=program.caps.budget,
        booked_minor=booked,
        paid_minor=sums.paid_minor,
        owed_minor=sums.owed_minor,
        expected_minor=expected,
        is_open=is_open,
        elapsed_ppm=min(max(at - window.starts_at, 0) * PPM // whole, PPM),
    )


def _month(at: int, zone: str) -> dt.date:
    plain = Instant.from_timestamp(at, unit="microsecond").to_tz(zone)
    return dt.date(plain.year, plain.month, 1)
