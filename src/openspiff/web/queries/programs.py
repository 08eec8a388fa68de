"""Which programs does the viewer see, and which terms and holdouts does a run use?"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from typing import Final

import attrs
from django.db.models import Exists, OuterRef, QuerySet

from openspiff.program import (
    Enrolment,
    Program,
    enrolment_from_rows,
    program_from_json,
)
from openspiff.web._postgresql import often_cursor
from openspiff.web.access import (
    READ_PROGRAMS,
    NotVisibleError,
    Viewer,
    may_enter,
)
from openspiff.web.models import (
    EnrolledPayee,
    ProgramPause,
    ProgramState,
    ProgramVersion,
    Role,
)

_KEPT_AT_MOST: Final = 512

# Who was enrolled and is not held out may earn; where nobody was enrolled, everybody.
OF_PAYEE_SQL: Final = """
    select v.program_id, v.version, v.state, v.content_hash,
      case
        when e.is_held_out then 1
        when e.payee_id is not null then 0
        when exists (
          select 1 from web_enrolledpayee o where o.program_id = v.program_id
        ) then 1
        else 0
      end as is_shut_out,
      coalesce((
        select case when p.is_paused then p.reason else '' end
        from web_programpause p where p.program_id = v.program_id
        order by p.number desc limit 1
      ), '') as paused_because
    from web_programversion v
    left join web_enrolledpayee e
      on e.program_id = v.program_id and e.payee_id = %(payee)s
    where v.state <> 'draft'
"""
"""Every launched version, for one payee: each page of a payee begins there."""

# Seen as `_rows_visible` sees it.
_NEWEST_SQL: Final = """
    select v.content_hash from web_programversion v
    where v.program_id = %(program)s and v.state <> 'draft'
      and (
        %(is_reader)s
        or exists (
          select 1 from web_enrolledpayee e where e.program_id = v.program_id
            and (e.payee_id = %(payee)s or e.firm_id = %(firm)s)
        )
        or not exists (
          select 1 from web_enrolledpayee o where o.program_id = v.program_id
        )
      )
    order by v.version desc limit 1
