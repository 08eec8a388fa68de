"""How is a call told what went wrong? A problem document of RFC 9457, never a page.

The one place where errors become statuses. Codes are those of the command line; all that
is wrong stands in `problems`, each with its place and what would mend it.
"""

from __future__ import annotations

import errno
import json
import logging
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, Final

from django.core.exceptions import RequestDataTooBig
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from openspiff.errors import OpenSpiffError, Problem
from openspiff.web.access import NotAllowedError, NotVisibleError
from openspiff.web.actions.calls import CallKeyReusedError, KeyBusyError, TooManyCallsError
from openspiff.web.actions.claims import ClosedProgramError
from openspiff.web.actions.conflict import ConflictError
from openspiff.web.actions.tries import TooManyTriesError
from openspiff.web.actions.webhook_signatures import ForgedMessageError
from openspiff.web.queries.tokens import TokenRefusedError

from ._json import BodyError, MediaTypeError, ParameterError, TooLargeError

MEDIA_TYPE: Final = "application/problem+json"
RETRY_SECONDS: Final = 30
_MOST_PROBLEMS: Final = 1_000
_LOG: Final = logging.getLogger("openspiff.api")

_STATUSES: Final[tuple[tuple[type[OpenSpiffError], int], ...]] = (
    (BodyError, 400),
    (ParameterError, 400),
    (TokenRefusedError, 401),
    (ForgedMessageError, 401),
    (NotAllowedError, 403),
    (NotVisibleError, 404),
    (ConflictError, 409),
    (ClosedProgramError, 409),
    (KeyBusyError, 409),
    (TooLargeError, 413),
    (MediaTypeError, 415),
    (CallKeyReusedError, 422),
    (TooManyCallsError, 429),
    (TooManyTriesError, 429),
)


class PreconditionError(ConflictError):
    """What is to be changed is no longer as it was read."""

    code = "precondition_failed"


class NoPreconditionError(OpenSpiffError):
    """A change that does not say what it was read as."""

    code = "precondition_required"


def status_of(error: OpenSpiffError) -> int:
    """Return the status of an error; what is not named otherwise is 422."""
    if isinstance(error, PreconditionError):
        return 412
    if isinstance(error, NoPreconditionError):
        return 428
    return next((code for kind, code in _STATUSES if isinstance(error, kind)), 422)


def problem_response(
    request: HttpRequest,
    status: int,
    *,
    code: str,
    detail: str,
    problems: Iterable[Problem] = (),
    retry_seconds: int | None = None,
) -> HttpResponse:
    """Return a problem document as an answer."""
    listed = list(problems)
    document: dict[str, Any] = {
        "type": f"/api/#problem-{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "problems": [
            {"place": one.place, "message": one.message, "remedy": one.remedy}
            for one in listed[:_MOST_PROBLEMS]
        ],
        "problem_count": len(listed),
        "request_id": request_id_of(request),
    }
    # Escaped: whatever letters a caller sent, what goes back can be sent.
    response = HttpResponse(json.dumps(document), status=status, content_type=MEDIA_TYPE)
    if status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = 'Bearer realm="openspiff"'
    if retry_seconds is not None:
        response["Retry-After"] = str(retry_seconds)
    return response


def request_id_of(request: HttpRequest) -> str:
    """Return the name under which the logs know this request."""
    return str(request.META.get("openspiff.request_id", ""))


def of_error(request: HttpRequest, error: OpenSpiffError) -> HttpResponse:
    """Return the problem of something that a person can put right."""
    status = status_of(error)
    if status in {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}:
        caller = getattr(request, "auth", None)
        user_id = getattr(getattr(caller, "user", None), "pk", None)
        path = request.path.encode("unicode_escape").decode("ascii")
        _LOG.warning("%s for user %s: %s %s", status, user_id, request.method, path)
    return problem_response(
        request,
        status,
        code=error.code,
        detail=error.message,
        problems=error.problems,
        retry_seconds=getattr(error, "retry_seconds", None),
    )


def of_exception(request: HttpRequest, error: Exception) -> HttpResponse:
    """Return the problem of anything: what nobody foresaw is logged and says nothing."""
    known = _as_error(error)
    if known is not None:
        return of_error(request, known)
    if isinstance(error, ValidationError):
        return _of_validation(request, error)
    status, code, detail = _words(error)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _LOG.error("%s: %s", status, request_id_of(request), exc_info=error)
    is_passing = status in {
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.INSUFFICIENT_STORAGE,
    }
    return problem_response(
        request,
        status,
        code=code,
        detail=detail,
        retry_seconds=RETRY_SECONDS if is_passing else None,
    )


def _as_error(error: Exception) -> OpenSpiffError | None:
    """Return the error of ours that an exception is or carries, or None."""
    if isinstance(error, OpenSpiffError):
        return error
    if isinstance(error, HttpError) and isinstance(error.__cause__, OpenSpiffError):
        return error.__cause__
    if isinstance(error, RequestDataTooBig):
        return TooLargeError("the body is too large", [Problem("body", str(error))])
    return None


def _words(error: Exception) -> tuple[int, str, str]:
    """Return status, code and sentence of an exception that is none of ours."""
    match error:
        case HttpError() if error.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
            return error.status_code, "unreadable", str(error)
        case Http404():
            return 404, "not_found", "there is nothing at this address"
        case DataError() | OverflowError():
            return 422, "too_large_a_value", "a value is larger than can be kept"
        case OSError() | OperationalError() if _is_full(error):
            return 507, "disk_full", "there is no room left: nothing was written"
        case OperationalError() | InterfaceError():
            return 503, "no_database", "the database does not answer: nothing was written"
        case _:
            return 500, "unforeseen", "something went wrong: nothing was written"


def _is_full(error: Exception) -> bool:
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return True
    cause = error.__cause__ or error
    said = str(error).lower()
    return getattr(cause, "sqlstate", "") == "53100" or "disk is full" in said


def _of_validation(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Return what pydantic found as problems with places: `body.amount_minor`."""
    problems = [
        Problem(
            ".".join(str(part) for part in one["loc"][:1] + one["loc"][_skipped(one) :]),
            str(one["msg"]),
        )
        for one in error.errors
    ]
    return problem_response(
        request,
        422,
        code="invalid",
        detail="what was sent does not fit this call",
        problems=problems,
    )


def _skipped(one: dict[str, Any]) -> int:
    # Of a body ninja names its own parameter first: ("body", "claim", "amount_minor").
    return 2 if one["loc"][0] == "body" else 1


def answer_problems(api: NinjaAPI) -> None:
    """Let every error of the API become a problem document."""
    handler: Any = of_exception
    for kind in (Exception, Http404, HttpError, ValidationError):
        api.add_exception_handler(kind, handler)
