"""What is done for a job of each kind? One function a kind, which may run more than once.

A work gets `(job, progress, at)` and returns its result. It may be killed at any point and
is then begun again, so what it does to the data stands in `progress.completing()`, in one
transaction with the end of the job, or finds by itself that it was done.

What a work needs is loaded in the child that does it: a worker starts at once and stays
small, and what comes by the hundred, such as letters, does not pay for what draws reports.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from openspiff.web.queries.jobs import JobRow

from ._progress import Progress

Work = Callable[[JobRow, Progress, int], dict[str, Any] | None]
WorkOf = Callable[[str], Work]
DryRun = Callable[..., str]
"""Called with user, draft_id, attempt and clock; returns the state that the draft is in."""


def nobody_reads(**_what: Any) -> str:
    """Stand where no dry run was handed in."""
    message = "imports are read where the command line runs: `openspiff work`"
    raise LookupError(message)


def work_of(  # noqa: PLR0911 (one a kind)
    kind: str, *, dry_run: DryRun = nobody_reads
) -> Work:
    """Return the work of a kind; `dry_run` is how the command line reads an import."""
    match kind:
        case "import":
            from ._imports import read_import  # noqa: PLC0415 (in the child)

            return partial(read_import, dry_run=dry_run)
        case "run":
            from ._runs import book_seen_run  # noqa: PLC0415 (in the child)

            return book_seen_run
        case "report":
            from ._reports import write_report  # noqa: PLC0415 (in the child)

            return write_report
        case "mail":
            from ._mail import send_notices  # noqa: PLC0415 (in the child)

            return send_notices
        case "room":
            from ._mail import tell_room  # noqa: PLC0415 (in the child)

            return tell_room
        case "mail_of_the_day":
            from ._mail import send_mail_of_the_day  # noqa: PLC0415 (in the child)

            return send_mail_of_the_day
        case "look_of_the_day":
            from ._mail import look_of_the_day  # noqa: PLC0415 (in the child)

            return look_of_the_day
        case "invitation":
            from ._mail import send_invitation  # noqa: PLC0415 (in the child)

            return send_invitation
        case "delivery":
            from ._deliveries import deliver  # noqa: PLC0415 (in the child)

            return deliver
        case _:
            message = f"no work for jobs of the kind {kind!r}"
            raise LookupError(message)
