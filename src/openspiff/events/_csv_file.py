"""How is a CSV file read when nobody says how it was written?"""

from __future__ import annotations

import csv
import io
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

import attrs

from openspiff.errors import Problem
from openspiff.events._mapping import FileRule
from openspiff.events._tables import (
    CHUNK,
    LISTED,
    MAX_CELL,
    BadRow,
    Chunk,
    EventFileError,
    Note,
    Table,
    bad_row,
    checked_header,
)

_DELIMITERS: Final = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
SAMPLE: Final = 1 << 16
_MAX_LINE: Final = 1 << 20


def detect_encoding(path: Path) -> str:
    """Return utf-8, utf-8-sig, utf-16 (by its mark or its zeros) or cp1252.

    Raises EventFileError when it is none of them.
    """
    with path.open("rb") as file:
        start = file.read(SAMPLE)
        if start.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
            return "utf-16"
        if start.startswith(BOM_UTF8):
            return "utf-8-sig"
        half = max(len(start) // 2, 1)
        for encoding, zeros in (("utf-16-le", start[1::2]), ("utf-16-be", start[::2])):
            if zeros.count(0) * 2 > half:
                return encoding
        for encoding in ("utf-8", "cp1252"):
            file.seek(0)
            if _decodes(file, encoding):
                return encoding
    problem = Problem(path.name, "neither UTF-8, UTF-16 nor cp1252", "say files.*.encoding")
    msg = f"{path.name} is not a text file that can be read"
    raise EventFileError(msg, [problem])


def _decodes(file: io.BufferedReader, encoding: str) -> bool:
    decoder = getincrementaldecoder(encoding)()
    try:
        while block := file.read(1 << 20):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def detect_delimiter(start: str, wanted: Collection[str]) -> str:
    """Return the delimiter that shows most of the wanted columns, then most columns."""
    line, _, rest = start.lstrip().partition("\n")
    if line.lower().startswith("sep="):
        line = rest.partition("\n")[0]

    def score(delimiter: str) -> tuple[int, int]:
        try:
            cells = next(csv.reader([line.rstrip("\r")], delimiter=delimiter), [])
        except csv.Error:
            return 0, 0
        return len({cell.strip() for cell in cells} & set(wanted)), len(cells)

    return max(_DELIMITERS, key=score)


def open_csv(path: Path, rule: FileRule, wanted: Collection[str]) -> Table:
    """Open a CSV file; encoding and delimiter are detected unless the rule says them.

    Raises EventFileError here for an unusable header, and while the chunks are read for
    what is broken in its shape: then nothing of the file may be used.
    """
    encoding = rule.encoding or detect_encoding(path)
    with path.open(encoding=encoding, newline="") as file:
        try:
            start = file.read(SAMPLE)
        except UnicodeError as error:
            line = _undecodable_line(path, encoding)
            place = f"{path.name} row {line}"
            problem = Problem(place, str(error), "correct files.*.encoding")
            msg = f"{path.name} is not {encoding}"
            raise EventFileError(msg, [problem]) from None
    delimiter = rule.delimiter or detect_delimiter(start, wanted)
    shown = _DELIMITERS.get(delimiter, repr(delimiter))
    told = "said" if rule.encoding else "detected"
    parted = "said" if rule.delimiter else "detected"
    message = f"read as {encoding} ({told}), columns parted by {shown} ({parted})"
    rows = _Rows(path, encoding, delimiter)
    note = Note(path.name, message)
    rows.notes.append(note)
    chunks = rows.chunks()
    next(chunks)
    return Table(path=path, header=rows.header, chunks=chunks, notes=rows.notes)


def _undecodable_line(path: Path, encoding: str) -> int:
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


@attrs.define
class _Rows:
    path: Path
    encoding: str
    delimiter: str
    header: list[str] = attrs.field(factory=list)
    notes: list[Note] = attrs.field(factory=list)
    _problems: list[Problem] = attrs.field(factory=list)
    _problem_count: int = 0
    _empty_count: int = 0
    _is_suspect: bool = False

    def _lines(self, file: io.TextIOBase) -> Iterator[str]:
        while line := file.readline(_MAX_LINE):
            # A line break at its end aside, an ordinary line can be printed whole.
            if len(line) > MAX_CELL or not line.rstrip("\r\n").isprintable():
                self._is_suspect = True
            if len(line) == _MAX_LINE:
                message = f"a line of more than {_MAX_LINE:,} characters"
                raise csv.Error(message)
            yield line

    def _problem(self, number: int, message: str, remedy: str = "") -> None:
        self._problem_count += 1
        if len(self._problems) < LISTED:
            place = f"{self.path.name} row {number}"
            self._problems.append(Problem(place, message, remedy))

    def _rows(self, file: io.TextIOBase) -> Iterator[tuple[int, list[str] | None]]:
        """Yield each row with the number of its first line, None for one cell too long."""
        reader = csv.reader(self._lines(file), delimiter=self.delimiter, strict=True)
        while True:
            number = reader.line_num + 1
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                if reader.line_num == number and "field limit" in str(error):
                    yield number, None
                    continue
                remedy = "close the quotation mark; double it where it is meant as text"
                self._problem(
                    number, f"the row cannot be told from the next: {error}", remedy
                )
                return
            except UnicodeDecodeError as error:
                remedy = "say the right files.*.encoding"
                line = _undecodable_line(self.path, self.encoding) or number
                self._problem(line, f"not {self.encoding}: {error.reason}", remedy)
                return
            if row:
                yield number, row

    def chunks(self) -> Iterator[Chunk]:
        """Yield an empty chunk once the header is known, then the rows."""
        with self.path.open(encoding=self.encoding, newline="") as file:
            rows = self._rows(file)
            number, cells = next(rows, (1, []))
            if cells and cells[0].lower().startswith("sep=") and not any(cells[1:]):
                number, cells = next(rows, (2, []))
            self._stop()
            self.header = checked_header(self.path, number, cells or [])
            self._is_suspect = False
            chunk = Chunk([], [])
            yield chunk
            for number, row in rows:
                self._add(chunk, number, row)
                if len(chunk.rows) >= CHUNK and not self._problems:
                    yield chunk
                    chunk = Chunk([], [])
        self._stop()
        if self._empty_count:
            message = f"{self._empty_count:,} rows without any text were passed over"
            self.notes.append(Note(self.path.name, message))
        yield chunk

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
