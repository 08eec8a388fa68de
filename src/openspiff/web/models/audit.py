"""Who changed what, when, from what to what? One row a change, in its transaction."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models


class AuditRow(models.Model):
    """One change by one actor; triggers refuse to edit or delete it."""

    acted_at = models.BigIntegerField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    action = models.CharField(max_length=100)
    object_kind = models.CharField(max_length=50)
    object_id = models.CharField(max_length=300)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        """Asked by object: what happened to it, in order."""

        indexes: ClassVar = [
            models.Index(fields=["object_kind", "object_id"], name="audit_row_object")
        ]

    def __str__(self) -> str:
        """Return the action and what it touched."""
        return f"{self.action} {self.object_kind} {self.object_id}"
