"""Which files does a calculation read? Those with a row in the catalog, in batch order."""

from __future__ import annotations

from pathlib import Path

import attrs
from django.conf import settings
from django.db.models import Max

from openspiff.events import Feed
from openspiff.web.access import Viewer
from openspiff.web.models import EventBatch, ReferenceFile


@attrs.frozen(kw_only=True)
class ImportedBatch:
    """One import, as shown."""

    batch_no: int
    digest: str
    source: str
    counts: dict[str, int]
    imported_at: int
    imported_by: str


def feed_files(_viewer: Viewer) -> Feed:
    """Return the feed for the calculation: all batches, the newest roster and rates."""
    folder = Path(settings.OPENSPIFF_HOME) / "feed"
    rows = list(EventBatch.objects.order_by("batch_no"))
    return Feed(
        events=tuple(folder / row.event_file for row in rows),
        superseded=tuple(
            folder / row.superseded_file for row in rows if row.superseded_file
        ),
        payees=_newest(folder, "payees"),
        rates=_newest(folder, "rates"),
    )


def next_batch_no(_viewer: Viewer) -> int:
    """Return the number of the next import."""
    return (EventBatch.objects.aggregate(last=Max("batch_no"))["last"] or 0) + 1


def batch_with_digest(_viewer: Viewer, digest: str) -> ImportedBatch | None:
    """Return the import that brought this content before; None when it is new."""
    row = EventBatch.objects.filter(digest=digest).select_related("imported_by").first()
    if row is None:
        return None
    return ImportedBatch(
        batch_no=row.batch_no,
        digest=row.digest,
        source=row.source,
        counts=row.counts,
        imported_at=row.imported_at,
        imported_by=str(row.imported_by),
    )


def _newest(folder: Path, kind: str) -> Path | None:
    row = ReferenceFile.objects.filter(kind=kind).order_by("id").last()
    return None if row is None else folder / row.file_name
