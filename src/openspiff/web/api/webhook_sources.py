"""What may a machine do about the systems that tell us? Let them in, turn them, rotate."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from django.http import HttpRequest
from ninja import Body, Path, Router
from pydantic import Field

from openspiff.web.access import CHANGE_HOOKS, READ_HOOKS
from openspiff.web.actions import webhook_sources as acts
from openspiff.web.queries import webhooks as found

from ._doors import Reply, now_at, operation, require_match, viewer_of
from ._pages import Cursor, Fields, Limit, page_of, part_of
from ._shapes import Given, Moment, Page, Shape
from .webhooks import GivenSecret, RotateGiven, new_secret

TAG: Final = "webhooks"
router: Final = Router()

_LARGEST: Final = 2**63 - 1
SourceId = Annotated[int, Path(ge=1, le=_LARGEST, description="The number of a source.")]


class SourceGiven(Given):
    """A system that is to tell us of events, in the name of the token's user."""

    name: str = Field(max_length=60, description="It stands in the address: a-z, 0-9, -.")
    secret: GivenSecret


class SourceShape(Shape):
    """One system that tells us of events; never with its secret."""

    source_id: int
    name: str
    address: str = Field(description="Where it sends its messages.")
    is_on: bool
    acts_for: str
    made_at: Moment
    old_until_at: Moment = Field(description="Until when the old secret holds too; or 0.")


class CountedSourceShape(SourceShape):
    """One system with what came from it."""

    message_count: int
    received_at: Moment | None


@operation(
    router,
    "GET",
    "/webhook-sources",
    policy=READ_HOOKS,
    scope="webhooks:read",
    shape=Page[CountedSourceShape],
    item=CountedSourceShape,
)
def list_webhook_sources(
    request: HttpRequest,
    cursor: Cursor = "",
    limit: Limit = 100,
    fields: Fields = "",  # noqa: ARG001 (chosen at the door)
) -> Reply:
    """List the systems that tell us of events, by their names."""
    after = part_of(cursor, str) or ""
    listed = sorted(found.sources(viewer_of(request)), key=lambda one: one.name)
    rows = [one for one in listed if one.name > after]
    return Reply(body=page_of(Page[CountedSourceShape], rows, limit, _counted, "name"))


@operation(
    router,
    "GET",
    "/webhook-sources/{source_id}",
    policy=READ_HOOKS,
    scope="webhooks:read",
    shape=SourceShape,
)
def get_webhook_source(request: HttpRequest, source_id: SourceId) -> Reply:
    """Read one system; its ETag is asked for to replace its secret."""
    return _reply(found.source(viewer_of(request), source_id))


@operation(
    router,
    "POST",
    "/webhook-sources",
    policy=CHANGE_HOOKS,
    scope="webhooks:write",
    shape=SourceShape,
    status=201,
)
def add_webhook_source(
    request: HttpRequest, source: Annotated[SourceGiven, Body()]
) -> Reply:
    """Let a system tell us of events, in the name of the token's user."""
    viewer = viewer_of(request)
    row = acts.add_source(
        name=source.name,
        secret=new_secret(source.secret),
        acting_user=viewer,
        at=now_at(),
    )
    return _reply(found.source(viewer, row.pk), status=201)


@operation(
    router,
    "POST",
    "/webhook-sources/{source_id}/state/{state}",
    policy=CHANGE_HOOKS,
    scope="webhooks:write",
    shape=SourceShape,
)
def turn_webhook_source(
    request: HttpRequest, source_id: SourceId, state: Literal["on", "off"]
) -> Reply:
    """Take the messages of a system, or refuse them from now on."""
    viewer = viewer_of(request)
    acts.turn_source(
        source_id=source_id, is_on=state == "on", acting_user=viewer, at=now_at()
    )
    return _reply(found.source(viewer, source_id))


@operation(
    router,
    "POST",
    "/webhook-sources/{source_id}/rotate",
    policy=CHANGE_HOOKS,
    scope="webhooks:write",
    shape=SourceShape,
    needs_match=True,
)
def rotate_webhook_source_secret(
    request: HttpRequest, source_id: SourceId, secret: Annotated[RotateGiven, Body()]
) -> Reply:
    """Replace the secret of a system; from now on it tells in the caller's name."""
    viewer = viewer_of(request)
    require_match(request, _etag(found.source(viewer, source_id)))
    acts.rotate_source_secret(
        source_id=source_id,
        overlap_hours=secret.overlap_hours,
        secret=new_secret(secret.secret),
        acting_user=viewer,
        at=now_at(),
    )
    return _reply(found.source(viewer, source_id))


def _counted(one: found.ShownSource) -> CountedSourceShape:
    return CountedSourceShape(
        **_facts(one), message_count=one.message_count, received_at=one.received_at
    )


def _facts(one: found.ShownSource) -> dict[str, Any]:
    told = {
        name: getattr(one, name) for name in SourceShape.model_fields if name != "address"
    }
    return told | {"address": f"/api/hooks/{one.name}/events"}


def _etag(one: found.ShownSource) -> str:
    return f'"{one.source_id}.{one.version}"'


def _reply(one: found.ShownSource, *, status: int = 200) -> Reply:
    return Reply(body=SourceShape(**_facts(one)), status=status, etag=_etag(one))
