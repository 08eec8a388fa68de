"""What is on the books? Transfers, and the runs and payout batches that booked them.

Rows are only ever added: triggers refuse everything else. A transfer names its run or its
batch by its id without a foreign key, which would double the time of booking a million of
them; the one action that adds transfers adds the run in the same transaction.
"""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Length
from django.db.models.lookups import Exact


class Transfer(models.Model):
    """Money moved once: one debit account, one credit account, one positive amount."""

    KINDS: ClassVar = ["accrual", "reversal", "payout", "clawback"]

    sequence = models.BigAutoField(primary_key=True)
    transfer_key = models.TextField()
    kind = models.CharField(max_length=10)
    debit_account = models.TextField()
    credit_account = models.TextField()
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    program_id = models.CharField(max_length=200)
    version = models.PositiveIntegerField()
    source = models.TextField()
    event_id = models.TextField()
    payee_id = models.TextField()
    firm_id = models.TextField(blank=True)
    number = models.PositiveIntegerField()
    run_id = models.CharField(max_length=40)
    effective_at = models.BigIntegerField()
    recorded_at = models.BigIntegerField()
    reason = models.TextField()
    corrects = models.TextField(blank=True)

    class Meta:
        """The laws that a single row can keep; a payee's transfers are read together."""

        constraints: ClassVar = [
            # Not `unique=True`, which would add a second index for LIKE on PostgreSQL.
            models.UniqueConstraint(fields=["transfer_key"], name="transfer_once"),
            models.CheckConstraint(
                name="transfer_above_zero", condition=models.Q(amount_minor__gt=0)
            ),
            models.CheckConstraint(
                name="transfer_two_accounts",
                condition=~models.Q(debit_account=models.F("credit_account")),
            ),
            models.CheckConstraint(
                name="transfer_kind_known",
                condition=models.Q(kind__in=["accrual", "reversal", "payout", "clawback"]),
            ),
            models.CheckConstraint(
                name="transfer_currency_code", condition=Exact(Length("currency"), 3)
            ),
            models.CheckConstraint(
                name="transfer_correction_named",
                condition=models.Q(kind__in=["accrual", "payout"], corrects="")
                | (
                    models.Q(kind__in=["reversal", "clawback"])
                    & ~models.Q(corrects="")
                    & ~models.Q(reason="")
                ),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["payee_id"], name="transfer_payee")]

    def __str__(self) -> str:
        """Return the kind with the key."""
        return f"{self.kind} {self.transfer_key}"


class Run(models.Model):
    """One evaluation whose differences were booked: of what, on which books, by whom."""

    run_id = models.CharField(max_length=40)
    versions = models.JSONField()
    feed_digest = models.CharField(max_length=64, blank=True)
    counts = models.JSONField(default=dict)
    effective_at = models.BigIntegerField()
    recorded_at = models.BigIntegerField()
    after_sequence = models.BigIntegerField()
    last_sequence = models.BigIntegerField()
    totals = models.JSONField()
    booked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        """A run begins where the books ended.

        The same question to the same books may find nothing to book once and something
        later, when who is held out or a draw has changed in between.
        """

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run_id", "last_sequence"], name="run_once"),
            models.CheckConstraint(
                name="run_goes_on",
                condition=models.Q(last_sequence__gte=models.F("after_sequence")),
            ),
        ]

    def __str__(self) -> str:
        """Return the name of the run."""
        return self.run_id


class PayoutBatch(models.Model):
    """What was paid at once, and by whom."""

    run_id = models.CharField(max_length=40, unique=True)
    payee_count = models.PositiveIntegerField()
    effective_at = models.BigIntegerField()
    recorded_at = models.BigIntegerField()
    after_sequence = models.BigIntegerField()
    last_sequence = models.BigIntegerField()
    totals = models.JSONField()
    paid_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        """A batch holds at least one payout."""

        constraints: ClassVar = [
            models.CheckConstraint(
                name="payout_batch_not_empty",
                condition=models.Q(last_sequence__gt=models.F("after_sequence")),
            )
        ]

    def __str__(self) -> str:
        """Return the name of the batch."""
        return self.run_id
