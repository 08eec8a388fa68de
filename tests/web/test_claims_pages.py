"""Do the pages of claims let payees send, and keep what is typed when they cannot yet?"""

from __future__ import annotations

import re
from typing import Any

import pytest
from claims_world import TODAY, photo, seen, send
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from web_world import World

from openspiff.web.actions.claim_decisions import reject_claims
from openspiff.web.models import Claim, Evidence

TYPED = {
    "token": "form-1",
    "customer": "Harbor Foods",
    "occurred_on": "2026-03-04",
    "product_id": "GTX Pro",
    "amount": "2000.00",
}
NEW = "/claims/new/spring/"


@pytest.fixture(autouse=True)
def spring_is_open(settings: Any) -> None:
    settings.OPENSPIFF_AT = TODAY


def text_of(response: Any) -> str:
    main = response.content.decode().split("<main")[-1]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main)).replace("&#x27;", "'")


def page(client: Client, world: World, url: str, role: str = "payee") -> str:
    client.force_login(world.users[role])
    response = client.get(url)
    assert response.status_code == 200
    return text_of(response)


def a_file(seed: int = 1) -> SimpleUploadedFile:
    return SimpleUploadedFile("proof.png", photo(seed), content_type="text/html")


def hidden(response: Any, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', response.content.decode())
    assert found is not None
    return found[1]


def test_payee_chooses_finds_and_sends(client: Client, world: World) -> None:
    assert "Spring sprint" in page(client, world, "/claims/new/")
    found = page(client, world, NEW + "?q=D-7 gtx")
    assert "customer of D-7" in found
    assert "customer of D-1" not in found
    fragment = client.get(NEW + "?q=D-7", headers={"HX-Request": "true"})
    assert b"<main" not in fragment.content
    assert b"customer of D-7" in fragment.content
    answer = client.post(NEW, TYPED | {"evidence": [a_file()], "photo": [a_file(2)]})
    row = Claim.objects.get()
    assert answer.headers["Location"] == f"/claims/{row.pk}/?sent"
    assert (row.amount_minor, row.evidence.count()) == (200_000, 2)
    again = client.post(NEW, TYPED)
    assert again.headers["Location"] == f"/claims/{row.pk}/?sent"
    text = page(client, world, f"/claims/{row.pk}/?sent")
    for words in ("You read here what becomes of it", "$2,000.00", "proof.png", "waiting"):
        assert words in text


def test_events_of_others_are_not_found(client: Client, world: World) -> None:
    assert "Nothing of yours holds" in page(client, world, NEW + "?q=D-5")
    assert client.get(NEW + "?source=crm&event=D-5").status_code == 404
    answer = client.post(NEW, TYPED | {"source": "crm", "event": "D-5"})
    assert (answer.status_code, Claim.objects.count()) == (404, 0)


def test_found_event_fills_the_form_and_names_the_deal(
    client: Client, world: World
) -> None:
    text = page(client, world, NEW + "?source=crm&event=D-7")
    assert "This program knows it already" in text
    event = {"source": "crm", "event": "D-7", "occurred_on": "2026-03-02"}
    client.post(NEW, TYPED | event)
    row = Claim.objects.get()
    assert (row.found_source, row.found_event_id, row.subject_id) == ("crm", "D-7", "D-7")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"amount": "2.000,00"}, "Write it with a point and no comma"),
        ({"amount": "1e400"}, "expected an amount such as 1234.50"),
        ({"amount": "-5"}, "Expected an amount of zero or more."),
        ({"amount": ""}, "This field is required."),
        ({"occurred_on": "2025-12-31"}, "Only what happened from 2026-01-01"),
        ({"occurred_on": "2026-03-20"}, "This day has not come yet"),
        ({"customer": "a\0b"}, "Null characters are not allowed."),
        ({"product_id": "GTX Air"}, "not one of the available choices"),
    ],
)
def test_wrong_form_is_told_and_keeps_what_was_typed(
    client: Client, world: World, said: dict[str, str], words: str
) -> None:
    client.force_login(world.users["payee"])
    answer = client.post(NEW, TYPED | {"note": "Seen by Ben"} | said)
    text = text_of(answer)
    assert (answer.status_code, Claim.objects.count()) == (400, 0)
    assert words in text
    assert "Seen by Ben" in text


