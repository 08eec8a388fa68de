from __future__ import annotations

from import_drafts import MAPPING, saved, started, tried
from web_world import World

from route_tables import NOBODY, OUTSIDERS, STAFF, Table

DOERS = STAFF - {"analyst"}
OTHERS = OUTSIDERS | {"analyst"}

FRAGMENTS = {"/imports/2/progress/"}
EXPECTED: Table = {
    "/imports/": (STAFF, OUTSIDERS),
    "/imports/new/": (DOERS, OTHERS),
    "/imports/1/": (STAFF, OUTSIDERS),  # saved
    "/imports/2/": (STAFF, OUTSIDERS),  # asks for names
    "/imports/9/": (NOBODY, OUTSIDERS),
    "/imports/2/progress/": (STAFF, OUTSIDERS),
    "/imports/9/progress/": (NOBODY, OUTSIDERS),
    "/imports/2/file/": (DOERS, OTHERS),
    "/imports/9/file/": (NOBODY, OTHERS),
    "/imports/2/columns/": (DOERS, OTHERS),
    "/imports/9/columns/": (NOBODY, OTHERS),
    "/imports/2/names/": (DOERS, OTHERS),
    "/imports/9/names/": (NOBODY, OTHERS),
    "/imports/1/rejects.csv": (STAFF, OUTSIDERS),
    "/imports/2/rejects.csv": (NOBODY, OUTSIDERS),
    "/imports/batches/1/": (STAFF, OUTSIDERS),
    "/imports/batches/99/": (NOBODY, OUTSIDERS),
    "/imports/lists/1/": (STAFF, OUTSIDERS),
    "/imports/lists/99/": (NOBODY, OUTSIDERS),
}
POSTS: Table = {
    "/imports/new/": (DOERS, OTHERS),
    "/imports/2/upload/": (DOERS, OTHERS),
    "/imports/9/upload/": (NOBODY, OTHERS),
    "/imports/2/file/": (DOERS, OTHERS),
    "/imports/2/columns/": (DOERS, OTHERS),
    "/imports/2/names/": (DOERS, OTHERS),
    "/imports/1/run/": (DOERS, OTHERS),  # saved before: told that it is over
    "/imports/9/run/": (NOBODY, OTHERS),
    "/imports/2/save/": (DOERS, OTHERS),
    "/imports/9/save/": (NOBODY, OTHERS),
    "/imports/1/discard/": (DOERS, OTHERS),
    "/imports/9/discard/": (NOBODY, OTHERS),
    "/imports/batches/99/undo/": (NOBODY, OTHERS),
    "/imports/batches/1/undo/": (DOERS, OTHERS),
    "/imports/lists/1/undo/": (DOERS, OTHERS),
    "/imports/lists/99/undo/": (NOBODY, OTHERS),
}


def prepare(world: World) -> None:
    """Make an import that is saved, with a reject, and one that asks for names."""
    good = "Deal ID,Close date,Rep,Product,Amount,Stage\n"
    saved(world, good + "D-90,2026-03-03,cleo,GTX Pro,x,Closed Won\n")
    strange = good + "D-91,2026-03-03,nobody,GTX Pro,1.00,Closed Won\n"
    assert tried(world, started(world, strange, mapping=MAPPING)) == "asking"
