"""Does every text end in a program, or in problems that a person can read?"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
from typing import Any

import tomlkit
from hypothesis import example, given, strategies as st
from strategies import programs

from openspiff.program import (
    Program,
    ProgramError,
    parse_program,
    program_from_json,
    program_text,
)

_leaves = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["5%", "3x", "-1", "1e9", "36 months", "9" * 40, "٣", "1_0", "0x", "%"]
    ),
    st.integers(-(2**70), 2**70),
    st.booleans(),
    st.floats(),
    st.dates(),
    st.datetimes(timezones=st.just(dt.UTC)),
    st.times(),
)
_values = st.recursive(
    _leaves,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)


def read(text: str) -> None:
    with contextlib.suppress(ProgramError):
        assert isinstance(parse_program(text), Program)


def places(table: dict[str, Any]) -> list[tuple[dict[str, Any], str]]:
    found = []
    for key, value in table.items():
        found.append((table, key))
        inner = value if isinstance(value, list) else [value]
        for one in inner:
            if isinstance(one, dict):
                found += places(one)
    return found


@given(st.text())
@example("[a]\n" + "a.b" * 2_000 + " = 1")
@example("a = " + "[" * 400 + "]" * 400)
@example("a = " + "{b=" * 200 + "1" + "}" * 200)
@example("program_id = 0x" + "f" * 4_000)
@example("split = [0x" + "f" * 4_000 + "]\n[caps]\nbudget = 0x" + "f" * 4_000)
def test_any_text_is_read_or_refused(text: str) -> None:
    read(text)


@given(programs(), st.data())
def test_any_value_in_any_place_is_read_or_refused(
    program: Program, data: st.DataObject
) -> None:
    terms = tomlkit.parse(program_text(program)).unwrap()
    for _ in range(data.draw(st.integers(1, 3))):
        table, key = data.draw(st.sampled_from(places(terms)))
        table[key] = data.draw(_values)
    read(tomlkit.dumps(terms))


@given(st.recursive(_leaves, lambda i: st.lists(i) | st.dictionaries(st.text(), i)))
def test_any_stored_json_is_read_or_refused(value: Any) -> None:
    with contextlib.suppress(ProgramError):
        program_from_json(json.dumps(value, default=str))
