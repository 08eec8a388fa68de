"""How does a call come in? With a token, past its operation's policy and scope.

Every operation is declared by `operation`: which right and which scope it asks for, what it
answers, and whether its answer under an idempotency key is kept for ever.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
import secrets
import tempfile
import time
import typing
from collections.abc import Callable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import attrs
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from ninja import Router
from pydantic import BaseModel

from openspiff.errors import Problem
from openspiff.web.access import Policy, Viewer, require_scope
from openspiff.web.actions.calls import (
    Answer,
    KeyedCall,
    answer_before,
    answer_once,
    one_call,
)
from openspiff.web.queries.tokens import Caller, TokenRefusedError, caller_of

from ._json import MediaTypeError, ParameterError, body_digest, keep_upload
from ._pages import chosen_fields
from ._problems import NoPreconditionError, PreconditionError
from ._rates import count_call

_LONGEST_KEY: Final = 255
Work = Callable[..., Any]


class Request(HttpRequest):
    """A request behind the API's door."""

    auth: Caller
    request_id: str


@attrs.frozen(kw_only=True)
class Reply:
    """What an operation answers: a shape, or a file that is answered as it is.

    `etag` names the version of what is answered, where the body's digest will not do.
    """

    body: BaseModel | None = None
    status: int = 200
    headers: Mapping[str, str] = attrs.field(factory=dict)
    etag: str = ""
    file: HttpResponseBase | None = None


@attrs.frozen(kw_only=True)
class Operation:
    """One thing that a machine can ask or do, as it was declared."""

    name: str
    method: str
    path: str
    policy: Policy
    scope: str
    shape: type[BaseModel] | None
    item: type[BaseModel] | None
    status: int
    moves_money: bool
    needs_match: bool
    is_long: bool
    takes: tuple[str, ...]
    media_type: str

    @property
    def problems(self) -> tuple[int, ...]:
        """Return the statuses of the problems that may come."""
        found = {400, 401, 403, 429, 500, 503}
        if "{" in self.path:
            found.add(404)
        if self.method == "GET":
            found.add(422)
        else:
            found |= {404, 409, 413, 415, 422, 507}
        if self.needs_match:
            found |= {412, 428}
        return tuple(sorted(found))


OPERATIONS: Final[dict[str, Operation]] = {}
"""Every operation by its name, in the order in which they were declared."""


def now_at() -> int:
    """Return the moment of the call, in microseconds since 1970 UTC."""
    return time.time_ns() // 1_000


def shown_at() -> int:
    """Return the moment as of which days count: now, or the moment of a demo."""
    given: int | None = settings.OPENSPIFF_AT
    return now_at() if given is None else given


def fresh_name() -> str:
    """Return chance, as the name of something that is sent once."""
    return secrets.token_urlsafe(24)


def fresh_bytes(count: int) -> bytes:
    """Return chance, by which something is sealed or named."""
    return secrets.token_bytes(count)


def viewer_of(request: HttpRequest) -> Viewer:
    """Return the user in whose name the call comes."""
    caller: Caller = request.auth  # type: ignore[attr-defined]
    return caller.user


class Token:
    """Lets in whoever shows a token that, with its user's role, allows one operation."""

    openapi_security_schema: Final = {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "osp_name_secret",
        "description": "A token: make one on the page Tokens, or `openspiff tokens make`.",
    }

    def __init__(self, policy: Policy, scope: str) -> None:
        """Keep what is asked for."""
        self.policy, self.scope = policy, scope

    def __call__(self, request: HttpRequest) -> Caller:
        """Return who calls.

        Raises TokenRefusedError, TooManyCallsError and NotAllowedError.
        """
        word, _, bearer = request.headers.get("Authorization", "").partition(" ")
        if word.lower() != "bearer" or not bearer.strip():
            raise TokenRefusedError(
                "expected a token that holds: Authorization: Bearer osp_..."
            )
        at = now_at()
        caller = caller_of(bearer.strip(), at=at)
        request.auth = caller  # type: ignore[attr-defined] # whoever is refused has a name
        request.user = caller.user  # for the line in the log
        request.rate = count_call(  # type: ignore[attr-defined]
            caller, limit=settings.OPENSPIFF_API_CALLS, at=at
        )
        require_scope(caller.user, policy=self.policy, scope=self.scope, held=caller.scopes)
        return caller


