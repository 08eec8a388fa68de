"""How does a payee claim? Sent, withdrawn, sent again; each sending stays on record."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar, Final

import attrs
from django.db import IntegrityError, transaction
from whenever import Instant

from openspiff.errors import OpenSpiffError, Problem
from openspiff.program import Program
from openspiff.web.access import NotAllowedError, NotVisibleError, Viewer, require_act
from openspiff.web.models import (
    Claim,
    ClaimState,
    ClaimStep,
)

from ._audit import record_change
from ._claim_desk import Desk, desk_of
from ._one_call import add_in_time, number_in_time, one_act
from ._rows import add_row
from .conflict import ConflictError
from .evidence import KeptFile, enter_evidence
from .notices import notify
from .webhooks import tell

_DAY: Final = 86_400_000_000
HOOKS_OF_STATES: Final = {
    ClaimState.SENT: "claim.sent",
    **dict.fromkeys(
        (ClaimState.APPROVED, ClaimState.REJECTED, ClaimState.UNDONE), "claim.decided"
    ),
}
"""Of which changes of a claim the outside is told."""


class ClaimError(OpenSpiffError):
    """A claim that cannot be sent like this."""

    code: ClassVar[str] = "claim"


class ClosedProgramError(ClaimError):
    """A program that takes no claim of this payee, or no longer."""

    code: ClassVar[str] = "claim_closed"


class PausedProgramError(ClosedProgramError):
    """A program whose intake is stopped for the time being: it comes back."""

    code: ClassVar[str] = "paused_program"


@attrs.frozen(kw_only=True)
class ClaimFacts:
    """What a claim says: amounts in minor units of the program's currency.

    `found_source` and `found_event_id` name the event it is about, where there is one;
    `subject_id` the deal behind it.
    """

    customer: str
    occurred_at: int
    product_id: str = ""
    revenue_type: str = ""
    quantity: int = 1
    amount_minor: int = 0
    margin_minor: int | None = None
    mrr_minor: int | None = None
    term_months: int | None = None
    is_government: bool = False
    note: str = ""
    found_source: str = ""
    found_event_id: str = ""
    subject_id: str = ""


_DECIDED: Final = (ClaimState.APPROVED, ClaimState.REJECTED, ClaimState.UNDONE)


@attrs.frozen(kw_only=True)
class NewClaim:
    """A claim to send: under which program, with what facts and evidence.

    `token` was made with the form, so that a form sent twice is one claim.
    """

    token: str
    program: Program
    facts: ClaimFacts
    evidence: tuple[KeptFile, ...] = ()


def customer_key(name: str) -> str:
    """Return what two spellings of one customer share: no case, no doubled blanks."""
    return " ".join(name.casefold().split())


def refuse_closed(program: Program, payee_id: str, as_of: int) -> None:
    """Raise ClosedProgramError unless this payee may claim under a program now.

    Whoever may not earn is not told why: nobody learns here who is held out.
    """
    _refuse_closed(program, desk_of(program.program_id, payee_id), as_of)


def _refuse_closed(program: Program, desk: Desk, as_of: int) -> None:
    is_in = not desk.has_roster if desk.is_held_out is None else not desk.is_held_out
    if not is_in or not desk.is_launched:
        problem = Problem(program.name, "not open to you", "look at your open programs")
        raise ClosedProgramError("this program is not open to you", [problem])
    if as_of < program.window.starts_at:
        first = _day(program.window.starts_at, program)
        problem = Problem(program.name, f"it opens on {first}")
        raise ClosedProgramError("this program has not begun", [problem])
    if desk.paused_because:
        remedy = "what you keep here is not lost"
        problem = Problem(program.name, desk.paused_because, remedy)
        raise PausedProgramError("claims are not taken for the time being", [problem])
    # Without a deadline a program takes claims until somebody ends it.
    closes_at = program.window.reported_before_at
    if closes_at is not None and closes_at <= as_of:
        last_at = closes_at - _DAY // 2
        problem = Problem(
            program.name, f"claims could be sent until {_day(last_at, program)}"
        )
        raise ClosedProgramError("it is too late for a claim", [problem])


def send_claim(*, claim: NewClaim, acting_user: Viewer, at: int, as_of: int) -> Claim:
    """Send a claim of the payee that `acting_user` is; the same form again is one claim.

    `as_of` is the moment as of which days count; it differs from `at` in a demo only.
    Raises NotAllowedError, ClosedProgramError when the program is not open to the payee or
    it is too late, ClaimError with every problem, and EvidenceError.
    """
    _require_payee(acting_user)
    try:
        with one_act():
            return _sent(claim, acting_user, at=at, as_of=as_of)
    except IntegrityError:
        # Sent twice at the same moment: the other one is this one.
        same = Claim.objects.filter(sent_by=acting_user, token=claim.token).first()
        if same is None:
            raise
        return same


def _sent(claim: NewClaim, acting_user: Viewer, *, at: int, as_of: int) -> Claim:
    program_id, payee_id = claim.program.program_id, acting_user.payee_id
    desk = desk_of(
        program_id,
        payee_id,
        sent_by=acting_user.pk,
        token=claim.token,
        number=number_in_time(Claim),
    )
    if desk.known_id is not None:
        return Claim.objects.get(pk=desk.known_id)
    _refuse_closed(claim.program, desk, as_of)
    _check(claim, as_of)
    fields = {
        "token": claim.token,
        "program_id": program_id,
        "payee_id": payee_id,
        "firm_id": desk.firm_id,
        "sent_by_id": acting_user.pk,
        "state": ClaimState.SENT,
        **_fields(claim, at=at, as_of=as_of),
    }
    if desk.next_id is None:
        number = add_row(Claim, **fields)
    else:
        number = desk.next_id
        add_in_time(Claim, id=number, **fields)
    row = Claim(pk=number, **fields)
    enter_evidence(claim.evidence, claim=row)
    is_told = desk.is_anybody_told
    add_step(row, "", reason="", acting_user=acting_user, at=at, is_told=is_told)
    return row


@transaction.atomic
def resend_claim(
    *,
    claim_id: int,
    revision: int,
    claim: NewClaim,
    acting_user: Viewer,
    at: int,
    as_of: int,
) -> Claim:
    """Send a withdrawn or rejected claim again, as its next revision.

    What it said before stays in its steps, and `claim` names its evidence whole. The same
    form again changes nothing. Raises what `send_claim` raises, and ConflictError when the
    claim is no longer as the payee saw it.
    """
    row = _own_claim(claim_id, acting_user)
    if row.state == ClaimState.SENT and row.revision == revision + 1:
        return row
    refuse_closed(claim.program, row.payee_id, as_of)
    _check(claim, as_of)
    if claim.program.program_id != row.program_id:
        raise ClaimError("a claim stays with its program: send a new one")
    old = row.state
    changed = Claim.objects.filter(
        pk=row.pk, revision=revision, state__in=[ClaimState.WITHDRAWN, ClaimState.REJECTED]
    ).update(
        state=ClaimState.SENT,
        revision=revision + 1,
        **_fields(claim, at=at, as_of=as_of),
    )
    _refuse_unchanged(changed, row)
    row.refresh_from_db()
    enter_evidence(claim.evidence, claim=row, revision=row.revision)
    add_step(row, old, reason="", acting_user=acting_user, at=at)
    return row


@transaction.atomic
def withdraw_claim(*, claim_id: int, revision: int, acting_user: Viewer, at: int) -> None:
    """Take back a claim that nobody has decided; nothing of it is lost.

    Raises NotAllowedError, NotVisibleError, and ConflictError when it was decided or
    changed meanwhile.
    """
    row = _own_claim(claim_id, acting_user)
    old = row.state
    changed = Claim.objects.filter(
        pk=row.pk, revision=revision, state__in=Claim.WAITING
    ).update(state=ClaimState.WITHDRAWN)
    _refuse_unchanged(changed, row)
    row.state = ClaimState.WITHDRAWN
    add_step(row, old, reason="", acting_user=acting_user, at=at)


def add_step(
    row: Claim,
    before: str,
    *,
    reason: str,
    acting_user: Viewer,
    at: int,
    batch_no: int | None = None,
    is_told: bool = True,
) -> None:
    """Put a change of state on record, for the claim's history and for the audit.

    `is_told` is false where it is known that nobody outside asked to be told of anything.
    """
    step = {
        "claim_id": row.pk,
        "revision": row.revision,
        "from_state": before,
        "to_state": row.state,
        "acted_at": at,
        "actor_id": acting_user.pk,
        "reason": reason,
        "facts": row.facts() if row.state == ClaimState.SENT else None,
        "batch_no": batch_no,
    }
    if not before:
        add_in_time(ClaimStep, **step)  # of a new claim nobody asks yet what became of it
    else:
        step_id = add_row(ClaimStep, **step)
        if row.state in _DECIDED:
            notify(
                kind="claim_decided",
                users=[row.sent_by],
                key=f"{row.pk}/{step_id}",
                facts={"claim_id": row.pk, "state": row.state},
                at=at,
            )
    after: dict[str, Any] = {"state": row.state, "revision": row.revision}
    if batch_no is not None:
        after["batch_no"] = batch_no
    record_change(
        acting_user=acting_user,
        at=at,
        action=f"claim_{row.state}",
        of=("claim", str(row)),
        change=({"state": before} if before else None, after),
    )
    state = ClaimState(row.state)
    if is_told and state in HOOKS_OF_STATES:
        told = {"claim_id": row.pk, "program_id": row.program_id, **after}
        tell(kind=HOOKS_OF_STATES[state], facts=told, at=at)


def _fields(claim: NewClaim, *, at: int, as_of: int) -> dict[str, Any]:
    return {
        "sent_at": at,
        "reported_at": as_of,
        "kind": claim.program.behavior.kind.value,
        "currency": claim.program.currency,
        "customer_key": customer_key(claim.facts.customer),
        **attrs.asdict(claim.facts),
    }


def _check(claim: NewClaim, as_of: int) -> None:
    window, facts, problems = claim.program.window, claim.facts, []
    if not facts.customer.strip():
        problems.append(Problem("customer", "expected who bought"))
    if not window.starts_at <= facts.occurred_at < window.ends_at:
        message = f"only {window.starts_on} up to before {window.ends_before} counts"
        problems.append(Problem("occurred_on", message, "look at the day"))
    elif facts.occurred_at > as_of:
        remedy = "claim it when it has happened"
        problems.append(Problem("occurred_on", "this day has not come yet", remedy))
    amounts = (facts.amount_minor, facts.mrr_minor or 0, facts.term_months or 0)
    if min(amounts) < 0 or facts.quantity < 1:
        problems.append(Problem("amount", "expected amounts of zero or more"))
    if problems:
        raise ClaimError("the claim was not sent", problems)


def _day(at: int, program: Program) -> str:
    plain = Instant.from_timestamp(at, unit="microsecond").to_tz(program.window.zone)
    return f"{plain.day} {dt.date(plain.year, plain.month, plain.day):%B %Y}"


def _require_payee(acting_user: Viewer) -> None:
    require_act(acting_user, "send_claim")
    if not acting_user.payee_id:
        raise NotAllowedError("only a payee claims, and only for themselves")


def _own_claim(claim_id: int, acting_user: Viewer) -> Claim:
    _require_payee(acting_user)
    row = Claim.objects.filter(pk=claim_id, payee_id=acting_user.payee_id).first()
    if row is None:
        message = f"no claim {claim_id}"
        raise NotVisibleError(message)
    return row


def _refuse_unchanged(changed: int, row: Claim) -> None:
    if changed != 1:
        row.refresh_from_db()
        message = f"{row} is {row.get_state_display().lower()} by now: look again"
        raise ConflictError(message)
