"""How does a work say how far it is, and end together with what it did?"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import attrs

from openspiff.web.access import Viewer
from openspiff.web.actions import jobs_leases as leases
from openspiff.web.actions.crash_points import crash_point
from openspiff.web.queries.jobs import JobRow

_TOLD_EVERY: Final = 1.0


@attrs.define
class Progress:
    """What the work of one job says while it is at it, and by which it ends.

    `clock` gives the moment in microseconds since 1970.
    """

    job: JobRow
    clock: Callable[[], int]
    is_over: bool = False
    _told_at: float = attrs.field(factory=lambda: time.monotonic() - _TOLD_EVERY)

    @property
    def viewer(self) -> Viewer:
        """Return who asked for it, in whose name and with whose rights it is done."""
        if self.job.created_by is None:
            message = f"job {self.job.pk} was asked for by nobody"
            raise LookupError(message)
        return self.job.created_by

    def tell(self, done: int, total: int, note: str = "") -> None:
        """Say how much of the whole is done; written once a second at most.

        Raises LostLeaseError when the job was cancelled or somebody else has it: let it
        through, then nothing more is done.
        """
        now = time.monotonic()
        if now - self._told_at < _TOLD_EVERY and done < total:
            return
        self._told_at = now
        leases.report_progress(job=self.job, done=done, total=total, note=note)

    @contextmanager
    def completing(self) -> Iterator[dict[str, Any]]:
        """Open the transaction in which the effect and the end of the job stand together.

        Yields the result to be filled in. A work that ends so is done exactly once,
        whenever its worker is killed. Raises LostLeaseError before anything is done.
        """
        with leases.completing(job=self.job, at=self.clock()) as result:
            yield result
            crash_point("before_commit")
        crash_point("after_commit")
        self.is_over = True
