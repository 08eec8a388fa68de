"""What happens at the moment when somebody is known? The session begins, and goes on."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

from openspiff.web.access import Viewer
from openspiff.web.actions.sign_in import record_sign_in
from openspiff.web.queries.users import factors_at_the_door, user_at_the_door

from ._doors import BEGUN, WHO, confirm, now_at, visitor_of
from ._kept_forms import sent_again_page

_PENDING: Final = "pending"
_PENDING_FOR: Final = 10 * 60 * 1_000_000
_BACKEND: Final = "django.contrib.auth.backends.ModelBackend"
_WEEK_SECONDS: Final = 7 * 24 * 60 * 60


def come_in(
    request: HttpRequest, user: Viewer, *, way: str, wanted: str
) -> HttpResponseBase:
    """Begin the session of somebody who has shown all that they must, and go on.

    Whoever was interrupted while sending a form is offered to send it again.
    """
    at = now_at()
    visitor = visitor_of(request)
    record_sign_in(user=user, way=way, visitor=visitor, at=at)
    login(request, user, backend=_BACKEND)
    request.session[BEGUN] = {
        "at": at,
        "address": visitor.address,
        "browser": visitor.browser,
        "way": way,
    }
    confirm(request)
    response = go_on(request, user, wanted=wanted)
    response.set_signed_cookie(
        WHO,
        str(user.pk),
        max_age=_WEEK_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return response


def go_on(request: HttpRequest, user: Viewer, *, wanted: str) -> HttpResponseBase:
    """Return the way to what was asked for, by the form that was kept for it if any."""
    path = wanted if is_ours(request, wanted) else ""
    page = sent_again_page(request, user, path=path, at=now_at())
    return redirect(path or "home") if page is None else page


def ask_second_factor(request: HttpRequest, user: Viewer, *, wanted: str) -> None:
    """Remember whose password fitted, until they show a second factor."""
    request.session[_PENDING] = {
        "user": user.pk,
        "hash": user.get_session_auth_hash(),
        "at": now_at(),
        "next": wanted,
    }


def pending(request: HttpRequest) -> tuple[Viewer, str] | None:
    """Return who must still show a second factor, and what they had asked for.

    None after ten minutes, or when their password was changed meanwhile.
    """
    said: dict[str, Any] = request.session.get(_PENDING, {})
    if not said or not 0 <= now_at() - said["at"] < _PENDING_FOR:
        return None
    user = user_at_the_door(said["user"])
    if user is None or user.get_session_auth_hash() != said["hash"]:
        return None
    return user, said["next"]


def needs_second_factor(user: Viewer) -> bool:
    """Tell whether signing in asks this user for more than a password."""
    return factors_at_the_door(user).has_any


def note_factor(request: HttpRequest, way: str) -> None:
    """Remember that whoever sits there has shown a second factor in this session."""
    request.session[BEGUN] = {**request.session.get(BEGUN, {}), "way": way}


def is_ours(request: HttpRequest, url: str) -> bool:
    """Tell whether an address is one of this install."""
    return url_has_allowed_host_and_scheme(
        url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
