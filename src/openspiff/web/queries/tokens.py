"""Which machines come in, in whose name? The tokens of the viewer, or of everybody."""

from __future__ import annotations

import functools
import hmac
import json
from collections.abc import Iterable
from typing import ClassVar, Final

import attrs
from django.core.paginator import Paginator

from openspiff.errors import OpenSpiffError
from openspiff.web._postgresql import often_cursor
from openspiff.web.access import Viewer, may_act
from openspiff.web.models import ApiToken, digest_of_secret, user_columns, user_of_row

PAGE_SIZE: Final = 50


class TokenRefusedError(OpenSpiffError):
    """A call without a token, or with one that opens nothing (any more)."""

    code: ClassVar[str] = "token_refused"


@attrs.frozen(kw_only=True)
class Caller:
    """Who calls: the user as they are now, and what the token is for."""

    user: Viewer
    token_id: int
    token_name: str
    scopes: frozenset[str]


@attrs.frozen(kw_only=True)
class ShownToken:
    """One token as pages show it, never with its secret."""

    token_id: int
    name: str
    label: str
    scopes: tuple[str, ...]
    username: str
    made_at: int
    expires_at: int
    revoked_at: int | None
    used_at: int | None
    is_rotated: bool
    is_own: bool
    holds: bool


@attrs.frozen(kw_only=True)
class TokenPage:
    """One page of tokens, of how many, and of which page number."""

    tokens: tuple[ShownToken, ...]
    count: int
    number: int
    page_count: int


def caller_of(bearer: str, *, at: int) -> Caller:
    """Return who shows this token now, in one look-up.

    Raises TokenRefusedError; why is said only to whoever has the secret.
    """
    mark, _, rest = bearer.partition("_")
    name, _, secret = rest.partition("_")
    row = None
    if mark == "osp" and name and secret and "\0" not in name:
        with often_cursor() as cursor:
            cursor.execute(_token_with_user(), [name])
            row = cursor.fetchone()
    kept = "" if row is None else row[1]
    if row is None or not hmac.compare_digest(digest_of_secret(secret), kept):
        raise TokenRefusedError(
            "expected a token that holds: Authorization: Bearer osp_..."
        )
    token_id, _, scopes, expires_at, revoked_at, *values = row
    if revoked_at is not None or expires_at <= at:
        raise TokenRefusedError("this token holds no longer: make a new one")
    user = user_of_row(values)
    if not user.is_active:
        raise TokenRefusedError("the user of this token may no longer come in")
    return Caller(
        user=user,
        token_id=token_id,
        token_name=name,
        scopes=frozenset(json.loads(scopes)),
    )


@functools.cache
def _token_with_user() -> str:
    return f"""
        select t.id, t.secret_digest, t.scopes, t.expires_at, t.revoked_at,
          {user_columns("u")}
        from web_apitoken t join web_user u on u.id = t.user_id where t.name = %s
    """  # noqa: S608 (names of columns)


def tokens_of(viewer: Viewer, *, at: int) -> tuple[ShownToken, ...]:
    """Return the viewer's own tokens, the latest first; those that ended long ago too."""
    rows = ApiToken.objects.filter(user_id=viewer.pk)
    return _shown(rows.select_related("user", "apitoken").order_by("-pk"), viewer, at)


def tokens_of_others(viewer: Viewer, *, at: int, page: int = 1) -> TokenPage | None:
    """Return a page of everybody else's tokens; None for whoever may not revoke them."""
    if not may_act(viewer, "revoke_token"):
        return None
    rows = ApiToken.objects.exclude(user_id=viewer.pk).order_by("-pk")
    pages = Paginator(rows.select_related("user", "apitoken"), PAGE_SIZE)
    shown = pages.get_page(page)
    return TokenPage(
        tokens=_shown(shown, viewer, at),
        count=pages.count,
        number=shown.number,
        page_count=pages.num_pages,
    )


def _shown(rows: Iterable[ApiToken], viewer: Viewer, at: int) -> tuple[ShownToken, ...]:
    return tuple(
        ShownToken(
            token_id=row.pk,
            name=row.name,
            label=row.label,
            scopes=tuple(row.scopes),
            username=row.user.username,
            made_at=row.made_at,
            expires_at=row.expires_at,
            revoked_at=row.revoked_at,
            used_at=row.used_at,
            is_rotated=hasattr(row, "apitoken"),
            is_own=row.user_id == viewer.pk,
            holds=row.revoked_at is None and row.expires_at > at and row.user.is_active,
        )
        for row in rows
    )
