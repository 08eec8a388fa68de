from __future__ import annotations

from jobs_world import asked
from web_world import World

from route_tables import NOBODY, OUTSIDERS, STAFF, Table

WORKS = STAFF - {"analyst"}
PAYS = WORKS - {"manager"}
OTHERS = OUTSIDERS | {"analyst"}

FRAGMENTS = {
    "/work/open/",
    *(f"/work/{number}/progress/" for number in (1, 2)),
}
EXPECTED: Table = {
    "/work/": (WORKS, OTHERS),
    "/work/open/": (WORKS, OTHERS),
    "/work/1/": (WORKS, OTHERS),  # the report that waits
    "/work/2/": (PAYS, OTHERS),  # the run that waits
    "/work/999/": (NOBODY, OTHERS),
    "/work/1/progress/": (WORKS, OTHERS),
    "/work/2/progress/": (PAYS, OTHERS),
    "/work/999/progress/": (NOBODY, OTHERS),
}
POSTS: Table = {
    "/work/1/cancel/": (WORKS, OTHERS),
    "/work/2/cancel/": (PAYS, OTHERS),
    "/work/999/cancel/": (NOBODY, OTHERS),
    "/work/1/retry/": (WORKS, OTHERS),  # it waits: told that there is nothing to retry
    "/work/2/retry/": (PAYS, OTHERS),
    "/work/999/retry/": (NOBODY, OTHERS),
}


def prepare(world: World) -> None:
    """Ask for a report and a run that no worker has taken."""
    about = {"program_id": "spring", "measurement_id": 1}
    asked("1/1", user=world.users["manager"], payload=about)
    asked("run-1", kind="run", user=world.users["finance"], payload={"run_id": "run-1"})
