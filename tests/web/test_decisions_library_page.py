"""What do programs teach together on the page, and what is said while there are too few?"""

from __future__ import annotations

import re

import attrs
import pytest
from decisions_world import add_library, measure_again
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from web_world import World, add_answer, at_noon

from openspiff.web.access import NotVisibleError
from openspiff.web.actions.measurements import record_measurement
from openspiff.web.queries.decisions_library import library_shelf
from openspiff.web.queries.measurements import measurements_latest


@pytest.fixture(autouse=True)
def _emptied() -> None:
    cache.clear()


def test_below_three_programs_the_page_says_what_is_missing(
    client: Client, world: World
) -> None:
    client.force_login(world.users["analyst"])
    page = client.get("/library/").content.decode()
    assert "3 more measured programs are needed." in page
    assert "numbers that are made up" in page
    assert "openspiff library" in page
    assert "not measured" in page
    assert '<a href="/programs/spring/measured/"' in page
    assert client.get("/library/page/").status_code == 404


def test_from_three_programs_on_they_are_taken_together(
    client: Client, world: World
) -> None:
    add_answer(world)
    add_library(world)
    client.force_login(world.users["analyst"])
    page = client.get("/library/").content.decode()
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    for said in (
        "4 programs, taken together: on average the effect is",
        "Of the next one like these expect",
        "Only 4 programs: how much programs differ rests largely on the prior",
        "How much of the best one is luck",
        "What went with larger or smaller effects",
        "Do payees wait for the next program?",
        "Winter push",
    ):
        assert said in text
    assert 'alt="Each program, as measured and among the others.' in page
    for coat in ("light", "dark", "light-narrow", "dark-narrow"):
        response = client.get(f"/library/pictures/programs/{coat}/")
        assert response.content.startswith(b"<svg")
    assert client.get("/library/pictures/programs/pink/").status_code == 404
    whole = client.get("/library/page/")
    assert "attachment" in whole.headers["Content-Disposition"]
    assert b"Winter push" in whole.content


def test_look_back_from_earlier_takes_no_program_out(world: World) -> None:
    add_answer(world)
    measure_again(world)  # looks back from 2 May
    analyst = world.users["analyst"]
    (latest,) = measurements_latest(analyst)
    record_measurement(
        answer=attrs.evolve(latest, as_of=at_noon(4, 20), headline=None),
        acting_user=world.users["manager"],
        at=at_noon(5, 20),
    )
    assert measurements_latest(analyst) == [latest]


def test_page_asks_as_often_for_many_programs_as_for_one(
    client: Client, world: World
) -> None:
    add_answer(world)
    client.force_login(world.users["manager"])
    with CaptureQueriesContext(connection) as one:
        assert client.get("/library/").status_code == 200
    add_library(world)
    with CaptureQueriesContext(connection) as many:
        assert client.get("/library/").status_code == 200
    assert len(many) == len(one)


def test_library_is_for_the_vendors_own_people(client: Client, world: World) -> None:
    for role in ("payee", "firm_owner"):
        client.force_login(world.users[role])
        assert client.get("/library/").status_code == 403
        with pytest.raises(NotVisibleError):
            library_shelf(world.users[role])
    client.force_login(world.users["manager"])
    assert client.post("/library/").status_code == 405
