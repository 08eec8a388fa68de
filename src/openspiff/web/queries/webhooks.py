"""Which systems are told, which tell us, and what became of each message?"""

from __future__ import annotations

import hashlib
from typing import Any, Final

import attrs
from django.db.models import Count, Max, Q

from openspiff.web.access import READ_HOOKS, NotVisibleError, Viewer, may_enter
from openspiff.web.models import (
    HOOK_KINDS,
    OPEN_STATES,
    Delivery,
    DeliveryState,
    Endpoint,
    EndpointState,
    HookSource,
    Job,
)

KINDS: Final = HOOK_KINDS
PER_PAGE: Final = 25


@attrs.frozen(kw_only=True)
class ShownEndpoint:
    """One endpoint as pages show it, never with its secret.

    `version` is another one once it was turned on or off or its secret replaced.
    """

    endpoint_id: int
    label: str
    url: str
    kinds: tuple[str, ...]
    state: str
    state_name: str
    disabled_because: str
    failure_count: int
    old_until_at: int
    made_at: int
    made_by: str
    version: str
    delivery_count: int = 0
    held_count: int = 0
    given_up_count: int = 0
    told_at: int | None = None


@attrs.frozen(kw_only=True)
class ShownSource:
    """One source as pages show it, never with its secret."""

    source_id: int
    name: str
    is_on: bool
    acts_for: str
    made_at: int
    old_until_at: int
    version: str
    message_count: int
    received_at: int | None


@attrs.frozen(kw_only=True)
class ShownTry:
    """One time that a message was sent, and what came back."""

    tried_at: int
    status: int
    milliseconds: int
    answer: str
    error_code: str

    @property
    def is_taken(self) -> bool:
        """Tell whether the endpoint took the message."""
        return 200 <= self.status < 300  # noqa: PLR2004 (as HTTP says)


@attrs.frozen(kw_only=True)
class ShownDelivery:
    """One message to an endpoint; `next_try_at` is None where none is to come."""

    delivery_id: int
    message_id: str
    kind: str
    body: str
    state: str
    state_name: str
    created_at: int
    try_count: int
    endpoint: ShownEndpoint
    next_try_at: int | None = None
    is_under_way: bool = False
    tries: tuple[ShownTry, ...] = ()


@attrs.frozen(kw_only=True)
class DeliveryPage:
    """Some messages, the latest first, and which page of how many this is."""

    deliveries: tuple[ShownDelivery, ...]
    number: int
    page_count: int
    count: int


def endpoints(viewer: Viewer) -> list[ShownEndpoint]:
    """Return every endpoint in the order of its label, with what became of its messages."""
    _require(viewer)
    return [_counted(row) for row in _rows().order_by("label", "pk")]


def endpoint(viewer: Viewer, endpoint_id: int) -> ShownEndpoint:
    """Return one endpoint; raises NotVisibleError."""
    _require(viewer)
    row = _rows().filter(pk=endpoint_id).first()
    if row is None:
        message = f"no endpoint {endpoint_id}"
        raise NotVisibleError(message)
    return _counted(row)


