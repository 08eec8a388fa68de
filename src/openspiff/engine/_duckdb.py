"""How do the steps run on one machine?"""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import duckdb
import numpy as np

from openspiff.engine._sql import Step, emit, quoted

EngineError = duckdb.Error
"""What a statement or a file that the engine cannot digest raises."""

_UNSOUND: Final = "statistics_propagation"
# DuckDB 2.0.0 takes too small a range for a sum over some joins, and then stores the sum in
# too few bytes: 300 came back as 44. Without that pass sums are exact; a test holds it.

Row = tuple[Any, ...]
Progress = Callable[[str, int, int], None]
"""Called with the name of a step, its number from 1, and how many there are."""


def _listed(paths: Sequence[Path]) -> str:
    return ", ".join(quoted(path) for path in paths)


def _wanted(columns: Mapping[str, str], missing: Collection[str]) -> str:
    return ", ".join(
        f"cast(null as {kind}) as {column}" if column in missing else column
        for column, kind in columns.items()
    )


class DuckDBEngine:
    """An embedded engine; use it as a context manager.

    `memory_limit` such as "2GB"; `threads` defaults to every core.
    """

    dialect = "duckdb"

    def __init__(
        self, *, memory_limit: str | None = None, threads: int | None = None
    ) -> None:
        """Open an empty in-memory engine."""
        self._connection = duckdb.connect()
        # What does not fit into memory goes to a folder of its own, not just anywhere.
        spill = tempfile.mkdtemp(prefix="openspiff-spill-")
        # Whoever is handed an engine by the library need not close it.
        self._remove_spill = weakref.finalize(
            self, shutil.rmtree, spill, ignore_errors=True
        )
        self._connection.execute(f"set temp_directory = {quoted(spill)}")
        self._connection.execute("set enable_progress_bar = false")
        self._connection.execute(f"set disabled_optimizers = '{_UNSOUND}'")
        if memory_limit is not None:
            self._connection.execute(f"set memory_limit = '{memory_limit}'")
        if threads is not None:
            self._connection.execute(f"set threads = {int(threads)}")

    def __enter__(self) -> Self:
        """Return the engine itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the engine."""
        self.close()

    def close(self) -> None:
        """Forget everything."""
        self._connection.close()
        self._remove_spill()

    def load_parquet(
        self,
        name: str,
        paths: Sequence[Path],
        columns: Mapping[str, str],
        *,
        lacking: Collection[str] = (),
    ) -> None:
        """Make a view `name` over Parquet files; an empty table when there are none.

        Columns named in `lacking` are null in files that do not have them.
        """
        if not paths:
            self.load_rows(name, columns, [])
            return
        groups: dict[tuple[str, ...], list[Path]] = {}
        for path, missing in self._missing(paths, lacking).items():
            groups.setdefault(missing, []).append(path)
        parts = [
            f"select {_wanted(columns, missing)} from read_parquet([{_listed(files)}])"  # noqa: S608
            for missing, files in groups.items()
        ]
        self.drop(name)
        self._connection.execute(f"create view {name} as {' union all '.join(parts)}")

    def _missing(
        self, paths: Sequence[Path], lacking: Collection[str]
    ) -> dict[Path, tuple[str, ...]]:
        """Return which columns of `lacking` each file does not have."""
        if not lacking:
            return dict.fromkeys(paths, ())
        names = ", ".join(quoted(one) for one in lacking)
        rows = self.query(
            "select distinct file_name, name "  # noqa: S608
            f"from parquet_schema([{_listed(paths)}]) where name in ({names})"
        )
        found = set(rows)
        return {
            path: tuple(one for one in lacking if (str(path), one) not in found)
            for path in paths
        }

    def load_rows(self, name: str, columns: Mapping[str, str], rows: Sequence[Row]) -> None:
        """Make a table `name` of these rows (values in the order of `columns`)."""
        self.drop(name)
        shape = ", ".join(f"{column} {kind}" for column, kind in columns.items())
        self._connection.execute(f"create table {name} ({shape})")
        if not rows:
            return
        arrays = {
            column: np.array([row[index] for row in rows], dtype=object)
            for index, column in enumerate(columns)
        }
        self._connection.register("incoming_rows", arrays)
        casts = ", ".join(f"cast({column} as {kind})" for column, kind in columns.items())
        self._connection.execute(f"insert into {name} select {casts} from incoming_rows")  # noqa: S608
        self._connection.unregister("incoming_rows")

    def load_arrays(self, name: str, arrays: Mapping[str, np.ndarray[Any, Any]]) -> None:
        """Make a table `name` of numpy columns of equal length."""
        self.drop(name)
        self._connection.register("incoming_arrays", dict(arrays))
        self._connection.execute(f"create table {name} as select * from incoming_arrays")  # noqa: S608
        self._connection.unregister("incoming_arrays")

    def run(self, steps: Sequence[Step], *, progress: Progress | None = None) -> None:
        """Run the steps in order; each becomes a table or a view of its name."""
        for number, step in enumerate(steps, start=1):
            if step.keeps_join_order:
                self._connection.execute(
                    f"set disabled_optimizers = '{_UNSOUND},join_order'"
                )
            self._make(step)
            if step.keeps_join_order:
                self._connection.execute(f"set disabled_optimizers = '{_UNSOUND}'")
            if progress is not None:
                progress(step.name, number, len(steps))

    def _make(self, step: Step) -> None:
        kind = "table" if step.is_stored else "view"
        text = f"{kind} {step.name} as {emit(step.sql, self.dialect)}"
        try:
            self._connection.execute(f"create or replace {text}")
        except duckdb.CatalogException:  # a view where a table was, or the other way
            self.drop(step.name)
            self._connection.execute(f"create {text}")

    def query(self, sql: str) -> list[Row]:
        """Return the rows of a portable query."""
        return self._connection.execute(emit(sql, self.dialect)).fetchall()

    def columns(self, name: str) -> list[str]:
        """Return the column names of a table or view."""
        return [row[0] for row in self._connection.execute(f"describe {name}").fetchall()]

    def stream(self, sql: str, *, size: int = 50_000) -> Iterator[list[Row]]:
        """Yield the rows of a portable query in lists of up to `size`."""
        cursor = self._connection.cursor().execute(emit(sql, self.dialect))
        while rows := cursor.fetchmany(size):
            yield rows

    def arrays(self, sql: str) -> dict[str, np.ndarray[Any, Any]]:
        """Return the columns of a portable query; masked arrays where there are nulls."""
        return dict(self._connection.execute(emit(sql, self.dialect)).fetchnumpy())

    def write_parquet(self, sql: str, path: Path) -> None:
        """Write the rows of a portable query as one Parquet file."""
        self._copy(sql, path, "format parquet, compression zstd")

    def write_arrays(
        self, arrays: Mapping[str, np.ndarray[Any, Any]], sql: str, path: Path
    ) -> None:
        """Write numpy columns as Parquet; `sql` reads them as the table `arrays`."""
        self._connection.register("arrays", dict(arrays))
        try:
            self.write_parquet(sql, path)
        finally:
            self._connection.unregister("arrays")

    def write_csv(self, sql: str, path: Path) -> None:
        """Write the rows of a portable query as CSV with a header; nulls are empty."""
        self._copy(sql, path, "format csv, header")

    def execute(self, sql: str) -> None:
        """Run one statement of DuckDB's own dialect (readers and generators need it)."""
        self._connection.execute(sql)

    def _copy(self, sql: str, path: Path, options: str) -> None:
        self._connection.execute(
            f"copy ({emit(sql, self.dialect)}) to {quoted(path)} ({options})"
        )

    def drop(self, name: str) -> None:
        """Forget a table or view, if there is one of this name."""
        # Asking the catalog which of the two it is takes five times as long.
        for kind in ("view", "table"):
            with suppress(duckdb.CatalogException):
                self._connection.execute(f"drop {kind} if exists {name}")
