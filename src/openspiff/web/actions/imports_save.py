"""How does an import begin to count? In one transaction, as the dry run saw it."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import connection, transaction

from openspiff.errors import Problem
from openspiff.events import PAYEE_COLUMNS, Feed, payees_of
from openspiff.program import Candidate
from openspiff.web.access import Viewer, require_act
from openspiff.web.models import (
    EventBatch,
    ImportDraft,
    ImportState,
    ProgramState,
    ProgramVersion,
    ReferenceFile,
    state_of_feed,
)

from . import feed
from ._audit import record_change
from .imports import ImportStateError
from .programs import enroll_joiners

_HOLDS_FOR: Final = 24 * 60 * 60 * 1_000_000
_ON_ROSTER: Final = ("payee_id", "firm_id", "role", "tier", "region", "segment")


@transaction.atomic
def save_import(*, draft_id: int, acting_user: Viewer, at: int) -> ImportDraft:
    """Let what a dry run prepared count: a batch, a list, or both.

    Whoever came onto the roster is enrolled in what runs. The same import saved again is
    the first answer. Raises NotAllowedError, and ImportStateError when there is no dry
    run, when it is older than a day, or when the feed or the terms have moved on since.
    """
    require_act(acting_user, "save_import")
    draft = ImportDraft.objects.select_for_update().filter(pk=draft_id).first()
    if draft is None:
        raise ImportStateError("there is no such import")
    if draft.state == ImportState.SAVED:
        return draft
    _lock()
    _refuse_stale(draft, at)
    outcome: dict[str, Any] = draft.outcome
    if outcome.get("events_file"):
        _enter_batch(draft, acting_user, at)
    if outcome.get("list_file"):
        _enter_list(draft, acting_user, at)
    if draft.mapping_text and not draft.mapping_file:
        draft.mapping_file = _keep_mapping(draft)
    draft.state = ImportState.SAVED
    draft.changed_at = at
    draft.changed_by = acting_user
    draft.save()
    record_change(
        acting_user=acting_user,
        at=at,
        action="save_import",
        of=("import", str(draft.pk)),
        change=(
            {"state": ImportState.READY.value},
            {
                "state": ImportState.SAVED.value,
                "batch_no": draft.batch_no,
                "file_no": draft.file_no,
            },
        ),
    )
    folder = draft.folder / "files"
    transaction.on_commit(lambda: shutil.rmtree(folder, ignore_errors=True))
    return draft


def _lock() -> None:
    # On SQLite a transaction of ours has the only writer's lock from its beginning. Else
    # two lists saved at once would each leave out what the other one brought.
    if connection.vendor == "postgresql":
        tables = ", ".join(
            model._meta.db_table  # noqa: SLF001 (Django's documented name for it)
            for model in (EventBatch, ReferenceFile)
        )
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {tables} IN SHARE ROW EXCLUSIVE MODE")


def _refuse_stale(draft: ImportDraft, at: int) -> None:
    remedy = "run it again: the numbers may be others now"
    if draft.state != ImportState.READY:
        label = ImportState(draft.state).label.lower()
        problem = Problem(str(draft), f"is in the state: {label}", "do a dry run first")
        raise ImportStateError("nothing was saved", [problem])
    if draft.outcome.get("seen") != state_of_feed():
        problem = Problem("dry run", "events, lists or terms have changed since", remedy)
        raise ImportStateError("nothing was saved", [problem])
    if at - draft.changed_at > _HOLDS_FOR:
        problem = Problem("dry run", "is older than a day", remedy)
        raise ImportStateError("nothing was saved", [problem])


def _enter_batch(draft: ImportDraft, acting_user: Viewer, at: int) -> None:
    outcome = draft.outcome
    _into_feed(draft, outcome["events_file"], outcome.get("superseded_file", ""))
    row = feed.record_batch(
        batch=feed.NewBatch(
            batch_no=outcome["batch_no"],
            digest=outcome["digest"],
            event_file=outcome["events_file"],
            superseded_file=outcome.get("superseded_file", ""),
            source=draft.source,
            counts=outcome["counts"],
        ),
        acting_user=acting_user,
        at=at,
    )
    draft.batch_no = row.batch_no


def _enter_list(draft: ImportDraft, acting_user: Viewer, at: int) -> None:
    outcome = draft.outcome
    name, digest, kind = (
        outcome["list_file"],
        outcome["list_digest"],
        outcome["list_kind"],
    )
    _into_feed(draft, name)
    said = {"file_name": name, "digest": digest, "acting_user": acting_user, "at": at}
    if kind == "products":
        row = feed.record_products(**said)
    elif kind == "rates":
        row = feed.record_rates(**said)
    else:
        row = _enter_roster(name, said)
    draft.file_no = row.pk


def _enter_roster(name: str, said: dict[str, Any]) -> ReferenceFile:
    path = Path(settings.OPENSPIFF_HOME) / "feed" / name
    rows = [
        dict(zip(PAYEE_COLUMNS, row, strict=True))
        for row in payees_of(Feed(events=(), payees=path))
    ]
    names = [
        feed.RosterName(payee_id=one["payee_id"], name=one["name"], firm_id=one["firm_id"])
        for one in {one["payee_id"]: one for one in rows}.values()
    ]
    row = feed.record_roster(names=names, **said)
    at = said["at"]
    candidates = [
        Candidate(**{field: one[field] for field in _ON_ROSTER})
        for one in rows
        if one["from_at"] <= at < one["before_at"]
    ]
    launched = ProgramVersion.objects.exclude(state=ProgramState.DRAFT)
    for program_id in sorted(set(launched.values_list("program_id", flat=True))):
        enroll_joiners(
            program_id=program_id,
            candidates=candidates,
            acting_user=said["acting_user"],
            at=at,
        )
    return row


def _into_feed(draft: ImportDraft, *names: str) -> None:
    """Let files of the dry run stand in the feed folder too; alone they count nothing."""
    folder = Path(settings.OPENSPIFF_HOME) / "feed"
    folder.mkdir(exist_ok=True)
    for name in names:
        target = folder / name
        if not name or target.exists():
            continue
        source = draft.work_folder / "feed" / name
        try:
            os.link(source, target)
        except OSError:  # another file system, or one without links
            partial = folder / f".{name}.part"
            shutil.copyfile(source, partial)
            partial.replace(target)


def _keep_mapping(draft: ImportDraft) -> str:
    """Write the mapping where the command line finds it; one a source and header."""
    slug = re.sub(r"[^a-z0-9]+", "-", draft.source.casefold()).strip("-") or "source"
    made = "" if draft.kind == "events" else f"-{draft.kind}"
    name = f"{slug[:60]}{made}-{draft.header_digest[:8] or 'any'}.toml"
    folder = Path(settings.OPENSPIFF_HOME) / "mappings"
    folder.mkdir(exist_ok=True)
    partial = folder / f".{name}.part"
    partial.write_text(draft.mapping_text, encoding="utf-8")
    partial.replace(folder / name)
    return name
