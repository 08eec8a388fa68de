"""How is one job done? Its work runs once, and its end is written by whoever holds it."""

from __future__ import annotations

import logging
import secrets
import traceback
from collections.abc import Callable
from typing import Final

from django.db import InterfaceError, OperationalError

from openspiff.errors import OpenSpiffError
from openspiff.web.actions import jobs_leases as leases
from openspiff.web.actions.crash_points import crash_point
from openspiff.web.actions.jobs_leases import Failure
from openspiff.web.queries.jobs import JobRow

from ._kinds import WorkOf, work_of
from ._progress import Progress

_LOG: Final = logging.getLogger("openspiff.work")
_DRAIN_LEASE: Final = 86_400
_KINDS: Final = tuple(leases.JOB_KINDS)


def do_job(job: JobRow, *, works: WorkOf, clock: Callable[[], int]) -> str:
    """Do one job that was claimed, and write how it ended; return that in a word.

    Raises what the database raises when even the end cannot be written: then the lease
    runs out, and somebody does it again.
    """
    progress = Progress(job, clock)
    crash_point("begun")
    try:
        result = works(job.kind)(job, progress, clock())
        if not progress.is_over:
            crash_point("worked")
            leases.complete(job=job, result=result or {}, at=clock())
            crash_point("after_commit")
    except leases.LostLeaseError:
        return "lost"
    except Exception as error:  # noqa: BLE001 (whatever a work raises ends on record)
        failure = failure_of(error)
        try:
            return str(leases.fail(job=job, failure=failure, at=clock()).state)
        except leases.LostLeaseError:
            return "lost"
    return "done"


def failure_of(error: Exception) -> Failure:
    """Return what is put on record of an error: never what a stranger's data says.

    What a person can put right is told in full and not tried again by itself; of anything
    else its kind and its place, while the log has the rest.
    """
    if isinstance(error, leases.TryAgainError):
        return Failure(code=error.code, text=str(error), after_seconds=error.after_seconds)
    if isinstance(error, OpenSpiffError):
        return Failure(code=error.code, text=str(error), is_final=True)
    if isinstance(error, OperationalError | InterfaceError):
        return Failure(code="database", text="the database did not answer")
    _LOG.error("a job broke", exc_info=error)
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{place.filename.rsplit('/', 1)[-1]}, line {place.lineno}"
    return Failure(code="broken", text=f"{type(error).__name__} in {where}")


def drain(*, at: int, works: WorkOf = work_of, limit: int = 1_000) -> list[str]:
    """Do every job that is due at a moment, here and now; return how each ended.

    For tests and for one-process use: no worker and no child is needed. What fails and
    waits for a later moment stays.
    """
    ends: list[str] = []
    while len(ends) < limit:
        claimed = leases.claim_jobs(
            kinds=_KINDS,
            tokens=[secrets.token_hex(16)],
            worker="drain",
            lease_seconds=_DRAIN_LEASE,
            at=at,
        )
        if not claimed:
            break
        ends += [do_job(job, works=works, clock=lambda: at) for job in claimed]
    return ends
