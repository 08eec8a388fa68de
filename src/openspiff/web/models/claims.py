"""Who says that something happened, with what evidence, and what became of it?

Claims and disputes change their state; every change is a step that nobody edits, and what
a claim said at each sending stands in its step.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_noop as _

CLAIM_SOURCE: Final = "claims"
"""The source under which approved claims stand in the feed."""


class ClaimState(models.TextChoices):
    """A claim is sent, then decided; a decision that is undone makes it wait again."""

    SENT = "sent", _("Sent")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")
    UNDONE = "undone", _("Decision undone")


class Claim(models.Model):
    """A payee's word that something happened, as it was last sent."""

    WAITING: ClassVar = [ClaimState.SENT, ClaimState.UNDONE]
    FACTS: ClassVar = [
        *("kind", "found_source", "found_event_id", "subject_id", "occurred_at"),
        *("customer", "product_id", "revenue_type", "quantity", "amount_minor"),
        *("margin_minor", "mrr_minor", "term_months", "is_government", "currency", "note"),
    ]

    token = models.CharField(max_length=64)
    program_id = models.CharField(max_length=200)
    payee_id = models.CharField(max_length=200)
    firm_id = models.CharField(max_length=200, blank=True)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(max_length=10, choices=ClaimState.choices)
    revision = models.PositiveIntegerField(default=1)
    sent_at = models.BigIntegerField()
    # When it counts as reported: `sent_at`, but for a demo that shows another day.
    reported_at = models.BigIntegerField()
    kind = models.CharField(max_length=40)
    found_source = models.TextField(blank=True)
    found_event_id = models.TextField(blank=True)
    # The deal behind it, where one is named: what makes it one with what others tell.
    subject_id = models.TextField(blank=True)
    occurred_at = models.BigIntegerField()
    customer = models.CharField(max_length=300)
    customer_key = models.CharField(max_length=300)
    product_id = models.CharField(max_length=300, blank=True)
    revenue_type = models.CharField(max_length=100, blank=True)
    quantity = models.BigIntegerField(default=1)
    amount_minor = models.BigIntegerField(default=0)
    margin_minor = models.BigIntegerField(null=True)
    mrr_minor = models.BigIntegerField(null=True)
    term_months = models.BigIntegerField(null=True)
    is_government = models.BooleanField(default=False)
    currency = models.CharField(max_length=3)
    note = models.TextField(blank=True)

    class Meta:
        """A form sent twice is one claim; a deal that is approved once is approved."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["sent_by", "token"], name="claim_sent_once"),
            models.UniqueConstraint(
                fields=["kind", "subject_id"],
                condition=models.Q(state="approved") & ~models.Q(subject_id=""),
                name="claim_deal_approved_once",
            ),
            models.CheckConstraint(
                name="claim_state_known", condition=models.Q(state__in=ClaimState.values)
            ),
            models.CheckConstraint(
                name="claim_amounts",
                condition=models.Q(amount_minor__gte=0, quantity__gte=1),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["payee_id"], name="claim_payee"),
            models.Index(fields=["firm_id"], name="claim_firm"),
            models.Index(fields=["state", "sent_at"], name="claim_state"),
            models.Index(fields=["customer_key"], name="claim_customer"),
            models.Index(fields=["subject_id"], name="claim_subject"),
        ]

    def __str__(self) -> str:
        """Return the name of the claim, and of its event in the feed."""
        return f"C-{self.pk}"

    @property
    def is_waiting(self) -> bool:
        """Tell whether somebody is to decide it."""
        return self.state in self.WAITING

    def facts(self) -> dict[str, Any]:
        """Return what the claim says, for its steps."""
        return {name: getattr(self, name) for name in self.FACTS}

    def told(self, status: str, *, at: int) -> dict[str, Any]:
        """Return the claim as a row of the feed.

        It counts as recorded when it was sent, for that is when the payee reported it;
        taken back it counts from `at`.
        """
        return {
            "event_id": str(self),
            "subject_id": self.subject_id or str(self),
            "kind": self.kind,
            "status": status,
            "occurred_at": self.occurred_at,
            "recorded_at": self.reported_at if status == "done" else at,
            "payee_id": self.payee_id,
            "firm_id": self.firm_id,
            "customer_id": self.customer,
            "is_government": self.is_government,
            "product_id": self.product_id,
            "revenue_type": self.revenue_type,
            "quantity": self.quantity,
            "amount_minor": self.amount_minor,
            "margin_minor": self.margin_minor,
            "mrr_minor": self.mrr_minor,
            "term_months": self.term_months,
            "currency": self.currency,
        }


class ClaimStep(models.Model):
    """One change of a claim's state: by whom, when, why, and what the claim then said."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="steps")
    revision = models.PositiveIntegerField()
    from_state = models.CharField(max_length=10, blank=True)
    to_state = models.CharField(max_length=10)
    acted_at = models.BigIntegerField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(blank=True)
    facts = models.JSONField(null=True)
    batch_no = models.PositiveBigIntegerField(null=True)

    def __str__(self) -> str:
        """Return the change."""
        return f"{self.claim_id}: {self.from_state or 'new'} -> {self.to_state}"


