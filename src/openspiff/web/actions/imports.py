"""How does an import come about? Files, a mapping, answers, a dry run: nothing counts."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Final

import attrs
from django.db import transaction

from openspiff.errors import OpenSpiffError, Problem
from openspiff.events import made_by, parse_list_mapping, parse_mapping
from openspiff.web.access import Viewer, require_act
from openspiff.web.models import EventBatch, ImportDraft, ImportState, ReferenceFile

from ._audit import record_change
from .conflict import ConflictError

_OPEN: Final = (
    ImportState.CHOSEN,
    ImportState.MAPPED,
    ImportState.REFUSED,
    ImportState.ASKING,
    ImportState.READY,
)
_MAPPED: Final = (*_OPEN[1:],)
_KINDS: Final = ("events", "roster", "products", "rates")
_SHOWN: Final = 100


class ImportStateError(ConflictError):
    """An import that is not where what is asked for begins."""

    code: ClassVar[str] = "import_state"


class UploadError(OpenSpiffError):
    """Files that cannot be taken."""

    code: ClassVar[str] = "upload"


@attrs.frozen(kw_only=True)
class NewFile:
    """A file that was uploaded to `path` in the workspace, and is moved from there."""

    path: Path
    name: str
    size: int
    digest: str


@attrs.frozen(kw_only=True)
class Reading:
    """How a person says that the files are written; empty where it is detected."""

    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""


@transaction.atomic
def start_import(
    *, kind: str, source: str, files: Sequence[NewFile], acting_user: Viewer, at: int
) -> ImportDraft:
    """Begin an import of events, a roster, products or rates from uploaded files.

    Raises NotAllowedError, and UploadError without files or for two of one name.
    """
    require_act(acting_user, "work_on_import")
    _check_files(files)
    if kind not in _KINDS:
        raise UploadError("unknown", [Problem("kind", f"expected one of {_KINDS}")])
    draft = ImportDraft.objects.create(
        kind=kind,
        source=source,
        files=_told(files),
        begun_at=at,
        begun_by=acting_user,
        changed_at=at,
        changed_by=acting_user,
    )
    _take(draft, files)
    _record(draft, acting_user, at, "start_import", (None, {"files": draft.files}))
    return draft


@transaction.atomic
def start_undo(
    *,
    batch_no: int | None = None,
    file_no: int | None = None,
    acting_user: Viewer,
    at: int,
) -> ImportDraft:
    """Begin to undo a batch, or the list that is in force, as a new record.

    Raises NotAllowedError, and ImportStateError where there is nothing to undo.
    """
    require_act(acting_user, "work_on_import")
    if file_no is None:
        batch = EventBatch.objects.filter(batch_no=batch_no or 0).first()
        if batch is None:
            raise ImportStateError("there is no such batch")
        source = batch.source
    else:
        row = ReferenceFile.objects.filter(pk=file_no).first()
        newest = row and ReferenceFile.objects.filter(kind=row.kind).latest("id")
        if row is None or newest is None or row.pk != newest.pk:
            raise ImportStateError("only the list that is in force can be undone")
        if ReferenceFile.objects.filter(kind=row.kind).count() == 1:
            raise ImportStateError("there is no earlier list to go back to")
        source = row.kind
    draft = ImportDraft.objects.create(
        kind="undo",
        source=source[:60],
        state=ImportState.MAPPED,
        undoes_batch_no=batch_no,
        undoes_file_no=file_no,
        begun_at=at,
        begun_by=acting_user,
        changed_at=at,
        changed_by=acting_user,
    )
    after = {"batch_no": batch_no, "file_no": file_no}
    _record(draft, acting_user, at, "start_undo", (None, after))
    return draft


@transaction.atomic
def replace_files(
    *, draft_id: int, files: Sequence[NewFile], acting_user: Viewer, at: int
) -> ImportDraft:
    """Put other files in the place of those of a draft; its mapping stays.

    Raises NotAllowedError, ImportStateError and UploadError.
    """
    draft = _held(draft_id, _OPEN, acting_user)
    _check_files(files)
    if draft.kind == "undo":
        raise ImportStateError("what undoes an import has no files")
    before = {"files": draft.files}
    draft.files = _told(files)
    draft.problems = []
    shutil.rmtree(draft.folder / "files", ignore_errors=True)
    _take(draft, files)
    if draft.state != ImportState.CHOSEN:
        draft.state = ImportState.MAPPED
    _save(draft, acting_user, at, "replace_files", (before, {"files": draft.files}))
    return draft


@transaction.atomic
def set_reading(
    *, draft_id: int, reading: Reading, acting_user: Viewer, at: int
) -> ImportDraft:
    """Keep how a person says that the files are written."""
    draft = _held(draft_id, _OPEN, acting_user)
    before, draft.reading = draft.reading, attrs.asdict(reading)
    change = ({"reading": before}, {"reading": draft.reading})
    _save(draft, acting_user, at, "set_reading", change)
    return draft


@transaction.atomic
def set_mapping(
    *,
    draft_id: int,
    mapping_text: str,
    header_digest: str,
    mapping_file: str = "",
    acting_user: Viewer,
    at: int,
) -> ImportDraft:
    """Keep the mapping of a draft; `mapping_file` is where it was read from, unchanged.

    Raises MappingError with every problem, NotAllowedError and ImportStateError.
    """
    draft = _held(draft_id, _OPEN, acting_user)
    made = made_by(mapping_text)
    if made != draft.kind:
        problem = Problem("makes", f"makes {made}", f"choose a mapping for {draft.kind}")
        raise ImportStateError("this mapping is for something else", [problem])
    mapping = (parse_mapping if made == "events" else parse_list_mapping)(mapping_text)
    change = ({"mapping": draft.mapping_text}, {"mapping": mapping_text})
    draft.mapping_text = mapping_text
    draft.mapping_file = mapping_file
    draft.header_digest = header_digest
    draft.source = mapping.source[:60]
    draft.state = ImportState.MAPPED
    draft.problems = []
    _save(draft, acting_user, at, "set_mapping", change)
    return draft


@transaction.atomic
def answer_names(
    *,
    draft_id: int,
    mapping_text: str,
    new_payees: Iterable[Mapping[str, str]],
    acting_user: Viewer,
    at: int,
) -> ImportDraft:
    """Keep what unknown names stand for, and which payees come onto the roster.

    Raises MappingError, NotAllowedError, and ImportStateError unless names were asked for.
    """
    draft = _held(draft_id, (ImportState.ASKING,), acting_user)
    parse_mapping(mapping_text)
    before = {"mapping": draft.mapping_text, "choices": draft.choices}
    if mapping_text != draft.mapping_text:
        draft.mapping_file = ""
    draft.mapping_text = mapping_text
    known = {one["payee_id"]: one for one in draft.choices.get("new_payees", [])}
    known |= {one["payee_id"]: dict(one) for one in new_payees}
    draft.choices = {"new_payees": list(known.values())}
    draft.state = ImportState.MAPPED
    after = {"mapping": mapping_text, "choices": draft.choices}
    _save(draft, acting_user, at, "answer_names", (before, after))
    return draft


@transaction.atomic
def begin_work(*, draft_id: int, acting_user: Viewer, at: int) -> ImportDraft:
    """Begin a dry run; the one that starts the work does it as `attempt`.

    Work that has given no sign of life for a while may be begun again; whoever did it
    then answers in vain. Raises NotAllowedError and ImportStateError.
    """
    draft = _held(draft_id, (*_MAPPED, ImportState.WORKING), acting_user)
    if draft.state == ImportState.WORKING and not draft.is_interrupted(at):
        raise ImportStateError("it is being read already: wait, or cancel it")
    before = {"state": draft.state, "attempt": draft.attempt}
    shutil.rmtree(draft.work_folder, ignore_errors=True)
    draft.attempt += 1
    draft.state = ImportState.WORKING
    draft.outcome = {}
    draft.problems = []
    after = {"state": draft.state, "attempt": draft.attempt}
    _save(draft, acting_user, at, "begin_import_work", (before, after))
    return draft


@transaction.atomic
def cancel_work(*, draft_id: int, acting_user: Viewer, at: int) -> ImportDraft:
    """Give up a dry run; whoever is at it stops at the next sign of life."""
    draft = _held(draft_id, (ImportState.WORKING,), acting_user)
    draft.state = ImportState.MAPPED
    change = ({"state": ImportState.WORKING.value}, {"state": draft.state})
    _save(draft, acting_user, at, "cancel_import_work", change)
    return draft


@transaction.atomic
def finish_work(
    *,
    draft_id: int,
    attempt: int,
    outcome: Mapping[str, Any],
    problems: Sequence[Problem] = (),
    at: int,
) -> ImportDraft:
    """Keep what a dry run found: numbers, names to ask about, or why it refused the files.

    Raises ImportStateError when the work was cancelled or begun anew since: then nothing
    is kept. Whoever began it must still be allowed to.
    """
    draft = ImportDraft.objects.select_for_update().filter(pk=draft_id).first()
    if draft is None or (draft.state, draft.attempt) != (ImportState.WORKING, attempt):
        raise ImportStateError("this dry run was given up")
    require_act(draft.changed_by, "work_on_import")
    draft.outcome = json.loads(json.dumps(outcome))
    draft.problems = [attrs.asdict(one) for one in problems[:_SHOWN]]
    if problems:
        draft.state = ImportState.REFUSED
    else:
        asked = bool(draft.outcome.get("unknown"))
        draft.state = ImportState.ASKING if asked else ImportState.READY
    change = ({"state": ImportState.WORKING.value}, {"state": draft.state})
    _save(draft, draft.changed_by, at, "finish_import_work", change)
    return draft


@transaction.atomic
def discard_import(*, draft_id: int, acting_user: Viewer, at: int) -> None:
    """Give a draft up, and remove its files once that is on record."""
    draft = _held(draft_id, (*_OPEN, ImportState.WORKING), acting_user)
    change = ({"state": draft.state}, {"state": ImportState.DISCARDED.value})
    draft.state = ImportState.DISCARDED
    _save(draft, acting_user, at, "discard_import", change)
    folder = draft.folder
    transaction.on_commit(lambda: shutil.rmtree(folder, ignore_errors=True))


def _held(draft_id: int, states: Sequence[str], acting_user: Viewer) -> ImportDraft:
    """Return a draft, locked; raise when it is in none of these states."""
    require_act(acting_user, "work_on_import")
    draft = ImportDraft.objects.select_for_update().filter(pk=draft_id).first()
    if draft is None:
        raise ImportStateError("there is no such import")
    if draft.state not in states:
        label = ImportState(draft.state).label.lower()
        problem = Problem(str(draft), f"is in the state: {label}", "look at it again")
        raise ImportStateError("this cannot be done now", [problem])
    return draft


def _check_files(files: Sequence[NewFile]) -> None:
    names = [one.name for one in files]
    problems = [
        Problem(name, "two files have this name", "rename one of them")
        for name in sorted({one for one in names if names.count(one) > 1})
    ]
    if not files:
        problems = [Problem("files", "no file came", "choose at least one")]
    if problems:
        raise UploadError("the files cannot be taken", problems)


def _told(files: Sequence[NewFile]) -> list[dict[str, Any]]:
    return [
        {"name": one.name, "size": one.size, "digest": one.digest}
        for one in sorted(files, key=lambda one: one.name)
    ]


def _take(draft: ImportDraft, files: Sequence[NewFile]) -> None:
    folder = draft.folder / "files"
    folder.mkdir(parents=True, exist_ok=True)
    for one in files:
        one.path.replace(folder / one.name)


def _save(
    draft: ImportDraft,
    acting_user: Viewer,
    at: int,
    action: str,
    change: tuple[dict[str, Any] | None, dict[str, Any] | None],
) -> None:
    draft.changed_at = at
    draft.changed_by = acting_user
    draft.save()
    _record(draft, acting_user, at, action, change)


def _record(
    draft: ImportDraft,
    acting_user: Viewer,
    at: int,
    action: str,
    change: tuple[dict[str, Any] | None, dict[str, Any] | None],
) -> None:
    record_change(
        acting_user=acting_user,
        at=at,
        action=action,
        of=("import", str(draft.pk)),
        change=change,
    )
