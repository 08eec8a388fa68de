"""What does a list say, and what of it is new?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import attrs

from openspiff.engine import DuckDBEngine, Row
from openspiff.events._batch import keep_file, sync_folder
from openspiff.events._cells import Failure, number_reader, read_id, read_text
from openspiff.events._files import open_table
from openspiff.events._frame import Frame, column_problems, frame_of
from openspiff.events._list_mapping import ListMapping
from openspiff.events._mapping import RosterRule
from openspiff.events._moments import MomentReader, day_start
from openspiff.events._result import ReadResult, Reject
from openspiff.events._roster import read_roster
from openspiff.events._shape import FIRST_INSTANT, LAST_INSTANT, RATE_COLUMNS
from openspiff.events._tables import (
    EventFileError,
    Note,
    ReadProgress,
    Scratch,
    Table,
    printable,
)
from openspiff.money import MoneyError, currency_exponent

PRODUCT_COLUMNS: Final[Mapping[str, str]] = {"product_id": "VARCHAR", "name": "VARCHAR"}
"""The list of products: what counts as known when events name products."""

_DAY: Final = dt.timedelta(days=1)
_DENOMINATORS: Final = (10**6, 10**9)
_MAX_RATE: Final = 10**15


@attrs.frozen(kw_only=True)
class ListResult:
    """What was read of a list: rows in the columns of what it makes, and what was not."""

    rows: tuple[Row, ...]
    row_count: int
    rejects: tuple[Reject, ...]
    notes: tuple[Note, ...]

    @property
    def rejected_count(self) -> int:
        """Count the rows that were refused."""
        return len({(one.file, one.row) for one in self.rejects})

    def reading(self, source: str, *, recorded_at: int) -> ReadResult:
        """Return it as the reading of a source that tells no events."""
        return ReadResult(
            source=source,
            staged=(),
            recorded_at=recorded_at,
            row_count=self.row_count,
            event_count=0,
            rejected_count=self.rejected_count,
            rejects=self.rejects,
            notes=self.notes,
            unmapped_products=(),
            roster=None,
            scratch=Scratch(),
        )


class _Refused(Exception):  # noqa: N818 (never leaves this module)
    """A row that cannot be used: column, value, why."""


def read_list(
    paths: Sequence[Path],
    mapping: ListMapping,
    *,
    progress: ReadProgress | None = None,
) -> ListResult:
    """Read a roster, products or rates; a row that cannot be used is a reject.

    Raises EventFileError when a file is broken or lacks a column; then nothing was read.
    """
    rows: list[Row] = []
    rejects: list[Reject] = []
    notes: list[Note] = []
    row_count = 0
    for file_no, path in enumerate(paths):
        wanted = {name for names in mapping.columns.values() for name in names}
        table = open_table(path, mapping.file, wanted)
        counted = _counted(table, progress, (file_no, len(paths)))
        found, refused = _READERS[mapping.makes](table, mapping)
        row_count += counted[0]
        rows += found
        rejects += refused
        notes += table.notes
    return ListResult(
        rows=tuple(dict.fromkeys(rows)),
        row_count=row_count,
        rejects=tuple(rejects),
        notes=tuple(dict.fromkeys(notes)),
    )


def _counted(
    table: Table, progress: ReadProgress | None, among: tuple[int, int]
) -> list[int]:
    """Count the rows of a table while somebody else reads them."""
    count = [0]
    chunks = table.chunks

    def counting() -> Iterable[Any]:
        for chunk in chunks:
            count[0] += len(chunk.rows) + len(chunk.bad)
            if progress is not None:
                progress(count[0], (among[0] + table.done_share()) / among[1])
            yield chunk

    table.chunks = iter(counting())
    return count


def _read_roster(
    table: Table, mapping: ListMapping
) -> tuple[Iterable[Row], Iterable[Reject]]:
    columns = dict(mapping.columns)
    bounds = {one: columns.pop(one, ("",))[0] for one in ("from", "before", "until")}
    rule = RosterRule(
        role=mapping.file.role,
        payee_id=columns.pop("payee_id"),
        columns=columns,
        constants=mapping.constants,
        from_column=bounds["from"],
        before_column=bounds["before"],
        until_column=bounds["until"],
    )
    return read_roster(table, rule, mapping.dates)


def _read_rows(
    table: Table, mapping: ListMapping, read: Callable[[dict[str, str]], Row]
) -> tuple[list[Row], list[Reject]]:
    wanted = [
        (f"{mapping.place} columns.{field}", name)
        for field, names in mapping.columns.items()
        for name in names
    ]
    problems = column_problems(table, wanted, table.header)
    if problems:
        msg = f"{table.path.name} lacks columns"
        raise EventFileError(msg, problems)
    rows: list[Row] = []
    rejects: list[Reject] = []
    for chunk in table.chunks:
        frame: Frame = frame_of(chunk, table.header, (), {name for _, name in wanted})
        texts = {field: frame.texts(names) for field, names in mapping.columns.items()}
        rejects += [
            Reject(
                file=table.path.name,
                row=one.number,
                column=one.column,
                value=one.value,
                reason=one.reason,
            )
            for one in chunk.bad
        ]
        for index, number in enumerate(chunk.numbers):
            said = {field: column[index] for field, column in texts.items()}
            try:
                rows.append(read({**mapping.constants, **said}))
            except _Refused as refused:
                field, failure = refused.args
                rejects.append(_reject(table, number, mapping, (field, said), failure))
    return rows, rejects


def _reject(
    table: Table,
    number: int,
    mapping: ListMapping,
    at: tuple[str, dict[str, str]],
    failure: Failure,
) -> Reject:
    field, said = at
    return Reject(
        file=table.path.name,
        row=number,
        column="/".join(mapping.columns.get(field, (field,))),
        value=printable(said.get(field, "")),
        reason=failure.reason,
        remedy=failure.remedy,
    )


def _checked(field: str, value: Any) -> Any:
    if isinstance(value, Failure):
        raise _Refused(field, value)
    return value


def _read_products(
    table: Table, mapping: ListMapping
) -> tuple[Iterable[Row], Iterable[Reject]]:
    def read(said: dict[str, str]) -> Row:
        if not said["product_id"]:
            raise _Refused("product_id", Failure("expected a product, got an empty cell"))
        one = _checked("product_id", read_id(said["product_id"]))
        return one, _checked("name", read_text(said.get("name", ""))) or one

    return _read_rows(table, mapping, read)


def _read_rates(
    table: Table, mapping: ListMapping
) -> tuple[Iterable[Row], Iterable[Reject]]:
    moments = MomentReader(mapping.dates)
    number = number_reader(mapping.money)

    def bound(said: dict[str, str], field: str) -> dt.date | None:
        day: dt.date | None = _checked(field, moments.day(said.get(field, "")))
        return day

    def read(said: dict[str, str]) -> Row:
        exponents = {}
        for field in ("from_currency", "to_currency"):
            try:
                exponents[field] = currency_exponent(said[field])
            except MoneyError as error:
                raise _Refused(field, Failure(error.message)) from None
        rate = _checked("rate", number(said["rate"]))
        first, last = bound(said, "from"), bound(said, "until")
        before = last + _DAY if last is not None else bound(said, "before")
        zone = mapping.dates.zone
        from_at = FIRST_INSTANT if first is None else day_start(first, zone)
        before_at = LAST_INSTANT if before is None else day_start(before, zone)
        if before_at <= from_at:
            raise _Refused("from", Failure("the span ends before it begins"))
        shift = exponents["to_currency"] - exponents["from_currency"]
        top, bottom = _fraction(rate.scaleb(shift))
        return said["from_currency"], said["to_currency"], from_at, before_at, top, bottom

    return _read_rows(table, mapping, read)


def _fraction(rate: Decimal) -> tuple[int, int]:
    """Return minor units for one of the two denominators; small rates keep more digits."""
    for bottom in _DENOMINATORS if rate >= 1 else _DENOMINATORS[::-1]:
        top = rate * bottom
        if top == top.to_integral_value() and 0 < top <= _MAX_RATE:
            return int(top), bottom
    if rate <= 0:
        raise _Refused("rate", Failure("expected a rate above zero"))
    reason = "expected a rate of up to nine decimal places"
    raise _Refused("rate", Failure(reason, "round it where it comes from"))


_READERS: Final[Mapping[str, Callable[..., Any]]] = {
    "roster": _read_roster,
    "products": _read_products,
    "rates": _read_rates,
}


def merged_rates(old: Iterable[Row], new: Iterable[Row]) -> list[Row]:
    """Return rates (RATE_COLUMNS) with the new spans in force, the old ones around them.

    Of new spans of one pair of currencies that overlap, one that begins later ends the
    one before it: a list of days needs no ends.
    """
    spans: dict[tuple[str, str], list[Row]] = {}
    for row in old:
        spans.setdefault((row[0], row[1]), []).append(row)
    for pair, rows in _by_pair(new).items():
        kept = spans.get(pair, [])
        for row in rows:
            kept = [part for one in kept for part in _without(one, row)]
        spans[pair] = sorted([*kept, *rows], key=lambda one: int(one[2]))
    return [row for pair in sorted(spans) for row in spans[pair]]


def _by_pair(rows: Iterable[Row]) -> dict[tuple[str, str], list[Row]]:
    found: dict[tuple[str, str], dict[int, Row]] = {}
    for row in rows:
        found.setdefault((row[0], row[1]), {})[int(row[2])] = row
    result = {}
    for pair, by_start in found.items():
        ordered = [by_start[start] for start in sorted(by_start)]
        ends = [int(row[2]) for row in ordered[1:]] + [LAST_INSTANT]
        result[pair] = [
            (*row[:3], min(int(row[3]), end), *row[4:])
            for row, end in zip(ordered, ends, strict=True)
        ]
    return result


def _without(old: Row, new: Row) -> list[Row]:
    """Return what is left of a span around another one."""
    if old[3] <= new[2] or new[3] <= old[2]:
        return [old]
    left = [(*old[:3], new[2], *old[4:])] if old[2] < new[2] else []
    right = [(*old[:2], new[3], *old[3:])] if new[3] < old[3] else []
    return left + right


@attrs.frozen(kw_only=True)
class ListFile:
    """A list as it would stand: its file (None when all is known), and what changed."""

    path: Path | None
    digest: str
    new_count: int
    changed_count: int
    known_count: int


def list_rows(path: Path | None, columns: Mapping[str, str]) -> list[Row]:
    """Return the rows of a list that was written before; none when there is no file."""
    if path is None:
        return []
    names = ", ".join(columns)
    with DuckDBEngine(threads=1) as engine:
        engine.load_parquet("listed_rows", (path,), columns)
        return engine.query(f"select {names} from listed_rows")  # noqa: S608


def write_list(
    result: ListResult, *, makes: str, old: Path | None, folder: Path, name: str
) -> ListFile:
    """Write products or rates as one file that holds what was known and what is new."""
    columns = PRODUCT_COLUMNS if makes == "products" else RATE_COLUMNS
    key = 1 if makes == "products" else 3
    before = list_rows(old, columns)
    if makes == "products":
        rows = [*{row[0]: row for row in [*before, *result.rows]}.values()]
    else:
        rows = merged_rates(before, result.rows)
    known = {row[:key]: row for row in before}
    same = sum(1 for row in result.rows if known.get(row[:key], ())[:1] and row in before)
    new = sum(1 for row in result.rows if row[:key] not in known)
    path, digest = None, ""
    if sorted(rows) != sorted(before):
        folder.mkdir(parents=True, exist_ok=True)
        with DuckDBEngine(threads=1) as engine:
            engine.load_rows("listed_rows", columns, sorted(rows))
            text = f"select {', '.join(columns)} from listed_rows"  # noqa: S608
            path = keep_file(engine, text, folder, name)
        sync_folder(folder)
        digest = path.stem.rsplit("-", 1)[1]
    return ListFile(
        path=path,
        digest=digest,
        new_count=new,
        changed_count=len(result.rows) - new - same if path else 0,
        known_count=same if path else len(result.rows),
    )
