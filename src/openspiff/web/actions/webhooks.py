"""How is something told to the outside? As a message to each endpoint that asked for it.

A message and the job that delivers it are written in the transaction of what it tells of:
they are there exactly when that happened.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from django.db import transaction
from whenever import Instant

from openspiff.web.access import NotVisibleError, Viewer, require_act
from openspiff.web.models import (
    OPEN_STATES,
    TEST_KIND,
    Delivery,
    DeliveryState,
    Endpoint,
    EndpointState,
    Job,
)

from ._audit import record_change
from .conflict import ConflictError
from .jobs import enqueue

MOST_BYTES: Final = 256 * 1024
_ACT: Final = "change_hooks"


class DeliveryStateError(ConflictError):
    """A message that is under way, or an endpoint that is off."""

    code: ClassVar[str] = "delivery_state"


def tell(*, kind: str, facts: Mapping[str, Any], at: int) -> None:
    """Tell every endpoint that asked for `kind`, in the transaction of what it tells of.

    `facts` are ids and figures, as plain JSON. Costs one look-up where nobody listens. What
    a disabled endpoint would be told is held back until it is on again; one that somebody
    turned off is told nothing.
    """
    for endpoint in Endpoint.objects.exclude(state=EndpointState.OFF):
        if kind in endpoint.kinds:
            _add(endpoint, kind, facts, at)


@transaction.atomic
def send_test(*, endpoint_id: int, acting_user: Viewer, at: int) -> Delivery:
    """Send a message that says nothing, to see whether the endpoint answers.

    Raises NotAllowedError, NotVisibleError, and DeliveryStateError unless it is on.
    """
    require_act(acting_user, _ACT)
    endpoint = locked_endpoint(endpoint_id)
    if endpoint.state != EndpointState.ON:
        raise DeliveryStateError("turn the endpoint on first")
    made = _add(endpoint, TEST_KIND, {"endpoint_id": endpoint.pk}, at)
    _record(made, "send_test_message", None, acting_user=acting_user, at=at)
    return made


@transaction.atomic
def redeliver(*, delivery_id: int, acting_user: Viewer, at: int) -> Delivery:
    """Send a message again: the same id and body, with all its tries before it.

    Raises NotAllowedError, NotVisibleError, and DeliveryStateError while it is under way
    or its endpoint is not on.
    """
    require_act(acting_user, _ACT)
    found = Delivery.objects.filter(pk=delivery_id).first()
    if found is None:
        message = f"no message {delivery_id}"
        raise NotVisibleError(message)
    endpoint = locked_endpoint(found.endpoint_id)
    row = Delivery.objects.select_for_update().get(pk=delivery_id)
    if endpoint.state != EndpointState.ON:
        raise DeliveryStateError("turn the endpoint on first")
    if jobs_of(row).filter(state__in=OPEN_STATES).exists():
        raise DeliveryStateError("the message is under way already")
    before = row.state
    put_under_way(row, at=at, acting_user=acting_user)
    _record(row, "redeliver_message", before, acting_user=acting_user, at=at)
    return row


def locked_endpoint(endpoint_id: int) -> Endpoint:
    """Return an endpoint, locked; raises NotVisibleError."""
    row = Endpoint.objects.select_for_update().filter(pk=endpoint_id).first()
    if row is None:
        message = f"no endpoint {endpoint_id}"
        raise NotVisibleError(message)
    return row


def put_under_way(row: Delivery, *, at: int, acting_user: Viewer | None) -> None:
    """Let a message wait for a worker once more; the endpoint is locked by the caller."""
    Delivery.objects.filter(pk=row.pk).update(state=DeliveryState.WAITING)
    row.state = DeliveryState.WAITING
    enqueue(
        kind="delivery",
        key=f"{row.pk}/{jobs_of(row).count() + 1}",
        payload={"delivery_id": row.pk},
        acting_user=acting_user,
        at=at,
    )


def jobs_of(row: Delivery) -> Any:
    """Return the jobs that deliver a message, or did."""
    return Job.objects.filter(kind="delivery", key__startswith=f"{row.pk}/")


def body_of(kind: str, facts: Mapping[str, Any], at: int) -> str:
    """Return what a message says: its kind, the moment, the facts."""
    moment = Instant.from_timestamp(at, unit="microsecond").format_iso()
    said = {"type": kind, "timestamp": moment, "data": dict(facts)}
    return json.dumps(said, ensure_ascii=True, separators=(",", ":"))


def _add(endpoint: Endpoint, kind: str, facts: Mapping[str, Any], at: int) -> Delivery:
    body = body_of(kind, facts, at)
    if len(body) > MOST_BYTES:
        message = f"a message of {kind} with {len(body)} bytes: facts are ids and figures"
        raise ValueError(message)
    # The name of a message comes from what it says: told twice, it is one message.
    digest = hashlib.sha256(f"{endpoint.name} {body}".encode()).digest()
    name = base64.b32encode(digest).decode().rstrip("=").lower()[:32]
    if endpoint.state != EndpointState.ON:
        # Somebody may be turning it on: what is held back now must be found by them.
        endpoint = locked_endpoint(endpoint.pk)
    is_on = endpoint.state == EndpointState.ON
    row, is_new = Delivery.objects.get_or_create(
        endpoint=endpoint,
        message_id=f"msg_{name}",
        defaults={
            "kind": kind,
            "body": body,
            "state": DeliveryState.WAITING if is_on else DeliveryState.HELD,
            "created_at": at,
        },
    )
    if is_new and is_on:
        enqueue(
            kind="delivery",
            key=f"{row.pk}/1",
            payload={"delivery_id": row.pk},
            acting_user=None,
            at=at,
        )
    return row


def _record(
    row: Delivery, action: str, before: str | None, *, acting_user: Viewer, at: int
) -> None:
    record_change(
        acting_user=acting_user,
        at=at,
        action=action,
        of=("delivery", row.message_id),
        change=(
            None if before is None else {"state": before},
            {"state": str(row.state), "endpoint": row.endpoint_id},
        ),
    )
