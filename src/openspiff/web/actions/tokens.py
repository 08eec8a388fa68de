"""How does a machine get in? By a token of its user, made, rotated and taken back."""

from __future__ import annotations

from typing import Any, ClassVar, Final

import attrs
from django.conf import settings
from django.db import IntegrityError, transaction

from openspiff.errors import OpenSpiffError, Problem
from openspiff.web.access import (
    NotVisibleError,
    Viewer,
    may_act,
    require_act,
    scopes_for,
)
from openspiff.web.models import ApiToken, digest_of_secret

from ._audit import record_change
from .conflict import ConflictError

_DAY: Final = 24 * 60 * 60 * 1_000_000
_LONGEST_LABEL: Final = 100
_SHORTEST_SECRET: Final = 32
LONGEST_OVERLAP: Final = 30


class TokenError(OpenSpiffError):
    """A token that cannot be made or rotated like this."""

    code: ClassVar[str] = "token"


@attrs.frozen(kw_only=True)
class NewToken:
    """What a token is for, and for how many days it holds."""

    label: str
    scopes: tuple[str, ...]
    days: int


@attrs.frozen(kw_only=True)
class Secret:
    """A token as its machine shows it: a name that finds it, and chance from the door."""

    name: str
    secret: str

    def __str__(self) -> str:
        """Return the token; shown once, kept by nobody but its machine."""
        return f"osp_{self.name}_{self.secret}"


@transaction.atomic
def make_token(
    *, token: NewToken, secret: Secret, acting_user: Viewer, at: int
) -> ApiToken:
    """Make a token of `acting_user`, for no more than they may do themselves.

    Raises TokenError with every problem at once.
    """
    require_act(acting_user, "make_token")
    problems = _problems(token, acting_user)
    if problems:
        raise TokenError("no token was made", problems)
    return _store(token, secret, acting_user=acting_user, at=at)


@transaction.atomic
def rotate_token(
    *, token_id: int, overlap_days: int, secret: Secret, acting_user: Viewer, at: int
) -> ApiToken:
    """Replace a token of oneself by a new one; the old one holds for the overlap only.

    The new one holds as long as the old one was made for. Raises NotVisibleError, and
    TokenError when the old one holds no longer or was rotated already.
    """
    require_act(acting_user, "make_token")
    rows = ApiToken.objects.select_for_update().filter(user_id=acting_user.pk)
    old = rows.filter(pk=token_id).first()
    if old is None:
        message = f"no token {token_id}"
        raise NotVisibleError(message)
    days = max(1, (old.expires_at - old.made_at) // _DAY)
    new = NewToken(label=old.label, scopes=tuple(old.scopes), days=days)
    problems = _problems(new, acting_user)
    if not 0 <= overlap_days <= LONGEST_OVERLAP:
        remedy = f"0 to {LONGEST_OVERLAP} days"
        problems.append(Problem("overlap_days", "the overlap cannot be chosen", remedy))
    if old.revoked_at is not None or old.expires_at <= at:
        problems.append(Problem("token", "it holds no longer", "make a new one"))
    if ApiToken.objects.filter(rotated_from=old).exists():
        problems.append(Problem("token", "it was rotated already", "rotate its successor"))
    if problems:
        raise TokenError("the token was not rotated", problems)
    ends_at = min(old.expires_at, at + max(overlap_days * _DAY, 1))
    ApiToken.objects.filter(pk=old.pk).update(expires_at=ends_at)
    return _store(
        new,
        secret,
        acting_user=acting_user,
        at=at,
        rotated_from=old,
        old_ends_at=ends_at,
    )


@transaction.atomic
def revoke_token(*, token_id: int, acting_user: Viewer, at: int) -> None:
    """Take a token back, one's own or as an administrator anybody's: it opens nothing.

    Raises NotVisibleError, and ConflictError when it was taken back already.
    """
    rows = ApiToken.objects.filter(pk=token_id)
    if not may_act(acting_user, "revoke_token"):
        require_act(acting_user, "make_token")
        rows = rows.filter(user_id=acting_user.pk)
    row = rows.select_related("user").first()
    if row is None:
        message = f"no token {token_id}"
        raise NotVisibleError(message)
    if rows.filter(revoked_at__isnull=True).update(revoked_at=at) != 1:
        message = f"the token {row} was taken back already"
        raise ConflictError(message)
    record_change(
        acting_user=acting_user,
        at=at,
        action="revoke_token",
        of=("token", row.name),
        change=({"revoked_at": None}, {"revoked_at": at, "user": row.user.username}),
    )


def _store(
    token: NewToken,
    secret: Secret,
    *,
    acting_user: Viewer,
    at: int,
    rotated_from: ApiToken | None = None,
    old_ends_at: int = 0,
) -> ApiToken:
    if len(secret.secret) < _SHORTEST_SECRET or "_" in secret.name:
        message = "a secret is too short to be chance, or its name holds the separator"
        raise ValueError(message)
    try:
        with transaction.atomic():
            row = ApiToken.objects.create(
                name=secret.name,
                secret_digest=digest_of_secret(secret.secret),
                user=acting_user,
                label=token.label.strip(),
                scopes=sorted(set(token.scopes)),
                made_at=at,
                made_by=acting_user,
                expires_at=at + token.days * _DAY,
                rotated_from=rotated_from,
            )
    except IntegrityError as error:
        raise ConflictError("the token was made meanwhile: look again") from error
    after: dict[str, Any] = {
        "label": row.label,
        "scopes": row.scopes,
        "expires_at": row.expires_at,
    }
    before: dict[str, Any] | None = None
    if rotated_from is not None:
        before = {"token": rotated_from.name, "expires_at": rotated_from.expires_at}
        after["old_expires_at"] = old_ends_at
    record_change(
        acting_user=acting_user,
        at=at,
        action="make_token" if rotated_from is None else "rotate_token",
        of=("token", row.name),
        change=(before, after),
    )
    return row


def _problems(token: NewToken, user: Viewer) -> list[Problem]:
    found = []
    label = token.label.strip()
    if not label or len(label) > _LONGEST_LABEL or "\0" in label:
        remedy = f"say for which machine, in at most {_LONGEST_LABEL} letters"
        found.append(Problem("label", "a token is for something", remedy))
    most_days = settings.OPENSPIFF_TOKEN_DAYS
    if not 1 <= token.days <= most_days:
        found.append(Problem("days", "it cannot hold so long", f"1 to {most_days} days"))
    allowed = scopes_for(user)
    if not token.scopes:
        found.append(Problem("scopes", "it would open nothing", "choose at least one"))
    found += [
        Problem("scopes", f"{one} is not for you", f"one of {', '.join(allowed)}")
        for one in token.scopes
        if one not in allowed
    ]
    return found
