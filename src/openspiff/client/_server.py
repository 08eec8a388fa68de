"""What can a server be asked, by the names that the library has? Read, and write once."""

from __future__ import annotations

import datetime as dt
import functools
import json
import types
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Self, TypeVar

import attrs
import cattrs

from openspiff.errors import Problem

from . import _shapes as shapes
from ._errors import ConnectError, ServerError
from ._operations import OPERATIONS
from ._wire import Answer, Body, Query, Wire

_PAGE: Final = 500
T = TypeVar("T")


@attrs.frozen
class _Page:
    items: list[Any]
    next: str | None


@attrs.define
class Server:
    """An openspiff server, asked in the name of the token's user, by the same walls.

    Lists come as iterators that fetch page after page. What is read one by one is
    remembered by its version, so that a change of what somebody else changed meanwhile is
    refused. Every write is done once, however often the line breaks; give it a `key` of
    your own (the number of the thing in your system) and it is done once though your
    program is started again.
    """

    _wire: Wire
    _versions: dict[str, str] = attrs.field(factory=dict, init=False)

    def __enter__(self) -> Self:
        """Return the server itself; its connections are closed at the end of the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: types.TracebackType | None,
    ) -> None:
        """Close the connections."""
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._wire.http.close()

    # Programs

    def programs(self, *, state: str = "") -> Iterator[shapes.Program]:
        """Return every program that the user sees, in its newest version."""
        return self._pages("list_programs", shapes.Program, {"state": state})

    def program(self, program_id: str) -> shapes.Program:
        """Return one program in its newest version."""
        parts = {"program_id": program_id}
        return self._one("get_program", shapes.Program, parts)

    def versions(self, program_id: str) -> tuple[shapes.Program, ...]:
        """Return every version of a program, the newest first."""
        parts = {"program_id": program_id}
        return self._one("list_program_versions", shapes.VersionList, parts).items

    def terms(self, program_id: str, *, version: int | None = None) -> shapes.Terms:
        """Return every promise and limit of a program, in its newest version or another."""
        parts = {"program_id": program_id}
        return self._one("get_program_terms", shapes.Terms, parts, {"version": version})

    # Claims

    def claims(
        self, *, state: str = "", program_id: str = "", payee_id: str = ""
    ) -> Iterator[shapes.Claim]:
        """Return claims, those first that were sent first; `waiting` is a state too."""
        query = {"state": state, "program_id": program_id, "payee_id": payee_id}
        return self._pages("list_claims", shapes.Claim, query)

    def claim(self, claim_id: int) -> shapes.WholeClaim:
        """Return one claim with its evidence and its history."""
        return self._one("get_claim", shapes.WholeClaim, {"claim_id": claim_id})

    def send_claim(
        self, claim: shapes.ClaimGiven, *, key: str | None = None
    ) -> shapes.Claim:
        """Send a claim of the payee that the token's user is."""
        return self._written("send_claim", shapes.Claim, body=claim, key=key)

    def resend_claim(
        self, claim_id: int, claim: shapes.ClaimFactsGiven, *, key: str | None = None
    ) -> shapes.WholeClaim:
        """Send a withdrawn or rejected claim again, as its next revision."""
        parts = {"claim_id": claim_id}
        return self._changed("resend_claim", parts, body=claim, key=key)

    def withdraw_claim(self, claim_id: int, *, key: str | None = None) -> shapes.WholeClaim:
        """Take back a claim that nobody has decided."""
        return self._changed("withdraw_claim", {"claim_id": claim_id}, key=key)

    def decide_claims(
        self,
        decision: str,
        claims: Iterable[shapes.Claim | shapes.WholeClaim],
        *,
        reason: str = "",
        key: str | None = None,
    ) -> shapes.Decision:
        """Approve or reject claims as they were read, or undo it: all of them or none."""
        seen = [{"claim_id": one.claim_id, "revision": one.revision} for one in claims]
        body = {"decision": decision, "claims": seen, "reason": reason}
        return self._written("decide_claims", shapes.Decision, body=body, key=key)

    # How all of them are asked

    def _pages(self, name: str, kind: type[T], query: Query) -> Iterator[T]:
        cursor = ""
        while True:
            asked = {**query, "cursor": cursor, "limit": _PAGE}
            page = _shaped(self._wire.read(name, {}, asked).value, _Page)
            for one in page.items:
                yield _shaped(one, kind)
            cursor = page.next or ""
            if not cursor:
                return

    def _one(
        self, name: str, kind: type[T], parts: Mapping[str, Any], query: Query | None = None
    ) -> T:
        found = self._wire.read(name, parts, query or {})
        self._remember(name, parts, found)
        return _shaped(found.value, kind)

    def _written(
        self,
        name: str,
        kind: type[T],
        *,
        body: Any,
        key: str | None,
        query: Query | None = None,
    ) -> T:
        found = self._wire.write(name, {}, query or {}, body=_json(body), key=key)
        return _shaped(found.value, kind)

    def _changed(
        self, name: str, parts: Mapping[str, Any], *, key: str | None, body: Any = None
    ) -> shapes.WholeClaim:
        """Change a claim that was read: refused when it is no longer as it was then."""
        if self._place("get_claim", parts) not in self._versions:
            self._one("get_claim", shapes.WholeClaim, parts)
        match = self._versions[self._place("get_claim", parts)]
        sent = None if body is None else _json(body)
        try:
            found = self._wire.write(name, parts, {}, body=sent, match=match, key=key)
        except ServerError:
            # Whoever looks again is to see what it is by now.
            self._versions.pop(self._place("get_claim", parts), None)
            raise
        self._remember("get_claim", parts, found)
        return _shaped(found.value, shapes.WholeClaim)

    def _remember(self, name: str, parts: Mapping[str, Any], found: Answer) -> None:
        if found.etag and name == "get_claim":
            self._versions[self._place(name, parts)] = found.etag

    @staticmethod
    def _place(name: str, parts: Mapping[str, Any]) -> str:
        return OPERATIONS[name].path.format(**parts)


def _json(value: Any) -> Body:
    if attrs.has(type(value)):
        value = attrs.asdict(value)
    try:
        text = json.dumps(value, default=_plain, ensure_ascii=True, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ConnectError("nothing was sent", [Problem("body", str(error))]) from error
    content = text.encode("ascii")
    return Body(content=lambda: content)


def _plain(value: Any) -> Any:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value.isoformat()
    if attrs.has(type(value)):
        return attrs.asdict(value)
    message = f"{type(value).__name__} is nothing that can be sent"
    raise TypeError(message)


@functools.cache
def _converter() -> cattrs.Converter:
    made = cattrs.Converter()
    made.register_structure_hook(dt.date, lambda text, _: dt.date.fromisoformat(text))
    return made


def _shaped(value: Any, kind: type[T]) -> T:
    """Return what came as the shape that was promised; names that are new are let be."""
    try:
        return _converter().structure(value, kind)
    except Exception as error:  # cattrs raises groups of whatever it met
        problem = Problem(kind.__name__, str(error)[:300], "is the server a newer one?")
        raise ServerError(
            "the answer is not what was promised", [problem], code="unexpected_answer"
        ) from error
