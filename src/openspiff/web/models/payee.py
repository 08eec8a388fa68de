"""What is kept for a payee beside the books? Payout method, tax form, places at cut-off.

Rows are only ever added: triggers refuse everything else. The newest row is in force, the
ones before it are the history.
"""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models


class PayoutMethod(models.Model):
    """The account that a payee is paid to; its numbers are sealed, never in the clear.

    `number` counts a payee's methods from 1. `same_as` is equal for equal accounts, and
    tells nothing without the key; `key_mark` names the key that sealed the row.
    """

    payee_id = models.CharField(max_length=200)
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=4)
    country = models.CharField(max_length=2)
    holder = models.CharField(max_length=70)
    masked = models.CharField(max_length=20)
    sealed = models.TextField()
    nonce = models.CharField(max_length=24, unique=True)
    key_mark = models.CharField(max_length=16)
    same_as = models.CharField(max_length=64)
    set_at = models.BigIntegerField()
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        """One method a number: who comes second to it looks again."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["payee_id", "number"], name="payout_method_once"
            ),
            models.CheckConstraint(
                name="payout_method_kind_known",
                condition=models.Q(kind__in=["iban", "us"]),
            ),
            models.CheckConstraint(
                name="payout_method_sealed", condition=~models.Q(sealed="")
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["same_as"], name="payout_method_same")]

    def __str__(self) -> str:
        """Return whose method it is, with the last digits."""
        return f"{self.payee_id}: {self.masked}"


class TaxFormStep(models.Model):
    """What became of a payee's tax form: received, verified or sent back, and when."""

    STEPS: ClassVar = ["received", "verified", "rejected"]

    payee_id = models.CharField(max_length=200)
    number = models.PositiveIntegerField()
    form = models.CharField(max_length=40)
    step = models.CharField(max_length=10)
    step_on = models.DateField()
    note = models.CharField(max_length=300, blank=True)
    recorded_at = models.BigIntegerField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        """One step a number; a form that is sent back says why."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["payee_id", "number"], name="tax_form_step_once"
            ),
            models.CheckConstraint(
                name="tax_form_step_known",
                condition=models.Q(step__in=["received", "verified", "rejected"]),
            ),
            models.CheckConstraint(
                name="tax_form_rejected_with_reason",
                condition=~models.Q(step="rejected") | ~models.Q(note=""),
            ),
        ]

    def __str__(self) -> str:
        """Return whose form it is and how far it came."""
        return f"{self.payee_id}: {self.form} {self.step}"


class TaxRuleConfirmation(models.Model):
    """Who has confirmed the tax rules as they are set; another text asks again."""

    digest = models.CharField(max_length=64, unique=True)
    rules = models.JSONField()
    confirmed_at = models.BigIntegerField()
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    def __str__(self) -> str:
        """Return the beginning of the digest."""
        return self.digest[:12]


class LeaderboardSnapshot(models.Model):
    """The final places of a program: those of the books up to `last_sequence`."""

    program_id = models.CharField(max_length=200, unique=True)
    version = models.PositiveIntegerField()
    last_sequence = models.BigIntegerField()
    taken_at = models.BigIntegerField()
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    def __str__(self) -> str:
        """Return the program with the place in the books."""
        return f"{self.program_id} at {self.last_sequence}"


class LeaderboardPlace(models.Model):
    """One payee's final place."""

    snapshot = models.ForeignKey(
        LeaderboardSnapshot, on_delete=models.PROTECT, related_name="places"
    )
    place = models.PositiveIntegerField()
    payee_id = models.CharField(max_length=200)
    firm_id = models.CharField(max_length=200, blank=True)
    event_count = models.PositiveIntegerField()
    entitled_minor = models.BigIntegerField()
    reached = models.BigIntegerField()

    class Meta:
        """One place for each payee."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["snapshot", "payee_id"], name="leaderboard_place_once"
            )
        ]

    def __str__(self) -> str:
        """Return the place with the payee."""
        return f"{self.place}. {self.payee_id}"
