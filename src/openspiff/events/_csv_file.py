"""How is a CSV file read when nobody says how it was written?"""

from __future__ import annotations

import csv
import io
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder
from collections.abc import Collection
from pathlib import Path
from typing import Final

from openspiff.errors import Problem
from openspiff.events._csv_rows import CsvRows, undecodable_line
from openspiff.events._mapping import FileRule
from openspiff.events._tables import EventFileError, Note, Table

_DELIMITERS: Final = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
SAMPLE: Final = 1 << 16


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
            line = undecodable_line(path, encoding)
            place = f"{path.name} row {line}"
            problem = Problem(place, str(error), "correct files.*.encoding")
            msg = f"{path.name} is not {encoding}"
            raise EventFileError(msg, [problem]) from None
    delimiter = rule.delimiter or detect_delimiter(start, wanted)
    shown = _DELIMITERS.get(delimiter, repr(delimiter))
    told = "said" if rule.encoding else "detected"
    parted = "said" if rule.delimiter else "detected"
    message = f"read as {encoding} ({told}), columns parted by {shown} ({parted})"
    rows = CsvRows(path, encoding, delimiter)
    note = Note(path.name, message)
    rows.notes.append(note)
    chunks = rows.chunks()
    next(chunks)
    return Table(
        path=path,
        header=rows.header,
        chunks=chunks,
        notes=rows.notes,
        done_share=lambda: rows.done_share,
    )
