"""How does a file become part of the feed? By a row in the catalog, or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import ClassVar

import attrs
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max

from openspiff.errors import OpenSpiffError, Problem
from openspiff.web.access import Viewer, require_act
from openspiff.web.models import EventBatch, PayeeName, ReferenceFile

from ._audit import record_change
from .conflict import ConflictError
from .webhooks import tell

_AT_ONCE = 2_000


class FeedError(OpenSpiffError):
    """A file that cannot be entered into the feed."""

    code: ClassVar[str] = "feed"


@attrs.frozen(kw_only=True)
class NewBatch:
    """One import to enter: its number, its digest, its files in the feed folder."""

    batch_no: int
    digest: str
    event_file: str
    superseded_file: str = ""
    source: str = ""
    counts: Mapping[str, int] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class RosterName:
    """How one payee is shown."""

    payee_id: str
    name: str
    firm_id: str = ""


@transaction.atomic
def record_batch(*, batch: NewBatch, acting_user: Viewer, at: int) -> EventBatch:
    """Enter one import into the catalog; from now on every calculation reads it.

    The same content again is the row that is there already. Raises NotAllowedError,
    FeedError for files that are not in the feed folder, and ConflictError when another
    import came first: batches are numbered 1, 2, 3 ... without gaps.
    """
    require_act(acting_user, "record_batch")
    known = EventBatch.objects.filter(digest=batch.digest).first()
    if known is not None:
        return known
    _require_files(batch.event_file, batch.superseded_file)
    last_no = EventBatch.objects.aggregate(last=Max("batch_no"))["last"] or 0
    if batch.batch_no != last_no + 1:
        message = (
            f"batch {last_no + 1} comes next, got {batch.batch_no}: "
            "another import came first, read the file again"
        )
        raise ConflictError(message)
    try:
        with transaction.atomic():
            row = EventBatch.objects.create(
                batch_no=batch.batch_no,
                source=batch.source,
                digest=batch.digest,
                event_file=batch.event_file,
                superseded_file=batch.superseded_file,
                counts=dict(batch.counts),
                imported_at=at,
                imported_by=acting_user,
            )
    except IntegrityError:
        # Two imports looked at the same moment; the database let one of them in.
        raise ConflictError("another import came first: read the file again") from None
    record_change(
        acting_user=acting_user,
        at=at,
        action="record_batch",
        of=("event_batch", str(row.batch_no)),
        change=(None, {"digest": row.digest, **batch.counts}),
    )
    facts = {"batch_no": row.batch_no, "source": row.source, "counts": row.counts}
    tell(kind="event.batch_added", facts=facts, at=at)
    return row


@transaction.atomic
def record_roster(
    *,
    file_name: str,
    digest: str,
    names: Iterable[RosterName],
    acting_user: Viewer,
    at: int,
) -> ReferenceFile:
    """Put a roster in force, and remember how its payees are shown.

    Names of payees who left stay: their statements do too. Raises NotAllowedError and
    FeedError.
    """
    row, is_new = _reference_file("payees", file_name, digest, acting_user, at)
    if is_new:
        PayeeName.objects.bulk_create(
            (
                PayeeName(
                    payee_id=one.payee_id,
                    name=one.name or one.payee_id,
                    firm_id=one.firm_id,
                )
                for one in names
            ),
            batch_size=_AT_ONCE,
            update_conflicts=True,
            unique_fields=["payee_id"],
            update_fields=["name", "firm_id"],
        )
    return row


@transaction.atomic
def record_rates(
    *, file_name: str, digest: str, acting_user: Viewer, at: int
) -> ReferenceFile:
    """Put a table of exchange rates in force. Raises NotAllowedError and FeedError."""
    return _reference_file("rates", file_name, digest, acting_user, at)[0]


@transaction.atomic
def record_products(
    *, file_name: str, digest: str, acting_user: Viewer, at: int
) -> ReferenceFile:
    """Put a list of products in force. Raises NotAllowedError and FeedError."""
    return _reference_file("products", file_name, digest, acting_user, at)[0]


def _reference_file(
    kind: str, file_name: str, digest: str, acting_user: Viewer, at: int
) -> tuple[ReferenceFile, bool]:
    require_act(acting_user, "record_reference_file")
    _require_files(file_name)
    latest = ReferenceFile.objects.filter(kind=kind).order_by("id").last()
    if latest is not None and (latest.digest, latest.file_name) == (digest, file_name):
        return latest, False
    row = ReferenceFile.objects.create(
        kind=kind,
        digest=digest,
        file_name=file_name,
        imported_at=at,
        imported_by=acting_user,
    )
    before = None if latest is None else {"digest": latest.digest}
    record_change(
        acting_user=acting_user,
        at=at,
        action="record_reference_file",
        of=("reference_file", kind),
        change=(before, {"digest": digest}),
    )
    return row, True


def _require_files(*names: str) -> None:
    folder = (Path(settings.OPENSPIFF_HOME) / "feed").resolve()
    problems = [
        Problem(name, "no file in the feed folder", f"write it to {folder} first")
        for name in names
        if name
        and not (
            (folder / name).resolve().is_relative_to(folder) and (folder / name).is_file()
        )
    ]
    if problems:
        raise FeedError("the file cannot be entered into the feed", problems)
