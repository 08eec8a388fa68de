"""How does a payee object, and who answers by when? Each step stays on record."""

from __future__ import annotations

from typing import ClassVar, Final

import attrs
from django.conf import settings
from django.db import IntegrityError, transaction

from openspiff.errors import OpenSpiffError, Problem
from openspiff.web.access import NotAllowedError, NotVisibleError, Viewer, require_act
from openspiff.web.models import Dispute, DisputeState, DisputeStep, PayeeName

from ._audit import record_change
from .conflict import ConflictError
from .evidence import KeptFile, enter_evidence
from .notices import notify

_DAY: Final = 86_400_000_000


class DisputeError(OpenSpiffError):
    """A dispute that cannot be raised or answered like this."""

    code: ClassVar[str] = "dispute"


@attrs.frozen(kw_only=True)
class NewDispute:
    """An objection to what an event paid: which event, why, with what evidence.

    `known_at` is when the payee could first read what it paid (or did not).
    """

    token: str
    source: str
    event_id: str
    reason: str
    known_at: int
    evidence: tuple[KeptFile, ...] = ()


def raise_before_at(known_at: int) -> int:
    """Return the first instant at which a dispute comes too late."""
    days: int = settings.OPENSPIFF_DISPUTE_DAYS
    return known_at + days * _DAY


@transaction.atomic
def raise_dispute(
    *, dispute: NewDispute, acting_user: Viewer, at: int, as_of: int
) -> Dispute:
    """Raise a dispute about an event of the payee that `acting_user` is.

    It is to be answered within OPENSPIFF_DISPUTE_DAYS, and raised within as many after the
    booking. The same form again is one dispute. Raises NotAllowedError, EvidenceError, and
    DisputeError when it is too late, says nothing or is raised already.
    """
    require_act(acting_user, "raise_dispute")
    if not acting_user.payee_id:
        raise NotAllowedError("only a payee disputes, and only their own events")
    sent = Dispute.objects.filter(raised_by=acting_user, token=dispute.token).first()
    if sent is not None:
        return sent
    _check(dispute, as_of)
    firm = PayeeName.objects.filter(pk=acting_user.payee_id).first()
    try:
        with transaction.atomic():
            row = Dispute.objects.create(
                token=dispute.token,
                payee_id=acting_user.payee_id,
                firm_id="" if firm is None else firm.firm_id,
                source=dispute.source,
                event_id=dispute.event_id,
                reason=dispute.reason,
                raised_by=acting_user,
                raised_at=as_of,
                due_at=raise_before_at(as_of),
                state=DisputeState.OPEN,
            )
    except IntegrityError:
        problem = Problem(dispute.event_id, "a dispute about it is open", "wait for it")
        raise DisputeError("it is disputed already", [problem]) from None
    enter_evidence(dispute.evidence, dispute=row)
    _add_step(row, "", dispute.reason, acting_user=acting_user, at=at)
    return row


@transaction.atomic
def answer_dispute(
    *, dispute_id: int, is_upheld: bool, sentence: str, acting_user: Viewer, at: int
) -> None:
    """Answer an open dispute, upheld or declined, in a sentence that the payee reads.

    No money moves by it: what is upheld is put right where it comes from. Raises
    NotAllowedError (nobody answers their own), NotVisibleError, DisputeError without a
    sentence, ConflictError that names who was first.
    """
    require_act(acting_user, "answer_dispute")
    row = Dispute.objects.filter(pk=dispute_id).first()
    if row is None:
        message = f"no dispute {dispute_id}"
        raise NotVisibleError(message)
    if row.raised_by_id == acting_user.pk or row.payee_id == (acting_user.payee_id or None):
        raise NotAllowedError("nobody answers their own dispute")
    if not sentence.strip():
        problem = Problem("sentence", "expected an answer", "say why in a sentence")
        raise DisputeError("the dispute was not answered", [problem])
    state = DisputeState.UPHELD if is_upheld else DisputeState.DECLINED
    changed = Dispute.objects.filter(pk=row.pk, state=DisputeState.OPEN).update(state=state)
    if changed != 1:
        step = DisputeStep.objects.filter(dispute=row).select_related("actor").last()
        by = "somebody" if step is None else str(step.actor)
        message = f"{by} has answered it: look again"
        raise ConflictError(message)
    row.state = state
    _add_step(row, DisputeState.OPEN, sentence, acting_user=acting_user, at=at)
    notify(
        kind="dispute_answered",
        users=[row.raised_by],
        key=str(row.pk),
        facts={"dispute_id": row.pk},
        at=at,
    )


def _check(dispute: NewDispute, as_of: int) -> None:
    problems = []
    if not dispute.reason.strip():
        remedy = "say what is wrong and what you expected"
        problems.append(Problem("reason", "expected a reason", remedy))
    if raise_before_at(dispute.known_at) <= as_of:
        days = settings.OPENSPIFF_DISPUTE_DAYS
        problems.append(Problem("event", f"it was booked more than {days} days ago"))
    if problems:
        raise DisputeError("the dispute was not sent", problems)


def _add_step(
    row: Dispute, before: str, sentence: str, *, acting_user: Viewer, at: int
) -> None:
    DisputeStep.objects.create(
        dispute=row,
        from_state=before,
        to_state=row.state,
        acted_at=at,
        actor=acting_user,
        sentence=sentence,
    )
    record_change(
        acting_user=acting_user,
        at=at,
        action=f"dispute_{row.state}",
        of=("dispute", str(row.pk)),
        change=({"state": before} if before else None, {"state": row.state}),
    )
