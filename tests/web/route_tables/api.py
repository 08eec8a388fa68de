from __future__ import annotations

from api_world import add_calls

from route_tables import EVERYBODY, NOBODY, Table

EXPECTED: Table = {
    "/you/tokens/": (EVERYBODY, NOBODY),
    "/you/tokens/new/": (EVERYBODY, NOBODY),
    "/api/": (EVERYBODY, NOBODY),
}
POSTS: Table = {
    "/you/tokens/new/": (EVERYBODY, NOBODY),
    "/you/tokens/1/rotate/": (frozenset({"manager"}), NOBODY),
    "/you/tokens/1/revoke/": (frozenset({"manager", "administrator"}), NOBODY),
    "/you/tokens/77/rotate/": (NOBODY, NOBODY),
}
OPEN = {"/api/openapi.json": 200, "/api/none": 404}

prepare = add_calls