def test_files_of_a_wrong_form_are_kept_and_may_be_taken_out(
    client: Client, world: World
) -> None:
    client.force_login(world.users["payee"])
    files = {"evidence": [a_file(1), a_file(2)]}
    answer = client.post(NEW, TYPED | files | {"amount": "much"})
    kept = hidden(answer, "kept")
    digests = re.findall(r'name="keep" value="(\w+)" checked', answer.content.decode())
    assert len(digests) == 2
    client.post(NEW, TYPED | {"kept": kept, "keep": digests[:1]})
    assert [one.digest for one in Evidence.objects.all()] == digests[:1]
    # Nobody else can name files that they have not sent.
    client.force_login(world.users["other_payee"])
    client.post(NEW, TYPED | {"kept": kept, "keep": digests})
    assert Evidence.objects.count() == 1
    assert Claim.objects.count() == 2


def test_refused_file_is_named_and_nothing_is_sent(client: Client, world: World) -> None:
    client.force_login(world.users["payee"])
    bad = SimpleUploadedFile("x.pdf", b"MZ\x90\x00")
    answer = client.post(NEW, TYPED | {"evidence": [bad]})
    assert (answer.status_code, Claim.objects.count()) == (400, 0)
    assert "x.pdf: not a kind of file that is taken; send a photo" in text_of(answer)


def test_sixth_file_is_refused_and_what_was_typed_is_kept(
    client: Client, world: World
) -> None:
    client.force_login(world.users["payee"])
    files = {"evidence": [a_file(number) for number in range(6)]}
    answer = client.post(NEW, TYPED | files | {"note": "Six of them"})
    assert (answer.status_code, Claim.objects.count()) == (400, 0)
    assert "6 files are given; keep the 5 that show most" in text_of(answer).lower()
    assert "Six of them" in text_of(answer)


def test_duplicate_is_warned_first_and_sent_with_a_note(
    client: Client, world: World
) -> None:
    send(world, "first")
    client.force_login(world.users["payee"])
    check = client.post(NEW + "twins/", TYPED)
    assert "the same customer, about the same day" in text_of(check)
    warned = client.post(NEW, TYPED)
    assert (warned.status_code, Claim.objects.count()) == (409, 1)
    signs = {"warned": hidden(warned, "warned")}
    assert client.post(NEW, TYPED | signs).status_code == 409  # still without a note
    answer = client.post(NEW, TYPED | signs | {"note": "A second order"})
    assert (answer.status_code, Claim.objects.count()) == (302, 2)


def test_deal_that_the_feed_knows_is_warned_of(client: Client, world: World) -> None:
    client.force_login(world.users["payee"])
    said = TYPED | {"customer": "Customer of D-7", "occurred_on": "2026-03-03"}
    answer = client.post(NEW, said)
    assert answer.status_code == 409
    assert "this is known already, under your name" in text_of(answer)
    far = client.post(NEW, said | {"occurred_on": "2026-02-03"})
    assert far.status_code == 302
    client.force_login(world.users["manager"])
    row = Claim.objects.get()
    for url in (f"/claims/{row.pk}/", f"/claims/decide/?act=approve&claim={row.pk}.1"):
        assert "crm D-7" in text_of(client.get(url))


def test_numbers_out_of_reach_are_not_found(client: Client, world: World) -> None:
    client.force_login(world.users["administrator"])
    for url in ("/claims/{}/", "/evidence/{}/", "/disputes/{}/"):
        assert client.get(url.format("9" * 30)).status_code == 404


