"""How is a program run again? As a new one: the same terms, later, with its own draw."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import MutableMapping
from typing import Any, Final

import tomlkit

from ._file import parse_program

_DAYS: Final = (
    ("window", "starts_on"),
    ("window", "ends_before"),
    ("window", "reported_before"),
    ("measurement", "announced_on"),
)


def months_later(day: dt.date, months: int) -> dt.date:
    """Return the same day so many months later (earlier below zero), at most the last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return dt.date(year, month + 1, min(day.day, last))


def clone_text(
    text: str,
    *,
    program_id: str,
    name: str,
    months: int,
    seed: int,
    source_name: str = "the program",
) -> str:
    """Return the TOML text of a new program with the terms of this one; comments stay.

    Its days lie so many months later, a holdout is drawn by the new `seed`, and it begins
    with version 1. Raises ProgramError when the text or its clone is no valid program.
    """
    parse_program(text, name=source_name)
    document = tomlkit.parse(text)
    document["program_id"] = program_id
    document["name"] = name
    for key in ("version", "takes_recorded_from"):
        document.pop(key, None)
    for place, key in _DAYS:
        table = document.get(place)
        if isinstance(table, MutableMapping) and key in table:
            _shift(table, key, months)
    holdout = document.get("holdout")
    if isinstance(holdout, MutableMapping):
        holdout["seed"] = seed
    cloned = document.as_string()
    parse_program(cloned, name=f"the clone of {source_name}")
    return cloned


def _shift(table: MutableMapping[str, Any], key: str, months: int) -> None:
    found = table[key]
    day = dt.date(found.year, found.month, found.day)
    table[key] = months_later(day, months)
