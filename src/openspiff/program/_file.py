"""How is a program read from a file, and how is it written for people?"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import Any, Final

import tomlkit

from openspiff.errors import Problem

from ._errors import ProgramError
from ._fields import PROGRAM, VARIANTS, context_for, context_of
from ._formats import Flaw, FlawsError, Path
from ._lines import lines_of
from ._model import Program
from ._tables import UNKNOWN_KEY, Table

MAX_BYTES: Final = 1_000_000
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_POSITION: Final = re.compile(r"^(.*?) \(at (.*)\)$", re.DOTALL)


def read_program(path: FilePath) -> Program:
    """Return the program in a TOML file.

    Raises ProgramError with every problem, each with its place and its line.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        problem = Problem(str(path), error.strerror or "unreadable", "check the path")
        message = f"{path.name} cannot be read"
        raise ProgramError(message, [problem]) from None
    return parse_program(program_text_of(raw, name=path.name), name=path.name)


def program_text_of(raw: bytes, *, name: str = "the file") -> str:
    """Return the text in the bytes of a program file.

    Raises ProgramError when they are too many, or no UTF-8.
    """
    if len(raw) > MAX_BYTES:
        message = f"{name} is too large to be a program"
        problem = Problem("", f"expected at most {MAX_BYTES:,} bytes, got {len(raw):,}")
        raise ProgramError(message, [problem])
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        problem = Problem(f"line {line}", "not UTF-8", "save the file as UTF-8")
        message = f"{name} is no text"
        raise ProgramError(message, [problem]) from None


def parse_program(text: str, *, name: str = "the program") -> Program:
    """Return the program in a TOML text; `name` is what messages call the text.

    Raises ProgramError with every problem, each with its place and its line.
    """
    terms = _parsed(text, name)
    try:
        program: Program = PROGRAM.read(terms, context_of(terms))
    except FlawsError as error:
        raise ProgramError(*told(error, name, lines_of(text))) from None
    return program


def _parsed(text: str, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except RecursionError:
        problem = Problem("", "brackets are nested too deeply")
    except ValueError as error:  # TOMLDecodeError, or a number of thousands of digits
        found = _POSITION.match(str(error))
        what, place = found.groups() if found else ("a number is too long", "")
        remedy = 'texts stand in quotes, and a key stands once: key = "text"'
        problem = Problem(place, what, remedy)
    message = f"{name} is no valid TOML"
    raise ProgramError(message, [problem])


def told(
    error: FlawsError, name: str, lines: Mapping[Path, int]
) -> tuple[str, list[Problem]]:
    """Return the sentence and the problems for what was found in one program."""
    placed = [(_line(flaw.path, lines), flaw) for flaw in error.flaws]
    placed.sort(key=lambda one: one[0] or 0)
    problems = [
        Problem(
            place_name(flaw.path) + (f", line {line}" if line else ""),
            flaw.message,
            _remedy(flaw),
        )
        for line, flaw in placed
    ]
    count = len(problems)
    return f"{name} has {count} {'problem' if count == 1 else 'problems'}", problems


def _line(path: Path, lines: Mapping[Path, int]) -> int | None:
    for depth in range(len(path), 0, -1):
        if path[:depth] in lines:
            return lines[path[:depth]]
    return None


def place_name(path: Path) -> str:
    """Return a place as people write it: `payout.bands[1].from`."""
    name = ""
    for part in path:
        if isinstance(part, int):
            name += f"[{part}]"
            continue
        quoted = part if _BARE.fullmatch(part) else tomlkit.item(part).as_string()
        name += f".{quoted}" if name else quoted
    return name


def _homes(table: Table, where: str = "") -> dict[str, set[str]]:
    homes: dict[str, set[str]] = {}
    for field in table.fields:
        homes.setdefault(field.key, set()).add(where)
        inner = f"{where}.{field.key}" if where else field.key
        own = (field.format,) if isinstance(field.format, Table) else ()
        for variant in VARIANTS.get(inner, own):
            for key, tables in _homes(variant, inner).items():
                homes.setdefault(key, set()).update(tables)
    return homes


_HOMES: Final = _homes(PROGRAM)


def _remedy(flaw: Flaw) -> str:
    """Send a known key home when it stands in the wrong table."""
    if flaw.message != UNKNOWN_KEY:
        return flaw.remedy
    *tables, key = flaw.path
    homes = _HOMES.get(str(key), set())
    where = ".".join(part for part in tables if isinstance(part, str))
    if len(homes) != 1 or where in homes:
        return flaw.remedy
    home = next(iter(homes))
    return f"it belongs in [{home}]" if home else "it belongs above the first [table]"


def program_text(program: Program) -> str:
    """Return a program as a TOML text; what equals its default is left out."""
    terms = PROGRAM.write(program, context_for(program))
    document = tomlkit.document()
    for key, value in terms.items():
        document.add(key, _item(value, is_inline=False))
    return document.as_string()


def _item(value: Any, *, is_inline: bool) -> Any:
    if isinstance(value, dict):
        table = tomlkit.inline_table() if is_inline else tomlkit.table()
        for key, inner in value.items():
            table.add(tomlkit.key([key]), _item(inner, is_inline=is_inline))
        return table
    if isinstance(value, list):
        array = tomlkit.array()
        for inner in value:
            array.append(_item(inner, is_inline=True))
        return array.multiline(any(isinstance(inner, dict) for inner in value))
    return tomlkit.item(value)
