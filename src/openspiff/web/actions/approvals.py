"""How does money get approved? One person prepares a batch, others approve what they saw.

Nobody approves their own. An approval signs the digest of the lines; when the books have
moved for a payee of the batch, or its money was put on hold, neither approving nor paying
goes on: the batch is prepared again.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, ClassVar, Final

import attrs
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Sum

from openspiff.errors import Problem
from openspiff.ledger import OwedSum, Transfers, payout_digest
from openspiff.web.access import NotAllowedError, NotVisibleError, Viewer, require_act
from openspiff.web.models import (
    ApprovalBatch,
    ApprovalLine,
    ApprovalStep,
    BatchState,
    PayoutBatch,
    utc_day,
)

from ._append import BooksMovedError
from ._audit import record_change
from .books import NothingOwedError, add_payouts
from .conflict import ConflictError
from .notices import notify_checkers, notify_paid

_LIVE: Final = (BatchState.PREPARED, BatchState.APPROVED)
_TABLE: Final = ApprovalBatch._meta.db_table  # noqa: SLF001 (Django's documented name)
_AT_ONCE: Final = 5_000
_SHOWN: Final = 20


class BatchStateError(ConflictError):
    """A batch on which somebody else has decided already."""

    code: ClassVar[str] = "batch_state"


class BatchMovedError(ConflictError):
    """A batch whose lines are no longer what is owed, or not what was seen."""

    code: ClassVar[str] = "batch_moved"


class InOtherBatchError(ConflictError):
    """Money that waits in another batch already."""

    code: ClassVar[str] = "in_other_batch"


class AlreadyPaidError(BatchStateError):
    """A batch that was paid before; paying it again would pay twice."""

    code: ClassVar[str] = "already_paid"


@attrs.frozen(kw_only=True)
class NewBatch:
    """What is proposed: the sums with the days promised, read from books up to `after`.

    `filters` and `left_out` say what was asked for and who was left out why, as shown.
    """

    sums: tuple[tuple[OwedSum, dt.date], ...]
    after: int
    digest: str
    filters: Mapping[str, Any] = attrs.field(factory=dict)
    left_out: list[dict[str, Any]] = attrs.field(factory=list)


@transaction.atomic
def prepare_batch(
    *,
    batch: NewBatch,
    acting_user: Viewer,
    at: int,
    needed_count: int | None = None,
    instead_of: int | None = None,
) -> ApprovalBatch:
    """Keep a batch for others to approve, and return it.

    As many must approve it as the settings say, unless `needed_count` does. The batch
    number `instead_of`, which it takes the place of, is void from then on. Raises
    NotAllowedError, NothingOwedError; BatchMovedError when the digest is not that of
    the lines; BooksMovedError when its payees' books moved since; InOtherBatchError.
    """
    require_act(acting_user, "prepare_batch")
    sums = [one for one, _ in batch.sums]
    if not sums:
        raise NothingOwedError("nothing is left to be paid like this")
    if payout_digest(sums, after=batch.after) != batch.digest:
        raise BatchMovedError("these are not the lines that were shown: look again")
    _lock_batches()
    if instead_of is not None:
        old = ApprovalBatch.objects.filter(pk=instead_of).first()
        _end(
            instead_of,
            "" if old is None else old.digest,
            BatchState.VOID,
            "prepared again",
            acting_user=acting_user,
            at=at,
        )
    totals: dict[str, int] = defaultdict(int)
    for one in sums:
        totals[one.currency] += one.paid_minor
    row = ApprovalBatch.objects.create(
        digest=batch.digest,
        after_sequence=batch.after,
        filters=dict(batch.filters),
        left_out=batch.left_out,
        totals=dict(totals),
        line_count=len(sums),
        payee_count=len({one.payee_id for one in sums}),
        needed_count=needed_count or settings.OPENSPIFF_APPROVALS,
        prepared_at=at,
        prepared_by=acting_user,
    )
    lines = [_line(row, one, promised_on) for one, promised_on in batch.sums]
    ApprovalLine.objects.bulk_create(lines, batch_size=_AT_ONCE)
    _refuse_in_other(row)
    if row.later_transfers().exists():
        raise BooksMovedError("nothing was prepared: the books have moved on, look again")
    _take_step(row, BatchState.PREPARED, acting_user=acting_user, at=at)
    _record(row, "prepare_batch", (None, _facts(row)), acting_user=acting_user, at=at)
    notify_checkers(row, but=acting_user, at=at)
    return row


def approve_batch(
    *, number: int, digest: str, acting_user: Viewer, at: int, note: str = ""
) -> ApprovalBatch:
    """Sign the digest of a batch; with the last approval needed it may be paid.

    Raises NotAllowedError (for one's own batch too: the try is put on record),
    NotVisibleError, BatchStateError naming who was faster, and BatchMovedError.
    """
    require_act(acting_user, "approve_batch")
    _refuse_own(number, "approve_batch", acting_user=acting_user, at=at)
    with transaction.atomic():
        row = _locked(number, digest, {BatchState.PREPARED})
        _refuse_moved(row, at)
        mine = row.steps.filter(state=BatchState.APPROVED, taken_by=acting_user)
        if mine.exists():
            raise BatchStateError("you have approved it already; others are awaited")
        _take_step(row, BatchState.APPROVED, acting_user=acting_user, at=at, note=note)
        count = row.steps.filter(state=BatchState.APPROVED).count()
        before = {"state": row.state, "approvals": count - 1}
        if count >= row.needed_count:
            _move_on(row, BatchState.APPROVED)
        after = {"state": row.state, "approvals": count, "digest": digest}
        _record(row, "approve_batch", (before, after), acting_user=acting_user, at=at)
    return row


def reject_batch(
    *, number: int, digest: str, note: str, acting_user: Viewer, at: int
) -> ApprovalBatch:
    """Refuse a batch of somebody else, with the reason; what it held is free again.

    Raises what `approve_batch` raises.
    """
    require_act(acting_user, "reject_batch")
    _refuse_own(number, "reject_batch", acting_user=acting_user, at=at)
    return _end(number, digest, BatchState.REJECTED, note, acting_user=acting_user, at=at)


def void_batch(
    *, number: int, digest: str, note: str, acting_user: Viewer, at: int
) -> ApprovalBatch:
    """Take a batch back before it is paid, with the reason; approvals go with it.

    Raises NotAllowedError, NotVisibleError, BatchStateError, BatchMovedError.
    """
    require_act(acting_user, "void_batch")
    return _end(number, digest, BatchState.VOID, note, acting_user=acting_user, at=at)


@transaction.atomic
def pay_batch(
    *,
    number: int,
    digest: str,
    transfers: Transfers,
    reference: str,
    acting_user: Viewer,
    at: int,
) -> PayoutBatch:
    """Book that an approved batch was paid: exactly its lines, all of them, once.

    `reference` says how it was paid, outside of this program. Raises NotAllowedError,
    NotVisibleError, AlreadyPaidError, BatchStateError, and BatchMovedError when the payouts
    are not its lines or its payees' books moved; BooksMovedError when anything was booked
    since the books were read: calculate again.
    """
    require_act(acting_user, "pay_batch")
    row = _locked(number, digest, {BatchState.APPROVED})
    _refuse_moved(row, at)
    _refuse_other_lines(row, transfers)
    paid, appended = add_payouts(transfers=transfers, acting_user=acting_user, at=at)
    if appended is None or appended.new_count == 0 or appended.run_id != row.run_id:
        raise BatchMovedError("nothing was paid: it has been paid in another way")
    _move_on(row, BatchState.PAID)
    _take_step(
        row,
        BatchState.PAID,
        acting_user=acting_user,
        at=at,
        note=reference,
        run_id=row.run_id,
    )
    before = {"state": BatchState.APPROVED, "last_sequence": appended.after}
    after = {"state": BatchState.PAID, "last_sequence": appended.last}
    after |= {"totals": paid.totals, "reference": reference}
    _record(row, "pay_batch", (before, after), acting_user=acting_user, at=at)
    notify_paid(row, at=at)
    return paid


@transaction.atomic
def _end(
    number: int, digest: str, state: BatchState, note: str, *, acting_user: Viewer, at: int
) -> ApprovalBatch:
    states = {BatchState.PREPARED} if state == BatchState.REJECTED else {*_LIVE}
    row = _locked(number, digest, states)
    if not note.strip():
        raise ConflictError("nothing was changed", [Problem("note", "say why")])
    before = {"state": row.state}
    _move_on(row, state)
    _take_step(row, state, acting_user=acting_user, at=at, note=note)
    name = "reject_batch" if state == BatchState.REJECTED else "void_batch"
    after = {"state": state, "note": note}
    _record(row, name, (before, after), acting_user=acting_user, at=at)
    return row


def _lock_batches() -> None:
    # Two makers at once would each find the same money free; SQLite has one writer anyway.
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {_TABLE} IN SHARE ROW EXCLUSIVE MODE")


def _refuse_own(number: int, act: str, *, acting_user: Viewer, at: int) -> None:
    """Refuse whoever prepared it; that they tried stays on record."""
    row = ApprovalBatch.objects.filter(pk=number).first()
    if row is None or row.prepared_by_id != acting_user.pk:
        return
    why = (None, {"refused": "nobody approves their own batch"})
    with transaction.atomic():
        _record(row, f"{act}_refused", why, acting_user=acting_user, at=at)
    raise NotAllowedError("nobody approves their own batch")


def _locked(number: int, digest: str, states: set[BatchState]) -> ApprovalBatch:
    row = ApprovalBatch.objects.select_for_update().filter(pk=number).first()
    if row is None:
        message = f"no batch {number}"
        raise NotVisibleError(message)
    if row.state not in states:
        raise _decided(row)
    if row.digest != digest:
        raise BatchMovedError("this is not the batch that was shown: look again")
    return row


def _decided(row: ApprovalBatch) -> BatchStateError:
    """Return the error that says who decided, and when."""
    last = row.steps.select_related("taken_by").order_by("-pk").first()
    by = "" if last is None else f" by {last.taken_by} on {utc_day(last.taken_at)}"
    message = f"batch {row.number} is {row.state}{by}"
    if row.state == BatchState.PAID:
        return AlreadyPaidError(message, [Problem(row.run_id, "its payouts are booked")])
    return BatchStateError(message)


def _refuse_moved(row: ApprovalBatch, at: int) -> None:
    moved = row.later_transfers().order_by("payee_id").values_list("payee_id", flat=True)
    problems = [
        Problem(payee_id, "the books have moved since it was prepared")
        for payee_id in moved.distinct()[:_SHOWN]
    ]
    held = (
        row.held_lines(utc_day(at)).order_by("payee_id").values_list("payee_id", flat=True)
    )
    problems += [Problem(payee_id, "is on hold") for payee_id in held.distinct()[:_SHOWN]]
    if problems:
        message = f"batch {row.number} is no longer what is owed: prepare it again"
        raise BatchMovedError(message, problems)


def _refuse_in_other(row: ApprovalBatch) -> None:
    other = ApprovalLine.objects.filter(
        batch__state__in=_LIVE,
        payee_id=OuterRef("payee_id"),
        program_id=OuterRef("program_id"),
        currency=OuterRef("currency"),
    ).exclude(batch=row)
    twice = row.lines.filter(Exists(other)).order_by("payee_id")[:_SHOWN]
    problems = [
        Problem(f"{one.payee_id} {one.program_id}", "waits in another batch")
        for one in twice
    ]
    if problems:
        raise InOtherBatchError("nothing was prepared: look again", problems)


def _refuse_other_lines(row: ApprovalBatch, transfers: Transfers) -> None:
    names = ("payee_id", "program_id", "version", "currency")
    rows = row.lines.values_list(*names).annotate(Sum("amount_minor"))
    lines = {tuple(one) for one in rows.order_by()}
    found = transfers.engine.query(
        f"select {', '.join(names)}, cast(sum(amount_minor) as bigint)"  # noqa: S608
        f" from new_transfers group by {', '.join(names)}"
    )
    if lines != set(found) or transfers.booking.run_id != row.run_id:
        message = f"batch {row.number} is no longer what is owed: prepare it again"
        raise BatchMovedError(message)


def _move_on(row: ApprovalBatch, state: BatchState) -> None:
    changed = ApprovalBatch.objects.filter(pk=row.pk, state=row.state).update(state=state)
    if changed != 1:
        raise _decided(row)
    row.state = state


def _line(row: ApprovalBatch, one: OwedSum, promised_on: dt.date) -> ApprovalLine:
    return ApprovalLine(
        batch=row,
        payee_id=one.payee_id,
        firm_id=one.firm_id,
        program_id=one.program_id,
        version=one.version,
        currency=one.currency,
        accrued_at=one.accrued_at,
        promised_on=promised_on,
        event_count=one.event_count,
        amount_minor=one.paid_minor,
        withheld_minor=one.unpaid_minor - one.paid_minor,
    )


def _take_step(
    row: ApprovalBatch,
    state: BatchState,
    *,
    acting_user: Viewer,
    at: int,
    note: str = "",
    run_id: str = "",
) -> None:
    ApprovalStep.objects.create(
        batch=row,
        state=state,
        digest=row.digest,
        note=note,
        run_id=run_id,
        taken_at=at,
        taken_by=acting_user,
    )


def _facts(row: ApprovalBatch) -> dict[str, Any]:
    return {
        "state": row.state,
        "digest": row.digest,
        "totals": row.totals,
        "line_count": row.line_count,
    }


def _record(
    row: ApprovalBatch,
    action: str,
    change: tuple[dict[str, Any] | None, dict[str, Any] | None],
    *,
    acting_user: Viewer,
    at: int,
) -> None:
    record_change(
        acting_user=acting_user,
        at=at,
        action=action,
        of=("approval_batch", str(row.number)),
        change=change,
    )
