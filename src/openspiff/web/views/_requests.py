"""What is said of every request? A number for it, one line, figures and a span."""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections.abc import Callable
from typing import Any, Final

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponseBase

from openspiff.web import _logs
from openspiff.web._production import refuse_unsafe
from openspiff.web.access import Viewer

from . import _metrics, _tracing

Answer = Callable[[HttpRequest], HttpResponseBase]

HEADER: Final = "X-Request-ID"
_TAKEN: Final = re.compile(r"[A-Za-z0-9._-]{8,64}", flags=re.ASCII)
_LOG: Final = logging.getLogger("openspiff.requests")
_QUIET: Final = frozenset({"static", "health", "ready", "metrics"})
"""What is asked for every few seconds, or many times a page: logged only when it fails."""

_REFUSED: Final = 400
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Queries:
    """Counts the statements that go to the database meanwhile."""

    def __init__(self) -> None:
        """Begin at none."""
        self.count = 0

    def __call__(self, execute: Any, *arguments: Any) -> Any:
        """Count a statement and let it pass."""
        self.count += 1
        return execute(*arguments)


def requests_told(answer: Answer) -> Answer:
    """Give every request a number and tell of it; refuse to start where it is unsafe.

    A number that comes along (from a proxy) is kept if it is a plain word; it goes back in
    the header and stands on error pages, so that who asks for help can name it.
    """
    refuse_unsafe()
    _tracing.start_if_asked()

    def told(request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get(HEADER, "")
        number = given if _TAKEN.fullmatch(given) else secrets.token_hex(8)
        request.META["openspiff.request_id"] = number
        queries = Queries()
        begun = time.perf_counter()
        with (
            _logs.bound(request_id=number),
            _tracing.span(request) as span,
            connection.execute_wrapper(queries),
        ):
            response = answer(request)
            seconds = time.perf_counter() - begun
            route = route_of(request)
            method = request.method if request.method in _METHODS else "other"
            status = response.status_code
            _tracing.end(span, method=str(method), route=route, status=status)
            _metrics.count(
                method=str(method),
                route=route,
                status=status,
                seconds=seconds,
                queries=queries.count,
            )
            _LOG.log(
                logging.DEBUG if route in _QUIET and status < _REFUSED else logging.INFO,
                "request",
                extra={
                    "method": method,
                    "route": route,
                    "status": status,
                    "milliseconds": round(seconds * 1000, 1),
                    "queries": queries.count,
                    "user": _user_number(request),
                },
            )
        response.headers[HEADER] = number
        return response

    return told


def route_of(request: HttpRequest) -> str:
    """Return the name of the page that was asked for; its address may name people."""
    match = request.resolver_match
    if match is not None:
        return match.view_name or "unnamed"
    return "static" if request.path.startswith(settings.STATIC_URL) else "none"


def request_number(request: HttpRequest) -> dict[str, str]:
    """Hand templates the number of the request that they answer."""
    return {"request_id": number_of(request)}


def number_of(request: HttpRequest) -> str:
    """Return the number of a request, or nothing before it has one."""
    return str(request.META.get("openspiff.request_id", ""))


def _user_number(request: HttpRequest) -> int | None:
    """Return the number of whoever was looked up for this request; ask for nobody."""
    known = vars(request)
    for one in (known.get("_cached_user"), known.get("user")):
        if type(one) is Viewer:
            return one.pk
    return None
