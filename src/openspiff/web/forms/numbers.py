"""Which whole number does an address or a form say? None where it says none."""

from __future__ import annotations

from typing import Final

_MOST_DIGITS: Final = 15  # more is nobody's number, and thousands of digits Python refuses


def whole_number(text: str) -> int | None:
    """Return a number of plain digits, up to fifteen of them; None for anything else."""
    is_one = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    return int(text) if is_one else None


def page_number(text: str) -> int:
    """Return which page is asked for: the first one unless a number says another."""
    return whole_number(text) or 1
