"""Who signs in, since when, from where, and who was asked to?"""

from __future__ import annotations

from typing import Any

import attrs
from allauth.mfa.models import Authenticator
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Q, QuerySet

from openspiff.web.access import NotVisibleError, Viewer, may_act
from openspiff.web.models import (
    AuditRow,
    Invitation,
    InvitationState,
    Role,
    User,
    WebSession,
)

PAGE_SIZE = 50
SHOWN_SIGN_INS = 20


@attrs.frozen(kw_only=True)
class UserLine:
    """One user as administrators see them."""

    user: User
    role_name: str
    sees: str
    has_second_factor: bool


@attrs.frozen(kw_only=True)
class UserPage:
    """One page of users, of how many, and of which page number."""

    users: tuple[UserLine, ...]
    count: int
    number: int
    page_count: int


@attrs.frozen(kw_only=True)
class SignIn:
    """When somebody came in, from where, in which browser, by which way."""

    at: int
    address: str
    browser: str
    way: str


@attrs.frozen(kw_only=True)
class Session:
    """One browser that is signed in; `session_id` is a digest, never the key."""

    session_id: str
    begun_at: int
    address: str
    browser: str
    way: str
    is_this: bool


@attrs.frozen(kw_only=True)
class Factor:
    """One second factor of somebody; spare codes say how many are left."""

    factor_id: int
    kind: str
    name: str
    added_at: int
    used_at: int | None
    left_count: int = 0


@attrs.frozen(kw_only=True)
class Factors:
    """All second factors of somebody."""

    app: Factor | None
    passkeys: tuple[Factor, ...]
    spare_codes: Factor | None

    @property
    def has_any(self) -> bool:
        """Tell whether signing in asks for more than a password."""
        return self.app is not None or bool(self.passkeys)


@attrs.frozen(kw_only=True)
class InvitationLine:
    """One invitation that is still open, or whose days are over."""

    invitation_id: int
    name: str
    email: str
    role_name: str
    sees: str
    is_for_password: bool
    invited_by: str
    invited_at: int
    expires_at: int
    is_over: bool


def users_visible(viewer: Viewer, *, search: str = "", page: int = 1) -> UserPage:
    """Return the users, by name, a page of 50; raises NotVisibleError for outsiders.

    `search` is part of a name, of an address or of the name to sign in with, or a role.
    """
    _refuse_outsiders(viewer)
    rows = _with_factors(User.objects.order_by("-is_active", "username"))
    if search:
        rows = rows.filter(
            Q(username__icontains=search)
            | Q(name__icontains=search)
            | Q(email__icontains=search)
            | Q(role=search.lower().replace(" ", "_"))
            | Q(firm_id=search)
            | Q(payee_id=search)
        )
    pages = Paginator(rows, PAGE_SIZE)
    shown = pages.get_page(page)
    return UserPage(
        users=tuple(_line(one) for one in shown),
        count=pages.count,
        number=shown.number,
        page_count=pages.num_pages,
    )


def user_visible(viewer: Viewer, user_id: int) -> UserLine:
    """Return one user for administrators; raises NotVisibleError."""
    _refuse_outsiders(viewer)
    found = _with_factors(User.objects.filter(pk=user_id)).first()
    if found is None:
        raise NotVisibleError("no such user")
    return _line(found)


def sign_ins(viewer: Viewer, user: User) -> list[SignIn]:
    """Return the last sign-ins of oneself, or of anybody for administrators."""
    if viewer.pk != user.pk:
        _refuse_outsiders(viewer)
    rows = AuditRow.objects.filter(
        object_kind="user", object_id=user.username, action="sign_in"
    ).order_by("-pk")[:SHOWN_SIGN_INS]
    return [_sign_in(row.acted_at, row.after or {}) for row in rows]


def sessions(viewer: Viewer, user: User, *, this: str = "") -> list[Session]:
    """Return the open sessions of oneself, or of anybody for administrators.

    `this` is the key of the session that asks.
    """
    if viewer.pk != user.pk:
        _refuse_outsiders(viewer)
    rows = WebSession.objects.filter(user_id=user.pk).order_by("-begun_at", "session_key")
    return [
        Session(
            session_id=row.public_id,
            begun_at=row.begun_at,
            address=row.address,
            browser=row.browser,
            way=row.way,
            is_this=row.session_key == this,
        )
        for row in rows
    ]


