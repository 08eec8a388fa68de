"""Who says of what they want to be told? Everybody for themselves, and by a mail's link."""

from __future__ import annotations

from route_tables import EVERYBODY, NOBODY, Table

_ADMINISTRATOR = frozenset({"administrator"})
_OTHERS = EVERYBODY - _ADMINISTRATOR
EXPECTED: Table = {
    "/account/notices/": (EVERYBODY, NOBODY),
    "/notices/preview/": (_ADMINISTRATOR, _OTHERS),
    "/notices/preview/paid/": (_ADMINISTRATOR, _OTHERS),
    "/notices/preview/none/": (NOBODY, _OTHERS),
}
POSTS: Table = {"/account/notices/": (EVERYBODY, NOBODY)}
OPEN = {"/notices/off/no-such-word/": {404}}
