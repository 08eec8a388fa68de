"""How long does "why?" take for one event when 1,000,000 events are stored?

It is asked in two ways: of an `Explainer`, which stands ready for many questions in a web
server or a session of the library (the target is its), and of `explain`, which works out
each question by itself. The yardstick looks up the rows of the event in the same Parquet
files. Asked are events that earn, that do not, that several payees share, and that a
used-up budget cut; they are found with the SQL written by hand, so not by the code that is
timed.

    python benchmarks/explain.py [--rows N] [--repeats 5] [--folder FOLDER]
"""

from __future__ import annotations

import argparse
import resource
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import numpy as np
from _by_hand import make_entitled
from _timing import REPEATS, run_alone
from entitlements_data import make_feed, make_programs

from openspiff.events import Feed
from openspiff.program import Program
from openspiff.rules import About, Explainer, Explanation, explain

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


def held_mb() -> float:
    """Return the memory that this process holds now, in MB (10^6 bytes); Linux says it."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


@dataclass
class Asked:
    """What one process measured: `seconds` are (standing, one-off, look-up), by group."""

    opening_seconds: float = 0.0
    kept_mb: float = 0.0
    seconds: dict[str, list[tuple[float, float, float]]] = field(default_factory=dict)


def ask(
    programs: Sequence[Program], feed: Feed, groups: Mapping[str, Sequence[str]]
) -> Asked:
    """Ask about every event in each of the ways, in one process.

    Raises AssertionError when an answer is not of its group, or not the same both ways.
    """
    files = ", ".join(f"'{path}'" for path in feed.events)
    found = Asked()
    before_mb, started = held_mb(), time.perf_counter()
    with (
        Explainer(programs, feed=feed) as explainer,
        duckdb.connect() as connection,
    ):
        found.opening_seconds = time.perf_counter() - started
        connection.execute(f"create view event as select * from read_parquet([{files}])")
        for group, names in groups.items():
            for name in names:
                about = About(event=(SOURCE, name))
                moments = [time.perf_counter()]
                standing = explainer.explain(about)
                moments.append(time.perf_counter())
                alone = explain(programs, feed=feed, about=about)
                moments.append(time.perf_counter())
                rows = connection.execute(
                    "select * from event where source = ? and event_id = ?", [SOURCE, name]
                ).fetchall()
                moments.append(time.perf_counter())
                check(group, name, standing, len(rows) * len(programs))
                if standing != alone:
                    message = f"{name} is explained in two ways"
                    raise AssertionError(message)
                first, second, third = np.diff(moments).tolist()
                found.seconds.setdefault(group, []).append((first, second, third))
        found.kept_mb = held_mb() - before_mb
    return found


def check(group: str, name: str, answers: Sequence[Explanation], wanted: int) -> None:
    """Raise AssertionError when these are not the answers for an event of this group."""
    if len(answers) != wanted:
        message = f"{name}: {len(answers)} answers, wanted {wanted}"
        raise AssertionError(message)
    if group != "cut by a budget" and (
        any(one.due > 0 for one in answers) != (group != "earns nothing")
    ):
        message = f"{name} is of the group {group!r}, explained otherwise"
        raise AssertionError(message)


def ask_first(programs: Sequence[Program], feed: Feed, name: str) -> int:
    """Ask about one event in a process that has explained nothing yet."""
    return len(explain(programs, feed=feed, about=About(event=(SOURCE, name))))


def _line(label: str, seconds: Sequence[tuple[float, float, float]]) -> list[float]:
    """Print p50 and p95 of each way in milliseconds; return the medians."""
    columns = [np.array(column) * 1e3 for column in zip(*seconds, strict=True)]
    cells = [np.percentile(column, [50, 95]) for column in columns]
    written = " | ".join(f"{one:.1f}" for pair in cells for one in pair)
    print(f"| {label} | {len(seconds)} | {written} |")
    return [float(middle) for middle, _ in cells]


def main() -> int:
    """Print the table; fail when the median of the standing answers is over the limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--of-each", type=int, default=OF_EACH, help="events of each group")
    given = parser.parse_args()
    programs = make_programs(rows=given.rows)
    feed = make_feed(given.folder, rows=given.rows)
    groups = choose(programs, feed, given.of_each)
    warm: dict[str, list[tuple[float, float, float]]] = {group: [] for group in groups}
    cold, runs, peaks = [], [], []
    first = groups["earns"][0]
    ask_first(programs, feed, first)
    for _ in range(given.repeats):
        cold.append(run_alone(ask_first, programs, feed, first)[0])
        _, peak_mb, asked = run_alone(ask, programs, feed, groups)
        peaks.append(peak_mb)
        runs.append(asked)
        for group, seconds in asked.seconds.items():
            # The first event of a process also pays for what is made once.
            warm[group] += seconds[1:] if group == next(iter(groups)) else seconds
    print(
        f"\n## Why? One event of {given.rows:,}, {len(programs)} programs, milliseconds\n"
    )
    ways = ("standing", "one-off", "look-up")
    print("| the event | asked | " + " | ".join(f"{w} p50 | {w} p95" for w in ways) + " |")
    print("|---" * (2 + 2 * len(ways)) + "|")
    for group, seconds in warm.items():
        _line(group, seconds)
    everything = [each for seconds in warm.values() for each in seconds]
    standing, alone, base = _line("all", everything)
    is_met = standing < LIMIT_MS
    print(f"\nRATIO standing / look-up of the rows: {standing / base:.1f}")
    print(f"RATIO one-off / look-up of the rows: {alone / base:.1f}")
    opening = statistics.median(one.opening_seconds for one in runs)
    print(f"COLD {statistics.median(cold) * 1e3:.0f} ms, one-off, the first in a process")
    print(
        f"OPENING {opening:.1f} s before the "
        f"first standing answer; keeps {max(one.kept_mb for one in runs):,.0f} MB; "
        f"{max(peaks):,.0f} MB at most in the process"
    )
    print(
        f"EXPLAIN {standing:.0f} ms standing, wanted under {LIMIT_MS:g} ms "
        f"({'met' if is_met else 'NOT met'}); {alone:.0f} ms one-off"
    )
    return 0 if is_met else 1


if __name__ == "__main__":
    raise SystemExit(main())
