"""Who is added, what may they do, who signs in?"""

from __future__ import annotations

from typing import ClassVar, Final

import attrs
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest

from openspiff.errors import OpenSpiffError, Problem
from openspiff.web.access import NotAllowedError, Viewer, require_act
from openspiff.web.models import Role, SignInFailure, User

from ._audit import record_change
from ._conflict import ConflictError

OPERATOR: Final = "operator"
"""The administrator in whose name the command line acts; nobody can sign in as it."""

_QUARTER_HOUR: Final = 15 * 60 * 1_000_000
_TRIES_OF_ONE_NAME: Final = 10
_TRIES_OF_ONE_ADDRESS: Final = 100
_DEMO_NAMES: Final = (
    ("payee", Role.PAYEE, "Demo payee"),
    ("manager", Role.MANAGER, "Demo manager"),
    ("finance", Role.FINANCE, "Demo finance"),
)


class UserError(OpenSpiffError):
    """A user that cannot be added or changed like this."""

    code: ClassVar[str] = "user"


class SignInRefusedError(OpenSpiffError):
    """A name and password that do not fit; it never says which of them."""

    code: ClassVar[str] = "sign_in"


class TooManyTriesError(OpenSpiffError):
    """Too many refused sign-ins from one place; `retry_seconds` says when to come back."""

    code: ClassVar[str] = "too_many_tries"
    retry_seconds: Final = 15 * 60


@attrs.frozen(kw_only=True)
class NewUser:
    """Somebody to add; payees and firm owners name the payee or firm they see."""

    username: str
    role: str
    password: str | None = None
    name: str = ""
    payee_id: str = ""
    firm_id: str = ""


@transaction.atomic
def ensure_operator(*, at: int) -> User:
    """Return the operator, added at the first call; the command line acts as this user."""
    found = User.objects.filter(username=OPERATOR).first()
    if found is not None:
        return found
    new = NewUser(username=OPERATOR, role=Role.ADMINISTRATOR, name="Command line")
    return _add(new, acting_user=None, at=at)


@transaction.atomic
def add_user(*, user: NewUser, acting_user: Viewer, at: int) -> User:
    """Add somebody who can sign in; without a password they cannot yet.

    Raises NotAllowedError, and UserError with every problem at once.
    """
    require_act(acting_user, "add_user")
    return _add(user, acting_user=acting_user, at=at)


@transaction.atomic
def set_role(*, user: User, role: str, acting_user: Viewer, at: int) -> None:
    """Give `user` another role; nobody changes their own.

    Raises NotAllowedError, UserError for an unknown role and ConflictError when the role is
    no longer the one that `user` was read with.
    """
    require_act(acting_user, "set_role")
    if user.pk == acting_user.pk:
        raise NotAllowedError("nobody changes their own role")
    problems = _problems(attrs.evolve(_as_new(user), role=role))
    if problems:
        raise UserError("the role cannot be changed", problems)
    changed = User.objects.filter(pk=user.pk, role=user.role).update(role=role)
    if changed != 1:
        message = f"the role of {user} was changed meanwhile: look again"
        raise ConflictError(message)
    record_change(
        acting_user=acting_user,
        at=at,
        action="set_role",
        of=("user", user.username),
        change=({"role": user.role}, {"role": role}),
    )
    user.role = role


@transaction.atomic
def demo_users(
    *, payee_id: str, passwords: dict[str, str], acting_user: Viewer, at: int
) -> list[User]:
    """Add the three demo people (payee, manager, finance) or give them new passwords.

    `passwords` goes by username; `payee_id` is whose statement the demo payee sees.
    """
    require_act(acting_user, "add_user")
    people = []
    for username, role, name in _DEMO_NAMES:
        new = NewUser(
            username=username,
            role=role,
            password=passwords[username],
            name=name,
            payee_id=payee_id if role == Role.PAYEE else "",
        )
        found = User.objects.filter(username=username, role=role).first()
        if found is None:
            people.append(_add(new, acting_user=acting_user, at=at))
            continue
        before = {"payee_id": found.payee_id}
        found.password = make_password(new.password)
        found.payee_id = new.payee_id
        found.save(update_fields=["password", "payee_id"])
        record_change(
            acting_user=acting_user,
            at=at,
            action="set_password",
            of=("user", username),
            change=(before, {"payee_id": new.payee_id}),
        )
        people.append(found)
    return people


