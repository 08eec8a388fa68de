"""Where do rows wait between reading and importing? In Parquet pieces, told once each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import attrs
import numpy as np

from openspiff.engine import DuckDBEngine, Row, quoted
from openspiff.events._result import STAGED_COLUMNS

Place = tuple[int, int]
"""Number of the file and of the row in it."""


class Pieces:
    """Writes the kept events of chunks, one row per payee, as Parquet of STAGED_COLUMNS."""

    def __init__(self, folder: Path) -> None:
        """Write into this folder."""
        self.folder = folder
        self.paths: list[Path] = []
        self._engine = DuckDBEngine(threads=1)

    def __enter__(self) -> Self:
        """Return the writer itself."""
        return self

    def __exit__(self, *about: object) -> None:
        """Let go of what writing needed; the pieces stay."""
        self._engine.close()

    def write(self, columns: dict[str, list[Any]], keep: Sequence[int]) -> None:
        """Write the events of one chunk at the indexes in `keep`."""
        path = self.folder / f"piece-{len(self.paths):05d}.parquet"
        said, arrays = _parted(_spread(columns, keep))
        casts = ", ".join(
            f"cast({said.get(name, name)} as {kind}) as {name}"
            for name, kind in STAGED_COLUMNS.items()
        )
        self._engine.write_arrays(arrays, f"select {casts} from arrays", path)  # noqa: S608
        self.paths.append(path)


def _spread(columns: dict[str, list[Any]], keep: Sequence[int]) -> dict[str, list[Any]]:
    """Return the columns of STAGED_COLUMNS, one row per kept event and payee."""
    shares = columns["shares"]
    is_whole = len(keep) == len(shares)
    kept = shares if is_whole else [shares[index] for index in keep]
    counts = list(map(len, kept))
    found: dict[str, list[Any]] = {}
    if counts.count(1) == len(counts):
        pairs = [one for (one,) in kept]
        spread = None if is_whole else keep
    else:
        pairs = [pair for one in kept for pair in one]
        spread = [index for index in keep for _ in shares[index]]
        counts = [count for count in counts for _ in range(count)]
    for name in STAGED_COLUMNS.keys() - {"payee_id", "share_ppm", "payee_count"}:
        column = columns[name]
        found[name] = column if spread is None else [column[index] for index in spread]
    found["payee_id"] = [payee for payee, _ in pairs]
    found["share_ppm"] = [share for _, share in pairs]
    found["payee_count"] = counts
    return found


def _parted(
    columns: dict[str, list[Any]],
) -> tuple[dict[str, str], dict[str, np.ndarray[Any, Any]]]:
    """Return the SQL of columns that say the same in every row; the others as arrays."""
    said: dict[str, str] = {}
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    for name, values in columns.items():
        first = values[0]
        if first == values[-1] and values.count(first) == len(values):
            said[name] = _literal(first)
        elif STAGED_COLUMNS[name] == "BIGINT" and None not in values:
            arrays[name] = np.array(values, dtype=np.int64)
        else:
            arrays[name] = np.array(values, dtype=object)
    if not arrays:
        arrays["row_no"] = np.array(columns["row_no"], dtype=np.int64)
    return said, arrays


def _literal(value: Any) -> str:
    if value is None:
        return "null"
    return quoted(value) if isinstance(value, str) else str(value)


@attrs.frozen
class Repeats:
    """Events that stand in a file more than once: rows to drop, and those to refuse."""

    dropped: tuple[Place, ...]
    refused: tuple[tuple[Place, str, Place], ...]
    same_count: int
    older_count: int


_REPEATED = """
select s.event_id, s.file_no, s.row_no, s.said_revision, {content}
from staged as s
join (
  select event_id from staged group by event_id having count(*) > max(payee_count)
) as twice on twice.event_id = s.event_id
order by s.event_id, s.file_no, s.row_no, s.payee_id
"""


def _content() -> str:
    skipped = ("event_id", "file_no", "row_no", "said_revision", "recorded_at")
    return ", ".join(f"s.{name}" for name in STAGED_COLUMNS if name not in skipped)


def find_repeats(engine: DuckDBEngine, *, has_revision: bool) -> Repeats:
    """Judge the events of the table `staged` that more than one row tells.

    Rows that say the same are one. Where they differ the highest revision counts if the
    mapping names a revision column; otherwise nobody knows, and all are refused.
    """
    told: dict[str, dict[Place, tuple[int | None, list[Row]]]] = defaultdict(dict)
    for event_id, file_no, row_no, revision, *content in engine.query(
        _REPEATED.format(content=_content())
    ):
        place = file_no, row_no
        told[event_id].setdefault(place, (revision, []))[1].append(tuple(content))
    dropped: list[Place] = []
    refused: list[tuple[Place, str, Place]] = []
    same = older = 0
    for event_id, rows in told.items():
        top = max(revision or 0 for revision, _ in rows.values())
        latest = {
            place: content
            for place, (revision, content) in rows.items()
            if not has_revision or revision == top
        }
        older += len(rows) - len(latest)
        dropped += [place for place in rows if place not in latest]
        first, *others = latest
        if all(latest[place] == latest[first] for place in others):
            same += len(others)
            dropped += others
        else:
            dropped += latest
            refused.append((first, event_id, others[0]))
            refused += [(place, event_id, first) for place in others]
    return Repeats(tuple(dropped), tuple(refused), same, older)


def drop_rows(engine: DuckDBEngine, dropped: Sequence[Place], path: Path) -> None:
    """Write the table `staged` without the rows at these places."""
    engine.load_rows("dropped", {"file_no": "BIGINT", "row_no": "BIGINT"}, dropped)
    engine.write_parquet(
        "select s.* from staged as s left anti join dropped as d"
        " on d.file_no = s.file_no and d.row_no = s.row_no",
        path,
    )
