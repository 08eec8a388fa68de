"""Who stands where, who sees it, and are the final places those of the books?"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from payee_world import launch
from web_world import World, at_noon, book

from openspiff.web.access import NotAllowedError, NotVisibleError
from openspiff.web.actions.conflict import ConflictError
from openspiff.web.actions.payee_leaderboards import take_leaderboard
from openspiff.web.models import AuditRow, LeaderboardPlace, LeaderboardSnapshot
from openspiff.web.queries.payee_leaderboards import final_ranks, leaderboard

URL = "/programs/race/leaderboard/"
AFTER = at_noon(4, 2)


def race(world: World, **board: str) -> None:
    """Launch a race that pays $250 a deal and book what has happened."""
    launch(world, program_id="race", leaderboard={"rank_by": "events"} | board)
    book(world.users["finance"], at_noon(3, 12))


def read(client: Client, world: World, role: str) -> str:
    client.force_login(world.users[role])
    page = client.get(URL).content.decode().split("<main")[1]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def places(world: World, role: str) -> list[tuple[int, str]]:
    found = leaderboard(world.users[role], "race")
    return [(one.place, one.name) for one in found.places]


def take(world: World, *, role: str = "manager", at: int = AFTER) -> LeaderboardSnapshot:
    found = final_ranks(world.users["manager"], "race")
    return take_leaderboard(
        program=found.program,
        ranked=found.ranked,
        last_sequence=found.last_sequence,
        acting_user=world.users[role],
        at=at,
    )


# Ana has three deals (one was cancelled), Ben, Cleo and Dan one each.
ALL = [(1, "Ana Ruiz"), (2, "Ben Ode"), (2, "Cleo Park"), (2, "Dan Vu")]


def test_equals_share_a_place_or_the_earliest_goes_first(world: World) -> None:
    race(world)
    assert places(world, "manager") == ALL
    launch(world, program_id="derby", leaderboard={"rank_by": "amount", "ties": "earliest"})
    book(world.users["finance"], at_noon(3, 12))
    found = leaderboard(world.users["manager"], "derby")
    assert [one.place for one in found.places] == [1, 2, 3, 4]
    assert [one.amount_minor for one in found.places] == [750_00, 250_00, 250_00, 250_00]


@pytest.mark.parametrize(
    ("shows", "role", "seen"),
    [
        ("all", "payee", ALL),
        ("own_firm", "payee", ALL[:2]),
        ("own_firm", "other_payee", ALL[2:]),
        ("own_rank", "payee", ALL[:1]),
        ("own_rank", "other_payee", [(2, "Cleo Park")]),
        ("all", "firm_owner", ALL[:2]),
        ("own_rank", "other_owner", ALL[2:]),
        ("own_rank", "analyst", ALL),
    ],
)
def test_everybody_sees_what_the_terms_show(
    world: World, shows: str, role: str, seen: list[tuple[int, str]]
) -> None:
    race(world, shows=shows)
    assert places(world, role) == seen
    assert leaderboard(world.users[role], "race").ranked_count == 4


def test_page_says_rule_ties_and_where_the_books_were_read(
    client: Client, world: World
) -> None:
    race(world, shows="all")
    text = read(client, world, "payee")
    assert "Places so far · 4 ranked · books up to" in text
    assert "1 Ana Ruiz you north 3" in text
    assert "Equals share a place" in text
    assert "Keep these places" not in text


def test_held_out_payee_is_not_ranked(world: World) -> None:
    launch(
        world,
        program_id="race",
        leaderboard={"rank_by": "events"},
        holdout={"share": "25%", "seed": 14},
    )
    book(world.users["finance"], at_noon(3, 12))
    assert "Dan Vu" not in [name for _, name in places(world, "manager")]


def test_program_without_a_leaderboard_has_no_such_page(world: World) -> None:
    for role in ("manager", "payee"):
        with pytest.raises(NotVisibleError):
            leaderboard(world.users[role], "spring")
    with pytest.raises(NotVisibleError):
        leaderboard(world.users["manager"], "none")


def test_empty_leaderboard_says_what_makes_a_place(client: Client, world: World) -> None:
    launch(world, program_id="race", leaderboard={"rank_by": "events"})
    text = read(client, world, "payee")
    assert "Nobody has a place yet." in text
    assert "openspiff leaderboard race" in text


def test_final_places_are_those_of_the_books_at_the_cut_off(
    client: Client, world: World, settings: Any
) -> None:
    race(world)
    settings.OPENSPIFF_AT = AFTER
    assert "Keep these places" in read(client, world, "manager")
    assert client.post(f"{URL}final/").status_code == 302
    snapshot = LeaderboardSnapshot.objects.get()
    at_cut_off = final_ranks(
        world.users["manager"], "race", last_sequence=snapshot.last_sequence
    )
    kept = LeaderboardPlace.objects.order_by("place", "reached", "payee_id")
    assert [
        (one.place, one.payee_id, one.firm_id, one.event_count, one.entitled_minor)
        for one in kept
    ] == [
        (one.place, one.payee_id, one.firm_id, one.event_count, one.entitled_minor)
        for one in at_cut_off.ranked
    ]
    audit = AuditRow.objects.get(action="take_leaderboard")
    assert audit.after == {"last_sequence": snapshot.last_sequence, "ranked": 4}
    # What is booked later changes no final place.
    launch(world, program_id="later", leaderboard={"rank_by": "events"})
    book(world.users["finance"], at_noon(4, 3))
    assert final_ranks(world.users["manager"], "race").last_sequence > (
        snapshot.last_sequence
    )
    assert places(world, "manager") == ALL
    text = read(client, world, "manager")
    assert "Final places, kept on" in text
    assert "Keep these places" not in text


def test_places_are_taken_once_by_those_who_may_and_not_too_early(world: World) -> None:
    race(world)
    with pytest.raises(ConflictError, match="takes events until 2026-04-01"):
        take(world, at=at_noon(3, 31))
    with pytest.raises(NotAllowedError):
        take(world, role="finance")
    assert not LeaderboardSnapshot.objects.exists()
    take(world)
    with pytest.raises(ConflictError, match="taken already"):
        take(world)
    assert LeaderboardSnapshot.objects.count() == 1
    assert LeaderboardPlace.objects.count() == 4
    assert AuditRow.objects.filter(action="take_leaderboard").count() == 1


def test_second_click_is_told(client: Client, world: World) -> None:
    race(world)
    take(world)
    client.force_login(world.users["manager"])
    response = client.post(f"{URL}final/")
    assert response.status_code == 409
    assert "taken already" in response.content.decode()


def test_places_wait_for_what_may_still_be_reported(world: World) -> None:
    launch(
        world,
        program_id="race",
        leaderboard={"rank_by": "events"},
        window={"zone": "America/New_York", "reported_before": dt.date(2026, 5, 1)},
    )
    with pytest.raises(ConflictError, match="takes events until 2026-05-01"):
        take(world)


def test_number_of_queries_does_not_grow_with_the_places(
    client: Client, world: World
) -> None:
    race(world, shows="all")
    launch(world, program_id="derby", leaderboard={"rank_by": "events"})
    book(world.users["finance"], at_noon(3, 12))
    client.force_login(world.users["payee"])
    with CaptureQueriesContext(connection) as four:
        client.get(URL)
    with CaptureQueriesContext(connection) as one:
        client.get("/programs/derby/leaderboard/")
    assert len(four) == len(one) <= 9
