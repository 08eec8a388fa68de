"""Which files make up the feed? A file without a row here does not exist."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models


class EventBatch(models.Model):
    """One import of events: its files in the feed folder, its counts, who brought it."""

    batch_no = models.PositiveBigIntegerField(unique=True)
    source = models.CharField(max_length=200, blank=True)
    digest = models.CharField(max_length=64, unique=True)
    event_file = models.CharField(max_length=300, unique=True)
    superseded_file = models.CharField(max_length=300, blank=True)
    counts = models.JSONField(default=dict)
    imported_at = models.BigIntegerField()
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    def __str__(self) -> str:
        """Return the batch by its number."""
        return f"batch {self.batch_no}"


class ReferenceFile(models.Model):
    """A roster, products or exchange rates; the newest of each kind is in force."""

    KINDS: ClassVar = [
        ("payees", "Roster"),
        ("rates", "Exchange rates"),
        ("products", "Products"),
    ]

    kind = models.CharField(max_length=10, choices=KINDS)
    digest = models.CharField(max_length=64)
    file_name = models.CharField(max_length=300)
    imported_at = models.BigIntegerField()
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        """Only what is known."""

        constraints: ClassVar = [
            models.CheckConstraint(
                name="reference_file_kind_known",
                condition=models.Q(kind__in=["payees", "rates", "products"]),
            )
        ]

    def __str__(self) -> str:
        """Return the kind and the file."""
        return f"{self.kind} {self.file_name}"


class PayeeName(models.Model):
    """How a payee is shown, from the newest roster; the roster itself is a file."""

    payee_id = models.CharField(max_length=200, primary_key=True)
    name = models.CharField(max_length=200)
    firm_id = models.CharField(max_length=200, blank=True)

    class Meta:
        """A firm's people are looked up together."""

        indexes: ClassVar = [models.Index(fields=["firm_id"], name="payee_name_firm")]

    def __str__(self) -> str:
        """Return the name to show."""
        return self.name or self.payee_id
