"""What is done in the background, how far is it, and does anybody work at all?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import attrs
from django.db.models import QuerySet

from openspiff.web.access import (
    READ_IMPORTS,
    NotVisibleError,
    Viewer,
    job_kinds_of,
    may_enter,
)
from openspiff.web.models import (
    JOB_KINDS,
    OPEN_STATES,
    AttemptEnd,
    ImportDraft,
    Job,
    JobState,
    WorkerBeat,
)

JobRow = Job
"""A job as a worker holds it."""

PER_PAGE: Final = 25
OPEN_SHOWN: Final = 50
SEEN_WITHIN: Final = 30_000_000
"""Microseconds without a sign of life after which a worker counts as gone."""

_PPM: Final = 1_000_000
_SOON: Final = 20_000
_SURE_AFTER: Final = 1_000_000
_LONGEST_GUESS: Final = 86_400


@attrs.frozen(kw_only=True)
class AttemptLine:
    """One attempt that has ended: how, when, by whom, and the reason."""

    number: int
    worker: str
    begun_at: int
    ended_at: int
    end_name: str
    is_failure: bool
    error_code: str
    error_text: str


@attrs.frozen(kw_only=True)
class JobLine:
    """One job with how far it is; `left_seconds` is None where nobody can tell.

    `payload` says what it is about, by numbers and names of what is stored elsewhere.
    """

    number: int
    kind: str
    kind_name: str
    key: str
    payload: Mapping[str, Any]
    state: str
    state_name: str
    attempt_count: int
    failure_count: int
    max_attempts: int
    share_ppm: int
    note: str
    left_seconds: int | None
    run_after_at: int
    created_at: int
    created_by: str
    begun_at: int | None
    ended_at: int | None
    worker: str
    result: Mapping[str, Any]
    error_code: str
    error_text: str
    attempts: tuple[AttemptLine, ...] = ()

    @property
    def is_open(self) -> bool:
        """Tell whether it has not come to an end yet."""
        return self.state in OPEN_STATES

    @property
    def may_be_retried(self) -> bool:
        """Tell whether somebody could have it tried again."""
        return self.state in (JobState.FAILED, JobState.DEAD, JobState.CANCELLED)


@attrs.frozen(kw_only=True)
class JobPage:
    """Some jobs, the latest first, and which page of how many this is."""

    lines: tuple[JobLine, ...]
    number: int
    page_count: int
    count: int


@attrs.frozen(kw_only=True)
class WorkersSeen:
    """How many workers live, and when the last one was seen (None: never)."""

    alive_count: int
    seen_at: int | None


def jobs_open(viewer: Viewer, *, at: int) -> list[JobLine]:
    """Return what waits or runs, what runs first, then in the order it will be taken."""
    rows = _visible(viewer).filter(state__in=OPEN_STATES)
    found = list(rows.order_by("run_after_at", "id")[:OPEN_SHOWN])
    found.sort(key=lambda one: one.state != JobState.RUNNING)
    return _lines(found, at)


def jobs_dead(viewer: Viewer, *, at: int) -> list[JobLine]:
    """Return what was given up and waits for a person, the latest first."""
    rows = _visible(viewer).filter(state=JobState.DEAD).order_by("-pk")[:OPEN_SHOWN]
    return _lines(list(rows), at)


def jobs_ended(viewer: Viewer, *, at: int, number: int = 1) -> JobPage:
    """Return one page of what is done or was cancelled, the latest first."""
    ended = (JobState.DONE, JobState.CANCELLED)
    return _page(_visible(viewer).filter(state__in=ended), at, number)


def jobs_in(
    viewer: Viewer, *, states: Sequence[str] = (), at: int, number: int = 1
) -> JobPage:
    """Return one page of the jobs in these states, or in any, the latest first."""
    rows = _visible(viewer)
    return _page(rows.filter(state__in=states) if states else rows, at, number)


def jobs_listed(
    viewer: Viewer, *, before: int | None, count: int, state: str, kind: str, at: int
) -> list[JobLine]:
    """Return jobs below a number, the latest first, for machines; "" means any."""
    rows = _visible(viewer)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    for name, value in (("state", state), ("kind", kind)):
        if value:
            rows = rows.filter(**{name: value})
    return _lines(list(rows.order_by("-pk")[:count]), at)


def job_detail(viewer: Viewer, job_id: int, *, at: int) -> JobLine:
    """Return a job with its attempts; raises NotVisibleError when there is none."""
    row = _visible(viewer).filter(pk=job_id).first()
    if row is None:
        message = f"no job {job_id}"
        raise NotVisibleError(message)
    [line] = _lines([row], at)
    ended = tuple(
        AttemptLine(
            number=one.number,
            worker=one.worker,
            begun_at=one.begun_at,
            ended_at=one.ended_at,
            end_name=AttemptEnd(one.ended_as).label,
            is_failure=one.ended_as in (AttemptEnd.FAILED, AttemptEnd.LOST),
            error_code=one.error_code,
            error_text=one.error_text,
        )
        for one in row.ended.order_by("-number")
    )
    return attrs.evolve(line, attempts=ended)


def job_named(viewer: Viewer, kind: str, key: str, *, at: int) -> JobLine | None:
    """Return the job of a kind and key, if there is one that the viewer sees."""
    found = _lines(list(_visible(viewer).filter(kind=kind, key=key)), at)
    return found[0] if found else None


def workers_seen(viewer: Viewer, *, at: int) -> WorkersSeen:
    """Return how many workers live, and when the last one was seen."""
    if not viewer.is_active:
        raise NotVisibleError("no such thing")
    rows = WorkerBeat.objects.order_by("-seen_at").values_list("seen_at", "stopped_at")
    found = list(rows[:PER_PAGE])
    alive = [seen for seen, stopped in found if stopped is None and at - seen < SEEN_WITHIN]
    return WorkersSeen(alive_count=len(alive), seen_at=found[0][0] if found else None)


def dry_run_state(viewer: Viewer, draft_id: int, attempt: int) -> str:
    """Return how far the job of a dry run is; empty where none was asked for.

    Whoever reads imports may ask, also who sees no jobs.
    """
    if not may_enter(viewer, READ_IMPORTS):
        raise NotVisibleError("no such import")
    rows = Job.objects.filter(kind="import", key=f"{draft_id}/{attempt}")
    return rows.values_list("state", flat=True).first() or ""


def report_job(viewer: Viewer, measurement_id: int, *, at: int) -> JobLine | None:
    """Return the last job that writes the report of a measurement, for who sees jobs."""
    if "report" not in job_kinds_of(viewer):
        return None
    rows = _visible(viewer).filter(kind="report", key__startswith=f"{measurement_id}/")
    found = _lines(list(rows.order_by("-pk")[:1]), at)
    return found[0] if found else None


def _visible(viewer: Viewer) -> QuerySet[Job]:
    kinds = job_kinds_of(viewer)
    if not kinds:
        raise NotVisibleError("no such jobs")
    return Job.objects.filter(kind__in=kinds).select_related("created_by")


def _page(rows: QuerySet[Job], at: int, number: int) -> JobPage:
    count = rows.count()
    page_count = max(-(-count // PER_PAGE), 1)
    number = min(max(number, 1), page_count)
    upto = number * PER_PAGE
    shown = list(rows.order_by("-pk")[upto - PER_PAGE : upto])
    return JobPage(
        lines=tuple(_lines(shown, at)), number=number, page_count=page_count, count=count
    )


def _lines(rows: list[Job], at: int) -> list[JobLine]:
    said = _read_so_far(rows)
    return [_line(row, at, said.get(row.pk)) for row in rows]


def _read_so_far(rows: Iterable[Job]) -> dict[int, tuple[int, str]]:
    """Return how far imports are, which say so in a file: share and step."""
    reading = {
        row.payload["draft_id"]: row.pk
        for row in rows
        if row.kind == "import" and row.state == JobState.RUNNING
    }
    if not reading:
        return {}
    found = {}
    for draft in ImportDraft.objects.filter(pk__in=list(reading)):
        said = draft.progress()
        step = str(said.get("step", ""))
        found[reading[draft.pk]] = (int(said.get("share_ppm", 0)), step)
    return found


def _line(row: Job, at: int, said: tuple[int, str] | None) -> JobLine:
    share, note = said or (_share(row), row.progress_note)
    return JobLine(
        number=row.pk,
        kind=row.kind,
        kind_name=JOB_KINDS[row.kind].name if row.kind in JOB_KINDS else row.kind,
        key=row.key,
        payload=row.payload,
        state=row.state,
        state_name=JobState(row.state).label,
        attempt_count=row.attempt_count,
        failure_count=row.failure_count,
        max_attempts=row.max_attempts,
        share_ppm=share,
        note=note,
        left_seconds=_left(row, share, at),
        run_after_at=row.run_after_at,
        created_at=row.created_at,
        created_by="" if row.created_by is None else str(row.created_by),
        begun_at=row.begun_at,
        ended_at=row.ended_at,
        worker=row.worker,
        result=row.result,
        error_code=row.error_code,
        error_text=row.error_text,
    )


def _share(row: Job) -> int:
    if row.state == JobState.DONE:
        return _PPM
    if row.state != JobState.RUNNING or row.progress_total <= 0:
        return 0
    return min(row.progress_done * _PPM // row.progress_total, _PPM)


def _left(row: Job, share: int, at: int) -> int | None:
    """Guess the seconds that are left by how long the share took that is done."""
    if row.state != JobState.RUNNING or row.begun_at is None or share < _SOON:
        return None
    elapsed = at - row.begun_at
    if elapsed < _SURE_AFTER:
        return None
    left = int(elapsed * (_PPM - share) // share // _PPM)
    return left if left < _LONGEST_GUESS else None
