"""Which panel is the measuring timed on?

N payees (100,000 unless told otherwise) by 52 weeks, one row each, in order of weeks and
scattered by payee, as exports are. Five in eight payees come under the program in one of
five weeks, the others never. Every value is integer arithmetic on the numbers of payee and
week, so the same size gives the same bytes. Files are kept in a folder and made only once.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from openspiff.engine import DuckDBEngine
from openspiff.measure import NEVER

WEEKS = 52
FIRSTS = (12, 20, 28, 36, 44)
GROUPS = 8
FIRMS = 1_000
LIFT = 3
PRIME = 2_147_483_647
SCATTER = 7_919
SHAPE = 1


def first_weeks(payee_count: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return the first treated week of payees 0 to N-1; NEVER where there is none."""
    weeks = np.array([*FIRSTS, *([NEVER] * (GROUPS - len(FIRSTS)))], dtype=np.int64)
    return weeks[np.arange(payee_count) % GROUPS]


def _mixed(number: str) -> str:
    """Return SQL for a whole number that looks drawn by chance: multiply, square, add."""
    once = f"((cast({number} as bigint) * 48271 + 12345) % {PRIME})"
    return f"(({once} * {once} + {once} * 69621 + 7) % {PRIME})"


def make_panel(folder: Path, *, payee_count: int) -> Path:
    """Return the Parquet file of (unit, week, first, y), made unless it is there."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"panel-v{SHAPE}-{payee_count}.parquet"
    if path.exists():
        return path
    firsts = ", ".join(str(week) for week in (*FIRSTS, *([NEVER] * (GROUPS - len(FIRSTS)))))
    sql = f"""
    select unit, week, first,
      cast({_mixed("unit")} % 6 + week // 13 + {_mixed("(unit * 64 + week)")} % 9
        + case when first >= 0 and week >= first then {LIFT} else 0 end as integer) as y
    from (
      select cast(p as integer) as unit, cast(w as smallint) as week,
        cast(list_extract([{firsts}], 1 + p % {GROUPS}) as smallint) as first
      from (
        select (range * {SCATTER}) % {payee_count} as p, range // {payee_count} as w
        from range(0, {payee_count * WEEKS})
      )
    )
    """
    part = path.with_suffix(".part")
    with DuckDBEngine() as engine:
        engine.execute(f"copy ({sql}) to '{part}' (format parquet, compression zstd)")
    part.rename(path)
    return path
