"""Who signs in? Users, each with one role; a payee's user names the payee it sees."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


class Role(models.TextChoices):
    """What a user may do; `web.access` says what each role means."""

    PAYEE = "payee", "Payee"
    FIRM_OWNER = "firm_owner", "Firm owner"
    MANAGER = "manager", "Manager"
    FINANCE = "finance", "Finance"
    ANALYST = "analyst", "Analyst"
    ADMINISTRATOR = "administrator", "Administrator"


class User(AbstractBaseUser):
    """Somebody who logs in; not the same as a payee, who is paid."""

    username = models.CharField(max_length=150, unique=True)
    name = models.CharField(max_length=200, blank=True)
    role = models.CharField(max_length=20, choices=Role.choices)
    payee_id = models.CharField(max_length=200, blank=True)
    firm_id = models.CharField(max_length=200, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.BigIntegerField()

    objects = BaseUserManager()

    USERNAME_FIELD = "username"

    class Meta:
        """Roles are known, and those who see one payee or one firm say which."""

        constraints: ClassVar = [
            models.CheckConstraint(
                name="user_role_known", condition=models.Q(role__in=Role.values)
            ),
            models.CheckConstraint(
                name="user_payee_named",
                condition=~models.Q(role=Role.PAYEE) | ~models.Q(payee_id=""),
            ),
            models.CheckConstraint(
                name="user_firm_named",
                condition=~models.Q(role=Role.FIRM_OWNER) | ~models.Q(firm_id=""),
            ),
        ]

    def __str__(self) -> str:
        """Return the name to show, else the name to sign in with."""
        return self.name or self.username


class SignInFailure(models.Model):
    """One refused sign-in: enough to slow guessing down, never the password."""

    username = models.CharField(max_length=150)
    address = models.CharField(max_length=64)
    failed_at = models.BigIntegerField()

    class Meta:
        """Asked by address and moment at every sign-in."""

        indexes: ClassVar = [
            models.Index(fields=["address", "failed_at"], name="sign_in_failure_recent")
        ]

    def __str__(self) -> str:
        """Return whose sign-in was refused, and from where."""
        return f"{self.username} from {self.address}"
