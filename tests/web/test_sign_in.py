"""How does somebody come in, and who is kept out?"""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from web_world import PASSWORD, World

from openspiff.web.models import AuditRow, SignInFailure

NEXT = "/payees/ana/statement/"


def send(client: Client, username: str, password: str, **more: Any) -> Any:
    data = {"username": username, "password": password, **more.pop("data", {})}
    return client.post("/sign-in/", data, **more)


def test_right_password_leads_on_to_the_page_that_was_asked_for(
    client: Client, world: World
) -> None:
    response = send(client, "ana", PASSWORD, data={"next": NEXT})
    assert (response.status_code, response.headers["Location"]) == (302, NEXT)
    assert client.get(NEXT).status_code == 200
    (row,) = AuditRow.objects.filter(action="sign_in")
    assert row.actor == world.users["payee"]


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"]
)
def test_nobody_is_sent_to_another_site(
    client: Client, world: World, elsewhere: str
) -> None:
    assert world.users
    response = send(client, "ana", PASSWORD, data={"next": elsewhere})
    assert response.headers["Location"] == "/"


def test_unknown_name_and_wrong_password_get_the_same_page(
    client: Client, world: World
) -> None:
    assert world.users
    pages = [
        send(client, name, "wrong").content.decode().replace(name, "NAME")
        for name in ("ana", "nobody")
    ]
    same = [page.split("<main")[1].split("csrfmiddlewaretoken")[0] for page in pages]
    assert same[0] == same[1]
    assert "do not fit" in same[0]


def test_guessing_is_slowed_down_and_the_owner_still_gets_in_from_elsewhere(
    client: Client, world: World
) -> None:
    assert world.users
    for _ in range(10):
        assert send(client, "ana", "wrong").status_code == 400
    refused = send(client, "ana", PASSWORD)
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "900"
    assert send(client, "mia", PASSWORD).status_code == 302
    assert send(Client(REMOTE_ADDR="10.0.0.9"), "ana", PASSWORD).status_code == 302


def test_waiting_a_quarter_of_an_hour_helps(client: Client, world: World) -> None:
    assert world.users
    for _ in range(10):
        send(client, "ana", "wrong")
    SignInFailure.objects.update(failed_at=1)
    assert send(client, "ana", PASSWORD).status_code == 302


def test_failures_keep_no_password(client: Client, world: World) -> None:
    assert world.users
    send(client, "ana", "a-secret-typo")
    assert "a-secret-typo" not in str(SignInFailure.objects.values())


@pytest.mark.parametrize(
    ("username", "password"), [("", "x"), ("ana", ""), ("a\0na", "x"), ("a" * 999, "x")]
)
def test_what_no_account_can_have_is_refused_as_a_form(
    client: Client, world: World, username: str, password: str
) -> None:
    assert world.users
    assert send(client, username, password).status_code == 400


def test_form_from_elsewhere_is_refused(world: World) -> None:
    assert world.users
    response = send(Client(enforce_csrf_checks=True), "ana", PASSWORD)
    assert response.status_code == 403
    assert "The form was too old" in response.content.decode()


def test_sign_out_ends_the_session_and_takes_a_post_only(
    client: Client, world: World
) -> None:
    client.force_login(world.users["payee"])
    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/").status_code == 302
    assert client.get(NEXT).status_code == 302


def test_operator_cannot_sign_in(client: Client, world: World) -> None:
    assert world.users
    for password in ("", "!", "operator"):
        assert send(client, "operator", password).status_code == 400
