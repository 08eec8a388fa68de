"""Does killing a worker lose work, or do it twice? Faults 1, 2 and 7 of the plan."""

from __future__ import annotations

import collections
import os
import random
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from subprocess import Popen
from typing import Any

import pytest
from databases import Database
from jobs_world import AT, SECOND, asked, claimed
from work_process import add_row, kill, start_worker

from openspiff.web.models import AttemptEnd, AuditRow, Job, JobAttempt, JobState
from openspiff.web.worker import drain
from openspiff.web.worker._children import Cord, start_child
from openspiff.web.worker._one import do_job


def now() -> int:
    return time.time_ns() // 1_000


NOW = now()
MOST_KILLS = 10


@pytest.fixture
def workers() -> Iterator[list[Popen[bytes]]]:
    """Yield a list of workers that are ended with the test."""
    found: list[Popen[bytes]] = []
    yield found
    for one in found:
        with suppress(ProcessLookupError):
            kill(one)


def effects() -> collections.Counter[str]:
    """Return how often each job has done what it does."""
    rows = AuditRow.objects.filter(action="effect").values_list("object_id", flat=True)
    return collections.Counter(rows)


def wait_for(home: Path, is_there: Any, seconds: float = 240) -> None:
    """Wait until something is there; a test that waits in vain shows the workers' log."""
    end = time.monotonic() + seconds
    while not is_there():
        if time.monotonic() > end:
            raise AssertionError((home / "worker.log").read_text(encoding="utf-8"))
        time.sleep(0.05)


def is_all_done() -> bool:
    return not Job.objects.exclude(state=JobState.DONE).exists()


def kill_at_random(
    home: Path, database: Database, workers: list[Popen[bytes]], *, count: int, seed: int
) -> int:
    """Let two workers do `count` jobs while one after the other is killed; count kills."""
    chance = random.Random(seed)  # noqa: S311 (which moment, by a seed)
    for number in range(count):
        said = {
            "steps": chance.randint(2, 5),
            "seconds": 0.3 * chance.random(),
            "seconds_before_commit": 0.5 * chance.random(),
        }
        asked(f"job-{number}", payload=said, at=NOW, max_attempts=1_000)
    kill_count = 0
    workers += [start_worker(home, database) for _ in range(2)]
    while kill_count < MOST_KILLS and not is_all_done():
        # Whoever is at work, so that each kill hits something.
        running = Job.objects.filter(state=JobState.RUNNING, leased_until_at__gt=now())
        at_work = {
            name.rsplit(":")[-1] for name in running.values_list("worker", flat=True)
        }
        victims = [n for n in (0, 1) if str(workers[n].pid) in at_work]
        if not victims:
            time.sleep(0.05)
            continue
        time.sleep(2 * chance.random())
        victim = chance.choice(victims)
        kill(workers[victim])
        kill_count += 1
        workers[victim] = start_worker(home, database)
    wait_for(home, is_all_done, 900)
    return kill_count


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_thirty_jobs_survive_kills_at_random_moments(
    database: Database, tmp_path: Path, workers: list[Popen[bytes]], seed: int
) -> None:
    kills = kill_at_random(tmp_path, database, workers, count=30, seed=seed)
    assert effects() == {f"job-{number}": 1 for number in range(30)}
    lost = JobAttempt.objects.filter(ended_as=AttemptEnd.LOST).count()
    done = JobAttempt.objects.filter(ended_as=AttemptEnd.DONE).count()
    assert (done, kills > 5, lost > 5) == (30, True, True)
    print(f"{database.vendor}, seed {seed}: {kills} kills, {lost} attempts lost")  # noqa: T201


def test_killed_worker_loses_nothing_and_does_nothing_twice(
    database: Database, tmp_path: Path, workers: list[Popen[bytes]]
) -> None:
    for number in range(4):
        asked(f"job-{number}", payload={"steps": 2, "seconds": 0.4}, at=NOW)
    workers.append(start_worker(tmp_path, database))
    wait_for(tmp_path, lambda: Job.objects.filter(state=JobState.RUNNING).count() == 1)
    kill(workers[0])
    left = Job.objects.get(state=JobState.RUNNING)
    assert not effects()[left.key]
    workers.append(start_worker(tmp_path, database))
    wait_for(tmp_path, is_all_done)
    assert effects() == {f"job-{number}": 1 for number in range(4)}
    ends = JobAttempt.objects.filter(job=left).order_by("number")
    assert [one.ended_as for one in ends] == [AttemptEnd.LOST, AttemptEnd.DONE]


@pytest.mark.parametrize("point", ["begun", "before_commit", "after_commit"])
def test_process_that_ends_at_a_crash_point_leaves_all_or_nothing(
    database: Database, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    assert database.vendor
    asked("one")
    [job] = claimed("first", lease_seconds=60)
    monkeypatch.setenv("OPENSPIFF_CRASH_AT", point)
    child = start_child(
        job,
        do=lambda: do_job(job, works=lambda _kind: add_row, clock=lambda: AT),
        cord=Cord(),
        time_limit=60,
    )
    assert os.waitstatus_to_exitcode(os.waitpid(child.pid, 0)[1]) == 137
    monkeypatch.delenv("OPENSPIFF_CRASH_AT")
    job.refresh_from_db()
    is_done = point == "after_commit"
    assert (job.state == JobState.DONE) == is_done
    assert effects() == ({"one": 1} if is_done else {})
    assert drain(at=AT + 59 * SECOND, works=lambda _kind: add_row) == []  # still leased
    ends = drain(at=AT + 60 * SECOND, works=lambda _kind: add_row)
    assert ends == ([] if is_done else ["done"])
    assert effects() == {"one": 1}
    assert JobAttempt.objects.filter(ended_as=AttemptEnd.DONE).count() == 1
