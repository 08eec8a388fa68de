from __future__ import annotations

from decisions_world import (
    NAME,
    TAKEN_BACK,
    measure_again,
    share,
    shared_address,
    take_back,
    write,
)
from web_world import World

from route_tables import EVERYBODY, NOBODY, OUTSIDERS, STAFF, Table

SPRING = "/programs/spring"
DECIDING = frozenset({"manager", "administrator"})
WRITING = DECIDING | {"finance", "checker"}
# The first measurement is that of the table of programs, the second is made here.
EXPECTED: Table = {
    f"{SPRING}/measured/": (STAFF, OUTSIDERS),
    f"{SPRING}/measured/1/": (STAFF, OUTSIDERS),
    f"{SPRING}/measured/2/": (STAFF, OUTSIDERS),
    f"{SPRING}/measured/99/": (NOBODY, OUTSIDERS),
    f"{SPRING}/measured/2/files/html/": (STAFF, OUTSIDERS),
    f"{SPRING}/measured/2/files/pdf/": (STAFF, OUTSIDERS),
    f"{SPRING}/measured/2/files/csv/": (STAFF, OUTSIDERS),
    f"{SPRING}/measured/2/files/exe/": (NOBODY, OUTSIDERS),
    f"{SPRING}/measured/1/files/pdf/": (NOBODY, OUTSIDERS),
    f"{SPRING}/measured/2/pictures/path/dark/": (STAFF, OUTSIDERS),
    f"{SPRING}/measured/2/pictures/path/pink/": (NOBODY, OUTSIDERS),
    f"{SPRING}/verdict/": (DECIDING, EVERYBODY - DECIDING),
    f"{SPRING}/links/": (STAFF, OUTSIDERS),
    "/programs/later/measured/": (STAFF, OUTSIDERS),
    "/programs/later/verdict/": (DECIDING, EVERYBODY - DECIDING),
    "/programs/later/links/": (STAFF, OUTSIDERS),
    "/programs/none/measured/": (NOBODY, OUTSIDERS),
    "/programs/none/verdict/": (NOBODY, EVERYBODY - DECIDING),
    "/programs/none/links/": (NOBODY, OUTSIDERS),
    "/library/": (STAFF, OUTSIDERS),
    # Too few programs for these.
    "/library/page/": (NOBODY, OUTSIDERS),
    "/library/pictures/programs/light/": (NOBODY, OUTSIDERS),
}
POSTS: Table = {
    f"{SPRING}/measured/2/write/": (WRITING, EVERYBODY - WRITING),
    f"{SPRING}/measured/99/write/": (NOBODY, EVERYBODY - WRITING),
    "/programs/none/measured/2/write/": (NOBODY, EVERYBODY - WRITING),
    f"{SPRING}/verdict/": (DECIDING, EVERYBODY - DECIDING),
    f"{SPRING}/links/": (DECIDING, EVERYBODY - DECIDING),
    f"{SPRING}/links/1/revoke/": (DECIDING, EVERYBODY - DECIDING),
    f"{SPRING}/links/99/revoke/": (NOBODY, EVERYBODY - DECIDING),
    "/programs/later/links/1/revoke/": (NOBODY, EVERYBODY - DECIDING),
}
# For strangers: an open link, one that was taken back, one that nobody made.
OPEN = {
    shared_address(): {200},
    f"{shared_address()}pdf/": {200},
    f"{shared_address()}pictures/bridge/light/": {404},  # hidden: so few payees
    shared_address(TAKEN_BACK): {404},
    f"/shared/{NAME}/": {404},
}


def prepare(world: World) -> None:
    measure_again(world)
    write(world)
    share(world)
    take_back(world, share(world, name=TAKEN_BACK))
