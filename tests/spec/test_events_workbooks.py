"""What does a workbook do that somebody else made? It is read, or refused unharmed."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter
from event_files import IMPORTED_AT, MAPPING, read, staged

from openspiff.engine import DuckDBEngine
from openspiff.events import EventFileError, ReadResult, parse_mapping, read_events

XLSX = MAPPING.replace("deals.csv", "deals.xlsx")
PARQUET = MAPPING.replace("deals.csv", "deals.parquet")


def workbook(path: Path, rows: list[list[object]], *, sheet: str = "Deals") -> Path:
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False})
    days = book.add_format({"num_format": "yyyy-mm-dd"})
    page = book.add_worksheet(sheet)
    book.add_worksheet("Notes")
    for row_no, row in enumerate([["id", "rep", "day", "value"], *rows]):
        for column, value in enumerate(row):
            if isinstance(value, dt.date):
                page.write_datetime(row_no, column, value, days)
            else:
                page.write(row_no, column, value)
    book.close()
    return path


def read_book(path: Path, mapping: str = XLSX) -> ReadResult:
    return read_events(path, parse_mapping(mapping), recorded_at=IMPORTED_AT)


def test_workbook_is_read_with_its_dates_and_numbers(tmp_path: Path) -> None:
    day = dt.datetime(2026, 3, 2)  # noqa: DTZ001 (a cell has no zone)
    path = workbook(
        tmp_path / "deals.xlsx",
        [["007", "ann", day, 0.1 + 0.2], ["d2", "bob", "2026-03-02", 1234.5]],
    )
    result = read_book(path)
    values = staged(result, "event_id, payee_id, occurred_at, amount_minor")
    at = 1_772_427_600_000_000
    assert values == [("007", "ann", at, 30), ("d2", "bob", at, 123_450)]
    notes = " ".join(map(str, result.notes))
    assert "read sheet 'Deals'" in notes
    assert "other sheets were not read: Notes" in notes


def test_ids_that_are_numbers_in_the_sheet_are_noted_or_refused(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        [417, "ann", "2026-03-02", 1],
        [1234567890123456789, "ann", "2026-03-02", 1],
    ]
    result = read_book(workbook(tmp_path / "deals.xlsx", rows))
    assert staged(result, "event_id") == [("417",)]
    assert "the ids in 'id' are numbers in the file" in " ".join(map(str, result.notes))
    assert [(one.row, one.column) for one in result.rejects] == [(3, "id")]
    assert "lost digits" in result.rejects[0].reason


def test_row_numbers_are_those_of_the_sheet(tmp_path: Path) -> None:
    rows: list[list[object]] = [[], [], ["d1", "ann", "never", 1]]
    result = read_book(workbook(tmp_path / "deals.xlsx", rows))
    assert [one.row for one in result.rejects] == [4]


def test_sheet_is_taken_by_name_and_a_wrong_name_is_told(tmp_path: Path) -> None:
    path = workbook(tmp_path / "deals.xlsx", [["d1", "ann", "2026-03-02", 1]])
    named = XLSX.replace('path = "deals.xlsx"', 'path = "deals.xlsx"\nsheet = "Deals"')
    assert read_book(path, named).event_count == 1
    with pytest.raises(EventFileError, match="its sheets: Deals, Notes"):
        read_book(path, named.replace('"Deals"', '"Dials"'))


def rewritten(path: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """Write the workbook anew with changed members."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


SHEET = "xl/worksheets/sheet1.xml"


def far_cell(members: dict[str, bytes]) -> None:
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    members[SHEET] = members[SHEET].replace(b"</sheetData>", far)


def far_cell_elsewhere(members: dict[str, bytes]) -> None:
    far_cell(members)
    members["xl/pages/one.dat"] = members.pop(SHEET)
    rels = "xl/_rels/workbook.xml.rels"
    members[rels] = members[rels].replace(b"worksheets/sheet1.xml", b"pages/one.dat")


def bomb(members: dict[str, bytes]) -> None:
    members["xl/media.xml"] = b" " * (64 << 20)


def many_members(members: dict[str, bytes]) -> None:
    members |= {f"xl/x{number}.xml": b"<x/>" for number in range(2_001)}


def laughs(members: dict[str, bytes]) -> None:
    entities = b"".join(
        b'<!ENTITY l%d "%s">' % (level, b"&l%d;" % (level - 1) * 10)
        for level in range(1, 9)
    )
    name = "xl/sharedStrings.xml"
    xml = b'<?xml version="1.0"?><!DOCTYPE sst [<!ENTITY l0 "ha">' + entities + b"]>"
    members[name] = xml + members[name].split(b"?>", 1)[1]


def macros(members: dict[str, bytes]) -> None:
    members["xl/vbaProject.bin"] = b"macro"


def links(members: dict[str, bytes]) -> None:
    members["xl/externalLinks/externalLink1.xml"] = b"<externalLink/>"


def wide_characters(members: dict[str, bytes]) -> None:
    members[SHEET] = members[SHEET].decode().encode("utf-16")


