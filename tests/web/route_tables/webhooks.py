from __future__ import annotations

from hooks_world import add_hooks

from route_tables import EVERYBODY, NOBODY, Table

ADMIN = frozenset({"administrator"})
OTHERS = EVERYBODY - ADMIN

EXPECTED: Table = {
    "/webhooks/": (ADMIN, OTHERS),
    "/webhooks/new/": (ADMIN, OTHERS),
    "/webhooks/1/": (ADMIN, OTHERS),
    "/webhooks/99/": (NOBODY, OTHERS),
    "/webhooks/messages/1/": (ADMIN, OTHERS),
    "/webhooks/messages/99/": (NOBODY, OTHERS),
    "/webhooks/sources/new/": (ADMIN, OTHERS),
}
POSTS: Table = {
    "/webhooks/new/": (ADMIN, OTHERS),
    **{
        f"/webhooks/{number}/{act}/": (readers, OTHERS)
        for number, readers in ((1, ADMIN), (99, NOBODY))
        for act in ("on", "off", "test", "rotate")
    },
    "/webhooks/messages/1/again/": (ADMIN, OTHERS),
    "/webhooks/messages/99/again/": (NOBODY, OTHERS),
    "/webhooks/sources/new/": (ADMIN, OTHERS),
    **{
        f"/webhooks/sources/{number}/{act}/": (readers, OTHERS)
        for number, readers in ((1, ADMIN), (99, NOBODY))
        for act in ("on", "off", "rotate")
    },
}
OPEN = {"/api/hooks/crm-live/events": 405}

prepare = add_hooks
