"""What does a worker need to deliver a message, and what does it put on record?

Every try is a row. What was answered decides: delivered, tried again later, or given up;
who answers that it is gone, or fails too often in a row, is disabled.
"""

from __future__ import annotations

from typing import Final

import attrs
from django.db import transaction
from django.db.models import F

from openspiff.web.models import (
    Delivery,
    DeliveryState,
    DeliveryTry,
    Endpoint,
    EndpointState,
)

from ._audit import record_change
from .notices import notify_roles
from .webhook_signatures import secrets_of, signed_headers

WAITS: Final = (
    *(5, 5 * 60, 30 * 60),
    *(2 * 3600, 5 * 3600, 10 * 3600),
    *(14 * 3600, 20 * 3600, 24 * 3600),
)
"""Seconds until a message is tried again, after the first, second, ... failure."""

DISABLED_AFTER: Final = 20
"""How many tries in a row may fail, of whichever messages."""

MOST_OF_ANSWER: Final = 4_096
_GONE: Final = 410


@attrs.frozen(kw_only=True)
class Outgoing:
    """A message that is to be sent now: where, with which headers, and its bytes."""

    url: str
    headers: dict[str, str] = attrs.field(repr=False)
    body: bytes = attrs.field(repr=False)


@attrs.frozen(kw_only=True)
class Outcome:
    """What came back of one try; `error_code` says why nothing did."""

    milliseconds: int
    status: int = 0
    answer: str = ""
    error_code: str = ""

    @property
    def is_taken(self) -> bool:
        """Tell whether the endpoint took the message."""
        return 200 <= self.status < 300  # noqa: PLR2004 (as HTTP says)


def outgoing(*, delivery_id: int, at: int) -> Outgoing | None:
    """Return a message signed for this moment; None when there is nothing to send.

    A message to an endpoint that is not on is held back.
    """
    with transaction.atomic():
        row = _row(delivery_id)
        if row.state == DeliveryState.DELIVERED:
            return None
        if row.endpoint.state != EndpointState.ON:
            _set_state(row, DeliveryState.HELD)
            return None
        body = row.body.encode()
        headers = signed_headers(
            secrets_of(row.endpoint, at=at), message_id=row.message_id, at=at, body=body
        )
    return Outgoing(url=row.endpoint.url, headers=headers, body=body)


def record_delivered(*, delivery_id: int, outcome: Outcome, at: int) -> None:
    """Put on record that a message was taken; call it in the transaction of its job."""
    row = _row(delivery_id)
    _add_try(row, outcome, at)
    _set_state(row, DeliveryState.DELIVERED)
    Endpoint.objects.filter(pk=row.endpoint_id).update(failure_count=0)


@transaction.atomic
def record_failed(*, delivery_id: int, outcome: Outcome, is_last: bool, at: int) -> str:
    """Put a try on record that failed; return the state that the message is in then.

    `is_last` says that the back-off is at its end; else a waiting one is tried again. An
    endpoint that is gone (410) or that failed too often in a row is disabled, with an audit
    row: then what is under way to it is held back until somebody turns it on again.
    """
    row = _row(delivery_id)
    _add_try(row, outcome, at)
    endpoint = row.endpoint
    Endpoint.objects.filter(pk=endpoint.pk).update(failure_count=F("failure_count") + 1)
    endpoint.refresh_from_db()
    if endpoint.state != EndpointState.ON:
        return _set_state(row, DeliveryState.HELD)
    why = ""
    if outcome.status == _GONE:
        why = "it answered 410: it is gone for good"
    elif endpoint.failure_count >= DISABLED_AFTER:
        why = f"{endpoint.failure_count} tries in a row failed"
    if why:
        _disable(endpoint, why, at)
        return _set_state(row, DeliveryState.HELD)
    return _set_state(row, DeliveryState.GIVEN_UP if is_last else DeliveryState.WAITING)


def _row(delivery_id: int) -> Delivery:
    """Return a message whose endpoint is locked: tries of one endpoint count in a row."""
    row = Delivery.objects.get(pk=delivery_id)
    row.endpoint = Endpoint.objects.select_for_update().get(pk=row.endpoint_id)
    row.refresh_from_db(fields=["state"])
    return row


def _add_try(row: Delivery, outcome: Outcome, at: int) -> None:
    DeliveryTry.objects.create(
        delivery=row,
        tried_at=at,
        status=outcome.status,
        milliseconds=max(0, outcome.milliseconds),
        answer=outcome.answer[:MOST_OF_ANSWER],
        error_code=outcome.error_code,
    )


def _set_state(row: Delivery, state: DeliveryState) -> str:
    Delivery.objects.filter(pk=row.pk).update(state=state)
    row.state = state
    return state.value


def _disable(endpoint: Endpoint, why: str, at: int) -> None:
    Endpoint.objects.filter(pk=endpoint.pk, state=EndpointState.ON).update(
        state=EndpointState.DISABLED, disabled_because=why
    )
    record_change(
        acting_user=None,
        at=at,
        action="disable_endpoint",
        of=("endpoint", str(endpoint.pk)),
        change=(
            {"state": EndpointState.ON.value},
            {"state": EndpointState.DISABLED.value, "because": why},
        ),
    )
    facts = {"endpoint_id": endpoint.pk}
    notify_roles(kind="endpoint_disabled", key=f"{endpoint.pk}/{at}", facts=facts, at=at)
