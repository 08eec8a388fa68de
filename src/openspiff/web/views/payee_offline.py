"""How does a phone keep the pages? By a manifest, a worker, and a page for offline."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from openspiff.web.access import ANYONE

from ._doors import guarded
from ._kept_offline import READER

_SHELL = ("web/openspiff.css", "web/mark.svg", "web/offline.js")
_HTMX = "django_htmx/htmx-2.min.js"


@guarded(ANYONE)
@require_safe
def manifest(_request: HttpRequest) -> HttpResponse:
    """Say how the pages look as an app of the phone."""
    icons = [
        ("web/icon-192.png", "192x192", "any"),
        ("web/icon-512.png", "512x512", "any"),
        ("web/icon-maskable-512.png", "512x512", "maskable"),
    ]
    content = {
        "name": "openspiff",
        "short_name": "openspiff",
        "id": "/",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "lang": get_language() or "en",
        "background_color": "#fbfaf7",
        "theme_color": "#0a655a",
        "icons": [
            {"src": static(path), "sizes": sizes, "type": "image/png", "purpose": purpose}
            for path, sizes, purpose in icons
        ],
    }
    return JsonResponse(content, content_type="application/manifest+json")


@guarded(ANYONE)
@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """Hand over the script that keeps pages; it stands at the root, so it serves all."""
    context = {
        "shell": json.dumps([static(path) for path in (*_SHELL, _HTMX)]),
        "reader": READER,
        "language": get_language() or "en",
    }
    page = render(request, "web/service-worker.js", context, content_type="text/javascript")
    page["Cache-Control"] = "no-cache"
    return page


@guarded(ANYONE)
@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """Show what stands in for a page that was never seen, without anybody's name."""
    return render(request, "web/offline.html")
