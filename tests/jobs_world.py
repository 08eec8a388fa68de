"""How do the tests get jobs into the outbox, and through it?"""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db import transaction

from openspiff.cli.import_work import work_on_import
from openspiff.web.actions import jobs, jobs_leases
from openspiff.web.models import Job
from openspiff.web.worker import drain, work_of

AT = 1_770_000_000_000_000
SECOND = 1_000_000


def asked(
    key: str = "1", *, kind: str = "report", user: Any = None, at: int = AT, **said: Any
) -> Job:
    """Return a job that was put into the outbox."""
    with transaction.atomic():
        return jobs.enqueue(
            kind=kind,
            key=key,
            payload=said.pop("payload", {}),
            acting_user=user,
            at=at,
            **said,
        )


def claimed(
    *tokens: str, at: int = AT, worker: str = "test:1", lease_seconds: int = 60
) -> list[Job]:
    """Take as many due jobs as there are tokens."""
    return jobs_leases.claim_jobs(
        kinds=["import", "report", "run"],
        tokens=tokens or ("token",),
        worker=worker,
        lease_seconds=lease_seconds,
        at=at,
    )


def drained(*, at: int) -> list[str]:
    """Do every job that is due, here and now, as a worker would; return how each ended."""
    return drain(at=at, works=partial(work_of, dry_run=work_on_import))


def add_jobs(world: Any) -> None:
    """Put one job of each state into the outbox, made by the people of the world."""
    finance, manager = world.users["finance"], world.users["manager"]
    asked("done", kind="run", user=finance)
    [job] = claimed()
    jobs_leases.complete(
        job=job, result={"run_id": "r", "transfer_count": 3}, at=AT + 3 * SECOND
    )
    asked("1/1", user=manager, payload={"program_id": "spring", "measurement_id": 1})
    [job] = claimed()
    failure = jobs_leases.Failure(
        code="broken", text="the report cannot be written", is_final=True
    )
    jobs_leases.fail(job=job, failure=failure, at=AT + SECOND)
    asked("2/1", user=manager, payload={"program_id": "spring", "measurement_id": 2})
    [job] = claimed()
    failure = jobs_leases.Failure(code="database", text="the database was away")
    jobs_leases.fail(job=job, failure=failure, at=AT + SECOND)
    about = {"program_id": "spring", "measurement_id": 3}
    stopped = asked("3/1", user=manager, payload=about)
    jobs.cancel_job(job_id=stopped.pk, acting_user=manager, at=AT + SECOND)
    asked("running", kind="run", user=finance)
    [job] = claimed("running token")
    jobs_leases.report_progress(job=job, done=2, total=8, note="pay")
    about = {"draft_id": 1, "attempt": 1}
    asked("1/1", kind="import", user=manager, payload=about)
