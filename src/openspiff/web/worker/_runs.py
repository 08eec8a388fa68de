"""How is a run booked in the background? Evaluated anew, booked if it is what was seen."""

from __future__ import annotations

from typing import ClassVar

from openspiff.engine import DuckDBEngine
from openspiff.errors import OpenSpiffError, Problem
from openspiff.web.actions.books import RunFacts, book_run
from openspiff.web.queries import runs
from openspiff.web.queries.jobs import JobRow

from ._progress import Progress


class RunMovedError(OpenSpiffError):
    """What would be booked is no longer what somebody looked at."""

    code: ClassVar[str] = "run_moved"


def book_seen_run(job: JobRow, progress: Progress, at: int) -> None:
    """Book the run of which somebody saw the preview: exactly that one, and once."""
    viewer = progress.viewer

    def tell(name: str, number: int, count: int) -> None:
        # The last step is the booking itself.
        progress.tell(number, count + 1, name.replace("_", " "))

    with DuckDBEngine() as engine:
        run = runs.evaluated(viewer, engine, at=at, progress=tell)
        if run.run_id != job.payload["run_id"]:
            problem = Problem("", "events, terms or books have changed since", "look again")
            message = "nothing was booked: this is not the run that was shown"
            raise RunMovedError(message, [problem])
        counts = {str(row[0]): int(row[2]) for row in run.totals}
        facts = RunFacts(versions=run.versions, feed_digest=run.feed_digest, counts=counts)
        with progress.completing() as result:
            row = book_run(
                transfers=run.transfers, run=facts, acting_user=viewer, at=run.at
            )
            result["run_id"] = row.run_id
            result["transfer_count"] = row.last_sequence - row.after_sequence
