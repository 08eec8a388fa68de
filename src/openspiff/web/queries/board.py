"""Where does every program stand, and what is to be done about it today?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, Final

import attrs
from django.db import connection
from django.db.models import Max

from openspiff.money import PPM
from openspiff.program import Program, Tickets
from openspiff.web.access import READ_PROGRAMS, NotVisibleError, Viewer, may_enter
from openspiff.web.models import (
    EventBatch,
    MeasurementRecord,
    Run,
    VerdictRecord,
)

from .claims import waiting_counts
from .figures import ProgramSums, program_sums
from .programs import Pause, StoredProgram, pauses_now, stored_versions
from .roster import joiners_waiting

DAY: Final = 86_400_000_000
_SOON_DAYS: Final = 14
_IMPORT_DAYS: Final = 7
_LOW_PPM: Final = 800_000
_LEAKED: Final = """
    select program_id, count(*) from (
      select t.program_id, t.payee_id
      from web_enrolledpayee e
      join web_transfer t on t.program_id = e.program_id and t.payee_id = e.payee_id
      where e.is_held_out and t.kind <> 'payout'
      group by t.program_id, t.payee_id
      having sum(case t.kind when 'accrual' then t.amount_minor
        else -t.amount_minor end) > 0
    ) leaked
    group by program_id
