"""How is a Parquet file read? As texts, so that every file goes one way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from openspiff.engine import DuckDBEngine, EngineError, quoted
from openspiff.errors import Problem
from openspiff.events._tables import (
    CHUNK,
    Chunk,
    Counted,
    EventFileError,
    Note,
    Table,
    bad_row,
    checked_header,
)

_NUMBERS: Final = ("INT", "DOUBLE", "FLOAT", "DECIMAL")


def _text(name: str, kind: str) -> str:
    column = '"' + name.replace('"', '""') + '"'
    if kind == "TIMESTAMP WITH TIME ZONE":
        moment = f"make_timestamp(epoch_us({column}))"
        return f"coalesce(cast({moment} as varchar) || 'Z', '') as {column}"
    return f"coalesce(cast({column} as varchar), '') as {column}"


def open_parquet(path: Path) -> Table:
    """Open a Parquet file; numbers, dates and moments become plain ISO texts.

    Raises EventFileError when it is none, or holds nested columns.
    """
    engine = DuckDBEngine(threads=1)
    source = f"read_parquet({quoted(path)})"
    try:
        engine.execute(f"create view given as select * from {source}")  # noqa: S608
        kinds = engine.query(
            "select column_name, data_type from information_schema.columns"
            " where table_name = 'given' order by ordinal_position"
        )
    except EngineError as error:
        problem = Problem(path.name, str(error).splitlines()[0])
        message = f"{path.name} cannot be read as Parquet"
        raise EventFileError(message, [problem]) from None
    nested = [
        Problem(f"{path.name} {name}", f"a nested column ({kind})", "unnest it")
        for name, kind in kinds
        if "[" in kind or ("(" in kind and not kind.startswith("DECIMAL"))
    ]
    if nested:
        msg = f"{path.name} holds what no cell can hold"
        raise EventFileError(msg, nested)
    header = checked_header(path, 0, [name for name, _ in kinds])
    columns = ", ".join(_text(name, kind) for name, kind in kinds)
    row_count = engine.query("select count(*) from given")[0][0]
    counted = Counted(row_count)
    text = f"select {columns} from given"  # noqa: S608
    chunks = _chunks(engine, text, header, (path, counted))
    numbers = frozenset(
        name for name, kind in kinds if any(one in kind for one in _NUMBERS)
    )
    notes = [Note(path.name, "read as Parquet")]
    return Table(
        path=path,
        header=header,
        chunks=chunks,
        notes=notes,
        number_columns=numbers,
        done_share=counted.share,
    )


def _chunks(
    engine: DuckDBEngine, sql: str, header: list[str], of: tuple[Path, Counted]
) -> Iterator[Chunk]:
    path, counted = of
    number = 0
    try:
        for rows in engine.stream(sql, size=CHUNK):
            chunk = Chunk([], [])
            for row in rows:
                number += 1
                bad = bad_row(number, header, row)
                if bad is not None:
                    chunk.bad.append(bad)
                else:
                    chunk.numbers.append(number)
                    chunk.rows.append(list(row))
            counted.count = number
            yield chunk
    except EngineError as error:
        problem = Problem(path.name, str(error).splitlines()[0])
        msg = f"{path.name} is broken"
        raise EventFileError(msg, [problem]) from None
    finally:
        engine.close()
