"""How is somebody asked to come in? By a link that works once, for a few days."""

from __future__ import annotations

import hashlib
from typing import ClassVar, Final

import attrs
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction

from openspiff.errors import OpenSpiffError, Problem
from openspiff.web.access import (
    NotAllowedError,
    NotVisibleError,
    Viewer,
    may_act,
    require_act,
)
from openspiff.web.models import (
    Door,
    Invitation,
    InvitationState,
    PayeeName,
    Role,
    User,
)

from ._audit import record_change
from .conflict import ConflictError
from .invitation_mails import enqueue_invitation
from .people import OPERATOR, NewUser, store_user
from .sessions import drop_sessions
from .sign_in import PasswordError, password_problems
from .tries import Visitor, note_refusal, refuse_guessing

_DAY: Final = 24 * 60 * 60 * 1_000_000


class InvitationError(OpenSpiffError):
    """An invitation that cannot be made like this."""

    code: ClassVar[str] = "invitation"


class InvitationGoneError(OpenSpiffError):
    """A link that was used, revoked or is too old, or never was one: which is not said."""

    code: ClassVar[str] = "invitation_gone"


@attrs.frozen(kw_only=True)
class NewInvitation:
    """Whom to ask, as what; payees and firm owners with the payee or firm they will see."""

    role: str
    name: str = ""
    email: str = ""
    payee_id: str = ""
    firm_id: str = ""


@attrs.frozen(kw_only=True)
class Acceptance:
    """What somebody who was invited enters: the names to be known by, and a password."""

    username: str
    password: str
    name: str = ""


@transaction.atomic
def invite(
    *, invitation: NewInvitation, token: str, acting_user: Viewer, at: int
) -> Invitation:
    """Ask somebody to come in by the link that holds `token`, a fresh random text.

    Where an address is given the link is mailed too.

    Administrators ask anybody; firm owners ask payees on the roster of their own firm, and
    other owners of it. Raises NotAllowedError, and InvitationError with every problem.
    """
    require_act(acting_user, "invite")
    _refuse_beyond_own_firm(invitation, acting_user)
    problems = _problems(invitation)
    if problems:
        raise InvitationError("nobody was invited", problems)
    return _store(invitation, token, user=None, acting_user=acting_user, at=at)


@transaction.atomic
def make_password_link(
    *, user: User, token: str, acting_user: Viewer, at: int
) -> Invitation:
    """Make a link by which `user` enters a new password; earlier ones no longer work.

    Raises NotAllowedError, and InvitationError for somebody who may not come in at all.
    """
    require_act(acting_user, "set_password")
    if not user.is_active or user.username == OPERATOR:
        raise InvitationError(
            "no link was made", [Problem("user", f"{user} may not come in")]
        )
    links = Invitation.objects.filter(is_for_password=True, user=user)
    links.filter(state=InvitationState.OPEN).update(state=InvitationState.REVOKED)
    new = NewInvitation(
        role=user.role,
        name=user.name,
        email=user.email,
        payee_id=user.payee_id,
        firm_id=user.firm_id,
    )
    return _store(new, token, user=user, acting_user=acting_user, at=at)


@transaction.atomic
def renew_invitation(
    *, invitation_id: int, token: str, acting_user: Viewer, at: int
) -> Invitation:
    """Give an open invitation a new link and new days; the old link no longer works.

    Raises NotVisibleError for what oneself may not know of, ConflictError for one that is
    no longer open.
    """
    row = _own(invitation_id, acting_user)
    fresh = {
        "token_digest": token_digest(token),
        "expires_at": at + settings.OPENSPIFF_INVITATION_DAYS * _DAY,
    }
    _change(row, fresh, acting_user, "renew_invitation", at=at)
    enqueue_invitation(row, token=token, at=at)
    return row


@transaction.atomic
def revoke_invitation(*, invitation_id: int, acting_user: Viewer, at: int) -> None:
    """Let the link of an invitation work no longer.

    Raises NotVisibleError for what oneself may not know of, ConflictError for one that is
    no longer open.
    """
    row = _own(invitation_id, acting_user)
    fresh: dict[str, object] = {"state": InvitationState.REVOKED}
    _change(row, fresh, acting_user, "revoke_invitation", at=at)


def find_invitation(*, token: str, visitor: Visitor, at: int) -> Invitation:
    """Return the invitation that a link leads to, while it works.

    Raises InvitationGoneError, and TooManyTriesError for an address that tries many.
    """
    refuse_guessing(door=Door.INVITATION, username="", visitor=visitor, at=at)
    row = (
        Invitation.objects.select_related("invited_by", "user")
        .filter(
            token_digest=token_digest(token),
            state=InvitationState.OPEN,
            expires_at__gt=at,
        )
        .first()
    )
    if row is None or not _still_holds(row):
        note_refusal(door=Door.INVITATION, username="", visitor=visitor, at=at)
        raise InvitationGoneError("this link does not work any more")
    return row


@transaction.atomic
def accept_invitation(*, invitation: Invitation, given: Acceptance, at: int) -> User:
    """Add the user that an invitation is for, and use its link up.

    Raises UserError with every problem (the link can then be tried again), and
    InvitationGoneError when it was used or revoked meanwhile.
    """
    _use_up(invitation)
    new = NewUser(
        username=given.username,
        password=given.password,
        name=given.name,
        role=invitation.role,
        payee_id=invitation.payee_id,
        firm_id=invitation.firm_id,
        email=invitation.email,
    )
    user = store_user(new, acting_user=None, at=at, action="accept_invitation")
    Invitation.objects.filter(pk=invitation.pk).update(user=user, state="accepted")
    return user


