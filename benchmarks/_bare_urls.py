"""One page that does nothing, behind the same server and the same middleware."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path

from openspiff.web.urls import urlpatterns as ours


def bare(_request: HttpRequest) -> HttpResponse:
    """Return a page without asking the database or a template."""
    return HttpResponse("<!doctype html><title>bare</title><p>Nothing here.</p>")


urlpatterns = [path("bare/", bare), *ours]
