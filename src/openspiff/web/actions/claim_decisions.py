"""How is a claim decided? Approved into the feed, rejected, or a decision taken back.

Whoever decides names the revision that they saw. Everything that is decided at once is one
batch of the feed: its file is whole on disk first, then the catalog and the claims change
in one transaction, or nothing does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import ClassVar, Final

import attrs
from django.conf import settings
from django.db import IntegrityError, transaction

from openspiff.errors import Problem
from openspiff.events import Feed, told_rows, write_batch
from openspiff.web.access import NotAllowedError, NotVisibleError, Viewer, require_act
from openspiff.web.models import CLAIM_SOURCE, Claim, ClaimState, ClaimStep

from .claims import ClaimError, add_step
from .conflict import ConflictError
from .feed import NewBatch, record_batch

AT_ONCE: Final = 200
"""How many claims are decided at once at most."""


class DecidedError(ConflictError):
    """A claim that somebody else has decided, or its payee has changed."""

    code: ClassVar[str] = "claim_decided"


class FeedMovedError(ConflictError):
    """Another import came between reading the feed and entering the claims."""

    code: ClassVar[str] = "feed_moved"


@attrs.frozen(order=True)
class SeenClaim:
    """A claim as whoever decides saw it."""

    claim_id: int
    revision: int


@attrs.frozen(kw_only=True)
class FeedNow:
    """The feed as the door read it, and the number that the next batch gets."""

    feed: Feed
    next_batch_no: int


@transaction.atomic
def approve_claims(
    *,
    seen: Iterable[SeenClaim],
    feed: FeedNow,
    acting_user: Viewer,
    at: int,
    reason: str = "",
) -> int:
    """Approve claims: each becomes an event of the feed; return the number of the batch.

    Raises NotAllowedError (nobody approves their own), NotVisibleError, DecidedError that
    names who was first, ClaimError when a deal was approved before, and FeedMovedError
    when another import came first; nothing is changed then.
    """
    rows = _seen_rows(seen, acting_user)
    _refuse_undecidable(rows, Claim.WAITING)
    _refuse_approved_deals(rows)
    old = _change(rows, ClaimState.APPROVED, Claim.WAITING)
    batch_no = _tell(rows, "done", feed=feed, acting_user=acting_user, at=at)
    for row in rows:
        add_step(
            row,
            old[row.pk],
            reason=reason,
            acting_user=acting_user,
            at=at,
            batch_no=batch_no,
        )
    return batch_no


@transaction.atomic
def reject_claims(
    *, seen: Iterable[SeenClaim], reason: str, acting_user: Viewer, at: int
) -> None:
    """Reject claims with a reason that their payees read.

    Raises NotAllowedError, NotVisibleError, ClaimError without a reason, DecidedError.
    """
    rows = _seen_rows(seen, acting_user)
    _require_reason(reason)
    _refuse_undecidable(rows, Claim.WAITING)
    old = _change(rows, ClaimState.REJECTED, Claim.WAITING)
    for row in rows:
        add_step(row, old[row.pk], reason=reason, acting_user=acting_user, at=at)


@transaction.atomic
def undo_decisions(
    *,
    seen: Iterable[SeenClaim],
    feed: FeedNow,
    reason: str,
    acting_user: Viewer,
    at: int,
) -> int | None:
    """Take decisions back by a new record; the claims wait again.

    An event that came of an approval gets a new revision that says that it never was, in a
    new batch whose number is returned: the books follow at the next run, and the payee is
    told the reason. Raises as `approve_claims`, and ClaimError without a reason.
    """
    rows = _seen_rows(seen, acting_user)
    _require_reason(reason)
    decided = [ClaimState.APPROVED, ClaimState.REJECTED]
    _refuse_undecidable(rows, decided)
    old = _change(rows, ClaimState.UNDONE, decided)
    told = [row for row in rows if old[row.pk] == ClaimState.APPROVED]
    # "Lost", not "cancelled": a cancelled event may keep a share under the terms, and one
    # that never was must not.
    batch_no = (
        _tell(told, "lost", feed=feed, acting_user=acting_user, at=at) if told else None
    )
    for row in rows:
        was_approved = old[row.pk] == ClaimState.APPROVED
        add_step(
            row,
            old[row.pk],
            reason=reason,
            acting_user=acting_user,
            at=at,
            batch_no=batch_no if was_approved else None,
        )
    return batch_no


def _seen_rows(seen: Iterable[SeenClaim], acting_user: Viewer) -> list[Claim]:
    """Return the claims, locked in one order, if this user may decide them at all."""
    require_act(acting_user, "decide_claim")
    wanted = {one.claim_id: one.revision for one in seen}
    if not wanted or len(wanted) > AT_ONCE:
        problem = Problem("claim", f"{len(wanted)} are named")
        message = f"between 1 and {AT_ONCE} claims are decided at once"
        raise ClaimError(message, [problem])
    rows = list(Claim.objects.select_for_update().filter(pk__in=wanted).order_by("pk"))
    missing = set(wanted) - {row.pk for row in rows}
    if missing:
        message = f"no claim {min(missing)}"
        raise NotVisibleError(message)
    own = [
        row
        for row in rows
        if row.sent_by_id == acting_user.pk
        or (acting_user.payee_id and row.payee_id == acting_user.payee_id)
    ]
    if own:
        problems = [Problem(str(row), "is your own") for row in own]
        raise NotAllowedError("nobody decides their own claim", problems)
    changed = [row for row in rows if row.revision != wanted[row.pk]]
    if changed:
        problems = [Problem(str(row), "was sent again", "look again") for row in changed]
        raise DecidedError("the payee has changed what you saw", problems)
    return rows


def _refuse_undecidable(rows: Sequence[Claim], states: Sequence[str]) -> None:
    late = [row for row in rows if row.state not in states]
    if not late:
        return
    problems = []
    for row in late:
        step = (
            ClaimStep.objects.filter(claim=row)
            .select_related("actor")
            .order_by("pk")
            .last()
        )
        by = "" if step is None else f" by {step.actor}"
        words = row.get_state_display().lower()
        problems.append(Problem(str(row), f"is {words}{by}", "leave it out"))
    raise DecidedError("somebody else was faster", problems)


def _refuse_approved_deals(rows: Sequence[Claim]) -> None:
    """Refuse what would make one deal two events of ours."""
    problems = []
    named = [row for row in rows if row.subject_id]
    approved = Claim.objects.filter(
        state=ClaimState.APPROVED, subject_id__in={row.subject_id for row in named}
    ).exclude(pk__in=[row.pk for row in rows])
    first = {(row.kind, row.subject_id): row for row in approved}
    for row in named:
        other = first.setdefault((row.kind, row.subject_id), row)
        if other is not row:
            message = f"the deal {row.subject_id} is that of {other} too"
            remedy = "an event earns once: approve one, reject the other"
            problems.append(Problem(str(row), message, remedy))
    if problems:
        raise ClaimError("nothing was approved", problems)


def _require_reason(reason: str) -> None:
    if not reason.strip():
        problem = Problem("reason", "the payee will ask why", "say it in a sentence")
        raise ClaimError("a reason is needed", [problem])


def _change(
    rows: Sequence[Claim], state: ClaimState, states: Sequence[str]
) -> dict[int, str]:
    """Change the state of every claim, or raise; return the states before."""
    old = {row.pk: row.state for row in rows}
    for row in rows:
        try:
            with transaction.atomic():
                changed = Claim.objects.filter(
                    pk=row.pk, revision=row.revision, state=row.state, state__in=states
                ).update(state=state)
        except IntegrityError:
            problem = Problem(str(row), f"the deal {row.subject_id} was approved before")
            raise DecidedError("somebody else was faster", [problem]) from None
        if changed != 1:
            _refuse_undecidable([Claim.objects.get(pk=row.pk)], states)
            raise DecidedError("somebody else was faster")
        row.state = state
    return old


def _tell(
    rows: Sequence[Claim], status: str, *, feed: FeedNow, acting_user: Viewer, at: int
) -> int:
    """Write the claims as one batch and enter it; return its number."""
    batch = write_batch(
        told_rows([row.told(status, at=at) for row in rows], source=CLAIM_SOURCE),
        feed=feed.feed,
        folder=Path(settings.OPENSPIFF_HOME) / "feed",
        batch_no=feed.next_batch_no,
    )
    if batch.events is None:
        raise FeedMovedError("the feed says this already: look again")
    new = NewBatch(
        batch_no=batch.batch_no,
        digest=batch.digest,
        event_file=batch.events.name,
        superseded_file=batch.superseded.name if batch.superseded else "",
        source=CLAIM_SOURCE,
        counts={"new": batch.new_count, "changed": batch.changed_count},
    )
    try:
        entered = record_batch(batch=new, acting_user=acting_user, at=at)
    except ConflictError as error:
        raise FeedMovedError(error.message, error.problems) from None
    if entered.batch_no != batch.batch_no:
        raise FeedMovedError("another import came first: try again")
    return entered.batch_no
