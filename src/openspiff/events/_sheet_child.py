"""How is a workbook opened that may be hostile? In a process of its own, with limits.

Run as a script by `_sheet_file`; imports the standard library and the parser only. Prints
one JSON object; the rows go to a file as JSON lines.
"""

from __future__ import annotations

import json
import re
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MEMORY = 1 << 30
CPU_SECONDS = 60
MAX_MEMBERS = 2_000
MAX_UNPACKED = 256 << 20
MAX_RATIO = 200
RATIO_FROM = 1 << 20
MAX_GRID = 16_000_000
BLOCK = 1 << 18
EXACT = 10**15
FORBIDDEN = (
    ("externallinks/", "links to other workbooks", "paste them as values"),
    ("vbaproject.bin", "macros", "save as .xlsx"),
    ("macrosheets/", "macros", "save as .xlsx"),
    ("activex/", "active content", "save as .xlsx"),
    ("embeddings/", "embedded files", "remove them"),
    ("connections.xml", "data connections", "paste them as values"),
)
CELL = re.compile(rb"<(?:\w+:)?c\s(?:[^>]*?\s)?r=[\"']([A-Za-z]{1,4})(\d{1,8})[\"']")
ROW = re.compile(rb"<(?:\w+:)?row\s(?:[^>]*?\s)?r=[\"'](\d{1,8})[\"']")
MEDIA = (".png", ".jpg", ".jpeg", ".gif", ".emf", ".wmf", ".bmp", "printersettings1.bin")
TAIL = 400


class RefusedError(Exception):
    """The workbook is refused: message and remedy."""


def check_directory(archive: zipfile.ZipFile) -> None:
    """Refuse by the directory alone: members, sizes, ratio, links, macros."""
    members = archive.infolist()
    if len(members) > MAX_MEMBERS:
        msg = f"{len(members):,} members in the archive"
        raise RefusedError(msg, "save it anew")
    total = sum(one.file_size for one in members)
    if total > MAX_UNPACKED:
        message = f"unpacks to {total >> 20:,} MB; at most {MAX_UNPACKED >> 20} are read"
        raise RefusedError(message, "save the sheet as CSV")
    names = [one.filename.lower().replace("\\", "/") for one in members]
    if len(set(names)) != len(names):
        raise RefusedError("two members of the archive have one name", "save it anew")
    for one, name in zip(members, names, strict=True):
        if one.flag_bits & 1:
            raise RefusedError("is encrypted", "save it without a password")
        if one.file_size > RATIO_FROM and one.file_size > MAX_RATIO * one.compress_size:
            msg = f"{name} is packed over {MAX_RATIO} to 1"
            raise RefusedError(msg, "save it anew")
        for part, what, remedy in FORBIDDEN:
            if part in name:
                msg = f"holds {what}"
                raise RefusedError(msg, remedy)


def blocks(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """Yield a member in blocks, each begun with the tail of the one before."""
    tail, left = b"", MAX_UNPACKED
    with archive.open(name) as member:
        while block := member.read(BLOCK):
            left -= len(block)
            if left < 0:
                raise RefusedError("unpacks to more than it says", "save it anew")
            yield tail + block
            tail = (tail + block)[-TAIL:]


def column_number(letters: bytes) -> int:
    """Return 1 for A, 27 for AA."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def check_content(archive: zipfile.ZipFile) -> None:
    """Refuse document types (entities) and cells far from all others, in every member."""
    for name in archive.namelist():
        if name.lower().endswith(MEDIA):
            continue
        last_row = last_column = 0
        for block in blocks(archive, name):
            if b"<!DOCTYPE" in block or b"<!ENTITY" in block:
                msg = f"{name} declares entities"
                raise RefusedError(msg, "save it anew")
            if b"\0" in block:
                msg = f"{name} is not written in UTF-8"
                raise RefusedError(msg, "save it anew")
            cells = CELL.findall(block)
            last_row = max(last_row, *map(int, ROW.findall(block) or [0]))
            last_row = max(last_row, *(int(row) for _, row in cells), 0)
            letters = {column for column, _ in cells}
            last_column = max(last_column, *map(column_number, letters), 0)
        if last_row * last_column > MAX_GRID:
            message = f"a cell far from all others (row {last_row}, column {last_column})"
            raise RefusedError(message, "delete the empty rows and columns up to it")


def text_of(value: Any) -> str:
    """Return a cell as a person sees it: dates in ISO, numbers to 15 digits."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return (
            str(int(value))
            if value.is_integer() and abs(value) < EXACT
            else f"{value:.15g}"
        )
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def write_rows(path: Path, sheet: str, target: Path) -> dict[str, Any]:
    """Write the rows of one sheet as JSON lines; tell which columns hold numbers."""
    from python_calamine import CalamineWorkbook  # noqa: PLC0415 (after the limits)

    book = CalamineWorkbook.from_path(str(path))
    if sheet and sheet not in book.sheet_names:
        known = ", ".join(book.sheet_names)
        msg = f"has no sheet {sheet!r}"
        raise RefusedError(msg, f"its sheets: {known}")
    name = sheet or book.sheet_names[0]
    numbers: dict[int, int] = {}
    number = 0
    with target.open("w", encoding="utf-8") as file:
        table = book.get_sheet_by_name(name)
        first = table.start[0] + 1 if table.start else 1
        for number, row in enumerate(table.iter_rows(), start=first):
            for index, value in enumerate(row):
                if isinstance(value, (int, float)) and not isinstance(value, bool):
                    numbers[index] = numbers.get(index, 0) + 1
            file.write(json.dumps([number, *(text_of(value) for value in row)]) + "\n")
    sheets = book.sheet_names
    return {"sheet": name, "sheets": sheets, "numbers": numbers, "last": number}


def limit() -> None:
    """Bound memory and processor time where the system knows how."""
    try:
        import resource  # noqa: PLC0415 (POSIX only)
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(path: str, sheet: str, target: str) -> None:
    """Check, then parse, then say what came of it."""
    limit()
    try:
        with zipfile.ZipFile(path) as archive:
            check_directory(archive)
            check_content(archive)
        said = write_rows(Path(path), sheet, Path(target))
    except RefusedError as error:
        said = {"refused": error.args[0], "remedy": error.args[1]}
    except Exception as error:  # noqa: BLE001 (whatever a broken workbook does to a parser)
        said = {"refused": f"cannot be parsed: {error}"[:300], "remedy": "save it anew"}
    sys.stdout.write(json.dumps(said))


if __name__ == "__main__":
    main(*sys.argv[1:])
