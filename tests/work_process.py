"""How do the tests let real workers work, and be killed? Each in a process of its own.

Run as `python work_process.py HOME [once]`: works with short leases. The work of a job adds
one audit row in the transaction of its end; nothing but that transaction keeps it from
adding two.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from databases import Database

LEASE_SECONDS = 2


def start_worker(
    home: Path, database: Database, *options: str, **environment: str
) -> subprocess.Popen[bytes]:
    """Start a worker on a database; its children die with it."""
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("OPENSPIFF_", "DJANGO_"))
    }
    (home / "secret.key").write_text("a key of tests\n", encoding="utf-8")
    if database.vendor == "postgresql":
        environment["OPENSPIFF_DATABASE_URL"] = database.url
    else:
        environment["WORK_SQLITE"] = str(database.path)
    with (home / "worker.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, __file__, str(home), *options],
            env=clean | environment,
            stdout=log,
            stderr=log,
        )


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a worker as a power cut would."""
    process.send_signal(signal.SIGKILL)
    process.wait()


def add_row(job: Any, progress: Any, at: int) -> None:
    """Add one row, in the transaction in which the job ends."""
    from openspiff.web.models import AuditRow  # noqa: PLC0415 (needs the workspace)

    said = job.payload
    for number in range(said.get("steps", 1)):
        progress.tell(number, said.get("steps", 1), "waiting")
        time.sleep(said.get("seconds", 0.0))
    if said.get("kill_itself"):
        os.kill(os.getpid(), signal.SIGKILL)
    with progress.completing() as result:
        AuditRow.objects.create(
            acted_at=at, action="effect", object_kind="effect", object_id=job.key
        )
        result["attempt"] = job.attempt_count
        time.sleep(said.get("seconds_before_commit", 0.0))


def main(home: Path, options: list[str]) -> None:
    """Work until told to stop."""
    os.environ["OPENSPIFF_HOME"] = str(home)
    from openspiff import web  # noqa: PLC0415

    web.setup(home)
    from django.conf import settings  # noqa: PLC0415

    path = os.environ.get("WORK_SQLITE")
    if path:
        settings.DATABASES["default"]["NAME"] = Path(path)
    from openspiff.web.worker import Plan, work  # noqa: PLC0415

    # Not what workers ask for by themselves: it waits for its hour.
    asked_for = Plan().kinds
    plan = Plan(
        kinds=tuple(kind for kind in asked_for if kind != "look_of_the_day"),
        lease_seconds=LEASE_SECONDS,
        is_once="once" in options,
        grace_seconds=float(os.environ.get("WORK_GRACE", "5")),
    )
    work(plan=plan, works=lambda _kind: add_row, say=_say)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
