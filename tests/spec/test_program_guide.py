"""Does the guide to program files name every key, and do its examples work?"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from program_texts import SMALLEST, program_with

from openspiff.program import parse_program, rule_line
from openspiff.program._fields import PROGRAM, VARIANTS
from openspiff.program._formats import Format
from openspiff.program._tables import Table

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "guides" / "write-a-program.md").read_text(encoding="utf-8")
TOML = re.findall(r"```toml\n(.*?)```", GUIDE, re.DOTALL)
PYTHON = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)


def keys(form: Format, key: str = "") -> Iterator[str]:
    own = (form,) if isinstance(form, Table) else ()
    for table in VARIANTS.get(key, own):
        for field in table.fields:
            yield field.key
            yield from keys(field.format, field.key)


def test_guide_names_every_key_of_a_program_file() -> None:
    named = set(re.findall(r"`\[?(?:\w+\.)*(\w+)\]?`", GUIDE))
    named |= set(re.findall(r"(\w+) = ", "".join(TOML)))
    assert sorted(set(keys(PROGRAM)) - named) == []


def test_first_example_of_the_guide_is_a_program_with_the_rule_below_it() -> None:
    assert f"> {rule_line(parse_program(TOML[0]))}" in GUIDE


@pytest.mark.parametrize("text", TOML[1:], ids=range(1, len(TOML)))
def test_every_other_example_of_the_guide_is_a_part_of_a_program(text: str) -> None:
    program_with(**tomllib.loads(text))


def test_amendment_in_the_guide_prints_what_changed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    (source,) = PYTHON
    exec(compile(source, "guide", "exec"), {})  # noqa: S102 (the guide's own example)
    assert capsys.readouterr().out.splitlines() == [
        "version: 1 -> 2",
        "takes_recorded_from: nothing -> 2017-05-15",
        "payout.amount: 250.00 -> 300.00",
        "caps.budget: 40000.00 -> 50000.00",
    ]


def test_smallest_program_of_the_specs_is_the_smallest_of_the_guide() -> None:
    assert set(tomllib.loads(TOML[0])) == set(tomllib.loads(SMALLEST))
