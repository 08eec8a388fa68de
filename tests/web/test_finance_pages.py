"""Do the forms of finance do one thing each, once, and lose nothing?"""

from __future__ import annotations

import re
import time

import pytest
from django.test import Client
from jobs_world import drained
from web_world import PASSWORD, World, pay as pay_all

from openspiff.web.models import ApprovalBatch, AuditRow, PayoutBatch, Run, Transfer
from openspiff.web.views import _doors

NEW = "/finance/batches/new/"


@pytest.fixture
def fred(client: Client, world: World) -> Client:
    client.force_login(world.users["finance"])
    return client


@pytest.fixture
def fay(world: World) -> Client:
    other = Client()
    other.force_login(world.users["checker"])
    return other


def hidden(client: Client, url: str, name: str = "digest") -> str:
    page = client.get(url).content.decode()
    found = re.search(rf'name="{name}" value="(\S+)"', page)
    assert found is not None
    return found[1]


def prepared(client: Client) -> str:
    digest = hidden(client, NEW)
    assert client.post(NEW, {"digest": digest}).status_code == 302
    return digest


def confirmed(client: Client) -> Client:
    client.post("/confirm/", {"password": PASSWORD, "next": "/"})
    return client


def test_batch_is_prepared_as_it_was_shown(fred: Client) -> None:
    response = fred.post(NEW, {"digest": "0" * 64})
    assert response.status_code == 409
    assert "look again" in response.content.decode()
    assert ApprovalBatch.objects.count() == 0
    prepared(fred)
    page = fred.get("/finance/batches/1/").content.decode()
    assert "somebody else approves it" in page
    assert "Approve these lines" not in page


def test_wrong_filter_is_told_and_kept(fred: Client) -> None:
    page = fred.get(f"{NEW}?promised_by=tomorrow&least=-3&firm=north").content.decode()
    assert "Enter a valid date" in page
    assert "north" in page
    assert fred.get(f"{NEW}?program=none").status_code == 400


def test_own_approval_is_403_and_on_record(fred: Client) -> None:
    digest = prepared(fred)
    response = fred.post("/finance/batches/1/approve/", {"digest": digest})
    assert response.status_code == 403
    assert AuditRow.objects.filter(action="approve_batch_refused").count() == 1


def test_payment_asks_for_the_password_and_is_booked_once(
    fred: Client, fay: Client
) -> None:
    digest = prepared(fred)
    assert fay.post("/finance/batches/1/approve/", {"digest": digest}).status_code == 302
    url = "/finance/batches/1/pay/"
    sent = {"digest": digest, "reference": "file 7"}
    refused = fred.post(url, sent)
    assert (refused.status_code, refused.headers["Location"][:9]) == (302, "/confirm/")
    assert PayoutBatch.objects.filter(run_id="batch-1").count() == 0
    confirmed(fred)
    assert fred.post(url, sent | {"reference": ""}).status_code == 400
    assert fred.post(url, sent).status_code == 302
    again = fred.post(url, sent)
    assert again.status_code == 409
    page = again.content.decode()
    assert "Batch 1 is paid by fred" in page
    assert "file 7" in page
    assert PayoutBatch.objects.filter(run_id="batch-1").count() == 1


def test_moved_batch_shows_the_difference_and_is_prepared_again(
    world: World, fred: Client, fay: Client
) -> None:
    digest = prepared(fred)
    at = _doors.now_at()
    pay_all(world.users["finance"], at)
    response = fay.post("/finance/batches/1/approve/", {"digest": digest})
    page = response.content.decode()
    assert response.status_code == 409
    assert "no longer what is owed" in page
    assert "$105.00" in page
    assert "Prepare again" in page
    assert ApprovalBatch.objects.get().state == "prepared"


def test_rejection_needs_a_reason_and_keeps_the_batch_without(
    fred: Client, fay: Client
) -> None:
    digest = prepared(fred)
    url = "/finance/batches/1/reject/"
    assert fay.post(url, {"digest": digest, "note": ""}).status_code == 409
    assert fay.post(url, {"digest": digest, "note": "too early"}).status_code == 302
    assert "too early" in fay.get("/finance/batches/1/").content.decode()
    # The money is free for another batch, and so is the maker.
    prepared(fred)
    void = {"digest": hidden(fred, "/finance/batches/2/"), "note": "mistyped"}
    assert fred.post("/finance/batches/2/void/", void).status_code == 302
    assert ApprovalBatch.objects.get(pk=2).state == "void"


def test_acts_take_posts_only(fred: Client) -> None:
    prepared(fred)
    for act in ("approve", "reject", "void"):
        assert fred.get(f"/finance/batches/1/{act}/").status_code == 405
    assert fred.post("/finance/batches/1/").status_code == 405


def test_reader_sees_no_buttons(client: Client, world: World, fred: Client) -> None:
    prepared(fred)
    client.force_login(world.users["analyst"])
    for url in ("/finance/", "/finance/batches/", "/finance/batches/1/", "/finance/holds/"):
        page = client.get(url).content.decode().split("<main")[1]
        assert "<button" not in page.replace('<button class="plain">Find', "")
        assert "/new/" not in page


def test_run_is_looked_at_then_booked_then_nothing_is_left(
    world: World, fred: Client
) -> None:
    url = "/finance/runs/new/?whole=1"
    assert "nothing to book" in fred.get(url).content.decode()
    part = fred.get(url, headers={"HX-Request": "true"}).content.decode()
    assert "nothing to book" in part
    assert "<html" not in part
    shell = fred.get("/finance/runs/new/").content.decode()
    assert 'hx-get="/finance/runs/new/?whole=1"' in shell
    assert 'href="?whole=1"' in shell
    from web_world import FIRST, _import  # noqa: PLC0415

    late = FIRST[4] | {"event_id": "D-9", "batch_no": 3, "amount_minor": 200_000}
    _import(world.home, 3, [late], world.users["administrator"])
    before = (Transfer.objects.count(), Run.objects.count())
    page = fred.get(url).content.decode()
    assert "Cleo Park" in page
    assert "+$100.00" in page
    assert (Transfer.objects.count(), Run.objects.count()) == before
    run_id = hidden(fred, url, "run_id")
    assert fred.post(url, {"run_id": ""}).status_code == 409
    other = fred.post(url, {"run_id": "run-other"})
    assert other.status_code == 302
    assert drained(at=time.time_ns() // 1_000) == ["dead"]
    told = fred.get(other.headers["Location"]).content.decode()
    assert "this is not the run that was shown" in told
    assert Transfer.objects.count() == before[0]
    answer = fred.post(url, {"run_id": run_id})
    assert answer.status_code == 302
    assert drained(at=time.time_ns() // 1_000) == ["done"]
    assert (Transfer.objects.count(), Run.objects.count()) == (before[0] + 1, before[1] + 1)
    assert (
        "1 transfer is on the books"
        in fred.get(answer.headers["Location"]).content.decode()
    )
    again = fred.post(url, {"run_id": run_id})
    assert again.headers["Location"] == answer.headers["Location"]  # the same job
    assert drained(at=time.time_ns() // 1_000) == []
    assert Transfer.objects.count() == before[0] + 1
