"""Which sums of the transfers are kept beside them, so that no page has to add them up?

Nothing here is a fact of its own. All of it is made of the transfers, in the transaction
that books them, and can be made again at any time; `openspiff verify` compares the two.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

from django.db import connection, models


class KeptBooking(models.Model):
    """What one booking moved under one program: the sum of one kind at one moment.

    `through_sequence` is the last transfer of that booking: the highest of all says how far
    the kept sums reach. A side is the name of an account up to its colon.
    """

    through_sequence = models.BigIntegerField()
    program_id = models.TextField()
    currency = models.CharField(max_length=3)
    kind = models.CharField(max_length=10)
    debit_side = models.CharField(max_length=20)
    credit_side = models.CharField(max_length=20)
    effective_at = models.BigIntegerField()
    transfer_count = models.PositiveIntegerField()
    amount_minor = models.BigIntegerField()

    class Meta:
        """One sum of each kind and pair of sides for each moment and booking."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=[
                    *("through_sequence", "program_id", "currency"),
                    *("kind", "debit_side", "credit_side", "effective_at"),
                ],
                name="kept_booking_once",
            )
        ]

    def __str__(self) -> str:
        """Return what was moved under which program."""
        return f"{self.kind} {self.program_id} {self.amount_minor}"


class KeptPayee(models.Model):
    """What is booked for one payee in one currency, with the largest and the next event.

    `event_count` counts events that are worth something today; `top_minor` is the most that
    one of them is worth, `top_unpaid_minor` what of that is not paid, `next_minor` the next
    largest.
    """

    payee_id = models.TextField()
    currency = models.CharField(max_length=3)
    first_at = models.BigIntegerField()
    accrued_minor = models.BigIntegerField()
    reversed_minor = models.BigIntegerField()
    paid_minor = models.BigIntegerField()
    clawed_back_minor = models.BigIntegerField()
    balance_minor = models.BigIntegerField()
    event_count = models.PositiveIntegerField()
    top_minor = models.BigIntegerField()
    top_unpaid_minor = models.BigIntegerField()
    next_minor = models.BigIntegerField()
    top_program_id = models.TextField(blank=True)
    top_source = models.TextField(blank=True)
    top_event_id = models.TextField(blank=True)

    class Meta:
        """One row for each payee and currency."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["payee_id", "currency"], name="kept_payee_once")
        ]

    def __str__(self) -> str:
        """Return whose balance it is."""
        return f"{self.payee_id} {self.balance_minor} {self.currency}"


class KeptOwed(models.Model):
    """What one payee is owed under one version for what was booked at one moment."""

    payee_id = models.TextField()
    program_id = models.TextField()
    version = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    accrued_at = models.BigIntegerField()
    event_count = models.PositiveIntegerField()
    amount_minor = models.BigIntegerField()

    class Meta:
        """One row for each payee, version and moment; more than nothing."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["payee_id", "program_id", "version", "currency", "accrued_at"],
                name="kept_owed_once",
            ),
            models.CheckConstraint(
                name="kept_owed_above_zero", condition=models.Q(amount_minor__gt=0)
            ),
        ]

    def __str__(self) -> str:
        """Return who is owed what."""
        return f"{self.payee_id} {self.program_id} {self.amount_minor}"


class KeptTwice(models.Model):
    """Events of one payee and program that look like one event written in several ways."""

    payee_id = models.TextField()
    program_id = models.TextField()
    currency = models.CharField(max_length=3)
    same_id = models.TextField()
    source = models.TextField()
    event_id = models.TextField()
    event_count = models.PositiveIntegerField()
    amount_minor = models.BigIntegerField()

    class Meta:
        """One row for each of them."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["payee_id", "program_id", "currency", "same_id"],
                name="kept_twice_once",
            )
        ]

    def __str__(self) -> str:
        """Return which event, and how many times."""
        return f"{self.payee_id} {self.event_id} {self.event_count}"


_REACH = """
    select coalesce((select max(through_sequence) from web_keptbooking), 0),
      coalesce((select max(sequence) from web_transfer), 0)
"""


KEPT_MODELS: Final[dict[str, Any]] = {
    "kept_bookings": KeptBooking,
    "kept_payees": KeptPayee,
    "kept_owed": KeptOwed,
    "kept_twice": KeptTwice,
}
"""Where each table of KEPT_COLUMNS is kept."""


def sums_reach() -> tuple[int, int]:
    """Return up to which transfer the sums are kept, and the number of the last one."""
    with connection.cursor() as cursor:
        cursor.execute(_REACH)
        kept, last = cursor.fetchone()
    return int(kept), int(last)
