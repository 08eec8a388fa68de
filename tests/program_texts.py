"""Which program do the specs start from? The smallest file there is."""

from __future__ import annotations

import datetime as dt
from typing import Any

import tomlkit

from openspiff.program import Program, ProgramError, parse_program

SMALLEST = """\
program_id = "sprint"
name = "Sprint"
currency = "USD"

[behavior]
kind = "deal_won"

[window]
zone = "UTC"
starts_on = 2026-01-01
ends_before = 2026-04-01

[payout]
kind = "flat"
amount = "250.00"
"""


def with_terms(**tables: Any) -> str:
    """Return the smallest file with these tables and keys put in (None: left out)."""
    document = tomlkit.parse(SMALLEST).unwrap()
    for key, value in tables.items():
        if isinstance(value, dict) and isinstance(document.get(key), dict):
            kept = {} if key == "payout" and "kind" in value else document[key]
            merged = {**kept, **value}
            document[key] = {k: v for k, v in merged.items() if v is not None}
        elif value is None:
            document.pop(key)
        else:
            document[key] = value
    return tomlkit.dumps(document)


def program_with(**tables: Any) -> Program:
    """Return the program of that file."""
    return parse_program(with_terms(**tables))


def problems_with(**tables: Any) -> list[str]:
    """Return what is wrong with that file, one line for each problem, places unnumbered."""
    try:
        parse_program(with_terms(**tables))
    except ProgramError as error:
        return [
            f"{one.place.split(', line')[0]}: {one.message} -> {one.remedy}"
            for one in error.problems
        ]
    return []


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)
