"""What may a machine ask of imports? Which there were, what waits, and to take one back.

Events are told by `send_events` and `send_event_file`. What was imported is taken back as
a person does it: it is asked for, a worker works out what it would do, and it is saved.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from django.http import HttpRequest
from ninja import Path, Router
from pydantic import Field

from openspiff.web.access import DO_IMPORTS, READ_IMPORTS, Viewer
from openspiff.web.actions import imports as acts
from openspiff.web.actions.imports_save import save_import
from openspiff.web.actions.jobs_asked import ask_for_dry_run
from openspiff.web.queries import imports as found

from ._doors import Reply, now_at, operation, require_match, viewer_of
from ._event_shapes import RowProblemShape
from ._pages import Cursor, Fields, Limit, key_of, page_of, part_of
from ._shapes import Moment, Page, Shape

TAG: Final = "imports"
router: Final = Router()

_LARGEST: Final = 2**63 - 1
_UNDONE: Final = ("restored", "withdrawn", "kept")
_KEY: Final = ("imported_at", "what", "number")
What = Annotated[
    Literal["batches", "lists"],
    Path(description="Batches of events, or lists: rosters, products and rates."),
]
Number = Annotated[
    int, Path(ge=1, le=_LARGEST, description="The number of a batch or of a list.")
]
DraftId = Annotated[int, Path(ge=1, le=_LARGEST, description="The number of an import.")]


class ImportedShape(Shape):
    """One import that counts, whichever way it came."""

    what: Literal["batches", "lists"]
    number: int
    kind: str = Field(description="events, roster, products or rates.")
    source: str
    counts: dict[str, int]
    imported_at: Moment
    imported_by: str
    draft_id: int | None = Field(description="Of which draft it was saved, if of any.")
    undoes: int | None = Field(description="The batch that it took back.")
    undone_by: int | None = Field(description="The draft that took it back.")
    is_in_force: bool


class ImportDraftShape(Shape):
    """One import on its way: what it is to bring, and what its dry run found."""

    draft_id: int
    kind: str = Field(description="events, roster, products, rates or undo.")
    state: str = Field(
        description="chosen, mapped, working, refused, asking, ready or saved."
    )
    source: str
    files: list[str]
    undoes_batch: int | None
    undoes_list: int | None
    counts: dict[str, int]
    effect: dict[str, Any] = Field(description="What a run would then book, by program.")
    problems: list[RowProblemShape]
    batch_no: int | None = Field(description="What it was saved as.")
    list_no: int | None
    begun_at: Moment
    changed_at: Moment
    changed_by: str


@operation(
    router,
    "GET",
    "/imports",
    policy=READ_IMPORTS,
    scope="events:read",
    shape=Page[ImportedShape],
    item=ImportedShape,
)
def list_imports(
    request: HttpRequest,
    cursor: Cursor = "",
    limit: Limit = 100,
    fields: Fields = "",  # noqa: ARG001 (chosen at the door)
) -> Reply:
    """List everything that was imported, the latest first."""
    before = key_of(cursor, int, str, int)
    rows = found.imports_listed(viewer_of(request), before=before, count=limit + 1)
    return Reply(body=page_of(Page[ImportedShape], rows, limit, _imported, *_KEY))


@operation(
    router,
    "GET",
    "/imports/{what}/{number}",
    policy=READ_IMPORTS,
    scope="events:read",
    shape=ImportedShape,
)
def get_import(request: HttpRequest, what: What, number: Number) -> Reply:
    """Read one import: who brought it, and what it counted."""
    return Reply(body=_imported(_line(viewer_of(request), what, number)))


@operation(
    router,
    "POST",
    "/imports/{what}/{number}/undo",
    policy=DO_IMPORTS,
    scope="events:write",
    shape=ImportDraftShape,
    status=202,
)
def undo_import(request: HttpRequest, what: What, number: Number) -> Reply:
    """Begin to take an import back; a worker works out what that would do.

    Nothing changes before the draft, which is then ready, is saved.
    """
    viewer, at = viewer_of(request), now_at()
    _line(viewer, what, number)
    name = "batch_no" if what == "batches" else "file_no"
    draft = acts.start_undo(**{name: number}, acting_user=viewer, at=at)
    ask_for_dry_run(draft_id=draft.pk, acting_user=viewer, at=at)
    return _reply(viewer, draft.pk, status=202)


@operation(
    router,
    "GET",
    "/import-drafts",
    policy=READ_IMPORTS,
    scope="events:read",
    shape=Page[ImportDraftShape],
    item=ImportDraftShape,
)
def list_import_drafts(
    request: HttpRequest,
    cursor: Cursor = "",
    limit: Limit = 100,
    fields: Fields = "",  # noqa: ARG001 (chosen at the door)
) -> Reply:
    """List the imports that wait to be saved or discarded, the latest first."""
    viewer = viewer_of(request)
    rows = found.imports_open(viewer, before=part_of(cursor, int), count=limit + 1)
    return Reply(body=page_of(Page[ImportDraftShape], rows, limit, _draft, "draft_id"))


@operation(
    router,
    "GET",
    "/import-drafts/{draft_id}",
    policy=READ_IMPORTS,
    scope="events:read",
    shape=ImportDraftShape,
)
def get_import_draft(request: HttpRequest, draft_id: DraftId) -> Reply:
    """Read how far an import is; its ETag is asked for to save or to discard it."""
    return _reply(viewer_of(request), draft_id)


@operation(
    router,
    "POST",
    "/import-drafts/{draft_id}/dry-run",
    policy=DO_IMPORTS,
    scope="events:write",
    shape=ImportDraftShape,
    status=202,
)
def try_import_draft(request: HttpRequest, draft_id: DraftId) -> Reply:
    """Have a worker work out anew what an import would do."""
    viewer = viewer_of(request)
    found.import_draft(viewer, draft_id)
    ask_for_dry_run(draft_id=draft_id, acting_user=viewer, at=now_at())
    return _reply(viewer, draft_id, status=202)


@operation(
    router,
    "POST",
    "/import-drafts/{draft_id}/save",
    policy=DO_IMPORTS,
    scope="events:write",
    shape=ImportDraftShape,
    needs_match=True,
    moves_money=True,
)
def save_import_draft(request: HttpRequest, draft_id: DraftId) -> Reply:
    """Let an import count, as its dry run saw it; refused when anything moved since."""
    viewer = viewer_of(request)
    require_match(request, _etag(found.import_draft(viewer, draft_id)))
    save_import(draft_id=draft_id, acting_user=viewer, at=now_at())
    return _reply(viewer, draft_id)


@operation(
    router,
    "POST",
    "/import-drafts/{draft_id}/discard",
    policy=DO_IMPORTS,
    scope="events:write",
    shape=ImportDraftShape,
    needs_match=True,
)
def discard_import_draft(request: HttpRequest, draft_id: DraftId) -> Reply:
    """Give an import up; answers it as it was."""
    viewer = viewer_of(request)
    draft = found.import_draft(viewer, draft_id)
    require_match(request, _etag(draft))
    acts.discard_import(draft_id=draft_id, acting_user=viewer, at=now_at())
    return Reply(body=_draft(draft))


def _line(viewer: Viewer, what: str, number: int) -> found.ImportLine:
    look_up = found.imported_batch if what == "batches" else found.imported_list
    return look_up(viewer, number)


def _imported(one: found.ImportLine) -> ImportedShape:
    return ImportedShape(
        what="lists" if one.is_list else "batches",
        number=one.number,
        kind=one.kind,
        source=one.source,
        counts=dict(one.counts),
        imported_at=one.imported_at,
        imported_by=one.imported_by,
        draft_id=one.draft_no,
        undoes=one.undoes,
        undone_by=one.undone_by,
        is_in_force=one.is_in_force,
    )


def _draft(one: found.Draft) -> ImportDraftShape:
    return ImportDraftShape(
        draft_id=one.pk,
        kind=one.kind,
        state=one.state,
        source=one.source,
        files=[each["name"] for each in one.files],
        undoes_batch=one.undoes_batch_no,
        undoes_list=one.undoes_file_no,
        counts=_counts(one.outcome),
        effect=one.outcome.get("effect") or {},
        problems=[RowProblemShape(**each) for each in one.problems],
        batch_no=one.batch_no,
        list_no=one.file_no,
        begun_at=one.begun_at,
        changed_at=one.changed_at,
        changed_by=str(one.changed_by),
    )


def _counts(outcome: Mapping[str, Any]) -> dict[str, int]:
    """Return what a dry run counted; of an undo, what becomes of the events."""
    undone = {name: outcome.get(f"{name}_count") for name in _UNDONE}
    told: dict[str, Any] = outcome.get("counts") or {}
    return told | {name: number for name, number in undone.items() if number is not None}


def _etag(one: found.Draft) -> str:
    """Return the version of a draft: every change of it has its moment."""
    return f'"{one.pk}.{one.attempt}.{one.state}.{one.changed_at}"'


def _reply(viewer: Viewer, draft_id: int, *, status: int = 200) -> Reply:
    one = found.import_draft(viewer, draft_id)
    where = {} if status == 200 else {"Location": f"/api/v1/import-drafts/{draft_id}"}  # noqa: PLR2004 (as HTTP says)
    return Reply(body=_draft(one), status=status, headers=where, etag=_etag(one))
