"""What is in a file that somebody hands in, before anything is known about it?"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import attrs

from openspiff.errors import Problem
from openspiff.events._csv_file import SAMPLE, detect_delimiter, detect_encoding
from openspiff.events._files import open_table
from openspiff.events._mapping import FileFormat, FileRule
from openspiff.events._tables import EventFileError, Table

_LOOKED_AT: Final = 50_000
_ZIP: Final = b"PK\x03\x04"
_PARQUET: Final = b"PAR1"
_OLD_WORKBOOK: Final = b"\xd0\xcf\x11\xe0"


@attrs.frozen(kw_only=True)
class Look:
    """How a file is read, and the beginning of what it says.

    `rows` are up to 50,000 rows with their numbers in `numbers`; `problems` is what is
    wrong with the file as far as its beginning shows: then there are no rows.
    """

    rule: FileRule
    header: tuple[str, ...] = ()
    numbers: tuple[int, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    number_columns: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()

    def column(self, name: str) -> list[str]:
        """Return the texts of a column, stripped, empty ones left out."""
        at = self.header.index(name)
        return [row[at].strip() for row in self.rows if row[at].strip()]


def format_of(path: Path) -> FileFormat:
    """Return what kind of file it is, by its first bytes and not by its name.

    Raises EventFileError for a workbook of the old kind, and for an empty file.
    """
    with path.open("rb") as file:
        start = file.read(8)
    if start.startswith(_OLD_WORKBOOK):
        problem = Problem(path.name, "is a workbook of the old kind", "save it as .xlsx")
        raise EventFileError("the file cannot be read", [problem])
    if not start:
        problem = Problem(path.name, "is empty", "choose the file that holds the rows")
        raise EventFileError("the file cannot be read", [problem])
    if start.startswith(_ZIP):
        return FileFormat.XLSX
    return FileFormat.PARQUET if start.startswith(_PARQUET) else FileFormat.CSV


def look_at(
    path: Path, *, encoding: str = "", delimiter: str = "", sheet: str = ""
) -> Look:
    """Look at the beginning of a file; what is not said is detected.

    Nothing is raised for a broken file: the problems stand in the answer, each with its
    row.
    """
    rule = FileRule(role="file", path=path.name, format=FileFormat.CSV)
    try:
        rule = _rule(path, encoding=encoding, delimiter=delimiter, sheet=sheet)
        return _seen(open_table(path, rule, ()), rule)
    except EventFileError as error:
        problems = error.problems or (Problem(path.name, error.message),)
        return Look(rule=rule, problems=problems)


def _rule(path: Path, *, encoding: str, delimiter: str, sheet: str) -> FileRule:
    kind = format_of(path)
    if kind is FileFormat.CSV:
        encoding = encoding or detect_encoding(path)
        if not delimiter:
            with path.open(encoding=encoding, errors="replace", newline="") as file:
                delimiter = detect_delimiter(file.read(SAMPLE), ())
        return FileRule(
            role="file",
            path=path.name,
            format=kind,
            encoding=encoding,
            delimiter=delimiter,
        )
    return FileRule(
        role="file",
        path=path.name,
        format=kind,
        sheet=sheet if kind is FileFormat.XLSX else "",
    )


def _seen(table: Table, rule: FileRule) -> Look:
    chunk = next(table.chunks)
    notes = [note.message for note in table.notes if rule.format is not FileFormat.CSV]
    notes += [f"row {one.number} {one.column}: {one.reason}" for one in chunk.bad[:5]]
    return Look(
        rule=rule,
        header=tuple(table.header),
        numbers=tuple(chunk.numbers[:_LOOKED_AT]),
        rows=tuple(tuple(row) for row in chunk.rows[:_LOOKED_AT]),
        number_columns=table.number_columns,
        notes=tuple(notes),
    )
