"""How long do 10,000,000 events under 20 programs take, beside SQL written by hand?

The yardstick is the same answer in DuckDB's own SQL, written by hand for exactly these
programs (`_by_hand.sql`); pandas and Polars give it too. All must agree in rows, amounts
and tickets of every program. The scan only reads and sums the columns that are needed.

    python benchmarks/entitlements.py [--rows N] [--repeats 5] [--folder FOLDER]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from _timing import REPEATS, Measured, measure_all, print_comparison, run_alone
from entitlements_data import ROWS, make_feed, make_programs

from openspiff.engine import DuckDBEngine
from openspiff.events import Feed
from openspiff.program import Program
from openspiff.rules import entitlements

FOLDER = Path(tempfile.gettempdir()) / "openspiff-bench"
MEMORY_LIMIT = "1400MB"
LIMIT_MB = 2_000
AT_MOST = 1.5
AT_LEAST = 1.5
GROWTH = 1.2
SHOWN_SHARE = 0.01
PARTS = 10
# What one event costs in memory in the hungrier of the two data frame libraries.
FRAME_BYTES = 900

OURS, BY_HAND, SCAN = "openspiff", "SQL by hand", "scan of the columns"
TENTH = "openspiff, a tenth of the rows"

TEXTS = (
    *("source", "event_id", "kind", "status", "payee_id", "firm_id", "customer_id"),
    *("product_id", "revenue_type", "currency", "duplicate_of"),
)
NUMBERS = (
    *("occurred_at", "entered_batch", "entered_at", "status_at", "share_ppm"),
    *("payee_count", "quantity", "amount_minor", "margin_minor", "mrr_minor"),
    "term_months",
)


def ours(programs: Sequence[Program], feed: Feed, memory_limit: str) -> list[Any]:
    """Return the totals of each program; the table of entitlements is made."""
    with DuckDBEngine(memory_limit=memory_limit) as engine:
        return entitlements(programs, feed=feed, engine=engine).totals()


def by_step(
    programs: Sequence[Program], feed: Feed, memory_limit: str
) -> list[tuple[str, float]]:
    """Return the seconds of each step, by name; views cost where they are read."""
    started: list[tuple[str, float]] = [("opening the feed", time.perf_counter())]

    def begin(name: str, _number: int, _count: int) -> None:
        started.append((name, time.perf_counter()))

    with DuckDBEngine(memory_limit=memory_limit) as engine:
        entitlements(programs, feed=feed, engine=engine, progress=begin)
        ends = [moment for _, moment in started[1:]] + [time.perf_counter()]
    return [(name, end - moment) for (name, moment), end in zip(started, ends, strict=True)]


def _print_steps(steps: Sequence[tuple[str, float]]) -> None:
    whole = sum(seconds for _, seconds in steps)
    print("\n| step (one run) | seconds | share |\n|---|---|---|")
    for name, seconds in steps:
        if seconds >= SHOWN_SHARE * whole:
            print(f"| {name} | {seconds:.2f} | {seconds / whole:.0%} |")
    print(flush=True)


def scan(feed: Feed) -> int:
    """Read and sum the columns that the rules need, and nothing else."""
    sums = [f"sum(strlen({name}))" for name in TEXTS]
    sums += [f"sum({name})" for name in NUMBERS]
    with DuckDBEngine() as engine:
        engine.load_parquet("rows", feed.events, dict.fromkeys((*TEXTS, *NUMBERS), ""))
        return len(engine.query(f"select {', '.join(sums)} from rows")[0])


def frames(
    programs: Sequence[Program], feed: Feed, needed_bytes: int
) -> dict[str, tuple[Any, ...]]:
    """Return pandas and Polars as contenders, as far as they are there and have room."""
    free = _free_bytes()
    if free < needed_bytes:
        print(
            f"LEFT OUT pandas and Polars: {needed_bytes / 1e9:.1f} GB of memory are "
            f"expected, {free / 1e9:.1f} GB are free"
        )
        return {}
    found: dict[str, tuple[Any, ...]] = {}
    if find_spec("pandas") and find_spec("pyarrow"):
        from _pandas import in_pandas  # noqa: PLC0415 (weighs down no other process)

        found["pandas"] = (in_pandas, programs, feed)
    if find_spec("polars"):
        from _polars import in_polars  # noqa: PLC0415 (weighs down no other process)

        found["Polars"] = (in_polars, programs, feed)
    for name in {"pandas", "Polars"} - set(found):
        print(f"LEFT OUT {name}: not installed here; `make bench` installs it")
    return found


def _free_bytes() -> float:
    memory = Path("/proc/meminfo")
    if not memory.exists():
        return float("inf")
    lines = (line.split() for line in memory.read_text(encoding="ascii").splitlines())
    return next(int(line[1]) * 1024 for line in lines if line[0] == "MemAvailable:")


def _differ(measured: Mapping[str, Measured], names: Sequence[str]) -> bool:
    """Print where the totals of a contender are not ours."""
    wanted = measured[OURS].result
    is_different = False
    for name in names:
        for mine, theirs in zip(wanted, measured[name].result, strict=True):
            if tuple(mine) != tuple(theirs):
                is_different = True
                print(f"DIFFERENT {name}: ours {mine}, theirs {theirs}")
    return is_different


def _say(label: str, *, value: str, wanted: str, is_met: bool) -> bool:
    print(
        f"{label} {value}, wanted {wanted} ({'met' if is_met else 'NOT met'})", flush=True
    )
    return is_met


def _verdicts(measured: Mapping[str, Measured], peers: Sequence[str]) -> bool:
    """Print every target with what was measured; return whether all were met."""
    took = measured[OURS].median
    met = []
    for name in peers:
        ratio = measured[name].median / took
        met.append(
            _say(
                f"RATIO {name} / {OURS}:",
                value=f"{ratio:.2f}",
                wanted=f"at least {AT_LEAST:g}",
                is_met=ratio >= AT_LEAST,
            )
        )
    growth = took / measured[TENTH].median / PARTS
    met += [
        _say(
            f"GROWTH per event, {PARTS} times the rows:",
            value=f"{growth:.2f}",
            wanted=f"at most {GROWTH:g}",
            is_met=growth <= GROWTH,
        ),
        _say(
            f"MEMORY of {OURS}:",
            value=f"{measured[OURS].peak_mb:,.0f} MB",
            wanted=f"under {LIMIT_MB:,} MB",
            is_met=measured[OURS].peak_mb < LIMIT_MB,
        ),
    ]
    print(f"SCAN {OURS} takes {took / measured[SCAN].median:.1f} times the scan")
    return all(met)


def main() -> int:
    """Print the table; fail when answers differ or a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--memory", default=MEMORY_LIMIT, help="what the engine may take")
    given = parser.parse_args()
    from _by_hand import by_hand  # noqa: PLC0415 (weighs down no other process)

    programs = make_programs(rows=given.rows)
    feed = make_feed(given.folder, rows=given.rows)
    tenth = given.rows // PARTS
    small = (make_programs(rows=tenth), make_feed(given.folder, rows=tenth))
    peers = frames(programs, feed, given.rows * FRAME_BYTES)
    measured = measure_all(
        {
            SCAN: (scan, feed),
            BY_HAND: (by_hand, programs, feed, given.memory),
            OURS: (ours, programs, feed, given.memory),
            **peers,
            TENTH: (ours, *small, given.memory),
        },
        repeats=given.repeats,
    )
    row_count = sum(row[2] for row in measured[OURS].result)
    is_met = print_comparison(
        f"{given.rows:,} events x {len(programs)} programs: {row_count:,} entitlements",
        measured,
        yardstick=BY_HAND,
        subject=OURS,
        at_most=AT_MOST,
    )
    _print_steps(run_alone(by_step, programs, feed, given.memory)[2])
    is_met &= _verdicts(measured, list(peers))
    if _differ(measured, [BY_HAND, *peers]):
        return 1
    print(
        f"SAME rows, amounts and tickets of every program: {', '.join([BY_HAND, *peers])}"
    )
    return 0 if is_met else 1


if __name__ == "__main__":
    raise SystemExit(main())
