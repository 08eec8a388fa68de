"""How does a request come in? Past its page's policy, with the clock read once."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import Any, Final, Protocol

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from openspiff.errors import OpenSpiffError
from openspiff.web.access import (
    NotAllowedError,
    NotVisibleError,
    Policy,
    Viewer,
    may_enter,
)

View = Callable[..., HttpResponseBase]

CONFIRMED_FOR: Final = 10 * 60 * 1_000_000
_CONFIRMED_AT: Final = "confirmed_at"


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


def guarded(policy: Policy) -> Callable[[View], GuardedView]:
    """Let in whom `policy` allows, and turn what went wrong into the page that says so.

    Strangers are asked to sign in, others without the right get 403, what the viewer may
    not see 404, what a person can put right 409 with every problem.
    """

    def guard(view: View) -> GuardedView:
        @functools.wraps(view)
        def inner(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
            viewer = request.user
            if not policy.is_public:
                if not isinstance(viewer, Viewer):
                    return redirect_to_login(request.get_full_path())
                if not may_enter(viewer, policy):
                    raise PermissionDenied
                if policy.needs_confirmation and not is_confirmed(request):
                    return redirect_to_login(
                        request.get_full_path(), login_url=reverse("confirm_identity")
                    )
            try:
                return view(request, **kwargs)
            except NotVisibleError as error:
                raise Http404(error.message) from error
            except NotAllowedError as error:
                raise PermissionDenied(error.message) from error
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
