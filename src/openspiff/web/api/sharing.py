"""What may a machine share, and what do all programs teach? Links, and the library."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from django.http import HttpRequest
from django.urls import reverse
from ninja import Body, Path, Router
from pydantic import Field

from openspiff.report import Section, Table
from openspiff.web.access import READ_LIBRARY, READ_SHARE_LINKS, SHARE_REPORTS, Viewer
from openspiff.web.actions import decisions_sharing as acts
from openspiff.web.queries import decisions_library as library, decisions_sharing as found
from openspiff.web.queries.decisions import measured_program

from ._doors import Reply, fresh_name, now_at, operation, viewer_of
from ._files import SVG, Coat, file_reply, svg_reply
from ._shapes import Given, Moment, Shape
from .programs import ProgramId

TAG: Final = "runs and reports"
router: Final = Router()

_LARGEST: Final = 2**63 - 1
LinkId = Annotated[int, Path(ge=1, le=_LARGEST, description="The number of a link.")]


class LinkGiven(Given):
    """Which measurement is shared with whom, for how many days."""

    measurement_id: int = Field(strict=True, ge=1, le=_LARGEST)
    note: str = Field(max_length=acts.LONGEST_NOTE, description="For whom it is.")
    days: int = Field(strict=True, description=f"One of {', '.join(map(str, acts.DAYS))}.")


class LinkShape(Shape):
    """One link to a report: for whom, until when, and how often it was opened."""

    link_id: int
    measurement_id: int
    note: str
    made_at: Moment
    made_by: str
    expires_at: Moment
    is_open: bool
    revoked_at: Moment | None
    revoked_by: str
    opening_count: int
    opened_at: Moment | None


class ListedLinkShape(LinkShape):
    """One link with the address at which whoever has it reads the report."""

    address: str


class LinkList(Shape):
    """Every link to reports of a program, the newest first."""

    items: list[ListedLinkShape]


class ShelfLineShape(Shape):
    """One program, and why the library leaves it out; empty: it is in."""

    program_id: str
    name: str
    why_not: str


class TableShape(Shape):
    """Rows of texts under a header."""

    caption: str
    header: list[str]
    rows: list[list[str]]


class SectionShape(Shape):
    """One question and its answer."""

    heading: str
    sentences: list[str]
    points: list[str]
    tables: list[TableShape]


class TaughtShape(Shape):
    """What the programs teach together, in words and numbers."""

    sentences: list[str]
    effects: TableShape
    sections: list[SectionShape]


class LibraryShape(Shape):
    """All launched programs; nothing is taught while too few can be compared."""

    fewest: int
    missing_count: int
    programs: list[ShelfLineShape]
    taught: TaughtShape | None


@operation(
    router,
    "GET",
    "/share-links/{program_id}",
    policy=READ_SHARE_LINKS,
    scope="reports:read",
    shape=LinkList,
)
def list_share_links(request: HttpRequest, program_id: ProgramId) -> Reply:
    """List the links to reports of a program with their addresses, the newest first."""
    rows = found.links_of(viewer_of(request), program_id, at=now_at())
    items = [
        ListedLinkShape(**_facts(one), address=_address(request, one.token)) for one in rows
    ]
    return Reply(body=LinkList(items=items))


@operation(
    router,
    "POST",
    "/share-links/{program_id}",
    policy=SHARE_REPORTS,
    scope="reports:write",
    shape=LinkShape,
    status=201,
)
def make_share_link(
    request: HttpRequest, program_id: ProgramId, link: Annotated[LinkGiven, Body()]
) -> Reply:
    """Make a link by which somebody without a user reads a report, for some days.

    Its address stands in the list of links: an answer that is kept never holds it.
    """
    viewer = viewer_of(request)
    measured_program(viewer, program_id)
    new = acts.NewLink(program_id=program_id, **link.model_dump())
    row = acts.make_share_link(new=new, name=fresh_name(), acting_user=viewer, at=now_at())
    return _link(viewer, program_id, row.pk, status=201)


@operation(
    router,
    "POST",
    "/share-links/{program_id}/{link_id}/revoke",
    policy=SHARE_REPORTS,
    scope="reports:write",
    shape=LinkShape,
)
def revoke_share_link(
    request: HttpRequest, program_id: ProgramId, link_id: LinkId
) -> Reply:
    """Take a link back: from now on it opens nothing."""
    viewer = viewer_of(request)
    measured_program(viewer, program_id)
    acts.revoke_share_link(
        program_id=program_id, link_id=link_id, acting_user=viewer, at=now_at()
    )
    return _link(viewer, program_id, link_id)


@operation(
    router,
    "GET",
    "/library",
    policy=READ_LIBRARY,
    scope="reports:read",
    shape=LibraryShape,
)
def get_library(request: HttpRequest) -> Reply:
    """Read what all measured programs teach together."""
    shelf = library.library_shelf(viewer_of(request))
    body = LibraryShape(
        fewest=shelf.fewest,
        missing_count=shelf.missing_count,
        programs=[
            ShelfLineShape(program_id=one.program_id, name=one.name, why_not=one.why_not)
            for one in shelf.lines
        ],
        taught=None if shelf.taught is None else _taught(shelf.taught),
    )
    return Reply(body=body)


@operation(
    router,
    "GET",
    "/library-files/{form}",
    policy=READ_LIBRARY,
    scope="reports:read",
    shape=None,
    media_type="text/html",
)
def get_library_file(request: HttpRequest, form: Literal["html"]) -> Reply:
    """Read the library as one page that loads nothing; 404 while too few are measured."""
    page = library.library_page(viewer_of(request))
    return file_reply(page, "text/html", f"library.{form}")


@operation(
    router,
    "GET",
    "/library-pictures/{name}",
    policy=READ_LIBRARY,
    scope="reports:read",
    shape=None,
    media_type=SVG,
)
def get_library_picture(
    request: HttpRequest,
    name: Literal["programs"],  # noqa: ARG001 (there is one)
    coat: Coat = "light",
) -> Reply:
    """Read the picture of all programs, as SVG; 404 while too few are measured."""
    return svg_reply(library.library_drawing(viewer_of(request), coat=coat))


def _link(viewer: Viewer, program_id: str, link_id: int, *, status: int = 200) -> Reply:
    rows = found.links_of(viewer, program_id, at=now_at())
    one = next(each for each in rows if each.link_id == link_id)
    return Reply(body=LinkShape(**_facts(one)), status=status)


def _facts(one: found.SharedLink) -> dict[str, Any]:
    return {name: getattr(one, name) for name in LinkShape.model_fields}


def _address(request: HttpRequest, token: str) -> str:
    return request.build_absolute_uri(reverse("shared_report", kwargs={"token": token}))


def _taught(one: library.Taught) -> TaughtShape:
    return TaughtShape(
        sentences=list(one.sentences),
        effects=_table(one.effects),
        sections=[_section(each) for each in one.sections],
    )


def _section(one: Section) -> SectionShape:
    return SectionShape(
        heading=one.heading,
        sentences=list(one.sentences),
        points=list(one.items),
        tables=[_table(each) for each in one.tables],
    )


def _table(one: Table) -> TableShape:
    return TableShape(
        caption=one.caption,
        header=list(one.header),
        rows=[list(row) for row in one.rows],
    )
