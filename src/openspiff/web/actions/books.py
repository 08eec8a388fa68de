"""How do the books grow? Runs are booked and payees are paid, each in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

import attrs
from django.conf import settings
from django.db import transaction

from openspiff.errors import OpenSpiffError, Problem
from openspiff.ledger import Kind, Transfers
from openspiff.web.access import Viewer, require_act
from openspiff.web.models import (
    Hold,
    HoldKind,
    PayoutBatch,
    ProgramState,
    ProgramVersion,
    Run,
    utc_day,
)

from ._append import Appended, append_transfers
from ._audit import record_change
from .conflict import ConflictError
from .webhooks import tell

_RUN_KINDS: Final = {Kind.ACCRUAL, Kind.REVERSAL, Kind.CLAWBACK}


class BookingError(OpenSpiffError):
    """Transfers that do not belong to what they are booked as."""

    code: ClassVar[str] = "booking"


class NothingOwedError(ConflictError):
    """Nobody has anything to get."""

    code: ClassVar[str] = "nothing_owed"


class NeedsApprovalError(ConflictError):
    """This install pays approved batches only."""

    code: ClassVar[str] = "needs_approval"


class OnHoldError(ConflictError):
    """Somebody would be paid whose money is on hold."""

    code: ClassVar[str] = "on_hold"


@attrs.frozen(kw_only=True)
class RunFacts:
    """What a run was made of: terms, events and what it counted.

    `versions` are (program_id, version, content hash) of everything evaluated.
    """

    versions: tuple[tuple[str, int, str], ...]
    feed_digest: str = ""
    counts: Mapping[str, int] = attrs.field(factory=dict)


@transaction.atomic
def book_run(*, transfers: Transfers, run: RunFacts, acting_user: Viewer, at: int) -> Run:
    """Book the differences of one run, and return the run that booked them.

    A run that was booked before, or an equal one, gets the first answer and adds nothing. A
    run without differences is recorded once. `at` is the moment of recording in the
    transfers. Raises NotAllowedError; BookingError for versions that are not launched as
    evaluated, or payouts among the transfers; BooksMovedError when somebody booked the same
    programs since the books were read; KeyReusedError.
    """
    require_act(acting_user, "book_run")
    totals = _totals(transfers, at=at, kinds=_RUN_KINDS)
    _refuse_other_terms(transfers, run)
    appended = append_transfers(transfers)
    known = Run.objects.filter(run_id=appended.run_id).order_by("last_sequence").last()
    if known is not None and appended.new_count == 0:
        return known
    row = Run.objects.create(
        run_id=appended.run_id,
        versions=[list(one) for one in sorted(run.versions)],
        feed_digest=run.feed_digest,
        counts=dict(run.counts),
        effective_at=transfers.booking.effective_at,
        recorded_at=at,
        after_sequence=appended.after,
        last_sequence=appended.last,
        totals=totals,
        booked_by=acting_user,
    )
    _record(acting_user, at, "book_run", appended, totals)
    facts = {"run_id": row.run_id, "transfer_count": appended.new_count, "totals": totals}
    tell(kind="run.booked", facts=facts, at=at)
    return row


@transaction.atomic
def pay_payees(*, transfers: Transfers, acting_user: Viewer, at: int) -> PayoutBatch:
    """Book payouts as one batch, and return the batch that booked them.

    The same payouts again get the first batch. Raises NotAllowedError, NothingOwedError,
    BookingError for other kinds of transfers, OnHoldError, BooksMovedError when anything
    was booked since the books were read, KeyReusedError, and NeedsApprovalError where the
    install pays approved batches only.
    """
    require_act(acting_user, "pay_payees")
    if settings.OPENSPIFF_NEEDS_APPROVAL:
        remedy = "prepare a batch, and let somebody else approve it"
        problem = Problem(
            "OPENSPIFF_NEEDS_APPROVAL", "only approved batches are paid", remedy
        )
        raise NeedsApprovalError("nothing was paid", [problem])
    row, appended = add_payouts(transfers=transfers, acting_user=acting_user, at=at)
    if appended is not None:
        _record(acting_user, at, "pay_payees", appended, row.totals)
    return row


def add_payouts(
    *, transfers: Transfers, acting_user: Viewer, at: int
) -> tuple[PayoutBatch, Appended | None]:
    """Add payouts to the books; the caller's transaction says why, and records it.

    None in place of Appended: the very same had been paid before.
    """
    totals = _totals(transfers, at=at, kinds={Kind.PAYOUT})
    if transfers.count == 0:
        raise NothingOwedError("nobody has anything to get")
    _refuse_held(transfers, at)
    appended = append_transfers(transfers)
    known = PayoutBatch.objects.filter(run_id=appended.run_id).first()
    if known is not None and appended.new_count == 0:
        return known, None
    row = PayoutBatch.objects.create(
        run_id=appended.run_id,
        payee_count=transfers.payee_count(),
        effective_at=transfers.booking.effective_at,
        recorded_at=at,
        after_sequence=appended.after,
        last_sequence=appended.last,
        totals=totals,
        paid_by=acting_user,
    )
    facts = {"run_id": row.run_id, "payee_count": row.payee_count, "totals": totals}
    tell(kind="payout.paid", facts=facts, at=at)
    return row, appended


def _refuse_held(transfers: Transfers, at: int) -> None:
    holds = list(Hold.objects.active(utc_day(at)))
    if not holds:
        return
    rows = transfers.engine.query(
        "select distinct payee_id, firm_id, program_id from new_transfers"
    )
    places = {HoldKind.PAYEE: 0, HoldKind.FIRM: 1, HoldKind.PROGRAM: 2}
    paid = {kind: {row[place] for row in rows} for kind, place in places.items()}
    problems = [
        Problem(f"{hold.kind} {hold.held_id}", hold.reason, "leave it out, or release it")
        for hold in holds
        if hold.held_id in paid[HoldKind(hold.kind)]
    ]
    if problems:
        raise OnHoldError("nothing was paid: some of it is on hold", problems)


def _record(
    acting_user: Viewer, at: int, action: str, appended: Appended, totals: dict[str, Any]
) -> None:
    record_change(
        acting_user=acting_user,
        at=at,
        action=action,
        of=("books", appended.run_id),
        change=(
            {"last_sequence": appended.after},
            {"last_sequence": appended.last, "totals": totals},
        ),
    )


def _totals(transfers: Transfers, *, at: int, kinds: set[Kind]) -> dict[str, Any]:
    if transfers.booking.recorded_at != at:
        message = f"recorded_at {transfers.booking.recorded_at} is not `at` {at}"
        raise ValueError(message)
    totals = transfers.totals()
    found = {kind for sums in totals.values() for kind in sums}
    if not found <= kinds:
        problems = [Problem(kind, "does not belong here") for kind in sorted(found - kinds)]
        raise BookingError("nothing was booked", problems)
    return totals


def _refuse_other_terms(transfers: Transfers, run: RunFacts) -> None:
    launched = {
        (row.program_id, row.version): row.content_hash
        for row in ProgramVersion.objects.exclude(state=ProgramState.DRAFT)
    }
    problems = [
        Problem(f"{program_id} version {version}", "these are not its launched terms")
        for program_id, version, digest in sorted(run.versions)
        if launched.get((program_id, version)) != digest
    ]
    named = {program_id for program_id, _, _ in run.versions}
    problems += [
        Problem(program_id, "its version is not named", "name every version evaluated")
        for program_id in sorted((transfers.program_ids or frozenset()) - named)
    ]
    if problems:
        raise BookingError("nothing was booked", problems)
