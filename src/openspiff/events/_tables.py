"""How is any file seen? As a header and chunks of texts, with the number of each row."""

from __future__ import annotations

import re
import shutil
import tempfile
import weakref
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import ClassVar, Final

import attrs

from openspiff.errors import OpenSpiffError, Problem

CHUNK: Final = 50_000
MAX_CELL: Final = 32_767
"""The longest text of a cell, as in spreadsheets; anything longer is refused."""

LISTED: Final = 20
"""How many places of one kind of fault are named one by one."""

# Control characters (line breaks and tabs aside) and marks that turn text around.
_HOSTILE: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"
)


class EventFileError(OpenSpiffError):
    """A file that cannot be read as what the mapping says it is; nothing is imported."""

    code: ClassVar[str] = "event_file"


class Scratch:
    """A folder for as long as somebody holds on to it."""

    def __init__(self) -> None:
        """Make the folder."""
        self.folder = Path(tempfile.mkdtemp(prefix="openspiff-"))
        self.close = weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)


@attrs.frozen
class Note:
    """Something worth knowing about what was read, though nothing is wrong with it."""

    place: str
    message: str

    def __str__(self) -> str:
        """Return the note as one line."""
        return f"{self.place}: {self.message}"


ReadProgress = Callable[[int, float], None]
"""Called with the rows read so far, and which share of all that is to be read they are."""


@attrs.frozen
class BadRow:
    """A row of which one cell is not text that a person wrote."""

    number: int
    column: str
    value: str
    reason: str


@attrs.define
class Chunk:
    """Some rows: their numbers in the file, and their cells as written, row by row."""

    numbers: list[int]
    rows: list[list[str]]
    bad: list[BadRow] = attrs.field(factory=list)


@attrs.define
class Counted:
    """How many of the rows of a file that says how many it has are behind."""

    total: int
    count: int = 0

    def share(self) -> float:
        """Return the share of them."""
        return min(self.count / max(self.total, 1), 1.0)


@attrs.define(kw_only=True)
class Table:
    """One opened file; `chunks` can be read once and fills `notes` on the way.

    `done_share` tells which share of the file lies behind the chunk that came last.
    """

    path: Path
    header: list[str]
    chunks: Iterator[Chunk]
    notes: list[Note] = attrs.field(factory=list)
    number_columns: frozenset[str] = frozenset()
    done_share: Callable[[], float] = lambda: 0.0


def hostile_reason(text: str) -> str:
    """Return why a text cannot stand in a cell, or an empty text."""
    if len(text) > MAX_CELL:
        return f"a cell of {len(text):,} characters; at most {MAX_CELL:,} are read"
    found = None if text.isprintable() else _HOSTILE.search(text)
    return f"a control character U+{ord(found[0]):04X}" if found else ""


def may_be_hostile(lines: str) -> bool:
    """Tell whether whole lines hold a character for which a cell of them is refused."""
    text = lines.replace("\n", "").replace("\r", "").replace("\t", "")
    return not text.isprintable() and _HOSTILE.search(text) is not None


def bad_row(number: int, header: Sequence[str], row: Sequence[str]) -> BadRow | None:
    """Return what is wrong with the first hostile cell of a row, if any is."""
    for column, text in zip(header, row, strict=False):
        reason = hostile_reason(text)
        if reason:
            return BadRow(number, column, printable(text), reason)
    return None


def printable(text: str) -> str:
    """Return the beginning of a text with what cannot be printed escaped."""
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text[:80])


def checked_header(path: Path, number: int, cells: Sequence[str]) -> list[str]:
    """Return the names of the columns.

    Raises EventFileError when one stands twice, or holds what is not text.
    """
    header = [cell.strip() for cell in cells]
    place = f"{path.name} row {number}"
    problems = [
        Problem(place, f"the header names {name!r} {count} times", "rename one of them")
        for name, count in Counter(header).items()
        if count > 1 and name
    ]
    problems += [
        Problem(place, f"the header holds {reason}")
        for reason in map(hostile_reason, header)
        if reason
    ]
    if not any(header):
        problems.append(Problem(place, "expected a header with the names of the columns"))
    if problems:
        msg = f"{path.name} cannot be read"
        raise EventFileError(msg, problems)
    return header
