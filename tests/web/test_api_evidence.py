"""Does a machine send and read evidence as a form does, and nobody else's?"""

from __future__ import annotations

from typing import Any

import pytest
from api_world import Machine, machine
from claims_world import TODAY, add_claims, photo
from test_api_claims import CLAIM
from test_api_door import problem
from web_world import World

from openspiff.web.models import AuditRow, Evidence

FILE = {"Content-Type": "application/octet-stream"}


@pytest.fixture(autouse=True)
def in_spring(settings: Any) -> None:
    settings.OPENSPIFF_AT = TODAY


def kept(one: Machine, content: bytes, name: str = "proof.png") -> Any:
    response = one.send(f"/evidence?file_name={name}", content, **FILE)
    assert response.status_code == 201, response.content
    return response.json()


def test_claim_goes_with_the_files_that_were_kept_for_it(world: World) -> None:
    ana = machine(world.users["payee"])
    first, second = kept(ana, photo(1), "../a.pdf"), kept(ana, b"Order 7", "order.txt")
    # What a file is, it says itself.
    assert (first["file_name"], first["media_type"]) == ("a.pdf", "image/png")
    names = [first["kept"], second["kept"], first["kept"]]
    sent = ana.send("/claims", CLAIM | {"evidence": names})
    assert sent.status_code == 201, sent.content
    assert AuditRow.objects.filter(action="claim_sent").count() == 1
    url = f"/claims/{sent.json()['claim_id']}"
    files = ana.get(url).json()["evidence"]
    assert [one["digest"] for one in files] == [first["digest"], second["digest"]]
    read = ana.get(f"/evidence/{files[0]['evidence_id']}")
    assert (read.content, read.headers["Content-Type"]) == (photo(1), "image/png")
    assert read.headers["Content-Disposition"] == 'attachment; filename="a.pdf"'
    assert read.headers["X-Content-Type-Options"] == "nosniff"
    back = ana.send(f"{url}/withdraw", If_Match=sent.headers["ETag"])
    again = {key: one for key, one in CLAIM.items() if key != "program_id"}
    third = kept(ana, b"Order 8")["kept"]
    more = ana.send(
        f"{url}/resend", again | {"evidence": [third]}, If_Match=back.headers["ETag"]
    )
    assert len(more.json()["evidence"]) == 3


def test_dispute_goes_with_files_too(world: World) -> None:
    ana = machine(world.users["payee"])
    said = {"source": "crm", "event_id": "D-3", "reason": "It was more."}
    name = kept(ana, photo(1))["kept"]
    raised = ana.send("/disputes", said | {"evidence": [name]})
    assert raised.status_code == 201, raised.content
    (one,) = raised.json()["evidence"]
    assert ana.get(f"/evidence/{one['evidence_id']}").content == photo(1)
    cleo = machine(world.users["other_payee"])
    problem(cleo.get(f"/evidence/{one['evidence_id']}"), 404, "not_visible")


def test_name_of_a_kept_file_is_of_no_use_to_anybody_else(world: World) -> None:
    ana, cleo = machine(world.users["payee"]), machine(world.users["other_payee"])
    name = kept(ana, photo(1))["kept"]
    wrong = CLAIM | {"evidence": [name, "x"]}
    found = problem(cleo.send("/claims", wrong), 422, "evidence")
    assert [one["place"] for one in found["problems"]] == [
        "body.evidence.0",
        "body.evidence.1",
    ]
    assert Evidence.objects.count() == 0


def test_what_cannot_be_evidence_is_refused_and_not_kept(world: World) -> None:
    ana = machine(world.users["payee"])
    problem(ana.send("/evidence?file_name=a.exe", b"MZ\0", **FILE), 422, "evidence")
    problem(ana.send("/evidence?file_name=a.txt", b"a"), 415, "media_type")
    problem(ana.send("/evidence", b"a", **FILE), 422, "invalid")
    manager = machine(world.users["manager"])
    problem(manager.send("/evidence?file_name=a.txt", b"a", **FILE), 403, "not_allowed")
    assert list((world.home / "evidence").glob("*")) == []


def test_file_is_kept_once_under_its_key(world: World) -> None:
    ana = machine(world.users["payee"])
    said = FILE | {"Idempotency_Key": "1"}
    first = ana.send("/evidence?file_name=a.txt", b"a", **said)
    again = ana.send("/evidence?file_name=a.txt", b"a", **said)
    assert again.content == first.content
    assert again.headers["Idempotency-Replayed"] == "true"
    other = ana.send("/evidence?file_name=a.txt", b"b", **said)
    problem(other, 422, "idempotency_key_reused")


def test_evidence_of_another_firm_does_not_exist(world: World) -> None:
    add_claims(world)
    assert machine(world.users["firm_owner"]).get("/evidence/1").content == photo(1)
    problem(machine(world.users["other_owner"]).get("/evidence/1"), 404, "not_visible")
