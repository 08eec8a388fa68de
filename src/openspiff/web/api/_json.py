"""Which bodies are read as JSON? Those that mean one thing and can be kept."""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from pathlib import Path
from typing import Any, ClassVar, Final

from django.http import HttpRequest
from django.http.request import RawPostDataException, UnreadablePostError
from django.utils.datastructures import MultiValueDict
from ninja.parser import Parser

from openspiff.errors import OpenSpiffError, Problem

MOST_BYTES: Final = 2_000_000
"""What a JSON body may weigh; files of events may weigh more."""
MOST_FILE_BYTES: Final = 1_000_000_000
_PIECE: Final = 1 << 20

_DEEPEST: Final = 32
_LARGEST: Final = 2**63 - 1
_LONGEST_TEXT: Final = 100_000


class BodyError(OpenSpiffError):
    """A body that is not JSON, or JSON that means two things or cannot be kept."""

    code: ClassVar[str] = "body"


class TooLargeError(OpenSpiffError):
    """A body that is larger than this call takes."""

    code: ClassVar[str] = "too_large"


class MediaTypeError(OpenSpiffError):
    """A body in a format that this call does not take."""

    code: ClassVar[str] = "media_type"


class ParameterError(OpenSpiffError):
    """Parameters of an address or headers that mean nothing."""

    code: ClassVar[str] = "parameters"


class StrictParser(Parser):
    """Reads bodies and queries for ninja: strictly, all problems at once."""

    def parse_body(self, request: HttpRequest) -> Any:
        """Return the JSON of a body; raises BodyError, TooLargeError, MediaTypeError."""
        return json_of(request)

    def parse_querydict(
        self,
        data: MultiValueDict[str, Any],
        list_fields: list[str],
        request: HttpRequest,
    ) -> dict[str, Any]:
        """Return the parameters of a query; raises ParameterError."""
        del request
        problems = [
            Problem(name, "a NUL letter cannot be kept")
            for name, values in data.lists()
            if "\0" in name or any("\0" in str(value) for value in values)
        ]
        problems += [
            Problem(name, "it is there twice", "say it once")
            for name, values in data.lists()
            if len(values) > 1 and name not in list_fields
        ]
        if problems:
            raise ParameterError("the query cannot be read", problems)
        return {
            name: data.getlist(name) if name in list_fields else data[name] for name in data
        }


def raw_body(request: HttpRequest, *, most_bytes: int = MOST_BYTES) -> bytes:
    """Return the bytes of a body; raises TooLargeError before reading too many."""
    said = request.META.get("CONTENT_LENGTH") or "0"
    if int(said) > most_bytes if said.isdecimal() else True:
        problem = Problem("body", f"at most {most_bytes} bytes", "send it in parts")
        raise TooLargeError("the body is too large", [problem])
    try:
        return request.body
    except (UnreadablePostError, RawPostDataException) as error:
        raise BodyError("the body broke off", [Problem("body", "send it again")]) from error


def keep_upload(request: HttpRequest, path: Path) -> None:
    """Write the body of a call to a file as it comes; its digest is kept on the request.

    Raises TooLargeError before reading more than is taken.
    """
    said = request.META.get("CONTENT_LENGTH") or "0"
    if not said.isdecimal() or int(said) > MOST_FILE_BYTES:
        problem = Problem("body", f"at most {MOST_FILE_BYTES} bytes", "send it in parts")
        raise TooLargeError("the file is too large", [problem])
    digest = hashlib.sha256()
    with path.open("wb") as file:
        while piece := request.read(_PIECE):
            digest.update(piece)
            file.write(piece)
    request.file_digest = digest.digest()  # type: ignore[attr-defined]


def body_digest(request: HttpRequest) -> bytes:
    """Return the digest of a body, also of one that was read as a file."""
    known: bytes | None = getattr(request, "file_digest", None)
    return hashlib.sha256(raw_body(request)).digest() if known is None else known


def json_of(request: HttpRequest) -> Any:
    """Return the JSON of a body; raises BodyError, TooLargeError, MediaTypeError."""
    if request.content_type != "application/json":
        problem = Problem("Content-Type", "expected application/json")
        raise MediaTypeError("this call takes JSON", [problem])
    return parse_json(raw_body(request))


def parse_json(text: bytes) -> Any:
    """Return what JSON says. Refused: not UTF-8, names twice, NaN, what no column holds."""
    try:
        value = json.loads(
            text.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_no_constant,
            parse_float=_finite,
            parse_int=_bounded,
        )
    except UnicodeDecodeError as error:
        problem = Problem(f"byte {error.start}", "expected UTF-8")
        raise BodyError("the body is no JSON", [problem]) from error
    except json.JSONDecodeError as error:
        problem = Problem(f"line {error.lineno} column {error.colno}", error.msg)
        raise BodyError("the body is no JSON", [problem]) from error
    except RecursionError:
        raise BodyError(
            "the body is nested too deeply", [Problem("body", f"at most {_DEEPEST} levels")]
        ) from None
    problems: list[Problem] = []
    _look(value, "body", 0, problems)
    if problems:
        raise BodyError("the body cannot be kept", problems)
    return value


def _look(value: Any, place: str, depth: int, problems: list[Problem]) -> None:
    """Add what a column of text could not keep, with its place."""
    if depth > _DEEPEST:
        problems.append(Problem(place, f"nested too deeply: at most {_DEEPEST} levels"))
    elif isinstance(value, str):
        _look_at_text(value, place, problems)
    elif isinstance(value, dict):
        for name, inner in value.items():
            _look_at_text(name, f"{place}: a name", problems)
            _look(inner, f"{place}.{name[:50]}", depth + 1, problems)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            _look(inner, f"{place}[{number}]", depth + 1, problems)


def _look_at_text(text: str, place: str, problems: list[Problem]) -> None:
    if "\0" in text:
        problems.append(Problem(_plain(place), "a NUL letter cannot be kept"))
    if len(text) > _LONGEST_TEXT:
        problems.append(Problem(_plain(place), f"at most {_LONGEST_TEXT} letters"))
    if not text.isascii() and any("\ud800" <= one <= "\udfff" for one in text):
        problems.append(
            Problem(_plain(place), "half a letter: a surrogate without its pair")
        )


def _plain(place: str) -> str:
    return place.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        counts = Counter(name for name, _ in pairs)
        twice = [_plain(name[:50]) for name, count in counts.items() if count > 1]
        problems = [Problem(name, "this name stands twice", "once") for name in twice[:20]]
        raise BodyError("the body means two things", problems)
    return found


def _no_constant(name: str) -> Any:
    raise BodyError("the body is no JSON", [Problem(name, "expected a number")])


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise BodyError("the body cannot be kept", [Problem(text[:50], "too large")])
    return value


def _bounded(text: str) -> int:
    if len(text) > 20 or abs(int(text)) > _LARGEST:  # noqa: PLR2004 (letters of 2**63)
        raise BodyError("the body cannot be kept", [Problem(text[:50], "too large")])
    return int(text)
