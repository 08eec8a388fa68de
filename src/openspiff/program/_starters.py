"""Which program does somebody begin with? A few files, written to be changed."""

from __future__ import annotations

import datetime as dt
from importlib.resources import files
from typing import Final

import attrs

_FOLDER: Final = files("openspiff.program") / "starters"


@attrs.frozen(kw_only=True)
class Starter:
    """A program file to begin with: its name, what it is for, and the text itself."""

    name: str
    title: str
    text: str


def starters(
    *, starts_on: dt.date, ends_before: dt.date, zone: str, seed: int
) -> tuple[Starter, ...]:
    """Return every starter, its days, zone and seed filled in; each is a valid program."""
    filled = {
        "{starts_on}": starts_on.isoformat(),
        "{ends_before}": ends_before.isoformat(),
        "{zone}": zone,
        "{seed}": str(seed),
    }
    found = []
    for path in sorted(_FOLDER.iterdir(), key=lambda one: one.name):
        if not path.name.endswith(".toml"):
            continue
        text = path.read_text(encoding="utf-8")
        for mark, value in filled.items():
            text = text.replace(mark, value)
        title = text.partition("\n")[0].lstrip("# ")
        name = path.name.removesuffix(".toml").partition("-")[2]
        found.append(Starter(name=name, title=title, text=text))
    return tuple(found)
