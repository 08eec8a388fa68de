"""Which machines come in, in whose name, and which of their calls were answered already?

Of a token only a digest is kept. What was answered under an idempotency key is a row that
nobody edits; a call that wrote nothing leaves none.
"""

from __future__ import annotations

import hashlib
from typing import ClassVar

from django.conf import settings
from django.db import models


def digest_of_secret(secret: str) -> str:
    """Return what is kept of a secret. It is chance, so no slow hash is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


class ApiToken(models.Model):
    """What a machine shows to act as its user: at most what the user may, and its scopes.

    `name` stands in the token before the secret, so that a row is found without it;
    `minute_at` and `call_count` count the calls of the minute that was the latest.
    """

    name = models.CharField(max_length=24, unique=True)
    secret_digest = models.CharField(max_length=64)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    label = models.CharField(max_length=100)
    scopes = models.JSONField()
    made_at = models.BigIntegerField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    expires_at = models.BigIntegerField()
    revoked_at = models.BigIntegerField(null=True)
    rotated_from = models.OneToOneField("self", on_delete=models.PROTECT, null=True)
    used_at = models.BigIntegerField(null=True)
    minute_at = models.BigIntegerField(default=0)
    call_count = models.PositiveIntegerField(default=0)

    class Meta:
        """A token ends, and says what it is for."""

        constraints: ClassVar = [
            models.CheckConstraint(
                name="api_token_ends",
                condition=models.Q(expires_at__gt=models.F("made_at")),
            ),
            models.CheckConstraint(
                name="api_token_has_label", condition=~models.Q(label="")
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["user", "id"], name="api_token_of_user")]

    def __str__(self) -> str:
        """Return what the token is for."""
        return self.label


class KeptAnswer(models.Model):
    """What a call with an idempotency key was answered; written with what it did.

    `is_kept` is for ever: where money moves. The others may go after thirty days.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    key = models.CharField(max_length=255)
    call = models.CharField(max_length=400)
    body_digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField()
    body = models.TextField()
    answered_at = models.BigIntegerField()
    is_kept = models.BooleanField()

    class Meta:
        """One answer a key of a user; old ones are found by their day."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "key"], name="kept_answer_once")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["answered_at"],
                condition=models.Q(is_kept=False),
                name="kept_answer_old",
            )
        ]

    def __str__(self) -> str:
        """Return the key."""
        return self.key
