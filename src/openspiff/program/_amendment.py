"""How does a launched program change? As a new version of the same file, comments kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, MutableMapping
from typing import Any

import tomlkit

from openspiff.errors import Problem

from ._errors import ProgramError
from ._file import parse_program
from ._lines import lines_of

Change = str | int | bool | dt.date | list[Any] | dict[str, Any] | None


def new_version(
    text: str,
    *,
    takes_recorded_from: dt.date,
    changes: Mapping[str, Change] | None = None,
    name: str = "the program",
) -> str:
    """Return the TOML text of the next version; comments and layout stay.

    `changes` goes from places such as `caps.budget` to values as a file writes them; None
    removes a key. Raises ProgramError when the text or its amendment is no valid program.
    """
    program = parse_program(text, name=name)
    wanted: dict[str, Change] = {
        "version": program.version + 1,
        "takes_recorded_from": takes_recorded_from,
        **(changes or {}),
    }
    document = tomlkit.parse(_with_new_keys(text, wanted))
    for place, value in wanted.items():
        _change(document, place, value)
    amended = document.as_string()
    parse_program(amended, name=f"version {program.version + 1} of {name}")
    return amended


def _with_new_keys(text: str, wanted: Mapping[str, Change]) -> str:
    """Write plain keys that are new beside `program_id`, above every [table].

    tomlkit would put them after the comment that belongs to the first table.
    """
    known = lines_of(text)
    lines = text.split("\n")
    for place, value in reversed(list(wanted.items())):
        is_plain = "." not in place and not isinstance(value, dict | None)
        if is_plain and (place,) not in known:
            written = tomlkit.item(value).as_string()
            lines.insert(known["program_id",], f"{place} = {written}")
    return "\n".join(lines)


def _change(document: MutableMapping[str, Any], place: str, value: Change) -> None:
    *tables, key = place.split(".")
    inner = document
    for table in tables:
        if table not in inner:
            inner[table] = tomlkit.table()
        inner = inner[table]
        if not isinstance(inner, MutableMapping):
            problem = Problem(place, f"{table} is no table", "change the whole of it")
            raise ProgramError("this place cannot be changed", [problem])
    if value is None:
        inner.pop(key, None)
    else:
        inner[key] = value
