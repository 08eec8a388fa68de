"""What does a program text say while it is written? Problems, or the rule and its page."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import Final

import attrs
from django.utils.translation import gettext as _

from openspiff.errors import Problem
from openspiff.program import (
    Difference,
    Overlap,
    Program,
    ProgramError,
    check_same_terms,
    check_versions,
    content_hash,
    differences_between,
    overlap_sentence,
    overlaps_with,
    parse_program,
    rule_line,
    terms_cautions,
    terms_page,
)
from openspiff.web.access import Viewer
from openspiff.web.queries import programs

from ._show import local_day
from ._terms import Block, blocks

_LINE: Final = re.compile(r"line (\d+)")
_NOT_SHOWN: Final = {"version", "takes_recorded_from"}


@attrs.frozen(kw_only=True)
class Flaw:
    """One problem, and the line of the text on which it stands (None: of the whole)."""

    problem: Problem
    line: int | None


@attrs.frozen(kw_only=True)
class Checked:
    """What a text says: every problem, or the program with all that follows from it."""

    message: str = ""
    flaws: tuple[Flaw, ...] = ()
    program: Program | None = None
    rule: str = ""
    blocks: tuple[Block, ...] = ()
    content_hash: str = ""
    cautions: tuple[Problem, ...] = ()
    overlaps: tuple[tuple[Overlap, str], ...] = ()
    before: Program | None = None
    differences: tuple[Difference, ...] = ()


def checked(text: str, *, viewer: Viewer, at: int) -> Checked:
    """Return what a program text says beside everything that is launched."""
    if not text.strip():
        return Checked(message=_("The file is empty."))
    try:
        program = parse_program(text, name=_("the file"))
    except ProgramError as error:
        return refused(error)
    stored = programs.stored_versions(viewer)
    launched = [
        one.program for versions in stored.values() for one in versions if not one.is_draft
    ]
    own = [one for one in launched if one.program_id == program.program_id]
    try:
        _check_beside(program, own)
    except ProgramError as error:
        return attrs.evolve(refused(error), before=own[-1] if own else None)
    before = next((one for one in reversed(own) if one.version < program.version), None)
    newest = {one.program_id: one for one in launched}
    today = local_day(at, program.window.zone)
    return of_program(program, before=before, others=list(newest.values()), today=today)


def of_program(
    program: Program, *, before: Program | None, others: Sequence[Program], today: dt.date
) -> Checked:
    """Return what follows from a valid program, and what it changes of the one before."""
    changed = () if before is None else differences_between(before, program)
    running = [one for one in others if one.window.ends_before > today]
    return Checked(
        program=program,
        rule=rule_line(program),
        blocks=tuple(blocks(terms_page(program))),
        content_hash=content_hash(program),
        cautions=terms_cautions(program, today=today),
        overlaps=tuple(
            (one, overlap_sentence(one)) for one in overlaps_with(program, running)
        ),
        before=before,
        differences=tuple(one for one in changed if one.place not in _NOT_SHOWN),
    )


def refused(error: ProgramError) -> Checked:
    """Return every problem of a text with its line."""
    flaws = [Flaw(problem=one, line=_line_of(one.place)) for one in error.problems]
    return Checked(message=error.message, flaws=tuple(flaws))


def _check_beside(program: Program, launched: Sequence[Program]) -> None:
    same = [one for one in launched if one.version == program.version]
    if same:
        check_same_terms(same[0], program)
        return
    check_versions([*launched, program])


def _line_of(place: str) -> int | None:
    found = _LINE.search(place)
    return None if found is None else int(found.group(1))
