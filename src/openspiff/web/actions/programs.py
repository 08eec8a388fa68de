"""How does a program change? Drafted, launched (from then on frozen), amended, ended."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from django.db import models, transaction

from openspiff.errors import OpenSpiffError, Problem
from openspiff.ledger import Kind
from openspiff.program import (
    Candidate,
    Change,
    Enrolment,
    Program,
    add_joiners,
    assign_holdout,
    check_early_end,
    check_same_terms,
    check_versions,
    content_hash,
    day_of,
    enrolment_from_rows,
    enrolment_rows,
    launch_mark,
    new_version,
    parse_program,
    program_from_json,
    program_json,
)
from openspiff.web.access import Viewer, require_act
from openspiff.web.models import EnrolledPayee, ProgramState, ProgramVersion, Transfer

from ._audit import record_change
from .conflict import ConflictError
from .notices import notify_enrolled
from .webhooks import tell

_BATCH = 2_000


class ProgramStateError(OpenSpiffError):
    """A program that is not in the state for what is asked."""

    code: ClassVar[str] = "program_state"


@transaction.atomic
def add_program_draft(
    *,
    source_text: str,
    acting_user: Viewer,
    at: int,
    name: str = "the program",
    seen_hash: str | None = None,
) -> ProgramVersion:
    """Keep a program file as a draft; a draft of the same version is replaced.

    A launched version is returned as it stands when the file still says the same. With
    `seen_hash` only the draft of this content hash is replaced ("": none may be there).
    Raises ProgramError with every problem, among them every term of a launched version
    that the file changes, ConflictError when another draft stands there, NotAllowedError.
    """
    require_act(acting_user, "add_program_draft")
    program = parse_program(source_text, name=name)
    stored = {row.version: row for row in _versions(program.program_id)}
    found = stored.get(program.version)
    if found is not None and found.state != ProgramState.DRAFT:
        check_same_terms(_program(found), program)
        return found
    if seen_hash is not None and seen_hash != (found.content_hash if found else ""):
        _refuse_other_draft(program, found)
    _check_beside(program, stored.values())
    fields = {
        "name": program.name,
        "terms_json": program_json(program),
        "source_text": source_text,
        "content_hash": content_hash(program),
    }
    if found is None:
        row = ProgramVersion.objects.create(
            program_id=program.program_id,
            version=program.version,
            drafted_at=at,
            drafted_by=acting_user,
            **fields,
        )
    elif found.source_text == source_text:
        return found
    else:
        changed = ProgramVersion.objects.filter(
            pk=found.pk, state=ProgramState.DRAFT, content_hash=found.content_hash
        ).update(drafted_at=at, drafted_by=acting_user, **fields)
        _refuse_unchanged(changed, found)
        row = ProgramVersion.objects.get(pk=found.pk)
    record_change(
        acting_user=acting_user,
        at=at,
        action="add_program_draft",
        of=("program_version", str(row)),
        change=(
            None if found is None else {"content_hash": found.content_hash},
            {"content_hash": row.content_hash},
        ),
    )
    return row


@transaction.atomic
def launch_program(
    *,
    program_id: str,
    version: int,
    candidates: Iterable[Candidate],
    acting_user: Viewer,
    at: int,
    seen_mark: str | None = None,
    as_of: int | None = None,
) -> ProgramVersion:
    """Freeze a draft: from now on its terms never change, and it can pay.

    With the first version everyone of `candidates` (the roster of the day) who is in the
    audience is enrolled, and the holdout is drawn and recorded. An amendment keeps that
    draw, takes nothing that was recorded before its launch, and ends the window earlier
    only as the launched terms allow, by the day of `as_of` (None: `at`). With `seen_mark`
    (`program.launch_mark`) nothing else is launched than what was seen. Raises
    NotAllowedError, ProgramStateError for what is no draft, ProgramError when the versions
    do not fit together, ConflictError when somebody else was faster.
    """
    require_act(acting_user, "launch_program")
    row = _draft(program_id, version)
    program = _program(row)
    others = list(
        _versions(program_id).exclude(pk=row.pk).exclude(state=ProgramState.DRAFT)
    )
    _check_beside(program, others)
    if others:
        told_at = at if as_of is None else as_of
        _check_amendment(_program(others[-1]), program, at=told_at)
    enrolment = _enrolment(program, candidates, is_first=not others)
    if seen_mark is not None and seen_mark != launch_mark(program, enrolment):
        message = "the draft or the roster was changed since you looked: look again"
        raise ConflictError(message)
    changed = ProgramVersion.objects.filter(
        pk=row.pk, state=ProgramState.DRAFT, content_hash=row.content_hash
    ).update(state=ProgramState.LAUNCHED, launched_at=at, launched_by=acting_user)
    _refuse_unchanged(changed, row)
    counts = {}
    if not others:
        _store(enrolment, known=frozenset(), at=at)
        notify_enrolled(enrolment, program_id=program_id, at=at)
        counts = {
            "enrolled_count": len(enrolment.rows),
            "held_out_count": len(enrolment.held_out_ids()),
        }
    after = {"state": ProgramState.LAUNCHED.value, "content_hash": row.content_hash}
    record_change(
        acting_user=acting_user,
        at=at,
        action="launch_program",
        of=("program_version", str(row)),
        change=({"state": ProgramState.DRAFT.value}, after | counts),
    )
    before = _program(others[-1]) if others else None
    _tell_launch(program, before, facts=after | counts, at=at)
    row.refresh_from_db()
    return row


def _tell_launch(
    program: Program, before: Program | None, *, facts: dict[str, Any], at: int
) -> None:
    """Tell the outside of a launch, and whether it ends the window earlier than before."""
    named = {"program_id": program.program_id, "version": program.version}
    tell(kind="program.launched", facts=named | facts, at=at)
    ends_before = program.window.ends_before
    if before is not None and ends_before < before.window.ends_before:
        early = named | {"ends_before": str(ends_before)}
        tell(kind="program.ended_early", facts=early, at=at)


@transaction.atomic
def amend_program(
    *,
    program_id: str,
    takes_recorded_from: dt.date,
    changes: Mapping[str, Change],
    acting_user: Viewer,
    at: int,
) -> ProgramVersion:
    """Draft the next version of a launched program; what is launched stays as it is.

    `changes` goes from places in the file to values, as `openspiff.program.new_version`
    takes them. Raises ProgramStateError when nothing is launched, ProgramError when the
    amended text is no valid program, and NotAllowedError.
    """
    launched = _versions(program_id).exclude(state=ProgramState.DRAFT).last()
    if launched is None:
        problem = Problem(program_id, "not launched", "edit the draft instead")
        raise ProgramStateError("only a launched program is amended", [problem])
    text = new_version(
        launched.source_text,
        takes_recorded_from=takes_recorded_from,
        changes=changes,
        name=str(launched),
    )
    return add_program_draft(source_text=text, acting_user=acting_user, at=at)


@transaction.atomic
def end_program(
    *, program_id: str, acting_user: Viewer, at: int, as_of: int | None = None
) -> None:
    """Close a program whose window and deadline have passed; its books stay open.

    What was promised is still paid and clawed back. Raises NotAllowedError, and
    ProgramStateError while the window or the deadline for reporting is still open.
    """
    require_act(acting_user, "end_program")
    rows = list(_versions(program_id).filter(state=ProgramState.LAUNCHED))
    if not rows:
        problem = Problem(program_id, "no launched version", "only what runs can end")
        raise ProgramStateError("the program cannot end", [problem])
    window = _program(rows[-1]).window
    closes_at = max(window.ends_at, window.reported_before_at or window.ends_at)
    if (at if as_of is None else as_of) < closes_at:
        closes = window.reported_before or window.ends_before
        remedy = "`openspiff end --on DAY` ends it earlier, where its terms allow"
        problem = Problem(program_id, f"events may be reported until {closes}", remedy)
        raise ProgramStateError("the program cannot end yet", [problem])
    changed = ProgramVersion.objects.filter(
        pk__in=[row.pk for row in rows], state=ProgramState.LAUNCHED
    ).update(state=ProgramState.ENDED, ended_at=at, ended_by=acting_user)
    if changed != len(rows):
        message = f"{program_id} was changed meanwhile: look again"
        raise ConflictError(message)
    record_change(
        acting_user=acting_user,
        at=at,
        action="end_program",
        of=("program", program_id),
        change=(
            {"state": ProgramState.LAUNCHED.value},
            {"state": ProgramState.ENDED.value, "versions": [row.version for row in rows]},
        ),
    )


@transaction.atomic
def enroll_joiners(
    *, program_id: str, candidates: Iterable[Candidate], acting_user: Viewer, at: int
) -> int:
    """Enroll whoever of `candidates` came after launch; return how many.

    Nobody who is enrolled changes sides. Raises NotAllowedError and ProgramStateError.
    """
    require_act(acting_user, "enroll_joiners")
    row = _versions(program_id).exclude(state=ProgramState.DRAFT).last()
    if row is None:
        problem = Problem(program_id, "not launched", "launch it: that enrolls everyone")
        raise ProgramStateError("nobody can join yet", [problem])
    program = _program(row)
    stored = enrolment_of(program)
    enrolment = add_joiners(program, stored, candidates)
    known = frozenset(one.payee_id for one in stored.rows)
    joined_count = len(enrolment.rows) - len(known)
    if joined_count:
        _store(enrolment, known=known, at=at)
        record_change(
            acting_user=acting_user,
            at=at,
            action="enroll_joiners",
            of=("program", program_id),
            change=(
                {"enrolled_count": len(known)},
                {"enrolled_count": len(enrolment.rows)},
            ),
        )
    return joined_count


def enrolment_of(program: Program) -> Enrolment:
    """Return the stored enrolment of a program."""
    rows = EnrolledPayee.objects.filter(program_id=program.program_id).values()
    seed = 0 if program.holdout is None else program.holdout.seed
    return enrolment_from_rows(list(rows), program_id=program.program_id, seed=seed)


def _enrolment(
    program: Program, candidates: Iterable[Candidate], *, is_first: bool
) -> Enrolment:
    """Return whom a launch enrolls: an amendment keeps the draw of the first version."""
    if not is_first:
        return Enrolment(program.program_id, 0, ())
    return _drawn(program, candidates)


def _drawn(program: Program, candidates: Iterable[Candidate]) -> Enrolment:
    enrolment = assign_holdout(program, candidates)
    if program.holdout is not None and not enrolment.rows:
        remedy = "import a roster first, or look at the audience"
        problem = Problem("holdout", "nobody of the roster is in the audience", remedy)
        raise ProgramStateError("there is nobody to draw a holdout from", [problem])
    return enrolment


def _store(enrolment: Enrolment, *, known: frozenset[str], at: int) -> None:
    EnrolledPayee.objects.bulk_create(
        (
            EnrolledPayee(**row, assigned_at=at)
            for row in enrolment_rows(enrolment)
            if row["payee_id"] not in known
        ),
        batch_size=_BATCH,
    )


def _versions(program_id: str) -> models.QuerySet[ProgramVersion]:
    return ProgramVersion.objects.filter(program_id=program_id).order_by("version")


def _program(row: ProgramVersion) -> Program:
    return program_from_json(row.terms_json, name=str(row))


def _draft(program_id: str, version: int) -> ProgramVersion:
    place = f"{program_id} v{version}"
    row = _versions(program_id).filter(version=version).first()
    if row is None:
        problem = Problem(place, "no such version", "add it as a draft first")
        raise ProgramStateError("the program cannot be launched", [problem])
    if row.state != ProgramState.DRAFT:
        problem = Problem(place, f"is {row.state}", "amend it: draft a new version")
        raise ProgramStateError("the program cannot be launched", [problem])
    return row


def _check_amendment(old: Program, program: Program, *, at: int) -> None:
    """Refuse an amendment that would change what was recorded or promised already."""
    told_on = day_of(at, program.window.zone)
    taken_from_at = program.takes_recorded_from_at
    if taken_from_at is not None and taken_from_at < at:
        place, day = "takes_recorded_from", program.takes_recorded_from
        tomorrow = told_on + dt.timedelta(days=1)
        message = f"{day} has begun: what was recorded since stays under the old terms"
        problem = Problem(place, message, f"write {tomorrow} or a later day")
        raise ProgramStateError("the amendment cannot be launched", [problem])
    spent = is_budget_spent(old)
    check_early_end(old, program, told_on=told_on, is_budget_spent=spent)


def is_budget_spent(program: Program) -> bool:
    """Tell whether the books hold as much for a program as its budget."""
    budget = program.caps.budget
    if budget is None:
        return False
    sums = dict(
        Transfer.objects.filter(program_id=program.program_id)
        .exclude(kind=Kind.PAYOUT)
        .values_list("kind")
        .annotate(models.Sum("amount_minor"))
        .order_by()
    )
    back_minor = sums.get(Kind.REVERSAL, 0) + sums.get(Kind.CLAWBACK, 0)
    return bool(sums.get(Kind.ACCRUAL, 0) - back_minor >= budget)


def _refuse_other_draft(program: Program, found: ProgramVersion | None) -> None:
    place = f"{program.program_id} v{program.version}"
    if found is None:
        problem = Problem(place, "the draft is gone", "save it as a new one")
    else:
        who = f"by {found.drafted_by}"
        remedy = "look at that draft first; your text is kept here"
        problem = Problem(place, f"a draft was saved meanwhile {who}", remedy)
    raise ConflictError("the draft is not the one that you began with", [problem])


def _check_beside(program: Program, others: Iterable[ProgramVersion]) -> None:
    beside = [_program(row) for row in others if row.version != program.version]
    check_versions([*beside, program])


def _refuse_unchanged(changed: int, row: ProgramVersion) -> None:
    if changed != 1:
        message = f"{row} was changed meanwhile: look again"
        raise ConflictError(message)
