"""How do the same steps run on many machines? On PySpark, from the same text."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import lit
from pyspark.sql.types import (
    BooleanType,
    DataType,
    DoubleType,
    LongType,
    StringType,
    StructField,
    StructType,
)

from openspiff.engine._duckdb import Progress, Row
from openspiff.engine._sql import Step, emit

_TYPES: Mapping[str, DataType] = {
    "BIGINT": LongType(),
    "VARCHAR": StringType(),
    "BOOLEAN": BooleanType(),
    "DOUBLE": DoubleType(),
}


class SparkEngine:
    """A distributed engine: an existing session, or one on this machine.

    It answers what `DuckDBEngine` answers for steps and queries. Whole-number overflow
    raises (ANSI mode), as it does there.
    """

    dialect = "spark"

    def __init__(self, session: SparkSession | None = None, *, cores: int = 2) -> None:
        """Use `session`, or start one on `cores` cores of this machine."""
        self._session = session or (
            SparkSession.builder.master(f"local[{cores}]")
            .appName("openspiff")
            .config("spark.ui.enabled", "false")
            .config("spark.ui.showConsoleProgress", "false")
            .config("spark.sql.ansi.enabled", "true")
            .config("spark.sql.session.timeZone", "UTC")
            .config("spark.sql.shuffle.partitions", str(cores))
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .getOrCreate()
        )
        self._session.sparkContext.setLogLevel("ERROR")
        self._names: list[str] = []

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
        """Forget every table; the session stays, as starting one takes seconds."""
        for name in self._names:
            self._session.catalog.dropTempView(name)
        self._session.catalog.clearCache()
        self._names = []

    def drop(self, name: str) -> None:
        """Forget a table or view, if there is one of this name."""
        if name in self._names:
            self._session.catalog.dropTempView(name)
            self._names.remove(name)

    def has(self, name: str) -> bool:
        """Tell whether there is a table or view of this name."""
        return name in self._names

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
        reader = self._session.read.option("mergeSchema", value=bool(lacking))
        frame = reader.parquet(*(str(path) for path in paths))
        for column in lacking:
            if column not in frame.columns:
                frame = frame.withColumn(column, lit(None).cast(_TYPES[columns[column]]))
        self._keep(name, frame.select(*columns))

    def load_rows(self, name: str, columns: Mapping[str, str], rows: Sequence[Row]) -> None:
        """Make a table `name` of these rows (values in the order of `columns`)."""
        fields = [StructField(column, _TYPES[kind]) for column, kind in columns.items()]
        self._keep(name, self._session.createDataFrame(list(rows), StructType(fields)))

    def run(self, steps: Sequence[Step], *, progress: Progress | None = None) -> None:
        """Run the steps in order; each becomes a view of its name, stored ones cached."""
        for number, step in enumerate(steps, start=1):
            frame = self._session.sql(emit(step.sql, self.dialect))
            self._keep(
                step.name, frame.localCheckpoint(eager=False) if step.is_stored else frame
            )
            if progress is not None:
                progress(step.name, number, len(steps))

    def query(self, sql: str) -> list[Row]:
        """Return the rows of a portable query."""
        return [tuple(row) for row in self._session.sql(emit(sql, self.dialect)).collect()]

    def columns(self, name: str) -> list[str]:
        """Return the column names of a table or view."""
        return list(self._session.table(name).columns)

    def stream(self, sql: str, *, size: int = 50_000) -> Iterator[list[Row]]:
        """Yield the rows of a portable query in lists of up to `size`."""
        chunk: list[Any] = []
        for row in self._session.sql(emit(sql, self.dialect)).toLocalIterator():
            chunk.append(tuple(row))
            if len(chunk) == size:
                yield chunk
                chunk = []
        if chunk:
            yield chunk

    def write_parquet(self, sql: str, path: Path) -> None:
        """Write the rows of a portable query as a folder of Parquet files."""
        self._session.sql(emit(sql, self.dialect)).write.parquet(str(path))

    def _keep(self, name: str, frame: DataFrame) -> None:
        frame.createOrReplaceTempView(name)
        if name not in self._names:
            self._names.append(name)
