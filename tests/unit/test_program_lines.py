"""Are problems told at the line where the key stands?"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from strategies import programs

from openspiff.program import Program, ProgramError, parse_program, program_text
from openspiff.program._lines import lines_of

TEXT = '''\
# first line
a = 1
"b c" = """
x = [
""" # two lines of text
'd' . e = { f = [1,
  # no key = 3
  2], "g]" = 'h = "' }
[t]
u = "#"
v = [ [1], [
  2 ] ]
[t.w]
x = 1979-05-27T07:32:00Z
[[rows]]
k = 1
[[rows]]
k = """a"""""
[rows.inner]
k = \'\'\'
]\'\'\'
z = 0
'''
LINES: list[tuple[tuple[Any, ...], int]] = [
    (("a",), 2),
    (("b c",), 3),
    (("d", "e"), 6),
    (("d", "e", "f", 0), 6),
    (("d", "e", "f", 1), 8),
    (("d", "e", "g]"), 8),
    (("t",), 9),
    (("t", "u"), 10),
    (("t", "v", 0, 0), 11),
    (("t", "v", 1), 11),
    (("t", "v", 1, 0), 12),
    (("t", "w"), 13),
    (("t", "w", "x"), 14),
    (("rows", 0), 15),
    (("rows", 0, "k"), 16),
    (("rows", 1), 17),
    (("rows", 1, "k"), 18),
    (("rows", 1, "inner"), 19),
    (("rows", 1, "inner", "z"), 22),
]


@pytest.mark.parametrize(("path", "line"), LINES, ids=[str(one[0]) for one in LINES])
def test_line_of_a_place_is_found(path: tuple[Any, ...], line: int) -> None:
    assert lines_of(TEXT)[path] == line


@given(programs())
def test_key_put_anywhere_above_the_tables_is_told_at_its_line(program: Program) -> None:
    text = program_text(program)
    with pytest.raises(ProgramError) as caught:
        parse_program("# one line more\n" + text + "zzz = 1\n")
    (problem,) = caught.value.problems
    count = len(text.split("\n"))
    assert problem.place.endswith(f"zzz, line {count + 1}")
