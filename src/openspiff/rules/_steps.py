"""In which order is an amount made? One named step a file, the same for every program."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from openspiff.engine import Step

_FOLDER: Final[Traversable] = files("openspiff.rules").joinpath("steps")

_VIEWS: Final = frozenset({"first_in", "ranked", "parts", "second_cap"})
_KEEPS_JOIN_ORDER: Final = frozenset({"candidates", "checks"})

SEQUENCE: Final = (
    "roster_state",
    "classes",
    "spans",
    "customers",
    "shapes",
    "cube",
    "candidates",
    "first_in",
    "ranked",
    "priced",
    "parts",
    "first_cap",
    "second_cap",
    "entitled",
)
"""The steps from events to entitlements; each reads the ones before it."""


def _text(name: str) -> str:
    return _FOLDER.joinpath(f"{name}.sql").read_text(encoding="utf-8")


@functools.cache
def tests() -> Mapping[str, tuple[str, str]]:
    """Return every test as code -> (scope, SQL): scope is "shape" or "row"."""
    found: dict[str, tuple[str, str]] = {}
    for block in _text("conditions").split("-- ")[1:]:
        title, _, sql = block.partition("\n")
        scope, mark, code = title.partition(": ")
        if mark and scope in {"shape", "row"}:
            found[code] = (scope, " ".join(sql.split()))
    return found


@functools.cache
def _fragments() -> Mapping[str, str]:
    shape, row = (
        [sql for scope, sql in tests().values() if scope == wanted]
        for wanted in ("shape", "row")
    )
    return {
        "facts": _body("facts"),
        "lookups": _body("lookups"),
        "listing": _body("listing"),
        "listing_facts": _body("listing_facts"),
        "shape_tests": "\n  and ".join(f"({sql})" for sql in shape),
        "row_tests": "\n  and ".join(f"({sql})" for sql in row),
        "every_test": ",\n  ".join(
            f"coalesce({sql}, false) as passes_{code}" for code, (_, sql) in tests().items()
        ),
    }


def _body(name: str) -> str:
    lines = _text(name).splitlines()
    return "\n".join(line for line in lines if not line.startswith("--"))


def step(name: str) -> Step:
    """Return one named step with its fragments filled in."""
    sql = _body(name)
    for fragment, text in _fragments().items():
        sql = sql.replace("{" + fragment + "}", text)
    return Step(
        name=name,
        sql=sql,
        is_stored=name not in _VIEWS,
        keeps_join_order=name in _KEEPS_JOIN_ORDER,
    )


def sequence(*, since: str = "roster_state", until: str = "entitled") -> list[Step]:
    """Return the steps from `since` to `until`, both included."""
    names = SEQUENCE[SEQUENCE.index(since) : SEQUENCE.index(until) + 1]
    return [step(name) for name in names]
