"""How does a call reach the server and come back, though the line between is bad?

Every write carries an idempotency key, made once for the call and sent again with each
try: the server answers a key once, so a try too many does nothing twice.
"""

from __future__ import annotations

import datetime as dt
import random
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final
from urllib.parse import quote

import attrs
import httpx

from openspiff.errors import Problem

from ._errors import ConnectError, ServerError, UnreachableError, error_of
from ._operations import OPERATIONS, Operation
from ._patience import Patience, is_hopeless, may_pass, seconds_said

_BASE: Final = "/api/v1"
_OK: Final = 200
_REDIRECTED: Final = 300
_REFUSED: Final = 400
_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_LONGEST_KEY: Final = 255

Query = Mapping[str, str | int | None]


@attrs.frozen(kw_only=True)
class Body:
    """What a write sends: made anew for each try, so that a file can be read again."""

    content: Callable[[], bytes | Iterable[bytes]]
    media_type: str = "application/json"
    size: int | None = None


@attrs.frozen(kw_only=True)
class Answer:
    """What came back: the value of a JSON answer, or the bytes of a file."""

    status: int
    value: Any
    content: bytes
    etag: str


def new_line(
    url: str, token: str, *, timeout: float, allow_plain_http: bool, version: str
) -> httpx.Client:
    """Return the line to a server; raises ConnectError with every problem at once."""
    problems = list(_problems(url, token, allow_plain_http=allow_plain_http))
    if problems:
        raise ConnectError("this is no way to a server", problems)
    return httpx.Client(
        base_url=url.rstrip("/"),
        timeout=timeout,
        follow_redirects=False,  # a token goes nowhere but where it was meant to go
        headers={"Authorization": f"Bearer {token}", "User-Agent": f"openspiff/{version}"},
    )


def _problems(url: str, token: str, *, allow_plain_http: bool) -> Iterable[Problem]:
    try:
        address = httpx.URL(url)
    except httpx.InvalidURL as error:
        yield Problem("url", str(error), "such as https://spiff.example")
    else:
        is_local = address.host in _LOCAL
        if address.scheme not in {"http", "https"} or not address.host:
            yield Problem("url", "expected an address", "such as https://spiff.example")
        elif address.scheme == "http" and not (is_local or allow_plain_http):
            remedy = "use https, or say allow_plain_http=True on a line that you trust"
            yield Problem("url", "http would show the token to everybody", remedy)
        if address.userinfo or address.query or address.fragment:
            yield Problem("url", "only the address itself", "leave out what else is there")
    if not (token.isascii() and token.isprintable() and token.strip() == token and token):
        yield Problem("token", "this is no token", "make one: openspiff tokens make")


@attrs.define(kw_only=True)
class Wire:
    """Asks and asks again; `sleep` and `chance` come from the door."""

    http: httpx.Client
    patience: Patience = attrs.field(factory=Patience)
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = attrs.field(factory=lambda: random.SystemRandom().random)

    def read(self, name: str, parts: Mapping[str, Any], query: Query) -> Answer:
        """Return what an operation answers; raises ServerError and UnreachableError."""
        return self._tried(name, parts, query, body=None, headers={}, key="")

    def write(
        self,
        name: str,
        parts: Mapping[str, Any],
        query: Query,
        *,
        body: Body | None,
        match: str = "",
        key: str | None = None,
    ) -> Answer:
        """Do something once, however often it has to be sent; raises as `read` does."""
        key = str(uuid.uuid4()) if key is None else _checked(key)
        headers = {"Idempotency-Key": key}
        if match:
            headers["If-Match"] = match
        return self._tried(name, parts, query, body=body, headers=headers, key=key)

    def _tried(
        self,
        name: str,
        parts: Mapping[str, Any],
        query: Query,
        *,
        body: Body | None,
        headers: dict[str, str],
        key: str,
    ) -> Answer:
        operation = OPERATIONS[name]
        retry = 0
        while True:
            said: float | None = None
            try:
                found = self._sent(operation, parts, query, body=body, headers=headers)
                refused = _refused(found, operation)
                if refused is None:
                    return _answer(found, operation)
                if not may_pass(refused.status, refused.code):
                    raise refused
                failed: Exception = refused
                said = seconds_said(
                    found.headers.get("Retry-After"), now=dt.datetime.now(dt.UTC)
                )
            except (httpx.LocalProtocolError, httpx.UnsupportedProtocol) as error:
                problem = Problem("call", str(error))
                raise ConnectError("this cannot be sent", [problem]) from None
            except (httpx.TransportError, httpx.DecodingError, _CutError) as error:
                if is_hopeless(error):
                    problem = Problem("url", str(error), "mend the certificate")
                    raise ConnectError("the server is not who it says", [problem]) from None
                failed = error
            retry += 1
            wait = self.patience.wait_before(retry, chance=self.chance(), said=said)
            if wait is None:
                raise _given_up(failed, retry, key) from failed
            self.sleep(wait)

    def _sent(
        self,
        operation: Operation,
        parts: Mapping[str, Any],
        query: Query,
        *,
        body: Body | None,
        headers: dict[str, str],
    ) -> httpx.Response:
        path = operation.path
        for part, value in parts.items():
            path = path.replace(f"{{{part}}}", quote(str(value), safe=""))
        given = {one: value for one, value in query.items() if value not in (None, "")}
        content = None if body is None else body.content()
        if body is not None:
            headers = headers | {"Content-Type": body.media_type}
        if body is not None and body.size is not None:
            # Said beforehand: what comes in chunks of unknown number is not read there.
            headers["Content-Length"] = str(body.size)
        return self.http.request(
            operation.method,
            f"{_BASE}{path}",
            params=given,
            content=content,
            headers=headers,
        )


class _CutError(Exception):
    """An answer that ended before its end."""


def _refused(found: httpx.Response, operation: Operation) -> ServerError | None:
    if _OK <= found.status_code < _REDIRECTED:
        return None
    if found.status_code < _REFUSED:
        where = found.headers.get("Location", "")
        problem = Problem("url", f"it sends on to {where[:200]}", "connect to that address")
        return ServerError(
            "the server is elsewhere",
            [problem],
            code="redirected",
            status=found.status_code,
        )
    try:
        document = found.json()
    except ValueError:
        document = {}
    if not isinstance(document, dict):
        document = {}
    if "code" not in document:
        # No problem document of ours: something between here and the server answered.
        document = {"detail": f"{operation.method} {found.url.path}: {found.status_code}"}
    return error_of(found.status_code, document)


def _answer(found: httpx.Response, operation: Operation) -> Answer:
    value = None
    if operation.answer is not None:
        try:
            value = found.json()
        except ValueError:
            message = "the answer is cut off, or none of an openspiff server"
            raise _CutError(message) from None
    return Answer(
        status=found.status_code,
        value=value,
        content=found.content,
        etag=found.headers.get("ETag", ""),
    )


def _given_up(failed: Exception, tries: int, key: str) -> Exception:
    if isinstance(failed, ServerError):
        return failed
    remedy = "look whether the address is right and the server runs"
    if key:
        remedy = f"the same call with key={key!r} again does it once, if it was not done"
    problem = Problem("server", str(failed) or type(failed).__name__, remedy)
    message = f"the server did not answer in {tries} tries"
    return UnreachableError(message, [problem], key=key)


def _checked(key: str) -> str:
    if not 0 < len(key) <= _LONGEST_KEY or not key.isascii() or not key.isprintable():
        problem = Problem("key", "this cannot be a key", f"1 to {_LONGEST_KEY} letters")
        raise ConnectError("nothing was sent", [problem])
    return key
