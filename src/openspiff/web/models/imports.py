"""What is being imported, and how far is it? Drafts, until they are saved or discarded."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, ClassVar, Final

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_noop as _

from .feed import EventBatch, ReferenceFile
from .programs import ProgramState, ProgramVersion

STALE_AFTER: Final = 20_000_000
"""Microseconds without a sign of life after which work counts as interrupted."""

_STARTS_WITHIN: Final = 60_000_000
# A process that starts on a busy machine says nothing for a while.


class ImportState(models.TextChoices):
    """How far an import is; what was saved or discarded stays so."""

    CHOSEN = "chosen", _("Files chosen")
    MAPPED = "mapped", _("Columns mapped")
    WORKING = "working", _("Being read")
    REFUSED = "refused", _("Refused")
    ASKING = "asking", _("Unknown names")
    READY = "ready", _("Dry run done")
    SAVED = "saved", _("Saved")
    DISCARDED = "discarded", _("Discarded")


class ImportDraft(models.Model):
    """One import on its way: files, mapping, what a dry run found; nothing of it counts.

    `outcome` is what the last dry run found, `problems` why it refused the files, `choices`
    the payees to put on the roster. `attempt` numbers the dry runs, so that one that was
    given up cannot answer for its successor.
    """

    KINDS: ClassVar = ["events", "roster", "products", "rates", "undo"]

    kind = models.CharField(max_length=10)
    source = models.CharField(max_length=60, blank=True)
    state = models.CharField(
        max_length=10, choices=ImportState.choices, default=ImportState.CHOSEN
    )
    files = models.JSONField(default=list)
    reading = models.JSONField(default=dict)
    header_digest = models.CharField(max_length=64, blank=True)
    mapping_text = models.TextField(blank=True)
    mapping_file = models.CharField(max_length=200, blank=True)
    choices = models.JSONField(default=dict)
    attempt = models.PositiveIntegerField(default=0)
    outcome = models.JSONField(default=dict)
    problems = models.JSONField(default=list)
    undoes_batch_no = models.PositiveBigIntegerField(null=True)
    undoes_file_no = models.PositiveBigIntegerField(null=True)
    batch_no = models.PositiveBigIntegerField(null=True)
    file_no = models.PositiveBigIntegerField(null=True)
    begun_at = models.BigIntegerField()
    begun_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    changed_at = models.BigIntegerField()
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        """Only what can be imported, in a state that is known."""

        constraints: ClassVar = [
            models.CheckConstraint(
                name="import_draft_kind_known",
                condition=models.Q(
                    kind__in=["events", "roster", "products", "rates", "undo"]
                ),
            ),
            models.CheckConstraint(
                name="import_draft_state_known",
                condition=models.Q(state__in=ImportState.values),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["state", "-id"], name="import_draft_state"),
            models.Index(fields=["batch_no"], name="import_draft_batch"),
            models.Index(fields=["file_no"], name="import_draft_file"),
        ]

    def __str__(self) -> str:
        """Return the import by its number."""
        return f"import {self.pk}"

    @property
    def folder(self) -> Path:
        """Return the folder of everything that belongs to this draft."""
        return Path(settings.OPENSPIFF_HOME) / "uploads" / "imports" / str(self.pk)

    @property
    def work_folder(self) -> Path:
        """Return the folder in which the present attempt writes."""
        return self.folder / f"work-{self.attempt}"

    @property
    def paths(self) -> list[Path]:
        """Return the uploaded files."""
        return [self.folder / "files" / one["name"] for one in self.files]

    def progress(self) -> dict[str, Any]:
        """Return the last sign of life of the present attempt; empty before the first."""
        try:
            text = (self.work_folder / "progress.json").read_text(encoding="utf-8")
            said = json.loads(text)
        except (OSError, ValueError):
            return {}
        return said if isinstance(said, dict) else {}

    def is_interrupted(self, at: int) -> bool:
        """Tell whether whoever worked on it has given no sign of life for too long."""
        if self.state != ImportState.WORKING:
            return False
        beat_at = int(self.progress().get("beat_at", 0))
        if beat_at < self.changed_at:
            return at - self.changed_at > _STARTS_WITHIN
        return at - beat_at > STALE_AFTER


def state_of_feed() -> str:
    """Return a digest of what a dry run depends on: batches, lists and launched terms."""
    last = EventBatch.objects.order_by("-batch_no").values_list("batch_no", "digest")[:1]
    lists = (
        ReferenceFile.objects.values("kind")
        .annotate(newest=models.Max("id"))
        .order_by("kind")
    )
    launched = ProgramVersion.objects.exclude(state=ProgramState.DRAFT)
    parts = [
        list(last),
        [(one["kind"], one["newest"]) for one in lists],
        list(launched.order_by("id").values_list("content_hash", flat=True)),
    ]
    return hashlib.sha256(repr(parts).encode()).hexdigest()
