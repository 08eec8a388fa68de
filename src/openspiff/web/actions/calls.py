"""How are the calls of machines counted, and answered once? By minute, and by their key."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import ClassVar, Final

import attrs
from django.db import IntegrityError, connection
from django.db.models import BigIntegerField, Case, F, IntegerField, Q, Value, When

from openspiff.errors import OpenSpiffError, Problem
from openspiff.web._postgresql import often_cursor
from openspiff.web.access import Viewer
from openspiff.web.models import ApiToken, KeptAnswer

from ._one_call import add_in_time, one_call as one_call  # noqa: PLC0414 (for the doors)
from .conflict import ConflictError as ConflictError  # noqa: PLC0414 (for the doors)

MINUTE: Final = 60 * 1_000_000
OLD_AT_ONCE: Final = 2_000
_KEPT_FOR: Final = 30 * 24 * 60 * MINUTE
_KEPT_SQL: Final = """
      k.call, k.body_digest, k.status, k.headers, k.body
    from (select 1 as one) asked
    left join web_keptanswer k on k.user_id = %s and k.key = %s
"""


class TooManyCallsError(OpenSpiffError):
    """A token that called too often this minute; `retry_seconds` says when to come back."""

    code: ClassVar[str] = "too_many_calls"

    def __init__(self, message: str, *, retry_seconds: int) -> None:
        """Keep when the next minute begins."""
        super().__init__(message)
        self.retry_seconds = retry_seconds


class CallKeyReusedError(OpenSpiffError):
    """An idempotency key that came before with another call or another body."""

    code: ClassVar[str] = "idempotency_key_reused"


class KeyBusyError(OpenSpiffError):
    """An idempotency key whose first call is still at work."""

    code: ClassVar[str] = "idempotency_key_busy"
    retry_seconds: Final = 1


@attrs.frozen(kw_only=True)
class KeyedCall:
    """One call as its key protects it: `call` is method and address, `body` its bytes.

    `is_kept` is for ever: where money moves.
    """

    key: str
    call: str
    body_digest: str
    is_kept: bool


@attrs.frozen(kw_only=True)
class Answer:
    """What was answered: status, the headers that matter, and the body as text."""

    status: int
    body: str
    headers: Mapping[str, str]
    is_replayed: bool = False


def take_calls(*, token_id: int, count: int, limit: int, at: int) -> int | None:
    """Count calls of a token and return how many are left this minute; None: too many.

    One statement, so that many at once cannot pass the limit together. The first calls of
    a minute note when the token was last used, once a minute at most.
    """
    minute_at = at - at % MINUTE
    is_new = ~Q(minute_at=minute_at)
    fits = is_new | Q(call_count__lte=limit - count)
    fresh = When(is_new, then=Value(count))
    changed = ApiToken.objects.filter(fits, pk=token_id).update(
        call_count=Case(
            fresh, default=F("call_count") + count, output_field=IntegerField()
        ),
        used_at=Case(
            When(is_new, then=Value(at)),
            default=F("used_at"),
            output_field=BigIntegerField(),
        ),
        minute_at=minute_at,
    )
    if changed == 0:
        return None
    taken = ApiToken.objects.filter(pk=token_id).values_list("call_count", flat=True)
    return max(0, limit - (taken.first() or 0))


def answer_once(
    *, call: KeyedCall, work: Callable[[], Answer], acting_user: Viewer, at: int
) -> Answer:
    """Do the work of a call and keep its answer, both or neither; or give the first again.

    What the work refuses is not kept: nothing was written. Raises CallKeyReusedError, and
    KeyBusyError while the first call is at work elsewhere.
    """
    try:
        with one_call():
            known = _known(call, acting_user)
            if known is not None:
                return known
            answer = work()
            add_in_time(
                KeptAnswer,
                user_id=acting_user.pk,
                key=call.key,
                call=call.call,
                body_digest=call.body_digest,
                status=answer.status,
                headers=dict(answer.headers),
                body=answer.body,
                answered_at=at,
                is_kept=call.is_kept,
            )
            return answer
    except (CallKeyReusedError, KeyBusyError):
        raise
    except (IntegrityError, OpenSpiffError):
        # The first call may have ended while we looked: then it is in our way, or the work
        # found done what it was to do.
        known = _kept(call, acting_user)
        if known is None:
            raise
        return known


def answer_before(*, call: KeyedCall, acting_user: Viewer) -> Answer | None:
    """Return what this key was answered before, None when new; raises CallKeyReusedError.

    For work that takes long: asked before it begins, so that nothing is worked out twice.
    """
    return _kept(call, acting_user)


def drop_old_answers(*, at: int) -> int:
    """Delete answers that need not be kept for ever, after thirty days; return how many.

    OLD_AT_ONCE at most, so that nobody waits for it: with that many there may be more. No
    audit row: what the calls did has its own.
    """
    old = KeptAnswer.objects.filter(is_kept=False, answered_at__lt=at - _KEPT_FOR)
    piece = old.order_by("answered_at").values("pk")[:OLD_AT_ONCE]
    return KeptAnswer.objects.filter(pk__in=piece).delete()[0]


def _known(call: KeyedCall, acting_user: Viewer) -> Answer | None:
    """Return what this key was answered; else make sure that nobody else is at it.

    On SQLite the transaction holds the only right to write; on PostgreSQL a lock of the
    key, asked for without waiting, tells that the first call is still at work.
    """
    named = hashlib.sha256(f"{acting_user.pk} {call.key}".encode()).digest()
    number = int.from_bytes(named[:8], "big", signed=True)
    is_ours, known = _look_up(call, acting_user, lock=number)
    if not is_ours and known is None:
        raise KeyBusyError("the first call with this key is still at work")
    return known


def _kept(call: KeyedCall, acting_user: Viewer) -> Answer | None:
    return _look_up(call, acting_user, lock=None)[1]


def _look_up(
    call: KeyedCall, acting_user: Viewer, *, lock: int | None
) -> tuple[bool, Answer | None]:
    """Tell whether we have the lock, if one is asked for, and what the key was answered."""
    is_locked = lock is not None and connection.vendor == "postgresql"
    ours = "pg_try_advisory_xact_lock(%s)" if is_locked else "1"
    asked = [*([lock] if is_locked else []), acting_user.pk, call.key]
    with often_cursor() as cursor:
        cursor.execute(f"select {ours}, {_KEPT_SQL}", asked)
        is_ours, said, digest, status, headers, body = cursor.fetchone()
    if said is None:
        return bool(is_ours), None
    if (said, digest) != (call.call, call.body_digest):
        problem = Problem("Idempotency-Key", "it came before with another call or body")
        raise CallKeyReusedError("a key is for one call: make a new one", [problem])
    known = Answer(status=status, body=body, headers=json.loads(headers), is_replayed=True)
    return bool(is_ours), known
