"""Does a client send what it has to send once, though the line loses half of it?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest
from api_world import token_of
from client_world import served
from databases import VENDORS, Database, connected, new_database
from faulty_proxy import FAULTS, FaultyProxy
from web_world import make_world, users_of

import openspiff
from openspiff.client import ClaimGiven, Patience
from openspiff.web.models import AuditRow, Claim, KeptAnswer


@pytest.fixture(params=VENDORS)
def install(
    request: pytest.FixtureRequest, tmp_path: Path, settings: Any, django_db_blocker: Any
) -> Iterator[tuple[Path, Database]]:
    """Make the small install on a database of its own, which a server can open too."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "secret.key").write_text("a key of tests\n", encoding="utf-8")
    settings.OPENSPIFF_HOME = home
    database = new_database(request.param, request, tmp_path)
    if database.path is not None:
        path = database.path.rename(home / "openspiff.sqlite3")
        database = attrs.evolve(database, path=path)
    with django_db_blocker.unblock(), connected(database):
        make_world(home)
        yield home, database


def send_all(url: str, token: str, count: int) -> list[int]:
    """Send so many claims, one after the other; return their numbers as answered."""
    # Impatient: the line is bad, not the server busy.
    patience = Patience(retries=60, first_seconds=0.001, most_seconds=0.05)
    with openspiff.connect(url, token, retries=patience, timeout=60) as server:
        return [
            server.send_claim(
                ClaimGiven(
                    program_id="spring",
                    customer=f"Customer {number}",
                    occurred_on=dt.date(2026, 2, 3),
                    product_id="GTX Pro",
                    amount_minor=200_000 + number,
                )
            ).claim_id
            for number in range(count)
        ]


@pytest.mark.parametrize("count", [30, pytest.param(3_000, marks=[pytest.mark.slow])])
def test_so_many_claims_as_were_sent_are_there(
    install: tuple[Path, Database], count: int
) -> None:
    home, database = install
    token = token_of(users_of()["payee"])
    before = Claim.objects.count()
    with served(home, database) as address, FaultyProxy(address, seed=count) as proxy:
        numbers = send_all(proxy.url, token, count)
        told = proxy.counts
    assert Claim.objects.count() - before == count
    assert len(set(numbers)) == count
    amounts = Claim.objects.filter(pk__in=numbers).values_list("amount_minor", flat=True)
    assert sorted(amounts) == [200_000 + number for number in range(count)]
    assert AuditRow.objects.filter(action="claim_sent").count() == count
    assert KeptAnswer.objects.count() == count
    # A proxy that carried all well would have shown nothing.
    assert set(told) == {"well", *FAULTS}
    assert sum(told.values()) > 1.2 * count
