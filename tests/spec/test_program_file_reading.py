"""What does a file say that is no program at all, or not even a text?"""

from __future__ import annotations

from pathlib import Path

import pytest
from program_texts import SMALLEST

from openspiff.program import ProgramError, parse_program, read_program

SYNTAX = [
    ("a = [1,\n  2", "end of document"),
    ("a = 1\nb = = 2", "line 2, column 5"),
    ("a = 1\na = 2\n[t]", "line 2, column 6"),
    ("a = " + "9" * 5_000, ""),
    ("a = " + "[" * 100_000, ""),
]


@pytest.mark.parametrize(("text", "place"), SYNTAX, ids=[one[0][:12] for one in SYNTAX])
def test_text_that_is_no_toml_is_refused_at_its_line_and_column(
    text: str, place: str
) -> None:
    with pytest.raises(ProgramError, match="no valid TOML") as caught:
        parse_program(text)
    (problem,) = caught.value.problems
    assert problem.place == place


def test_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProgramError, match=r"none\.toml cannot be read"):
        read_program(tmp_path / "none.toml")


def test_file_that_is_not_utf_8_is_refused_at_its_line(tmp_path: Path) -> None:
    path = tmp_path / "old.toml"
    path.write_bytes(SMALLEST.encode() + b"# caf\xe9\n")
    with pytest.raises(ProgramError) as caught:
        read_program(path)
    (problem,) = caught.value.problems
    assert (problem.place, problem.remedy) == ("line 16", "save the file as UTF-8")


def test_file_with_a_byte_order_mark_and_windows_lines_is_read(tmp_path: Path) -> None:
    path = tmp_path / "windows.toml"
    path.write_bytes(b"\xef\xbb\xbf" + SMALLEST.replace("\n", "\r\n").encode())
    assert read_program(path) == parse_program(SMALLEST)


def test_file_that_is_far_too_large_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "large.toml"
    path.write_bytes(b"#" * 1_000_001)
    with pytest.raises(ProgramError, match="too large"):
        read_program(path)
