"""How does a worker take a job, keep it, and end it? By a lease that only one can hold.

A lease has a token and an end. Whatever the holder writes is compared with the token in the
same transaction: a worker that lost its lease writes nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar, Final

import attrs
from django.db import connection, transaction
from django.db.models import Q, QuerySet

from openspiff.errors import OpenSpiffError, Problem
from openspiff.web.models import (
    DUE_STATES,
    JOB_KINDS as JOB_KINDS,  # noqa: PLC0414 (workers ask how long a kind may take)
    AttemptEnd,
    Job,
    JobState,
    WorkerBeat,
)

from ._job_attempts import record_attempt
from .notices import notify_roles

_SECOND: Final = 1_000_000
_FIRST_WAIT: Final = 10 * _SECOND
_LONGEST_WAIT: Final = 3_600 * _SECOND
_WAIT_GROWS: Final = 3
_SHOWN: Final = 4_000
_KEPT: Final = 7 * 86_400 * _SECOND


class LostLeaseError(OpenSpiffError):
    """The job was cancelled, or another worker has it now."""

    code: ClassVar[str] = "lost_lease"


class TryAgainError(OpenSpiffError):
    """It did not work this time, and may later; `after_seconds` overrules the back-off.

    Counts as a failure. What a work raises as any other OpenSpiffError is for a person to
    put right: then the job is given up at once, with all problems.
    """

    code: ClassVar[str] = "try_again"

    def __init__(
        self,
        message: str,
        problems: Sequence[Problem] = (),
        *,
        after_seconds: int | None = None,
    ) -> None:
        """Keep what went wrong, and when to try again."""
        super().__init__(message, problems)
        self.after_seconds = after_seconds


@attrs.frozen(kw_only=True)
class Failure:
    """Why an attempt ended without a result; a final one is not tried again."""

    code: str
    text: str
    is_final: bool = False
    after_seconds: int | None = None
    ended_as: AttemptEnd = AttemptEnd.FAILED


def due(at: int, kinds: Sequence[str]) -> QuerySet[Job]:
    """Return the jobs that a worker may take now, those first that wait longest."""
    is_due = Q(state__in=DUE_STATES, run_after_at__lte=at)
    is_lost = Q(state=JobState.RUNNING, leased_until_at__lte=at)
    found = Job.objects.filter(is_due | is_lost, kind__in=kinds)
    return found.order_by("run_after_at", "id")


def claim_jobs(
    *,
    kinds: Sequence[str],
    tokens: Sequence[str],
    worker: str,
    lease_seconds: int,
    at: int,
) -> list[Job]:
    """Take up to as many due jobs as there are tokens, each on a lease of its own.

    A job whose lease ran out counts as failed once; where that was once too often it is
    given up here, or work that kills its worker would do so for ever.
    """
    if not due(at, kinds).exists():  # asked without the lock that a claim takes
        return []
    taken: list[Job] = []
    with transaction.atomic():
        rows = due(at, kinds)
        if connection.features.has_select_for_update_skip_locked:
            rows = rows.select_for_update(skip_locked=True)
        for job in rows[: len(tokens)]:
            if job.state == JobState.RUNNING and _is_given_up(job, at):
                continue
            job.state = JobState.RUNNING
            job.attempt_count += 1
            job.lease_token = tokens[len(taken)]
            job.leased_until_at = at + lease_seconds * _SECOND
            job.worker = worker
            job.begun_at = at
            job.progress_done, job.progress_total, job.progress_note = 0, 0, ""
            job.save()
            taken.append(job)
    return taken


def _is_given_up(job: Job, at: int) -> bool:
    """Put the lost attempt on record; tell whether it was one too many."""
    text = f"the worker {job.worker} gave no sign of life any more"
    lost = Failure(code="worker_lost", text=text, ended_as=AttemptEnd.LOST)
    _note_failure(job, lost, at)
    job.save()
    return job.state == JobState.DEAD


def renew_leases(*, tokens: Sequence[str], lease_seconds: int, at: int) -> set[str]:
    """Keep the leases that are still held, and return their tokens.

    A row that is locked is about to end, by its holder or by whoever cancels it: it is
    passed over, as a claim passes over it, and counts as held.
    """
    held = Job.objects.filter(lease_token__in=tokens, state=JobState.RUNNING)
    with transaction.atomic():
        rows = held
        if connection.features.has_select_for_update_skip_locked:
            rows = rows.select_for_update(skip_locked=True)
        ids = [job.pk for job in rows.only("pk")]
        Job.objects.filter(pk__in=ids).update(leased_until_at=at + lease_seconds * _SECOND)
    return set(held.values_list("lease_token", flat=True))


def report_progress(*, job: Job, done: int, total: int, note: str = "") -> None:
    """Say how far the holder of the lease is; raises LostLeaseError for anybody else."""
    count = _mine(job).update(
        progress_done=done, progress_total=total, progress_note=note[:200]
    )
    if not count:
        raise _lost(job)


@contextmanager
def completing(*, job: Job, at: int) -> Iterator[dict[str, Any]]:
    """Open the transaction in which the effect of a job and its end stand together.

    Yields the result to be filled in. Raises LostLeaseError, before anything is done, when
    the lease is not held any more; whatever the block raises undoes all of it.
    """
    with transaction.atomic():
        held = _mine(job).select_for_update().first()
        if held is None:
            raise _lost(job)
        result: dict[str, Any] = {}
        yield result
        record_attempt(held, ended_as=AttemptEnd.DONE, at=at)
        held.state = JobState.DONE
        held.result = json.loads(json.dumps(result))
        _end(held, at)
        held.error_code = held.error_text = ""
        held.save()


def complete(*, job: Job, result: Mapping[str, Any], at: int) -> None:
    """End a job whose effect is there already; raises LostLeaseError."""
    with completing(job=job, at=at) as found:
        found.update(result)


@transaction.atomic
def fail(*, job: Job, failure: Failure, at: int) -> Job:
    """End an attempt without a result: tried again after a while, or given up.

    Raises LostLeaseError.
    """
    held = _mine(job).select_for_update().first()
    if held is None:
        raise _lost(job)
    _note_failure(held, failure, at)
    held.save()
    return held


@transaction.atomic
def give_back(*, job: Job, at: int) -> None:
    """Let somebody else do it, because this worker is told to stop; no failure."""
    held = _mine(job).select_for_update().first()
    if held is None:
        return
    record_attempt(held, ended_as=AttemptEnd.GIVEN_BACK, at=at)
    held.state = JobState.WAITING
    held.run_after_at = at
    held.lease_token = ""
    held.leased_until_at = None
    held.save()


def backoff(key: str, failure_count: int) -> int:
    """Return how many microseconds to wait after so many failures: 10 s, 30 s, 90 s, ...

    At most an hour, and 20% more or less: by a digest of the key, so that what failed
    together does not come again together, and a test knows what comes.
    """
    wait = min(_FIRST_WAIT * _WAIT_GROWS ** min(failure_count - 1, 8), _LONGEST_WAIT)
    digest = hashlib.sha256(f"{key} {failure_count}".encode()).digest()
    share = int.from_bytes(digest[:4]) / 2**32
    return int(wait * (0.8 + 0.4 * share))


def _mine(job: Job) -> QuerySet[Job]:
    return Job.objects.filter(
        pk=job.pk, state=JobState.RUNNING, lease_token=job.lease_token
    )


def _lost(job: Job) -> LostLeaseError:
    return LostLeaseError(f"job {job.pk} was cancelled, or another worker has it now")


def _end(job: Job, at: int) -> None:
    job.ended_at = at
    job.lease_token = ""
    job.leased_until_at = None


def _note_failure(job: Job, failure: Failure, at: int) -> None:
    text = failure.text[:_SHOWN]
    record_attempt(
        job, ended_as=failure.ended_as, at=at, error_code=failure.code, error_text=text
    )
    job.failure_count += 1
    job.error_code, job.error_text = failure.code, text
    job.lease_token = ""
    job.leased_until_at = None
    if failure.is_final or job.failure_count >= job.max_attempts:
        job.state = JobState.DEAD
        job.ended_at = at
        # Of mails that cannot leave no mail can tell, and of a room no room.
        if job.kind not in {"mail", "mail_of_the_day", "room"}:
            key, facts = f"{job.pk}/{job.attempt_count}", {"job_id": job.pk}
            notify_roles(kind="job_given_up", key=key, facts=facts, at=at)
        return
    job.state = JobState.FAILED
    wait = backoff(f"{job.kind} {job.key}", job.failure_count)
    if failure.after_seconds is not None:
        wait = failure.after_seconds * _SECOND
    job.run_after_at = at + wait


@attrs.frozen(kw_only=True)
class Sign:
    """What a worker says of itself with each sign of life."""

    name: str
    kinds: tuple[str, ...]
    job_limit: int
    begun_at: int


def note_worker(*, sign: Sign, at: int, is_over: bool = False) -> None:
    """Keep a worker's sign of life, or its end; forget those that are long gone."""
    WorkerBeat.objects.update_or_create(
        name=sign.name,
        defaults={
            "kinds": list(sign.kinds),
            "job_limit": sign.job_limit,
            "begun_at": sign.begun_at,
            "seen_at": at,
            "stopped_at": at if is_over else None,
        },
    )
    if is_over or sign.begun_at == at:
        WorkerBeat.objects.filter(seen_at__lt=at - _KEPT).delete()
