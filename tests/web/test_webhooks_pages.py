"""Do the pages of webhooks tell administrators all of it, and nobody else anything?"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hooks_world import (
    LOOPBACK,
    SECOND,
    Receiver,
    add_hooks,
    endpoint_at,
    receiving,
    sent,
    told,
)
from web_world import World

from openspiff.web.models import AuditRow, Delivery, Endpoint, HookSource
from openspiff.web.views import _doors


@pytest.fixture(autouse=True)
def _loopback(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.OPENSPIFF_WEBHOOK_NETWORKS = LOOPBACK
    monkeypatch.setattr(_doors, "is_confirmed", lambda _request: True)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def ada(client: Client, world: World) -> Client:
    client.force_login(world.users["administrator"])
    return client


def page(client: Client, url: str, status: int = 200) -> str:
    response = client.get(url)
    assert response.status_code == status
    return re.sub(r"\s+", " ", response.content.decode())


def test_empty_pages_say_what_will_stand_there(ada: Client) -> None:
    shown = page(ada, "/webhooks/")
    assert "Nobody is told." in shown
    assert "No system tells us of events by itself." in shown
    assert "openspiff webhooks add" in shown


def test_endpoint_is_made_and_its_secret_shown_once(
    ada: Client, receiver: Receiver
) -> None:
    said = {"label": "Payroll", "url": receiver.url, "kinds": ["payout.paid", "run.booked"]}
    response = ada.post("/webhooks/new/", said)
    assert response.status_code == 200
    [secret] = re.findall(r'value="(whsec_[^"]+)"', response.content.decode())
    assert response.headers["Cache-Control"].startswith("max-age=0")
    made = Endpoint.objects.get()
    for url in ("/webhooks/", f"/webhooks/{made.pk}/"):
        assert secret not in page(ada, url)
    assert AuditRow.objects.filter(action="add_endpoint").count() == 1
    assert secret not in str(AuditRow.objects.get(action="add_endpoint").after)


def test_form_that_fails_keeps_what_was_typed(ada: Client, settings: Any) -> None:
    settings.OPENSPIFF_WEBHOOK_NETWORKS = []
    said = {"label": "Payroll", "url": "https://127.0.0.1/x", "kinds": ["run.booked"]}
    response = ada.post("/webhooks/new/", said)
    shown = response.content.decode()
    assert response.status_code == 422
    assert "that is not a public address" in shown
    assert 'value="https://127.0.0.1/x"' in shown
    assert 'value="Payroll"' in shown
    assert re.search(r'value="run.booked"[^>]*checked', shown)
    assert Endpoint.objects.count() == 0


def test_log_shows_bodies_and_answers(ada: Client, world: World) -> None:
    add_hooks(world)
    shown = page(ada, "/webhooks/")
    assert "Payroll 1" in shown
    assert "2 messages" in shown
    assert "/api/hooks/crm-live/events" in shown
    shown = page(ada, "/webhooks/1/")
    assert "1 try of 20" in shown
    assert "Delivered" in shown
    assert "Under way" in shown
    shown = page(ada, "/webhooks/messages/2/")
    assert "Answered 503" in shown
    assert "away for a while" in shown
    assert "run 2" in shown
    assert "Next try" in shown


def test_answer_of_a_stranger_is_only_text(
    ada: Client, world: World, receiver: Receiver
) -> None:
    receiver.status, receiver.answer = 500, b"<script>alert(1)</script>"
    endpoint_at(receiver.url, world.users["administrator"])
    told()
    sent()
    shown = page(ada, "/webhooks/messages/1/")
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert(1)" in shown


def test_test_message_arrives(ada: Client, world: World, receiver: Receiver) -> None:
    made = endpoint_at(receiver.url, world.users["administrator"])
    response = ada.post(f"/webhooks/{made.pk}/test/")
    assert response.status_code == 302
    sent(at=time.time_ns() // 1000 + 60 * SECOND)
    assert b"webhook.test" in receiver.got[0]["body"]
    assert "Answered 204" in page(ada, response.headers["Location"])


def test_message_is_sent_again_by_its_page(
    ada: Client, world: World, receiver: Receiver
) -> None:
    endpoint_at(receiver.url, world.users["administrator"])
    told()
    assert "Send it again" not in page(ada, "/webhooks/messages/1/")  # it is under way
    assert ada.post("/webhooks/messages/1/again/").status_code == 409
    sent()
    assert "Send it again" in page(ada, "/webhooks/messages/1/")
    response = ada.post("/webhooks/messages/1/again/", follow=True)
    assert b"It is under way again." in response.content
    assert Delivery.objects.get().state == "waiting"


def test_disabled_endpoint_says_why_and_is_turned_on(
    ada: Client, world: World, receiver: Receiver
) -> None:
    receiver.status = 410
    endpoint_at(receiver.url, world.users["administrator"])
    told()
    sent()
    shown = page(ada, "/webhooks/1/")
    assert "It is disabled" in shown
    assert "It answered 410" in shown
    response = ada.post("/webhooks/1/on/", follow=True)
    assert b"What was held back is under way." in response.content
    assert Delivery.objects.get().state == "waiting"
    assert ada.post("/webhooks/1/on/").status_code == 409


def test_secret_is_replaced_and_shown_once(
    ada: Client, world: World, receiver: Receiver
) -> None:
    endpoint_at(receiver.url, world.users["administrator"])
    response = ada.post("/webhooks/1/rotate/", {"overlap_hours": "24"})
    assert b"whsec_" in response.content
    assert "the old one signs too until" in page(ada, "/webhooks/1/")
    assert ada.post("/webhooks/1/rotate/", {"overlap_hours": "9999"}).status_code == 409


def test_source_is_made_turned_off_and_given_a_new_secret(ada: Client) -> None:
    response = ada.post("/webhooks/sources/new/", {"name": "crm"})
    assert b"whsec_" in response.content
    assert b"/api/hooks/crm/events" in response.content
    assert ada.post("/webhooks/sources/new/", {"name": "crm"}).status_code == 422
    assert ada.post("/webhooks/sources/new/", {"name": "C R M"}).status_code == 422
    response = ada.post("/webhooks/sources/1/off/", follow=True)
    assert b"refused from now on" in response.content
    assert not HookSource.objects.get().is_on
    response = ada.post("/webhooks/sources/1/rotate/", {"overlap_hours": "0"})
    assert b"whsec_" in response.content


@pytest.mark.parametrize("role", ["manager", "finance", "analyst", "payee", "firm_owner"])
def test_nobody_else_sees_any_of_it(client: Client, world: World, role: str) -> None:
    add_hooks(world)
    client.force_login(world.users[role])
    for url in ("/webhooks/", "/webhooks/1/", "/webhooks/messages/1/", "/webhooks/new/"):
        page(client, url, 403)
    for act in ("on", "off", "test", "rotate"):
        assert client.post(f"/webhooks/1/{act}/").status_code == 403
    assert "/webhooks/" not in client.get("/you/").content.decode()


def test_number_of_queries_is_constant(
    ada: Client, world: World, receiver: Receiver
) -> None:
    made = endpoint_at(receiver.url, world.users["administrator"])
    urls = ("/webhooks/", f"/webhooks/{made.pk}/", "/webhooks/messages/1/")
    told(1)
    sent()

    def counts() -> list[int]:
        found = []
        for url in urls:
            page(ada, url)
            with CaptureQueriesContext(connection) as captured:
                page(ada, url)
            found.append(len(captured))
        return found

    one = counts()
    for number in range(2, 8):
        endpoint_at(receiver.url, world.users["administrator"], number=number)
        told(number)
    sent()
    assert counts() == one