class DisputeState(models.TextChoices):
    """A dispute is open until somebody answers it."""

    OPEN = "open", "Open"
    UPHELD = "upheld", "Upheld"
    DECLINED = "declined", "Declined"


class Dispute(models.Model):
    """A payee's objection to what one of their events paid, or did not."""

    token = models.CharField(max_length=64)
    payee_id = models.CharField(max_length=200)
    firm_id = models.CharField(max_length=200, blank=True)
    source = models.TextField(blank=True)
    event_id = models.TextField()
    reason = models.TextField()
    raised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    raised_at = models.BigIntegerField()
    due_at = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=DisputeState.choices)

    class Meta:
        """An event of a payee is disputed once at a time."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["raised_by", "token"], name="dispute_raised_once"
            ),
            models.UniqueConstraint(
                fields=["source", "event_id", "payee_id"],
                condition=models.Q(state="open"),
                name="dispute_open_once",
            ),
            models.CheckConstraint(
                name="dispute_state_known",
                condition=models.Q(state__in=DisputeState.values),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["payee_id"], name="dispute_payee"),
            models.Index(fields=["state", "due_at"], name="dispute_due"),
        ]

    def __str__(self) -> str:
        """Return the name of the dispute."""
        return f"P-{self.pk}"


class DisputeStep(models.Model):
    """One change of a dispute's state, with the sentence that goes with it."""

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="steps")
    from_state = models.CharField(max_length=10, blank=True)
    to_state = models.CharField(max_length=10)
    acted_at = models.BigIntegerField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    sentence = models.TextField()

    def __str__(self) -> str:
        """Return the change."""
        return f"{self.dispute_id}: {self.from_state or 'new'} -> {self.to_state}"


class Evidence(models.Model):
    """One file that goes with a sending of a claim, or with a dispute."""

    claim = models.ForeignKey(
        Claim, on_delete=models.PROTECT, null=True, related_name="evidence"
    )
    revision = models.PositiveIntegerField(default=1)
    dispute = models.ForeignKey(
        Dispute, on_delete=models.PROTECT, null=True, related_name="evidence"
    )
    file_name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64, db_index=True)
    size_bytes = models.PositiveBigIntegerField()
    media_type = models.CharField(max_length=100)

    class Meta:
        """It belongs to one thing."""

        constraints: ClassVar = [
            models.CheckConstraint(
                name="evidence_of_one",
                condition=models.Q(claim__isnull=True, dispute__isnull=False)
                | models.Q(claim__isnull=False, dispute__isnull=True),
            )
        ]

    def __str__(self) -> str:
        """Return the name of the file."""
        return self.file_name
