"""What else becomes of a draft? It is discarded, or cloned from what ran before."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from openspiff.errors import Problem
from openspiff.program import Candidate, clone_text, ended_early, parse_program
from openspiff.web.access import Viewer, require_act
from openspiff.web.models import ProgramState, ProgramVersion

from ._audit import record_change
from .conflict import ConflictError
from .programs import ProgramStateError, add_program_draft, launch_program


@transaction.atomic
def discard_program_draft(
    *, program_id: str, version: int, acting_user: Viewer, at: int
) -> None:
    """Throw a draft away; what is launched cannot be.

    Raises NotAllowedError, ProgramStateError for what is no draft, ConflictError when it
    was launched meanwhile.
    """
    require_act(acting_user, "discard_program_draft")
    row = ProgramVersion.objects.filter(program_id=program_id, version=version).first()
    place = f"{program_id} v{version}"
    if row is None or row.state != ProgramState.DRAFT:
        problem = Problem(place, "no draft", "what is launched stays for ever")
        raise ProgramStateError("there is nothing to discard", [problem])
    count, _ = ProgramVersion.objects.filter(pk=row.pk, state=ProgramState.DRAFT).delete()
    if count != 1:
        message = f"{place} was changed meanwhile: look again"
        raise ConflictError(message)
    record_change(
        acting_user=acting_user,
        at=at,
        action="discard_program_draft",
        of=("program_version", place),
        change=({"content_hash": row.content_hash}, None),
    )


@transaction.atomic
def clone_program(
    *,
    program_id: str,
    new_id: str,
    name: str,
    months: int,
    seed: int,
    acting_user: Viewer,
    at: int,
) -> ProgramVersion:
    """Draft a new program with the terms of the newest version of another, months later.

    Its holdout is drawn by the new `seed`. Raises NotAllowedError, ProgramStateError when
    there is nothing to clone or the id is taken, ProgramError when the clone is no valid
    program.
    """
    require_act(acting_user, "add_program_draft")
    rows = ProgramVersion.objects.filter(program_id=program_id).order_by("version")
    row = rows.exclude(state=ProgramState.DRAFT).last() or rows.last()
    problems = []
    if row is None:
        problems.append(Problem(program_id, "no such program"))
    if ProgramVersion.objects.filter(program_id=new_id).exists():
        problems.append(Problem("program_id", f"{new_id} is taken", "choose another id"))
    if problems or row is None:
        raise ProgramStateError("the program cannot be cloned", problems)
    text = clone_text(
        row.source_text,
        program_id=new_id,
        name=name,
        months=months,
        seed=seed,
        source_name=str(row),
    )
    return add_program_draft(source_text=text, acting_user=acting_user, at=at, seen_hash="")


@transaction.atomic
def end_program_early(
    *,
    program_id: str,
    ends_before: dt.date,
    acting_user: Viewer,
    at: int,
    as_of: int | None = None,
) -> ProgramVersion:
    """End the window of a running program earlier, by the rule in its launched terms.

    The end is a version of its own, launched at once: it takes what is recorded from
    `ends_before` on, so nothing that was recorded before is touched. The notice counts from
    the day of `as_of` (None: `at`). Raises
    NotAllowedError, ProgramStateError when nothing runs or a draft is in the way,
    ProgramError when the terms do not allow this day.
    """
    require_act(acting_user, "end_program")
    rows = ProgramVersion.objects.filter(program_id=program_id).order_by("version")
    row = rows.filter(state=ProgramState.LAUNCHED).last()
    drafted = rows.filter(state=ProgramState.DRAFT).last()
    problems = []
    if row is None:
        problems.append(Problem(program_id, "not running", "only what runs can end"))
    elif parse_program(row.source_text).window.ends_before <= ends_before:
        remedy = "name an earlier day"
        message = "it ends no later than that anyway"
        problems.append(Problem("window.ends_before", message, remedy))
    if drafted is not None:
        remedy = "launch it or discard it first"
        message = f"version {drafted.version} is being drafted"
        problems.append(Problem(program_id, message, remedy))
    if problems or row is None:
        raise ProgramStateError("the program cannot end early", problems)
    text = ended_early(row.source_text, ends_before=ends_before, name=str(row))
    new = add_program_draft(source_text=text, acting_user=acting_user, at=at, seen_hash="")
    nobody: list[Candidate] = []  # an amendment keeps the draw
    return launch_program(
        program_id=program_id,
        version=new.version,
        candidates=nobody,
        acting_user=acting_user,
        at=at,
        as_of=as_of,
    )
