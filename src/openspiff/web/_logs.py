"""What stands in the log? One line a record: what happened, in numbers and known words.

A log is read by more people than the pages are, and kept longer. So no value gets in by
itself: of a message only its fixed words are kept, of the fields beside it numbers, yes or
no, and the texts that `SAID` names; of an exception its class and the places in the code,
not what it says (it may quote a row). Only while developing the whole trace is shown.

structlog is loaded with the first line: a command that logs nothing does not wait for it.
"""

from __future__ import annotations

import datetime as dt
import logging
import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any, ClassVar, Final, TextIO

SAID: Final = frozenset(
    {"request_id", "method", "route", "why", "kind", "state", "worker", "trace_id"}
)
"""The fields whose text may stand in the log: words of our own, never of a person."""

_PLACEHOLDER: Final = re.compile(r"%(?:\(\w+\))?[-#0 +]*\d*(?:\.\d+)?[a-zA-Z]")
_QUOTED: Final = re.compile(r"'[^']*'|\"[^\"]*\"|`[^`]*`")
_STANDARD: Final = {*vars(logging.makeLogRecord({})), "message", "asctime"}
_LONGEST: Final = 100
_PLACES: Final = 30
_BOUND: Final[ContextVar[MappingProxyType[str, Any]]] = ContextVar(
    "openspiff_log", default=MappingProxyType({})
)


@contextmanager
def bound(**fields: Any) -> Iterator[None]:
    """Add the same fields to every line that is logged inside, such as a request's id."""
    token = _BOUND.set(MappingProxyType(_BOUND.get() | fields))
    try:
        yield
    finally:
        _BOUND.reset(token)


class Stderr(logging.StreamHandler[TextIO]):
    """Writes to whatever is the standard error at that moment, not at the start."""

    def __init__(self) -> None:
        """Keep no stream."""
        logging.Handler.__init__(self)

    def handle(self, record: logging.LogRecord) -> bool:
        """Put the bound fields into the record, once, where it was logged."""
        for name, value in _BOUND.get().items():
            vars(record).setdefault(name, value)
        return bool(super().handle(record))

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        """Return the standard error."""
        return sys.stderr


class Lines(logging.Formatter):
    """Makes one line of each record: JSON for machines, columns at a keyboard."""

    _renderers: ClassVar[dict[bool, Any]] = {}

    def __init__(self, *, is_json: bool, is_whole: bool) -> None:
        """Say in which form; `is_whole` adds traces as Python shows them (developing)."""
        super().__init__()
        self._is_json = is_json
        self._is_whole = is_whole

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        text: str = self._renderer()(None, record.levelname.lower(), event_of(record))
        if self._is_whole and record.exc_info and record.exc_info[0] is not None:
            text += "\n" + self.formatException(record.exc_info)
        return text

    def _renderer(self) -> Any:
        if self._is_json not in self._renderers:
            import structlog  # noqa: PLC0415 (takes long, and most commands log nothing)

            self._renderers[self._is_json] = (
                structlog.processors.JSONRenderer()
                if self._is_json
                else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
            )
        return self._renderers[self._is_json]


def event_of(record: logging.LogRecord) -> dict[str, Any]:
    """Return what the line of a record says."""
    beside = {name: value for name, value in vars(record).items() if name not in _STANDARD}
    at = dt.datetime.fromtimestamp(record.created, dt.UTC)
    line: dict[str, Any] = {
        "timestamp": at.isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "event": _words(record.msg),
    }
    for name, value in beside.items():
        # What Django hands along (the request, for one) is no field of ours.
        if isinstance(value, bool | int | float | str) or value is None:
            line[name] = _harmless(name, value)
    if record.exc_info and record.exc_info[1] is not None:
        line |= _broken(record.exc_info[1])
    return line


def _words(message: object) -> str:
    """Return the fixed words of a message; dots for values and for what is quoted."""
    if not isinstance(message, str):
        return type(message).__name__
    plain = _QUOTED.sub("…", _PLACEHOLDER.sub("…", message))
    return plain.replace("\n", " ")[:_LONGEST]


def _harmless(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if name not in SAID:
        return "…"
    # Escaped, or a value could write lines of its own into the log.
    return value.encode("unicode_escape").decode("ascii")[:_LONGEST]


def _broken(error: BaseException) -> dict[str, Any]:
    """Return the classes of an exception and its causes, and the places of the first."""
    classes: list[str] = []
    one: BaseException | None = error
    while one is not None and len(classes) < _PLACES:
        classes.append(f"{type(one).__module__}.{type(one).__qualname__}")
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
    frames = traceback.extract_tb(error.__traceback__)[-_PLACES:]
    places = [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]
    return {"error": classes[0], "causes": classes[1:], "places": places}


def _short(path: str) -> str:
    """Return a path from its package on: where things are installed is nobody's matter."""
    for mark in ("site-packages/", "/src/"):
        _, found, rest = path.rpartition(mark)
        if found:
            return rest
    return path.rpartition("/")[2]
