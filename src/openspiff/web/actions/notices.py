"""Who is told of what happened? Written with what happened; sent by a worker.

`notify` stands in the transaction of the action, so a notice is there exactly when the
action is. A mail may be sent twice when a worker dies in the middle, never left out: both
have one Message-ID, and the notice says that it is doubtful.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Final

from django.db import transaction
from django.db.models import F

from openspiff.errors import OpenSpiffError, Problem
from openspiff.program import Enrolment
from openspiff.web.access import Viewer
from openspiff.web.models import (
    NOTICE_KINDS,
    ApprovalBatch,
    ApprovalLine,
    Notice,
    NoticeChannel,
    NoticePreference,
    NoticeState,
    Pace,
    PayoutMethod,
    User,
)

from ._audit import record_change
from .jobs import enqueue

_DAY: Final = 86_400_000_000
_HOUR_OF_MAIL: Final = 7 * 3_600_000_000
"""When the mail of the day leaves, after midnight UTC."""

_AT_ONCE: Final = 500


class NoticeError(OpenSpiffError):
    """A wish about notices that cannot be kept."""

    code: ClassVar[str] = "notice"


def notify(
    *, kind: str, users: Iterable[Viewer], key: str, facts: Mapping[str, Any], at: int
) -> int:
    """Tell people of one thing, inside the transaction in which it happens.

    `key` names the thing: a person is told of it once, however often this is called.
    `facts` refer to it (numbers and ids of our own), they do not tell it. Returns how many
    people were not told of it before; those without an address or wish are on record too.
    """
    asked = [one for one in users if one.is_active]
    paces = _paces(kind, asked)
    new = [
        Notice(
            user=one,
            kind=kind,
            key=key,
            facts=dict(facts),
            created_at=at,
            state=_first_state(one, paces[one.pk]),
        )
        for one in asked
    ]
    before = Notice.objects.filter(kind=kind, key=key).count()
    Notice.objects.bulk_create(new, batch_size=_AT_ONCE, ignore_conflicts=True)
    states = {one.state for one in new}
    if NoticeState.QUEUED in states:
        payload = {"kind": kind, "key": key}
        enqueue(kind="mail", key=f"{kind} {key}", payload=payload, acting_user=None, at=at)
    if NoticeState.DAILY in states:
        _enqueue_mail_of_the_day(at)
    return Notice.objects.filter(kind=kind, key=key).count() - before


def _first_state(user: Viewer, pace: str) -> NoticeState:
    if not user.email or pace == Pace.OFF:
        return NoticeState.SUPPRESSED
    return NoticeState.DAILY if pace == Pace.DAILY else NoticeState.QUEUED


def _paces(kind: str, users: list[Viewer]) -> dict[int, str]:
    known = NOTICE_KINDS[kind]
    paces: dict[int, str] = {one.pk: known.pace for one in users}
    if not known.is_security:
        wishes = NoticePreference.objects.filter(kind=kind, user_id__in=list(paces))
        paces |= dict(wishes.values_list("user_id", "pace"))
    return paces


def _enqueue_mail_of_the_day(at: int) -> None:
    due = at - at % _DAY + _HOUR_OF_MAIL
    due += _DAY if due <= at else 0
    day = str(due // _DAY)
    payload = {"day": day}
    enqueue(
        kind="mail_of_the_day",
        key=day,
        payload=payload,
        acting_user=None,
        at=at,
        run_after_at=due,
    )


def notify_roles(
    *, kind: str, key: str, facts: Mapping[str, Any], at: int, but: Viewer | None = None
) -> None:
    """Tell everybody whose role the kind names, but for who did it."""
    users = User.objects.filter(is_active=True, role__in=NOTICE_KINDS[kind].roles)
    told = [one for one in users if but is None or one.pk != but.pk]
    notify(kind=kind, users=told, key=key, facts=facts, at=at)
    for channel in NoticeChannel.objects.filter(created_at__lte=at).order_by("pk"):
        if kind in channel.kinds:
            payload = {"channel_id": channel.pk, "kind": kind, "facts": dict(facts)}
            name = f"{channel.pk} {kind} {key}"
            enqueue(kind="room", key=name, payload=payload, acting_user=None, at=at)


def notify_checkers(batch: ApprovalBatch, *, but: Viewer, at: int) -> None:
    """Tell those who may approve a batch that it waits for them."""
    facts = {"number": batch.pk}
    notify_roles(kind="batch_waiting", key=str(batch.pk), facts=facts, at=at, but=but)


def notify_paid(batch: ApprovalBatch, *, at: int) -> None:
    """Tell every payee of a batch that it was paid."""
    ids = ApprovalLine.objects.filter(batch=batch).values_list("payee_id", flat=True)
    notify_payees(kind="paid", payee_ids=set(ids), key=str(batch.pk), facts={}, at=at)


def notify_of_account(method: PayoutMethod, *, at: int) -> None:
    """Tell a payee that the account to be paid to is another one."""
    key = f"{method.payee_id} {method.number}"
    ids = [method.payee_id]
    notify_payees(kind="account_changed", payee_ids=ids, key=key, facts={}, at=at)


def notify_enrolled(enrolment: Enrolment, *, program_id: str, at: int) -> None:
    """Tell everybody who takes part in a program that it was launched."""
    ids = {one.payee_id for one in enrolment.rows} - enrolment.held_out_ids()
    facts = {"program_id": program_id}
    notify_payees(
        kind="program_launched", payee_ids=ids, key=program_id, facts=facts, at=at
    )


def notify_payees(
    *, kind: str, payee_ids: Iterable[str], key: str, facts: Mapping[str, Any], at: int
) -> None:
    """Tell those who sign in as these payees."""
    ids = [one for one in payee_ids if one]
    users = list(User.objects.filter(is_active=True, payee_id__in=ids))
    notify(kind=kind, users=users, key=key, facts=facts, at=at)


@transaction.atomic
def set_paces(*, paces: Mapping[str, str], acting_user: Viewer, at: int) -> None:
    """Keep how soon somebody wants to be told of each kind.

    Raises NoticeError with every wish that cannot be kept: an unknown kind or pace, one of
    another role, and whatever keeps the account safe.
    """
    problems = []
    for kind, pace in paces.items():
        known = NOTICE_KINDS.get(kind)
        if known is None or acting_user.role not in known.roles:
            problems.append(Problem(kind, "no notice of yours", "leave it out"))
        elif known.is_security:
            problems.append(Problem(kind, "keeps your account safe", "leave it on"))
        elif pace not in Pace.values:
            problems.append(Problem(kind, f"expected a pace, got {pace!r}", "choose one"))
    if problems:
        raise NoticeError("the notices were not changed", problems)
    _store_paces(paces, acting_user, at)


def _store_paces(paces: Mapping[str, str], user: Viewer, at: int) -> None:
    rows = NoticePreference.objects.filter(user=user, kind__in=list(paces))
    had = dict(rows.values_list("kind", "pace"))
    old = {kind: had.get(kind, NOTICE_KINDS[kind].pace) for kind in paces}
    changed = {kind: pace for kind, pace in paces.items() if old[kind] != pace}
    if not changed:
        return
    NoticePreference.objects.bulk_create(
        [
            NoticePreference(user=user, kind=kind, pace=pace)
            for kind, pace in changed.items()
        ],
        update_conflicts=True,
        unique_fields=["user", "kind"],
        update_fields=["pace"],
    )
    record_change(
        acting_user=user,
        at=at,
        action="set_notice_paces",
        of=("user", user.username),
        change=({kind: str(old[kind]) for kind in changed}, dict(changed)),
    )


@transaction.atomic
def unsubscribe(*, user_id: int, kind: str, at: int) -> bool:
    """Turn one kind off for whoever follows the link of a mail; tell whether it can be."""
    user = User.objects.filter(pk=user_id).first()
    known = NOTICE_KINDS.get(kind)
    if user is None or known is None or known.is_security:
        return False
    _store_paces({kind: Pace.OFF.value}, user, at)
    return True


def begin_sending(*, notice_id: int, from_states: Iterable[str]) -> bool:
    """Note that a notice is on its way; False when it is not to be sent (any more).

    One that an earlier attempt left on its way is sent again, and doubtful from now on.
    """
    waiting = Notice.objects.filter(pk=notice_id)
    taken = waiting.filter(state__in=list(from_states)).update(
        state=NoticeState.SENDING, attempt_count=F("attempt_count") + 1
    )
    if taken:
        return True
    again = waiting.filter(state=NoticeState.SENDING).update(
        is_doubtful=True, attempt_count=F("attempt_count") + 1
    )
    return bool(again)


def end_sending(*, notice_ids: Iterable[int], state: str, at: int | None = None) -> None:
    """Note what became of notices that were on their way."""
    Notice.objects.filter(pk__in=list(notice_ids), state=NoticeState.SENDING).update(
        state=state, sent_at=at
    )
