"""What do the specs of the rules need? One engine, and a way to check one example on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from engines import new_engine
from spec.rules._table import Example, check as check_example


@pytest.fixture(scope="session")
def engine() -> Iterator[Any]:
    with new_engine() as running:
        yield running


@pytest.fixture
def check(engine: Any, tmp_path: Path) -> Callable[..., None]:
    """Return what asserts an example: `check(PROGRAM, EVENTS, EXPECTED, roster=...)`."""

    def checked(program: str, events: str, expected: str, **tables: str) -> None:
        check_example(Example.read(program, events, expected, **tables), engine, tmp_path)

    return checked
