"""Who signs in? Users, each with one role; a payee's user names the payee it sees."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import connection, models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What a user may do; `web.access` says what each role means."""

    PAYEE = "payee", _("Payee")
    FIRM_OWNER = "firm_owner", _("Firm owner")
    MANAGER = "manager", _("Manager")
    FINANCE = "finance", _("Finance")
    ANALYST = "analyst", _("Analyst")
    ADMINISTRATOR = "administrator", _("Administrator")


class User(AbstractBaseUser):
    """Somebody who logs in; not the same as a payee, who is paid."""

    username = models.CharField(max_length=150, unique=True)
    name = models.CharField(max_length=200, blank=True)
    email = models.EmailField(blank=True)
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
            # Whoever comes from a sign-in provider is known by the address alone.
            models.UniqueConstraint(
                Lower("email"), name="user_email_once", condition=~models.Q(email="")
            ),
        ]

    def __str__(self) -> str:
        """Return the name to show, else the name to sign in with."""
        return self.name or self.username


@functools.cache
def user_columns(alias: str) -> str:
    """Return the columns that `user_of_row` reads, of a table that goes by `alias`."""
    return ", ".join(f"{alias}.{one.column}" for one in _read_fields())


def user_of_row(values: Sequence[Any]) -> User:
    """Return the user of a row that was read together with something else."""
    user = User.from_db(connection.alias, _read_names(), values)
    user.is_active = bool(user.is_active)  # SQLite counts it
    return user


@functools.cache
def _read_names() -> list[str]:
    return [one.attname for one in _read_fields()]


def _read_fields() -> list[Any]:
    # When somebody last came in is of no use here, and no two databases write it alike.
    return [one for one in User._meta.concrete_fields if one.name != "last_login"]  # noqa: SLF001


class Door(models.TextChoices):
    """Where somebody can guess: each door counts its own refusals."""

    SIGN_IN = "sign_in", "Sign-in"
    SECOND_FACTOR = "second_factor", "Second factor"
    CONFIRMATION = "confirmation", "Confirmation"
    INVITATION = "invitation", "Invitation"


class SignInFailure(models.Model):
    """One refusal at a door: enough to slow guessing down, never what was guessed."""

    door = models.CharField(max_length=20, choices=Door.choices, default=Door.SIGN_IN)
    username = models.CharField(max_length=150)
    address = models.CharField(max_length=64)
    failed_at = models.BigIntegerField()

    class Meta:
        """Asked by address and moment, and by name and moment, at every try."""

        indexes: ClassVar = [
            models.Index(fields=["address", "failed_at"], name="sign_in_failure_recent"),
            models.Index(fields=["username", "failed_at"], name="sign_in_failure_of_name"),
        ]

    def __str__(self) -> str:
        """Return whose sign-in was refused, and from where."""
        return f"{self.username} from {self.address}"
