"""What may a machine do about webhooks? Connect systems, read the log, send it again.

A secret is chosen by whoever calls, and never answered: what is asked for twice because an
answer was lost is then known to the caller, and no answer has to be kept with a secret.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final, Literal

from django.http import HttpRequest
from ninja import Body, Path, Query, Router
from pydantic import AfterValidator, Field

from openspiff.web.access import CHANGE_HOOKS, READ_HOOKS
from openspiff.web.actions import webhook_endpoints as acts, webhooks as sending
from openspiff.web.actions.webhook_signatures import (
    LONGEST_OVERLAP,
    PREFIX,
    HookSecret,
    key_of as key_of_secret,
)
from openspiff.web.queries import webhooks as found

from ._doors import Reply, fresh_bytes, now_at, operation, require_match, viewer_of
from ._pages import Cursor, Fields, Limit, page_of, part_of
from ._shapes import Given, Moment, Page, Shape

TAG: Final = "webhooks"
router: Final = Router()

_LARGEST: Final = 2**63 - 1
WebhookId = Annotated[
    int, Path(ge=1, le=_LARGEST, description="The number of an endpoint.")
]
MessageId = Annotated[int, Path(ge=1, le=_LARGEST, description="The number of a message.")]


def _as_secret(text: str) -> str:
    if not text.startswith(PREFIX):
        message = f"a secret begins with {PREFIX}"
        raise ValueError(message)
    key_of_secret(text)
    return text


GivenSecret = Annotated[
    str,
    Field(
        max_length=100,
        description="`whsec_` and base64 of 24 to 64 bytes of chance, chosen by the caller "
        "and never answered.",
        json_schema_extra={"writeOnly": True},
    ),
    AfterValidator(_as_secret),
]


class WebhookGiven(Given):
    """A system to be told of what happens here."""

    label: str = Field(max_length=100, description="Which system it is.")
    url: str = Field(max_length=500, description="https, and a public address.")
    kinds: list[Annotated[str, Field(max_length=40)]] = Field(max_length=100)
    secret: GivenSecret


class RotateGiven(Given):
    """A new secret, and for how many hours the old one signs beside it."""

    secret: GivenSecret
    overlap_hours: Annotated[int, Field(strict=True, ge=0, le=LONGEST_OVERLAP * 24)] = 24


class WebhookShape(Shape):
    """One endpoint as it is set; never with its secret."""

    webhook_id: int
    label: str
    url: str
    kinds: list[str]
    state: str
    disabled_because: str
    old_until_at: Moment = Field(description="Until when the old secret signs too; or 0.")
    made_at: Moment
    made_by: str


class CountedWebhookShape(WebhookShape):
    """One endpoint with what became of its messages."""

    failure_count: int = Field(description="How many tries in a row failed just now.")
    message_count: int
    held_count: int
    given_up_count: int
    told_at: Moment | None


class TryShape(Shape):
    """One time that a message was sent, and what came back."""

    tried_at: Moment
    status: int = Field(description="0 where nothing was answered.")
    milliseconds: int
    answer: str
    error_code: str


class MessageShape(Shape):
    """One message to an endpoint."""

    number: int
    message_id: str
    webhook_id: int
    kind: str
    body: str
    state: str
    created_at: Moment
    try_count: int


class WholeMessageShape(MessageShape):
    """One message with every try, the latest first."""

    is_under_way: bool
    next_try_at: Moment | None
    tries: list[TryShape]


def new_secret(text: str) -> HookSecret:
    """Return a secret that was sent, with the chance that seals it."""
    return HookSecret(key=key_of_secret(text), nonce=fresh_bytes(12))


@operation(
    router,
    "GET",
    "/webhooks",
    policy=READ_HOOKS,
    scope="webhooks:read",
    shape=Page[CountedWebhookShape],
    item=CountedWebhookShape,
)
def list_webhooks(
    request: HttpRequest,
    cursor: Cursor = "",
    limit: Limit = 100,
    fields: Fields = "",  # noqa: ARG001 (chosen at the door)
) -> Reply:
    """List the endpoints that are told, with how each does, the oldest first."""
    after = part_of(cursor, int) or 0
    listed = sorted(found.endpoints(viewer_of(request)), key=lambda one: one.endpoint_id)
    rows = [one for one in listed if one.endpoint_id > after]
    return Reply(
        body=page_of(Page[CountedWebhookShape], rows, limit, _counted, "webhook_id")
    )


@operation(
    router,
    "POST",
    "/webhooks",
    policy=CHANGE_HOOKS,
    scope="webhooks:write",
    shape=WebhookShape,
    status=201,
    is_long=True,
)
def add_webhook(
    request: HttpRequest, webhook: Annotated[WebhookGiven, Body()]
) -> Callable[[], Reply]:
    """Let a system be told, from now on; its name is looked up now and at every message."""
    viewer = viewer_of(request)
    new = acts.NewEndpoint(
        name=fresh_bytes(8).hex(),
        label=webhook.label,
        url=webhook.url,
        kinds=tuple(webhook.kinds),
    )
    acts.refuse_endpoint(new, acting_user=viewer)

    def write() -> Reply:
        row = acts.write_endpoint(
            endpoint=new,
            secret=new_secret(webhook.secret),
            acting_user=viewer,
            at=now_at(),
        )
        return _reply(found.endpoint(viewer, row.pk), status=201)

    return write


@operation(
    router,
    "GET",
    "/webhooks/{webhook_id}",
    policy=READ_HOOKS,
    scope="webhooks:read",
    shape=WebhookShape,
)
def get_webhook(request: HttpRequest, webhook_id: WebhookId) -> Reply:
    """Read how an endpoint is set; its ETag is asked for to replace its secret."""
    return _reply(found.endpoint(viewer_of(request), webhook_id))


@operation(
    router,
    "POST",
    "/webhooks/{webhook_id}/state/{state}",
    policy=CHANGE_HOOKS,
    scope="webhooks:write",
    shape=WebhookShape,
)
def turn_webhook(
    request: HttpRequest, webhook_id: WebhookId, state: Literal["on", "off"]
) -> Reply:
    """Turn an endpoint on or off.

    Turned on, it is first told what was held back; turned off, it misses what happens.
    """
    viewer = viewer_of(request)
    turn: Callable[..., Any] = acts.turn_on if state == "on" else acts.turn_off
    turn(endpoint_id=webhook_id, acting_user=viewer, at=now_at())
    return _reply(found.endpoint(viewer, webhook_id))


@operation(
    router,
    "POST",
    "/webhooks/{webhook_id}/rotate",
    policy=CHANGE_HOOKS,
    scope="webhooks:write",
    shape=WebhookShape,
    needs_match=True,
)
def rotate_webhook_secret(
    request: HttpRequest, webhook_id: WebhookId, secret: Annotated[RotateGiven, Body()]
) -> Reply:
    """Replace the secret of an endpoint; the old one signs too for some hours."""
    viewer = viewer_of(request)
    require_match(request, _etag(found.endpoint(viewer, webhook_id)))
    acts.rotate_endpoint_secret(
        endpoint_id=webhook_id,
        overlap_hours=secret.overlap_hours,
        secret=new_secret(secret.secret),
        acting_user=viewer,
        at=now_at(),
    )
    return _reply(found.endpoint(viewer, webhook_id))


@operation(
    router,
    "POST",
    "/webhooks/{webhook_id}/test",
    policy=CHANGE_HOOKS,
    scope="webhooks:write",
    shape=WholeMessageShape,
    status=201,
)
def test_webhook(request: HttpRequest, webhook_id: WebhookId) -> Reply:
    """Send a message that says nothing, to see whether the endpoint answers."""
    viewer = viewer_of(request)
    row = sending.send_test(endpoint_id=webhook_id, acting_user=viewer, at=now_at())
    return Reply(body=_whole(found.delivery(viewer, row.pk)), status=201)


@operation(
    router,
    "GET",
    "/webhooks/{webhook_id}/messages",
    policy=READ_HOOKS,
    scope="webhooks:read",
    shape=Page[MessageShape],
    item=MessageShape,
)
def list_webhook_messages(
    request: HttpRequest,
    webhook_id: WebhookId,
    state: Annotated[
        str,
        Query(max_length=20, description="waiting, delivered, held, given_up; empty: all."),
    ] = "",
    cursor: Cursor = "",
    limit: Limit = 100,
    fields: Fields = "",  # noqa: ARG001 (chosen at the door)
) -> Reply:
    """List the messages to an endpoint with their bodies, the latest first."""
    rows = found.messages_listed(
        viewer_of(request),
        webhook_id,
        before=part_of(cursor, int),
        count=limit + 1,
        state=state,
    )
    return Reply(body=page_of(Page[MessageShape], rows, limit, _listed, "number"))


@operation(
    router,
    "GET",
    "/webhook-messages/{number}",
    policy=READ_HOOKS,
    scope="webhooks:read",
    shape=WholeMessageShape,
)
def get_webhook_message(request: HttpRequest, number: MessageId) -> Reply:
    """Read one message with every try and what came back."""
    return Reply(body=_whole(found.delivery(viewer_of(request), number)))


@operation(
    router,
    "POST",
    "/webhook-messages/{number}/redeliver",
    policy=CHANGE_HOOKS,
    scope="webhooks:write",
    shape=WholeMessageShape,
)
def redeliver_webhook_message(request: HttpRequest, number: MessageId) -> Reply:
    """Send a message again: the same id and body, with all its tries before it."""
    viewer = viewer_of(request)
    sending.redeliver(delivery_id=number, acting_user=viewer, at=now_at())
    return Reply(body=_whole(found.delivery(viewer, number)))


def _facts(one: found.ShownEndpoint) -> dict[str, Any]:
    told = {
        name: getattr(one, name)
        for name in WebhookShape.model_fields
        if name not in {"webhook_id", "kinds"}
    }
    return told | {"webhook_id": one.endpoint_id, "kinds": list(one.kinds)}


def _counted(one: found.ShownEndpoint) -> CountedWebhookShape:
    return CountedWebhookShape(
        **_facts(one),
        failure_count=one.failure_count,
        message_count=one.delivery_count,
        held_count=one.held_count,
        given_up_count=one.given_up_count,
        told_at=one.told_at,
    )


def _etag(one: found.ShownEndpoint) -> str:
    return f'"{one.endpoint_id}.{one.version}"'


def _reply(one: found.ShownEndpoint, *, status: int = 200) -> Reply:
    where = {"Location": f"/api/v1/webhooks/{one.endpoint_id}"} if status != 200 else {}  # noqa: PLR2004 (as HTTP says)
    return Reply(
        body=WebhookShape(**_facts(one)), status=status, headers=where, etag=_etag(one)
    )


def _message(one: found.ShownDelivery) -> dict[str, Any]:
    return {
        "number": one.delivery_id,
        "message_id": one.message_id,
        "webhook_id": one.endpoint.endpoint_id,
        "kind": one.kind,
        "body": one.body,
        "state": one.state,
        "created_at": one.created_at,
        "try_count": one.try_count,
    }


def _listed(one: found.ShownDelivery) -> MessageShape:
    return MessageShape(**_message(one))


def _whole(one: found.ShownDelivery) -> WholeMessageShape:
    return WholeMessageShape(
        **_message(one),
        is_under_way=one.is_under_way,
        next_try_at=one.next_try_at,
        tries=[
            TryShape(**{name: getattr(each, name) for name in TryShape.model_fields})
            for each in one.tries
        ],
    )
