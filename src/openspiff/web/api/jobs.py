"""What may a machine do about background work? See how far it is, stop it, try it again."""

from __future__ import annotations

from typing import Annotated, Any, Final

from django.http import HttpRequest
from ninja import Path, Query, Router
from pydantic import Field

from openspiff.web.access import CHANGE_JOBS, READ_JOBS
from openspiff.web.actions import jobs as acts
from openspiff.web.queries import jobs as found

from ._doors import Reply, now_at, operation, viewer_of
from ._pages import Cursor, Fields, Limit, page_of, part_of
from ._shapes import Moment, Page, Shape

TAG: Final = "jobs"
router: Final = Router()

_LARGEST: Final = 2**63 - 1
JobNumber = Annotated[int, Path(ge=1, le=_LARGEST, description="The number of a job.")]


class JobShape(Shape):
    """One job: what it is about, how far it is, and how it ended."""

    number: int
    kind: str
    key: str
    payload: dict[str, Any] = Field(description="What it is about, by numbers and names.")
    state: str
    attempt_count: int
    failure_count: int
    max_attempts: int
    share_ppm: int = Field(description="How much of it is done, in parts per million.")
    note: str
    left_seconds: int | None = Field(description="A guess; null where nobody can tell.")
    run_after_at: Moment
    created_at: Moment
    created_by: str
    begun_at: Moment | None
    ended_at: Moment | None
    worker: str
    result: dict[str, Any]
    error_code: str
    error_text: str


class AttemptShape(Shape):
    """One attempt that has ended."""

    number: int
    worker: str
    begun_at: Moment
    ended_at: Moment
    is_failure: bool
    error_code: str
    error_text: str


class WholeJobShape(JobShape):
    """One job with every attempt that has ended, the latest first."""

    attempts: list[AttemptShape]


@operation(
    router,
    "GET",
    "/jobs",
    policy=READ_JOBS,
    scope="jobs:read",
    shape=Page[JobShape],
    item=JobShape,
)
def list_jobs(
    request: HttpRequest,
    state: Annotated[
        str,
        Query(
            max_length=20,
            description="waiting, running, failed (tried again), done, dead (given up) or"
            " cancelled; empty: all.",
        ),
    ] = "",
    kind: Annotated[str, Query(max_length=40)] = "",
    cursor: Cursor = "",
    limit: Limit = 100,
    fields: Fields = "",  # noqa: ARG001 (chosen at the door)
) -> Reply:
    """List the jobs whose kinds the caller sees, the latest first."""
    rows = found.jobs_listed(
        viewer_of(request),
        before=part_of(cursor, int),
        count=limit + 1,
        state=state,
        kind=kind,
        at=now_at(),
    )
    return Reply(body=page_of(Page[JobShape], rows, limit, _job, "number"))


@operation(
    router,
    "GET",
    "/jobs/{number}",
    policy=READ_JOBS,
    scope="jobs:read",
    shape=WholeJobShape,
)
def get_job(request: HttpRequest, number: JobNumber) -> Reply:
    """Read one job: how far it is, and every attempt with its reason."""
    return _reply(request, number)


@operation(
    router,
    "POST",
    "/jobs/{number}/cancel",
    policy=CHANGE_JOBS,
    scope="jobs:write",
    shape=WholeJobShape,
)
def cancel_job(request: HttpRequest, number: JobNumber) -> Reply:
    """Give a job up, also while it runs; what has ended is not given up any more."""
    acts.cancel_job(job_id=number, acting_user=viewer_of(request), at=now_at())
    return _reply(request, number)


@operation(
    router,
    "POST",
    "/jobs/{number}/retry",
    policy=CHANGE_JOBS,
    scope="jobs:write",
    shape=WholeJobShape,
)
def retry_job(request: HttpRequest, number: JobNumber) -> Reply:
    """Let a job that failed, was given up or cancelled run again, now."""
    acts.retry_job(job_id=number, acting_user=viewer_of(request), at=now_at())
    return _reply(request, number)


def _reply(request: HttpRequest, number: int) -> Reply:
    line = found.job_detail(viewer_of(request), number, at=now_at())
    attempts = [
        AttemptShape(**{name: getattr(one, name) for name in AttemptShape.model_fields})
        for one in line.attempts
    ]
    return Reply(body=WholeJobShape(**_facts(line), attempts=attempts))


def _job(line: found.JobLine) -> JobShape:
    return JobShape(**_facts(line))


def _facts(line: found.JobLine) -> dict[str, Any]:
    told = {name: getattr(line, name) for name in JobShape.model_fields}
    return told | {"payload": dict(line.payload), "result": dict(line.result)}
