"""How does work get into the outbox, and what do people change about it there?

A job is written in the transaction of what needs it. What workers do to it stands in
`jobs_leases`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from django.db import transaction

from openspiff.errors import Problem
from openspiff.web.access import NotVisibleError, Viewer, job_kinds_of, require_act
from openspiff.web.models import (
    DUE_STATES,
    JOB_KINDS,
    AttemptEnd,
    Job,
    JobState,
)

from ._audit import record_change
from ._job_attempts import record_attempt
from .conflict import ConflictError


class JobStateError(ConflictError):
    """A job that is not where what is asked for begins."""

    code: ClassVar[str] = "job_state"


class JobKeyError(ConflictError):
    """A job of this kind and key is there already, for something else."""

    code: ClassVar[str] = "job_key"


def enqueue(
    *,
    kind: str,
    payload: Mapping[str, Any],
    key: str,
    acting_user: Viewer | None,
    at: int,
    run_after_at: int | None = None,
    max_attempts: int | None = None,
) -> Job:
    """Put a job into the outbox, inside the transaction of what needs it.

    There is one job for a kind and a key: the same again gets the first one, however far it
    is. `payload` is plain JSON; `run_after_at` lets it wait; `max_attempts` is that of the
    kind unless given. The caller's own audit row tells of it. Raises JobKeyError for
    another payload, and KeyError for a kind that is not in JOB_KINDS.
    """
    if not transaction.get_connection().in_atomic_block:
        message = "a job is written in the transaction of what needs it"
        raise transaction.TransactionManagementError(message)
    plain = json.loads(json.dumps(payload))
    new = Job(
        kind=kind,
        key=key,
        payload=plain,
        max_attempts=max_attempts or JOB_KINDS[kind].max_attempts,
        run_after_at=at if run_after_at is None else run_after_at,
        created_at=at,
        created_by=acting_user,
    )
    # Two that come at once agree on the first one, and neither transaction breaks.
    Job.objects.bulk_create([new], ignore_conflicts=True)
    job = Job.objects.get(kind=kind, key=key)
    if job.payload != plain:
        problem = Problem(f"{kind} {key}", "the first one asked for something else")
        raise JobKeyError("this key was used before", [problem])
    return job


@transaction.atomic
def cancel_job(*, job_id: int, acting_user: Viewer, at: int) -> Job:
    """Give a job up on purpose, also while it runs: its worker then answers in vain.

    Raises NotAllowedError, NotVisibleError, and JobStateError once it has ended.
    """
    job = _held(job_id, "cancel_job", acting_user)
    if job.state not in (*DUE_STATES, JobState.RUNNING):
        raise _not_now(job, "it has ended already")
    if job.state == JobState.RUNNING:
        record_attempt(job, ended_as=AttemptEnd.CANCELLED, at=at)
    before = job.state
    job.state = JobState.CANCELLED
    job.ended_at = at
    job.lease_token = ""
    job.leased_until_at = None
    job.save()
    _record(job, acting_user, at, "cancel_job", before)
    return job


@transaction.atomic
def retry_job(*, job_id: int, acting_user: Viewer, at: int) -> Job:
    """Let a job that was given up or cancelled, or waits to be tried again, run now.

    It may fail as often again as the first time. Raises NotAllowedError, NotVisibleError,
    and JobStateError when it is done, waits or runs.
    """
    job = _held(job_id, "retry_job", acting_user)
    if job.state not in (JobState.FAILED, JobState.DEAD, JobState.CANCELLED):
        raise _not_now(job, "only what failed or was cancelled is tried again")
    before = job.state
    job.state = JobState.WAITING
    job.failure_count = 0
    job.run_after_at = at
    job.ended_at = None
    job.save()
    _record(job, acting_user, at, "retry_job", before)
    return job


def _held(job_id: int, act: str, acting_user: Viewer) -> Job:
    """Return a job of a kind that the user may change, locked."""
    require_act(acting_user, act)
    kinds = job_kinds_of(acting_user)
    found = Job.objects.select_for_update().filter(pk=job_id, kind__in=kinds).first()
    if found is None:
        message = f"no job {job_id}"
        raise NotVisibleError(message)
    return found


def _not_now(job: Job, message: str) -> JobStateError:
    label = JobState(job.state).label.lower()
    problem = Problem(f"job {job.pk}", f"is in the state: {label}", "look at it again")
    return JobStateError(message, [problem])


def _record(job: Job, acting_user: Viewer, at: int, action: str, before: str) -> None:
    record_change(
        acting_user=acting_user,
        at=at,
        action=action,
        of=("job", str(job.pk)),
        change=({"state": before}, {"state": job.state}),
    )