"""


class Stage(StrEnum):
    """Where a program stands in its life."""

    DRAFT = "draft"
    UPCOMING = "upcoming"
    OPEN = "open"
    PAUSED = "paused"
    SETTLING = "settling"
    TO_JUDGE = "to_judge"
    DECIDED = "decided"


class TaskKind(StrEnum):
    """What may have to be done; the most pressing first."""

    LEAKAGE = "leakage"
    BUDGET_SPENT = "budget_spent"
    BUDGET_LOW = "budget_low"
    ENDS_SOON = "ends_soon"
    CLAIMS = "claims"
    LAUNCH_DUE = "launch_due"
    JOINERS = "joiners"
    JOINERS_BROKEN = "joiners_broken"
    NO_IMPORT = "no_import"
    UNBOOKED = "unbooked"
    CLOSE_DUE = "close_due"
    MEASURE_DUE = "measure_due"
    VERDICT_DUE = "verdict_due"


@attrs.frozen(kw_only=True)
class Task:
    """One thing to do: of which program ("" for all), and the number that tells how much.

    `number` are days, payees, claims, batches or millionths of the budget, as the kind
    says; `told` is a sentence of what is wrong, where there is one.
    """

    kind: TaskKind
    program_id: str = ""
    name: str = ""
    version: int = 0
    number: int = 0
    told: str = ""


@attrs.frozen(kw_only=True)
class Standing:
    """One program on the board: the version in force, a draft of the next, its figures."""

    shown: StoredProgram
    draft: StoredProgram | None
    stage: Stage
    figures: ProgramSums
    pause: Pause | None
    used_ppm: int | None
    verdict: str

    @property
    def program(self) -> Program:
        """The terms in force, those of the draft where nothing was launched."""
        return self.shown.program


@attrs.frozen(kw_only=True)
class Board:
    """Every program by stage, and what needs somebody today."""

    standings: tuple[Standing, ...]
    tasks: tuple[Task, ...]

    def at(self, stage: Stage) -> list[Standing]:
        """Return the programs of one stage."""
        return [one for one in self.standings if one.stage == stage]


def board(viewer: Viewer, *, at: int) -> Board:
    """Return where every program stands at a moment and what is to be done.

    A constant number of questions to the database. Raises NotVisibleError for those who
    may not read programs whole.
    """
    if not may_enter(viewer, READ_PROGRAMS):
        raise NotVisibleError("no board")
    known = _Known(
        figures=program_sums(viewer),
        pauses=pauses_now(viewer),
        measured=_measured(),
        verdicts=_verdicts(),
        leaked=_leaked(),
    )
    standings = [
        _standing(versions, known, at) for versions in stored_versions(viewer).values()
    ]
    standings.sort(key=lambda one: one.program.window.ends_at, reverse=True)
    tasks = [
        *(task for one in standings for task in _tasks_of(one, known, at)),
        *_joining(viewer, standings, at),
        *_feed_tasks(standings, at),
        *_claims(viewer, standings),
    ]
    order = list(TaskKind)
    tasks.sort(key=lambda one: (order.index(one.kind), one.name, one.program_id))
    return Board(standings=tuple(standings), tasks=tuple(tasks))


@attrs.frozen(kw_only=True)
class _Known:
    figures: Mapping[str, ProgramSums]
    pauses: Mapping[str, Pause]
    measured: Mapping[str, int]
    verdicts: Mapping[str, str]
    leaked: Mapping[str, int]


def _standing(versions: list[StoredProgram], known: _Known, at: int) -> Standing:
    launched = [one for one in versions if not one.is_draft]
    shown = launched[-1] if launched else versions[-1]
    program = shown.program
    figures = known.figures.get(program.program_id, ProgramSums())
    budget = program.caps.budget
    used_ppm = None
    if budget is not None and not isinstance(program.payout, Tickets):
        used_ppm = min(max(figures.entitled_minor, 0), budget) * PPM // budget
    return Standing(
        shown=shown,
        draft=versions[-1] if launched and versions[-1].is_draft else None,
        stage=_stage(shown, known, figures, at),
        figures=figures,
        pause=known.pauses.get(program.program_id),
        used_ppm=used_ppm,
        verdict=known.verdicts.get(program.program_id, ""),
    )


def _stage(shown: StoredProgram, known: _Known, figures: ProgramSums, at: int) -> Stage:
    program_id, window = shown.program.program_id, shown.program.window
    if shown.is_draft:
        return Stage.DRAFT
    if at < window.starts_at:
        return Stage.UPCOMING
    if at < window.ends_at:
        return Stage.PAUSED if program_id in known.pauses else Stage.OPEN
    if known.verdicts.get(program_id) and _is_measured(shown, known):
        return Stage.DECIDED
    is_settled = at >= closes_at(shown.program) and figures.owed_minor <= 0
    return Stage.TO_JUDGE if is_settled or _is_measured(shown, known) else Stage.SETTLING


def closes_at(program: Program) -> int:
    """Return the instant from which on nothing of a program can be reported any more."""
    window = program.window
    return max(window.ends_at, window.reported_before_at or window.ends_at)


def _is_measured(shown: StoredProgram, known: _Known) -> bool:
    """Tell whether it was measured after its window: an interim look is no answer."""
    measured_at = known.measured.get(shown.program.program_id)
    return measured_at is not None and measured_at >= shown.program.window.ends_at


def _tasks_of(one: Standing, known: _Known, at: int) -> Iterator[Task]:
    leaked = known.leaked.get(one.program.program_id, 0)
    if leaked:
        yield _task(one, TaskKind.LEAKAGE, leaked)
    yield from _launch_tasks(one, at)
    if one.stage in {Stage.OPEN, Stage.PAUSED}:
        yield from _running_tasks(one, at)
    if one.stage in {Stage.SETTLING, Stage.TO_JUDGE}:
        yield from _closing_tasks(one, known, at)


def _task(one: Standing, kind: TaskKind, number: int = 0, version: int = 0) -> Task:
    return Task(
        kind=kind,
        program_id=one.program.program_id,
        name=one.program.name,
        number=number,
        version=version,
    )


def _launch_tasks(one: Standing, at: int) -> Iterator[Task]:
    """Yield a draft that begins soon, and one of a next version whenever it begins."""
    waits = one.draft or (one.shown if one.shown.is_draft else None)
    if waits is None:
        return
    days = (waits.program.window.starts_at - at) // DAY
    if one.draft is not None or days <= _SOON_DAYS:
        yield _task(one, TaskKind.LAUNCH_DUE, days, waits.program.version)


def _running_tasks(one: Standing, at: int) -> Iterator[Task]:
    days = -(-(one.program.window.ends_at - at) // DAY)
    if days <= _SOON_DAYS:
        yield _task(one, TaskKind.ENDS_SOON, days)
    used = one.used_ppm or 0
    if used >= _LOW_PPM:
        kind = TaskKind.BUDGET_SPENT if used >= PPM else TaskKind.BUDGET_LOW
        yield _task(one, kind, used)


def _closing_tasks(one: Standing, known: _Known, at: int) -> Iterator[Task]:
    if one.shown.ended_at is None and at >= closes_at(one.program):
        yield _task(one, TaskKind.CLOSE_DUE)
    horizon = one.program.measurement.horizon_weeks * 7 * DAY
    due_at = one.program.window.ends_at + horizon
    if _is_measured(one.shown, known):
        yield _task(one, TaskKind.VERDICT_DUE)
    elif at >= due_at:
        yield _task(one, TaskKind.MEASURE_DUE, (at - due_at) // DAY)


def _joining(viewer: Viewer, standings: list[Standing], at: int) -> Iterator[Task]:
    stages = {Stage.UPCOMING, Stage.OPEN, Stage.PAUSED}
    running = {one.program.program_id: one for one in standings if one.stage in stages}
    # To the day, so that the answer of this morning still serves in the afternoon.
    today_at = at // DAY * DAY
    programs = [one.program for one in running.values()]
    for program_id, found in joiners_waiting(viewer, programs, at=today_at).items():
        name = running[program_id].program.name
        of: dict[str, Any] = {"program_id": program_id, "name": name}
        if found.problem:
            yield Task(kind=TaskKind.JOINERS_BROKEN, told=found.problem, **of)
        elif found.count:
            yield Task(kind=TaskKind.JOINERS, number=found.count, **of)


def _feed_tasks(standings: list[Standing], at: int) -> Iterator[Task]:
    """Yield what is overdue with the feed as a whole."""
    imported_at = EventBatch.objects.aggregate(last=Max("imported_at"))["last"]
    booked_at = Run.objects.aggregate(last=Max("recorded_at"))["last"]
    is_running = any(one.stage in {Stage.OPEN, Stage.PAUSED} for one in standings)
    if is_running and imported_at is None:
        yield Task(kind=TaskKind.NO_IMPORT, number=-1)
    elif is_running and at - imported_at >= _IMPORT_DAYS * DAY:
        # To the nearest day: one of them may have had 23 hours.
        days = (at - imported_at + DAY // 2) // DAY
        yield Task(kind=TaskKind.NO_IMPORT, number=days)
    is_launched = any(not one.shown.is_draft for one in standings)
    if imported_at is not None and is_launched:
        waiting = EventBatch.objects.filter(imported_at__gt=booked_at or -1).count()
        if waiting:
            yield Task(kind=TaskKind.UNBOOKED, number=waiting)


def _claims(viewer: Viewer, standings: list[Standing]) -> Iterator[Task]:
    names = {one.program.program_id: one.program.name for one in standings}
    for program_id, count in waiting_counts(viewer).items():
        yield Task(
            kind=TaskKind.CLAIMS,
            program_id=program_id,
            name=names.get(program_id, program_id),
            number=count,
        )


def _measured() -> dict[str, int]:
    rows = MeasurementRecord.objects.values_list("program_id")
    return dict(rows.annotate(Max("as_of_at")).order_by())


def _verdicts() -> dict[str, str]:
    rows = VerdictRecord.objects.order_by("id").values_list(
        "measurement__program_id", "verdict"
    )
    return dict(rows)


def _leaked() -> dict[str, int]:
    """Return how many held-out payees of each program have money in its books."""
    with connection.cursor() as cursor:
        cursor.execute(_LEAKED)
        return dict(cursor.fetchall())
