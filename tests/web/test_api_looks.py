"""Does a machine see how programs and money go, in the figures of the pages?"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import pytest
from api_world import machine
from decisions_world import add_library
from django.test import Client
from finance_world import add_finance
from payee_world import launch
from test_api_door import problem
from web_world import World, add_answer, at_noon, book

from openspiff.web.models import AuditRow, LeaderboardSnapshot
from openspiff.web.queries.exceptions import exceptions
from openspiff.web.queries.finance_pictures import finance_pictures
from openspiff.web.queries.holds import active_holds
from openspiff.web.queries.liability import liability
from openspiff.web.queries.live_view import live_view


@pytest.fixture(autouse=True)
def in_march(settings: Any) -> None:
    settings.OPENSPIFF_AT = at_noon(3, 10)


def is_svg(response: Any) -> bool:
    root = ET.fromstring(response.content)  # noqa: S314 (ours)
    return response.headers["Content-Type"] == "image/svg+xml" and root.tag.endswith("svg")


def test_live_figures_are_those_of_the_page(world: World) -> None:
    analyst = machine(world.users["analyst"])
    told = analyst.get("/programs/spring/live").json()
    shown = live_view(world.users["analyst"], "spring", at=at_noon(3, 10))
    assert shown.budget is not None
    assert told["budget"]["left"] == shown.budget["left"] == 138_500
    assert (told["pace"]["count"], told["figures"]["owed_minor"]) == (4, 18_000)
    assert (told["held_out_count"], told["held_out_booked_minor"]) == (1, 0)
    assert told["speed"]["promised_days"] == 14
    assert [one["name"] for one in told["pictures"]] == [one.name for one in shown.pictures]
    for one in told["pictures"]:
        assert len(one["alternative"]) > 20
        assert all(len(row) == len(one["header"]) for row in one["rows"])
    assert is_svg(analyst.get("/programs/spring/live/pace?coat=dark-narrow"))
    problem(analyst.get("/programs/spring/live/pace?coat=pink"), 422, "invalid")
    problem(analyst.get("/programs/spring/live/other"), 404, "not_visible")
    problem(machine(world.users["payee"]).get("/programs/spring/live"), 403, "not_allowed")


def test_finance_reads_what_is_owed_and_what_is_odd(world: World) -> None:
    add_finance(world)
    user = world.users["finance"]
    finance, at = machine(user), at_noon(3, 10)
    told = finance.get("/finance-overview").json()
    (sums,) = told["sums"]
    owed = sum(one.amount_minor for one in liability(user, at=at))
    assert (sums["schedule_minor"], sums["difference_minor"]) == (owed, 0)
    assert (told["batches_to_approve"], told["batches_to_pay"]) == ([], [1])
    assert told["hold_count"] == len(active_holds(user, at=at))
    odd = finance.get("/finance-exceptions").json()
    found = exceptions(user, at=at)
    assert odd["count"] == told["exception_count"] == found.count > 0
    assert [one["payee_id"] for one in odd["without_method"]["items"]] == [
        one.payee_id for one in found.without_method.rows
    ]
    problem(machine(world.users["payee"]).get("/finance-overview"), 403, "not_allowed")


def test_pictures_of_finance_have_words_and_numbers(world: World) -> None:
    user = world.users["finance"]
    finance = machine(user)
    items = finance.get("/finance-pictures").json()["items"]
    drawn = finance_pictures(user, at=at_noon(3, 10))
    assert [one["name"] for one in items] == [one.name for one in drawn]
    assert {"owed-usd", "budgets", "months-usd"} == {one["name"] for one in items}
    assert is_svg(finance.get("/finance-pictures/budgets"))
    problem(finance.get("/finance-pictures/salaries"), 404, "not_visible")


def test_statement_of_a_month_is_the_same_pdf_as_on_the_page(
    world: World, client: Client
) -> None:
    ana = machine(world.users["payee"])
    read = ana.get("/statement-pdfs/ana?month=2026-02")
    assert read.headers["Content-Type"] == "application/pdf"
    client.force_login(world.users["payee"])
    assert read.content == client.get("/payees/ana/statement/2026-02.pdf").content
    problem(ana.get("/statement-pdfs/ana?month=2020-02"), 404, "not_visible")
    problem(ana.get("/statement-pdfs/cleo?month=2026-02"), 404, "not_visible")
    problem(ana.get("/statement-pdfs/ana"), 422, "invalid")


def test_library_says_what_is_missing_and_then_what_is_taught(world: World) -> None:
    analyst = machine(world.users["analyst"])
    told = analyst.get("/library").json()
    assert (told["missing_count"], told["taught"]) == (3, None)
    assert told["programs"][0]["why_not"]
    problem(analyst.get("/library-files/html"), 404, "not_visible")
    add_answer(world)
    add_library(world)
    taught = analyst.get("/library").json()["taught"]
    assert "4 programs, taken together" in taught["sentences"][0]
    assert len(taught["effects"]["rows"]) == 4
    assert taught["sections"]
    page = analyst.get("/library-files/html")
    assert page.content.startswith(b"<!doctype html>")
    assert is_svg(analyst.get("/library-pictures/programs"))


def test_last_places_are_kept_once(world: World) -> None:
    launch(world, program_id="race", leaderboard={"rank_by": "events"})
    book(world.users["finance"], at_noon(3, 12))
    manager = machine(world.users["manager"])
    url = "/programs/race/leaderboard"
    live = manager.get(url).json()
    assert live["taken_at"] is None
    kept = manager.send(f"{url}/take", Idempotency_Key="1")
    assert kept.status_code == 200, kept.content
    assert kept.json()["places"] == live["places"]
    assert kept.json()["taken_at"] is not None
    again = manager.send(f"{url}/take", Idempotency_Key="1")
    assert again.headers["Idempotency-Replayed"] == "true"
    problem(manager.send(f"{url}/take"), 409, "conflict")
    problem(machine(world.users["finance"]).send(f"{url}/take"), 403, "not_allowed")
    assert LeaderboardSnapshot.objects.count() == 1
    assert AuditRow.objects.filter(action="take_leaderboard").count() == 1