"""


@attrs.frozen(kw_only=True)
class StoredProgram:
    """One version as it is stored, with the terms read."""

    program: Program
    state: str
    content_hash: str
    source_text: str
    drafted_at: int
    launched_at: int | None
    launched_by: str
    ended_at: int | None

    @property
    def is_draft(self) -> bool:
        """Tell whether the terms may still change."""
        return self.state == ProgramState.DRAFT


@attrs.frozen(kw_only=True)
class Pause:
    """Why the intake of a program is stopped, since when and by whom."""

    reason: str
    paused_at: int
    paused_by: str


@attrs.frozen(kw_only=True)
class HoldoutCounts:
    """How many payees are enrolled, how many of them held out, how many came later."""

    enrolled: int
    held_out: int
    joiners: int


def programs_visible(viewer: Viewer) -> list[StoredProgram]:
    """Return the newest version of every program that the viewer may see, newest first.

    The vendor's own people see all, drafts too. Payees see launched programs in whose
    audience they were enrolled, firm owners those of their payees; where nobody was
    enrolled (no roster at launch), everybody.
    """
    newest: dict[str, ProgramVersion] = {}
    for row in _rows_visible(viewer).order_by("program_id", "version"):
        newest[row.program_id] = row
    programs = [_stored(row) for row in newest.values()]
    return sorted(
        programs,
        key=lambda one: (one.program.window.starts_at, one.program.program_id),
        reverse=True,
    )


def program_versions(viewer: Viewer, program_id: str) -> list[StoredProgram]:
    """Return every version of one program that the viewer may see, newest first.

    Raises NotVisibleError when there is none.
    """
    rows = _rows_visible(viewer).filter(program_id=program_id).order_by("-version")
    found = [_stored(row) for row in rows]
    if not found:
        message = f"no program {program_id}"
        raise NotVisibleError(message)
    return found


def launched_program(viewer: Viewer, program_id: str) -> Program:
    """Return the newest terms of a program that was launched, as the viewer may see it.

    Raises NotVisibleError when there are none.
    """
    is_owner = viewer.role == Role.FIRM_OWNER
    asked = {
        "program": program_id,
        "is_reader": may_enter(viewer, READ_PROGRAMS),
        "payee": None if is_owner else viewer.payee_id,
        "firm": viewer.firm_id if is_owner else None,
    }
    with often_cursor() as cursor:
        cursor.execute(_NEWEST_SQL, asked)
        row = cursor.fetchone()
    if row is None:
        message = f"no program {program_id}"
        raise NotVisibleError(message)
    return _LAUNCHED.of(row)[row[0]]


def drafted_version(viewer: Viewer, program_id: str, version: int) -> StoredProgram:
    """Return one draft as it is stored.

    Raises NotVisibleError when it is no draft, or not for the viewer.
    """
    for one in program_versions(viewer, program_id):
        if one.program.version == version and one.is_draft:
            return one
    message = f"no draft {program_id} v{version}"
    raise NotVisibleError(message)


def pauses_now(_viewer: Viewer) -> dict[str, Pause]:
    """Return by whom and why the intake of each paused program was stopped."""
    found: dict[str, Pause] = {}
    rows = ProgramPause.objects.select_related("acted_by").order_by("number")
    for row in rows:
        found.pop(row.program_id, None)
        if row.is_paused:
            found[row.program_id] = Pause(
                reason=row.reason, paused_at=row.acted_at, paused_by=str(row.acted_by)
            )
    return found


def pause_of(viewer: Viewer, program_id: str) -> Pause | None:
    """Return why the intake of a program that the viewer sees is stopped; None: it is not.

    Raises NotVisibleError for a program that the viewer does not see.
    """
    if not _rows_visible(viewer).filter(program_id=program_id).exists():
        message = f"no program {program_id}"
        raise NotVisibleError(message)
    rows = ProgramPause.objects.filter(program_id=program_id).select_related("acted_by")
    row = rows.order_by("number").last()
    if row is None or not row.is_paused:
        return None
    return Pause(reason=row.reason, paused_at=row.acted_at, paused_by=str(row.acted_by))


def stored_versions(viewer: Viewer) -> dict[str, list[StoredProgram]]:
    """Return every version of every program that the viewer sees, the oldest first."""
    found: dict[str, list[StoredProgram]] = {}
    for row in _rows_visible(viewer).order_by("program_id", "version"):
        found.setdefault(row.program_id, []).append(_stored(row))
    return found


def holdout_counts(viewer: Viewer, program_id: str) -> HoldoutCounts:
    """Return how many payees are enrolled and held out of a program the viewer sees."""
    program_versions(viewer, program_id)
    rows = EnrolledPayee.objects.filter(program_id=program_id)
    return HoldoutCounts(
        enrolled=rows.count(),
        held_out=rows.filter(is_held_out=True).count(),
        joiners=rows.filter(is_joiner=True).count(),
    )


def programs_open_to(viewer: Viewer, payee_id: str) -> list[StoredProgram]:
    """Return the launched programs in which a payee may earn; held-out ones are left out.

    Each in its newest launched version, the earliest end first.
    """
    held_out_of = set(
        EnrolledPayee.objects.filter(payee_id=payee_id, is_held_out=True).values_list(
            "program_id", flat=True
        )
    )
    as_payee = _rows_of_payees(
        EnrolledPayee.objects.filter(payee_id=payee_id),
        _rows_visible(viewer).filter(state=ProgramState.LAUNCHED),
    )
    newest = {
        row.program_id: row
        for row in as_payee.order_by("version")
        if row.program_id not in held_out_of
    }
    programs = [_stored(row) for row in newest.values()]
    return sorted(programs, key=lambda one: _earliest_end(one.program))


@attrs.frozen
class ProgramsOfPayee:
    """Every version that was launched, and the newest of each that a payee may earn in.

    `digests` are the content hashes of the newest, by program, `paused` says why no claims
    are taken under those whose intake is stopped.
    """

    launched: tuple[Program, ...]
    open_to: tuple[Program, ...]
    digests: Mapping[str, str] = attrs.field(hash=False)
    paused: Mapping[str, str] = attrs.field(hash=False)


def programs_from_rows(
    rows: Iterable[tuple[str, int, str, str, bool, str]],
) -> ProgramsOfPayee:
    """Return what `programs_open_to` does, from the rows of OF_PAYEE_SQL in any order."""
    return _of_payee(tuple(sorted(rows)))


@functools.lru_cache(maxsize=256)
def _of_payee(rows: tuple[tuple[str, int, str, str, bool, str], ...]) -> ProgramsOfPayee:
    """Read the terms of all who have the same place in the same programs."""
    terms = _LAUNCHED.of(digest for _, _, _, digest, _, _ in rows)
    newest = {
        program_id: digest
        for program_id, _, state, digest, is_shut_out, _ in rows
        if state == ProgramState.LAUNCHED and not is_shut_out
    }
    open_to = [terms[digest] for digest in newest.values()]
    return ProgramsOfPayee(
        tuple(terms[digest] for _, _, _, digest, _, _ in rows),
        tuple(sorted(open_to, key=_earliest_end)),
        newest,
        {program_id: said for program_id, _, _, _, _, said in rows if said},
    )


def _earliest_end(program: Program) -> tuple[int, str]:
    return program.window.ends_at, program.program_id


def launched_programs(_viewer: Viewer) -> list[Program]:
    """Return every version that was ever launched, ended ones too, for the calculation.

    Who reads the amounts that come of it is another question: pages show a payee only
    their own.
    """
    rows = ProgramVersion.objects.exclude(state=ProgramState.DRAFT)
    digests = list(
        rows.order_by("program_id", "version").values_list("content_hash", flat=True)
    )
    terms = _LAUNCHED.of(digests)
    return [terms[digest] for digest in digests]


def held_out(_viewer: Viewer) -> dict[str, frozenset[str]]:
    """Return who is held out of each launched program, for the calculation."""
    found: dict[str, set[str]] = {}
    rows = EnrolledPayee.objects.filter(is_held_out=True)
    for program_id, payee_id in rows.values_list("program_id", "payee_id").iterator():
        found.setdefault(program_id, set()).add(payee_id)
    return {program_id: frozenset(ids) for program_id, ids in found.items()}


def enrolment(viewer: Viewer, program_id: str) -> Enrolment:
    """Return who was enrolled and who held out, for the measurement.

    Raises NotVisibleError for those who may not read programs whole.
    """
    if not may_enter(viewer, READ_PROGRAMS):
        message = f"no enrolment of {program_id}"
        raise NotVisibleError(message)
    program = program_versions(viewer, program_id)[0].program
    rows = EnrolledPayee.objects.filter(program_id=program_id).values()
    seed = 0 if program.holdout is None else program.holdout.seed
    return enrolment_from_rows(list(rows), program_id=program_id, seed=seed)


def _rows_visible(viewer: Viewer) -> QuerySet[ProgramVersion]:
    rows = ProgramVersion.objects.select_related("launched_by")
    if may_enter(viewer, READ_PROGRAMS):
        return rows
    rows = rows.exclude(state=ProgramState.DRAFT)
    mine = EnrolledPayee.objects.filter(
        **{"firm_id": viewer.firm_id}
        if viewer.role == Role.FIRM_OWNER
        else {"payee_id": viewer.payee_id}
    )
    return _rows_of_payees(mine, rows)


def _rows_of_payees(
    enrolled: QuerySet[EnrolledPayee], rows: QuerySet[ProgramVersion]
) -> QuerySet[ProgramVersion]:
    # By index for each program: a list of all that have a roster would read all of them.
    of_program = {"program_id": OuterRef("program_id")}
    has_roster = Exists(EnrolledPayee.objects.filter(**of_program))
    return rows.filter(Exists(enrolled.filter(**of_program)) | ~has_roster)


class _Launched:
    """The launched terms that this process has read, by hash: not fetched again."""

    def __init__(self) -> None:
        self._read: dict[str, Program] = {}

    def of(self, digests: Iterable[str]) -> dict[str, Program]:
        """Return the terms of these hashes."""
        wanted = {*digests}
        read = self._read
        missing = wanted - read.keys()
        if missing:
            rows = ProgramVersion.objects.filter(content_hash__in=missing)
            found = {row.content_hash: _program(row) for row in rows}
            # Another dictionary, not a change of one that another thread looks into.
            self._read = {**read, **found} if len(read) < _KEPT_AT_MOST else found
            read = {**read, **found}
        return {digest: read[digest] for digest in wanted}


_LAUNCHED: Final = _Launched()


def _program(row: ProgramVersion) -> Program:
    return _read(row.terms_json, str(row))


@functools.lru_cache(maxsize=512)
def _read(terms_json: str, name: str) -> Program:
    """Read terms once a process: launched ones never change, and every page needs them."""
    return program_from_json(terms_json, name=name)


def _stored(row: ProgramVersion) -> StoredProgram:
    return StoredProgram(
        program=_program(row),
        state=row.state,
        content_hash=row.content_hash,
        source_text=row.source_text,
        drafted_at=row.drafted_at,
        launched_at=row.launched_at,
        launched_by="" if row.launched_by is None else str(row.launched_by),
        ended_at=row.ended_at,
    )


def books_zone(viewer: Viewer) -> str:
    """Return the zone in which months are counted: that of the newest launched program."""
    found = [one for one in programs_visible(viewer) if not one.is_draft]
    return found[0].program.window.zone if found else "UTC"
