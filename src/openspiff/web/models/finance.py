"""Which money is approved, and which is held? Batches with their lines and steps, holds.

A batch keeps its lines and its digest as they were prepared: only its state goes on, and
every step of it is a row of its own. A hold is placed and released by rows that stay.
"""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet
from whenever import Instant

from .books import Transfer


class BatchState(models.TextChoices):
    """Where a batch stands: awaiting its checkers, approved, or at an end."""

    PREPARED = "prepared", "Prepared"
    APPROVED = "approved", "Approved"
    REJECTED = "rejected", "Rejected"
    VOID = "void", "Void"
    PAID = "paid", "Paid"


class ApprovalBatch(models.Model):
    """What somebody proposes to pay: lines, and a digest that approvers sign."""

    number = models.BigAutoField(primary_key=True)
    state = models.CharField(
        max_length=10, choices=BatchState.choices, default=BatchState.PREPARED
    )
    digest = models.CharField(max_length=64)
    after_sequence = models.BigIntegerField()
    filters = models.JSONField(default=dict)
    left_out = models.JSONField(default=list)
    totals = models.JSONField()
    line_count = models.PositiveIntegerField()
    payee_count = models.PositiveIntegerField()
    needed_count = models.PositiveIntegerField()
    prepared_at = models.BigIntegerField()
    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        """A batch pays somebody, and somebody else approves it."""

        constraints: ClassVar = [
            models.CheckConstraint(
                name="approval_batch_state_known",
                condition=models.Q(state__in=BatchState.values),
            ),
            models.CheckConstraint(
                name="approval_batch_not_empty", condition=models.Q(line_count__gt=0)
            ),
            models.CheckConstraint(
                name="approval_batch_needs_somebody",
                condition=models.Q(needed_count__gt=0),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["state"], name="approval_batch_state")]

    def __str__(self) -> str:
        """Return the batch by its number."""
        return f"batch {self.number}"

    @property
    def run_id(self) -> str:
        """The name under which its payouts are booked: one batch, one name."""
        return f"batch-{self.number}"

    def later_transfers(self) -> QuerySet[Transfer]:
        """Return what was booked since for its payees and may change what they are paid.

        Only payouts of what the batch does not pay are left out: what remains of a payee's
        money is paid the same before and after them.
        """
        mine = ApprovalLine.objects.filter(batch=self, payee_id=OuterRef("payee_id"))
        same = mine.filter(program_id=OuterRef("program_id"))
        return Transfer.objects.filter(
            Exists(mine), ~Q(kind="payout") | Exists(same), sequence__gt=self.after_sequence
        )

    def held_lines(self, on: dt.date) -> QuerySet[ApprovalLine]:
        """Return its lines that are on hold on a day."""
        return self.lines.filter(held_by(on))


class ApprovalLine(models.Model):
    """What one payee is to be paid under one program, for what was booked at one moment."""

    batch = models.ForeignKey(ApprovalBatch, on_delete=models.PROTECT, related_name="lines")
    payee_id = models.CharField(max_length=200)
    firm_id = models.CharField(max_length=200, blank=True)
    program_id = models.CharField(max_length=200)
    version = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    accrued_at = models.BigIntegerField()
    promised_on = models.DateField()
    event_count = models.PositiveIntegerField()
    amount_minor = models.BigIntegerField()
    withheld_minor = models.BigIntegerField(default=0)

    class Meta:
        """One line for whoever is paid what was booked at one moment; more than nothing."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=[
                    *("batch", "payee_id", "program_id", "version"),
                    *("currency", "accrued_at"),
                ],
                name="approval_line_once",
            ),
            models.CheckConstraint(
                name="approval_line_above_zero", condition=models.Q(amount_minor__gt=0)
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["payee_id"], name="approval_line_payee")]

    def __str__(self) -> str:
        """Return who is to be paid under what."""
        return f"{self.payee_id} {self.program_id} {self.amount_minor}"


class ApprovalStep(models.Model):
    """One thing that somebody did with a batch, with the digest that they saw."""

    batch = models.ForeignKey(ApprovalBatch, on_delete=models.PROTECT, related_name="steps")
    state = models.CharField(max_length=10, choices=BatchState.choices)
    digest = models.CharField(max_length=64)
    note = models.TextField(blank=True)
    run_id = models.CharField(max_length=40, blank=True)
    taken_at = models.BigIntegerField()
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        """Nobody approves twice, and a batch ends once."""

        constraints: ClassVar = [
            models.CheckConstraint(
                name="approval_step_state_known",
                condition=models.Q(state__in=BatchState.values),
            ),
            models.UniqueConstraint(
                fields=["batch", "taken_by"],
                condition=models.Q(state=BatchState.APPROVED),
                name="approval_step_one_a_person",
            ),
            models.UniqueConstraint(
                fields=["batch"],
                condition=models.Q(
                    state__in=[BatchState.REJECTED, BatchState.VOID, BatchState.PAID]
                ),
                name="approval_step_ends_once",
            ),
        ]

    def __str__(self) -> str:
        """Return what was done to which batch."""
        return f"{self.state} {self.batch_id}"


class HoldKind(models.TextChoices):
    """Whose money waits."""

    PAYEE = "payee", "Payee"
    FIRM = "firm", "Firm"
    PROGRAM = "program", "Program"


class HoldRows(QuerySet["Hold"]):
    """Holds, asked whether they are in force."""

    def active(self, on: dt.date) -> HoldRows:
        """Return those that are in force on a day (UTC)."""
        return self.filter(
            Q(ends_before__isnull=True) | Q(ends_before__gt=on), release__isnull=True
        )


class Hold(models.Model):
    """Money that stays owed and is not paid for the time being; its payees read why."""

    kind = models.CharField(max_length=10, choices=HoldKind.choices)
    held_id = models.CharField(max_length=200)
    reason = models.TextField()
    ends_before = models.DateField(null=True)
    placed_at = models.BigIntegerField()
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    objects = HoldRows.as_manager()

    class Meta:
        """A hold names what it holds, and says why."""

        constraints: ClassVar = [
            models.CheckConstraint(
                name="hold_kind_known", condition=models.Q(kind__in=HoldKind.values)
            ),
            models.CheckConstraint(
                name="hold_says_why", condition=~models.Q(reason="") & ~models.Q(held_id="")
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["kind", "held_id"], name="hold_of")]

    def __str__(self) -> str:
        """Return what is held."""
        return f"hold on {self.kind} {self.held_id}"


class HoldRelease(models.Model):
    """The end of one hold before its day, with the reason."""

    hold = models.OneToOneField(Hold, on_delete=models.PROTECT, related_name="release")
    reason = models.TextField(blank=True)
    released_at = models.BigIntegerField()
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    def __str__(self) -> str:
        """Return what was released."""
        return f"release of {self.hold_id}"


def utc_day(at: int) -> dt.date:
    """Return the UTC day of a moment in microseconds since 1970."""
    plain = Instant.from_timestamp(at, unit="microsecond").to_tz("UTC")
    return dt.date(plain.year, plain.month, plain.day)


def held_by(on: dt.date) -> Q:
    """Return the condition of rows (payee_id, firm_id, program_id) on hold on a day."""
    holds = Hold.objects.active(on).values("held_id")
    return (
        Q(payee_id__in=holds.filter(kind=HoldKind.PAYEE))
        | Q(firm_id__in=holds.filter(kind=HoldKind.FIRM))
        | Q(program_id__in=holds.filter(kind=HoldKind.PROGRAM))
    )
