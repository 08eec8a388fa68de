"""How is a report written in the background? Whole, and once for what stands there."""

from __future__ import annotations

from openspiff.web.actions.decisions import write_edition
from openspiff.web.queries.jobs import JobRow

from ._progress import Progress


def write_report(job: JobRow, progress: Progress, at: int) -> None:
    """Write the report of a measurement; one that lies there unchanged is left alone."""
    with progress.completing() as result:
        edition = write_edition(
            program_id=job.payload["program_id"],
            measurement_id=int(job.payload["measurement_id"]),
            acting_user=progress.viewer,
            at=at,
        )
        result["stem"] = edition.stem
