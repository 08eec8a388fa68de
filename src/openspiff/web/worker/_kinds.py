"""What is done for a job of each kind? One function a kind, which may run more than once.

A work gets `(job, progress, at)` and returns its result. It may be killed at any point and
is then begun again, so what it does to the data stands in `progress.completing()`, in one
transaction with the end of the job, or finds by itself that it was done.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from openspiff.web.queries.jobs import JobRow

from ._imports import DryRun, nobody_reads, read_import
from ._mail import send_mail_of_the_day, send_notices, tell_room
from ._progress import Progress
from ._reports import write_report
from ._runs import book_seen_run

Work = Callable[[JobRow, Progress, int], dict[str, Any] | None]
WorkOf = Callable[[str], Work]


def work_of(kind: str, *, dry_run: DryRun = nobody_reads) -> Work:
    """Return the work of a kind; `dry_run` is how the command line reads an import."""
    match kind:
        case "import":
            return partial(read_import, dry_run=dry_run)
        case "run":
            return book_seen_run
        case "report":
            return write_report
        case "mail":
            return send_notices
        case "room":
            return tell_room
        case "mail_of_the_day":
            return send_mail_of_the_day
        case _:
            message = f"no work for jobs of the kind {kind!r}"
            raise LookupError(message)
