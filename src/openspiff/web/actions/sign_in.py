"""Who comes in? Those whose name and password fit, and who show a second factor if any."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth import authenticate
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest

from openspiff.errors import OpenSpiffError, Problem
from openspiff.web.access import Viewer, require_act
from openspiff.web.models import AuditRow, Door, User

from ._audit import record_change
from .conflict import ConflictError
from .notices import notify
from .sessions import drop_expired_sessions, drop_sessions
from .tries import Visitor, note_refusal, refuse_guessing


class SignInRefusedError(OpenSpiffError):
    """What was shown does not fit; it never says which part of it."""

    code: ClassVar[str] = "sign_in"


class PasswordError(OpenSpiffError):
    """A new password that is too weak, or an old one that does not fit."""

    code: ClassVar[str] = "password"


def password_fits(
    *, request: HttpRequest, username: str, password: str, visitor: Visitor, at: int
) -> User:
    """Return the active user whose name and password fit.

    Guessing is slowed down (`tries`). Raises TooManyTriesError or SignInRefusedError.
    """
    return _authenticated(
        request, username, password, door=Door.SIGN_IN, visitor=visitor, at=at
    )


def confirm_password(
    *, request: HttpRequest, user: Viewer, password: str, visitor: Visitor, at: int
) -> None:
    """Check the password of somebody who is signed in, as strictly as a sign-in.

    Raises TooManyTriesError or SignInRefusedError.
    """
    _authenticated(
        request, user.username, password, door=Door.CONFIRMATION, visitor=visitor, at=at
    )


@transaction.atomic
def record_sign_in(*, user: User, way: str, visitor: Visitor, at: int) -> None:
    """Put on record that `user` came in, by which way and from where."""
    drop_expired_sessions(at=at)
    before = AuditRow.objects.filter(
        object_kind="user", object_id=user.username, action="sign_in"
    )
    is_known = before.filter(after__browser=visitor.browser).exists()
    if not is_known and before.exists():
        notify(kind="new_sign_in", users=[user], key=str(at), facts={}, at=at)
    record_change(
        acting_user=user,
        at=at,
        action="sign_in",
        of=("user", user.username),
        change=(
            None,
            {"address": visitor.address, "browser": visitor.browser, "way": way},
        ),
    )


def change_password(
    *,
    acting_user: Viewer,
    old: str,
    new: str,
    kept_session: str,
    visitor: Visitor,
    at: int,
) -> User:
    """Give oneself a new password; every other session of oneself ends.

    `kept_session` is the key of the session that goes on. Whoever has none yet gives no old
    one: the door lets them in only confirmed. A wrong old one counts as a refused
    confirmation. Raises PasswordError with every problem, TooManyTriesError, and
    ConflictError when the password was changed meanwhile.
    """
    require_act(acting_user, "change_own_entry")
    door, name = Door.CONFIRMATION, acting_user.username
    refuse_guessing(door=door, username=name, visitor=visitor, at=at)
    problems = password_problems(new, user=acting_user)
    if acting_user.has_usable_password() and not check_password(old, acting_user.password):
        note_refusal(door=door, username=name, visitor=visitor, at=at)
        problems.insert(0, Problem("old", "this is not the password of now"))
    if problems:
        raise PasswordError("the password was not changed", problems)
    return _store_password(acting_user, new, kept_session=kept_session, at=at)


@transaction.atomic
def _store_password(acting_user: Viewer, new: str, *, kept_session: str, at: int) -> User:
    hashed = make_password(new)
    found = User.objects.filter(pk=acting_user.pk, password=acting_user.password)
    if found.update(password=hashed) != 1:
        raise ConflictError("the password was changed meanwhile: sign in again")
    drop_sessions(user=acting_user, but=kept_session)
    record_change(
        acting_user=acting_user,
        at=at,
        action="change_password",
        of=("user", acting_user.username),
        change=(None, None),
    )
    acting_user.password = hashed
    return acting_user


def password_problems(new: str, *, user: User | None = None) -> list[Problem]:
    """Return what speaks against a new password."""
    try:
        validate_password(new, user)
    except ValidationError as error:
        return [Problem("password", message) for message in error.messages]
    return []


def _authenticated(
    request: HttpRequest,
    username: str,
    password: str,
    *,
    door: Door,
    visitor: Visitor,
    at: int,
) -> User:
    refuse_guessing(door=door, username=username, visitor=visitor, at=at)
    # Hashes the password for unknown names too, so both refusals take the same time.
    found = authenticate(request, username=username, password=password)
    if not isinstance(found, User):
        note_refusal(door=door, username=username, visitor=visitor, at=at)
        raise SignInRefusedError("this name and password do not fit")
    return found
