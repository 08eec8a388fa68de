"""What may a machine ask of programs? Their rule, their terms, version by version."""

from __future__ import annotations

import datetime as dt
import functools
import json
from typing import Annotated, Any, Final

from django.http import HttpRequest
from ninja import Path, Query, Router
from pydantic import Field

from openspiff.program import Program, program_json, rule_line, terms_page
from openspiff.web.access import (
    READ_PROGRAMS,
    READ_TERMS,
    NotVisibleError,
    Viewer,
    may_enter,
)
from openspiff.web.queries.programs import (
    StoredProgram,
    pauses_now,
    program_versions,
    programs_visible,
)

from ._doors import Reply, operation, viewer_of
from ._pages import Cursor, Fields, Limit, page_of, part_of
from ._shapes import Moment, Page, Shape

TAG: Final = "programs"
router: Final = Router()

ProgramId = Annotated[
    str, Path(max_length=200, description="The id of a program, as its terms name it.")
]
State = Annotated[
    str,
    Query(
        max_length=20, description="Only programs in this state: draft, launched, ended."
    ),
]


class ProgramShape(Shape):
    """One version of a program: who is paid for what, in one line, and when."""

    program_id: str
    version: int
    name: str
    state: str
    rule: str
    currency: str
    zone: str
    starts_on: dt.date
    ends_before: dt.date
    reported_before: dt.date | None
    promised_days: int
    budget: int | None = Field(description="Minor units, or tickets of a draw.")
    payee_cap: int | None = Field(description="Minor units, or tickets of a draw.")
    is_paused: bool
    content_hash: str
    launched_at: Moment | None
    ended_at: Moment | None


class TermsShape(Shape):
    """The terms of one version: as payees read them, and for staff as data."""

    program_id: str
    version: int
    content_hash: str
    text: str = Field(description="The page of terms, in Markdown.")
    terms: dict[str, Any] | None = Field(
        description="Every term as data; null for whoever may not read programs whole."
    )


class VersionList(Shape):
    """Every version of a program that the caller may see, the newest first."""

    items: list[ProgramShape]


@operation(
    router,
    "GET",
    "/programs",
    policy=READ_TERMS,
    scope="programs:read",
    shape=Page[ProgramShape],
    item=ProgramShape,
)
def list_programs(
    request: HttpRequest,
    state: State = "",
    cursor: Cursor = "",
    limit: Limit = 100,
    fields: Fields = "",  # noqa: ARG001 (chosen at the door)
) -> Reply:
    """List programs, each in its newest version.

    The vendor's people see all, payees those in which they may earn, firm owners those of
    their payees.
    """
    viewer = viewer_of(request)
    after = part_of(cursor, str) or ""
    found = sorted(programs_visible(viewer), key=lambda one: one.program.program_id)
    found = [one for one in found if state in {"", one.state}]
    rows = [one for one in found if one.program.program_id > after]
    made = functools.partial(program_shape, paused=frozenset(pauses_now(viewer)))
    return Reply(body=page_of(Page[ProgramShape], rows, limit, made, "program_id"))


@operation(
    router,
    "GET",
    "/programs/{program_id}",
    policy=READ_TERMS,
    scope="programs:read",
    shape=ProgramShape,
)
def get_program(request: HttpRequest, program_id: ProgramId) -> Reply:
    """Read one program in its newest version."""
    viewer = viewer_of(request)
    newest = program_versions(viewer, program_id)[0]
    return Reply(body=program_shape(newest, frozenset(pauses_now(viewer))))


@operation(
    router,
    "GET",
    "/programs/{program_id}/versions",
    policy=READ_TERMS,
    scope="programs:read",
    shape=VersionList,
)
def list_program_versions(request: HttpRequest, program_id: ProgramId) -> Reply:
    """List the versions of a program, the newest first."""
    viewer = viewer_of(request)
    paused = frozenset(pauses_now(viewer))
    items = [program_shape(one, paused) for one in program_versions(viewer, program_id)]
    return Reply(body=VersionList(items=items))


@operation(
    router,
    "GET",
    "/programs/{program_id}/terms",
    policy=READ_TERMS,
    scope="programs:read",
    shape=TermsShape,
)
def get_program_terms(
    request: HttpRequest,
    program_id: ProgramId,
    version: Annotated[
        int, Query(ge=0, le=1_000_000, description="Which version; 0: the newest.")
    ] = 0,
) -> Reply:
    """Read the terms of a program: every promise and limit."""
    viewer = viewer_of(request)
    found = _version(program_versions(viewer, program_id), program_id, version)
    return Reply(body=_terms(viewer, found.program, found.content_hash))


def _version(found: list[StoredProgram], program_id: str, version: int) -> StoredProgram:
    for one in found:
        if version in {0, one.program.version}:
            return one
    message = f"no version {version} of {program_id}"
    raise NotVisibleError(message)


def _terms(viewer: Viewer, program: Program, digest: str) -> TermsShape:
    is_whole = may_enter(viewer, READ_PROGRAMS)
    return TermsShape(
        program_id=program.program_id,
        version=program.version,
        content_hash=digest,
        text=terms_page(program),
        terms=json.loads(program_json(program)) if is_whole else None,
    )


def program_shape(one: StoredProgram, paused: frozenset[str]) -> ProgramShape:
    """Return one version as it is answered."""
    program, window = one.program, one.program.window
    return ProgramShape(
        program_id=program.program_id,
        version=program.version,
        name=program.name,
        state=one.state,
        rule=rule_line(program),
        currency=program.currency,
        zone=window.zone,
        starts_on=window.starts_on,
        ends_before=window.ends_before,
        reported_before=window.reported_before,
        promised_days=program.promised_days,
        budget=program.caps.budget,
        payee_cap=program.caps.payee_cap,
        is_paused=program.program_id in paused,
        content_hash=one.content_hash,
        launched_at=one.launched_at,
        ended_at=one.ended_at,
    )
