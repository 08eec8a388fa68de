"""Can a machine do with claims what people do, and nothing twice?"""

from __future__ import annotations

from typing import Any

import pytest
from api_world import machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from test_api_door import problem
from web_world import World

from openspiff.web.models import AuditRow, Claim, KeptAnswer

CLAIM = {
    "program_id": "spring",
    "customer": "Blue Sky",
    "occurred_on": "2026-02-03",
    "product_id": "GTX Pro",
    "amount_minor": 200_000,
}


@pytest.fixture(autouse=True)
def in_spring(settings: Any) -> None:
    """Count days as of March 2026, when the program runs."""
    from web_world import at_noon  # noqa: PLC0415

    settings.OPENSPIFF_AT = at_noon(3, 12)


def test_claim_is_sent_listed_read_and_withdrawn(world: World) -> None:
    ana = machine(world.users["payee"])
    sent = ana.send("/claims", CLAIM)
    assert sent.status_code == 201, sent.content
    claim_id = sent.json()["claim_id"]
    assert sent.headers["Location"] == f"/api/v1/claims/{claim_id}"
    read = ana.get(f"/claims/{claim_id}")
    assert read.headers["ETag"] == sent.headers["ETag"]
    assert (read.json()["state"], read.json()["amount_minor"]) == ("sent", 200_000)
    assert [one["claim_id"] for one in ana.get("/claims").json()["items"]] == [claim_id]
    assert AuditRow.objects.filter(action="claim_sent").count() == 1
    back = ana.send(f"/claims/{claim_id}/withdraw", If_Match=read.headers["ETag"])
    assert back.json()["state"] == "withdrawn"
    again = CLAIM | {"customer": "Blue Sky Ltd"}
    again.pop("program_id")
    sent = ana.send(f"/claims/{claim_id}/resend", again, If_Match=back.headers["ETag"])
    assert (sent.json()["revision"], sent.json()["customer"]) == (2, "Blue Sky Ltd")


def test_change_without_the_version_that_was_read_is_refused(world: World) -> None:
    ana = machine(world.users["payee"])
    url = f"/claims/{ana.send('/claims', CLAIM).json()['claim_id']}"
    problem(ana.send(f"{url}/withdraw"), 428, "precondition_required")
    found = ana.send(f"{url}/withdraw", If_Match='"1.1.9"')
    problem(found, 412, "precondition_failed")
    assert ana.get(url).json()["state"] == "sent"


def test_strangers_to_a_claim_are_told_that_it_does_not_exist(world: World) -> None:
    ana, cleo = machine(world.users["payee"]), machine(world.users["other_payee"])
    url = f"/claims/{ana.send('/claims', CLAIM).json()['claim_id']}"
    problem(cleo.get(url), 404, "not_visible")
    problem(cleo.send(f"{url}/withdraw", If_Match="*"), 404, "not_visible")
    assert cleo.get("/claims").json()["items"] == []
    assert machine(world.users["other_owner"]).get("/claims").json()["items"] == []
    assert len(machine(world.users["firm_owner"]).get("/claims").json()["items"]) == 1


def test_all_that_is_wrong_is_told_at_once_with_its_place(world: World) -> None:
    ana = machine(world.users["payee"])
    wrong = CLAIM | {"amount_minor": -1, "quantity": "2", "extra": 1, "occurred_on": 3}
    found = problem(ana.send("/claims", wrong), 422, "invalid")
    assert {one["place"] for one in found["problems"]} == {
        "body.amount_minor",
        "body.quantity",
        "body.extra",
        "body.occurred_on",
    }
    wrong = CLAIM | {"customer": " ", "occurred_on": "2025-01-01"}
    found = problem(ana.send("/claims", wrong), 422, "claim")
    assert [one["place"] for one in found["problems"]] == ["customer", "occurred_on"]
    assert Claim.objects.count() == 0


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ('{"customer": "a\\u0000b"}', "body.customer"),
        ('{"customer": "\\ud800"}', "body.customer"),
        ('{"a": 1, "a": 2}', "a"),
        ('{"a": NaN}', "NaN"),
        ('{"a": 1e400}', "1e400"),
        ('{"a": 92233720368547758080}', "92233720368547758080"),
        ("[" * 100_000, "body"),
        ('{"a": ' + "[" * 40 + "]" * 40 + "}", "body.a" + "[0]" * 32),
        ('{"a": "' + "x" * 200_000 + '"}', "body.a"),
        ("{", "line 1 column 2"),
        (b'{"a": "\xff"}', "byte 7"),
    ],
)
def test_body_that_cannot_be_kept_is_refused_with_its_place(
    world: World, body: str | bytes, place: str
) -> None:
    found = problem(machine(world.users["payee"]).send("/claims", body), 400, "body")
    assert [one["place"] for one in found["problems"]] == [place]


