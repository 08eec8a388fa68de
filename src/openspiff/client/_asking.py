"""How is everything asked of a server? Page after page, by version, once by its key."""

from __future__ import annotations

import datetime as dt
import functools
import json
import types
from collections.abc import Iterator, Mapping
from typing import Any, Final, Self, TypeVar

import attrs
import cattrs

from openspiff.errors import Problem

from ._errors import ConnectError, ServerError
from ._operations import OPERATIONS
from ._wire import Answer, Body, Query, Wire

PAGE: Final = 500
T = TypeVar("T")
_CHANGED: Final = frozenset(
    {
        "get_claim",
        "get_import_draft",
        "get_notice_paces",
        "get_program_draft",
        "get_webhook",
        "get_webhook_source",
    }
)
"""What is changed as it was read: of these the versions are remembered."""


@attrs.frozen
class _Page:
    items: list[Any]
    next: str | None


@attrs.define
class Asking:
    """A line to a server, with the versions of what was read one by one."""

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

    def _pages(
        self,
        name: str,
        kind: type[T],
        query: Query,
        parts: Mapping[str, Any] | None = None,
    ) -> Iterator[T]:
        cursor = ""
        while True:
            asked = {**query, "cursor": cursor, "limit": PAGE}
            page = _shaped(self._wire.read(name, parts or {}, asked).value, _Page)
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
        body: Body | None = None,
        key: str | None,
        query: Query | None = None,
        parts: Mapping[str, Any] | None = None,
        match: str = "",
    ) -> T:
        found = self._wire.write(
            name, parts or {}, query or {}, body=body, match=match, key=key
        )
        return _shaped(found.value, kind)

    def _changed(
        self,
        name: str,
        parts: Mapping[str, Any],
        *,
        read: tuple[str, type[T]],
        key: str | None,
        body: Any = None,
    ) -> T:
        """Change what `read` reads: refused when it is no longer as it was read."""
        reading, kind = read
        match = self._seen(read, parts)
        sent = None if body is None else as_body(body)
        try:
            found = self._wire.write(name, parts, {}, body=sent, match=match, key=key)
        except ServerError:
            # Whoever looks again is to see what it is by now.
            self._versions.pop(self._place(reading, parts), None)
            raise
        self._remember(reading, parts, found)
        return _shaped(found.value, kind)

    def _seen(self, read: tuple[str, type[T]], parts: Mapping[str, Any]) -> str:
        """Return the version that was read last; reads it where it was not."""
        place = self._place(read[0], parts)
        if place not in self._versions:
            self._one(*read, parts)
        return self._versions[place]

    def _remember(self, name: str, parts: Mapping[str, Any], found: Answer) -> None:
        if found.etag and name in _CHANGED:
            self._versions[self._place(name, parts)] = found.etag

    @staticmethod
    def _place(name: str, parts: Mapping[str, Any]) -> str:
        return OPERATIONS[name].path.format(**parts)


def as_body(value: Any) -> Body:
    """Return a shape or plain data as the JSON that is sent; raises ConnectError."""
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
