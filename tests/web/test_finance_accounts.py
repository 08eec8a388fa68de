"""Does whoever approves a batch see where its money goes, and what to look at twice?"""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from payee_world import OTHER_IBAN, set_account
from web_world import DAY, World, at_noon

from openspiff import web
from openspiff.web.views import _doors, finance_batches

NEW = "/finance/batches/new/"
BATCH = "/finance/batches/1/"


@pytest.fixture
def fred(client: Client, world: World, monkeypatch: pytest.MonkeyPatch) -> Client:
    """Return finance, with a batch of ana and ben, on the 20th of March."""
    web.ensure_payout_key(world.home)
    for door in (_doors, finance_batches):
        monkeypatch.setattr(door, "now_at", lambda: at_noon(3, 20))
    client.force_login(world.users["finance"])
    digest = re.search(r'name="digest" value="(\S+)"', client.get(NEW).content.decode())
    assert digest is not None
    assert client.post(NEW, {"digest": digest[1]}).status_code == 302
    return client


def lines(client: Client, url: str = BATCH) -> str:
    """Return the lines of the batch as they are shown, a payee a row."""
    response = client.get(url)
    assert response.status_code == 200
    page = response.content.decode().split("Lines by payee")[1].split("</table>")[0]
    return re.sub(r"\s+", " ", page)


def test_account_is_masked_and_what_is_odd_is_marked(fred: Client, world: World) -> None:
    assert "····" not in lines(fred)  # nobody has set one
    set_account(world, at=at_noon(3, 1))
    assert "DE ···· 3000" in lines(fred)
    assert "tag warn" not in lines(fred)
    set_account(world, iban=OTHER_IBAN, after=1, at=at_noon(3, 18))
    set_account(world, role="other_payee", iban=OTHER_IBAN, at=at_noon(3, 1))
    shown = lines(fred)
    assert "GB ···· 6819" in shown
    assert "DE ···· 3000" not in shown
    assert "changed 2 days ago" in shown
    assert "also of 1 other payee" in shown


def test_change_is_no_news_after_two_weeks(
    fred: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_account(world, at=at_noon(3, 1))
    set_account(world, iban=OTHER_IBAN, after=1, at=at_noon(3, 18))
    monkeypatch.setattr(finance_batches, "now_at", lambda: at_noon(3, 18) + 14 * DAY)
    assert "GB ···· 6819" in lines(fred)
    assert "changed" not in lines(fred)


def test_readers_who_do_not_pay_see_no_account(fred: Client, world: World) -> None:
    set_account(world, at=at_noon(3, 1))
    assert "····" in lines(fred)
    for role in ("analyst", "manager"):
        fred.force_login(world.users[role])
        assert "····" not in lines(fred)


def test_accounts_cost_the_same_look_ups_for_one_and_for_more(
    fred: Client, world: World
) -> None:
    counts = []
    for role in ("payee", "other_payee"):
        set_account(world, role=role, at=at_noon(3, 1))
        with CaptureQueriesContext(connection) as found:
            lines(fred)
        counts.append(len(found))
    assert counts[0] == counts[1]