def broken_xml(members: dict[str, bytes]) -> None:
    members["xl/workbook.xml"] = b"<workbook><sheets>"


HOSTILE = {
    "far cell": (far_cell, "a cell far from all others"),
    "far cell under another name": (far_cell_elsewhere, "a cell far from all others"),
    "zip bomb": (bomb, "packed over 200 to 1"),
    "many members": (many_members, "members in the archive"),
    "billion laughs": (laughs, "declares entities"),
    "macros": (macros, "macros"),
    "external links": (links, "links to other workbooks"),
    "utf-16": (wide_characters, "not written in UTF-8"),
    "broken": (broken_xml, "cannot be parsed"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_workbook_is_refused(tmp_path: Path, case: str) -> None:
    change, said = HOSTILE[case]
    path = workbook(tmp_path / "deals.xlsx", [["d1", "ann", "2026-03-02", 1]])
    with pytest.raises(EventFileError) as caught:
        read_book(rewritten(path, change))
    assert said in str(caught.value)


def test_archive_that_lies_about_its_sizes_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "deals.xlsx", [["d1", "ann", "2026-03-02", 1]])
    data = rewritten(path, bomb).read_bytes()
    size = (64 << 20).to_bytes(4, "little")
    assert data.count(size) == 2  # in the member itself and in the directory
    path.write_bytes(data.replace(size, (4_096).to_bytes(4, "little")))
    with pytest.raises(EventFileError, match="refused as a workbook"):
        read_book(path)


def test_files_that_are_no_workbooks_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "deals.xlsx"
    path.write_bytes(b"PK\x03\x04 not really")
    with pytest.raises(EventFileError, match="is no archive"):
        read_book(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    with pytest.raises(EventFileError, match="is no workbook"):
        read_book(path)


MEASURE = """
import json, resource, sys
from pathlib import Path
from openspiff.events import EventFileError, parse_mapping, read_events
try:
    read_events(Path(sys.argv[1]), parse_mapping(sys.argv[2]), recorded_at=0)
except EventFileError as error:
    said = str(error)
status = Path("/proc/self/status").read_text()
own = int(status.split("VmHWM:")[1].split()[0]) / 1024
child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
print(json.dumps([said, own, child]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="memory is told by /proc on Linux only")
@pytest.mark.parametrize("case", ["far cell", "zip bomb", "billion laughs"])
def test_hostile_workbook_takes_less_than_200_mb(tmp_path: Path, case: str) -> None:
    path = workbook(tmp_path / "deals.xlsx", [["d1", "ann", "2026-03-02", 1]])
    rewritten(path, HOSTILE[case][0])
    command = [sys.executable, "-c", MEASURE, str(path), XLSX]
    done = subprocess.run(command, capture_output=True, check=True, timeout=60)
    said, own, child = json.loads(done.stdout)
    assert HOSTILE[case][1] in said
    assert max(own, child) < 200


def test_parquet_is_read_with_its_types(tmp_path: Path) -> None:
    with DuckDBEngine() as engine:
        engine.write_parquet(
            "select 'd1' as id, 'ann' as rep, date '2026-03-02' as day,"
            " cast(12.5 as decimal(10, 2)) as value"
            " union all select 'd2', 'bob', date '2026-03-02', 0.07",
            tmp_path / "deals.parquet",
        )
    result = read_events(tmp_path, parse_mapping(PARQUET), recorded_at=IMPORTED_AT)
    assert staged(result, "payee_id, amount_minor") == [("ann", 1_250), ("bob", 7)]


def test_moments_of_parquet_are_instants_or_local_as_their_type_says(
    tmp_path: Path,
) -> None:
    with DuckDBEngine() as engine:
        for name, kind in (("a", "timestamp"), ("b", "timestamptz")):
            moment = "make_timestamp(1772427600000000)"
            moment = (
                f"to_timestamp(1772427600)::{kind}" if kind == "timestamptz" else moment
            )
            engine.execute(
                f"copy (select 'd1' as id, 'ann' as rep, {moment} as day, '1' as value)"
                f" to '{tmp_path / name}.parquet' (format parquet)"
            )
    found = [
        staged(
            read_events(
                tmp_path / f"{name}.parquet", parse_mapping(PARQUET), recorded_at=0
            ),
            "occurred_at",
        )
        for name in ("a", "b")
    ]
    # 05:00 in New York for the local one, 05:00 UTC for the instant.
    assert found == [[(1_772_445_600_000_000,)], [(1_772_427_600_000_000,)]]


def test_what_is_no_parquet_and_nested_columns_are_refused(tmp_path: Path) -> None:
    with pytest.raises(EventFileError, match="cannot be read as Parquet"):
        read(tmp_path, "id,rep\n", PARQUET, name="deals.parquet")
    with DuckDBEngine() as engine:
        engine.write_parquet("select [1, 2] as id", tmp_path / "deals.parquet")
    with pytest.raises(EventFileError, match="a nested column"):
        read_events(tmp_path, parse_mapping(PARQUET), recorded_at=0)
