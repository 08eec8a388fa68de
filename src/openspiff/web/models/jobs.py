"""What is to be done outside a request, how far is it, and who is at it?

A job is a row that is written in the transaction of what needs it, so it is there exactly
when that is. A worker takes it on a lease; whoever holds the lease, and nobody else, writes
the result. Every attempt that has ended stays on record.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

import attrs
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_noop as _


@attrs.frozen(kw_only=True)
class JobKind:
    """What all jobs of one kind have in common.

    `max_attempts` is how often it may fail, `time_limit_seconds` how long one attempt may
    take before it is stopped, and `is_long` that a worker keeps a place for others beside.
    """

    name: str
    max_attempts: int = 5
    time_limit_seconds: int = 600
    is_long: bool = False


JOB_KINDS: Final[Mapping[str, JobKind]] = {
    "import": JobKind(name=_("Import"), time_limit_seconds=7200, is_long=True),
    "run": JobKind(name=_("Run"), time_limit_seconds=7200, is_long=True),
    "report": JobKind(name=_("Report"), time_limit_seconds=1800, is_long=True),
    "mail": JobKind(name=_("Mail"), max_attempts=12),
    "room": JobKind(name=_("Message to a room"), max_attempts=12),
    "mail_of_the_day": JobKind(name=_("Mail of the day"), max_attempts=12),
    "look_of_the_day": JobKind(name=_("Look of the day")),
    "invitation": JobKind(name=_("Invitation"), max_attempts=12),
    "delivery": JobKind(name=_("Webhook"), max_attempts=10, time_limit_seconds=60),
}
"""What can be asked of a worker; who may see each stands in `access.JOB_READERS`."""


class JobState(models.TextChoices):
    """How far a job is; what is done stays done."""

    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Will be tried again")
    DEAD = "dead", _("Given up")
    CANCELLED = "cancelled", _("Cancelled")


DUE_STATES: Final = (JobState.WAITING, JobState.FAILED)
"""What a worker takes once its moment has come."""

OPEN_STATES: Final = (*DUE_STATES, JobState.RUNNING)
"""What has not come to an end yet."""


class Job(models.Model):
    """One piece of work: what, for whom, how far, and how it ended.

    `kind` and `key` name it once and for all. `attempt_count` counts how often it was
    begun, `failure_count` how many of these count against `max_attempts`: what a worker
    gives back because it is told to stop does not. `lease_token` is empty unless it runs.
    """

    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=200)
    payload = models.JSONField(default=dict)
    state = models.CharField(
        max_length=10, choices=JobState.choices, default=JobState.WAITING
    )
    attempt_count = models.PositiveIntegerField(default=0)
    failure_count = models.PositiveIntegerField(default=0)
    max_attempts = models.PositiveIntegerField()
    run_after_at = models.BigIntegerField()
    leased_until_at = models.BigIntegerField(null=True)
    lease_token = models.CharField(max_length=64, blank=True)
    worker = models.CharField(max_length=200, blank=True)
    progress_done = models.BigIntegerField(default=0)
    progress_total = models.BigIntegerField(default=0)
    progress_note = models.CharField(max_length=200, blank=True)
    begun_at = models.BigIntegerField(null=True)
    ended_at = models.BigIntegerField(null=True)
    result = models.JSONField(default=dict)
    error_code = models.CharField(max_length=60, blank=True)
    error_text = models.TextField(blank=True)
    created_at = models.BigIntegerField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        """A name once, a state that is known, and a lease exactly while it runs."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "key"], name="job_once"),
            models.CheckConstraint(
                name="job_state_known", condition=models.Q(state__in=JobState.values)
            ),
            models.CheckConstraint(
                name="job_leased_while_running",
                condition=models.Q(state=JobState.RUNNING, leased_until_at__isnull=False)
                & ~models.Q(lease_token="")
                | ~models.Q(state=JobState.RUNNING)
                & models.Q(lease_token="", leased_until_at__isnull=True),
            ),
            models.CheckConstraint(
                name="job_may_be_tried", condition=models.Q(max_attempts__gt=0)
            ),
        ]
        indexes: ClassVar = [
            # What is due is few among all that was ever done.
            models.Index(
                fields=["run_after_at", "id"],
                name="job_due",
                condition=models.Q(state__in=DUE_STATES),
            ),
            models.Index(
                fields=["leased_until_at"],
                name="job_leased",
                condition=models.Q(state=JobState.RUNNING),
            ),
            models.Index(fields=["state", "-id"], name="job_state"),
        ]

    def __str__(self) -> str:
        """Return what it is, and which."""
        return f"{self.kind} {self.key}"


class AttemptEnd(models.TextChoices):
    """How one attempt at a job came to its end."""

    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    LOST = "lost", _("The worker was lost")
    GIVEN_BACK = "given_back", _("Given back: the worker was told to stop")
    CANCELLED = "cancelled", _("Cancelled")


class JobAttempt(models.Model):
    """One attempt that has ended: who was at it, from when to when, and why it ended."""

    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="ended")
    number = models.PositiveIntegerField()
    worker = models.CharField(max_length=200)
    begun_at = models.BigIntegerField()
    ended_at = models.BigIntegerField()
    ended_as = models.CharField(max_length=10, choices=AttemptEnd.choices)
    error_code = models.CharField(max_length=60, blank=True)
    error_text = models.TextField(blank=True)

    class Meta:
        """An attempt ends once, in a way that is known."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["job", "number"], name="job_attempt_once"),
            models.CheckConstraint(
                name="job_attempt_end_known",
                condition=models.Q(ended_as__in=AttemptEnd.values),
            ),
        ]

    def __str__(self) -> str:
        """Return the job and which attempt it was."""
        return f"{self.job_id}, attempt {self.number}: {self.ended_as}"


class WorkerBeat(models.Model):
    """When a worker was last seen; the row goes some days after the worker."""

    name = models.CharField(max_length=200, unique=True)
    kinds = models.JSONField(default=list)
    job_limit = models.PositiveIntegerField()
    begun_at = models.BigIntegerField()
    seen_at = models.BigIntegerField()
    stopped_at = models.BigIntegerField(null=True)

    class Meta:
        """Who was seen last is asked for."""

        indexes: ClassVar = [models.Index(fields=["-seen_at"], name="worker_seen")]

    def __str__(self) -> str:
        """Return the name of the worker."""
        return self.name
