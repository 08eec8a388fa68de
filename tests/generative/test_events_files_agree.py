"""Do many lines at once say what the same lines say one by one?"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from event_files import IMPORTED_AT
from hypothesis import example, given, strategies as st

from openspiff.engine import DuckDBEngine
from openspiff.errors import OpenSpiffError
from openspiff.events import _csv_rows, parse_mapping, read_events
from openspiff.events._cells import are_ids, are_needed_ids, read_id
from openspiff.events._result import STAGED_COLUMNS

# Whatever parts cells and rows, what no cell may hold, and what only looks odd.
PARTS = [*'ab1",;\n\r\t \0', "\r\n", "\xa0", "é", "\u202e", "\x1f", '""', ",,", "a,b,c\n"]
FILES = st.lists(st.sampled_from(PARTS), max_size=40).map("".join)


class _OneByOne(_csv_rows.CsvRows):
    """The rows of a file when no line is ever taken together with others."""

    def _add_many(self, *_about: Any) -> bool:
        return False


def told(reader: type[_csv_rows.CsvRows], path: Path, encoding: str) -> Any:
    """Return everything that is said of a file: rows with their numbers, or problems."""
    rows = reader(path, encoding, ",")
    numbers: list[int] = []
    cells: list[list[str]] = []
    bad: list[Any] = []
    try:
        for chunk in rows.chunks():
            numbers += chunk.numbers
            cells += chunk.rows
            bad += chunk.bad
    except OpenSpiffError as error:
        return error.message, error.problems
    return rows.header, numbers, cells, bad, rows.notes, rows.done_share


@given(
    text=FILES,
    header=st.sampled_from(["x,y,z\n", "x\n", "", "sep=,\nx,y,z\r\n"]),
    fault=st.none() | st.integers(3, 60),
    encoding=st.sampled_from(["utf-8", "utf-16", "cp1252"]),
    sizes=st.tuples(*[st.integers(1, 12)] * 3),
)
@example(
    "a,b,c\n" * 9 + '"a\n",b,c\n' * 2 + "a,b,c\n" * 5, "x,y,z\n", None, "utf-8", (5, 3, 4)
)
@example("a,b,c\n" * 9 + ",,\n\n" + "a,b,c\n", "x,y,z\n", None, "utf-8", (64, 3, 4))
@example("a,b,c\n" * 9, "x,y,z\n", 40, "utf-8", (16, 3, 4))
@example("a,b,c\n" * 9, "x,y,z\n", 51, "utf-16", (16, 3, 4))
def test_lines_at_once_are_the_lines_one_by_one(
    text: str, header: str, fault: int | None, encoding: str, sizes: tuple[int, int, int]
) -> None:
    data = bytearray((header + text).encode(encoding, "ignore"))
    if fault is not None and fault < len(data):
        data[fault] = 0x81  # no beginning of a character, and half of one in UTF-16
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        path = Path(folder) / "deals.csv"
        path.write_bytes(bytes(data))
        wanted = told(_OneByOne, path, encoding)
        for name, size in zip(("_BLOCK", "_AT_ONCE", "CHUNK"), sizes, strict=True):
            patch.setattr(_csv_rows, name, size)
        assert told(_csv_rows.CsvRows, path, encoding) == wanted


IDS = st.text("0123456789.eE+-, \n\0aé\xa0", max_size=6) | st.just("x" * 201)


@given(st.lists(IDS, min_size=1, max_size=5))
@example(["1.0", "a"])
@example(["a", "1\n2"])
@example([""])
def test_ids_that_are_taken_together_are_those_that_each_would_stand(
    texts: list[str],
) -> None:
    each = [read_id(text) == text for text in texts]
    if are_ids(texts):
        assert all(each)
    elif all(each):
        assert any("\xa0" in text for text in texts)  # read one by one, to be sure
    assert are_needed_ids(texts) == (all(texts) and are_ids(texts))


MAPPING = """
source = "crm"
zone = "America/New_York"
[files.file]
path = "*"
format = "csv"
[columns]
event_id = "id"
customer_id = "who"
amount = "value"
quantity = "units"
[constants]
kind = "deal_won"
currency = "USD"
[status]
column = "stage"
done = ["won"]
open = ["new"]
lost = ["lost"]
[status.dates]
done = "day"
lost = "until"
[shares]
list = "reps"
"""
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["d1", "d2", "d3", "d4", "d5", "0007", "12345.0", ""]),
        st.sampled_from(["ann", "bob", ""]),
        st.sampled_from(["won", "won", "new", "lost", "what"]),
        st.sampled_from(["2026-03-02", "2026-03-02", "2026-03-08T02:30", "never", ""]),
        st.sampled_from(["2026-04-02", ""]),
        st.sampled_from(["1.00", "0", "20.5", "x", ""]),
        st.sampled_from(["1", "3", ""]),
        st.sampled_from(["ann", "ann;bob", "ann:60;bob:40", "ann;ann", ""]),
    ),
    max_size=25,
)


def _read(path: Path) -> Any:
    result = read_events(path, parse_mapping(MAPPING), recorded_at=IMPORTED_AT)
    with DuckDBEngine(threads=1) as engine:
        engine.load_parquet("staged", result.staged, STAGED_COLUMNS)
        rows = engine.query("select * from staged order by row_no, payee_id")
    counts = result.row_count, result.event_count, result.rejected_count
    return rows, counts, result.rejects, result.notes


@given(ROWS, st.integers(1, 7))
def test_what_is_read_does_not_depend_on_how_many_rows_are_read_at_once(
    rows: list[tuple[str, ...]], size: int
) -> None:
    lines = ["id,who,stage,day,until,value,units,reps", *map(",".join, rows)]
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        path = Path(folder) / "deals.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        wanted = _read(path)
        patch.setattr(_csv_rows, "CHUNK", size)
        assert _read(path) == wanted