def operation(
    router: Router,
    method: str,
    path: str,
    *,
    policy: Policy,
    scope: str,
    shape: type[BaseModel] | None,
    item: type[BaseModel] | None = None,
    status: int = 200,
    moves_money: bool = False,
    needs_match: bool = False,
    is_long: bool = False,
    takes: tuple[str, ...] = (),
    media_type: str = "application/json",
    extra: Mapping[str, Any] | None = None,
) -> Callable[[Work], Work]:
    """Declare an operation named after its function; its docstring tells what it does.

    `item` is the shape of one item of a page, whose fields may be chosen. What `is_long`
    works outside any transaction and returns a function that writes, inside one. `takes`
    are the media types of a file, which it finds as `request.sent_file` on disk.
    """

    def declare(work: Work) -> Work:
        declared = Operation(
            name=work.__name__,
            method=method,
            path=path,
            policy=policy,
            scope=scope,
            shape=shape,
            item=item,
            status=status,
            moves_money=moves_money,
            needs_match=needs_match,
            is_long=is_long,
            takes=takes,
            media_type=media_type,
        )
        OPERATIONS[declared.name] = declared
        said = inspect.cleandoc(work.__doc__ or "").split("\n\n", 1)
        router.add_api_operation(
            path,
            [method],
            _run(declared, work),
            auth=Token(policy, scope),
            response={status: shape},
            operation_id=declared.name,
            summary=" ".join(said[0].split()).rstrip("."),
            description=said[1] if len(said) > 1 else None,
            openapi_extra=dict(extra or {}),
        )
        return work

    return declare


def _run(declared: Operation, work: Work) -> Callable[..., HttpResponseBase]:
    allowed = set(inspect.signature(work).parameters)

    @functools.wraps(work)
    def inner(request: HttpRequest, **given: Any) -> HttpResponseBase:
        _refuse_unknown(request, allowed)
        if declared.method == "GET":
            return _answered(request, declared, work(request, **given))
        return _done_once(request, declared, lambda: work(request, **given))

    # Ninja reads annotations where the function stands; ours stand where the work does.
    signature = inspect.signature(work)
    hints = typing.get_type_hints(work, include_extras=True)
    inner.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[
            one.replace(annotation=hints.get(one.name, Any))
            for one in signature.parameters.values()
        ]
    )
    return inner


def _refuse_unknown(request: HttpRequest, allowed: set[str]) -> None:
    """Refuse parameters that no operation reads: a misspelt filter must not find all."""
    problems = [
        Problem(name[:100], "this call has no such parameter")
        for name in request.GET
        if name not in allowed
    ]
    if problems:
        raise ParameterError("the query cannot be read", problems)


def _checked_key(key: str) -> str:
    if not 0 < len(key) <= _LONGEST_KEY or not key.isascii() or not key.isprintable():
        remedy = f"1 to {_LONGEST_KEY} plain letters, such as a UUID"
        problem = Problem("Idempotency-Key", "this cannot be a key", remedy)
        raise ParameterError("the headers cannot be read", [problem])
    return key


