"""How do the lines of a CSV file become rows? Many at once where they are plain."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import attrs

from openspiff.errors import Problem
from openspiff.events._tables import (
    CHUNK,
    LISTED,
    MAX_CELL,
    BadRow,
    Chunk,
    EventFileError,
    Note,
    bad_row,
    checked_header,
    may_be_hostile,
)

_MAX_LINE: Final = 1 << 20
_BLOCK: Final = 1 << 20
_AT_ONCE: Final = 10_000


def undecodable_line(path: Path, encoding: str) -> int:
    """Return the number of the first line not in an encoding, 0 where it cannot be told."""
    if encoding.lower().replace("_", "-").startswith(("utf-16", "utf-32")):
        return 0
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode(encoding)
            except UnicodeDecodeError:
                return number
    return 0


class _Lines:
    """Hands out the lines of a text file, and knows how many it has handed out.

    They are read in blocks; from a block on that cannot be decoded, they are read one by
    one, so that those before the fault are handed out all the same.
    """

    def __init__(self, path: Path, encoding: str, file: io.TextIOBase) -> None:
        """Begin at the first line of the open file."""
        self._path, self._encoding = path, encoding
        self._file = file
        self._known: list[str] = []
        self._next = 0
        self._read_count = 0
        self._singly: Iterator[str] | None = None
        self.count = 0

    def batch(self, size: int) -> list[str]:
        """Return up to `size` of the coming lines without handing them out."""
        while len(self._known) - self._next < size and self._fill():
            pass
        return self._known[self._next : self._next + size]

    def skip(self, count: int) -> None:
        """Take lines of a batch as handed out."""
        self._next += count
        self.count += count

    def __iter__(self) -> Iterator[str]:
        """Hand out lines one by one, to the end."""
        while self._next < len(self._known) or self._fill():
            self._next += 1
            self.count += 1
            yield self._known[self._next - 1]
        if self._singly is not None:
            for line in self._singly:
                self.count += 1
                yield line

    def _fill(self) -> bool:
        """Read one more block, up to the end of its last line."""
        if self._singly is not None:
            return False
        try:
            block = self._file.read(_BLOCK) + self._file.readline(_MAX_LINE)
        except UnicodeDecodeError:
            self._singly = self._one_by_one()
            return False
        lines = io.StringIO(block, newline="").readlines()
        self._known = self._known[self._next :] + lines
        self._next = 0
        self._read_count += len(lines)
        return bool(lines)

    def _one_by_one(self) -> Iterator[str]:
        with self._path.open(encoding=self._encoding, newline="") as file:
            for _ in range(self._read_count):
                file.readline()
            while line := file.readline(_MAX_LINE):
                yield line


@attrs.define
class CsvRows:
    """The rows of one CSV file; `chunks` reads them, and fills everything else.

    Lines are tried many at once. Where a row takes several lines, or anything is odd, they
    are gone through one by one, which finds what is wrong and where.
    """

    path: Path
    encoding: str
    delimiter: str
    header: list[str] = attrs.field(factory=list)
    notes: list[Note] = attrs.field(factory=list)
    _problems: list[Problem] = attrs.field(factory=list)
    _problem_count: int = 0
    _empty_count: int = 0
    _is_suspect: bool = False
    _is_over: bool = False
    done_share: float = 0.0

    def _watched(self, lines: _Lines) -> Iterator[str]:
        for line in lines:
            # A line break at its end aside, an ordinary line can be printed whole.
            if len(line) > MAX_CELL or not line.rstrip("\r\n").isprintable():
                self._is_suspect = True
            if len(line) >= _MAX_LINE:
                message = f"a line of more than {_MAX_LINE:,} characters"
                raise csv.Error(message)
            yield line

    def _problem(self, number: int, message: str, remedy: str = "") -> None:
        self._problem_count += 1
        if len(self._problems) < LISTED:
            place = f"{self.path.name} row {number}"
            self._problems.append(Problem(place, message, remedy))

    def _rows(self, lines: _Lines) -> Iterator[tuple[int, list[str] | None]]:
        """Yield each row with the number of its first line, None for one cell too long."""
        before = lines.count
        reader = csv.reader(self._watched(lines), delimiter=self.delimiter, strict=True)
        while True:
            number = before + reader.line_num + 1
            try:
                row = next(reader)
            except StopIteration:
                self._is_over = True
                return
            except csv.Error as error:
                if before + reader.line_num == number and "field limit" in str(error):
                    yield number, None
                    continue
                remedy = "close the quotation mark; double it where it is meant as text"
                self._problem(
                    number, f"the row cannot be told from the next: {error}", remedy
                )
                self._is_over = True
                return
            except UnicodeDecodeError as error:
                remedy = "say the right files.*.encoding"
                line = undecodable_line(self.path, self.encoding) or number
                self._problem(line, f"not {self.encoding}: {error.reason}", remedy)
                self._is_over = True
                return
            if row:
                yield number, row

    def chunks(self) -> Iterator[Chunk]:
        """Yield an empty chunk once the header is known, then the rows."""
        size = max(self.path.stat().st_size, 1)
        with self.path.open(encoding=self.encoding, newline="") as file:
            lines = _Lines(self.path, self.encoding, file)
            rows = self._rows(lines)
            number, cells = next(rows, (1, []))
            if cells and cells[0].lower().startswith("sep=") and not any(cells[1:]):
                number, cells = next(rows, (2, []))
            self._stop()
            self.header = checked_header(self.path, number, cells or [])
            self._is_suspect = False
            chunk = Chunk([], [])
            yield chunk
            while not self._is_over:
                wanted = min(_AT_ONCE, CHUNK - len(chunk.rows))
                if not self._add_many(chunk, lines, wanted):
                    self._add_each(chunk, lines, wanted)
                if len(chunk.rows) >= CHUNK and not self._problems:
                    self.done_share = os.lseek(file.fileno(), 0, os.SEEK_CUR) / size
                    yield chunk
                    chunk = Chunk([], [])
        self._stop()
        self.done_share = 1.0
        if self._empty_count:
            message = f"{self._empty_count:,} rows without any text were passed over"
            self.notes.append(Note(self.path.name, message))
        yield chunk

    def _add_many(self, chunk: Chunk, lines: _Lines, wanted: int) -> bool:
        """Add the coming lines, a row each, if they are nothing but that."""
        batch = [] if self._problems else lines.batch(wanted)
        if not batch or max(map(len, batch)) > MAX_CELL or may_be_hostile("".join(batch)):
            return False
        try:
            rows = list(csv.reader(batch, delimiter=self.delimiter, strict=True))
        except csv.Error:
            return False
        # A row that takes several lines makes them fewer; a ragged or an empty one shows.
        is_plain = len(rows) == len(batch) and set(map(len, rows)) == {len(self.header)}
        if not is_plain or not all(map(any, rows)):
            return False
        chunk.numbers.extend(range(lines.count + 1, lines.count + 1 + len(rows)))
        chunk.rows.extend(rows)
        lines.skip(len(rows))
        return True

    def _add_each(self, chunk: Chunk, lines: _Lines, wanted: int) -> None:
        """Add the rows of the coming lines one by one; the last may take more lines."""
        until = lines.count + wanted
        for number, row in self._rows(lines):
            self._add(chunk, number, row)
            if lines.count >= until:
                return

    def _add(self, chunk: Chunk, number: int, row: list[str] | None) -> None:
        if row is None:
            reason = f"a cell of more than {csv.field_size_limit():,} characters"
            chunk.bad.append(BadRow(number, "", "", reason))
            return
        is_suspect, self._is_suspect = self._is_suspect, False
        if len(row) != len(self.header):
            message = f"expected {len(self.header)} cells as in the header, got {len(row)}"
            self._problem(number, message, "quote a text that holds the delimiter")
            return
        if not any(row):
            self._empty_count += 1
            return
        bad = bad_row(number, self.header, row) if is_suspect else None
        if bad is not None:
            chunk.bad.append(bad)
        elif not self._problems:
            chunk.numbers.append(number)
            chunk.rows.append(row)

    def _stop(self) -> None:
        if self._problems:
            rest = self._problem_count - len(self._problems)
            if rest:
                place = self.path.name
                self._problems.append(Problem(place, f"and {rest:,} more of the same kind"))
            message = f"{self.path.name} is broken; nothing of it was read"
            raise EventFileError(message, self._problems)
