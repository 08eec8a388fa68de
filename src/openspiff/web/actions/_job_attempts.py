"""How does an attempt at a job end on record? One row, in the transaction of its end."""

from __future__ import annotations

from openspiff.web.models import AttemptEnd, Job, JobAttempt


def record_attempt(
    job: Job, *, ended_as: AttemptEnd, at: int, error_code: str = "", error_text: str = ""
) -> None:
    """Add the row of the attempt at which a job is now, before its lease is taken off."""
    JobAttempt.objects.create(
        job=job,
        number=job.attempt_count,
        worker=job.worker,
        begun_at=at if job.begun_at is None else job.begun_at,
        ended_at=at,
        ended_as=ended_as,
        error_code=error_code,
        error_text=error_text,
    )