def _answered(request: HttpRequest, declared: Operation, reply: Reply) -> HttpResponseBase:
    """Return what was asked for, or 304 when the caller has it already."""
    if reply.file is not None:
        return reply.file
    text = _text(request, declared, reply)
    etag = reply.etag or f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
    wanted = {
        one.strip() for one in request.headers.get("If-None-Match", "").split(",") if one
    }
    if wanted & {etag, f"W/{etag}", "*"}:
        response = HttpResponse(status=HTTPStatus.NOT_MODIFIED)
        del response["Content-Type"]
    else:
        response = HttpResponse(text, content_type=declared.media_type)
    response["ETag"] = etag
    next_cursor = getattr(reply.body, "next", None)
    if next_cursor:
        query = request.GET.copy()
        query["cursor"] = next_cursor
        response["Link"] = f'<{request.path}?{query.urlencode()}>; rel="next"'
    for name, value in reply.headers.items():
        response[name] = value
    return response


def _text(request: HttpRequest, declared: Operation, reply: Reply) -> str:
    if reply.body is None:
        return ""
    fields = None
    if declared.item is not None:
        fields = chosen_fields(request.GET.get("fields", ""), declared.item)
    if fields is None:
        return reply.body.model_dump_json()
    chosen: Any = {"next": True, "items": {"__all__": fields}}
    return reply.body.model_dump_json(include=chosen)


def _done_once(
    request: HttpRequest, declared: Operation, work: Callable[[], Any]
) -> HttpResponse:
    """Return what the call does, or what the first call with its key was answered."""
    if not declared.takes:
        return _once(request, declared, work)
    if request.content_type not in declared.takes:
        problem = Problem("Content-Type", f"expected {' or '.join(declared.takes)}")
        raise MediaTypeError("this call takes a file", [problem])
    with tempfile.TemporaryDirectory(prefix="openspiff-api-") as folder:
        # Before its key is looked at: that a file is the same is known by its digest.
        request.sent_file = Path(folder) / "sent"  # type: ignore[attr-defined]
        keep_upload(request, request.sent_file)  # type: ignore[attr-defined]
        return _once(request, declared, work)


def _once(
    request: HttpRequest, declared: Operation, work: Callable[[], Any]
) -> HttpResponse:
    call = _keyed(request, declared)
    if call is None:
        write = work() if declared.is_long else work
        with one_call():
            return _as_response(declared, _as_answer(write()))
    viewer = viewer_of(request)
    write = work
    if declared.is_long:
        known = answer_before(call=call, acting_user=viewer)
        if known is not None:
            return _as_response(declared, known)
        write = work()
    answer = answer_once(
        call=call, work=lambda: _as_answer(write()), acting_user=viewer, at=now_at()
    )
    return _as_response(declared, answer)


def _keyed(request: HttpRequest, declared: Operation) -> KeyedCall | None:
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    said = f"{request.get_full_path()}\0{request.headers.get('Content-Type', '')}\0"
    digest = hashlib.sha256(said.encode() + body_digest(request))
    return KeyedCall(
        key=_checked_key(key),
        call=f"{request.method} {request.path}"[:400],
        body_digest=digest.hexdigest(),
        is_kept=declared.moves_money,
    )


def _as_answer(reply: Reply) -> Answer:
    headers = dict(reply.headers)
    if reply.etag:
        headers["ETag"] = reply.etag
    body = "" if reply.body is None else reply.body.model_dump_json()
    return Answer(status=reply.status, body=body, headers=headers)


def _as_response(declared: Operation, answer: Answer) -> HttpResponse:
    response = HttpResponse(
        answer.body, status=answer.status, content_type=declared.media_type
    )
    for name, value in answer.headers.items():
        response[name] = value
    if answer.is_replayed:
        response["Idempotency-Replayed"] = "true"
    return response


def require_match(request: HttpRequest, etag: str) -> None:
    """Refuse a change unless the caller names, by If-Match, what is there now.

    Raises NoPreconditionError and PreconditionError.
    """
    said = request.headers.get("If-Match")
    if said is None:
        problem = Problem("If-Match", "expected the ETag that was read")
        raise NoPreconditionError("say which version is to be changed", [problem])
    if etag not in {one.strip() for one in said.split(",")}:
        problem = Problem("If-Match", f"it is {etag} by now", "read it again")
        raise PreconditionError("it was changed meanwhile", [problem])
