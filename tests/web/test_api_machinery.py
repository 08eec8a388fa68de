"""Can a machine do with jobs, notices and webhooks what pages do? By the client."""

from __future__ import annotations

import time
from typing import Any

import pytest
from api_world import machine
from client_world import server_of
from decisions_world import write
from hooks_world import AT, LOOPBACK, Teller, event, receiving, secret_of, sent, told
from jobs_world import add_jobs
from web_world import World, add_answer

from openspiff.client import ServerError
from openspiff.client.shapes import RoomGiven, SourceGiven, WebhookGiven
from openspiff.web.actions.notices import notify
from openspiff.web.actions.webhook_signatures import secrets_of
from openspiff.web.models import AuditRow, Endpoint, HookSource, KeptAnswer, NoticeChannel

FIRST, SECOND, THIRD = (str(secret_of(number)) for number in (1, 2, 3))


def refusal(error: pytest.ExceptionInfo[ServerError]) -> tuple[int, str]:
    return error.value.status, error.value.code


def test_webhook_is_added_told_rotated_and_turned(world: World, settings: Any) -> None:
    settings.OPENSPIFF_WEBHOOK_NETWORKS = LOOPBACK
    with server_of(world.users["administrator"]) as server, receiving() as receiver:
        new = WebhookGiven(
            label="Payroll", url=receiver.url, kinds=("payout.paid",), secret=FIRST
        )
        made = server.add_webhook(new, key="once")
        assert server.add_webhook(new, key="once") == made
        assert [one.label for one in server.webhooks()] == ["Payroll"]
        told(1)
        sent()
        (message,) = server.webhook_messages(made.webhook_id)
        assert (message.kind, message.state) == ("payout.paid", "delivered")
        again = server.redeliver(message.number)
        assert (again.message_id, again.is_under_way) == (message.message_id, True)
        with pytest.raises(ServerError) as caught:
            server.redeliver(message.number)
        assert refusal(caught) == (409, "delivery_state")
        sent(at=time.time_ns() // 1_000)
        tries = server.webhook_message(message.number).tries
        assert [one.status for one in tries] == [204, 204]
        assert server.test_webhook(made.webhook_id).kind == "webhook.test"
        assert len(list(server.webhook_messages(made.webhook_id, state="waiting"))) == 1
        rotated = server.rotate_webhook_secret(made.webhook_id, SECOND, overlap_hours=2)
        assert rotated.old_until_at > 0
        row = Endpoint.objects.get()
        assert secrets_of(row, at=row.old_until_at - 1) == [SECOND, FIRST]
        assert server.turn_webhook(made.webhook_id, is_on=False).state == "off"
        with pytest.raises(ServerError) as caught:
            server.turn_webhook(made.webhook_id, is_on=False)
        assert refusal(caught) == (409, "endpoint_state")
        assert server.turn_webhook(made.webhook_id, is_on=True).state == "on"
    assert AuditRow.objects.filter(object_kind="endpoint").count() == 4


def test_no_answer_holds_a_secret_and_none_is_kept_with_one(
    world: World, settings: Any
) -> None:
    settings.OPENSPIFF_WEBHOOK_NETWORKS = LOOPBACK
    one = machine(world.users["administrator"])
    body = {"label": "P", "url": "http://127.0.0.1:9/", "kinds": ["run.booked"]}
    answers = [
        one.send("/webhooks", body | {"secret": FIRST}, Idempotency_Key="a"),
        one.send("/webhook-sources", {"name": "crm-x", "secret": SECOND}),
        *(one.get(url) for url in ("/webhooks", "/webhooks/1", "/webhook-sources")),
    ]
    assert [answer.status_code for answer in answers] == [201, 201, 200, 200, 200]
    bodies = [answer.content.decode() for answer in answers]
    bodies += KeptAnswer.objects.values_list("body", flat=True)
    assert len(bodies) == 6
    for text in bodies:
        assert not any(secret[6:] in text for secret in (FIRST, SECOND))


def test_secret_is_replaced_only_as_it_was_read(world: World, settings: Any) -> None:
    settings.OPENSPIFF_WEBHOOK_NETWORKS = LOOPBACK
    one = machine(world.users["administrator"])
    body = {"label": "P", "url": "http://127.0.0.1:9/", "kinds": ["run.booked"]}
    one.send("/webhooks", body | {"secret": FIRST})
    seen = one.get("/webhooks/1").headers["ETag"]
    url, new = "/webhooks/1/rotate", {"secret": SECOND, "overlap_hours": 0}
    assert one.send(url, new).status_code == 428
    assert one.send(url, new, If_Match=seen).status_code == 200
    assert one.send(url, new | {"secret": THIRD}, If_Match=seen).status_code == 412
    assert secrets_of(Endpoint.objects.get(), at=AT) == [SECOND]


@pytest.mark.parametrize("url", ["https://127.0.0.1/", "http://spiff.example/", "x"])
def test_webhook_to_where_none_may_go_is_refused_whole(world: World, url: str) -> None:
    with server_of(world.users["administrator"]) as server:
        new = WebhookGiven(label="", url=url, kinds=("nothing",), secret=FIRST)
        with pytest.raises(ServerError) as caught:
            server.add_webhook(new)
        assert refusal(caught) == (422, "endpoint")
        places = {one.place for one in caught.value.problems}
        assert places == {"label", "kinds", "url"}
    assert Endpoint.objects.count() == 0


@pytest.mark.parametrize("secret", ["", "QUFB" * 8, "whsec_QUFB", "whsec_" + "é" * 40])
def test_weak_secret_is_refused(world: World, secret: str) -> None:
    one = machine(world.users["administrator"])
    answer = one.send("/webhook-sources", {"name": "crm-x", "secret": secret})
    assert answer.status_code == 422
    assert HookSource.objects.count() == 0


def test_source_is_let_in_rotated_and_turned_off(world: World) -> None:
    with server_of(world.users["administrator"]) as server:
        made = server.add_webhook_source(
            SourceGiven(name="crm-live", secret=str(secret_of(9)))
        )
        assert Teller().send(event("H-1")).status_code == 200
        assert [one.message_count for one in server.webhook_sources()] == [1]
        server.rotate_webhook_source_secret(made.source_id, THIRD, overlap_hours=0)
        assert Teller().send(event("H-2"), "msg_2").status_code == 401
        assert Teller(number=3).send(event("H-2"), "msg_2").status_code == 200
        assert server.turn_webhook_source(made.source_id, is_on=False).is_on is False
        assert server.webhook_source(made.source_id).is_on is False
        assert Teller(number=3).send(event("H-3"), "msg_3").status_code == 401


def test_jobs_are_listed_stopped_and_tried_again(world: World) -> None:
    add_jobs(world)
    with server_of(world.users["manager"]) as server:
        listed = list(server.jobs())
        assert [one.number for one in listed] == sorted(
            (one.number for one in listed), reverse=True
        )
        assert {one.kind for one in listed} == {"import", "report"}  # runs are not hers
        (dead,) = server.jobs(state="dead")
        assert server.job(dead.number).attempts[0].error_code == "broken"
        assert server.retry_job(dead.number).state == "waiting"
        assert server.cancel_job(dead.number).state == "cancelled"
        with pytest.raises(ServerError) as caught:
            server.cancel_job(dead.number)
        assert refusal(caught) == (409, "job_state")
        assert list(server.jobs(kind="run")) == []
    actions = AuditRow.objects.filter(object_id=str(dead.number), object_kind="job")
    assert set(actions.values_list("action", flat=True)) == {"retry_job", "cancel_job"}


def test_own_notices_are_read_and_their_pace_is_set(world: World) -> None:
    from django.db import transaction  # noqa: PLC0415

    ana = world.users["payee"]
    with transaction.atomic():
        notify(kind="paid", users=[ana], key="1", facts={}, at=AT)
    with server_of(ana) as server:
        one = next(server.notices())
        assert (one.kind, one.facts) == ("paid", {})
        assert [each.kind for each in server.notices()] == ["paid", "program_launched"]
        paces = {one.kind: one.pace for one in server.set_notice_paces({"paid": "daily"})}
        assert paces["paid"] == "daily"
        with pytest.raises(ServerError) as caught:
            server.set_notice_paces({"new_sign_in": "off", "batch_waiting": "off"})
        assert refusal(caught) == (422, "notice")
        assert len(caught.value.problems) == 2
        assert {one.kind: one.pace for one in server.notice_paces()} == paces
    with server_of(world.users["other_payee"]) as server:
        assert "paid" not in {one.kind for one in server.notices()}


def test_rooms_are_added_tested_and_removed(world: World, settings: Any) -> None:
    settings.OPENSPIFF_WEBHOOK_NETWORKS = LOOPBACK
    with server_of(world.users["administrator"]) as server, receiving() as receiver:
        address = f"json://127.0.0.1:{receiver.port}/room"
        room = RoomGiven(name="Money", address=address, kinds=("batch_waiting",))
        made = server.add_notice_room(room)
        assert server.notice_rooms() == (made,)
        assert server.test_notice_room(made.room_id)
        assert b"openspiff" in receiver.got[0]["body"]
        settings.OPENSPIFF_WEBHOOK_NETWORKS = []
        with pytest.raises(ServerError) as caught:
            server.test_notice_room(made.room_id)
        assert refusal(caught) == (422, "notice_channel")
        assert server.remove_notice_room(made.room_id) == ()
        assert "paid" in server.preview_notice("paid").text
    assert NoticeChannel.objects.count() == 0


def test_reports_of_all_programs_are_listed_together(world: World) -> None:
    add_answer(world)
    write(world)
    with server_of(world.users["analyst"]) as server:
        listed = list(server.all_measurements())
        assert listed == list(server.measurements("spring"))[::-1]
        assert listed[0].numbers_digest
