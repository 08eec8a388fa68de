"""Was it worth it, who says so? Measurements, verdicts and report files, never edited."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models


class MeasurementRecord(models.Model):
    """The answer of one measurement, whole, as it was given."""

    program_id = models.CharField(max_length=200)
    as_of_at = models.BigIntegerField()
    answer_json = models.TextField()
    verdict = models.CharField(max_length=20)
    measured_at = models.BigIntegerField()
    measured_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        """The newest answer of a program is asked for."""

        indexes: ClassVar = [
            models.Index(fields=["program_id", "id"], name="measurement_latest")
        ]

    def __str__(self) -> str:
        """Return the program with the verdict that the answer suggests."""
        return f"{self.program_id}: {self.verdict}"


class VerdictRecord(models.Model):
    """What a named person decided on the strength of a measurement, and why.

    `suggested` is what the rule stated before launch suggested (empty on early rows); who
    decides otherwise says why in `deviates_because`.
    """

    VERDICTS: ClassVar = ["repeat", "redesign", "retire", "cannot_tell"]

    measurement = models.ForeignKey(MeasurementRecord, on_delete=models.PROTECT)
    verdict = models.CharField(max_length=20)
    reasons = models.TextField()
    suggested = models.CharField(max_length=20, default="")
    deviates_because = models.TextField(default="")
    decided_at = models.BigIntegerField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        """A verdict is one of four words and has reasons."""

        constraints: ClassVar = [
            models.CheckConstraint(
                name="verdict_known",
                condition=models.Q(
                    verdict__in=["repeat", "redesign", "retire", "cannot_tell"]
                ),
            ),
            models.CheckConstraint(
                name="verdict_has_reasons", condition=~models.Q(reasons="")
            ),
            models.CheckConstraint(
                name="verdict_deviation_told",
                condition=models.Q(suggested="")
                | models.Q(suggested=models.F("verdict"))
                | ~models.Q(deviates_because=""),
            ),
        ]

    def __str__(self) -> str:
        """Return the verdict with its program."""
        return f"{self.measurement.program_id}: {self.verdict}"


class ReportFile(models.Model):
    """One report written for a program; the newest is shown."""

    program_id = models.CharField(max_length=200)
    file_name = models.CharField(max_length=300)
    digest = models.CharField(max_length=64)
    written_at = models.BigIntegerField()
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        """The newest report of a program is asked for."""

        indexes: ClassVar = [
            models.Index(fields=["program_id", "id"], name="report_file_latest")
        ]

    def __str__(self) -> str:
        """Return the program with the file."""
        return f"{self.program_id}: {self.file_name}"
