"""How many deals a second become an amount on the books, beside Tryton's own module?

The small case that both know: every deal pays a flat share to one person. Tryton works the
amounts out and stores one row each in SQLite in memory. Ours evaluates the events of a
Parquet file, works out the differences and books them as a run in a SQLite file. Both pay
the same sum. Entering the deals is timed for neither.

    python benchmarks/tryton.py [--rows 1000] [--many 100000] [--repeats 5]
"""

# ruff: noqa: PLC0415 (every repeat sets Django up anew, on a database of its own)

from __future__ import annotations

import argparse
import datetime as dt
import statistics
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from _timing import REPEATS, run_alone
from books import clock, launch, open_database

from openspiff.engine import DuckDBEngine
from openspiff.events import EVENT_COLUMNS, Feed
from openspiff.program import Behavior, BehaviorKind, Clawback, Percent, Program, Window
from openspiff.run import evaluate

AT = 1_800_000_000_000_000
OCCURRED_AT = 1_791_000_000_000_000
RATE_PPM = 20_000

# One deal a row, over 100 dollars and as many more as its number.
VALUES = {
    **dict.fromkeys(("batch_no", "entered_batch", "revision", "payee_count"), "1"),
    **dict.fromkeys(("occurred_at", "recorded_at", "entered_at", "status_at"), "{at} + i"),
    **dict.fromkeys(("duplicate_of", "firm_id", "product_id", "revenue_type"), "''"),
    **dict.fromkeys(("event_id", "subject_id", "customer_id"), "'D-' || i"),
    **dict.fromkeys(("is_new_customer", "margin_minor", "mrr_minor"), "null"),
    "term_months": "null",
    "source": "'bench'",
    "kind": "'deal_won'",
    "status": "'done'",
    "payee_id": "'P-1'",
    "share_ppm": "1000000",
    "is_government": "false",
    "quantity": "1",
    "amount_minor": "(100 + i) * 100",
    "currency": "'USD'",
}


def make_program() -> Program:
    """Return the program: two per cent of every deal won."""
    return Program(
        program_id="flat-share",
        name="A flat share",
        currency="USD",
        behavior=Behavior(kind=BehaviorKind.DEAL_WON),
        window=Window(
            zone="UTC", starts_on=dt.date(2026, 10, 1), ends_before=dt.date(2027, 1, 1)
        ),
        payout=Percent(rate_ppm=RATE_PPM),
        clawback=Clawback(),
    )


def make_events(folder: Path, rows: int) -> Feed:
    """Write one file of events."""
    path = folder / "events.parquet"
    columns = ", ".join(
        f"cast({VALUES[name].format(at=OCCURRED_AT)} as {kind}) as {name}"
        for name, kind in EVENT_COLUMNS.items()
    )
    with DuckDBEngine() as engine:
        engine.execute(f"create table deals as select {columns} from range({rows}) t(i)")
        engine.write_parquet("select * from deals", path)
    return Feed(events=(path,))


def in_ours(rows: int) -> tuple[float, int]:
    """Return the seconds to evaluate and book, and the sum booked in minor units."""
    with tempfile.TemporaryDirectory(prefix="osp-") as folder:
        feed = make_events(Path(folder), rows)
        open_database("", folder)
        from openspiff.web.actions.books import book_run
        from openspiff.web.queries import books

        program = make_program()
        user, facts = launch([program])

        def evaluate_and_book() -> int:
            with DuckDBEngine() as engine:
                run = evaluate(
                    [program],
                    feed=feed,
                    at=AT,
                    load_booked=partial(books.open_books, user),
                    engine=engine,
                )
                book_run(transfers=run.transfers, run=facts, acting_user=user, at=AT)
                if run.transfers.count != rows:
                    message = f"{run.transfers.count} transfers for {rows} deals"
                    raise RuntimeError(message)
                return int(run.totals[0][3])

        return clock(evaluate_and_book)


def _row(name: str, rows: int, seconds: Sequence[float]) -> float:
    """Print one line of the table; return the deals a second."""
    a_second = rows / statistics.median(seconds)
    cells = f"{statistics.median(seconds):.3f} | {min(seconds):.3f} | {max(seconds):.3f}"
    print(f"| {name} | {rows:,} | {cells} | {a_second:,.0f} |", flush=True)
    return a_second


def main() -> int:
    """Print the table; fail when both do not pay the same."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000)
    parser.add_argument("--many", type=int, default=100_000, help="only ours, see README")
    parser.add_argument("--repeats", type=int, default=REPEATS)
    given = parser.parse_args()
    if not find_spec("trytond"):
        print("LEFT OUT: trytond is not installed here; `make bench` installs it")
        return 0
    from _tryton import in_tryton

    print("  setting Tryton up (half a minute) ...", file=sys.stderr, flush=True)
    theirs, paid = run_alone(in_tryton, given.rows, given.repeats)[2]
    ours, many = (
        [run_alone(in_ours, rows)[2] for _ in range(given.repeats)]
        for rows in (given.rows, given.many)
    )
    print("\n## A flat share of every deal\n")
    print("| contender | deals | median s | lowest | highest | deals a second |")
    print("|---|---|---|---|---|---|")
    base = _row("Tryton: work out and store", given.rows, theirs)
    same = _row("openspiff: work out and book", given.rows, [one for one, _ in ours])
    more = _row("openspiff: work out and book", given.many, [one for one, _ in many])
    print()
    for rows, a_second in ((given.rows, same), (given.many, more)):
        ratio = f"{a_second / base:.1f}"
        print(f"RATIO openspiff / Tryton, deals a second, {rows:,} deals: {ratio}")
    if round(float(paid) * 100) != ours[0][1]:
        print(f"DIFFERENT Tryton pays {paid}, ours {ours[0][1]} cents")
        return 1
    print(f"SAME sum paid for {given.rows:,} deals: {paid}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
