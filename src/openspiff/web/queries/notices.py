"""Which notices does somebody get, how soon, and what became of them?"""

from __future__ import annotations

from typing import Final

import attrs

from openspiff.web.access import (
    CHANGE_CHANNELS,
    PREVIEW_NOTICES,
    NotVisibleError,
    Viewer,
    may_enter,
)
from openspiff.web.models import (
    CHANNEL_KINDS,
    NOTICE_KINDS,
    Notice,
    NoticeChannel,
    NoticePreference,
    NoticeState,
    Pace,
)

from .notice_texts import Mail, preview

SHOWN: Final = 20


@attrs.frozen
class Wish:
    """How soon somebody is told of one kind."""

    kind: str
    name: str
    pace: str
    is_security: bool


@attrs.frozen
class ToldNotice:
    """One notice as its person sees it."""

    kind: str
    created_at: int
    state: str
    is_doubtful: bool


def wishes(viewer: Viewer) -> list[Wish]:
    """Return every kind that the viewer's role is told of, and how soon."""
    said = dict(NoticePreference.objects.filter(user=viewer).values_list("kind", "pace"))
    return [
        Wish(kind, one.name, str(said.get(kind, one.pace)), one.is_security)
        for kind, one in NOTICE_KINDS.items()
        if viewer.role in one.roles
    ]


def last_notices(viewer: Viewer) -> list[ToldNotice]:
    """Return the viewer's own notices, the newest first."""
    rows = Notice.objects.filter(user=viewer).order_by("-pk")[:SHOWN]
    return [
        ToldNotice(
            NOTICE_KINDS[row.kind].name,
            row.created_at,
            NoticeState(row.state).label,
            row.is_doubtful,
        )
        for row in rows
        if row.kind in NOTICE_KINDS
    ]


def notices_listed(viewer: Viewer, *, before: int | None, count: int) -> list[Notice]:
    """Return the viewer's own notices below a number, the newest first, for machines."""
    rows = Notice.objects.filter(user=viewer)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return list(rows.order_by("-pk")[:count])


def previewed(viewer: Viewer, kind: str) -> Mail:
    """Return the mail of a kind with made-up facts, for administrators."""
    if not may_enter(viewer, PREVIEW_NOTICES) or kind not in NOTICE_KINDS:
        message = f"no kind of notice {kind}"
        raise NotVisibleError(message)
    return preview(kind, user_id=viewer.pk)


@attrs.frozen
class Room:
    """A room that is told, without its address; of what, by name and by code."""

    channel_id: int
    name: str
    service: str
    kinds: tuple[str, ...]
    codes: tuple[str, ...]


def rooms(viewer: Viewer) -> list[Room]:
    """Return every room that is told, for administrators."""
    if not may_enter(viewer, CHANGE_CHANNELS):
        return []
    return [
        Room(
            row.pk,
            row.name,
            row.service,
            tuple(NOTICE_KINDS[kind].name for kind in row.kinds if kind in NOTICE_KINDS),
            tuple(row.kinds),
        )
        for row in NoticeChannel.objects.order_by("name")
    ]


def room_kinds() -> list[tuple[str, str]]:
    """Return what a room may be told of, with its name."""
    return [(kind, NOTICE_KINDS[kind].name) for kind in CHANNEL_KINDS]


def kind_names() -> dict[str, str]:
    """Return the name of each kind."""
    return {kind: one.name for kind, one in NOTICE_KINDS.items()}


def paces() -> list[tuple[str, str]]:
    """Return every pace with its label."""
    return [(str(value), str(label)) for value, label in Pace.choices]


def queued(kind: str, key: str) -> list[Notice]:
    """Return the notices of one thing that are to leave now, for the worker."""
    rows = Notice.objects.filter(
        kind=kind, key=key, state__in=[NoticeState.QUEUED, NoticeState.SENDING]
    )
    return list(rows.select_related("user").order_by("pk"))


def of_the_day(before_at: int) -> dict[int, list[Notice]]:
    """Return what waits for the mail of the day, by the number of the person."""
    kinds = [kind for kind, one in NOTICE_KINDS.items() if not one.is_security]
    rows = Notice.objects.filter(
        state__in=[NoticeState.DAILY], kind__in=kinds, created_at__lt=before_at
    )
    found: dict[int, list[Notice]] = {}
    for row in rows.select_related("user").order_by("pk"):
        found.setdefault(row.user_id, []).append(row)
    return found