def test_body_of_another_kind_or_too_large_is_refused(world: World) -> None:
    ana = machine(world.users["payee"])
    found = ana.send("/claims", "a=b", **{"Content-Type": "text/plain"})
    problem(found, 415, "media_type")
    problem(ana.send("/claims", '"' + "x" * 2_000_001 + '"'), 413, "too_large")
    problem(ana.send("/claims", '"' + "x" * 3_000_001 + '"'), 413, "too_large")


def test_same_key_gives_the_first_answer_and_does_nothing_twice(world: World) -> None:
    ana = machine(world.users["payee"])
    first = ana.send("/claims", CLAIM, Idempotency_Key="k-1")
    again = ana.send("/claims", CLAIM, Idempotency_Key="k-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert (first.content, first.headers["ETag"]) == (again.content, again.headers["ETag"])
    assert again.headers["Location"] == first.headers["Location"]
    assert (
        first.headers.get("Idempotency-Replayed"),
        again.headers["Idempotency-Replayed"],
    ) == (
        None,
        "true",
    )
    assert Claim.objects.count() == 1
    other = CLAIM | {"customer": "Other"}
    found = ana.send("/claims", other, Idempotency_Key="k-1")
    problem(found, 422, "idempotency_key_reused")
    # A key is one's own: another user has it too.
    mia = machine(world.users["manager"])
    body = {
        "decision": "reject",
        "claims": [{"claim_id": 1, "revision": 1}],
        "reason": "No",
    }
    body["claims"] = [{"claim_id": first.json()["claim_id"], "revision": 1}]
    assert mia.send("/claims/decisions", body, Idempotency_Key="k-1").status_code == 200
    assert KeptAnswer.objects.get(user=world.users["manager"]).is_kept
    assert not KeptAnswer.objects.get(user=world.users["payee"]).is_kept


def test_refused_call_leaves_its_key_free(world: World) -> None:
    ana = machine(world.users["payee"])
    wrong = CLAIM | {"customer": " "}
    problem(ana.send("/claims", wrong, Idempotency_Key="k-2"), 422, "claim")
    assert KeptAnswer.objects.count() == 0
    assert ana.send("/claims", CLAIM, Idempotency_Key="k-2").status_code == 201
    problem(ana.send("/claims", CLAIM, Idempotency_Key="x" * 256), 400, "parameters")


def test_manager_approves_and_nobody_their_own(world: World) -> None:
    ana, mia = machine(world.users["payee"]), machine(world.users["manager"])
    claim_id = ana.send("/claims", CLAIM).json()["claim_id"]
    body = {"decision": "approve", "claims": [{"claim_id": claim_id, "revision": 1}]}
    problem(ana.send("/claims/decisions", body), 403, "not_allowed")
    done = mia.send("/claims/decisions", body)
    assert done.json() == {"decision": "approve", "claim_count": 1, "batch_no": 3}
    problem(mia.send("/claims/decisions", body), 409, "claim_decided")
    undo = body | {"decision": "undo", "reason": "Wrong deal"}
    assert mia.send("/claims/decisions", undo).json()["batch_no"] == 4


def test_list_is_read_page_by_page_in_a_constant_number_of_queries(world: World) -> None:
    ana = machine(world.users["payee"])
    for number in range(5):
        assert ana.send("/claims", CLAIM | {"customer": f"C {number}"}).status_code == 201
    seen, url, counts = [], "/claims?limit=2", set()
    while url:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            page = ana.get(url)
        counts.add(len(queries))
        seen += [one["customer"] for one in page.json()["items"]]
        cursor = page.json()["next"]
        assert ("Link" in page.headers) == (cursor is not None)
        url = "" if cursor is None else f"/claims?limit=2&cursor={cursor}"
    assert seen == [f"C {number}" for number in range(5)]
    assert counts == {2}


def test_claim_takes_a_constant_number_of_statements(world: World) -> None:
    ana = machine(world.users["payee"])
    counts = []
    for number in range(3):
        with CaptureQueriesContext(connection) as asked:
            sent = ana.send(
                "/claims", CLAIM | {"customer": f"C {number}"}, Idempotency_Key=f"k{number}"
            )
        assert sent.status_code == 201
        done = [one["sql"].split()[0].lower() for one in asked.captured_queries]
        counts.append((done.count("select"), done.count("insert"), done.count("update")))
    # The first counts a pack of calls. On PostgreSQL the rows are one statement.
    assert counts[1:] == [(4, 4, 0)] * 2
