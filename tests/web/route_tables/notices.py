"""Who says of what they want to be told? Everybody for themselves, and by a mail's link."""

from __future__ import annotations

from web_world import World

from route_tables import EVERYBODY, NOBODY, Table

_ADMINISTRATOR = frozenset({"administrator"})
_OTHERS = EVERYBODY - _ADMINISTRATOR
EXPECTED: Table = {
    "/account/notices/": (EVERYBODY, NOBODY),
    "/notices/rooms/": (_ADMINISTRATOR, _OTHERS),
    "/notices/preview/": (_ADMINISTRATOR, _OTHERS),
    "/notices/preview/paid/": (_ADMINISTRATOR, _OTHERS),
    "/notices/preview/none/": (NOBODY, _OTHERS),
}
POSTS: Table = {
    "/account/notices/": (EVERYBODY, NOBODY),
    "/notices/rooms/": (_ADMINISTRATOR, _OTHERS),
    "/notices/rooms/1/test/": (_ADMINISTRATOR, _OTHERS),
    "/notices/rooms/1/gone/": (_ADMINISTRATOR, _OTHERS),
}
OPEN = {"/notices/off/no-such-word/": {404}}


def prepare(world: World) -> None:
    """Add a room that can be told, tested and removed."""
    from openspiff.web.actions.notice_channels import (  # noqa: PLC0415
        NewChannel,
        add_channel,
    )

    add_channel(
        channel=NewChannel(
            name="Money", address="json://127.0.0.1:9/none", kinds=["batch_waiting"]
        ),
        nonce=b"0123456789ab",
        acting_user=world.users["administrator"],
        at=1,
    )