def test_colleague_of_the_firm_is_warned_without_a_name(
    client: Client, world: World
) -> None:
    send(world, "first")
    payee = world.users["other_payee"]
    payee.payee_id = "ben"
    payee.save()
    client.force_login(payee)
    text = text_of(client.post(NEW + "twins/", TYPED))
    assert "A claim in your firm" in text
    assert "a colleague, the same customer" in text
    assert "Ana" not in text
    payee.payee_id = "cleo"
    payee.save()
    assert "claimed before" not in text_of(client.post(NEW + "twins/", TYPED))


def test_held_out_payee_reads_that_it_is_not_open_and_no_more(
    client: Client, world: World
) -> None:
    payee = world.users["payee"]
    payee.payee_id = "dan"
    payee.save()
    assert "No program takes a claim of yours" in page(client, world, "/claims/new/")
    for answer in (client.get(NEW), client.post(NEW, TYPED)):
        assert answer.status_code == 409
        text = text_of(answer)
        assert "This program is not open to you." in text
        assert "held" not in text
        assert "group" not in text


def test_rejected_claim_is_sent_again_with_all_it_had(client: Client, world: World) -> None:
    row = send(world, files=[("a.png", photo(1))], note="First try")
    reject_claims(
        seen=seen(row), reason="Too dark.", acting_user=world.users["manager"], at=TODAY
    )
    assert "Too dark." in page(client, world, f"/claims/{row.pk}/")
    url = f"/claims/{row.pk}/again/"
    shown = client.get(url)
    assert 'value="2000.00"' in shown.content.decode()
    assert "First try" in text_of(shown)
    digest = row.evidence.get().digest
    again = TYPED | {"kept": hidden(shown, "kept"), "keep": digest, "revision": "1"}
    assert client.post(url, again).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.revision) == ("sent", 2)
    text = page(client, world, f"/claims/{row.pk}/")
    assert "Sent again" in text
    assert "a.png" in text


def test_claim_is_withdrawn_once_by_its_payee_only(client: Client, world: World) -> None:
    row = send(world)
    url = f"/claims/{row.pk}/withdraw/"
    client.force_login(world.users["other_payee"])
    assert client.post(url, {"revision": "1"}).status_code == 404
    client.force_login(world.users["payee"])
    assert client.get(url).status_code == 405
    assert client.post(url, {"revision": "1"}).status_code == 302
    assert client.post(url, {"revision": "1"}).status_code == 409
    row.refresh_from_db()
    assert row.state == "withdrawn"


def test_evidence_is_handed_out_as_a_file_that_cannot_act(
    client: Client, world: World
) -> None:
    row = send(world, files=[("a.txt", b"<script>alert(1)</script>")])
    client.force_login(world.users["payee"])
    url = f"/evidence/{row.evidence.get().pk}/"
    answer = client.get(url)
    assert answer.content == b"<script>alert(1)</script>"
    assert answer.headers["Content-Type"] == "text/plain"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="a.txt"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    (world.home / "evidence" / row.evidence.get().digest).unlink()
    assert client.get(url).status_code == 404


def test_lists_ask_the_database_as_often_for_many_as_for_one(
    client: Client, world: World
) -> None:
    counts = []
    for number in range(6):
        send(world, f"{number}", customer=f"C{number}", files=[("a.png", photo(number))])
        if number not in {0, 5}:
            continue
        for role, url in (("payee", "/claims/"), ("manager", "/claims/queue/")):
            client.force_login(world.users[role])
            with CaptureQueriesContext(
                connection,
            ) as asked:
                assert client.get(url).status_code == 200
            counts.append(len(asked))
    assert counts[:2] == counts[2:]


def test_empty_lists_say_what_to_do(client: Client, world: World) -> None:
    assert "No claim yet." in page(client, world, "/claims/")
    assert "Nothing waits for a decision." in page(
        client, world, "/claims/queue/", "analyst"
    )
