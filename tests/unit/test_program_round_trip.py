"""Does every program come back from its file and its storage as it went in?"""

from __future__ import annotations

import json
import tomllib

import attrs
from hypothesis import given
from strategies import programs

from openspiff.program import (
    Program,
    content_hash,
    differences_between,
    parse_program,
    program_from_json,
    program_json,
    program_text,
    rule_line,
    terms_page,
)


@given(programs())
def test_every_program_comes_back_from_its_toml_text(program: Program) -> None:
    assert parse_program(program_text(program)) == program


@given(programs())
def test_every_program_comes_back_from_storage(program: Program) -> None:
    stored = program_json(program)
    assert program_from_json(stored) == program
    assert content_hash(program_from_json(stored)) == content_hash(program)


@given(programs(), programs())
def test_terms_differ_exactly_when_their_hashes_differ(a: Program, b: Program) -> None:
    assert differences_between(a, a) == ()
    is_same = content_hash(a) == content_hash(b)
    assert is_same == (differences_between(a, b) == ())
    renamed = attrs.evolve(a, name=a.name + "x")
    assert content_hash(renamed) != content_hash(a)
    (difference,) = differences_between(a, renamed)
    assert (difference.place, difference.new) == ("name", a.name + "x")


@given(programs())
def test_stored_terms_hold_every_default(program: Program) -> None:
    said = json.loads(program_json(program))
    assert {"government", "customer_ids", "firm_ids"} == set(said["exclusions"])
    written = tomllib.loads(program_text(program))
    assert set(written) <= set(said)


@given(programs())
def test_every_program_has_a_rule_of_one_line_and_a_page(program: Program) -> None:
    line, page = rule_line(program), terms_page(program)
    assert line.endswith(".")
    assert "\n" not in line
    assert "  " not in line
    assert content_hash(program) in page
    assert "first come, first served" in page.lower()
