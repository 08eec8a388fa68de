"""What does the outbox promise? One job a key, one holder of a lease, reasons for ends."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from databases import Database
from django.db import IntegrityError, connections, transaction
from jobs_world import AT, SECOND, asked, claimed
from work_process import add_row

from openspiff.errors import OpenSpiffError, Problem
from openspiff.web.access import JOB_READERS, NotAllowedError, NotVisibleError
from openspiff.web.actions import jobs, jobs_leases as leases
from openspiff.web.actions.jobs_leases import Failure, LostLeaseError, TryAgainError
from openspiff.web.models import AttemptEnd, AuditRow, Job, JobAttempt, JobState, User
from openspiff.web.worker import drain, work_of

MINUTE = 60 * SECOND
BROKEN = Failure(code="broken", text="it broke")


@pytest.fixture
def boss(database: Database) -> Any:
    """Return an administrator of an empty install."""
    assert database.vendor
    return User.objects.create(username="boss", role="administrator", created_at=0)


def ends(job: Job) -> list[str]:
    rows = JobAttempt.objects.filter(job=job).order_by("number")
    return list(rows.values_list("ended_as", flat=True))


def state(job: Job) -> str:
    return Job.objects.get(pk=job.pk).state


def test_same_key_gets_the_first_job_and_another_payload_is_refused(boss: Any) -> None:
    first = asked("k", user=boss, payload={"a": 1})
    assert asked("k", user=boss, payload={"a": 1}, at=AT + 9).pk == first.pk
    assert asked("k", kind="run", user=boss, payload={"a": 1}).pk != first.pk
    with pytest.raises(jobs.JobKeyError):
        asked("k", user=boss, payload={"a": 2})
    assert Job.objects.count() == 2


def test_job_is_there_exactly_when_what_needs_it_is(boss: Any) -> None:
    with transaction.atomic():
        jobs.enqueue(kind="report", key="k", payload={}, acting_user=boss, at=AT)
        transaction.set_rollback(True)
    assert not Job.objects.exists()
    with pytest.raises(transaction.TransactionManagementError):
        jobs.enqueue(kind="report", key="k", payload={}, acting_user=boss, at=AT)


def test_every_kind_has_its_readers_and_its_work() -> None:
    assert JOB_READERS.keys() == leases.JOB_KINDS.keys()
    assert all(callable(work_of(kind)) for kind in leases.JOB_KINDS)
    with pytest.raises(LookupError):
        work_of("nothing")


def test_unknown_kind_is_refused_where_it_is_asked_for(boss: Any) -> None:
    with pytest.raises(KeyError):
        asked("k", kind="nothing", user=boss)


def test_job_waits_for_its_moment_and_the_longest_waiting_comes_first(boss: Any) -> None:
    asked("later", user=boss, run_after_at=AT + MINUTE)
    asked("second", user=boss, at=AT + 2)
    asked("first", user=boss, at=AT + 1)
    assert [job.key for job in claimed("a", "b", "c", at=AT + 3)] == ["first", "second"]
    assert [job.key for job in claimed("d", at=AT + MINUTE)] == ["later"]


def test_lease_that_ran_out_goes_to_another_and_the_first_writes_nothing(
    boss: Any,
) -> None:
    asked(user=boss)
    [mine] = claimed("first", worker="one:1")
    assert claimed("second", at=AT + 59 * SECOND) == []
    [other] = claimed("second", at=AT + MINUTE, worker="two:2")
    for act in (
        lambda: leases.complete(job=mine, result={}, at=AT + MINUTE),
        lambda: leases.fail(job=mine, failure=BROKEN, at=AT + MINUTE),
        lambda: leases.report_progress(job=mine, done=1, total=2),
    ):
        with pytest.raises(LostLeaseError):
            act()
    leases.give_back(job=mine, at=AT + MINUTE)
    leases.complete(job=other, result={"by": "two"}, at=AT + MINUTE + 1)
    row = Job.objects.get()
    assert (row.state, row.result, row.attempt_count) == ("done", {"by": "two"}, 2)
    assert ends(row) == [AttemptEnd.LOST, AttemptEnd.DONE]


def test_renewed_lease_is_kept_and_a_lost_one_is_told(boss: Any) -> None:
    asked("a", user=boss)
    asked("b", user=boss)
    first, second = claimed("t1", "t2")
    jobs.cancel_job(job_id=second.pk, acting_user=boss, at=AT)
    held = leases.renew_leases(tokens=["t1", "t2"], lease_seconds=60, at=AT + 50 * SECOND)
    assert held == {"t1"}
    assert claimed("t3", at=AT + 100 * SECOND) == []
    leases.complete(job=first, result={}, at=AT + 100 * SECOND)


def test_effect_of_a_lost_lease_is_undone_whole(boss: Any) -> None:
    asked(user=boss)
    [job] = claimed()
    jobs.cancel_job(job_id=job.pk, acting_user=boss, at=AT)
    before = AuditRow.objects.count()
    assert drain(at=AT, works=lambda _kind: add_row) == []
    with pytest.raises(LostLeaseError), leases.completing(job=job, at=AT):
        pytest.fail("the effect was begun without the lease")
    assert AuditRow.objects.count() == before


def test_failed_job_waits_longer_each_time_and_is_given_up_with_its_reason(
    boss: Any,
) -> None:
    asked(user=boss, max_attempts=3)
    at, waits = AT, []
    for _ in range(3):
        [job] = claimed(at=at)
        left = leases.fail(job=job, failure=BROKEN, at=at)
        waits.append((left.run_after_at - at) / SECOND)
        assert claimed(at=left.run_after_at - 1) == []
        at = left.run_after_at
    assert (8 <= waits[0] <= 12, 24 <= waits[1] <= 36) == (True, True)
    row = Job.objects.get()
    assert (row.state, row.error_code, row.error_text) == ("dead", "broken", "it broke")
    assert claimed(at=AT + 1_000 * MINUTE) == []
    assert ends(row) == [AttemptEnd.FAILED] * 3


def test_backoff_grows_to_an_hour_and_spreads_what_failed_together() -> None:
    waits = [leases.backoff("k", count) / SECOND for count in range(1, 30)]
    assert all(0.8 * 10 <= one <= 1.2 * 3600 for one in waits)
    assert waits[10] > 2800
    assert len({leases.backoff(f"k{number}", 1) for number in range(50)}) == 50
    assert leases.backoff("k", 1) == leases.backoff("k", 1)


def test_work_that_kills_its_worker_is_given_up_in_the_end(boss: Any) -> None:
    asked(user=boss, max_attempts=2)
    claimed("1")
    claimed("2", at=AT + MINUTE)
    assert claimed("3", at=AT + 2 * MINUTE) == []
    row = Job.objects.get()
    assert (row.state, row.error_code, ends(row)) == ("dead", "worker_lost", ["lost"] * 2)


def test_given_back_job_runs_again_at_once_and_counts_as_no_failure(boss: Any) -> None:
    asked(user=boss, max_attempts=1)
    [job] = claimed("1")
    leases.give_back(job=job, at=AT + 1)
    [job] = claimed("2", at=AT + 1)
    assert (job.attempt_count, job.failure_count) == (2, 0)
    assert ends(job) == [AttemptEnd.GIVEN_BACK]


def test_cancelled_while_it_runs_it_stays_cancelled(boss: Any) -> None:
    def cancelled_in_the_middle(job: Any, progress: Any, _at: int) -> None:
        jobs.cancel_job(job_id=job.pk, acting_user=boss, at=AT)
        progress.tell(2, 2)
        pytest.fail("the work went on without its lease")

    job = asked(user=boss)
    assert drain(at=AT, works=lambda _kind: cancelled_in_the_middle) == ["lost"]
    assert (state(job), ends(job)) == ("cancelled", [AttemptEnd.CANCELLED])
    with pytest.raises(jobs.JobStateError):
        jobs.cancel_job(job_id=job.pk, acting_user=boss, at=AT)
    jobs.retry_job(job_id=job.pk, acting_user=boss, at=AT)
    assert drain(at=AT, works=lambda _kind: add_row) == ["done"]
    with pytest.raises(jobs.JobStateError, match="only what failed"):
        jobs.retry_job(job_id=job.pk, acting_user=boss, at=AT)
    actions = AuditRow.objects.filter(object_kind="job").values_list("action", flat=True)
    assert sorted(actions) == ["cancel_job", "retry_job"]


@pytest.mark.parametrize(
    ("error", "ended", "code", "told"),
    [
        (
            OpenSpiffError("no", [Problem("a", "is wrong", "mend it")]),
            "dead",
            "error",
            "(mend",
        ),
        (TryAgainError("busy", after_seconds=7), "failed", "try_again", "busy"),
        (ValueError("card 4111 1111"), "failed", "broken", "ValueError in test_jobs"),
    ],
)
def test_what_a_work_raises_decides_whether_it_is_tried_again(
    boss: Any, error: Exception, ended: str, code: str, told: str
) -> None:
    def raising(*_what: Any) -> None:
        raise error

    job = asked(user=boss)
    assert drain(at=AT, works=lambda _kind: raising) == [ended]
    row = Job.objects.get(pk=job.pk)
    assert (row.state, row.error_code) == (ended, code)
    assert told in row.error_text
    assert "4111" not in row.error_text  # a stranger's data is not put on record
    if isinstance(error, TryAgainError):
        assert row.run_after_at == AT + 7 * SECOND


def test_nobody_changes_jobs_of_kinds_that_are_not_theirs(boss: Any) -> None:
    job = asked(kind="run", user=boss)
    manager = User.objects.create(username="m", role="manager", created_at=0)
    analyst = User.objects.create(username="a", role="analyst", created_at=0)
    for act in (jobs.cancel_job, jobs.retry_job):
        with pytest.raises(NotVisibleError):
            act(job_id=job.pk, acting_user=manager, at=AT)
        with pytest.raises(NotAllowedError):
            act(job_id=job.pk, acting_user=analyst, at=AT)
    assert state(job) == JobState.WAITING


def test_workers_that_claim_at_once_never_get_the_same_job(boss: Any) -> None:
    for number in range(12):
        asked(str(number), user=boss)
    barrier = threading.Barrier(4)

    def take(name: int) -> list[str]:
        try:
            barrier.wait(timeout=120)
            found = [claimed(f"{name}-{turn}", worker=f"w:{name}") for turn in range(5)]
            return [job.key for one in found for job in one]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        taken = [key for keys in pool.map(take, range(4)) for key in keys]
    assert sorted(taken) == sorted(str(number) for number in range(12))
    assert Job.objects.filter(state=JobState.RUNNING, attempt_count=1).count() == 12


def test_database_refuses_a_lease_without_a_holder(boss: Any) -> None:
    job = asked(user=boss)
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.filter(pk=job.pk).update(state=JobState.RUNNING)
    claimed()
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.filter(pk=job.pk).update(state=JobState.DONE)


def test_long_gone_workers_are_forgotten(boss: Any) -> None:
    assert boss.pk
    for begun_at in (AT, AT + 8 * 24 * 60 * MINUTE):
        sign = leases.Sign(name=f"w{begun_at}", kinds=(), job_limit=1, begun_at=begun_at)
        leases.note_worker(sign=sign, at=begun_at)
    from openspiff.web.models import WorkerBeat  # noqa: PLC0415

    assert WorkerBeat.objects.count() == 1
