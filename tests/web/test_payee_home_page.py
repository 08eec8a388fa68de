"""What does a payee see first?"""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from payee_world import launch, record_step, set_account
from web_world import World, at_noon, book

from openspiff.web.queries.payee_home import home_for
from openspiff.web.queries.programs import programs_open_to
from openspiff.web.queries.statements import statement_for

URL = "/home/"
EVERYBODY = ["Ben north", "Cleo south", "Dan south"]


@pytest.fixture(autouse=True)
def _spring_day(settings: Any) -> None:
    settings.OPENSPIFF_AT = at_noon(3, 10)


def read(client: Client, world: World, url: str = URL, role: str = "payee") -> str:
    """Return what a person reads of a page."""
    client.force_login(world.users[role])
    response = client.get(url)
    assert response.status_code == 200, (url, response.status_code)
    page = response.content.decode()
    main = page.split("<main")[1] if "<main" in page else page
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main)).replace("&#x27;", "'")


def test_payee_begins_here(client: Client, world: World) -> None:
    client.force_login(world.users["payee"])
    assert client.get("/").headers["Location"] == URL


def test_open_program_is_one_line_with_deadline_rule_sum_and_next_step(
    client: Client, world: World
) -> None:
    text = read(client, world)
    assert "Spring sprint 22 days left" in text
    assert "Win a GTX Pro deal of $1,000 or more by 31 March 2026 and get 5%" in text
    assert "Earned with 2 events $300.00" in text
    assert "You have reached your limit of $300; more brings nothing here." in text


def test_sums_are_those_of_the_books_and_the_promise_has_its_day(
    client: Client, world: World
) -> None:
    text = read(client, world)
    assert "Provisional $105.00" in text
    assert "Approved $0.00" in text
    assert "Paid $195.00" in text
    assert "Promised by 24 Mar 2026 Spring sprint $180.00" in text
    home = home_for(world.users["payee"], at=at_noon(3, 10))
    account = statement_for(world.users["payee"], "ana")
    assert home.account == account
    (sums,), (balance,) = home.sums, account.balances
    assert sums.provisional_minor + sums.approved_minor == balance.owed_minor


def test_latest_wins_are_those_that_still_count(client: Client, world: World) -> None:
    text = read(client, world)
    wins = text.split("Your latest wins")[1]
    assert "D-7 Spring sprint · 10 Mar 2026 +$180.00" in wins
    assert "D-1" in wins
    assert "D-2" not in wins  # it was cancelled


def test_what_waits_is_told_and_gone_once_done(client: Client, world: World) -> None:
    text = read(client, world)
    assert "Say where to be paid" in text
    assert "Send your tax form W-9 Finance" in text
    record_step(world, "received", after=0)
    assert "tax form W-9" not in read(client, world)
    record_step(world, "rejected", after=1, note="not signed")
    assert "Send your tax form W-9 again" in read(client, world)


def test_account_in_another_country_asks_for_another_form(
    client: Client, world: World
) -> None:
    set_account(world)
    text = read(client, world)
    assert "Say where to be paid" not in text
    assert "Send your tax form W-8BEN" in text


def test_payee_without_anything_reads_what_will_be_here(
    client: Client, world: World, settings: Any
) -> None:
    settings.OPENSPIFF_AT = at_noon(5, 1)
    world.users["payee"].payee_id = "newcomer"
    world.users["payee"].save()
    text = read(client, world)
    assert "No program is open to you at the moment." in text
    assert "No win yet." in text


def test_program_that_holds_a_payee_out_is_not_shown(world: World) -> None:
    world.users["payee"].payee_id = "dan"
    home = home_for(world.users["payee"], at=at_noon(3, 10))
    assert home.programs == ()


def test_home_offers_what_the_statement_offers(world: World) -> None:
    launch(world, program_id="race")
    for role in ("payee", "other_payee"):
        user = world.users[role]
        home = home_for(user, at=at_noon(3, 10))
        offered = programs_open_to(user, user.payee_id)
        assert [one.program for one in home.programs] == [one.program for one in offered]
        assert len(offered) == 2


def test_tickets_of_a_draw_are_counted_on_asking(client: Client, world: World) -> None:
    draw = {
        "kind": "tickets",
        "tickets_per_event": 2,
        "prizes": [{"amount": "3000.00"}],
    }
    launch(world, program_id="lucky", payout=draw)
    page = read(client, world)
    assert "Each deal brings 2 tickets." in page
    said = read(client, world, "/tickets/lucky/")
    assert "6 tickets so far; your next deal brings 2 tickets." in said
    client.force_login(world.users["payee"])
    assert client.get("/tickets/none/").status_code == 404


@pytest.mark.parametrize(
    ("shows", "rank_by", "seen"),
    [
        ("all", "events", EVERYBODY),
        ("own_firm", "events", ["Ben north"]),
        ("own_rank", "events", []),
        ("all", "amount", EVERYBODY),
    ],
)
def test_wins_of_others_are_shown_as_the_terms_say(
    client: Client, world: World, shows: str, rank_by: str, seen: list[str]
) -> None:
    launch(world, program_id="race", leaderboard={"rank_by": rank_by, "shows": shows})
    book(world.users["finance"], at_noon(3, 10))
    text = read(client, world)
    _, _, wins = text.partition("Wins around you")
    assert [name for name in EVERYBODY if name in wins] == seen
    assert ("$250.00" in wins) == (rank_by == "amount")
    assert "Ruiz" not in wins
    assert "Park" not in wins


def test_number_of_queries_does_not_grow(client: Client, world: World) -> None:
    client.force_login(world.users["payee"])
    client.get(URL)
    with CaptureQueriesContext(connection) as few:
        client.get(URL)
    board = {"rank_by": "events", "shows": "all"}
    for number in range(4):
        launch(world, program_id=f"race{number}", leaderboard=board)
    book(world.users["finance"], at_noon(3, 10))
    client.get(URL)  # new terms are fetched once a process
    with CaptureQueriesContext(connection) as many:
        client.get(URL)
    # The wins of others are asked for where a program shows them: its firm, the end of the
    # books, the wins, the names.
    assert len(many) <= len(few) + 4
    assert len(few) == 2  # the session with its user, and all that is shown
    for number in range(4, 8):
        launch(world, program_id=f"race{number}", leaderboard=board)
    client.get(URL)
    with CaptureQueriesContext(connection) as more:
        client.get(URL)
    assert len(more) == len(many)


def test_page_may_be_kept_for_its_reader_only(client: Client, world: World) -> None:
    client.force_login(world.users["payee"])
    first = client.get(URL)
    assert "private" in first.headers["Cache-Control"]
    client.force_login(world.users["other_payee"])
    second = client.get(URL)
    assert first.headers["X-Openspiff-Reader"] != second.headers["X-Openspiff-Reader"]
    assert "X-Openspiff-Reader" not in client.get("/programs/spring/terms/").headers
