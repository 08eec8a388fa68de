"""On which line of a TOML text does each key stand?"""

from __future__ import annotations

import re
import tomllib
from typing import Any, Final

from ._formats import Path

_BLANK: Final = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY_PART: Final = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')"""
_KEY: Final = re.compile(rf"{_KEY_PART}(?:[ \t]*\.[ \t]*{_KEY_PART})*")
_VALUE: Final = re.compile(
    r'''"""(?:[^"\\]|\\.|""?(?!"))*"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\]|\\.)*"|'''
    r"""'[^'\n]*'|[^,\]}\#\r\n]+""",
    re.DOTALL,
)


def lines_of(toml_text: str) -> dict[Path, int]:
    """Return the line, counted from 1, of every table, key and list item.

    `toml_text` must be valid TOML; whoever calls has parsed it already.
    """
    return _Scan(toml_text).lines()


class _Scan:
    """One walk over a valid text; it understands only as much as places need."""

    def __init__(self, toml_text: str) -> None:
        self._text = toml_text
        self._at = 0
        self._counted_to = 0
        self._line = 1
        self._lines: dict[Path, int] = {}
        self._items: dict[Path, int] = {}

    def lines(self) -> dict[Path, int]:
        table: Path = ()
        while self._skip_blank() < len(self._text):
            if self._text.startswith("[", self._at):
                is_list = self._text.startswith("[[", self._at)
                self._at += 2 if is_list else 1
                self._skip_blank()
                table = self._header(self._key(), is_list=is_list)
                self._skip_blank()
                self._at += 2 if is_list else 1
            else:
                self._pair(table)
        return self._lines

    def _skip_blank(self) -> int:
        blank = _BLANK.match(self._text, self._at)
        self._at = blank.end() if blank else self._at
        return self._at

    def _tell(self, path: Path) -> None:
        if self._at >= self._counted_to:
            self._line += self._text.count("\n", self._counted_to, self._at)
        else:
            self._line -= self._text.count("\n", self._at, self._counted_to)
        self._counted_to = self._at
        self._lines.setdefault(path, self._line)

    def _key(self) -> Path:
        found = _KEY.match(self._text, self._at)
        if found is None:  # cannot be in a valid text; ends the walk
            self._at = len(self._text)
            return ()
        self._at = found.end()
        inner: Any = tomllib.loads(f"{found.group()} = 0")
        path: Path = ()
        while isinstance(inner, dict):
            part, inner = next(iter(inner.items()))
            path = (*path, part)
        return path

    def _header(self, key: Path, *, is_list: bool) -> Path:
        path: Path = ()
        for position, part in enumerate(key):
            path = (*path, part)
            if path not in self._items and not (is_list and position == len(key) - 1):
                continue
            if is_list and position == len(key) - 1:
                self._tell(path)
                self._items[path] = self._items.get(path, -1) + 1
            path = (*path, self._items[path])
        self._tell(path)
        return path

    def _pair(self, table: Path) -> None:
        start = self._at
        path = (*table, *self._key())
        end, self._at = self._at, start
        for depth in range(len(table) + 1, len(path) + 1):
            self._tell(path[:depth])
        self._at = end
        self._skip_blank()
        self._at += 1  # the equals sign
        self._value(path)

    def _value(self, path: Path) -> None:
        self._skip_blank()
        self._tell(path)
        opening = self._text[self._at : self._at + 1]
        if opening not in {"[", "{"}:
            plain = _VALUE.match(self._text, self._at)
            self._at = plain.end() if plain else len(self._text)
            return
        self._at += 1
        position = 0
        while self._skip_blank() < len(self._text) and self._text[self._at] not in "]}":
            if self._text[self._at] == ",":
                self._at += 1
            elif opening == "[":
                self._value((*path, position))
                position += 1
            else:
                self._pair(path)
        self._at += 1
