"""How does a table reach a spreadsheet? As CSV in which no text becomes a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

_STARTS_A_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")

Cell = str | int


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Return a table as CSV with a byte order mark, so that its letters are read right.

    A text that a spreadsheet would run is made inert by an apostrophe before it; numbers
    are handed in as `int`, or as `amount_cell` makes them, and stay numbers.
    """
    file = io.StringIO()
    file.write("\N{ZERO WIDTH NO-BREAK SPACE}")
    writer = csv.writer(file)
    writer.writerow(header)
    writer.writerows([_inert(cell) for cell in row] for row in rows)
    return file.getvalue()


class _Amount(str):
    """A number that was written by us, minus sign and all."""

    __slots__ = ()


def amount_cell(amount_minor: int, exponent: int) -> str:
    """Return an amount as a plain number for a spreadsheet: `-12.50`, `900`."""
    whole, part = divmod(abs(amount_minor), 10**exponent)
    digits = f"{whole}" + (f".{part:0{exponent}d}" if exponent else "")
    return _Amount(f"{'-' if amount_minor < 0 else ''}{digits}")


def _inert(cell: Cell) -> Cell:
    if isinstance(cell, str) and not isinstance(cell, _Amount):
        # Leading blanks and quotes do not keep every spreadsheet from running it.
        return f"'{cell}" if cell.lstrip(" \"'").startswith(_STARTS_A_FORMULA) else cell
    return cell
