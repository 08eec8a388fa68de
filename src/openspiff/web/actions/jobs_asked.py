"""What do pages ask of workers? To read an import, to book a run, to write a report."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from openspiff.web.access import NotVisibleError, Viewer, require_act
from openspiff.web.models import OPEN_STATES, Job, JobState, MeasurementRecord

from ._audit import record_change
from .imports import begin_work
from .jobs import enqueue, retry_job


@transaction.atomic
def ask_for_dry_run(*, draft_id: int, acting_user: Viewer, at: int) -> Job:
    """Begin the dry run of an import, and put its work into the outbox.

    Raises what `begin_work` raises; the audit row is its own.
    """
    draft = begin_work(draft_id=draft_id, acting_user=acting_user, at=at)
    return enqueue(
        kind="import",
        key=f"{draft.pk}/{draft.attempt}",
        payload={"draft_id": draft.pk, "attempt": draft.attempt},
        acting_user=acting_user,
        at=at,
    )


@transaction.atomic
def ask_for_run(*, run_id: str, acting_user: Viewer, at: int) -> Job:
    """Have the run booked of which somebody saw the preview; asked twice, it is one job.

    Where the job was given up or cancelled it is tried again. Raises NotAllowedError.
    """
    require_act(acting_user, "book_run")
    found = Job.objects.filter(kind="run", key=run_id).first()
    if found is not None:
        if found.state in (JobState.DEAD, JobState.CANCELLED):
            return retry_job(job_id=found.pk, acting_user=acting_user, at=at)
        return found
    job = enqueue(
        kind="run",
        key=run_id,
        payload={"run_id": run_id},
        acting_user=acting_user,
        at=at,
    )
    _record(job, acting_user, at, "ask_for_run", {"run_id": run_id})
    return job


@transaction.atomic
def ask_for_report(
    *, program_id: str, measurement_id: int, acting_user: Viewer, at: int
) -> Job:
    """Have the report of a measurement written; while that is under way it is one job.

    Raises NotAllowedError and NotVisibleError.
    """
    require_act(acting_user, "record_report")
    # The lock lets two who ask at once find one job.
    rows = MeasurementRecord.objects.select_for_update()
    if rows.filter(program_id=program_id, pk=measurement_id).first() is None:
        message = f"no measurement {measurement_id} of {program_id}"
        raise NotVisibleError(message)
    of_it = Job.objects.filter(kind="report", key__startswith=f"{measurement_id}/")
    under_way = of_it.filter(state__in=OPEN_STATES).first()
    if under_way is not None:
        return under_way
    job = enqueue(
        kind="report",
        key=f"{measurement_id}/{of_it.count() + 1}",
        payload={"program_id": program_id, "measurement_id": measurement_id},
        acting_user=acting_user,
        at=at,
    )
    _record(job, acting_user, at, "ask_for_report", {"measurement": measurement_id})
    return job


def _record(
    job: Job, acting_user: Viewer, at: int, action: str, after: dict[str, Any]
) -> None:
    record_change(
        acting_user=acting_user,
        at=at,
        action=action,
        of=("job", str(job.pk)),
        change=(None, after),
    )
