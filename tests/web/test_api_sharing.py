"""Does a machine give a report away and take it back, once, and by the same walls?"""

from __future__ import annotations

from typing import Any

from api_world import machine
from decisions_world import share, write
from django.test import Client
from test_api_door import problem
from web_world import World, add_answer

from openspiff.web.models import AuditRow, KeptAnswer, ShareLink

URL = "/share-links/spring"


def link(**changes: Any) -> dict[str, Any]:
    return {"measurement_id": 1, "note": "The board", "days": 7} | changes


def test_report_is_given_away_and_taken_back(world: World, client: Client) -> None:
    add_answer(world)
    write(world, is_shared=True)
    manager = machine(world.users["manager"])
    made = manager.send(URL, link(), Idempotency_Key="1")
    assert made.status_code == 201, made.content
    again = manager.send(URL, link(), Idempotency_Key="1")
    assert again.headers["Idempotency-Replayed"] == "true"
    assert ShareLink.objects.count() == 1
    assert AuditRow.objects.filter(action="make_share_link").count() == 1
    (one,) = machine(world.users["analyst"]).get(URL).json()["items"]
    assert (one["note"], one["is_open"], one["opening_count"]) == ("The board", True, 0)
    # Whoever has the address has the report: no kept answer may hold it.
    token = one["address"].rstrip("/").rpartition("/")[2]
    assert token not in made.content.decode() + KeptAnswer.objects.get().body
    assert client.get(one["address"].partition("testserver")[2]).status_code == 200
    url = f"{URL}/{one['link_id']}/revoke"
    back = manager.send(url)
    assert (back.json()["is_open"], back.json()["revoked_by"]) == (False, "Mia")
    problem(manager.send(url), 409, "conflict")
    assert client.get(one["address"].partition("testserver")[2]).status_code == 404
    assert AuditRow.objects.filter(action="revoke_share_link").count() == 1


def test_all_that_is_wrong_with_a_link_comes_at_once(world: World) -> None:
    add_answer(world)
    manager = machine(world.users["manager"])
    found = problem(manager.send(URL, link(note=" ", days=8)), 422, "share_link")
    assert [one["place"] for one in found["problems"]] == ["note", "days"]
    problem(manager.send(URL, link(days="7")), 422, "invalid")
    problem(manager.send(URL, link(measurement_id=77)), 404, "not_visible")
    assert ShareLink.objects.count() == 0


def test_only_those_who_decide_give_reports_away(world: World) -> None:
    add_answer(world)
    made = share(world)
    finance = machine(world.users["finance"])
    assert len(finance.get(URL).json()["items"]) == 1
    problem(finance.send(URL, link()), 403, "not_allowed")
    problem(finance.send(f"{URL}/{made.pk}/revoke"), 403, "not_allowed")
    problem(machine(world.users["firm_owner"]).get(URL), 403, "not_allowed")
    manager = machine(world.users["manager"])
    problem(manager.send(f"/share-links/later/{made.pk}/revoke"), 404, "not_visible")
