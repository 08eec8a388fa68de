"""How long does "why?" take for one event when 1,000,000 events are stored?

The yardstick looks up the rows of that event in the same Parquet files. Asked are events
that earn, that do not, that several payees share, and that a used-up budget cut; they are
found with the SQL written by hand, so not by the code that is timed.

    python benchmarks/explain.py [--rows N] [--repeats 5] [--folder FOLDER]
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import numpy as np
from _by_hand import make_entitled
from _timing import REPEATS, run_alone
from entitlements_data import make_feed, make_programs

from openspiff.events import Feed
from openspiff.program import Program
from openspiff.rules import About, explain

ROWS = 1_000_000
FOLDER = Path(tempfile.gettempdir()) / "openspiff-bench"
OF_EACH = 10
LIMIT_MS = 100.0
SOURCE = "bench"

# Which events are asked about? Spread over the year by a digest of their names.
GROUPS = {
    "earns": "select event_id from entitled where event_id in "
    "(select event_id from event where payee_count = 1)",
    "earns nothing": "select event_id from event "
    "where event_id not in (select event_id from part)",
    "shared by two": "select event_id from entitled where event_id in "
    "(select event_id from event where payee_count = 2)",
    "cut by a budget": "select d.event_id from part d join program p using (program_no) "
    "left join entitled e on e.program_id = p.program_id and e.event_id = d.event_id "
    "and e.payee_id = d.payee_id where p.budget is not null and p.payee_cap is null "
    "and coalesce(e.amount_minor + e.tickets, 0) < d.amount",
}


def choose(programs: Sequence[Program], feed: Feed, of_each: int) -> dict[str, list[str]]:
    """Return the names of the events to ask about, by group."""
    with duckdb.connect() as connection:
        connection.execute("set enable_progress_bar = false")
        make_entitled(connection, programs, feed)
        return {
            group: [
                name
                for (name,) in connection.execute(
                    f"select distinct event_id from ({sql}) "
                    f"order by md5(event_id), event_id limit {of_each}"
                ).fetchall()
            ]
            for group, sql in GROUPS.items()
        }


def ask(
    programs: Sequence[Program], feed: Feed, groups: Mapping[str, Sequence[str]]
) -> dict[str, list[tuple[float, float]]]:
    """Return for every event the seconds of its explanation and of its look-up.

    Both happen in one process. Raises AssertionError when an answer is not of its group.
    """
    files = ", ".join(f"'{path}'" for path in feed.events)
    found: dict[str, list[tuple[float, float]]] = {}
    with duckdb.connect() as connection:
        connection.execute(f"create view event as select * from read_parquet([{files}])")
        for group, names in groups.items():
            for name in names:
                started = time.perf_counter()
                answers = explain(programs, feed=feed, about=About(event=(SOURCE, name)))
                explained = time.perf_counter()
                rows = connection.execute(
                    "select * from event where source = ? and event_id = ?", [SOURCE, name]
                ).fetchall()
                looked_up = time.perf_counter()
                if len(answers) != len(rows) * len(programs):
                    message = f"{name}: {len(answers)} answers for {len(rows)} rows"
                    raise AssertionError(message)
                if group != "cut by a budget" and (
                    any(one.due > 0 for one in answers) != (group != "earns nothing")
                ):
                    message = f"{name} is of the group {group!r}, explained otherwise"
                    raise AssertionError(message)
                found.setdefault(group, []).append(
                    (explained - started, looked_up - explained)
                )
    return found


def ask_first(programs: Sequence[Program], feed: Feed, name: str) -> int:
    """Ask about one event in a process that has explained nothing yet."""
    return len(explain(programs, feed=feed, about=About(event=(SOURCE, name))))


def _line(label: str, seconds: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Print p50 and p95 in milliseconds; return both medians."""
    ours, plain = (np.array(column) * 1e3 for column in zip(*seconds, strict=True))
    cells = (*np.percentile(ours, [50, 95]), *np.percentile(plain, [50, 95]))
    middle, _, base, _ = cells
    written = " | ".join(f"{cell:.1f}" for cell in cells)
    print(f"| {label} | {len(ours)} | {written} | {middle / base:.1f} |")
    return float(middle), float(base)


def main() -> int:
    """Print the table; fail when the median is over the limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--of-each", type=int, default=OF_EACH, help="events of each group")
    given = parser.parse_args()
    programs = make_programs(rows=given.rows)
    feed = make_feed(given.folder, rows=given.rows)
    groups = choose(programs, feed, given.of_each)
    warm: dict[str, list[tuple[float, float]]] = {group: [] for group in groups}
    cold = []
    first = groups["earns"][0]
    ask_first(programs, feed, first)
    for _ in range(given.repeats):
        cold.append(run_alone(ask_first, programs, feed, first)[0])
        _, peak_mb, answers = run_alone(ask, programs, feed, groups)
        for group, seconds in answers.items():
            # The first event of a process also pays for what is made once.
            warm[group] += seconds[1:] if group == next(iter(groups)) else seconds
    print(
        f"\n## Why? One event of {given.rows:,}, {len(programs)} programs, milliseconds\n"
    )
    print("| the event | asked | ours p50 | ours p95 | look-up p50 | look-up p95 | ratio |")
    print("|---|---|---|---|---|---|---|")
    for group, seconds in warm.items():
        _line(group, seconds)
    middle, base = _line("all", [pair for seconds in warm.values() for pair in seconds])
    is_met = middle < LIMIT_MS
    print(f"\nRATIO explain / look-up of the rows: {middle / base:.1f}")
    print(f"COLD {statistics.median(cold) * 1e3:.0f} ms, the first in a process")
    print(
        f"EXPLAIN {middle:.0f} ms warm, {peak_mb:,.0f} MB, wanted under {LIMIT_MS:g} ms "
        f"({'met' if is_met else 'NOT met'})"
    )
    return 0 if is_met else 1


if __name__ == "__main__":
    raise SystemExit(main())
