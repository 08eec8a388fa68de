"""Where do rows wait between reading and importing? In Parquet pieces, told once each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from openspiff.engine import DuckDBEngine, Row
from openspiff.events._result import STAGED_COLUMNS

Place = tuple[int, int]
"""Number of the file and of the row in it."""


def write_piece(columns: dict[str, list[Any]], keep: Sequence[int], path: Path) -> None:
    """Write the kept events of a chunk, one row per payee, as Parquet of STAGED_COLUMNS."""
    shares = columns["shares"]
    spread = [index for index in keep for _ in shares[index]]
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    for name in STAGED_COLUMNS:
        if name in ("payee_id", "share_ppm", "payee_count"):
            continue
        column = columns[name]
        arrays[name] = np.array([column[index] for index in spread], dtype=object)
    pairs = [pair for index in keep for pair in shares[index]]
    arrays["payee_id"] = np.array([payee for payee, _ in pairs], dtype=object)
    arrays["share_ppm"] = np.array([share for _, share in pairs], dtype=np.int64)
    counts = [len(shares[index]) for index in spread]
    arrays["payee_count"] = np.array(counts, dtype=np.int64)
    casts = ", ".join(
        f"cast({name} as {kind}) as {name}" for name, kind in STAGED_COLUMNS.items()
    )
    with DuckDBEngine(threads=1) as engine:
        engine.load_arrays("piece", arrays)
        engine.write_parquet(f"select {casts} from piece", path)  # noqa: S608


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
