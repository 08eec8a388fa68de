"""What may a machine do about notices? Read one's own, say how soon, and name rooms."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Annotated, Any, Final

from django.http import HttpRequest
from ninja import Body, Path, Router
from pydantic import Field

from openspiff.errors import Problem
from openspiff.web.access import (
    CHANGE_CHANNELS,
    OWN_NOTICES,
    PREVIEW_NOTICES,
    NotVisibleError,
)
from openspiff.web.actions import notice_channels as rooms
from openspiff.web.actions.notices import set_paces
from openspiff.web.queries import notices as found

from ._doors import Reply, fresh_bytes, now_at, operation, require_match, viewer_of
from ._pages import Cursor, Fields, Limit, page_of, part_of
from ._shapes import Given, Moment, Page, Shape

TAG: Final = "notices"
router: Final = Router()

_LARGEST: Final = 2**63 - 1
RoomId = Annotated[int, Path(ge=1, le=_LARGEST, description="The number of a room.")]
Kind = Annotated[str, Field(max_length=40)]


class NoticeShape(Shape):
    """One notice to the token's user: of what, and whether it left."""

    notice_id: int
    kind: str
    facts: dict[str, Any] = Field(description="What it is about, by numbers and ids.")
    state: str
    created_at: Moment
    sent_at: Moment | None
    is_doubtful: bool = Field(description="It may have left twice.")


class PaceShape(Shape):
    """How soon the token's user is told of one kind."""

    kind: str
    name: str
    pace: str = Field(description="at_once, daily or off.")
    is_security: bool = Field(description="Nobody turns this one off.")


class PaceList(Shape):
    """Every kind of which the role of the token's user is told."""

    items: list[PaceShape]


class PacesGiven(Given):
    """How soon the token's user wants to be told; kinds that are left out stay."""

    paces: dict[Kind, Annotated[str, Field(max_length=10)]] = Field(max_length=100)


class RoomGiven(Given):
    """A room of Slack, Teams or another service."""

    name: str = Field(max_length=60)
    address: str = Field(
        max_length=2_000,
        description="As apprise writes it; a secret.",
        json_schema_extra={"writeOnly": True},
    )
    kinds: list[Kind] = Field(max_length=100)


class RoomShape(Shape):
    """A room that is told; never with its address."""

    room_id: int
    name: str
    service: str
    kinds: list[str]


class RoomList(Shape):
    """Every room, by name."""

    items: list[RoomShape]


class RoomTestShape(Shape):
    """Whether the service of a room took a test."""

    is_told: bool


class MailShape(Shape):
    """How the mail of a kind looks, with made-up facts."""

    kind: str
    subject: str
    text: str
    html: str


@operation(
    router,
    "GET",
    "/notices",
    policy=OWN_NOTICES,
    scope="notices:read",
    shape=Page[NoticeShape],
    item=NoticeShape,
)
def list_notices(
    request: HttpRequest,
    cursor: Cursor = "",
    limit: Limit = 100,
    fields: Fields = "",  # noqa: ARG001 (chosen at the door)
) -> Reply:
    """List the notices to the token's user, the newest first."""
    rows = found.notices_listed(
        viewer_of(request), before=part_of(cursor, int), count=limit + 1
    )
    return Reply(body=page_of(Page[NoticeShape], rows, limit, _notice, "notice_id"))


@operation(
    router,
    "GET",
    "/notice-paces",
    policy=OWN_NOTICES,
    scope="notices:read",
    shape=PaceList,
)
def get_notice_paces(request: HttpRequest) -> Reply:
    """Read how soon the token's user is told of what; its ETag is needed for a change."""
    return _paces(request)


@operation(
    router,
    "POST",
    "/notice-paces",
    policy=OWN_NOTICES,
    scope="notices:write",
    shape=PaceList,
    needs_match=True,
)
def set_notice_paces(request: HttpRequest, paces: Annotated[PacesGiven, Body()]) -> Reply:
    """Say how soon the token's user is told of what: all of it, or nothing is kept."""
    require_match(request, _paces(request).etag)
    set_paces(paces=paces.paces, acting_user=viewer_of(request), at=now_at())
    return _paces(request)


