"""How does a table become a file that a spreadsheet opens without running anything?

A text that begins like a formula is written as text: in CSV behind an apostrophe, in XLSX
as a string. Amounts are numbers in both, below zero too.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
_BLOCK: Final = 1_000
_SHEET_ROWS: Final = 1_048_576
_CELL_LETTERS: Final = 32_767
_TITLE_LETTERS: Final = 24
_LARGEST_EXACT: Final = 10**15
_MOST_PLACES: Final = 4
_DAY: Final = -1


def csv_blocks(
    header: Sequence[str], rows: Iterable[Sequence[Any]], *, has_mark: bool = False
) -> Iterator[str]:
    """Yield a table as CSV text, about a thousand rows at once.

    Amounts are handed in as `Decimal`. With `has_mark` the text begins with a byte order
    mark, by which a spreadsheet that is opened by a click reads its letters right.
    """
    text = io.StringIO()
    if has_mark:
        text.write("\N{ZERO WIDTH NO-BREAK SPACE}")
    writer = csv.writer(text)
    writer.writerow(header)
    for number, row in enumerate(rows, start=1):
        writer.writerow([_csv_cell(cell) for cell in row])
        if number % _BLOCK == 0:
            yield text.getvalue()
            text.seek(0)
            text.truncate()
    yield text.getvalue()


def write_workbook(
    path: Path, title: str, header: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Write a table as an XLSX file, a row at a time; a full sheet is followed by another.

    Numbers of more than 15 digits, which a spreadsheet would round, are written as text.
    """
    import xlsxwriter  # noqa: PLC0415 (only who writes a workbook pays for loading it)

    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "tmpdir": str(path.parent),
    }
    with xlsxwriter.Workbook(str(path), options) as book:
        bold = book.add_format({"bold": True})
        shapes = {_DAY: "yyyy-mm-dd"} | {
            places: "#,##0" + ("." + "0" * places if places else "")
            for places in range(_MOST_PLACES + 1)
        }
        formats = {
            key: book.add_format({"num_format": shape}) for key, shape in shapes.items()
        }
        sheet, line, count = None, _SHEET_ROWS, 0
        for row in rows:
            if line == _SHEET_ROWS:
                count += 1
                sheet = _sheet(book, title, count, header, bold)
                line = 1
            for column, cell in enumerate(row):
                _write_cell(sheet, (line, column), cell, formats)
            line += 1
        if sheet is None:
            _sheet(book, title, 1, header, bold)


def _sheet(book: Any, title: str, count: int, header: Sequence[str], bold: Any) -> Any:
    name = title[:_TITLE_LETTERS] + ("" if count == 1 else f" {count}")
    sheet = book.add_worksheet(name)
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(header) - 1, 16)
    sheet.write_row(0, 0, header, bold)
    return sheet


def _write_cell(
    sheet: Any, place: tuple[int, int], cell: Any, formats: Mapping[int, Any]
) -> None:
    match cell:
        case None | "":
            return
        case Decimal() if abs(cell) < _LARGEST_EXACT:
            places = -int(cell.as_tuple().exponent)
            sheet.write_number(*place, float(cell), formats[places])
        case int() if abs(cell) < _LARGEST_EXACT:
            sheet.write_number(*place, cell)
        case dt.date():
            first = dt.datetime.combine(cell, dt.time())
            sheet.write_datetime(*place, first, formats[_DAY])
        case _:
            sheet.write_string(*place, _clean(str(cell))[:_CELL_LETTERS])


def _csv_cell(cell: Any) -> Any:
    if isinstance(cell, str):
        text = _clean(cell)
        # Leading blanks and quotes do not keep every spreadsheet from running it.
        is_run = text.lstrip(" \"'").startswith(_FORMULA_STARTS)
        return f"'{text}" if is_run else text
    return "" if cell is None else cell


def _clean(text: str) -> str:
    # A control character makes a workbook that no program opens.
    return "".join(one if one >= " " or one in "\t\n\r" else " " for one in text)
