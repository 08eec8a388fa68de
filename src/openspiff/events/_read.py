"""How do somebody's files become events?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter
from pathlib import Path
from typing import Final

import attrs

from openspiff.engine import DuckDBEngine, Row
from openspiff.events._cells import Failure
from openspiff.events._fields import FieldReader
from openspiff.events._files import Given, find_files, open_table
from openspiff.events._frame import (
    Frame,
    Lookup,
    column_problems,
    frame_of,
    read_lookup,
    whole_table,
)
from openspiff.events._mapping import EventMapping, Gap, Join, Repeat
from openspiff.events._products import ProductReader
from openspiff.events._result import STAGED_COLUMNS, ReadResult, Reject
from openspiff.events._roster import read_roster, roster_columns
from openspiff.events._stage import Pieces, drop_rows, find_repeats
from openspiff.events._tables import (
    Chunk,
    EventFileError,
    Note,
    ReadProgress,
    Scratch,
    Table,
)

_NAMED: Final = 5


def read_events(
    given: Given,
    mapping: EventMapping,
    *,
    recorded_at: int,
    progress: ReadProgress | None = None,
) -> ReadResult:
    """Read the files of one source as a mapping says.

    `given` is a folder, a file, files, or a file for each role of the mapping.
    `recorded_at` (microseconds UTC) is the moment of the import, which stands in where the
    mapping names no recorded_at column. Rows that cannot be used are rejects and touch
    nothing else; `progress` is called now and then with the rows read so far and the share
    of the files that they are, and what it raises ends the reading. Raises EventFileError,
    with every problem, when a file or its columns are not what the mapping says; then
    nothing was read.
    """
    return _Reading(mapping, find_files(given, mapping), recorded_at, progress).result()


def _main_columns(mapping: EventMapping) -> list[tuple[str, str]]:
    """Return (place in the mapping, column) of everything read of the joined main file."""
    named = {f"columns.{field}": names for field, names in mapping.columns.items()}
    for field, rule in mapping.computed.items():
        named[f"computed.{field}"] = tuple(rule.columns.values())
    named["shares"] = (*mapping.shares.payees, *mapping.shares.shares)
    if mapping.status:
        named["status.column"] = mapping.status.columns
        for status, names in mapping.status.dates.items():
            named[f"status.dates.{status}"] = names
    for number, join in enumerate(mapping.joins, start=1):
        named[f"joins[{number}].on"] = tuple(join.on)
    return [(place, name) for place, names in named.items() for name in names]


@attrs.define
class _Reading:
    """What is known while files are read; used once."""

    mapping: EventMapping
    files: dict[str, list[Path]]
    recorded_at: int
    progress: ReadProgress | None = None
    scratch: Scratch = attrs.field(factory=Scratch)
    rejects: list[Reject] = attrs.field(factory=list)
    notes: list[Note] = attrs.field(factory=list)
    pieces: list[Path] = attrs.field(factory=list)
    payees: set[str] = attrs.field(factory=set)
    bad_rows: set[tuple[int, int]] = attrs.field(factory=set)
    row_count: int = 0

    def result(self) -> ReadResult:
        """Read everything."""
        mapping = self.mapping
        listed = self._listed_products()
        lookups = [self._lookup(join) for join in mapping.joins]
        roster = self._roster()
        reader = FieldReader(mapping, ProductReader(mapping, listed))
        with Pieces(self.scratch.folder) as pieces:
            for file_no in range(len(self.files[mapping.main])):
                self._main_file(file_no, lookups, (reader, pieces))
        self.pieces = pieces.paths
        self._note_fields(reader)
        staged, event_count = self._settle()
        self._note_payees(roster)
        return ReadResult(
            source=mapping.source,
            staged=staged,
            recorded_at=self.recorded_at,
            row_count=self.row_count,
            event_count=event_count,
            rejected_count=len(self.bad_rows),
            rejects=tuple(sorted(self.rejects, key=attrgetter("file", "row"))),
            notes=tuple(dict.fromkeys(self.notes)),
            unmapped_products=reader.products.unmapped(),
            roster=roster,
            scratch=self.scratch,
        )

    def _open(self, role: str, wanted: Iterable[str], file_no: int = 0) -> Table:
        table = open_table(self.files[role][file_no], self.mapping.files[role], set(wanted))
        self.notes += table.notes
        table.notes.clear()
        return table

    def _listed_products(self) -> dict[str, str]:
        """Return the listed products with the texts of their list prices."""
        rule = self.mapping.products
        if rule is None or not rule.role:
            return {}
        named = [("column", rule.column)]
        named += [("list_price", rule.list_price)] if rule.list_price else []
        table = self._open(rule.role, [name for _, name in named])
        places = [(f"{self.mapping.place} products.{key}", name) for key, name in named]
        problems = column_problems(table, places, table.header)
        if problems:
            msg = f"{table.path.name} lists no products"
            raise EventFileError(msg, problems)
        at = [table.header.index(name) for _, name in named]
        rows = [[row[one] for one in at] for _, row in whole_table(table)]
        return {row[0]: row[1] if rule.list_price else "" for row in rows if row[0]}

    def _lookup(self, join: Join) -> Lookup:
        return read_lookup(join, self._open(join.role, join.on.values()), self.mapping)

    def _roster(self) -> tuple[Row, ...] | None:
        rule = self.mapping.roster
        if rule is None:
            return None
        table = self._open(rule.role, [name for _, name in roster_columns(rule)])
        rows, rejects = read_roster(table, rule, self.mapping.dates)
        self.rejects += rejects
        return tuple(rows)

    def _main_file(
        self, file_no: int, lookups: list[Lookup], doing: tuple[FieldReader, Pieces]
    ) -> None:
        named = _main_columns(self.mapping)
        wanted = {name for _, name in named}
        table = self._open(self.mapping.main, wanted, file_no)
        known = {*table.header, *(name for lookup in lookups for name in lookup.header)}
        known.discard("")
        problems = column_problems(table, named, known)
        if problems:
            message = f"{table.path.name} does not have the columns the mapping names"
            raise EventFileError(message, problems)
        for name in sorted(self._id_columns() & table.number_columns):
            message = (
                f"the ids in {name!r} are numbers in the file; leading zeros would be lost"
            )
            self.notes.append(Note(table.path.name, message))
        for chunk in table.chunks:
            frame = frame_of(chunk, table.header, lookups, wanted)
            self._chunk(file_no, chunk, frame, doing)
            if self.progress is not None:
                self.progress(self.row_count, self._share(file_no, table.done_share()))
        self.notes += table.notes

    def _share(self, file_no: int, done: float) -> float:
        """Return the share of all files, by their size, that is behind."""
        sizes = [path.stat().st_size for path in self.files[self.mapping.main]]
        return (sum(sizes[:file_no]) + sizes[file_no] * done) / max(sum(sizes), 1)

    def _id_columns(self) -> set[str]:
        columns = self.mapping.columns
        ids = {
            name for field in ("event_id", "subject_id") for name in columns.get(field, ())
        }
        return ids | set(columns.get("customer_id", ())) | set(self.mapping.shares.payees)

    def _chunk(
        self,
        file_no: int,
        chunk: Chunk,
        frame: Frame,
        doing: tuple[FieldReader, Pieces],
    ) -> None:
        reader, pieces = doing
        self.row_count += len(chunk.rows) + len(chunk.bad)
        for bad in chunk.bad:
            failure = Failure(bad.reason, "correct the row where it comes from")
            self._reject(file_no, bad.number, bad.column, bad.value, failure)
        columns = reader.read(frame)
        for fault in frame.faults:
            number = frame.numbers[fault.index]
            self._reject(file_no, number, fault.column, fault.value, fault.failure)
        bad_ones = {fault.index for fault in frame.faults}
        size = len(frame.numbers)
        keep: Sequence[int] = range(size)
        if bad_ones:
            keep = [index for index in keep if index not in bad_ones]
        if not keep:
            return
        columns["source"] = [self.mapping.source] * size
        columns["file_no"] = [file_no] * size
        columns["row_no"] = frame.numbers
        recorded = columns["recorded_at"]
        columns["recorded_at"] = [
            self.recorded_at if one is None else one for one in recorded
        ]
        shares = columns["shares"]
        told = {shares[index] for index in keep} if bad_ones else set(shares)
        self.payees.update(payee for pairs in told for payee, _ in pairs)
        pieces.write(columns, keep)

    def _reject(
        self, file_no: int, number: int, column: str, value: str, failure: Failure
    ) -> None:
        self.bad_rows.add((file_no, number))
        self.rejects.append(
            Reject(
                file=self.files[self.mapping.main][file_no].name,
                row=number,
                column=column,
                value=value,
                reason=failure.reason,
                remedy=failure.remedy,
            )
        )

    def _settle(self) -> tuple[tuple[Path, ...], int]:
        """Judge events told twice; return what is left, and how many events that is."""
        main = self.files[self.mapping.main]
        with DuckDBEngine() as engine:
            engine.load_parquet("staged", self.pieces, STAGED_COLUMNS)
            has_revision = "revision" in self.mapping.columns
            repeats = find_repeats(engine, has_revision=has_revision)
            column = "/".join(self.mapping.columns["event_id"])
            for (file_no, row_no), event_id, (other_file, other_row) in repeats.refused:
                other = f"{main[other_file].name} row {other_row}"
                reason = f"the same id says something else in {other}"
                failure = Failure(reason, "remove one, or name columns.revision")
                self._reject(file_no, row_no, column, event_id, failure)
            place = self.mapping.source
            if repeats.same_count:
                message = (
                    f"{repeats.same_count:,} rows repeat another word for word; told once"
                )
                self.notes.append(Note(place, message))
            if repeats.older_count:
                message = f"{repeats.older_count:,} rows are older revisions of others"
                self.notes.append(Note(place, message))
            if repeats.dropped:
                kept = self.scratch.folder / "kept.parquet"
                drop_rows(engine, repeats.dropped, kept)
                engine.load_parquet("staged", [kept], STAGED_COLUMNS)
                self.pieces = [kept]
            count = engine.query("select count(distinct event_id) from staged")[0][0]
        return tuple(self.pieces), int(count)

    def _note_fields(self, reader: FieldReader) -> None:
        place, zone = self.mapping.source, self.mapping.dates.zone
        if reader.zero_count:
            message = f"{reader.zero_count:,} rows are done with an amount of zero"
            self.notes.append(Note(place, message))
        moments = reader.moments
        if moments.skipped_count and self.mapping.dates.skipped is Gap.LATER:
            message = (
                f"{moments.skipped_count:,} local times do not exist in {zone}: moved on"
            )
            self.notes.append(Note(place, message))
        if moments.repeated_count and self.mapping.dates.repeated is not Repeat.REJECT:
            which = self.mapping.dates.repeated.value
            message = (
                f"{moments.repeated_count:,} local times exist twice in {zone}: {which}"
            )
            self.notes.append(Note(place, message))
        for field, watch in reader.watches.items():
            self.notes += [Note(f"{place} {field}", remark) for remark in watch.remarks()]
        for one in reader.products.unmapped():
            hint = f"; closest is {one.closest!r}" if one.closest else ""
            message = f"product {one.name!r} ({one.row_count:,} rows) is not listed{hint}"
            self.notes.append(Note(place, message))

    def _note_payees(self, roster: tuple[Row, ...] | None) -> None:
        if roster is None:
            return
        known = {row[0] for row in roster}
        missing = sorted(payee for payee in self.payees if payee not in known)
        if missing:
            shown = ", ".join(missing[:_NAMED]) + (", ..." if len(missing) > _NAMED else "")
            message = f"{len(missing):,} payees of events are not in the roster: {shown}"
            self.notes.append(Note(self.mapping.source, message))
