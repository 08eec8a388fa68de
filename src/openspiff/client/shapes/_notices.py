"""Which shapes has the API for notices?

Written from the schema by `python docs/make_client.py`: change the API, not this.
"""

from __future__ import annotations

from typing import Any

import attrs


@attrs.frozen(kw_only=True)
class Mail:
    """How the mail of a kind looks, with made-up facts."""

    kind: str
    subject: str
    text: str
    html: str


@attrs.frozen(kw_only=True)
class Notice:
    """One notice to the token's user: of what, and whether it left."""

    notice_id: int
    kind: str
    facts: dict[str, Any]
    state: str
    created_at: int
    sent_at: int | None
    is_doubtful: bool


@attrs.frozen(kw_only=True)
class Pace:
    """How soon the token's user is told of one kind."""

    kind: str
    name: str
    pace: str
    is_security: bool


@attrs.frozen(kw_only=True)
class PaceList:
    """Every kind of which the role of the token's user is told."""

    items: tuple[Pace, ...]


@attrs.frozen(kw_only=True)
class PacesGiven:
    """How soon the token's user wants to be told; kinds that are left out stay."""

    paces: dict[str, str]


@attrs.frozen(kw_only=True)
class Room:
    """A room that is told; never with its address."""

    room_id: int
    name: str
    service: str
    kinds: tuple[str, ...]


@attrs.frozen(kw_only=True)
class RoomGiven:
    """A room of Slack, Teams or another service."""

    name: str
    address: str = attrs.field(repr=False)
    kinds: tuple[str, ...]


@attrs.frozen(kw_only=True)
class RoomList:
    """Every room, by name."""

    items: tuple[Room, ...]


@attrs.frozen(kw_only=True)
class RoomTest:
    """Whether the service of a room took a test."""

    is_told: bool
