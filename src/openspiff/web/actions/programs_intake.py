"""How does the intake of a program stop for a while? Paused and resumed, never edited."""

from __future__ import annotations

from typing import Final

from django.db import IntegrityError, transaction

from openspiff.errors import Problem
from openspiff.program import program_from_json
from openspiff.web.access import Viewer, require_act
from openspiff.web.models import ProgramPause, ProgramState, ProgramVersion

from ._audit import record_change
from .conflict import ConflictError
from .programs import ProgramStateError

_LONGEST: Final = 300


@transaction.atomic
def pause_intake(
    *,
    program_id: str,
    reason: str,
    acting_user: Viewer,
    at: int,
    as_of: int | None = None,
) -> ProgramPause:
    """Take no more claims for a program until it is resumed; payees read the reason.

    What is recorded in the feed keeps counting, for the terms are frozen. Whether it is
    over is asked as of `as_of` (None: `at`). Raises
    NotAllowedError, ProgramStateError when the program is not launched, over, paused
    already or no reason is given, ConflictError when somebody else was faster.
    """
    require_act(acting_user, "pause_intake")
    told = " ".join(reason.split())
    problems = []
    if not told:
        remedy = "write the sentence that payees will read"
        problems.append(Problem("reason", "a pause has a reason", remedy))
    if len(told) > _LONGEST:
        message = f"expected at most {_LONGEST} characters, got {len(told)}"
        problems.append(Problem("reason", message, "shorten it"))
    problems += _closed(program_id, at if as_of is None else as_of)
    last = _last(program_id)
    if last is not None and last.is_paused:
        message = f"paused already, by {last.acted_by}: {last.reason}"
        problems.append(Problem(program_id, message, "resume it first"))
    if problems:
        raise ProgramStateError("intake cannot be paused", problems)
    return _add(last, program_id, reason=told, acting_user=acting_user, at=at)


@transaction.atomic
def resume_intake(*, program_id: str, acting_user: Viewer, at: int) -> ProgramPause:
    """Take claims for a program again.

    Raises NotAllowedError, ProgramStateError when it is not paused, ConflictError when
    somebody else was faster.
    """
    require_act(acting_user, "resume_intake")
    last = _last(program_id)
    if last is None or not last.is_paused:
        problem = Problem(program_id, "not paused", "there is nothing to resume")
        raise ProgramStateError("intake cannot be resumed", [problem])
    return _add(last, program_id, reason="", acting_user=acting_user, at=at)


def _add(
    last: ProgramPause | None,
    program_id: str,
    *,
    reason: str,
    acting_user: Viewer,
    at: int,
) -> ProgramPause:
    is_paused = last is None or not last.is_paused
    try:
        with transaction.atomic():
            row = ProgramPause.objects.create(
                program_id=program_id,
                number=1 if last is None else last.number + 1,
                is_paused=is_paused,
                reason=reason,
                acted_at=at,
                acted_by=acting_user,
            )
    except IntegrityError as error:
        message = f"the intake of {program_id} was changed meanwhile: look again"
        raise ConflictError(message) from error
    record_change(
        acting_user=acting_user,
        at=at,
        action="pause_intake" if is_paused else "resume_intake",
        of=("program", program_id),
        change=(
            {"is_paused": not is_paused},
            {"is_paused": is_paused} | ({"reason": reason} if reason else {}),
        ),
    )
    return row


def _last(program_id: str) -> ProgramPause | None:
    rows = ProgramPause.objects.filter(program_id=program_id)
    return rows.select_related("acted_by").order_by("number").last()


def _closed(program_id: str, at: int) -> list[Problem]:
    rows = ProgramVersion.objects.filter(program_id=program_id)
    row = rows.filter(state=ProgramState.LAUNCHED).order_by("version").last()
    if row is None:
        return [Problem(program_id, "not running", "only what is launched has an intake")]
    window = program_from_json(row.terms_json, name=str(row)).window
    closes_at = max(window.ends_at, window.reported_before_at or window.ends_at)
    if at >= closes_at:
        return [Problem(program_id, "over: nothing can be reported any more")]
    return []
