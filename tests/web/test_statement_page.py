"""What does a payee read on the statement?"""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from web_world import World, at_noon, book, pay

from openspiff.web.queries.statements import statement_for

URL = "/payees/ana/statement/"


def text_of(client: Client, world: World, url: str, role: str = "payee") -> str:
    """Return what a person reads of a page."""
    client.force_login(world.users[role])
    response = client.get(url)
    assert response.status_code == 200, (url, response.status_code)
    main = response.content.decode().split("<main")[1]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main)).replace("&#x27;", "'")


@pytest.fixture
def spring_day(settings: Any) -> int:
    """Let it be the tenth of March, 22 days before the end."""
    settings.OPENSPIFF_AT = at_noon(3, 10)
    return int(settings.OPENSPIFF_AT)


@pytest.mark.usefixtures("spring_day")
def test_statement_shows_what_is_to_come_what_was_paid_and_what_is_taken_off(
    client: Client, world: World
) -> None:
    text = text_of(client, world, URL)
    # Paid 120.00 for D-1 and 75.00 for D-2, which was cancelled later; D-7 is worth 450.00,
    # cut to the 180.00 that the limit per payee of 300.00 left.
    assert "Still to come $105.00 $75.00 for what was cancelled is taken off" in text
    assert "Paid $195.00" in text
    assert "Earned in all $300.00" in text


def test_statement_equals_the_books(world: World) -> None:
    account = statement_for(world.users["payee"], "ana")
    (balance,) = account.balances
    assert account.statement.balances == {"USD": balance.owed_minor}
    assert balance.earned_minor - balance.paid_minor == balance.owed_minor == 105_00


def test_promise_runs_from_the_day_of_booking(world: World) -> None:
    account = statement_for(world.users["payee"], "ana")
    told = [(one.promised_on.isoformat(), one.amount_minor) for one in account.promises]
    assert told == [("2026-03-24", 180_00)]


def test_promise_is_gone_once_it_is_kept(world: World) -> None:
    pay(world.users["finance"], at_noon(3, 20))
    account = statement_for(world.users["payee"], "ana")
    # 75.00 of the 180.00 stay withheld against what is wanted back.
    assert [one.amount_minor for one in account.promises] == [75_00]
    assert [one.owed_minor for one in account.balances] == [0]


@pytest.mark.usefixtures("spring_day")
def test_open_program_is_one_line_with_the_days_left(client: Client, world: World) -> None:
    text = text_of(client, world, URL)
    assert "Spring sprint 22 days left" in text
    assert "Win a GTX Pro deal of $1,000 or more by 31 March 2026 and get 5%" in text


def test_program_is_not_open_after_its_window(client: Client, world: World) -> None:
    assert "No program is open" in text_of(client, world, URL)


@pytest.mark.usefixtures("spring_day")
def test_program_that_holds_a_payee_out_is_not_offered(
    client: Client, world: World
) -> None:
    text = text_of(client, world, "/payees/dan/statement/", role="manager")
    assert "No program is open" in text
    assert "Nothing is booked yet" in text


def test_lines_stand_by_month_with_the_reason_of_what_was_taken_back(
    client: Client, world: World
) -> None:
    text = text_of(client, world, URL)
    assert text.index("March 2026 · USD") < text.index("February 2026 · USD")
    assert "Clawed back D-2 Spring sprint 10 Mar 2026 ·" in text
    assert "\N{MINUS SIGN}$75.00" in text
    assert "+$180.00" in text


def test_every_line_leads_to_its_reasons(client: Client, world: World) -> None:
    client.force_login(world.users["payee"])
    page = client.get(URL).content.decode()
    links = set(re.findall(r'href="(/payees/ana/why/[^"]+)"', page))
    assert len(links) == 3
    for link in links:
        assert client.get(link.replace("&amp;", "&")).status_code == 200


def test_booking_again_changes_no_statement(world: World) -> None:
    before = statement_for(world.users["payee"], "ana")
    book(world.users["finance"], at_noon(3, 11))
    assert statement_for(world.users["payee"], "ana") == before


def test_number_of_queries_does_not_grow_with_the_lines(
    client: Client, world: World, django_assert_max_num_queries: Any
) -> None:
    client.force_login(world.users["payee"])
    with django_assert_max_num_queries(12):
        client.get(URL)