def sign_in(
    *, request: HttpRequest, username: str, password: str, address: str, at: int
) -> User:
    """Return the user whose name and password fit, and put the sign-in on record.

    Guessing is slowed down by counting refusals of the last quarter of an hour, by name
    and address together and by address alone, so that the owner of a name can still enter
    from elsewhere. Raises TooManyTriesError or SignInRefusedError.
    """
    found = _authenticated(request, username, password, address=address, at=at)
    record_change(
        acting_user=found,
        at=at,
        action="sign_in",
        of=("user", found.username),
        change=(None, {"address": address}),
    )
    return found


def confirm_password(
    *, user: Viewer, request: HttpRequest, password: str, address: str, at: int
) -> None:
    """Check the password of somebody who is signed in, as strictly as a sign-in.

    Raises TooManyTriesError or SignInRefusedError.
    """
    _authenticated(request, user.username, password, address=address, at=at)


def _authenticated(
    request: HttpRequest, username: str, password: str, *, address: str, at: int
) -> User:
    recent = SignInFailure.objects.filter(address=address, failed_at__gt=at - _QUARTER_HOUR)
    if (
        recent.count() >= _TRIES_OF_ONE_ADDRESS
        or recent.filter(username=username).count() >= _TRIES_OF_ONE_NAME
    ):
        raise TooManyTriesError("too many tries: wait a quarter of an hour")
    # Hashes the password for unknown names too, so both refusals take the same time.
    found = authenticate(request, username=username, password=password)
    if not isinstance(found, User):
        SignInFailure.objects.create(username=username, address=address, failed_at=at)
        raise SignInRefusedError("this name and password do not fit")
    return found


def _add(new: NewUser, *, acting_user: Viewer | None, at: int) -> User:
    problems = _problems(new)
    if User.objects.filter(username=new.username).exists():
        problems.append(Problem("username", f"{new.username} is taken", "choose another"))
    if problems:
        raise UserError("the user cannot be added", problems)
    user = User.objects.create(
        username=new.username,
        password=make_password(new.password),
        name=new.name,
        role=new.role,
        payee_id=new.payee_id,
        firm_id=new.firm_id,
        created_at=at,
    )
    seen = {"role": new.role, "payee_id": new.payee_id, "firm_id": new.firm_id}
    record_change(
        acting_user=acting_user,
        at=at,
        action="add_user",
        of=("user", new.username),
        change=(None, seen),
    )
    return user


def _as_new(user: User) -> NewUser:
    return NewUser(
        username=user.username,
        role=user.role,
        payee_id=user.payee_id,
        firm_id=user.firm_id,
    )


def _problems(new: NewUser) -> list[Problem]:
    problems = []
    if not new.username.strip() or "\0" in new.username:
        problems.append(Problem("username", "expected a name to sign in with"))
    if new.role not in Role.values:
        remedy = f"one of {', '.join(Role.values)}"
        problems.append(Problem("role", f"{new.role!r} is no role", remedy))
    if new.role == Role.PAYEE and not new.payee_id:
        problems.append(Problem("payee_id", "a payee's user names the payee"))
    if new.role == Role.FIRM_OWNER and not new.firm_id:
        problems.append(Problem("firm_id", "a firm owner's user names the firm"))
    if new.password is not None:
        try:
            validate_password(new.password)
        except ValidationError as error:
            problems += [Problem("password", message) for message in error.messages]
    return problems