def deliveries_of(
    viewer: Viewer, endpoint_id: int, *, state: str = "", number: int = 1
) -> DeliveryPage:
    """Return one page of the messages to an endpoint, the latest first."""
    _require(viewer)
    rows = Delivery.objects.filter(endpoint_id=endpoint_id)
    if state:
        rows = rows.filter(state=state)
    count = rows.count()
    page_count = max(-(-count // PER_PAGE), 1)
    number = min(max(number, 1), page_count)
    upto = number * PER_PAGE
    shown = (
        rows.select_related("endpoint__made_by")
        .annotate(try_count=Count("tries"))
        .order_by("-pk")[upto - PER_PAGE : upto]
    )
    return DeliveryPage(
        deliveries=tuple(_delivery(row, row.try_count) for row in shown),
        number=number,
        page_count=page_count,
        count=count,
    )


def messages_listed(
    viewer: Viewer, endpoint_id: int, *, before: int | None, count: int, state: str = ""
) -> list[ShownDelivery]:
    """Return messages to an endpoint below a number, the latest first, for machines.

    Raises NotVisibleError for an endpoint that is not there.
    """
    endpoint(viewer, endpoint_id)
    rows = Delivery.objects.filter(endpoint_id=endpoint_id)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    if state:
        rows = rows.filter(state=state)
    told = rows.select_related("endpoint__made_by").annotate(try_count=Count("tries"))
    return [_delivery(row, row.try_count) for row in told.order_by("-pk")[:count]]


def delivery(viewer: Viewer, delivery_id: int) -> ShownDelivery:
    """Return one message with every try, the latest first; raises NotVisibleError."""
    _require(viewer)
    row = (
        Delivery.objects.select_related("endpoint__made_by").filter(pk=delivery_id).first()
    )
    if row is None:
        message = f"no message {delivery_id}"
        raise NotVisibleError(message)
    tries = tuple(
        ShownTry(
            tried_at=one.tried_at,
            status=one.status,
            milliseconds=one.milliseconds,
            answer=one.answer,
            error_code=one.error_code,
        )
        for one in row.tries.order_by("-pk")
    )
    jobs = Job.objects.filter(kind="delivery", key__startswith=f"{row.pk}/")
    job = jobs.filter(state__in=OPEN_STATES).first()
    return attrs.evolve(
        _delivery(row, len(tries)),
        tries=tries,
        is_under_way=job is not None,
        next_try_at=None if job is None or not tries else job.run_after_at,
    )


def sources(viewer: Viewer) -> list[ShownSource]:
    """Return every system that tells us of events, in the order of its name."""
    _require(viewer)
    rows = HookSource.objects.select_related("acts_for").annotate(
        message_count=Count("messages"), received_at=Max("messages__received_at")
    )
    return [
        ShownSource(
            source_id=row.pk,
            name=row.name,
            is_on=row.is_on,
            acts_for=str(row.acts_for),
            made_at=row.made_at,
            old_until_at=row.old_until_at,
            version=_version(row, str(row.is_on)),
            message_count=row.message_count,
            received_at=row.received_at,
        )
        for row in rows.order_by("name")
    ]


def source(viewer: Viewer, source_id: int) -> ShownSource:
    """Return one system that tells us of events; raises NotVisibleError."""
    found = next((one for one in sources(viewer) if one.source_id == source_id), None)
    if found is None:
        message = f"no source {source_id}"
        raise NotVisibleError(message)
    return found


def _require(viewer: Viewer) -> None:
    if not may_enter(viewer, READ_HOOKS):
        raise NotVisibleError("no webhooks")


def _rows() -> Any:
    def of(state: DeliveryState) -> Count:
        return Count("deliveries", filter=Q(deliveries__state=state))

    return Endpoint.objects.select_related("made_by").annotate(
        delivery_count=Count("deliveries"),
        held_count=of(DeliveryState.HELD),
        given_up_count=of(DeliveryState.GIVEN_UP),
        told_at=Max("deliveries__created_at"),
    )


def _counted(row: Any) -> ShownEndpoint:
    return attrs.evolve(
        _endpoint(row),
        delivery_count=row.delivery_count,
        held_count=row.held_count,
        given_up_count=row.given_up_count,
        told_at=row.told_at,
    )


def _endpoint(row: Endpoint) -> ShownEndpoint:
    return ShownEndpoint(
        endpoint_id=row.pk,
        label=row.label,
        url=row.url,
        kinds=tuple(row.kinds),
        state=row.state,
        state_name=EndpointState(row.state).label,
        disabled_because=row.disabled_because,
        failure_count=row.failure_count,
        old_until_at=row.old_until_at,
        made_at=row.made_at,
        made_by=str(row.made_by),
        version=_version(row, row.state),
    )


def _version(row: Endpoint | HookSource, state: str) -> str:
    # Of the sealed secret, which is another text each time: it tells nothing of the secret.
    said = f"{state} {row.sealed_secret} {row.old_sealed_secret}"
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def _delivery(row: Delivery, try_count: int) -> ShownDelivery:
    return ShownDelivery(
        delivery_id=row.pk,
        message_id=row.message_id,
        kind=row.kind,
        body=row.body,
        state=row.state,
        state_name=DeliveryState(row.state).label,
        created_at=row.created_at,
        try_count=try_count,
        endpoint=_endpoint(row.endpoint),
    )
