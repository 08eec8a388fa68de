"""How do the columns of a chunk, look-ups included, come together?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import compress
from operator import itemgetter
from typing import Any

import attrs

from openspiff.errors import Problem
from openspiff.events._cells import Failure, Memo
from openspiff.events._mapping import Columns, EventMapping, Join, Unmatched
from openspiff.events._section import did_you_mean
from openspiff.events._tables import Chunk, EventFileError, Table, printable


@attrs.frozen
class Fault:
    """A cell of a chunk for which its row is refused."""

    index: int
    column: str
    value: str
    failure: Failure


@attrs.define
class Frame:
    """A chunk by columns (stripped texts), and the faults found in it."""

    numbers: list[int]
    columns: dict[str, list[str]]
    faults: list[Fault] = attrs.field(factory=list)

    def texts(self, names: Columns) -> list[str]:
        """Return a column, or several joined by a slash (empty where one is empty)."""
        if len(names) == 1:
            return self.columns[names[0]]
        parts = zip(*(self.columns[name] for name in names), strict=True)
        return ["/".join(part) if all(part) else "" for part in parts]

    def fault(self, index: int, names: Columns, value: str, failure: Failure) -> None:
        """Refuse a row for one of its cells."""
        self.faults.append(Fault(index, "/".join(names), printable(value), failure))

    def read(self, names: Columns, memo: Memo) -> list[Any]:
        """Return the values of a column; Failures stand in it and are noted as faults."""
        texts = self.texts(names)
        values = memo.all(texts)
        if memo.has_failed:
            for index, value in enumerate(values):
                if type(value) is Failure:
                    self.fault(index, names, texts[index], value)
        return values


@attrs.frozen
class Lookup:
    """A joined file in memory: key columns to the values of the wanted columns."""

    join: Join
    header: tuple[str, ...]
    rows: Mapping[tuple[str, ...], tuple[str, ...]]


def whole_table(table: Table) -> list[tuple[int, list[str]]]:
    """Return every row, stripped, with its number.

    Raises EventFileError for rows that hold what is not text: a look-up must be sound.
    """
    rows: list[tuple[int, list[str]]] = []
    problems: list[Problem] = []
    for chunk in table.chunks:
        problems += [
            Problem(f"{table.path.name} row {one.number} {one.column}", one.reason)
            for one in chunk.bad
        ]
        stripped = ([cell.strip() for cell in row] for row in chunk.rows)
        rows += zip(chunk.numbers, stripped, strict=True)
    if problems:
        msg = f"{table.path.name} cannot be looked up"
        raise EventFileError(msg, problems)
    return rows


def column_problems(
    table: Table, wanted: Iterable[tuple[str, str]], known: Collection[str]
) -> list[Problem]:
    """Return a problem for each wanted (place, column) that is not known."""
    return [
        Problem(
            f"{table.path.name} for {place}",
            f"there is no column {name!r}",
            did_you_mean(name, known),
        )
        for place, name in wanted
        if name not in known
    ]


def read_lookup(join: Join, table: Table, mapping: EventMapping) -> Lookup:
    """Read a joined file by its key columns.

    Raises EventFileError when a key column is missing or a key stands in two rows.
    """
    place = f"{mapping.place} joins.on"
    problems = column_problems(
        table, [(place, theirs) for theirs in join.on.values()], table.header
    )
    if problems:
        msg = f"{table.path.name} cannot be joined"
        raise EventFileError(msg, problems)
    at = [table.header.index(theirs) for theirs in join.on.values()]
    found: dict[tuple[str, ...], tuple[int, tuple[str, ...]]] = {}
    for number, row in whole_table(table):
        key = tuple(row[index] for index in at)
        if not all(key):
            continue
        first, values = found.setdefault(key, (number, tuple(row)))
        if first != number and values != tuple(row):
            message = f"the key {'/'.join(key)!r} already stands in row {first}"
            remedy = "a row could get either: remove one"
            problems.append(Problem(f"{table.path.name} row {number}", message, remedy))
    if problems:
        msg = f"{table.path.name} cannot be joined"
        raise EventFileError(msg, problems)
    header = tuple(join.prefix + name for name in table.header)
    return Lookup(join, header, {key: values for key, (_, values) in found.items()})


def _add_lookup(frame: Frame, lookup: Lookup, wanted: Collection[str]) -> None:
    ours = tuple(lookup.join.on)
    keys = list(zip(*(frame.columns[name] for name in ours), strict=True))
    empty = ("",) * len(lookup.header)
    rows = [lookup.rows.get(key, empty) for key in keys]
    if lookup.join.unmatched is Unmatched.REJECT:
        role = lookup.join.role
        known = {key[0] for key in lookup.rows}
        remedies = Memo(lambda text: did_you_mean(text, known) if text else "")
        for index in compress(range(len(rows)), (row is empty for row in rows)):
            value = "/".join(keys[index])
            remedy = remedies[keys[index][0]]
            failure = Failure(f"is not in the joined file {role!r}", remedy)
            frame.fault(index, ours, value, failure)
    for position, name in enumerate(lookup.header):
        if name in wanted:
            frame.columns[name] = list(map(itemgetter(position), rows))


def frame_of(
    chunk: Chunk, header: Sequence[str], lookups: Iterable[Lookup], wanted: Collection[str]
) -> Frame:
    """Return the wanted columns of a chunk and of every file joined to it."""
    stripped = {
        name: [row[index].strip() for row in chunk.rows]
        for index, name in enumerate(header)
        if name in wanted
    }
    frame = Frame(chunk.numbers, stripped)
    for lookup in lookups:
        _add_lookup(frame, lookup, wanted)
    return frame
