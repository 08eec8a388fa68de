"""Which systems tell us of events by webhook, and is a message really theirs?"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any, Final

import attrs
from django.db import IntegrityError, transaction

from openspiff.errors import Problem
from openspiff.web.access import NotVisibleError, Viewer, require_act
from openspiff.web.models import CLAIM_SOURCE, HookSource

from ._audit import record_change
from ._conflict import ConflictError as ConflictError  # noqa: PLC0414 (pages catch it)
from .webhook_endpoints import EndpointError, EndpointStateError, refuse_overlap
from .webhook_signatures import (
    ForgedMessageError,
    HookSecret,
    checked_message_id,
    rotated_fields,
    sealed,
    secrets_of,
)

_ACT: Final = "change_hooks"
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")


@attrs.frozen(kw_only=True)
class SignedMessage:
    """A message that was shown to come from a source: which, from whom, and its digest."""

    source_id: int
    source: str
    message_id: str
    body_digest: str
    acting_user: Viewer


@transaction.atomic
def add_source(
    *, name: str, secret: HookSecret, acting_user: Viewer, at: int
) -> HookSource:
    """Let a system tell us of events, in the name of `acting_user`.

    Raises NotAllowedError, EndpointError for a name that no address has, ConflictError for
    one that is taken.
    """
    require_act(acting_user, _ACT)
    require_act(acting_user, "record_batch")
    if not _NAME.fullmatch(name) or name == CLAIM_SOURCE:
        remedy = "up to 60 of a-z, 0-9 and -"
        problem = Problem("name", "it cannot stand in an address", remedy)
        raise EndpointError("no source was made", [problem])
    row = HookSource(name=name, acts_for=acting_user, made_at=at)
    row.sealed_secret = sealed(secret, place=row.place)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        problem = Problem("name", f"{name} is there already", "replace its secret instead")
        raise ConflictError("no source was made", [problem]) from error
    change = (None, {"acts_for": acting_user.pk})
    _record(row, "add_hook_source", change, acting_user=acting_user, at=at)
    return row


@transaction.atomic
def turn_source(*, source_id: int, is_on: bool, acting_user: Viewer, at: int) -> None:
    """Take the messages of a source, or refuse them from now on.

    Raises NotAllowedError, NotVisibleError, and EndpointStateError when it is so already.
    """
    require_act(acting_user, _ACT)
    row = _locked(source_id)
    rows = HookSource.objects.filter(pk=row.pk, is_on=not is_on)
    if rows.update(is_on=is_on) != 1:
        raise EndpointStateError("the source is so already")
    change = ({"is_on": not is_on}, {"is_on": is_on})
    _record(row, "turn_hook_source", change, acting_user=acting_user, at=at)


@transaction.atomic
def rotate_source_secret(
    *, source_id: int, overlap_hours: int, secret: HookSecret, acting_user: Viewer, at: int
) -> HookSource:
    """Replace the secret of a source; the old one holds until the overlap is over.

    From now on it tells in the name of `acting_user`. Raises as `rotate_endpoint_secret`.
    """
    require_act(acting_user, _ACT)
    require_act(acting_user, "record_batch")
    row = _locked(source_id)
    refuse_overlap(overlap_hours)
    fields = rotated_fields(row, secret, overlap_hours=overlap_hours, at=at)
    HookSource.objects.filter(pk=row.pk).update(acts_for=acting_user, **fields)
    before = {"acts_for": row.acts_for_id}
    after = {"acts_for": acting_user.pk, "old_until_at": fields["old_until_at"]}
    _record(
        row, "rotate_hook_source_secret", (before, after), acting_user=acting_user, at=at
    )
    return row


def signed_message(
    *, source: str, headers: Mapping[str, str], body: bytes, at: int
) -> SignedMessage:
    """Return what a message is once it was shown that its source sent it just now.

    Raises ForgedMessageError, in the same words for a source that is not there or is off,
    and NotAllowedError when whoever let it in may import no longer.
    """
    named = HookSource.objects.select_related("acts_for").filter(is_on=True)
    row = named.filter(name=source).first() if _NAME.fullmatch(source) else None
    if row is None:
        problem = Problem("source", "no source of this name is on")
        raise ForgedMessageError("nobody vouches for this message", [problem])
    message_id = checked_message_id(
        headers, body=body, secrets_now=secrets_of(row, at=at), at=at
    )
    require_act(row.acts_for, "record_batch")
    return SignedMessage(
        source_id=row.pk,
        source=row.name,
        message_id=message_id,
        body_digest=hashlib.sha256(body).hexdigest(),
        acting_user=row.acts_for,
    )


def _locked(source_id: int) -> HookSource:
    row = HookSource.objects.select_for_update().filter(pk=source_id).first()
    if row is None:
        message = f"no source {source_id}"
        raise NotVisibleError(message)
    return row


def _record(
    row: HookSource,
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
        of=("hook_source", row.name),
        change=change,
    )
