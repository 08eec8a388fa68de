"""How is a table of a TOML file read so that every problem is told at once?"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, TypeVar

from openspiff.errors import Problem

Choice = TypeVar("Choice", bound=StrEnum)


def did_you_mean(name: str, known: Collection[str]) -> str:
    """Return a remedy that names the closest known spelling, or lists what is known."""
    folded = {one.casefold().replace(" ", ""): one for one in known}
    close = get_close_matches(name.casefold().replace(" ", ""), folded, n=1, cutoff=0.6)
    if close:
        return f"did you mean {folded[close[0]]!r}?"
    listed = ", ".join(sorted(known)[:12])
    return f"known: {listed}" if listed else ""


class Section:
    """One table of the file; what is asked for is known, everything else is a problem."""

    def __init__(
        self, table: Mapping[str, Any], place: str, problems: list[Problem]
    ) -> None:
        """Read `table`, found at `place`, and add what is wrong to `problems`."""
        self.table = table
        self.place = place
        self.problems = problems
        self._asked: set[str] = set()

    def at(self, key: str) -> str:
        """Return the place of a key."""
        return f"{self.place}.{key}" if self.place else key

    def problem(self, key: str, message: str, remedy: str = "") -> None:
        """Add a problem at a key."""
        self.problems.append(Problem(self.at(key), message, remedy))

    def get(self, key: str, kind: type, words: str) -> Any:
        """Return the value if it is of `kind` (a yes/no is no number), else None."""
        self._asked.add(key)
        value = self.table.get(key)
        if value is None:
            return None
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            self.problem(key, f"expected {words}, got {value!r}")
            return None
        return value

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text; without `default` it must be there and not empty."""
        value = self.get(key, str, "a text")
        if value is None:
            if default is None and key not in self.table:
                self.problem(key, "expected a text, got nothing", f"add {key} = ...")
            return default or ""
        if not value and default is None:
            self.problem(key, "expected a text, got an empty one")
        return str(value)

    def texts(self, key: str) -> tuple[str, ...]:
        """Return one text or a list of texts as a tuple; empty when absent."""
        self._asked.add(key)
        value = self.table.get(key, [])
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, list) or not all(
            isinstance(one, str) and one for one in listed
        ):
            self.problem(key, f"expected a text or a list of texts, got {value!r}")
            return ()
        return tuple(listed)

    def choice(self, key: str, kind: type[Choice], default: Choice) -> Choice:
        """Return one of the values of an enumeration."""
        value = self.text(key, default.value)
        known = [one.value for one in kind]
        if value not in known:
            self.problem(
                key,
                f"expected one of {', '.join(known)}, got {value!r}",
                did_you_mean(value, known),
            )
            return default
        return kind(value)

    def flag(self, key: str, *, default: bool) -> bool:
        """Return a yes or no."""
        value = self.get(key, bool, "true or false")
        return default if value is None else bool(value)

    def number(self, key: str, default: int) -> int:
        """Return a whole number."""
        value = self.get(key, int, "a whole number")
        return default if value is None else int(value)

    def section(self, key: str) -> Section | None:
        """Return a table inside this one, or None."""
        value = self.get(key, dict, f"a table [{self.at(key)}]")
        return None if value is None else Section(value, self.at(key), self.problems)

    def sections(self, key: str) -> list[Section]:
        """Return a list of tables inside this one."""
        value = self.get(key, list, f"tables [[{self.at(key)}]]") or []
        found = []
        for number, table in enumerate(value, start=1):
            place = f"{self.at(key)}[{number}]"
            if isinstance(table, dict):
                found.append(Section(table, place, self.problems))
            else:
                self.problems.append(Problem(place, f"expected a table, got {table!r}"))
        return found

    def names(self) -> list[str]:
        """Return every key of the table, all of which count as asked for."""
        self._asked.update(self.table)
        return list(self.table)

    def finish(self, allowed: Collection[str] = ()) -> None:
        """Report the keys that nobody asked for."""
        known = self._asked | set(allowed)
        for key in self.table:
            if key not in known:
                self.problem(key, f"unknown key {key!r}", did_you_mean(key, known))
