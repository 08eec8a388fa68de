"""What came of reading files? Rows to import, rows that were refused, and notes."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import attrs

from openspiff.engine import Row
from openspiff.events._shape import EVENT_COLUMNS
from openspiff.events._tables import Note, Scratch

# What an import adds to what a file says.
_BY_IMPORT: Final = (
    "batch_no",
    "revision",
    "duplicate_of",
    "entered_batch",
    "entered_at",
    "status_at",
)
STAGED_COLUMNS: Final[Mapping[str, str]] = {
    "file_no": "BIGINT",
    "row_no": "BIGINT",
    "said_revision": "BIGINT",
    **{name: kind for name, kind in EVENT_COLUMNS.items() if name not in _BY_IMPORT},
}
"""The columns of staged rows: what the file says, and the row that says it."""

_NUMBER: Final = re.compile(r"[+-]?\d+([.,]\d+)*%?")


@attrs.frozen(kw_only=True)
class Reject:
    """One cell for which its row was refused; the other rows are unaffected."""

    file: str
    row: int
    column: str
    value: str
    reason: str
    remedy: str = ""


@attrs.frozen
class UnmappedProduct:
    """A product that is neither listed nor an alias, and the closest that is listed."""

    name: str
    row_count: int
    closest: str = ""


@attrs.frozen(kw_only=True)
class ReadResult:
    """What was read; `staged` are Parquet files (STAGED_COLUMNS) that live as long as this.

    `event_count` counts events to import, `row_count` the rows of the main file,
    `rejected_count` those refused; `roster` is in PAYEE_COLUMNS, None without [payees].
    """

    source: str
    staged: tuple[Path, ...]
    recorded_at: int
    row_count: int
    event_count: int
    rejected_count: int
    rejects: tuple[Reject, ...]
    notes: tuple[Note, ...]
    unmapped_products: tuple[UnmappedProduct, ...]
    roster: tuple[Row, ...] | None
    scratch: Scratch = attrs.field(repr=False, eq=False)


def inert(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula; numbers stay numbers."""
    is_risky = text.lstrip(" \t\r\n\ufeff\xa0")[:1] in tuple("=+-@")
    if text[:1] in ("\t", "\r", "\n") or (
        is_risky and text and not _NUMBER.fullmatch(text)
    ):
        return "'" + text
    return text


def write_rejects(result: ReadResult, path: Path) -> Path:
    """Write every reject as CSV (UTF-8 with a mark, so that spreadsheets see it).

    Columns: file, row, column, value, reason, remedy. Texts that a spreadsheet would run as
    a formula begin with an apostrophe.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "row", "column", "value", "reason", "remedy"])
        for one in result.rejects:
            texts = (one.column, one.value, one.reason, one.remedy)
            writer.writerow([inert(one.file), one.row, *map(inert, texts)])
    return path
