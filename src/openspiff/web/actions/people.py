"""Who is added, what may they do, and until when?"""

from __future__ import annotations

from typing import ClassVar, Final

import attrs
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from openspiff.errors import OpenSpiffError, Problem
from openspiff.web.access import NotAllowedError, Viewer, require_act
from openspiff.web.models import Role, User

from ._audit import record_change
from .conflict import ConflictError
from .sessions import drop_sessions
from .sign_in import password_problems

OPERATOR: Final = "operator"
"""The administrator in whose name the command line acts; nobody can sign in as it."""

_DEMO_NAMES: Final = (
    ("payee", Role.PAYEE, "Demo payee"),
    ("owner", Role.FIRM_OWNER, "Demo owner"),
    ("manager", Role.MANAGER, "Demo manager"),
    ("finance", Role.FINANCE, "Demo finance"),
    ("checker", Role.FINANCE, "Demo checker"),
    ("analyst", Role.ANALYST, "Demo analyst"),
    ("admin", Role.ADMINISTRATOR, "Demo administrator"),
)


class UserError(OpenSpiffError):
    """A user that cannot be added or changed like this."""

    code: ClassVar[str] = "user"


@attrs.frozen(kw_only=True)
class NewUser:
    """Somebody to add; payees and firm owners name the payee or firm they see."""

    username: str
    role: str
    password: str | None = None
    name: str = ""
    payee_id: str = ""
    firm_id: str = ""
    email: str = ""


@transaction.atomic
def ensure_operator(*, at: int) -> User:
    """Return the operator, added at the first call; the command line acts as this user."""
    found = User.objects.filter(username=OPERATOR).first()
    if found is not None:
        return found
    new = NewUser(username=OPERATOR, role=Role.ADMINISTRATOR, name="Command line")
    return store_user(new, acting_user=None, at=at)


@transaction.atomic
def add_user(*, user: NewUser, acting_user: Viewer, at: int) -> User:
    """Add somebody who can sign in; without a password they cannot yet.

    Raises NotAllowedError, and UserError with every problem at once.
    """
    require_act(acting_user, "add_user")
    return store_user(user, acting_user=acting_user, at=at)


@transaction.atomic
def set_role(
    *,
    user: User,
    role: str,
    acting_user: Viewer,
    at: int,
    payee_id: str | None = None,
    firm_id: str | None = None,
) -> None:
    """Give `user` another role; nobody changes their own.

    `payee_id` and `firm_id` say whom or what the new role sees; None keeps them. Raises
    NotAllowedError, UserError for what no role can be or when nobody would be left to
    administer, and ConflictError when `user` is no longer what it was read as.
    """
    require_act(acting_user, "set_role")
    if user.pk == acting_user.pk:
        raise NotAllowedError("nobody changes their own role")
    new = attrs.evolve(
        _as_new(user),
        role=role,
        payee_id=user.payee_id if payee_id is None else payee_id,
        firm_id=user.firm_id if firm_id is None else firm_id,
    )
    problems = _problems(new)
    if problems:
        raise UserError("the role cannot be changed", problems)
    if role != Role.ADMINISTRATOR:
        _refuse_last_administrator(user)
    before, after = _seen(_as_new(user)), _seen(new)
    if User.objects.filter(pk=user.pk, **before).update(**after) != 1:
        message = f"the role of {user} was changed meanwhile: look again"
        raise ConflictError(message)
    changed = [name for name in after if before[name] != after[name]] or ["role"]
    record_change(
        acting_user=acting_user,
        at=at,
        action="set_role",
        of=("user", user.username),
        change=(
            {name: before[name] for name in changed},
            {name: after[name] for name in changed},
        ),
    )
    user.role, user.payee_id, user.firm_id = new.role, new.payee_id, new.firm_id


@transaction.atomic
def set_active(*, user: User, is_active: bool, acting_user: Viewer, at: int) -> None:
    """Let somebody in no longer, or again; their sessions end at once.

    Raises NotAllowedError, also for oneself, UserError for the last administrator and the
    operator, and ConflictError when it is so already.
    """
    require_act(acting_user, "set_active")
    store_activity(user=user, is_active=is_active, acting_user=acting_user, at=at)


def store_activity(
    *,
    user: User,
    is_active: bool,
    acting_user: Viewer,
    at: int,
    action: str = "set_active",
) -> None:
    """Set whether a user may come in; call it inside the transaction of an action."""
    if user.pk == acting_user.pk:
        raise NotAllowedError("nobody locks themselves out")
    if user.username == OPERATOR:
        raise UserError(
            "the operator cannot be changed",
            [Problem("user", "the command line acts as it")],
        )
    if not is_active:
        _refuse_last_administrator(user)
    found = User.objects.filter(pk=user.pk, is_active=not is_active)
    if found.update(is_active=is_active) != 1:
        message = f"somebody else did this to {user} meanwhile: look again"
        raise ConflictError(message)
    if not is_active:
        drop_sessions(user=user)
    record_change(
        acting_user=acting_user,
        at=at,
        action=action,
        of=("user", user.username),
        change=({"is_active": not is_active}, {"is_active": is_active}),
    )
    user.is_active = is_active


