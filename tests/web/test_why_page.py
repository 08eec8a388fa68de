"""Is everybody told why an event paid what it paid?"""

from __future__ import annotations

import re

import pytest
from django.test import Client
from web_world import World

WHY = "/payees/{}/why/?source=crm&event={}"


def read(client: Client, world: World, url: str, role: str = "manager") -> str:
    client.force_login(world.users[role])
    response = client.get(url)
    assert response.status_code == 200
    main = response.content.decode().split("<main")[1]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


@pytest.mark.parametrize(
    ("payee", "event", "sentence"),
    [
        ("ana", "D-1", "It meets every condition of the terms."),
        ("ana", "D-2", "Why nothing: It is cancelled, so nothing is due."),
        ("ana", "D-3", "The amount is $800.00; $1,000.00 is the least that counts."),
        ("ana", "D-7", "Why not more: The limit per payee left $180.00 of $450.00."),
        ("ana", "D%208%2Fx%26y", "It is open, so nothing is due."),
        ("dan", "D-6", "this payee is in the group kept out for comparison."),
    ],
)
def test_every_event_has_a_sentence(
    client: Client, world: World, payee: str, event: str, sentence: str
) -> None:
    assert sentence in read(client, world, WHY.format(payee, event))


def test_amount_is_shown_in_the_making(client: Client, world: World) -> None:
    text = read(client, world, WHY.format("ana", "D-7"), role="payee")
    for step in (
        "Your qualifying event number 2",
        "Taken of $9,000.00 Rate 5%",
        "The whole reward $450.00",
        "Worth today $180.00",
        "On the books Earned $180.00 Paid $0.00",
    ):
        assert step in text


def test_clawed_back_event_shows_what_was_paid_for_it(client: Client, world: World) -> None:
    text = read(client, world, WHY.format("ana", "D-2"), role="payee")
    assert "On the books Earned $0.00 Paid $75.00" in text


def test_events_that_did_not_pay_are_listed_with_the_reason(
    client: Client, world: World
) -> None:
    text = read(client, world, "/payees/ana/events/", role="payee")
    assert "5 events" in text
    assert "D-3 2 Feb 2026 Spring sprint: The amount is $800.00" in text
    order = [text.index(f"Deal won: {name} ") for name in ("D-7", "D-3", "D-2", "D-1")]
    assert order == sorted(order)


def test_payee_without_events_reads_so(client: Client, world: World) -> None:
    world.users["payee"].payee_id = "newcomer"
    world.users["payee"].save()
    text = read(client, world, "/payees/newcomer/events/", role="payee")
    assert "No event yet." in text


@pytest.mark.parametrize(
    "event",
    ["", "D-1%00", "'%20or%201=1--", "%3Cscript%3Ealert(1)%3C/script%3E", "x" * 999],
)
def test_hostile_names_of_events_are_not_found(
    client: Client, world: World, event: str
) -> None:
    client.force_login(world.users["payee"])
    assert client.get(WHY.format("ana", event)).status_code == 404
