"""Which rooms of Slack, Teams and others are told, and how does it get there?"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any, ClassVar, Final

import attrs
from django.db import IntegrityError, transaction

from openspiff.errors import OpenSpiffError, Problem
from openspiff.web.access import NotVisibleError, Viewer, require_act
from openspiff.web.models import CHANNEL_KINDS, NoticeChannel

from ._audit import record_change
from ._public_only import only_public_addresses
from ._sealed import seal, unseal
from .conflict import ConflictError

_NAME_LENGTH: Final = 60


class ChannelError(OpenSpiffError):
    """A room that cannot be told like this."""

    code: ClassVar[str] = "notice_channel"


@attrs.frozen(kw_only=True)
class NewChannel:
    """A room to be told: its name here, its secret address, and of what."""

    name: str
    address: str = attrs.field(repr=False)
    kinds: Sequence[str]


@transaction.atomic
def add_channel(
    *, channel: NewChannel, nonce: bytes, acting_user: Viewer, at: int
) -> NoticeChannel:
    """Add a room; `nonce` is fresh chance for sealing its address.

    Raises NotAllowedError, ChannelError with every problem, and ConflictError for a name
    that is there.
    """
    require_act(acting_user, "change_notice_channels")
    problems = list(_problems(channel))
    if problems:
        raise ChannelError("the room was not added", problems)
    service = channel.address.partition("://")[0].lower()
    try:
        with transaction.atomic():
            row = NoticeChannel.objects.create(
                name=channel.name,
                service=service,
                sealed_address=seal(
                    channel.address, place=_place(channel.name), nonce=nonce
                ),
                kinds=sorted(channel.kinds),
                created_at=at,
                created_by=acting_user,
            )
    except IntegrityError as error:
        message = f"a room {channel.name} is there already"
        raise ConflictError(message) from error
    # Never the address: the history is read by more people than may know it.
    record_change(
        acting_user=acting_user,
        at=at,
        action="add_notice_channel",
        of=("notice_channel", row.name),
        change=(None, {"service": service, "kinds": row.kinds}),
    )
    return row


def _problems(channel: NewChannel) -> list[Problem]:
    problems = []
    if not channel.name.strip() or len(channel.name) > _NAME_LENGTH:
        message = f"expected a name of up to {_NAME_LENGTH} letters"
        problems.append(Problem("name", message, "name the room"))
    unknown = [one for one in channel.kinds if one not in CHANNEL_KINDS]
    if unknown or not channel.kinds:
        message = "expected at least one kind that is about nobody's own matters"
        problems.append(Problem("kinds", message, ", ".join(CHANNEL_KINDS)))
    if find_spec("apprise") is None:
        remedy = "install openspiff[notices]"
        problems.append(Problem("address", "the extra is missing", remedy))
    elif "template=" in channel.address.lower():
        message = "it names a file of this server, which no room may read"
        problems.append(Problem("address", message, "leave the template out"))
    elif not _is_understood(channel.address):
        remedy = "slack://..., workflows://..., msteams://... as apprise describes them"
        problems.append(Problem("address", "no service understands it", remedy))
    return problems


def _is_understood(address: str) -> bool:
    return "://" in address and _room(address) is not None


def _room(address: str) -> Any | None:
    """Return what speaks to the service of an address, or None when none knows it."""
    with warnings.catch_warnings():
        # While it loads its services, apprise asks for modules that will go.
        warnings.simplefilter("ignore", DeprecationWarning)
        import apprise  # noqa: PLC0415 (an extra, and slow to load)

        room = apprise.Apprise()
        return room if room.add(address) else None


@transaction.atomic
def remove_channel(*, channel_id: int, acting_user: Viewer, at: int) -> None:
    """Tell a room nothing more, and forget its address."""
    require_act(acting_user, "change_notice_channels")
    row = NoticeChannel.objects.select_for_update().filter(pk=channel_id).first()
    if row is None:
        message = f"no room {channel_id}"
        raise NotVisibleError(message)
    record_change(
        acting_user=acting_user,
        at=at,
        action="remove_notice_channel",
        of=("notice_channel", row.name),
        change=({"service": row.service, "kinds": row.kinds}, None),
    )
    row.delete()


def tell_channel(*, channel_id: int, title: str, text: str) -> bool | None:
    """Tell a room something now; False when its service did not take it, None if gone.

    Raises ChannelError when its address leads to what is not public.
    """
    row = NoticeChannel.objects.filter(pk=channel_id).first()
    if row is None:
        return None
    room = _room(unseal(row.sealed_address, place=_place(row.name)))
    if room is None:
        return False
    with only_public_addresses() as refused:
        is_told = bool(room.notify(title=title, body=text))
    if refused:
        remedy = "name a public service, or its network in OPENSPIFF_WEBHOOK_NETWORKS"
        raise ChannelError(
            "the room was not told", [Problem("address", refused[0], remedy)]
        )
    return is_told


def _place(name: str) -> str:
    return f"web_noticechannel/sealed_address/{name}"
