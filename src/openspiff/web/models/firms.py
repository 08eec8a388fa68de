"""Did a firm agree that its people are paid? Every consent and withdrawal, a row each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

from django.conf import settings
from django.db import models

CONSENT_TEXTS: Final[Mapping[str, str]] = {
    "2026-11": (
        "Our firm knows that the vendor pays individual people of our firm for what they"
        " sell, under the terms of each program. We agree that these payments go to them"
        " directly. We tell our people that they must declare what they receive, and we may"
        " withdraw this consent at any time; what was earned until then stays theirs."
    )
}
"""Every wording that was ever agreed to, by its version; a new wording is a new version."""

CONSENT_VERSION: Final = "2026-11"


class FirmConsent(models.Model):
    """One consent of a firm, or its withdrawal; the last row of a firm holds.

    `number` counts the rows of a firm, so that two at the same moment cannot both be the
    next one.
    """

    firm_id = models.CharField(max_length=200)
    number = models.PositiveIntegerField()
    is_given = models.BooleanField()
    is_on_paper = models.BooleanField(default=False)
    text_version = models.CharField(max_length=20)
    name_typed = models.CharField(max_length=200)
    given_on = models.DateField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    recorded_at = models.BigIntegerField()

    class Meta:
        """Numbered without doubles, and with a name."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["firm_id", "number"], name="firm_consent_once"),
            models.CheckConstraint(
                name="firm_consent_named", condition=~models.Q(name_typed="")
            ),
        ]

    def __str__(self) -> str:
        """Return which firm said what."""
        return f"{self.firm_id}: {'given' if self.is_given else 'withdrawn'}"
