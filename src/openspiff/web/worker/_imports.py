"""How is an import read in the background? By the dry run that the command line has.

The files are strangers' files: what opens them runs in a process that may be killed, and
sheets in one more with little memory.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import Any

from openspiff.web.access import NotVisibleError
from openspiff.web.queries import imports
from openspiff.web.queries.jobs import JobRow

from ._progress import Progress


def read_import(
    job: JobRow, progress: Progress, _at: int, *, dry_run: Callable[..., str]
) -> dict[str, Any]:
    """Do the dry run of an import; one that was given up or is over does nothing."""
    draft_id, attempt = int(job.payload["draft_id"]), int(job.payload["attempt"])
    try:
        draft = imports.import_draft(progress.viewer, draft_id)
    except NotVisibleError:
        return {"state": "given_up"}
    if (draft.state, draft.attempt) == ("working", attempt) and job.attempt_count > 1:
        # What a killed worker has left half-written.
        shutil.rmtree(draft.work_folder, ignore_errors=True)
    state = dry_run(
        user=progress.viewer, draft_id=draft_id, attempt=attempt, clock=progress.clock
    )
    return {"state": state}
