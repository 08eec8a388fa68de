"""How long do 100,000 events take in one call, beside the same import by command line?

PostgreSQL, gunicorn as `openspiff serve` starts it. The command line reads the events as
CSV and as Parquet, in a process of its own as anybody calls it; the call sends them as
NDJSON and as Parquet. All four take turns, each time with events that nobody has told yet;
who begins changes from round to round, for the feed grows meanwhile.
"""

from __future__ import annotations

import argparse
import csv
import http.client
import json
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import payee_home

TARGET = 3.0
_AT = 1_770_000_000_000_000  # in February 2026
_DAY = 86_400_000_000
_NDJSON, _PARQUET = "application/x-ndjson", "application/vnd.apache.parquet"
_YARDSTICK = {"call, NDJSON": "command, CSV", "call, Parquet": "command, Parquet"}
_NAMES = ("event_id", "kind", "status", "payee_id", "currency", "occurred_at")
_MORE = ("customer_id", "product_id", "revenue_type", "amount")
_MAPPING = """
source = "crm"
zone = "UTC"
[files.events]
path = "events.{form}"
[columns]
event_id = "event_id"
kind = "kind"
currency = "currency"
occurred_at = "occurred_at"
customer_id = "customer_id"
product_id = "product_id"
revenue_type = "revenue_type"
amount = "{amount}"
[kind]
deal_won = "deal_won"
[status]
column = "status"
done = "done"
lost = "lost"
[shares]
payee = "payee_id"
[money]
units = "minor"
"""


def _events(count: int, mark: str) -> Iterator[dict[str, Any]]:
    for number in range(count):
        yield {
            "event_id": f"{mark}-{number}",
            "kind": "deal_won",
            "status": "lost" if number % 7 == 0 else "done",
            "payee_id": f"p{number * 7919 % 5000}",
            "currency": "USD",
            "occurred_at": _AT - number % 40 * _DAY,
            "customer_id": f"Customer {number * 31 % 20_000}",
            "product_id": f"Product {number % 50}",
            "revenue_type": "new",
            "amount": 10_000 + number * 7919 % 500_000,
        }


def _file(folder: Path, form: str, count: int, mark: str) -> Path:
    """Write the events of one turn: csv and parquet as tables, ndjson as it is sent."""
    path = folder / f"events.{form}"
    if form == "ndjson":
        with path.open("w", encoding="utf-8") as file:
            for one in _events(count, mark):
                told = {name: one[name] for name in (*_NAMES, *_MORE)}
                told["payees"] = [{"payee_id": told.pop("payee_id")}]
                told["amount_minor"] = told.pop("amount")
                file.write(json.dumps(told) + "\n")
        return path
    table = folder / "events.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*_NAMES, *_MORE])
        writer.writeheader()
        for one in _events(count, mark):
            moment = time.gmtime(one["occurred_at"] // 1_000_000)
            said = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", moment)
            writer.writerow(one | {"occurred_at": said})
    if form == "parquet":
        import duckdb  # noqa: PLC0415 (the yardstick of a benchmark may)

        columns = "* exclude amount, cast(amount as bigint) as amount_minor"
        duckdb.sql(
            f"copy (select {columns} from read_csv('{table}', all_varchar = true))"
            f" to '{path}' (format parquet)"
        )
        table.unlink()
    return path


def _by_command(home: Path, path: Path) -> float:
    mapping = path.with_name("mapping.toml")
    amount = "amount_minor" if path.suffix == ".parquet" else "amount"
    text = _MAPPING.format(form=path.suffix[1:], amount=amount)
    mapping.write_text(text, encoding="utf-8")
    line = [sys.executable, "-c", "from openspiff.cli import main; main()"]
    start = time.perf_counter()
    subprocess.run(  # noqa: S603 (our own command)
        [*line, "--home", str(home), "import", str(mapping), str(path)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return time.perf_counter() - start


def _by_call(address: tuple[str, int], token: str, path: Path, count: int) -> float:
    start = time.perf_counter()
    connection = http.client.HTTPConnection(*address, timeout=600)
    with path.open("rb") as file:
        connection.request(
            "POST",
            "/api/v1/event-files?source=crm",
            body=file,
            headers={
                "Authorization": f"Bearer {token}",
                "Content-Type": _NDJSON if path.suffix == ".ndjson" else _PARQUET,
                "Content-Length": str(path.stat().st_size),
                "Idempotency-Key": secrets.token_hex(8),
            },
        )
        answer = connection.getresponse()
        said = answer.read()
    took = time.perf_counter() - start
    connection.close()
    if answer.status != http.HTTPStatus.OK or json.loads(said)["new_count"] != count:
        message = f"{path.name}: {answer.status} {said[:300]!r}"
        raise RuntimeError(message)
    return took


def _token() -> str:
    """Make a token of a manager."""
    from openspiff.web.actions import people, tokens  # noqa: PLC0415 (needs the workspace)

    operator = people.ensure_operator(at=1)
    new = people.NewUser(username="mia", role="manager")
    user = people.add_user(user=new, acting_user=operator, at=1)
    secret = tokens.Secret(name="bench", secret=secrets.token_urlsafe(32))
    tokens.make_token(
        token=tokens.NewToken(label="bench", scopes=("events:write",), days=9),
        secret=secret,
        acting_user=user,
        at=time.time_ns() // 1_000,
    )
    return str(secret)


def _turns(folder: Path, *, rounds: int, count: int) -> dict[str, list[float]]:
    """Let all take turns, and return the seconds of each."""
    home, token = folder / "home", _token()
    forms = {
        "command, CSV": "csv",
        "call, NDJSON": "ndjson",
        "command, Parquet": "parquet",
        "call, Parquet": "parquet",
    }
    found: dict[str, list[float]] = {name: [] for name in forms}
    with payee_home._served(home, _AT) as (address, _):  # noqa: SLF001
        for turn in range(rounds + 1):
            names = list(forms)
            for name in [*names[turn % 4 :], *names[: turn % 4]]:
                path = _file(folder, forms[name], count, f"{turn} {name}")
                took = (
                    _by_command(home, path)
                    if name.startswith("command")
                    else _by_call(address, token, path, count)
                )
                print(f"  round {turn}: {name} {took:.2f} s", file=sys.stderr, flush=True)
                if turn:  # in the first one the server loads its modules
                    found[name].append(took)
    return found


def main() -> int:
    """Send, import, and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--events", type=int, default=100_000)
    asked: Any = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="osp-") as made:
        folder = Path(made)
        with payee_home._database(folder, is_kept=False):  # noqa: SLF001
            from openspiff import web  # noqa: PLC0415 (reads the settings of the database)

            web.create_workspace(folder / "home")
            found = _turns(folder, rounds=asked.rounds, count=asked.events)
    print("| who | median s | lowest | highest |")
    print("|---|---|---|---|")
    for name, took in found.items():
        said = f"{statistics.median(took):.2f} | {min(took):.2f} | {max(took):.2f}"
        print(f"| {name} | {said} |")
    ratios = []
    for name, yardstick in _YARDSTICK.items():
        ratios.append(statistics.median(found[name]) / statistics.median(found[yardstick]))
        print(f"RATIO {name} / {yardstick}: {ratios[-1]:.2f}")
    print(f"load average {', '.join(f'{one:.1f}' for one in os.getloadavg())}")
    print(f"TARGET at most {TARGET}")
    return 0 if max(ratios) <= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
