"""What was promised, by whom, since when? Program versions and who was enrolled."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.lookups import Exact


class ProgramState(models.TextChoices):
    """A version is drafted, launched (from then on frozen) and ended."""

    DRAFT = "draft", "Draft"
    LAUNCHED = "launched", "Launched"
    ENDED = "ended", "Ended"


class ProgramVersion(models.Model):
    """One version of a program's terms; a trigger refuses any change once launched."""

    program_id = models.CharField(max_length=200)
    version = models.PositiveIntegerField()
    name = models.CharField(max_length=200)
    state = models.CharField(
        max_length=10, choices=ProgramState.choices, default=ProgramState.DRAFT
    )
    terms_json = models.TextField()
    source_text = models.TextField()
    content_hash = models.CharField(max_length=64)
    drafted_at = models.BigIntegerField()
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    launched_at = models.BigIntegerField(null=True)
    launched_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    ended_at = models.BigIntegerField(null=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        """One row a version; whoever launched or ended it is named with the moment."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["program_id", "version"], name="program_version_once"
            ),
            models.CheckConstraint(
                name="program_version_launched_by_somebody",
                condition=models.Q(
                    state=ProgramState.DRAFT,
                    launched_at__isnull=True,
                    launched_by__isnull=True,
                )
                | models.Q(
                    state__in=[ProgramState.LAUNCHED, ProgramState.ENDED],
                    launched_at__isnull=False,
                    launched_by__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="program_version_ended_by_somebody",
                condition=models.Q(
                    state=ProgramState.ENDED,
                    ended_at__isnull=False,
                    ended_by__isnull=False,
                )
                | models.Q(
                    ~models.Q(state=ProgramState.ENDED),
                    ended_at__isnull=True,
                    ended_by__isnull=True,
                ),
            ),
        ]

    def __str__(self) -> str:
        """Return the program's id with the version."""
        return f"{self.program_id} v{self.version}"


class ProgramPause(models.Model):
    """Intake of a program stopped or went on again; the last row says how it stands.

    Odd numbers stop it and even ones let it go on, so that two people who do the same at
    once meet in one row.
    """

    program_id = models.CharField(max_length=200)
    number = models.PositiveIntegerField()
    is_paused = models.BooleanField()
    reason = models.CharField(max_length=300, blank=True)
    acted_at = models.BigIntegerField()
    acted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        """Stops and resumptions take turns; who stops intake says why."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["program_id", "number"], name="program_pause_once"
            ),
            models.CheckConstraint(
                name="program_pause_takes_turns",
                condition=models.Q(Exact(models.F("number") % 2, 1), is_paused=True)
                | models.Q(Exact(models.F("number") % 2, 0), is_paused=False),
            ),
            models.CheckConstraint(
                name="program_pause_has_reason",
                condition=models.Q(is_paused=False) | ~models.Q(reason=""),
            ),
        ]

    def __str__(self) -> str:
        """Return what happened to the intake of which program."""
        return f"{self.program_id} {'paused' if self.is_paused else 'resumed'}"


class EnrolledPayee(models.Model):
    """Whether one payee was held out of one program, as assigned at launch."""

    program_id = models.CharField(max_length=200)
    payee_id = models.CharField(max_length=200)
    firm_id = models.CharField(max_length=200, blank=True)
    unit_id = models.CharField(max_length=200)
    stratum = models.CharField(max_length=400, blank=True)
    is_held_out = models.BooleanField()
    is_joiner = models.BooleanField(default=False)
    assigned_at = models.BigIntegerField()

    class Meta:
        """One assignment for each payee and program, for ever."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["program_id", "payee_id"], name="enrolled_payee_once"
            )
        ]
        indexes: ClassVar = [models.Index(fields=["payee_id"], name="enrolled_payee_payee")]

    def __str__(self) -> str:
        """Return who is (not) held out of what."""
        side = "held out of" if self.is_held_out else "enrolled in"
        return f"{self.payee_id} {side} {self.program_id}"
