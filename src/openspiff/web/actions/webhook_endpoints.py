"""Who is told by webhook? Endpoints: made, turned on and off, given a new secret."""

from __future__ import annotations

from typing import Any, ClassVar, Final

import attrs
from django.db import IntegrityError, transaction

from openspiff.errors import OpenSpiffError, Problem
from openspiff.web.access import Viewer, require_act
from openspiff.web.models import (
    HOOK_KINDS,
    Delivery,
    DeliveryState,
    Endpoint,
    EndpointState,
)

from ._audit import record_change
from .conflict import ConflictError
from .webhook_signatures import (
    LONGEST_OVERLAP,
    HookSecret,
    rotated_fields,
    sealed,
)
from .webhook_targets import TargetError, checked_target
from .webhooks import locked_endpoint, put_under_way

_ACT: Final = "change_hooks"
_LONGEST_LABEL: Final = 100


class EndpointError(OpenSpiffError):
    """An endpoint that cannot be made or changed like this."""

    code: ClassVar[str] = "endpoint"


class EndpointStateError(ConflictError):
    """An endpoint that is not in the state that what is asked begins with."""

    code: ClassVar[str] = "endpoint_state"


@attrs.frozen(kw_only=True)
class NewEndpoint:
    """What an endpoint is called, where it stands, and of what it is told.

    `name` is chance from the door; it binds the secret to the row.
    """

    name: str
    label: str
    url: str
    kinds: tuple[str, ...]


def add_endpoint(
    *, endpoint: NewEndpoint, secret: HookSecret, acting_user: Viewer, at: int
) -> Endpoint:
    """Let an address be told; from now on, not of what was before.

    The name in the URL is resolved, before any transaction begins. Raises NotAllowedError,
    and EndpointError with every problem at once.
    """
    refuse_endpoint(endpoint, acting_user=acting_user)
    return write_endpoint(endpoint=endpoint, secret=secret, acting_user=acting_user, at=at)


def refuse_endpoint(endpoint: NewEndpoint, *, acting_user: Viewer) -> None:
    """Raise what `add_endpoint` raises; asks the name server, so outside transactions."""
    require_act(acting_user, _ACT)
    problems = _problems(endpoint)
    try:
        checked_target(endpoint.url)
    except TargetError as error:
        problems += error.problems
    if problems:
        raise EndpointError("no endpoint was made", problems)


@transaction.atomic
def write_endpoint(
    *, endpoint: NewEndpoint, secret: HookSecret, acting_user: Viewer, at: int
) -> Endpoint:
    """Keep an endpoint that `refuse_endpoint` let be; raises ConflictError.

    What its name leads to is looked at again with every message.
    """
    require_act(acting_user, _ACT)
    row = Endpoint(
        name=endpoint.name,
        label=endpoint.label.strip(),
        url=endpoint.url,
        kinds=sorted(set(endpoint.kinds)),
        made_at=at,
        made_by=acting_user,
    )
    row.sealed_secret = sealed(secret, place=row.place)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise ConflictError("the endpoint was made meanwhile: look again") from error
    after = {"label": row.label, "url": row.url, "kinds": row.kinds}
    _record(row, "add_endpoint", (None, after), acting_user=acting_user, at=at)
    return row


@transaction.atomic
def turn_off(*, endpoint_id: int, acting_user: Viewer, at: int) -> Endpoint:
    """Tell an endpoint nothing more; what is under way to it is held back.

    Raises NotAllowedError, NotVisibleError, and EndpointStateError when it is off.
    """
    require_act(acting_user, _ACT)
    row = locked_endpoint(endpoint_id)
    if row.state == EndpointState.OFF:
        raise EndpointStateError("the endpoint is off already")
    before = row.state
    _set_state(row, EndpointState.OFF)
    change = ({"state": before}, {"state": EndpointState.OFF.value})
    _record(row, "turn_off_endpoint", change, acting_user=acting_user, at=at)
    return row


@transaction.atomic
def turn_on(*, endpoint_id: int, acting_user: Viewer, at: int) -> int:
    """Tell an endpoint again, and first what was held back; return how much that is.

    Raises NotAllowedError, NotVisibleError, and EndpointStateError when it is on.
    """
    require_act(acting_user, _ACT)
    row = locked_endpoint(endpoint_id)
    if row.state == EndpointState.ON:
        raise EndpointStateError("the endpoint is on already")
    before = row.state
    _set_state(row, EndpointState.ON)
    held = Delivery.objects.filter(endpoint=row, state=DeliveryState.HELD)
    count = 0
    for one in held.order_by("pk").select_for_update():
        put_under_way(one, at=at, acting_user=acting_user)
        count += 1
    change = ({"state": before}, {"state": EndpointState.ON.value, "sent_again": count})
    _record(row, "turn_on_endpoint", change, acting_user=acting_user, at=at)
    return count


@transaction.atomic
def rotate_endpoint_secret(
    *,
    endpoint_id: int,
    overlap_hours: int,
    secret: HookSecret,
    acting_user: Viewer,
    at: int,
) -> Endpoint:
    """Replace the secret of an endpoint; the old one signs too until the overlap is over.

    Two sign at most: what was old before ends now. Raises NotAllowedError,
    NotVisibleError, and EndpointError for an overlap that is too long.
    """
    require_act(acting_user, _ACT)
    row = locked_endpoint(endpoint_id)
    refuse_overlap(overlap_hours)
    fields = rotated_fields(row, secret, overlap_hours=overlap_hours, at=at)
    Endpoint.objects.filter(pk=row.pk).update(**fields)
    change = (None, {"old_until_at": fields["old_until_at"]})
    _record(row, "rotate_endpoint_secret", change, acting_user=acting_user, at=at)
    return row


def refuse_overlap(overlap_hours: int) -> None:
    """Raise EndpointError unless an old secret may go on for so long."""
    most = LONGEST_OVERLAP * 24
    if not 0 <= overlap_hours <= most:
        problem = Problem("overlap_hours", "cannot be chosen", f"0 to {most} hours")
        raise EndpointError("the secret was not replaced", [problem])


def _set_state(row: Endpoint, state: EndpointState) -> None:
    changed = Endpoint.objects.filter(pk=row.pk, state=row.state).update(
        state=state, disabled_because="", failure_count=0
    )
    if changed != 1:
        raise EndpointStateError("the endpoint was changed meanwhile: look again")
    row.state, row.disabled_because, row.failure_count = state, "", 0


def _problems(endpoint: NewEndpoint) -> list[Problem]:
    found = []
    label = endpoint.label.strip()
    if not label or len(label) > _LONGEST_LABEL or "\0" in label:
        remedy = f"say which system it is, in at most {_LONGEST_LABEL} letters"
        found.append(Problem("label", "an endpoint is called something", remedy))
    if not endpoint.kinds:
        found.append(Problem("kinds", "it would be told nothing", "choose at least one"))
    found += [
        Problem("kinds", f"{one!r} is nothing we tell", f"one of {', '.join(HOOK_KINDS)}")
        for one in endpoint.kinds
        if one not in HOOK_KINDS
    ]
    return found


def _record(
    row: Endpoint,
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
        of=("endpoint", str(row.pk)),
        change=change,
    )
