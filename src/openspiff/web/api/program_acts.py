"""What may a machine do to programs? Draft, launch what was read, pause, resume and end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final

from django.http import HttpRequest
from ninja import Body, Path, Router
from pydantic import Field

from openspiff.web.access import (
    EDIT_PROGRAMS,
    READ_LEADERBOARDS,
    RUN_PROGRAMS,
    TAKE_LEADERBOARD,
)
from openspiff.web.actions import payee_leaderboards as places, programs as acts
from openspiff.web.actions.conflict import ConflictError
from openspiff.web.actions.programs_draft import discard_program_draft, end_program_early
from openspiff.web.actions.programs_intake import pause_intake, resume_intake
from openspiff.web.queries import payee_leaderboards, programs as found
from openspiff.web.queries.roster import roster_on

from ._claim_shapes import Day
from ._doors import Reply, now_at, operation, require_match, shown_at, viewer_of
from ._shapes import Given, Minor, Moment, Shape
from .programs import ProgramId, ProgramShape, VersionList, program_shape

TAG: Final = "programs"
router: Final = Router()

_LONGEST: Final = 200_000
Version = Annotated[int, Path(ge=1, le=1_000_000, description="Which version.")]


class DraftGiven(Given):
    """A program file to keep as a draft."""

    text: str = Field(max_length=_LONGEST, description="The program file, in TOML.")
    replaces: str = Field(
        default="",
        max_length=100,
        description="The content hash of the draft to replace; empty: none is there.",
    )


class PauseGiven(Given):
    """Why no claims are taken; payees read it."""

    reason: str = Field(min_length=1, max_length=2_000)


class EndGiven(Given):
    """From which day on a program ends; null closes one whose window is over."""

    ends_before: Day | None = None


class JoinedShape(Shape):
    """How many came onto the roster since the launch and are enrolled now."""

    joined_count: int


class PlaceShape(Shape):
    """One place of a leaderboard, as the terms show it to the caller."""

    place: int
    name: str
    firm_id: str
    event_count: int
    amount_minor: Minor | None = Field(description="Null where amounts are not shown.")
    is_own: bool


class LeaderboardShape(Shape):
    """The places of a program, live or as they were kept at its end."""

    program_id: str
    ranked_count: int
    taken_at: Moment | None
    places: list[PlaceShape]


@operation(
    router,
    "POST",
    "/program-drafts",
    policy=EDIT_PROGRAMS,
    scope="programs:draft",
    shape=ProgramShape,
    status=201,
)
def draft_program(request: HttpRequest, draft: Annotated[DraftGiven, Body()]) -> Reply:
    """Keep a program file as a draft, which pays nobody until it is launched.

    A text that stands launched already is answered as it stands. All that is wrong with a
    file comes at once.
    """
    viewer = viewer_of(request)
    row = acts.add_program_draft(
        source_text=draft.text,
        acting_user=viewer,
        at=now_at(),
        seen_hash=draft.replaces,
    )
    return _version(request, row.program_id, row.version, status=201)


@operation(
    router,
    "GET",
    "/program-drafts/{program_id}/{version}",
    policy=EDIT_PROGRAMS,
    scope="programs:draft",
    shape=ProgramShape,
)
def get_program_draft(
    request: HttpRequest, program_id: ProgramId, version: Version
) -> Reply:
    """Read a draft; its ETag is asked for to launch it or to throw it away."""
    found.drafted_version(viewer_of(request), program_id, version)
    return _version(request, program_id, version)


@operation(
    router,
    "POST",
    "/program-drafts/{program_id}/{version}/discard",
    policy=EDIT_PROGRAMS,
    scope="programs:draft",
    shape=VersionList,
    needs_match=True,
)
def discard_draft(request: HttpRequest, program_id: ProgramId, version: Version) -> Reply:
    """Throw a draft away; answers the versions that are left."""
    viewer = viewer_of(request)
    _require_seen(request, program_id, version)
    discard_program_draft(
        program_id=program_id, version=version, acting_user=viewer, at=now_at()
    )
    left = [one for one in found.programs_visible(viewer) if _is_of(one, program_id)]
    items = [program_shape(one, frozenset()) for one in left]
    return Reply(body=VersionList(items=items))


@operation(
    router,
    "POST",
    "/program-drafts/{program_id}/{version}/launch",
    policy=RUN_PROGRAMS,
    scope="programs:run",
    shape=ProgramShape,
    needs_match=True,
    moves_money=True,
    is_long=True,
)
def launch_draft(
    request: HttpRequest, program_id: ProgramId, version: Version
) -> Callable[[], Reply]:
    """Freeze a draft as it was read, and enroll the roster of the day: now it can pay."""
    viewer, as_of = viewer_of(request), shown_at()
    found.drafted_version(viewer, program_id, version)
    candidates = roster_on(viewer, as_of)

    def launch() -> Reply:
        _require_seen(request, program_id, version)
        acts.launch_program(
            program_id=program_id,
            version=version,
            candidates=candidates,
            acting_user=viewer,
            at=now_at(),
            as_of=as_of,
        )
        return _version(request, program_id, version)

    return launch


@operation(
    router,
    "POST",
    "/programs/{program_id}/pause",
    policy=RUN_PROGRAMS,
    scope="programs:run",
    shape=ProgramShape,
)
def pause_program(
    request: HttpRequest, program_id: ProgramId, pause: Annotated[PauseGiven, Body()]
) -> Reply:
    """Take no more claims until the program is resumed; what is recorded keeps counting."""
    viewer = viewer_of(request)
    version = _launched(request, program_id)
    pause_intake(
        program_id=program_id,
        reason=pause.reason,
        acting_user=viewer,
        at=now_at(),
        as_of=shown_at(),
    )
    return _version(request, program_id, version)


@operation(
    router,
    "POST",
    "/programs/{program_id}/resume",
    policy=RUN_PROGRAMS,
    scope="programs:run",
    shape=ProgramShape,
)
def resume_program(request: HttpRequest, program_id: ProgramId) -> Reply:
    """Take claims again."""
    version = _launched(request, program_id)
    resume_intake(program_id=program_id, acting_user=viewer_of(request), at=now_at())
    return _version(request, program_id, version)


@operation(
    router,
    "POST",
    "/programs/{program_id}/end",
    policy=RUN_PROGRAMS,
    scope="programs:run",
    shape=ProgramShape,
)
def end_program(
    request: HttpRequest, program_id: ProgramId, end: Annotated[EndGiven, Body()]
) -> Reply:
    """Close a program that is over, or end its window early by the rule in its terms."""
    _launched(request, program_id)
    who: dict[str, Any] = {
        "program_id": program_id,
        "acting_user": viewer_of(request),
        "at": now_at(),
        "as_of": shown_at(),
    }
    if end.ends_before is None:
        acts.end_program(**who)
    else:
        end_program_early(ends_before=end.ends_before, **who)
    return _version(request, program_id, _launched(request, program_id))


@operation(
    router,
    "POST",
    "/programs/{program_id}/joiners",
    policy=RUN_PROGRAMS,
    scope="programs:run",
    shape=JoinedShape,
    is_long=True,
)
def enroll_joiners(request: HttpRequest, program_id: ProgramId) -> Callable[[], Reply]:
    """Enroll those who came onto the roster since the launch, by their lots."""
    viewer = viewer_of(request)
    _launched(request, program_id)
    candidates = roster_on(viewer, shown_at())
    return lambda: Reply(
        body=JoinedShape(
            joined_count=acts.enroll_joiners(
                program_id=program_id,
                candidates=candidates,
                acting_user=viewer,
                at=now_at(),
            )
        )
    )


@operation(
    router,
    "GET",
    "/programs/{program_id}/leaderboard",
    policy=READ_LEADERBOARDS,
    scope="programs:read",
    shape=LeaderboardShape,
)
def get_leaderboard(request: HttpRequest, program_id: ProgramId) -> Reply:
    """Read the places of a program as far as its terms show them to the caller."""
    return _leaderboard(request, program_id)


@operation(
    router,
    "POST",
    "/programs/{program_id}/leaderboard/take",
    policy=TAKE_LEADERBOARD,
    scope="programs:run",
    shape=LeaderboardShape,
)
def take_leaderboard(request: HttpRequest, program_id: ProgramId) -> Reply:
    """Keep the final places for ever, once no event can be recorded any more."""
    viewer = viewer_of(request)
    final = payee_leaderboards.final_ranks(viewer, program_id)
    places.take_leaderboard(
        program=final.program,
        ranked=final.ranked,
        last_sequence=final.last_sequence,
        acting_user=viewer,
        at=now_at(),
    )
    return _leaderboard(request, program_id)


def _leaderboard(request: HttpRequest, program_id: str) -> Reply:
    shown = payee_leaderboards.leaderboard(viewer_of(request), program_id)
    return Reply(
        body=LeaderboardShape(
            program_id=program_id,
            ranked_count=shown.ranked_count,
            taken_at=shown.taken_at,
            places=[
                PlaceShape(**{name: getattr(one, name) for name in PlaceShape.model_fields})
                for one in shown.places
            ],
        )
    )


def _is_of(one: found.StoredProgram, program_id: str) -> bool:
    return one.program.program_id == program_id


def _launched(request: HttpRequest, program_id: str) -> int:
    """Return the launched version; raises NotVisibleError, ConflictError for a draft."""
    versions = found.program_versions(viewer_of(request), program_id)
    for one in versions:
        if not one.is_draft:
            return one.program.version
    raise ConflictError("it is not launched yet")


def _require_seen(request: HttpRequest, program_id: str, version: int) -> None:
    draft = found.drafted_version(viewer_of(request), program_id, version)
    require_match(request, f'"{draft.content_hash}"')


def _version(
    request: HttpRequest, program_id: str, version: int, *, status: int = 200
) -> Reply:
    viewer = viewer_of(request)
    versions = found.program_versions(viewer, program_id)
    one = next(each for each in versions if each.program.version == version)
    return Reply(
        body=program_shape(one, frozenset(found.pauses_now(viewer))),
        status=status,
        etag=f'"{one.content_hash}"' if one.is_draft else "",
    )
