"""What could be paid now, to whom, and who is left out why? As the ledger would pay it."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

import attrs
from whenever import Instant

from openspiff.engine import DuckDBEngine
from openspiff.ledger import (
    ChosenPayouts,
    OwedSum,
    Transfers,
    owed_sums,
    payout_digest,
    payouts as ledger_payouts,
)
from openspiff.money import to_minor
from openspiff.program import Program
from openspiff.web.access import NotVisibleError, Viewer, sees_all_payees
from openspiff.web.models import (
    ApprovalBatch,
    ApprovalLine,
    BatchState,
    Hold,
    HoldKind,
    PayeeName,
    utc_day,
)

from .books import open_books
from .programs import launched_programs

_LIVE: Final = (BatchState.PREPARED, BatchState.APPROVED)
_LEFT_OUT_SHOWN: Final = 200


@attrs.frozen(kw_only=True)
class BatchFilters:
    """What is asked for: nothing named means all; `least` is per payee, in whole units."""

    program_ids: tuple[str, ...] = ()
    firm_ids: tuple[str, ...] = ()
    promised_by: dt.date | None = None
    least: str = ""

    def as_record(self) -> dict[str, Any]:
        """Return the filters as plain values, those that ask for something."""
        record = {
            "program_ids": list(self.program_ids),
            "firm_ids": list(self.firm_ids),
            "promised_by": "" if self.promised_by is None else str(self.promised_by),
            "least": self.least,
        }
        return {name: value for name, value in record.items() if value}

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> BatchFilters:
        """Return the filters that `as_record` wrote."""
        by = record.get("promised_by")
        return cls(
            program_ids=tuple(record.get("program_ids", ())),
            firm_ids=tuple(record.get("firm_ids", ())),
            promised_by=dt.date.fromisoformat(by) if by else None,
            least=record.get("least", ""),
        )


@attrs.frozen(kw_only=True)
class PayableLine:
    """One sum that is owed, by when it was promised, and why it would not be paid now."""

    owed: OwedSum
    promised_on: dt.date
    why_not: str = ""


@attrs.frozen(kw_only=True)
class LeftOut:
    """What one payee does not get under one program, and why."""

    payee_id: str
    program_id: str
    currency: str
    amount_minor: int
    reason: str


@attrs.frozen(kw_only=True)
class Payables:
    """What would be paid, in books that end at the transfer number `after`."""

    filters: BatchFilters
    after: int
    digest: str
    lines: tuple[PayableLine, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def totals(self) -> dict[str, int]:
        """What would be paid in all, in minor units by currency."""
        totals: dict[str, int] = defaultdict(int)
        for line in self.lines:
            totals[line.owed.currency] += line.owed.paid_minor
        return dict(totals)

    @property
    def payee_count(self) -> int:
        """How many payees would be paid."""
        return len({line.owed.payee_id for line in self.lines})

    @property
    def left_out_counts(self) -> list[tuple[str, int]]:
        """Each reason with how many were left out for it, most of them first."""
        return Counter(one.reason for one in self.left_out).most_common()

    def left_out_record(self) -> list[dict[str, Any]]:
        """Return who was left out as plain values, as many as are kept."""
        return [attrs.asdict(one) for one in self.left_out[:_LEFT_OUT_SHOWN]]


def payables(
    viewer: Viewer,
    engine: DuckDBEngine,
    filters: BatchFilters,
    *,
    at: int,
    apart_from: int = 0,
) -> Payables:
    """Return what is owed at a moment and would be paid, and who is left out why.

    What waits in another batch than number `apart_from` is left out. Raises NotVisibleError
    for those who do not see all payees, and PayoutError.
    """
    after, launched = _open_payouts(viewer, engine, at=at)
    found = list(_lines(owed_sums(engine), filters, launched))
    found = _judged(found, _reasons(found, at=at, apart_from=apart_from))
    found = _large_enough(found, filters)
    lines = tuple(one for one in found if not one.why_not)
    return Payables(
        filters=filters,
        after=after,
        digest=payout_digest([one.owed for one in lines], after=after),
        lines=lines,
        left_out=tuple(_left_out(one for one in found if one.why_not)),
    )


def batch_transfers(
    viewer: Viewer, engine: DuckDBEngine, number: int, *, at: int
) -> Transfers:
    """Return the payouts of exactly the lines of a batch; raises NotVisibleError.

    The act that books them compares them with the lines: what can no longer be paid is
    missing here.
    """
    batch = ApprovalBatch.objects.filter(pk=number).first()
    if batch is None or not sees_all_payees(viewer):
        message = f"no batch {number}"
        raise NotVisibleError(message)
    sums = tuple(
        OwedSum(
            payee_id=line.payee_id,
            firm_id=line.firm_id,
            program_id=line.program_id,
            version=line.version,
            currency=line.currency,
            accrued_at=line.accrued_at,
            event_count=line.event_count,
            unpaid_minor=line.amount_minor + line.withheld_minor,
            paid_minor=line.amount_minor,
        )
        for line in batch.lines.iterator(chunk_size=5_000)
    )
    return chosen_payouts(viewer, engine, sums, run_id=batch.run_id, at=at)


def chosen_payouts(
    viewer: Viewer, engine: DuckDBEngine, sums: tuple[OwedSum, ...], *, run_id: str, at: int
) -> Transfers:
    """Return the payouts of some of what is owed, under the name `run_id`."""
    after = open_books(viewer, engine)
    return ledger_payouts(
        engine,
        programs=launched_programs(viewer),
        as_of=at,
        recorded_at=at,
        after=after,
        chosen=ChosenPayouts(run_id=run_id, sums=sums),
    )


def free_payouts(viewer: Viewer, engine: DuckDBEngine, *, at: int) -> Transfers:
    """Return the payouts of all that is owed and not on hold, without any approval."""
    launched = launched_programs(viewer)
    after = open_books(viewer, engine)

    def pay(chosen: ChosenPayouts | None) -> Transfers:
        return ledger_payouts(
            engine,
            programs=launched,
            as_of=at,
            recorded_at=at,
            after=after,
            chosen=chosen,
        )

    whole = pay(None)
    holds = list(Hold.objects.active(utc_day(at)).values_list("kind", "held_id"))
    if not holds:
        return whole
    free = tuple(
        one
        for one in owed_sums(engine)
        if not {
            (HoldKind.PAYEE, one.payee_id),
            (HoldKind.FIRM, one.firm_id),
            (HoldKind.PROGRAM, one.program_id),
        }
        & {(HoldKind(kind), held_id) for kind, held_id in holds}
    )
    return pay(ChosenPayouts(run_id=whole.booking.run_id, sums=free))


def promised_day(program: Program, accrued_at: int) -> dt.date:
    """Return the day by which what was booked at a moment is promised, in its zone."""
    plain = Instant.from_timestamp(accrued_at, unit="microsecond").to_tz(
        program.window.zone
    )
    booked_on = dt.date(plain.year, plain.month, plain.day)
    return booked_on + dt.timedelta(days=program.promised_days)


def _open_payouts(
    viewer: Viewer, engine: DuckDBEngine, *, at: int
) -> tuple[int, list[Program]]:
    launched = launched_programs(viewer)
    after = open_books(viewer, engine)
    ledger_payouts(engine, programs=launched, as_of=at, recorded_at=at, after=after)
    return after, launched


def _lines(
    sums: Iterable[OwedSum], filters: BatchFilters, launched: Iterable[Program]
) -> Iterable[PayableLine]:
    """Yield what the filters ask for, each with the day promised."""
    terms = {(one.program_id, one.version): one for one in launched}
    for one in sums:
        if filters.program_ids and one.program_id not in filters.program_ids:
            continue
        if filters.firm_ids and one.firm_id not in filters.firm_ids:
            continue
        promised_on = promised_day(terms[one.program_id, one.version], one.accrued_at)
        if filters.promised_by is None or promised_on <= filters.promised_by:
            yield PayableLine(owed=one, promised_on=promised_on)


def _reasons(
    found: list[PayableLine], *, at: int, apart_from: int
) -> Callable[[OwedSum], str]:
    """Return what says why a sum is not paid now, or nothing."""
    holds = {
        (hold.kind, hold.held_id): hold.reason for hold in Hold.objects.active(utc_day(at))
    }
    waiting = {
        (payee_id, program_id, currency): number
        for payee_id, program_id, currency, number in ApprovalLine.objects.filter(
            batch__state__in=_LIVE
        )
        .exclude(batch=apart_from)
        .values_list("payee_id", "program_id", "currency", "batch_id")
    }
    in_roster: set[str] = set()
    if found:
        in_roster = set(PayeeName.objects.values_list("payee_id", flat=True))

    def reason_of(one: OwedSum) -> str:
        held = (
            (HoldKind.PAYEE, one.payee_id),
            (HoldKind.FIRM, one.firm_id),
            (HoldKind.PROGRAM, one.program_id),
        )
        for kind, held_id in held:
            if (kind, held_id) in holds:
                return f"{kind} on hold: {holds[kind, held_id]}"
        number = waiting.get((one.payee_id, one.program_id, one.currency))
        if number is not None:
            return f"waits in batch {number}"
        if one.payee_id not in in_roster:
            return "not in the roster"
        if one.paid_minor == 0:
            return "withheld: as much is wanted back"
        return ""

    return reason_of


def _judged(
    found: Iterable[PayableLine], reason_of: Callable[[OwedSum], str]
) -> list[PayableLine]:
    return [attrs.evolve(one, why_not=reason_of(one.owed)) for one in found]


def _large_enough(found: list[PayableLine], filters: BatchFilters) -> list[PayableLine]:
    """Leave out payees who would get less than the least amount in a currency."""
    if not filters.least:
        return found
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for one in found:
        if not one.why_not:
            sums[one.owed.payee_id, one.owed.currency] += one.owed.paid_minor
    least = {currency: to_minor(Decimal(filters.least), currency) for _, currency in sums}
    small = {key for key, amount in sums.items() if amount < least[key[1]]}
    return [
        attrs.evolve(one, why_not=f"less than {filters.least}")
        if not one.why_not and (one.owed.payee_id, one.owed.currency) in small
        else one
        for one in found
    ]


def _left_out(lines: Iterable[PayableLine]) -> Iterable[LeftOut]:
    sums: dict[tuple[str, str, str, str], int] = defaultdict(int)
    for one in lines:
        owed = one.owed
        key = (owed.payee_id, owed.program_id, owed.currency, one.why_not)
        sums[key] += owed.unpaid_minor
    for (payee_id, program_id, currency, reason), amount in sums.items():
        yield LeftOut(
            payee_id=payee_id,
            program_id=program_id,
            currency=currency,
            amount_minor=amount,
            reason=reason,
        )
