"""What is being imported, what was, and what does the install know already?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import attrs
from django.conf import settings
from django.db.models import Q

from openspiff.errors import OpenSpiffError
from openspiff.events import (
    PAYEE_COLUMNS,
    PRODUCT_COLUMNS,
    Feed,
    list_rows,
    made_by,
    payees_of,
)
from openspiff.program import Candidate, add_joiners, program_from_json
from openspiff.web.access import READ_IMPORTS, NotVisibleError, Viewer, may_enter
from openspiff.web.models import (
    EnrolledPayee,
    EventBatch,
    ImportDraft,
    ImportState,
    PayeeName,
    ProgramState,
    ProgramVersion,
    ReferenceFile,
    state_of_feed,
)

from . import programs
from .feed import feed_files

Draft = ImportDraft
"""An import on its way, as pages show it."""

PER_PAGE: Final = 25
_LIST_KINDS: Final = {"payees": "roster", "rates": "rates", "products": "products"}
_ON_ROSTER: Final = ("payee_id", "firm_id", "role", "tier", "region", "segment")


@attrs.frozen(kw_only=True)
class ImportLine:
    """One import that counts: a batch of events, or a list, with who brought it when.

    `number` is the number of the batch or of the list; `draft_no` leads to the rejects
    where it came through the pages; `undone_by` names the import that took it back.
    """

    kind: str
    number: int
    source: str
    counts: Mapping[str, int]
    imported_at: int
    imported_by: str
    draft_no: int | None = None
    undone_by: int | None = None
    undoes: int | None = None
    is_in_force: bool = True

    @property
    def is_list(self) -> bool:
        """Tell whether it is a roster, products or rates, and no events."""
        return self.kind != "events"


@attrs.frozen(kw_only=True)
class ImportPage:
    """Some imports, the latest first, and which page of how many this is."""

    lines: tuple[ImportLine, ...]
    number: int
    page_count: int
    count: int


def import_draft(viewer: Viewer, draft_id: int) -> ImportDraft:
    """Return a draft; raises NotVisibleError when there is none for this viewer."""
    _refuse_outsiders(viewer)
    rows = ImportDraft.objects.select_related("changed_by", "begun_by")
    draft = rows.filter(pk=draft_id).exclude(state=ImportState.DISCARDED).first()
    if draft is None:
        message = f"no import {draft_id}"
        raise NotVisibleError(message)
    return draft


def imports_open(
    viewer: Viewer, *, before: int | None = None, count: int = PER_PAGE
) -> list[ImportDraft]:
    """Return the drafts that are neither saved nor discarded, the latest first."""
    _refuse_outsiders(viewer)
    done = (ImportState.SAVED, ImportState.DISCARDED)
    rows = ImportDraft.objects.exclude(state__in=done).select_related("changed_by")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return list(rows.order_by("-pk")[:count])


def imports_done(viewer: Viewer, *, number: int = 1) -> ImportPage:
    """Return one page of everything that was imported, whichever way it came."""
    _refuse_outsiders(viewer)
    count = EventBatch.objects.count() + ReferenceFile.objects.count()
    page_count = max(-(-count // PER_PAGE), 1)
    number = min(max(number, 1), page_count)
    upto = number * PER_PAGE
    batches = EventBatch.objects.select_related("imported_by").order_by("-batch_no")
    lists = ReferenceFile.objects.select_related("imported_by").order_by("-pk")
    found: list[EventBatch | ReferenceFile] = [*batches[:upto], *lists[:upto]]
    found.sort(key=lambda one: (one.imported_at, one.pk), reverse=True)
    return ImportPage(
        lines=tuple(_lines(found[upto - PER_PAGE : upto])),
        number=number,
        page_count=page_count,
        count=count,
    )


def imports_listed(
    viewer: Viewer, *, before: tuple[int, str, int] | None, count: int
) -> list[ImportLine]:
    """Return everything that was imported before a key, the latest first.

    The key is when something was imported, whether it is one of the `batches` or of the
    `lists`, and its number.
    """
    _refuse_outsiders(viewer)
    batches: Any = EventBatch.objects.order_by("-imported_at", "-batch_no")
    lists: Any = ReferenceFile.objects.order_by("-imported_at", "-pk")
    found: list[Any] = []
    for what, number, rows in (("lists", "pk", lists), ("batches", "batch_no", batches)):
        older = rows.filter(_older(what, number, before)).select_related("imported_by")
        found += older[:count]
    # Lists stand first, and an order that is kept among equals leaves them there.
    found.sort(key=lambda one: one.imported_at, reverse=True)
    return list(_lines(found[:count]))


def _older(what: str, number: str, before: tuple[int, str, int] | None) -> Q:
    """Return the test for what comes after a key, where lists stand before batches."""
    if before is None:
        return Q()
    at, of, last = before
    older = Q(imported_at__lt=at)
    if what == of:
        return older | Q(imported_at=at, **{f"{number}__lt": last})
    return older | Q(imported_at=at) if what < of else older


def imported_batch(viewer: Viewer, batch_no: int) -> ImportLine:
    """Return one batch of events; raises NotVisibleError when there is none."""
    _refuse_outsiders(viewer)
    rows = EventBatch.objects.select_related("imported_by").filter(batch_no=batch_no)
    return _only(rows, f"no batch {batch_no}")


def imported_list(viewer: Viewer, file_no: int) -> ImportLine:
    """Return one roster, list of products or rates; raises NotVisibleError."""
    _refuse_outsiders(viewer)
    rows = ReferenceFile.objects.select_related("imported_by").filter(pk=file_no)
    return _only(rows, f"no list {file_no}")


def _only(rows: Iterable[EventBatch | ReferenceFile], message: str) -> ImportLine:
    for line in _lines(list(rows)):
        return line
    raise NotVisibleError(message)


def _lines(rows: list[EventBatch | ReferenceFile]) -> Iterable[ImportLine]:
    batch_nos = [row.batch_no for row in rows if isinstance(row, EventBatch)]
    file_nos = [row.pk for row in rows if isinstance(row, ReferenceFile)]
    saved = ImportDraft.objects.filter(state=ImportState.SAVED)
    of_batch = {one.batch_no: one for one in saved.filter(batch_no__in=batch_nos)}
    of_file = {one.file_no: one for one in saved.filter(file_no__in=file_nos)}
    undone = saved.filter(undoes_batch_no__in=batch_nos).order_by("pk")
    undone_by = {one.undoes_batch_no: one.pk for one in undone}
    newest = {row.kind: row.pk for row in ReferenceFile.objects.order_by("pk")}
    for row in rows:
        if isinstance(row, EventBatch):
            draft = of_batch.get(row.batch_no)
            yield ImportLine(
                kind="events",
                number=row.batch_no,
                source=row.source,
                counts=row.counts,
                undone_by=undone_by.get(row.batch_no),
                undoes=None if draft is None else draft.undoes_batch_no,
                **_brought(row, draft),
            )
        else:
            draft = of_file.get(row.pk)
            yield ImportLine(
                kind=_LIST_KINDS[row.kind],
                number=row.pk,
                source="",
                counts=_counts(draft),
                is_in_force=newest.get(row.kind) == row.pk,
                **_brought(row, draft),
            )


def _brought(row: EventBatch | ReferenceFile, draft: ImportDraft | None) -> dict[str, Any]:
    return {
        "imported_at": row.imported_at,
        "imported_by": str(row.imported_by),
        "draft_no": None if draft is None else draft.pk,
    }


def _counts(draft: ImportDraft | None) -> dict[str, int]:
    if draft is None or draft.kind == "events":
        return {}
    return dict(draft.outcome.get("counts", {}))


def remembered_mapping(
    viewer: Viewer, *, kind: str, source: str, header_digest: str
) -> tuple[str, str]:
    """Return the mapping last saved for this source and header, and the name of its file.

    Where the source is not named yet, that of any source with this header; two empty texts
    where nothing is remembered.
    """
    _refuse_outsiders(viewer)
    rows = ImportDraft.objects.filter(
        kind=kind, header_digest=header_digest, state=ImportState.SAVED
    )
    if source:
        rows = rows.filter(source=source)
    row = rows.order_by("-pk").first()
    return ("", "") if row is None else (row.mapping_text, row.mapping_file)


def mapping_files(viewer: Viewer, kind: str) -> dict[str, str]:
    """Return the mapping files of the workspace that make `kind`: name and text."""
    _refuse_outsiders(viewer)
    found: dict[str, str] = {}
    for path in sorted((Path(settings.OPENSPIFF_HOME) / "mappings").glob("*.toml")):
        try:
            text = path.read_text(encoding="utf-8")
            if made_by(text) == kind:
                found[path.name] = text
        except (OSError, UnicodeDecodeError, OpenSpiffError):
            continue  # not one that could be chosen
    return found


def list_in_force(viewer: Viewer, kind: str) -> Path | None:
    """Return the file of the list in force: payees, rates or products."""
    _refuse_outsiders(viewer)
    row = ReferenceFile.objects.filter(kind=kind).order_by("id").last()
    return None if row is None else _feed_path(row)


@attrs.frozen(kw_only=True)
class ListBefore:
    """A list that was in force once, and its file in the feed folder."""

    kind: str
    path: Path
    file_name: str
    digest: str


def list_before(viewer: Viewer, file_no: int) -> ListBefore | None:
    """Return the list that was in force before this one, if any was."""
    _refuse_outsiders(viewer)
    row = ReferenceFile.objects.filter(pk=file_no).first()
    if row is None:
        return None
    older = ReferenceFile.objects.filter(kind=row.kind, pk__lt=row.pk).order_by("pk").last()
    if older is None:
        return None
    return ListBefore(
        kind=older.kind,
        path=_feed_path(older),
        file_name=older.file_name,
        digest=older.digest,
    )


def _feed_path(row: ReferenceFile) -> Path:
    return Path(settings.OPENSPIFF_HOME) / "feed" / row.file_name


def known_names(viewer: Viewer) -> dict[str, frozenset[str]]:
    """Return the products, payees and firms that the install knows; a key for each.

    Products are those of the list and those that programs name; payees and firms those of
    the roster. A kind of which nothing is known is empty: then nothing is asked about it.
    """
    _refuse_outsiders(viewer)
    roster = [
        dict(zip(PAYEE_COLUMNS, row, strict=True)) for row in payees_of(feed_files(viewer))
    ]
    listed = list_rows(list_in_force(viewer, "products"), PRODUCT_COLUMNS)
    named = {
        product
        for program in programs.launched_programs(viewer)
        for product in program.behavior.products.include
    }
    return {
        "product": frozenset({str(row[0]) for row in listed} | named),
        "payee": frozenset(str(one["payee_id"]) for one in roster),
        "firm": frozenset(str(one["firm_id"]) for one in roster if one["firm_id"]),
    }


def feed_state(viewer: Viewer) -> str:
    """Return a digest of the batches, lists and launched terms as they are now."""
    _refuse_outsiders(viewer)
    return state_of_feed()


def held_out_with(viewer: Viewer, roster: Path, at: int) -> dict[str, frozenset[str]]:
    """Return who would be held out of each program with this roster in force."""
    found = programs.held_out(viewer)
    rows = [
        dict(zip(PAYEE_COLUMNS, row, strict=True))
        for row in payees_of(Feed(events=(), payees=roster))
    ]
    present = [one for one in rows if one["from_at"] <= at < one["before_at"]]
    candidates = [
        Candidate(**{field: one[field] for field in _ON_ROSTER}) for one in present
    ]
    launched = ProgramVersion.objects.exclude(state=ProgramState.DRAFT)
    newest = {row.program_id: row for row in launched.order_by("version")}
    enrolled = set(EnrolledPayee.objects.values_list("program_id", flat=True).distinct())
    for program_id, row in newest.items():
        if program_id in enrolled:
            program = program_from_json(row.terms_json, name=str(row))
            before = programs.enrolment(viewer, program_id)
            after = add_joiners(program, before, candidates)
            found[program_id] = frozenset(after.held_out_ids())
    return found


def payee_names(viewer: Viewer, payee_ids: Iterable[str]) -> dict[str, str]:
    """Return how these payees are shown, where the roster says so."""
    _refuse_outsiders(viewer)
    rows = PayeeName.objects.filter(pk__in=list(payee_ids))
    return dict(rows.values_list("payee_id", "name"))


def _refuse_outsiders(viewer: Viewer) -> None:
    if not may_enter(viewer, READ_IMPORTS):
        raise NotVisibleError("no such import")
