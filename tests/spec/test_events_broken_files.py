"""What does a broken or hostile CSV file do? It is refused by line, or its rows are."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from event_files import GOOD, HEADER, MAPPING, lines, read, staged

from openspiff.events import EventFileError, parse_mapping, read_events, write_rejects

NAMES = "d1,Zoë,2026-03-02,1.00"
ENCODINGS = [
    ("utf-8", "utf-8"),
    ("utf-8-sig", "utf-8-sig"),
    ("utf-16", "utf-16"),
    ("utf-16-le", "utf-16-le"),
    ("utf-16-be", "utf-16-be"),
    ("cp1252", "cp1252"),
]


@pytest.mark.parametrize(("encoding", "named"), ENCODINGS)
def test_encoding_is_detected_and_told(tmp_path: Path, encoding: str, named: str) -> None:
    result = read(tmp_path, lines(NAMES).encode(encoding))
    assert staged(result, "payee_id") == [("Zoë",)]
    assert f"read as {named} (detected), columns parted by comma" in str(result.notes[0])


@pytest.mark.parametrize(
    ("mark", "named"), [(",", "comma"), (";", "semicolon"), ("\t", "tab"), ("|", "bar")]
)
def test_delimiter_is_detected_and_told(tmp_path: Path, mark: str, named: str) -> None:
    result = read(tmp_path, lines(GOOD).replace(",", mark))
    assert staged(result, "event_id") == [("d1",)]
    assert f"columns parted by {named} (detected)" in str(result.notes[0])


def test_a_line_that_names_the_delimiter_is_understood(tmp_path: Path) -> None:
    result = read(tmp_path, "sep=;\n" + lines(GOOD).replace(",", ";"))
    assert staged(result, "event_id") == [("d1",)]


def test_what_the_mapping_says_is_not_detected(tmp_path: Path) -> None:
    mapping = MAPPING.replace(
        'path = "deals.csv"', 'path = "deals.csv"\nencoding = "cp1252"\ndelimiter = ";"'
    )
    result = read(tmp_path, lines(NAMES).replace(",", ";").encode(), mapping)
    assert staged(result, "payee_id") == [("ZoÃ«",)]
    assert "cp1252 (said), columns parted by semicolon (said)" in str(result.notes[0])


BROKEN = {
    "unclosed quote": (
        lines(GOOD, 'd2,"ann,2026-03-02,1', GOOD),
        "row 3",
        "quotation mark",
    ),
    "quote in the middle": (lines('d2,"ann"x,2026-03-02,1'), "row 2", "quotation mark"),
    "too few cells": (lines(GOOD, "d2,ann,2026-03-02"), "row 3", "expected 4 cells"),
    "too many cells": (lines(f"{GOOD},more"), "row 2", "got 5"),
    "a header twice": (
        lines(GOOD, header="id,rep,day,rep"),
        "row 1",
        "names 'rep' 2 times",
    ),
    "no header": ("\n\n", "row 1", "expected a header"),
    "empty file": ("", "row 1", "expected a header"),
    "columns missing": (
        lines(GOOD, header="id,rep,date,value"),
        "deals.csv for columns.occurred_at",
        "there is no column 'day'",
    ),
    "misspelt column": (
        lines(GOOD, header="id,rep,day,valeu"),
        "deals.csv for columns.amount",
        "did you mean 'valeu'?",
    ),
    "control in the header": (
        lines(GOOD, header="id,rep,day,va\x07lue"),
        "row 1",
        "U+0007",
    ),
    "a line without an end": (f"{HEADER}\n{'x' * (2 << 20)}", "row 2", "1,048,576"),
    "an unclosed quote at length": (
        lines(GOOD, 'd2,"ann', *[GOOD] * 9_000),
        "row 3",
        "quotation mark",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_file_is_refused_by_line_and_nothing_is_read(
    tmp_path: Path, case: str
) -> None:
    text, place, said = BROKEN[case]
    with pytest.raises(EventFileError) as caught:
        read(tmp_path, text)
    told = "\n".join(map(str, caught.value.problems))
    assert place in told
    assert said in told


def test_every_ragged_row_is_told_at_once(tmp_path: Path) -> None:
    rows = ["d,ann", GOOD] * 30
    with pytest.raises(EventFileError) as caught:
        read(tmp_path, lines(*rows))
    assert len(caught.value.problems) == 21
    assert caught.value.problems[0].place == "deals.csv row 2"
    assert "and 10 more" in caught.value.problems[-1].message


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    with pytest.raises(EventFileError, match="not a text file"):
        read(tmp_path, b"id,rep\n\x81\x8d\x8f\n")


def test_text_that_is_not_in_the_said_encoding_is_refused(tmp_path: Path) -> None:
    mapping = MAPPING.replace(
        'path = "deals.csv"', 'path = "deals.csv"\nencoding = "utf-8"'
    )
    with pytest.raises(EventFileError, match="not utf-8"):
        read(tmp_path, lines(NAMES).encode("cp1252"), mapping)
    late = lines(*[GOOD] * 9_000).encode() + b"d,Zo\xeb,2026-03-02,1\n"
    with pytest.raises(EventFileError, match="row 9002"):
        read(tmp_path, late, mapping)


HOSTILE = {
    "NUL": ("d2,an\0n,2026-03-02,1", "rep", "U+0000"),
    "bell": ("d2,ann,2026-03-02,1\x07", "value", "U+0007"),
    "text turned around": ("d2\u202ed,ann,2026-03-02,1", "id", "U+202E"),
    "40 KB cell": (f"d2,{'x' * 40_000},2026-03-02,1", "rep", "40,000 characters"),
    "200 KB cell": (f"d2,{'x' * 200_000},2026-03-02,1", "", "131,072 characters"),
    "line break in an id": ('"d\n2",ann,2026-03-02,1', "id", "line break"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_cell_costs_its_row_only(tmp_path: Path, case: str) -> None:
    row, column, said = HOSTILE[case]
    result = read(tmp_path, lines(GOOD, row, "d3,ann,2026-03-02,3"))
    assert [(one.row, one.column) for one in result.rejects] == [(3, column)]
    assert said in result.rejects[0].reason
    assert staged(result, "event_id") == [("d1",), ("d3",)]
    assert (result.row_count, result.event_count, result.rejected_count) == (3, 2, 1)


def test_rows_without_any_text_are_passed_over_and_counted(tmp_path: Path) -> None:
    result = read(tmp_path, lines(GOOD, ",,,", "", "d2,ann,2026-03-02,3"))
    assert result.event_count == 2
    assert any("1 rows without any text" in str(note) for note in result.notes)


def test_row_numbers_count_the_lines_of_the_file(tmp_path: Path) -> None:
    header = f"{HEADER},note"
    rows = [f'{GOOD},"two\nlines"', "", "d2,ann,never,1,"]
    result = read(tmp_path, lines(*rows, header=header))
    assert [one.row for one in result.rejects] == [5]


def test_rejects_file_holds_no_formula_and_keeps_numbers(tmp_path: Path) -> None:
    rows = [
        'd1,ann,"=HYPERLINK(""http://x"")",1',
        "d2,ann,2026-03-02,-12.50",
        "d3,ann,+cmd,1",
        "d4,ann,@SUM(A1),1",
        "d5,ann,-2+3,1",
    ]
    result = read(tmp_path, lines(*rows))
    path = write_rejects(result, tmp_path / "rejects.csv")
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        told = list(csv.DictReader(file))
    assert [one["value"] for one in told] == [
        '\'=HYPERLINK("http://x")',
        "-12.50",
        "'+cmd",
        "'@SUM(A1)",
        "'-2+3",
    ]
    assert told[1]["file"] == "deals.csv"
    assert told[1]["row"] == "3"
    assert told[1]["column"] == "value"
    assert told[1]["reason"] == "expected an amount of zero or more"


def test_missing_files_are_told_with_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "deal.csv").write_text(lines(GOOD))
    (tmp_path / "other.csv").write_text(lines(GOOD))
    with pytest.raises(EventFileError, match=r"did you mean 'deal.csv'\?"):
        read_events(tmp_path, parse_mapping(MAPPING), recorded_at=0)


def test_a_single_file_may_have_any_name(tmp_path: Path) -> None:
    path = tmp_path / "renamed.csv"
    path.write_text(lines(GOOD))
    result = read_events(path, parse_mapping(MAPPING), recorded_at=0)
    assert result.event_count == 1
    by_role = read_events({"deals": path}, parse_mapping(MAPPING), recorded_at=0)
    assert by_role.event_count == 1


def test_several_files_of_one_pattern_are_read_together(tmp_path: Path) -> None:
    mapping = MAPPING.replace("deals.csv", "deals_*.csv")
    (tmp_path / "deals_b.csv").write_text(lines("d2,ann,2026-03-02,1", "d3,ann,no,1"))
    result = read(tmp_path, lines(GOOD), mapping, name="deals_a.csv")
    assert staged(result, "event_id") == [("d1",), ("d2",)]
    assert [(one.file, one.row) for one in result.rejects] == [("deals_b.csv", 3)]
