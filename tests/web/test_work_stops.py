"""Does a worker stop what was cancelled, tell what killed its child, and end in order?"""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from databases import Database
from django.db import connection
from jobs_world import asked
from work_process import start_worker

from openspiff.web.actions.jobs import cancel_job
from openspiff.web.models import AttemptEnd, AuditRow, Job, JobAttempt, User, WorkerBeat

LONG = {"steps": 400, "seconds": 0.1}


def now() -> int:
    return time.time_ns() // 1_000


def wait_for(log: Path, is_there: Callable[[], bool], seconds: float = 240) -> None:
    end = time.monotonic() + seconds
    while not is_there():
        if time.monotonic() > end:
            raise AssertionError(log.read_text(encoding="utf-8"))
        time.sleep(0.05)


def state_of(key: str) -> str:
    return str(Job.objects.get(key=key).state)


def test_worker_stops_what_is_cancelled_tells_deaths_and_gives_back(
    empty_world: Path,
) -> None:
    boss = User.objects.create(username="boss", role="administrator", created_at=0)
    asked("dies", payload={"kill_itself": True}, at=now())
    long = asked("long", payload=LONG, at=now())
    database = Database("sqlite", path=empty_world / "openspiff.sqlite3")
    worker = start_worker(empty_world, database, WORK_GRACE="1")
    log = empty_world / "worker.log"
    try:
        wait_for(log, lambda: state_of("dies") == "failed")
        died = Job.objects.get(key="dies")
        assert died.error_code == "killed"
        assert "ended by SIGKILL" in died.error_text

        wait_for(log, lambda: state_of("long") == "running")
        cancel_job(job_id=long.pk, acting_user=boss, at=now())
        told = "cancelled or taken by another worker"
        # By its own look at the lease or by the worker's: the child is gone, and soon.
        wait_for(log, lambda: f"job {long.pk} (report long): ended" in log.read_text())
        assert told in log.read_text() or "ended after" in log.read_text()

        back = asked("back", payload=LONG, at=now())
        wait_for(log, lambda: state_of("back") == "running")
        worker.terminate()
        assert worker.wait(timeout=60) == 0
    finally:
        with suppress(ProcessLookupError):
            worker.kill()
    assert state_of("back") == "waiting"
    [end] = JobAttempt.objects.filter(job=back)
    assert end.ended_as == AttemptEnd.GIVEN_BACK
    assert WorkerBeat.objects.get().stopped_at is not None
    assert not AuditRow.objects.filter(action="effect").exists()


def test_server_has_a_worker_beside_that_ends_with_it(empty_world: Path) -> None:
    (empty_world / "secret.key").write_text("a key of tests\n", encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("OPENSPIFF_", "DJANGO_"))
    }
    line = [sys.executable, "-c", "from openspiff.cli import main; main()"]
    log = empty_world / "serve.log"
    with log.open("wb") as file:
        server = subprocess.Popen(
            [*line, "--home", str(empty_world), "serve", "--port", port],
            env=clean,
            stdout=file,
            stderr=file,
        )
    try:
        wait_for(log, lambda: WorkerBeat.objects.filter(stopped_at=None).exists())
        server.terminate()
        server.wait(timeout=60)
        wait_for(log, lambda: WorkerBeat.objects.get().stopped_at is not None)
    finally:
        with suppress(ProcessLookupError):
            server.kill()


def test_worker_outlives_a_database_that_is_away(empty_world: Path) -> None:
    asked("one", at=now())
    connection.close()  # all of it stands in the file, not beside
    path, away = empty_world / "openspiff.sqlite3", empty_world / "away.sqlite3"
    shutil.copy(path, away)
    with sqlite3.connect(away) as copied:
        copied.execute("pragma journal_mode=delete")
    copied.close()
    database = Database("sqlite", path=empty_world / "later.sqlite3")
    worker = start_worker(empty_world, database)
    log = empty_world / "worker.log"
    try:
        wait_for(log, lambda: "the database does not answer" in log.read_text())
        away.replace(empty_world / "later.sqlite3")
        for left in empty_world.glob("later.sqlite3-*"):
            left.unlink()
        wait_for(log, lambda: "job 1 (report one): ended" in log.read_text())
        worker.terminate()
        assert worker.wait(timeout=60) == 0
    finally:
        with suppress(ProcessLookupError):
            worker.kill()
    assert log.read_text().count("the database does not answer") == 1
