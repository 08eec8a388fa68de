"""How does a request come in? Past its page's policy, with the clock read once."""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Callable
from typing import Any, Final, Protocol

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.core.signing import BadSignature
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from openspiff.errors import OpenSpiffError
from openspiff.web.access import (
    NotAllowedError,
    NotVisibleError,
    Policy,
    Viewer,
    lacks_second_factor,
    may_enter,
)
from openspiff.web.actions.tries import TooManyTriesError, Visitor

from ._browsers import browser_words
from ._kept_forms import keep_form

View = Callable[..., HttpResponseBase]

CONFIRMED_FOR: Final = 10 * 60 * 1_000_000
_CONFIRMED_AT: Final = "confirmed_at"
BEGUN: Final = "begun"
WHO: Final = "who"
"""The cookie that says who was signed in here last: whose form an old tab sends."""

_LOG: Final = logging.getLogger("openspiff.doors")


class GuardedView(Protocol):
    """A view with the policy that the route inventory reads."""

    policy: Policy

    def __call__(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Answer a request."""


class SignedInRequest(HttpRequest):
    """A request behind a door that lets only signed-in people in."""

    user: Viewer


def now_at() -> int:
    """Return the moment of the request, in microseconds since 1970 UTC."""
    return time.time_ns() // 1_000


def shown_at() -> int:
    """Return the moment as of which pages count days: now, or the moment of a demo."""
    given: int | None = settings.OPENSPIFF_AT
    return now_at() if given is None else given


def confirm(request: HttpRequest) -> None:
    """Remember that whoever sits there has just shown who they are."""
    request.session[_CONFIRMED_AT] = now_at()


def is_confirmed(request: HttpRequest) -> bool:
    """Tell whether whoever sits there has shown who they are in the last ten minutes."""
    at = request.session.get(_CONFIRMED_AT, 0)
    return isinstance(at, int) and 0 <= now_at() - at < CONFIRMED_FOR


def visitor_of(request: HttpRequest) -> Visitor:
    """Return where a request comes from."""
    return Visitor(
        address=request.META.get("REMOTE_ADDR", ""),
        browser=browser_words(request.headers.get("User-Agent", "")),
    )


def guarded(policy: Policy) -> Callable[[View], GuardedView]:
    """Let in whom `policy` allows, and turn what went wrong into the page that says so.

    Strangers are asked to sign in, others without the right get 403, what the viewer may
    not see 404, too many tries 429, what a person can put right 409 with every problem.
    """

    def guard(view: View) -> GuardedView:
        @functools.wraps(view)
        def inner(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
            turned_away = None if policy.is_public else _turn_away(request, policy)
            if turned_away is not None:
                return turned_away
            try:
                return view(request, **kwargs)
            except NotVisibleError as error:
                _note(request, 404, error.code)
                raise Http404(error.message) from error
            except NotAllowedError as error:
                _note(request, 403, error.code)
                raise PermissionDenied(error.message) from error
            except TooManyTriesError as error:
                return too_many_page(request, error)
            except OpenSpiffError as error:
                return problem_page(request, error, status=409)

        inner.policy = policy  # type: ignore[attr-defined]
        return inner  # type: ignore[return-value]

    return guard


def problem_page(
    request: HttpRequest, error: OpenSpiffError, *, status: int
) -> HttpResponse:
    """Show something that a person can put right, all problems at once."""
    return render(request, "web/problem.html", {"error": error}, status=status)


def too_many_page(request: HttpRequest, error: TooManyTriesError) -> HttpResponse:
    """Show that somebody tried too often, and say when to come back."""
    context = {"minutes": error.retry_seconds // 60}
    response = render(request, "web/too_many.html", context, status=429)
    response["Retry-After"] = str(error.retry_seconds)
    return response


def _turn_away(request: HttpRequest, policy: Policy) -> HttpResponseBase | None:
    """Return where somebody must go first, or None; raise for whom the page is not."""
    # Looked up once: the request's own is a lazy object, asked anew at every attribute.
    session: Any = request.session  # ours, which has read the user along with it
    request.user = viewer = session.signed_in() or get_user(request)
    if not isinstance(viewer, Viewer):
        return _sent_away(request, reverse("sign_in"), user_id=_last_user_id(request))
    if not may_enter(viewer, policy):
        _note(request, 403, policy.name)
        raise PermissionDenied
    way = request.session.get(BEGUN, {}).get("way", "")
    needing = settings.OPENSPIFF_REQUIRE_SECOND_FACTOR
    if not policy.is_way_in and lacks_second_factor(viewer, way=way, needing=needing):
        return redirect(f"{reverse('security')}?done=needed")
    if policy.needs_confirmation and not is_confirmed(request):
        return ask_to_confirm(request, viewer)
    return None


def ask_to_confirm(request: HttpRequest, viewer: Viewer) -> HttpResponseBase:
    """Send somebody to confirm who they are; the form that they sent is kept."""
    return _sent_away(request, reverse("confirm_identity"), user_id=viewer.pk)


def wants_fragment(request: HttpRequest) -> bool:
    """Tell whether a script asks for a part of the page that it stands on."""
    return request.headers.get("HX-Request") == "true"


def _sent_away(request: HttpRequest, to: str, *, user_id: int | None) -> HttpResponseBase:
    """Send somebody to show who they are, and keep the form that they sent."""
    if wants_fragment(request):
        # The page that the fragment was for, whole: a fragment cannot be gone back to.
        page = request.headers.get("HX-Current-URL", "")
        path = "/" + page.split("://", 1)[-1].partition("/")[2] if page else "/"
        response = redirect_to_login(path, login_url=to)
        return HttpResponseClientRedirect(response["Location"])
    if request.method == "POST" and user_id is not None:
        keep_form(request, user_id=user_id, at=now_at())
    return redirect_to_login(request.get_full_path(), login_url=to)


def _last_user_id(request: HttpRequest) -> int | None:
    try:
        said = request.get_signed_cookie(WHO, default="")
    except BadSignature:
        return None
    return int(said) if said else None


def _note(request: HttpRequest, status: int, why: str) -> None:
    """Log who was refused what, by numbers and names of the code; no address, no name."""
    match = request.resolver_match
    told = {
        "status": status,
        "user": request.user.pk,
        "method": request.method,
        "route": None if match is None else match.view_name,
        "why": why,
    }
    _LOG.warning("refused", extra=told)