@operation(
    router,
    "GET",
    "/notice-rooms",
    policy=CHANGE_CHANNELS,
    scope="notices:read",
    shape=RoomList,
)
def list_notice_rooms(request: HttpRequest) -> Reply:
    """List the rooms that are told, without their addresses."""
    return Reply(body=RoomList(items=[_room(one) for one in _rooms(request)]))


@operation(
    router,
    "POST",
    "/notice-rooms",
    policy=CHANGE_CHANNELS,
    scope="notices:write",
    shape=RoomShape,
    status=201,
)
def add_notice_room(request: HttpRequest, room: Annotated[RoomGiven, Body()]) -> Reply:
    """Add a room that is told; its address is kept sealed and never answered."""
    new = rooms.NewChannel(
        name=" ".join(room.name.split()), address=room.address, kinds=room.kinds
    )
    row = rooms.add_channel(
        channel=new, nonce=fresh_bytes(12), acting_user=viewer_of(request), at=now_at()
    )
    return Reply(body=_room(_one(request, row.pk)), status=201)


@operation(
    router,
    "POST",
    "/notice-rooms/{room_id}/test",
    policy=CHANGE_CHANNELS,
    scope="notices:write",
    shape=RoomTestShape,
    is_long=True,
)
def test_notice_room(request: HttpRequest, room_id: RoomId) -> Callable[[], Reply]:
    """Say to a room that this is a test."""
    _one(request, room_id)
    told = rooms.tell_channel(
        channel_id=room_id, title="openspiff", text="This is a test: notices come here."
    )
    return lambda: Reply(body=RoomTestShape(is_told=bool(told)))


@operation(
    router,
    "POST",
    "/notice-rooms/{room_id}/remove",
    policy=CHANGE_CHANNELS,
    scope="notices:write",
    shape=RoomList,
)
def remove_notice_room(request: HttpRequest, room_id: RoomId) -> Reply:
    """Tell a room nothing more, and forget its address; answers the rooms that are left."""
    rooms.remove_channel(channel_id=room_id, acting_user=viewer_of(request), at=now_at())
    return Reply(body=RoomList(items=[_room(one) for one in _rooms(request)]))


@operation(
    router,
    "GET",
    "/notice-mails/{kind}",
    policy=PREVIEW_NOTICES,
    scope="notices:read",
    shape=MailShape,
)
def preview_notice(
    request: HttpRequest, kind: Annotated[str, Path(max_length=40)]
) -> Reply:
    """Read how the mail of a kind looks, with made-up facts."""
    mail = found.previewed(viewer_of(request), kind)
    return Reply(
        body=MailShape(kind=kind, subject=mail.subject, text=mail.text, html=mail.html)
    )


def _notice(one: Any) -> NoticeShape:
    return NoticeShape(
        notice_id=one.pk,
        kind=one.kind,
        facts=one.facts,
        state=one.state,
        created_at=one.created_at,
        sent_at=one.sent_at,
        is_doubtful=one.is_doubtful,
    )


def _paces(request: HttpRequest) -> Reply:
    wishes = found.wishes(viewer_of(request))
    said = json.dumps([[one.kind, one.pace] for one in wishes])
    items = [
        PaceShape(kind=one.kind, name=one.name, pace=one.pace, is_security=one.is_security)
        for one in wishes
    ]
    digest = hashlib.sha256(said.encode()).hexdigest()[:16]
    return Reply(body=PaceList(items=items), etag=f'"{digest}"')


def _rooms(request: HttpRequest) -> list[found.Room]:
    return found.rooms(viewer_of(request))


def _one(request: HttpRequest, room_id: int) -> found.Room:
    for one in _rooms(request):
        if one.channel_id == room_id:
            return one
    problem = Problem("room_id", f"no room {room_id}")
    raise NotVisibleError("no such room", [problem])


def _room(one: found.Room) -> RoomShape:
    return RoomShape(
        room_id=one.channel_id,
        name=one.name,
        service=one.service,
        kinds=list(one.codes),
    )
