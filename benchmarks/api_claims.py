"""How fast are claims taken over the API, beside a bare view that inserts one row?

PostgreSQL, gunicorn as `openspiff serve` starts it, sixteen clients in one run; the
addresses take short turns, so that a machine that slows down slows all of them. A claim is
sent with a token of its payee and an idempotency key; the yardstick adds one row by the ORM
and knows nobody. It stands behind the middleware of pages, as any view does; the same view
before all middleware is shown beside it.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import os
import secrets
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import payee_home

TARGET = 0.5
_CLIENTS = 16
_URLS = ("/bare/", "/before-all/", "/api/v1/claims")
_WARM_UP = 1
_AT = 1_770_000_000_000_000  # in February 2026
_NUMBERS = itertools.count(1)
_PAGES = """
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from openspiff.web.models import AuditRow
from openspiff.web.urls import *
from openspiff.web.urls import urlpatterns as _ours

@csrf_exempt
def bare(request):
    AuditRow.objects.create(acted_at=1, action="bare", object_kind="bench", object_id="1")
    return HttpResponse("{}", status=201, content_type="application/json")

def before_all(answer):
    return lambda one: bare(one) if one.path_info == "/before-all/" else answer(one)

urlpatterns = [path("bare/", bare), *_ours]
"""
_SETTINGS = "MIDDLEWARE = ['bench_urls.before_all', *MIDDLEWARE]\n"
_TERMS = """
program_id = "spring"
name = "Spring"
currency = "USD"
[behavior]
kind = "deal_won"
[window]
zone = "America/New_York"
starts_on = 2026-01-01
ends_before = 2026-04-01
[payout]
kind = "flat"
amount = "250.00"
"""


def _tokens() -> list[str]:
    """Launch a program and make a payee with a token for each client."""
    from openspiff.web.actions import people, programs, tokens  # noqa: PLC0415

    operator = people.ensure_operator(at=1)
    programs.add_program_draft(source_text=_TERMS, acting_user=operator, at=1)
    programs.launch_program(
        program_id="spring", version=1, candidates=[], acting_user=operator, at=1
    )
    made = []
    for number in range(_CLIENTS):
        new = people.NewUser(username=f"p{number}", role="payee", payee_id=f"p{number}")
        user = people.add_user(user=new, acting_user=operator, at=1)
        secret = tokens.Secret(name=f"bench{number}", secret=secrets.token_urlsafe(32))
        tokens.make_token(
            token=tokens.NewToken(label="bench", scopes=("claims:write",), days=9),
            secret=secret,
            acting_user=user,
            at=time.time_ns() // 1_000,
        )
        made.append(str(secret))
    return made


def _send(address: tuple[str, int], url: str, token: str, count: int) -> int:
    """Post so many times on one connection; raises for anything but 201."""
    connection = http.client.HTTPConnection(*address, timeout=60)
    for _ in range(count):
        number = next(_NUMBERS)
        body = json.dumps(
            {
                "program_id": "spring",
                "customer": f"Customer {number}",
                "occurred_on": "2026-01-20",
                "amount_minor": 240_000,
            }
        )
        headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "Idempotency-Key": f"bench-{number}",
        }
        connection.request("POST", url, body=body, headers=headers)
        answer = connection.getresponse()
        said = answer.read()
        if answer.status != http.HTTPStatus.CREATED:
            message = f"{url}: {answer.status} {said[:300]!r}"
            raise RuntimeError(message)
    connection.close()
    return count


@dataclass
class _Turns:
    """What came of one address's turns: how many answers a second, and what they cost."""

    rates: list[float] = field(default_factory=list)
    count: int = 0
    worked: float = 0.0

    @property
    def rate(self) -> float:
        """Return the answers a second, the median of the rounds."""
        return statistics.median(self.rates)


def _rates(
    server: tuple[tuple[str, int], int], tokens: list[str], *, rounds: int, share: int
) -> dict[str, _Turns]:
    address, pid = server
    found = {url: _Turns() for url in _URLS}
    with ThreadPoolExecutor(_CLIENTS) as pool:
        for number in range(rounds + _WARM_UP):
            for url, turns in found.items():
                before = payee_home._worked(pid)  # noqa: SLF001
                start = time.perf_counter()
                sent = sum(
                    pool.map(lambda one, url=url: _send(address, url, one, share), tokens)
                )
                if number >= _WARM_UP:  # the first ones load modules and terms
                    turns.rates.append(sent / (time.perf_counter() - start))
                    turns.count += sent
                    turns.worked += payee_home._worked(pid) - before  # noqa: SLF001
    return found


def main() -> int:
    """Fill, serve, send, and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--share", type=int, default=8)
    asked: Any = parser.parse_args()
    payee_home._PAGES = _PAGES  # noqa: SLF001 (served as that benchmark serves its pages)
    os.environ["OPENSPIFF_API_CALLS"] = "10000000"
    with tempfile.TemporaryDirectory(prefix="osp-") as made:
        folder = Path(made)
        with payee_home._database(folder, is_kept=False):  # noqa: SLF001
            from openspiff import web  # noqa: PLC0415 (reads the settings of the database)

            web.create_workspace(folder / "home")
            tokens = _tokens()
            serving = payee_home._served(folder / "home", _AT, more=_SETTINGS)  # noqa: SLF001
            with serving as server:
                found = _rates(server, tokens, rounds=asked.rounds, share=asked.share)
    for url, turns in found.items():
        work = turns.worked / turns.count
        said = f"{turns.rate:7.1f} a second, work {work:5.2f} ms"
        print(f"{_CLIENTS} clients {url:16} {said}")
    ratio, apart = (
        statistics.median(
            ours / theirs
            for ours, theirs in zip(
                found["/api/v1/claims"].rates, found[url].rates, strict=True
            )
        )
        for url in ("/bare/", "/before-all/")
    )
    print(f"RATIO claims over the API / bare insert, {_CLIENTS} clients: {ratio:.2f}")
    print(f"RATIO to the bare insert before all middleware: {apart:.2f}")
    print(f"load average {', '.join(f'{one:.1f}' for one in os.getloadavg())}")
    print(f"TARGET at least {TARGET}")
    return 0 if ratio >= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
