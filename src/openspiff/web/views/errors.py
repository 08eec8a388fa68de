"""What is shown when something went wrong? A sentence, and a way on."""

from __future__ import annotations

import sys

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader

from openspiff.web.access import Viewer
from openspiff.web.queries.health import UNAVAILABLE, status_of

from ._doors import now_at
from ._kept_forms import form_of
from ._requests import number_of


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 503 when the database does not answer, 507 when the disk is full, else 500.

    The page is made without asking the database for anything.
    """
    status = status_of(sys.exc_info()[1])
    context = {"status": status, "request_id": number_of(request)}
    page = loader.render_to_string("500.html", context)
    response = HttpResponse(page, status=status)
    if status == UNAVAILABLE:
        response["Retry-After"] = "30"
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """Answer 400 to what cannot be understood, a strange host name for one."""
    page = loader.render_to_string("400.html", {"request_id": number_of(request)})
    return HttpResponse(page, status=400)


def form_too_old(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    """Answer 403 to a form without a fresh token, and give back what was typed.

    Only to a page of our own can it be given back: a form that another site sent must not
    become one that its victim can send with one click.
    """
    kept = None
    if isinstance(request.user, Viewer) and _is_from_here(request):
        kept = form_of(request, user_id=request.user.pk, at=now_at())
    return render(request, "403_csrf.html", {"kept": kept}, status=403)


def _is_from_here(request: HttpRequest) -> bool:
    ours = f"{request.scheme}://{request.get_host()}"
    origin = request.headers.get("Origin")
    if origin is None:
        return request.headers.get("Referer", "").startswith(f"{ours}/")
    return origin == ours
