"""Which reports are kept whole, and which links to them were given away?"""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from .measurements import MeasurementRecord


class ReportEdition(models.Model):
    """The report of one measurement as it was written: page, PDF and contents.

    `numbers_digest` stands on every form of it; the other digests are those of the files,
    which lie in the reports folder under one stem. The newest edition counts.
    """

    measurement = models.ForeignKey(MeasurementRecord, on_delete=models.PROTECT)
    is_shared = models.BooleanField()
    stem = models.CharField(max_length=260)
    numbers_digest = models.CharField(max_length=64)
    html_digest = models.CharField(max_length=64)
    pdf_digest = models.CharField(max_length=64)
    contents_digest = models.CharField(max_length=64)
    written_at = models.BigIntegerField()
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        """The newest edition of a measurement is asked for; no two have the same files."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["stem"], name="report_edition_stem")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["measurement", "is_shared", "id"], name="report_edition_latest"
            )
        ]

    def __str__(self) -> str:
        """Return the name of the files."""
        return self.stem


class ShareLink(models.Model):
    """A link by which somebody without a user reads one shared edition.

    `name` is chance and stands, signed, in the address: who has the database alone cannot
    make the address.
    """

    name = models.CharField(max_length=40, unique=True)
    edition = models.ForeignKey(ReportEdition, on_delete=models.PROTECT)
    program_id = models.CharField(max_length=200)
    note = models.CharField(max_length=200)
    expires_at = models.BigIntegerField()
    made_at = models.BigIntegerField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        """A link ends after it began, and says for whom it is."""

        constraints: ClassVar = [
            models.CheckConstraint(
                name="share_link_ends",
                condition=models.Q(expires_at__gt=models.F("made_at")),
            ),
            models.CheckConstraint(
                name="share_link_has_note", condition=~models.Q(note="")
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["program_id", "id"], name="share_link_program")
        ]

    def __str__(self) -> str:
        """Return the program and for whom the link is."""
        return f"{self.program_id} for {self.note}"


class ShareRevocation(models.Model):
    """A link that was taken back; it opens nothing any more."""

    link = models.OneToOneField(ShareLink, on_delete=models.PROTECT)
    revoked_at = models.BigIntegerField()
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    def __str__(self) -> str:
        """Return which link was taken back."""
        return f"revoked: {self.link}"


class ShareOpening(models.Model):
    """One opening of a link: when and which form, not by whom or from where."""

    FORMS: ClassVar = ["page", "pdf"]

    link = models.ForeignKey(ShareLink, on_delete=models.PROTECT)
    form = models.CharField(max_length=10)
    opened_at = models.BigIntegerField()

    class Meta:
        """The openings of a link are counted, and those of the last minute at each one."""

        constraints: ClassVar = [
            models.CheckConstraint(
                name="share_opening_form", condition=models.Q(form__in=["page", "pdf"])
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["link", "opened_at"], name="share_opening_recent")
        ]

    def __str__(self) -> str:
        """Return what was opened."""
        return f"{self.form} of {self.link}"
