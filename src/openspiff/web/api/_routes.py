"""At which addresses does the API stand? Each operation once, and no answer is a page."""

from __future__ import annotations

import functools
import importlib.metadata
import json
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any, Final, cast

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, path, re_path
from django.urls.resolvers import RegexPattern
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI

from openspiff.errors import Problem
from openspiff.web.access import READ_API, TELL_EVENTS, NotVisibleError

from . import (
    claims,
    decisions,
    disputes,
    events,
    evidence,
    finance,
    finance_looks,
    hooks,
    imports,
    jobs,
    live,
    notices,
    people,
    program_acts,
    programs,
    runs,
    sharing,
    webhook_sources,
    webhooks,
)
from ._document import PREFIX, document
from ._doors import OPERATIONS
from ._json import ParameterError, StrictParser
from ._problems import answer_problems, of_exception, problem_response

View = Callable[..., HttpResponseBase]
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
}
"""What a browser that is led to a call may do with the answer: nothing."""

_API: Final = NinjaAPI(
    title="openspiff",
    version=importlib.metadata.version("openspiff"),
    description="SPIFF programs for machines: the same rights and walls as the pages. "
    "Amounts are whole minor units of a currency, moments microseconds since 1970 UTC.",
    openapi_url=None,
    docs_url=None,
    parser=StrictParser(),
    urls_namespace="api",
)
for _topic in (
    *(programs, program_acts, live, claims, evidence, disputes, events),
    *(imports, people, runs, decisions, sharing, finance, finance_looks),
    *(jobs, notices, webhooks, webhook_sources),
):
    _API.add_router("", _topic.router, tags=[_topic.TAG])
answer_problems(_API)


def schema_document() -> dict[str, Any]:
    """Return the OpenAPI document of every operation, as plain data."""
    return document(_API)


def patterns() -> list[URLPattern]:
    """Return the addresses of the API: its document, its operations, and the rest: 404."""
    return [
        path("api/openapi.json", _schema, name="api_schema"),
        *_of_operations(),
        path("api/hooks/<str:source>/events", _told, name="api_hook_events"),
        re_path(r"^api/[\s\S]*$", _nothing, name="api_nothing"),
    ]


def calls_apart(answer: View) -> View:
    """Answer calls of machines before what only pages need: sessions, forms, languages.

    A middleware. Whatever stands under /api/ but its page of reference comes from here.
    """

    def apart(request: HttpRequest) -> HttpResponseBase:
        if not _is_call(request.path_info):
            return answer(request)
        translation.activate(settings.LANGUAGE_CODE)  # or it is that of the page before
        response = _called(request)
        for name, value in _HEADERS.items():
            response[name] = value
        if not response.streaming and "Content-Length" not in response:
            response["Content-Length"] = str(len(cast("HttpResponse", response).content))
        return response

    return apart


def _called(request: HttpRequest) -> HttpResponseBase:
    try:
        request.get_host()
    except DisallowedHost:
        remedy = "ask by a name of the server; OPENSPIFF_HOSTS lists them"
        problem = Problem("Host", "this server does not go by that name", remedy)
        error = ParameterError("the headers cannot be read", [problem])
        return of_exception(request, error)
    match = _resolver().resolve(request.path_info.removeprefix("/"))
    request.resolver_match = match
    response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
    return response


def _is_call(path: str) -> bool:
    return path.startswith("/api/") and path != "/api/"


@functools.cache
def _resolver() -> URLResolver:
    """Return what finds the call at an address: it has not the pages to look through."""
    return URLResolver(RegexPattern(""), patterns())


def _of_operations() -> Iterator[URLPattern]:
    seen = set()
    for one in _API.urls[0]:
        address = f"/{one.pattern}"
        # Ninja names an address once for each operation; it answers all of them.
        if not isinstance(one, URLPattern) or one.name == "api-root" or address in seen:
            continue
        seen.add(address)
        view = _outermost(one.callback)
        view.operations = [  # type: ignore[attr-defined]
            each for each in OPERATIONS.values() if _address(each.path) == address
        ]
        yield path(f"{PREFIX[1:]}{address}", view, name=f"api_{one.name}")


def _address(template: str) -> str:
    """Return the address of an operation as Django writes it."""
    return template.replace("{", "<").replace("}", ">")


def _outermost(view: View) -> View:
    """Let what ninja does not reach answer in problems too."""

    @csrf_exempt
    @functools.wraps(view)
    def inner(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        try:
            _refuse_path(kwargs)
            response = view(request, **kwargs)
        except Exception as error:  # noqa: BLE001 (a machine never gets a page)
            response = of_exception(request, error)
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            allow = response.headers["Allow"]
            response = _not_allowed(request, allow)
        if "Cache-Control" not in response:
            response["Cache-Control"] = "private, no-cache"
        rate = getattr(request, "rate", None)
        for name, value in ({} if rate is None else rate.headers()).items():
            response[name] = value
        return response

    return inner


def _refuse_path(parts: dict[str, Any]) -> None:
    """Refuse an address that no database could look up; raises NotVisibleError."""
    if any("\0" in part for part in parts.values() if isinstance(part, str)):
        raise NotVisibleError("there is nothing at this address")


def _not_allowed(request: HttpRequest, allow: str) -> HttpResponse:
    problem = Problem("method", f"this address takes {allow}")
    response = problem_response(
        request, 405, code="method", detail="no such call", problems=[problem]
    )
    response["Allow"] = allow
    return response


@_outermost
def _nothing(request: HttpRequest) -> HttpResponse:
    """Say that there is nothing here, in the words of the API."""
    detail = "there is nothing at this address: GET /api/openapi.json tells them all"
    return problem_response(request, 404, code="not_found", detail=detail)


@_outermost
def _schema(request: HttpRequest) -> HttpResponse:
    """Answer the OpenAPI document."""
    if request.method not in {"GET", "HEAD"}:
        return _not_allowed(request, "GET, HEAD")
    return HttpResponse(_schema_text(), content_type="application/json")


@_outermost
def _told(request: HttpRequest, source: str) -> HttpResponse:
    """Take what a source tells by webhook."""
    return hooks.tell_events(request, source)


_told.policy = TELL_EVENTS  # type: ignore[attr-defined]


@functools.cache
def _schema_text() -> str:
    return json.dumps(schema_document(), indent=1, ensure_ascii=False)


for _view in (_schema, _nothing):
    _view.policy = READ_API  # type: ignore[attr-defined]
