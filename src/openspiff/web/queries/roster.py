"""Who could be enrolled? The payees of the newest roster, as they stand on a day."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Final

import attrs
from django.conf import settings
from django.db.models import Count

from openspiff.events import PAYEE_COLUMNS, Feed, payees_of
from openspiff.program import (
    Candidate,
    Enrolment,
    Program,
    ProgramError,
    add_joiners,
    assign_holdout,
)
from openspiff.web.access import READ_PROGRAMS, NotVisibleError, Viewer, may_enter
from openspiff.web.models import EnrolledPayee

from .feed import feed_files
from .programs import enrolment

_FIELDS: Final = ("payee_id", "firm_id", "role", "tier", "region", "segment")


@attrs.frozen(kw_only=True)
class Joiners:
    """How many of the roster are in the audience but not enrolled; or why it is unknown."""

    count: int
    problem: str = ""


def roster_on(viewer: Viewer, at: int | None) -> list[Candidate]:
    """Return who stands on the roster at an instant (None: ever), to be enrolled.

    Raises NotVisibleError for those who may not read programs whole.
    """
    if not may_enter(viewer, READ_PROGRAMS):
        raise NotVisibleError("no roster")
    payees = feed_files(viewer).payees
    return [] if payees is None else list(_roster(payees, at))


def drawn_now(viewer: Viewer, program: Program, *, at: int) -> Enrolment:
    """Return the enrolment that a launch at this instant would record.

    Raises ProgramError when the roster does not allow the draw, NotVisibleError as
    `roster_on`.
    """
    return assign_holdout(program, roster_on(viewer, at))


def joiners_waiting(
    viewer: Viewer, programs: list[Program], *, at: int
) -> dict[str, Joiners]:
    """Return for each of these launched programs who of the roster is not yet enrolled.

    A program without a roster at launch enrolled nobody and waits for nobody.
    """
    payees = feed_files(viewer).payees
    if payees is None or not programs:
        return {}
    ids = [one.program_id for one in programs]
    rows = EnrolledPayee.objects.filter(program_id__in=ids).values_list("program_id")
    counts = dict(rows.annotate(Count("pk")).order_by())
    found = {}
    for program in programs:
        count = counts.get(program.program_id, 0)
        if count:
            key = (Path(settings.OPENSPIFF_HOME), payees, at, count)
            found[program.program_id] = _joiners(viewer, program, key)
    return found


_KNOWN: Final[dict[object, Joiners]] = {}
_KNOWN_AT_MOST: Final = 200


def _joiners(viewer: Viewer, program: Program, key: tuple[Path, Path, int, int]) -> Joiners:
    """Work it out once for each roster, number of enrolled and day of the question."""
    _home, payees, at, count = key
    mark = (*key, program.program_id, program.version)
    known = _KNOWN.get(mark)
    if known is not None:
        return known
    try:
        stored = enrolment(viewer, program.program_id)
        whole = add_joiners(program, stored, _roster(payees, at))
    except ProgramError as error:
        told = "; ".join([error.message, *(str(one) for one in error.problems[:1])])
        found = Joiners(count=0, problem=told)
    else:
        found = Joiners(count=len(whole.rows) - count)
    if len(_KNOWN) >= _KNOWN_AT_MOST:
        _KNOWN.clear()
    _KNOWN[mark] = found
    return found


@functools.lru_cache(maxsize=4)
def _roster(payees: Path, at: int | None) -> tuple[Candidate, ...]:
    named = (
        dict(zip(PAYEE_COLUMNS, row, strict=True))
        for row in payees_of(Feed(events=(), payees=payees))
    )
    return tuple(
        Candidate(**{field: one[field] for field in _FIELDS})
        for one in named
        if at is None or one["from_at"] <= at < one["before_at"]
    )
