"""Do these terms still stand as they were launched, and what did an amendment change?"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

import attrs

from openspiff.errors import Problem

from ._errors import ProgramError
from ._fields import PROGRAM, context_for, context_of
from ._file import place_name, told
from ._formats import FlawsError, Path
from ._model import Program
from ._payout import Tickets


@attrs.frozen
class Difference:
    """One term that differs: its place in the file, and both values as a file writes them.

    An empty text stands for "not said".
    """

    place: str
    old: str
    new: str


def program_json(program: Program) -> str:
    """Return every term, defaults included, as JSON for storage."""
    context = context_for(program, is_json=True, has_defaults=True)
    return json.dumps(PROGRAM.write(program, context), ensure_ascii=False, indent=1)


def program_from_json(stored: str, *, name: str = "the stored program") -> Program:
    """Return the program that `program_json` wrote; it equals the one that was written.

    Raises ProgramError with every problem, each with its place.
    """
    try:
        terms = json.loads(stored)
    except ValueError as error:
        message = f"{name} is no valid JSON"
        raise ProgramError(message, [Problem("", str(error))]) from None
    if not isinstance(terms, Mapping):
        message = f"{name} is no JSON object"
        raise ProgramError(message, [Problem("", "expected an object of terms")])
    try:
        program: Program = PROGRAM.read(terms, context_of(terms, is_json=True))
    except FlawsError as error:
        raise ProgramError(*told(error, name, {})) from None
    return program


def content_hash(program: Program) -> str:
    """Return the SHA-256 of the terms, 64 hexadecimal digits.

    Comments, the order of keys and the order of lists of names are irrelevant. A term that
    equals its default is left out, so a term that openspiff learns later does not change
    the hash of a program that says nothing about it; defaults therefore never change.
    """
    context = context_for(program, is_json=True, is_sorted=True)
    terms = PROGRAM.write(program, context)
    canonical = json.dumps(terms, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def differences_between(old: Program, new: Program) -> tuple[Difference, ...]:
    """Return every term that differs, in the order of the new file, removed ones last."""
    before, after = _flat(old), _flat(new)
    places = [*after, *(place for place in before if place not in after)]
    return tuple(
        Difference(place_name(place), before.get(place, ""), after.get(place, ""))
        for place in places
        if before.get(place, "") != after.get(place, "")
    )


def _flat(program: Program) -> dict[Path, str]:
    context = context_for(program, is_json=True, is_sorted=True, has_defaults=True)
    return dict(_leaves(PROGRAM.write(program, context), ()))


def _leaves(value: Any, path: Path) -> Iterable[tuple[Path, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, (*path, key))
    elif isinstance(value, list) and any(isinstance(inner, Mapping) for inner in value):
        for position, inner in enumerate(value):
            yield from _leaves(inner, (*path, position))
    elif isinstance(value, str):
        yield path, value
    else:
        yield path, json.dumps(value, ensure_ascii=False) if value != [] else ""


def check_same_terms(launched: Program, program: Program) -> None:
    """Refuse a program that differs from the launched version of the same number.

    Raises ProgramError that names every term that differs.
    """
    changed = differences_between(launched, program)
    if not changed:
        return
    remedy = f"write it as version {launched.version + 1} with takes_recorded_from"
    problems = [
        Problem(one.place, f"launched as {_said(one.old)}, now {_said(one.new)}", remedy)
        for one in changed
    ]
    message = (
        f"version {launched.version} of {launched.program_id} is launched and cannot change"
    )
    raise ProgramError(message, problems)


def _said(value: str) -> str:
    return value or "nothing"


def check_versions(programs: Iterable[Program]) -> None:
    """Refuse versions of one program that cannot stand side by side.

    Versions are numbered 1, 2, ... without gaps, take events from rising days on, and
    share currency, kind of payout (money or tickets), order of caps and holdout. Raises
    ProgramError.
    """
    by_id: dict[str, list[Program]] = {}
    for program in programs:
        by_id.setdefault(program.program_id, []).append(program)
    problems = [
        problem
        for program_id in sorted(by_id)
        for problem in _version_problems(program_id, by_id[program_id])
    ]
    if problems:
        raise ProgramError("the versions of a program do not fit together", problems)


def _version_problems(program_id: str, versions: list[Program]) -> Iterable[Problem]:
    versions = sorted(versions, key=lambda program: program.version)
    numbers = [program.version for program in versions]
    if numbers != list(range(1, len(numbers) + 1)):
        listed = ", ".join(map(str, numbers))
        message = f"expected versions 1 to {len(numbers)}, each once, got {listed}"
        yield Problem(program_id, message, "number every amendment one higher")
    for old, new in pairwise(versions):
        place = f"{program_id} version {new.version}"
        if (new.takes_recorded_from_at or 0) <= (old.takes_recorded_from_at or -(2**62)):
            message = f"takes_recorded_from does not come after that of {old.version}"
            yield Problem(place, message, "an amendment takes events from a later day on")
        if new.currency != old.currency:
            message = f"the currency changes from {old.currency} to {new.currency}"
            yield Problem(place, message, "write a new program with its own program_id")
        if isinstance(new.payout, Tickets) != isinstance(old.payout, Tickets):
            message = "the payout changes between money and tickets"
            yield Problem(place, message, "write a new program with its own program_id")
        if new.caps.order is not old.caps.order:
            message = "the order of the caps changes, but all versions share them"
            yield Problem(place, message, "leave caps.order as it is in version 1")
        if new.holdout != old.holdout:
            message = "the holdout changes, but it was drawn at launch"
            yield Problem(place, message, "leave [holdout] as it is in version 1")
