"""What do the messages of a source change? The newest revision of each event counts.

Every revision that a source tells is kept, and what an event is worth telling the feed is
worked out from all of them in their order, not in the order in which they came. So whatever
comes late leaves the events as they would be had it come in time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Final

import attrs
from django.conf import settings
from django.db import transaction
from django.db.models import Max

from openspiff.errors import OpenSpiffError, Problem
from openspiff.events import told_rows, write_batch
from openspiff.web.models import EventBatch, HookMessage, HookRevision, HookSource

from ._audit import record_change
from .claim_decisions import FeedMovedError, FeedNow
from .conflict import ConflictError
from .feed import NewBatch, record_batch
from .webhook_sources import SignedMessage

MOST_EVENTS: Final = 5_000
_EARNED: Final = ("done", "cancelled")


class MessageReusedError(OpenSpiffError):
    """A message under an id that came before with another body."""

    code: ClassVar[str] = "message_reused"


class RevisionReusedError(OpenSpiffError):
    """A revision of an event that was told before and said something else."""

    code: ClassVar[str] = "revision_reused"


@attrs.frozen(kw_only=True)
class ToldEvent:
    """One revision of an event as a source tells it.

    `facts` are columns of EVENT_COLUMNS, as plain JSON, with `payees` in place of the
    payee: a list of `payee_id` and perhaps `share_ppm`.
    """

    event_id: str
    revision: int
    facts: Mapping[str, Any]


@attrs.define
class _Event:
    """All that a source said of one event, and which status the feed has from it."""

    said: dict[int, Mapping[str, Any]] = attrs.field(factory=dict)
    told_status: str = ""
    new: list[int] = attrs.field(factory=list)

    def status_at(self) -> dict[int, str]:
        """Return the status after each revision: only what was done is ever cancelled."""
        found: dict[int, str] = {}
        before = ""
        for revision in sorted(self.said):
            status = str(self.said[revision]["status"])
            if status == "cancelled" and before not in _EARNED:
                status = "lost"
            found[revision] = before = status
        return found

    def to_tell(self) -> list[dict[str, Any]]:
        """Return what the feed has to be told, one after another; often nothing."""
        status_at = self.status_at()
        newest = max(self.said)
        status = status_at[newest]
        if newest not in self.new and status == self.told_status:
            return []
        told = [{**self.said[newest], "status": status}]
        if status == "cancelled" and self.told_status not in _EARNED:
            # The feed takes a cancellation for one only of what it knows as done.
            done = max(one for one, what in status_at.items() if what == "done")
            told.insert(0, dict(self.said[done]))
        return told


def known_answer(*, message: SignedMessage) -> dict[str, Any] | None:
    """Return what a message was answered when it came before, None when it is new.

    Raises MessageReusedError for the same id with another body.
    """
    rows = HookMessage.objects.filter(source_id=message.source_id)
    row = rows.filter(message_id=message.message_id).first()
    if row is None:
        return None
    if row.body_digest != message.body_digest:
        problem = Problem("webhook-id", "it came before with another body")
        raise MessageReusedError("an id is for one message: make a new one", [problem])
    return {**row.answer, "is_duplicate": True}


@transaction.atomic
def take_message(
    *, message: SignedMessage, events: Sequence[ToldEvent], feed: FeedNow, at: int
) -> dict[str, Any]:
    """Take the events of a message into the feed, and keep both, or neither.

    The same message again is answered as the first time and does nothing. Raises
    MessageReusedError; RevisionReusedError with every problem; FeedMovedError when another
    import came first: read the feed again and try again.
    """
    # One message of a source at a time: each sees all revisions that came before it.
    HookSource.objects.select_for_update().get(pk=message.source_id)
    known = known_answer(message=message)
    if known is not None:
        return known
    last_no = EventBatch.objects.aggregate(last=Max("batch_no"))["last"] or 0
    if feed.next_batch_no != last_no + 1:
        raise FeedMovedError("another import came first: send it again")
    found = _known_events(message.source_id, events)
    known_count = _add_new(found, events)
    told = {name: one.to_tell() for name, one in found.items() if one.new}
    batches = _tell(message, told, feed=feed, at=at)
    older = sum(len(one.new) - (max(one.said) in one.new) for one in found.values())
    answer = {
        "message_id": message.message_id,
        "event_count": len(events),
        "new_count": sum(one["new"] for one in batches),
        "changed_count": sum(one["changed"] for one in batches),
        "older_count": older,
        "known_count": known_count,
        "batches": [one["batch_no"] for one in batches],
    }
    row = HookMessage.objects.create(
        source_id=message.source_id,
        message_id=message.message_id,
        body_digest=message.body_digest,
        received_at=at,
        answer=answer,
    )
    _keep_revisions(row, found)
    record_change(
        acting_user=message.acting_user,
        at=at,
        action="take_hook_message",
        of=("hook_source", message.source),
        change=(None, answer),
    )
    return {**answer, "is_duplicate": False}


def _known_events(source_id: int, events: Iterable[ToldEvent]) -> dict[str, _Event]:
    found: dict[str, _Event] = defaultdict(_Event)
    names = sorted({one.event_id for one in events})
    for start in range(0, len(names), 500):
        rows = HookRevision.objects.filter(
            source_id=source_id, event_id__in=names[start : start + 500]
        )
        for row in rows.order_by("pk"):
            found[row.event_id].said[row.revision] = row.facts
            found[row.event_id].told_status = row.told_status
    return found


def _add_new(found: dict[str, _Event], events: Sequence[ToldEvent]) -> int:
    """Add what is new to what is known of each event; return how many were known."""
    problems, known_count = [], 0
    for number, one in enumerate(events):
        event = found[one.event_id]
        before = event.said.get(one.revision)
        if before is None:
            event.said[one.revision] = one.facts
            event.new.append(one.revision)
        elif before == one.facts:
            known_count += 1
        else:
            place = f"events[{number}].revision"
            said = f"revision {one.revision} of {one.event_id} said something else before"
            problems.append(Problem(place, said, "a change is a higher revision"))
    if problems:
        raise RevisionReusedError("nothing was taken", problems)
    return known_count


def _tell(
    message: SignedMessage,
    told: Mapping[str, list[dict[str, Any]]],
    *,
    feed: FeedNow,
    at: int,
) -> list[dict[str, int]]:
    """Write what has to be told as one batch, or two where some comes before the rest."""
    layers = [
        {name: one[0] for name, one in told.items() if len(one) > 1},
        {name: one[-1] for name, one in told.items() if one},
    ]
    entered = []
    for layer in layers:
        rows = [row for name, facts in layer.items() for row in _rows(name, facts, at)]
        if not rows:
            continue
        batch = write_batch(
            told_rows(rows, source=message.source),
            feed=feed.feed,
            folder=Path(settings.OPENSPIFF_HOME) / "feed",
            batch_no=feed.next_batch_no,
        )
        if batch.events is None:
            continue
        counts = {"new": batch.new_count, "changed": batch.changed_count}
        new = NewBatch(
            batch_no=batch.batch_no,
            digest=batch.digest,
            event_file=batch.events.name,
            superseded_file=batch.superseded.name if batch.superseded else "",
            source=message.source,
            counts=counts,
        )
        try:
            row = record_batch(batch=new, acting_user=message.acting_user, at=at)
        except ConflictError as error:
            raise FeedMovedError(error.message, error.problems) from None
        if row.batch_no != batch.batch_no:
            raise FeedMovedError("another import came first: send it again")
        entered.append({"batch_no": batch.batch_no, **counts})
        superseded = () if batch.superseded is None else (batch.superseded,)
        after = attrs.evolve(
            feed.feed,
            events=(*feed.feed.events, batch.events),
            superseded=(*feed.feed.superseded, *superseded),
        )
        feed = FeedNow(feed=after, next_batch_no=feed.next_batch_no + 1)
    return entered


def _rows(name: str, facts: Mapping[str, Any], at: int) -> list[dict[str, Any]]:
    """Return the rows of one event, one for each payee."""
    said = {key: value for key, value in facts.items() if key != "payees"}
    return [
        {**said, **payee, "event_id": name, "recorded_at": at} for payee in facts["payees"]
    ]


def _keep_revisions(row: HookMessage, found: Mapping[str, _Event]) -> None:
    rows = []
    for name, event in found.items():
        if not event.new:
            continue
        status_at = event.status_at()
        told_status = status_at[max(event.said)]
        rows += [
            HookRevision(
                source_id=row.source_id,
                message=row,
                event_id=name,
                revision=revision,
                facts=event.said[revision],
                told_status=told_status,
            )
            for revision in event.new
        ]
    HookRevision.objects.bulk_create(rows, batch_size=500)
