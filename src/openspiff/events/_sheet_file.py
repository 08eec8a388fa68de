"""How is a spreadsheet read that somebody else wrote? By a child that may die."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from openspiff.errors import Problem
from openspiff.events import _sheet_child
from openspiff.events._mapping import FileRule
from openspiff.events._tables import (
    CHUNK,
    Chunk,
    Counted,
    EventFileError,
    Note,
    Scratch,
    Table,
    bad_row,
    checked_header,
)

_SECONDS: Final = 120


def _refused(path: Path, message: str, remedy: str) -> EventFileError:
    problem = Problem(path.name, message, remedy)
    return EventFileError(f"{path.name} is refused as a workbook", [problem])


def _parse(path: Path, sheet: str, target: Path) -> dict[str, Any]:
    """Let the child check and parse; whatever kills it, kills it alone."""
    script = str(Path(_sheet_child.__file__))
    command = [sys.executable, "-I", script, str(path.resolve()), sheet, str(target)]
    remedy = "save the sheet as CSV"
    try:
        done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise _refused(path, f"takes more than {_SECONDS} s to parse", remedy) from None
    try:
        said: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        message = f"broke the parser or its limits (ended with {done.returncode})"
        raise _refused(path, message, remedy) from None
    if "refused" in said:
        raise _refused(path, said["refused"], said["remedy"])
    return said


def open_sheet(path: Path, rule: FileRule) -> Table:
    """Open one sheet of an XLSX workbook (the first one unless the rule names it).

    The archive's directory is checked first, then the content, then it is parsed, all in a
    child with limits on memory and time. Raises EventFileError for what is refused.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            _sheet_child.check_directory(archive)
            if "xl/workbook.xml" not in archive.namelist():
                raise _refused(path, "is no workbook", "save it as .xlsx")
    except _sheet_child.RefusedError as error:
        raise _refused(path, *error.args) from None
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise _refused(path, f"is no archive: {error}", "save it as .xlsx") from None
    scratch = Scratch()
    target = scratch.folder / "rows.jsonl"
    said = _parse(path, rule.sheet, target)
    rows = _rows(target)
    number, cells = next(rows, (1, []))
    header = checked_header(path, number, cells)
    notes = [Note(path.name, f"read sheet {said['sheet']!r}")]
    if len(said["sheets"]) > 1 and not rule.sheet:
        others = ", ".join(said["sheets"][1:])
        notes.append(Note(path.name, f"other sheets were not read: {others}"))
    numbers = frozenset(header[int(index)] for index in said["numbers"])
    counted = Counted(int(said["last"]))
    return Table(
        path=path,
        header=header,
        chunks=_chunks(header, rows, scratch, counted),
        notes=notes,
        number_columns=numbers,
        done_share=counted.share,
    )


def _rows(target: Path) -> Iterator[tuple[int, list[str]]]:
    with target.open(encoding="utf-8") as file:
        for line in file:
            number, *row = json.loads(line)
            if any(row):
                yield number, row


def _chunks(
    header: list[str],
    rows: Iterator[tuple[int, list[str]]],
    scratch: Scratch,
    counted: Counted,
) -> Iterator[Chunk]:
    chunk = Chunk([], [])
    for number, row in rows:
        bad = bad_row(number, header, row)
        if bad is not None:
            chunk.bad.append(bad)
            continue
        chunk.numbers.append(number)
        chunk.rows.append(row)
        if len(chunk.rows) >= CHUNK:
            counted.count = number
            yield chunk
            chunk = Chunk([], [])
    counted.count = counted.total
    yield chunk
    scratch.close()
