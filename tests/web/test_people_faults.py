"""Do faults 27 to 32 end as they should: refused, on record, and nothing lost?"""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from web_world import PASSWORD, World

from openspiff.web._logs import event_of
from openspiff.web.models import AuditRow, FirmConsent, SignInFailure, User
from openspiff.web.views import _doors

ROLE = {"role": "manager", "payee_id": "", "firm_id": ""}


def enter(client: Client, username: str) -> None:
    response = client.post("/sign-in/", {"username": username, "password": PASSWORD})
    assert response.status_code == 302


def told(caplog: pytest.LogCaptureFixture) -> list[tuple[Any, ...]]:
    """Return what the doors put into the log: status, user, method, route and reason."""
    lines = [event_of(one) for one in caplog.records if one.name == "openspiff.doors"]
    names = ("status", "user", "method", "route", "why")
    return [tuple(line[name] for name in names) for line in lines]


def let_ten_minutes_pass(client: Client) -> None:
    session = client.session
    session["confirmed_at"] = 1
    session.save()


def test_fault_27_nobody_acts_on_their_own_behalf(
    client: Client, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    enter(client, "ada")
    number = world.users["administrator"].pk
    with caplog.at_level(logging.WARNING, logger="openspiff.doors"):
        for address, said in (
            (f"/people/{number}/active/", {"is_active": "0"}),
            (f"/people/{number}/factors/", {}),
        ):
            assert client.post(address, said).status_code == 403
    assert told(caplog) == [
        (403, number, "POST", "set_active", "not_allowed"),
        (403, number, "POST", "remove_factors", "not_allowed"),
    ]
    enter(client, "nora")
    own = world.users["firm_owner"].pk
    assert client.post(f"/firms/north/people/{own}/left/").status_code == 403


def test_fault_28_another_firms_id_is_not_found_and_logged(
    client: Client, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    enter(client, "nora")
    with caplog.at_level(logging.WARNING, logger="openspiff.doors"):
        assert client.get("/firms/south/").status_code == 404
        assert client.get("/firms/no%1Bbell/").status_code == 404
    own = world.users["firm_owner"].pk
    assert told(caplog) == [(404, own, "GET", "firm", "not_visible")] * 2
    stranger = world.users["other_payee"].pk
    assert client.post(f"/firms/north/people/{stranger}/left/").status_code == 404
    assert User.objects.get(pk=stranger).is_active


@pytest.mark.parametrize("role", ["administrator", "*", ""])
def test_fault_29_nobody_grants_themselves_a_role(
    client: Client, world: World, role: str
) -> None:
    for username, kind in (("mia", "manager"), ("ada", "administrator")):
        enter(client, username)
        own = f"/people/{world.users[kind].pk}/role/"
        assert client.post(own, {**ROLE, "role": role}).status_code == 403
        assert User.objects.get(username=username).role == kind
    assert not AuditRow.objects.filter(action="set_role").exists()


def test_fault_30_whoever_is_demoted_is_stopped_at_the_next_click(
    client: Client, world: World
) -> None:
    enter(client, "ada")
    other = Client()
    enter(other, "mia")
    assert other.get("/programs/").status_code == 200
    number = world.users["manager"].pk
    said = {"role": "firm_owner", "payee_id": "", "firm_id": "south"}
    assert client.post(f"/people/{number}/role/", said).status_code == 302
    assert other.get("/programs/").status_code == 403
    assert client.post(f"/people/{number}/active/", {"is_active": "0"}).status_code == 302
    assert other.get("/").headers["Location"].startswith("/sign-in/")
    assert not User.objects.get(pk=number).is_active


def test_fault_31_interrupted_form_is_kept_and_sent_again(
    client: Client, world: World
) -> None:
    assert world.users
    enter(client, "sol")
    let_ten_minutes_pass(client)
    address = "/firms/south/consent/"
    said = {"name": "Sol <b>Vega</b>", "seen": "0"}
    asked = client.post(address, said)
    assert asked.headers["Location"] == f"/confirm/?next={address}"
    assert not FirmConsent.objects.filter(firm_id="south").exists()
    assert "Vega" not in str(client.session.items())  # sealed
    wrong = client.post("/confirm/", {"password": "wrong", "next": address})
    assert wrong.status_code == 400
    page = client.post("/confirm/", {"password": PASSWORD, "next": address})
    assert page.status_code == 200
    text = page.content.decode()
    assert "Your form was kept" in text
    assert f'action="{address}"' in text
    assert 'value="Sol &lt;b&gt;Vega&lt;/b&gt;"' in text
    assert client.post(address, said).status_code == 302
    assert FirmConsent.objects.get(firm_id="south").name_typed == "Sol <b>Vega</b>"
    # It is offered once.
    again = client.post("/confirm/", {"password": PASSWORD, "next": address})
    assert again.headers["Location"] == address


def test_fault_31_kept_form_is_for_its_address_and_its_sender(
    client: Client, world: World
) -> None:
    assert world.users
    enter(client, "sol")
    let_ten_minutes_pass(client)
    client.post("/firms/south/consent/", {"name": "Sol Vega", "seen": "0"})
    elsewhere = client.post("/confirm/", {"password": PASSWORD, "next": "/firms/south/"})
    assert elsewhere.status_code == 302
    # An old tab sends its form after the session ended; somebody else signs in.
    for username, is_offered in (("nora", False), ("sol", True)):
        enter(client, "sol")
        del client.cookies["sessionid"]
        address = "/firms/south/consent/"
        sent = client.post(address, {"name": "Sol Vega", "seen": "0"})
        assert sent.headers["Location"] == f"/sign-in/?next={address}"
        data = {"username": username, "password": PASSWORD, "next": address}
        assert (b"Sol Vega" in client.post("/sign-in/", data).content) is is_offered
        client.post("/sign-out/")


def test_fault_31_passwords_and_files_are_not_kept_and_that_is_said(
    client: Client, world: World
) -> None:
    enter(client, "ada")
    let_ten_minutes_pass(client)
    address = f"/people/{world.users['analyst'].pk}/role/"
    proof = SimpleUploadedFile("proof.txt", b"secret content")
    client.post(address, {**ROLE, "password": "a-secret", "proof": proof})
    page = client.post("/confirm/", {"password": PASSWORD, "next": address})
    text = page.content.decode()
    assert "Passwords, codes and files are not kept" in text
    assert "a-secret" not in text
    assert "<button>Send it again" not in text
    assert "manager" in text


def test_fault_31_too_long_a_form_is_not_kept(client: Client, world: World) -> None:
    enter(client, "ada")
    let_ten_minutes_pass(client)
    address = f"/people/{world.users['analyst'].pk}/role/"
    client.post(address, {**ROLE, "note": "x" * 70_000})
    page = client.post("/confirm/", {"password": PASSWORD, "next": address})
    assert page.status_code == 302


@pytest.mark.parametrize(
    ("headers", "is_offered"),
    [
        ({"HTTP_ORIGIN": "http://testserver"}, True),
        ({"HTTP_REFERER": "http://testserver/you/"}, True),
        ({"HTTP_ORIGIN": "https://evil.example"}, False),
        ({"HTTP_REFERER": "https://evil.example/"}, False),
        ({}, False),
    ],
)
def test_fault_31_form_without_a_token_comes_back_only_to_our_own_page(
    world: World, headers: dict[str, Any], is_offered: bool
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.users["manager"])
    data = {"name": "Mia Lund", "email": "mia@example.org"}
    response = client.post("/you/", data, **headers)
    assert response.status_code == 403
    text = response.content.decode()
    assert "The form was too old" in text
    assert ("mia@example.org" in text) is is_offered
    assert User.objects.get(username="mia").email == ""


def test_fault_31_stolen_cookie_ends_with_a_new_password(
    client: Client, world: World
) -> None:
    assert world.users
    enter(client, "mia")
    thief = Client()
    thief.cookies["sessionid"] = client.cookies["sessionid"].value
    other = Client()
    enter(other, "mia")
    assert thief.get("/programs/").status_code == 200
    said = {"old": PASSWORD, "password": "four quiet winter mornings"}
    assert client.post("/you/password/", said).status_code == 302
    assert client.get("/programs/").status_code == 200
    assert thief.get("/programs/").status_code == 302
    assert other.get("/programs/").status_code == 302


def test_fault_31_fragment_leads_the_whole_page_to_the_confirmation(
    client: Client, world: World
) -> None:
    client.force_login(world.users["administrator"])
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/people/?q=a"}
    response = client.post("/people/7/role/", ROLE, headers=headers)
    assert response.headers["HX-Redirect"] == "/confirm/?next=/people/%3Fq%3Da"


def test_fault_32_a_thousand_sign_ins_are_refused_and_the_owner_can_enter(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert world.users
    for number in range(30):
        SignInFailure.objects.bulk_create(
            SignInFailure(
                username=f"user{number}", address="127.0.0.1", failed_at=_doors.now_at()
            )
            for _ in range(33)
        )
    response = client.post("/sign-in/", {"username": "ana", "password": PASSWORD})
    assert (response.status_code, response.headers["Retry-After"]) == (429, "900")
    home = Client(REMOTE_ADDR="10.0.0.9")
    enter(home, "ana")
    later = _doors.now_at() + 16 * 60 * 1_000_000
    monkeypatch.setattr("openspiff.web.views.people.now_at", lambda: later)
    enter(client, "ana")


def test_fault_32_confirmation_is_limited_too(client: Client, world: World) -> None:
    assert world.users
    enter(client, "ana")
    for _ in range(10):
        assert client.post("/confirm/", {"password": "wrong"}).status_code == 400
    refused = client.post("/confirm/", {"password": PASSWORD})
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "900")
    # The door of the sign-in has its own count.
    enter(Client(), "ana")