@transaction.atomic
def accept_password_link(*, invitation: Invitation, password: str, at: int) -> User:
    """Give the user of a link the password that they entered; all their sessions end.

    Raises PasswordError (the link can then be tried again), and InvitationGoneError when it
    was used or revoked meanwhile.
    """
    user = invitation.user
    if user is None:
        raise InvitationGoneError("this link does not work any more")
    problems = password_problems(password, user=user)
    if problems:
        raise PasswordError("the password was not changed", problems)
    _use_up(invitation)
    Invitation.objects.filter(pk=invitation.pk).update(state=InvitationState.ACCEPTED)
    hashed = make_password(password)
    if User.objects.filter(pk=user.pk, is_active=True).update(password=hashed) != 1:
        raise InvitationGoneError("this link does not work any more")
    user.password = hashed
    drop_sessions(user=user)
    record_change(
        acting_user=user,
        at=at,
        action="accept_password_link",
        of=("user", user.username),
        change=(None, None),
    )
    return user


def token_digest(token: str) -> str:
    """Return what is stored of a link: a token is long and random, so one hash will do."""
    return hashlib.sha256(token.encode()).hexdigest()


def _use_up(invitation: Invitation) -> None:
    """Let the link work no more, if it still does; one of two at once wins."""
    found = Invitation.objects.filter(
        pk=invitation.pk,
        state=InvitationState.OPEN,
        token_digest=invitation.token_digest,
    )
    if found.update(state=InvitationState.REVOKED) != 1:
        raise InvitationGoneError("this link was used meanwhile")


def _store(
    new: NewInvitation, token: str, *, user: User | None, acting_user: Viewer, at: int
) -> Invitation:
    row = Invitation.objects.create(
        token_digest=token_digest(token),
        is_for_password=user is not None,
        user=user,
        invited_by=acting_user,
        invited_at=at,
        expires_at=at + settings.OPENSPIFF_INVITATION_DAYS * _DAY,
        **attrs.asdict(new),
    )
    record_change(
        acting_user=acting_user,
        at=at,
        action="invite" if user is None else "make_password_link",
        of=("invitation", str(row.pk)) if user is None else ("user", user.username),
        change=(None, attrs.asdict(new) if user is None else {"invitation": row.pk}),
    )
    enqueue_invitation(row, token=token, at=at)
    return row


def _own(invitation_id: int, acting_user: Viewer) -> Invitation:
    require_act(acting_user, "invite")
    rows = Invitation.objects.filter(pk=invitation_id)
    if acting_user.role == Role.FIRM_OWNER:
        rows = rows.filter(firm_id=acting_user.firm_id, is_for_password=False)
    row = rows.first()
    if row is None:
        raise NotVisibleError("no such invitation")
    return row


def _change(
    row: Invitation, fresh: dict[str, object], acting_user: Viewer, action: str, *, at: int
) -> None:
    found = Invitation.objects.filter(
        pk=row.pk, state=InvitationState.OPEN, token_digest=row.token_digest
    )
    if found.update(**fresh) != 1:
        raise ConflictError("this invitation is no longer open: look again")
    shown = {name: value for name, value in fresh.items() if name != "token_digest"}
    record_change(
        acting_user=acting_user,
        at=at,
        action=action,
        of=("invitation", str(row.pk)),
        change=({name: getattr(row, name) for name in shown}, shown),
    )
    for name, value in fresh.items():
        setattr(row, name, value)


def _still_holds(row: Invitation) -> bool:
    """Tell whether whoever made the link could still make it."""
    if row.is_for_password:
        return row.user is not None and row.user.is_active
    inviter = row.invited_by
    is_own_firm = inviter.role != Role.FIRM_OWNER or inviter.firm_id == row.firm_id
    return may_act(inviter, "invite") and is_own_firm


def _refuse_beyond_own_firm(new: NewInvitation, acting_user: Viewer) -> None:
    if acting_user.role != Role.FIRM_OWNER:
        return
    if new.role not in {Role.PAYEE, Role.FIRM_OWNER}:
        raise NotAllowedError("a firm owner invites people of the own firm only")
    if new.firm_id != acting_user.firm_id:
        raise NotVisibleError("no such firm")


def _problems(new: NewInvitation) -> list[Problem]:
    problems = []
    if new.role not in Role.values:
        remedy = f"one of {', '.join(Role.values)}"
        problems.append(Problem("role", f"{new.role!r} is no role", remedy))
    on_roster = PayeeName.objects.filter(payee_id=new.payee_id)
    if new.firm_id:
        on_roster = on_roster.filter(firm_id=new.firm_id)
    if new.role == Role.PAYEE and not on_roster.exists():
        remedy = "the id as it stands on the roster"
        problems.append(Problem("payee_id", "nobody of this id is on the roster", remedy))
    is_firm = PayeeName.objects.filter(firm_id=new.firm_id).exists()
    if new.role == Role.FIRM_OWNER and not (new.firm_id and is_firm):
        remedy = "the id as it stands on the roster"
        problems.append(Problem("firm_id", "no firm of this id is on the roster", remedy))
    if new.email and User.objects.filter(email__iexact=new.email).exists():
        problems.append(Problem("email", f"{new.email} belongs to somebody already"))
    return problems