@transaction.atomic
def set_profile(*, name: str, email: str, acting_user: Viewer, at: int) -> None:
    """Change the name and the address that one is known by.

    Raises UserError with every problem at once.
    """
    require_act(acting_user, "change_own_entry")
    before = {"name": acting_user.name, "email": acting_user.email}
    after = {"name": name, "email": email}
    problems = [] if name.strip() else [Problem("name", "expected a name")]
    problems += _email_problems(email, but=acting_user.pk)
    if problems:
        raise UserError("the profile was not changed", problems)
    if User.objects.filter(pk=acting_user.pk, **before).update(**after) != 1:
        raise ConflictError("your profile was changed meanwhile: look again")
    record_change(
        acting_user=acting_user,
        at=at,
        action="set_profile",
        of=("user", acting_user.username),
        change=(before, after),
    )
    acting_user.name, acting_user.email = name, email


@transaction.atomic
def demo_users(
    *,
    payee_id: str,
    firm_id: str,
    passwords: dict[str, str],
    acting_user: Viewer,
    at: int,
) -> list[User]:
    """Add the demo people, one for each role and a second one for finance.

    Where they are already, they get new passwords. `passwords` goes by username;
    `payee_id` is whose statement the demo payee sees, `firm_id` whose firm the demo owner.
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
            firm_id=firm_id if role == Role.FIRM_OWNER else "",
        )
        found = User.objects.filter(username=username, role=role).first()
        if found is None:
            people.append(store_user(new, acting_user=acting_user, at=at))
            continue
        before = {"payee_id": found.payee_id, "firm_id": found.firm_id}
        found.password = make_password(new.password)
        found.payee_id, found.firm_id = new.payee_id, new.firm_id
        found.save(update_fields=["password", "payee_id", "firm_id"])
        record_change(
            acting_user=acting_user,
            at=at,
            action="set_password",
            of=("user", username),
            change=(before, {"payee_id": new.payee_id, "firm_id": new.firm_id}),
        )
        people.append(found)
    return people


def store_user(
    new: NewUser, *, acting_user: Viewer | None, at: int, action: str = "add_user"
) -> User:
    """Add a user with its audit row; call it inside the transaction of an action.

    `acting_user` is None when users add themselves (by invitation, or the operator).
    Raises UserError with every problem at once.
    """
    problems = _problems(new) + _email_problems(new.email)
    if User.objects.filter(username=new.username).exists():
        problems.append(Problem("username", f"{new.username} is taken", "choose another"))
    if problems:
        raise UserError("the user cannot be added", problems)
    try:
        with transaction.atomic():
            user = User.objects.create(
                username=new.username,
                password=make_password(new.password),
                name=new.name,
                email=new.email,
                role=new.role,
                payee_id=new.payee_id,
                firm_id=new.firm_id,
                created_at=at,
            )
    except IntegrityError as error:
        problem = Problem("username", "this name or address was taken just now")
        raise UserError("the user cannot be added", [problem]) from error
    record_change(
        acting_user=user if action == "accept_invitation" else acting_user,
        at=at,
        action=action,
        of=("user", new.username),
        change=(None, _seen(new)),
    )
    return user


def _refuse_last_administrator(user: User) -> None:
    """Raise UserError when without `user` nobody is left who administers.

    Locks all administrators, so that two cannot put each other out at the same moment.
    """
    administrators = User.objects.select_for_update().filter(
        role=Role.ADMINISTRATOR, is_active=True
    )
    keys = [
        one.pk
        for one in administrators.order_by("pk").only("pk", "username")
        if one.username != OPERATOR
    ]
    if keys == [user.pk]:
        problem = Problem("role", f"{user} is the last one", "make somebody else one first")
        raise UserError("an install keeps an administrator", [problem])


def _seen(new: NewUser) -> dict[str, str]:
    return {"role": new.role, "payee_id": new.payee_id, "firm_id": new.firm_id}


def _as_new(user: User) -> NewUser:
    return NewUser(
        username=user.username,
        role=user.role,
        payee_id=user.payee_id,
        firm_id=user.firm_id,
    )


def _email_problems(email: str, *, but: int | None = None) -> list[Problem]:
    if not email:
        return []
    try:
        validate_email(email)
    except ValidationError as error:
        return [Problem("email", message) for message in error.messages]
    having = User.objects.filter(email__iexact=email)
    if (having if but is None else having.exclude(pk=but)).exists():
        return [Problem("email", f"{email} belongs to somebody else")]
    return []


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
        problems += password_problems(new.password)
    return problems
