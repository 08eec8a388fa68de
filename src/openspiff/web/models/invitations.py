"""Who was asked to come in, and by which link? The link itself is kept by nobody."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from .people import Role


class InvitationState(models.TextChoices):
    """What became of an invitation; whether its time is up is told by `expires_at`."""

    OPEN = "open", "Open"
    ACCEPTED = "accepted", "Accepted"
    REVOKED = "revoked", "Revoked"


class Invitation(models.Model):
    """A link by which one person comes in once: to join, or with a new password.

    Only a digest of the link's token is stored, so whoever reads the database cannot come
    in by it. `user` is empty until somebody joined; a link for a new password names the
    user from the start.
    """

    token_digest = models.CharField(max_length=64, unique=True)
    is_for_password = models.BooleanField(default=False)
    role = models.CharField(max_length=20, choices=Role.choices)
    payee_id = models.CharField(max_length=200, blank=True)
    firm_id = models.CharField(max_length=200, blank=True)
    name = models.CharField(max_length=200, blank=True)
    email = models.EmailField(blank=True)
    state = models.CharField(
        max_length=10, choices=InvitationState.choices, default=InvitationState.OPEN
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    invited_at = models.BigIntegerField()
    expires_at = models.BigIntegerField()

    class Meta:
        """States and roles are known; whoever joined by it is named."""

        constraints: ClassVar = [
            models.CheckConstraint(
                name="invitation_state_known",
                condition=models.Q(state__in=InvitationState.values),
            ),
            models.CheckConstraint(
                name="invitation_role_known", condition=models.Q(role__in=Role.values)
            ),
            models.CheckConstraint(
                name="invitation_user_named",
                condition=models.Q(state=InvitationState.OPEN)
                | models.Q(state=InvitationState.REVOKED)
                | models.Q(user__isnull=False),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["state", "firm_id"], name="invitation_open_of_firm")
        ]

    def __str__(self) -> str:
        """Return who was invited as what."""
        return f"{self.name or self.email or self.payee_id or 'somebody'} as {self.role}"
