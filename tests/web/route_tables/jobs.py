from __future__ import annotations

from jobs_world import asked
from web_world import World

from route_tables import NOBODY, OUTSIDERS, STAFF, Table

WORKS = STAFF - {"analyst"}
PAYS = WORKS - {"manager"}
OTHERS = OUTSIDERS | {"analyst"}

FRAGMENTS = {
    "/jobs/open/",
    *(f"/jobs/{number}/progress/" for number in (1, 2)),
}
EXPECTED: Table = {
    "/jobs/": (WORKS, OTHERS),
    "/jobs/open/": (WORKS, OTHERS),
    "/jobs/1/": (WORKS, OTHERS),  # the report that waits
    "/jobs/2/": (PAYS, OTHERS),  # the run that waits
    "/jobs/999/": (NOBODY, OTHERS),
    "/jobs/1/progress/": (WORKS, OTHERS),
    "/jobs/2/progress/": (PAYS, OTHERS),
    "/jobs/999/progress/": (NOBODY, OTHERS),
}
POSTS: Table = {
    "/jobs/1/cancel/": (WORKS, OTHERS),
    "/jobs/2/cancel/": (PAYS, OTHERS),
    "/jobs/999/cancel/": (NOBODY, OTHERS),
    "/jobs/1/retry/": (WORKS, OTHERS),  # it waits: told that there is nothing to retry
    "/jobs/2/retry/": (PAYS, OTHERS),
    "/jobs/999/retry/": (NOBODY, OTHERS),
}


def prepare(world: World) -> None:
    """Ask for a report and a run that no worker has taken."""
    about = {"program_id": "spring", "measurement_id": 1}
    asked("1/1", user=world.users["manager"], payload=about)
    asked("run-1", kind="run", user=world.users["finance"], payload={"run_id": "run-1"})
