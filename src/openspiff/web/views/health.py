"""Does the server live, can it work, and how is it doing? For machines that watch it."""

from __future__ import annotations

from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from openspiff.web.access import ANYONE
from openspiff.web.queries import health

from . import _metrics
from ._doors import guarded

_TEXT: Final = "text/plain; version=0.0.4; charset=utf-8"


@guarded(ANYONE)
@require_safe
@never_cache
def alive(_request: HttpRequest) -> HttpResponse:
    """Answer that this process lives; asks neither database nor disk."""
    return JsonResponse({"alive": True})


@guarded(ANYONE)
@require_safe
@never_cache
def ready(_request: HttpRequest) -> HttpResponse:
    """Answer whether requests can be served; 503 names what is in the way."""
    found = health.not_ready()
    reasons: list[dict[str, Any]] = [
        {"name": one.place, "says": one.message, "remedy": one.remedy} for one in found
    ]
    answer = {"ready": not found, "reasons": reasons}
    return JsonResponse(answer, status=503 if found else 200)


@guarded(ANYONE)
@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer the figures for Prometheus to whoever may read them; 404 when they are off."""
    if not _metrics.are_on():
        raise Http404
    if not _metrics.may_read(request):
        response = HttpResponse("show the token of OPENSPIFF_METRICS_TOKEN\n", status=401)
        response.headers["Content-Type"] = _TEXT
        response.headers["WWW-Authenticate"] = 'Bearer realm="metrics"'
        return response
    return HttpResponse(_metrics.written(health.counts()), content_type=_TEXT)
