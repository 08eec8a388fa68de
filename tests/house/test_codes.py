"""Is every warning and check that the code can give told of in the reference?"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from house.sources import PACKAGE, python_files, tree_of

from openspiff import measure, value

ROOMS = ("src/openspiff/measure", "src/openspiff/value", "src/openspiff/report")


def codes_given(kind: str) -> set[str]:
    """Return the codes that calls of `kind`(code, ...) name as text."""
    found = set()
    for path in python_files(*ROOMS, "src/openspiff/cli", "src/openspiff/web"):
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(kind):
                found |= set(_texts(node))
    return found


def _texts(call: ast.Call) -> Iterator[str]:
    given = [*call.args[:1], *(one.value for one in call.keywords if one.arg == "code")]
    for one in given[:1]:
        if isinstance(one, ast.Constant) and isinstance(one.value, str):
            yield one.value


def texts_in(room: Path) -> set[str]:
    """Return every text of the code of a room but for its table of codes."""
    return {
        node.value
        for path in python_files(str(room.relative_to(PACKAGE.parents[1])))
        if path.name != "_codes.py"
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_every_warning_that_can_be_given_is_told_of() -> None:
    given = codes_given("Caution")
    assert len(given) > 40  # the scan finds them
    assert given <= measure.CAUTIONS.keys() | value.CAUTIONS.keys()


def test_every_check_that_can_be_asked_is_told_of() -> None:
    given = codes_given("Check")
    assert {"leakage", "sample_ratio"} <= given <= measure.CHECKS.keys()


@pytest.mark.parametrize(
    ("room", "codes"),
    [
        (PACKAGE / "measure", {*measure.CAUTIONS, *measure.CHECKS}),
        (PACKAGE / "value", {*value.CAUTIONS}),
    ],
    ids=["measure", "value"],
)
def test_no_code_is_told_of_that_nothing_gives(room: Path, codes: set[str]) -> None:
    assert codes <= texts_in(room)