def factors(viewer: Viewer, user: User | None = None) -> Factors:
    """Return the second factors of oneself, or of anybody for administrators."""
    owner = viewer if user is None else user
    if owner.pk != viewer.pk:
        _refuse_outsiders(viewer)
    rows = Authenticator.objects.filter(user_id=owner.pk).order_by("pk")
    found = [(str(row.type), _factor(row)) for row in rows]
    by_kind = dict(found)
    return Factors(
        app=by_kind.get("totp"),
        passkeys=tuple(one for kind, one in found if kind == "webauthn"),
        spare_codes=by_kind.get("recovery_codes"),
    )


def user_at_the_door(user_id: int) -> User | None:
    """Return an active user whose password fitted, or whom a provider named."""
    return User.objects.filter(pk=user_id, is_active=True).first()


def user_with_email(email: str) -> User | None:
    """Return the active user who is known by this address, for a sign-in provider."""
    return (
        User.objects.filter(email__iexact=email, is_active=True).first() if email else None
    )


def factors_at_the_door(user: User) -> Factors:
    """Return the second factors of somebody whose password fitted, to ask for one."""
    return factors(user)


def invitations_open(viewer: Viewer, *, at: int) -> list[InvitationLine]:
    """Return the open invitations: all for administrators, a firm's for its owners."""
    if not may_act(viewer, "invite"):
        raise NotVisibleError("no such invitations")
    rows = Invitation.objects.filter(state=InvitationState.OPEN)
    if viewer.role == Role.FIRM_OWNER:
        rows = rows.filter(firm_id=viewer.firm_id, is_for_password=False)
    found = rows.select_related("invited_by", "user").order_by("-invited_at")
    return [_invitation(row, at=at) for row in found]


def _refuse_outsiders(viewer: Viewer) -> None:
    if not may_act(viewer, "set_role"):
        raise NotVisibleError("no such people")


def _with_factors(rows: QuerySet[User]) -> QuerySet[User]:
    factor = Authenticator.objects.filter(user_id=OuterRef("pk"))
    return rows.annotate(has_second_factor=Exists(factor.exclude(type="recovery_codes")))


def _line(row: Any) -> UserLine:
    return UserLine(
        user=row,
        role_name=row.get_role_display(),
        sees=_sees(row),
        has_second_factor=row.has_second_factor,
    )


def _sees(row: Any) -> str:
    if row.role == Role.PAYEE:
        return str(row.payee_id)
    return str(row.firm_id) if row.role == Role.FIRM_OWNER else ""


def _sign_in(at: int, after: dict[str, Any]) -> SignIn:
    return SignIn(
        at=at,
        address=after.get("address", ""),
        browser=after.get("browser", ""),
        way=after.get("way", ""),
    )


def _factor(row: Any) -> Factor:
    return Factor(
        factor_id=row.pk,
        kind=str(row.type),
        name=row.data.get("name", ""),
        added_at=_micros(row.created_at),
        used_at=None if row.last_used_at is None else _micros(row.last_used_at),
        left_count=len(row.data.get("digests", ())),
    )


def _micros(moment: Any) -> int:
    return int(moment.timestamp()) * 1_000_000


def _invitation(row: Invitation, *, at: int) -> InvitationLine:
    return InvitationLine(
        invitation_id=row.pk,
        name=str(row.user) if row.user is not None else row.name,
        email=row.email,
        role_name=row.get_role_display(),
        sees=_sees(row),
        is_for_password=row.is_for_password,
        invited_by=str(row.invited_by),
        invited_at=row.invited_at,
        expires_at=row.expires_at,
        is_over=row.expires_at <= at,
    )


def role_names() -> list[tuple[str, str]]:
    """Return every role with its name, to choose from."""
    return [(str(value), str(name)) for value, name in Role.choices]
