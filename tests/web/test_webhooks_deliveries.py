"""Does every message arrive, once as far as anybody can tell, or say why it did not?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hooks_world import (
    AT,
    LOOPBACK,
    SECOND,
    Receiver,
    endpoint_at,
    receiving,
    secret_of,
    sent,
    told,
)
from web_world import World

from openspiff.web.access import NotAllowedError, NotVisibleError
from openspiff.web.actions import webhook_deliveries, webhook_endpoints, webhooks
from openspiff.web.actions.webhook_endpoints import EndpointError, EndpointStateError
from openspiff.web.actions.webhook_signatures import checked_message_id, signature
from openspiff.web.actions.webhooks import DeliveryStateError
from openspiff.web.models import AuditRow, Delivery, DeliveryTry, Endpoint, Job, Notice

HOUR = 3600 * SECOND
DAY = 24 * HOUR


@pytest.fixture(autouse=True)
def _loopback(settings: Any) -> None:
    settings.OPENSPIFF_WEBHOOK_NETWORKS = LOOPBACK


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def ada(world: World) -> Any:
    return world.users["administrator"]


def states() -> list[str]:
    return list(Delivery.objects.order_by("pk").values_list("state", flat=True))


def test_message_is_signed_delivered_and_kept(receiver: Receiver, ada: Any) -> None:
    endpoint_at(receiver.url, ada)
    told()
    assert sent() == ["done"]
    [got] = receiver.got
    secret = str(secret_of(1))
    found = checked_message_id(
        got["headers"], body=got["body"], secrets_now=[secret], at=AT
    )
    row = Delivery.objects.get()
    assert (found, got["body"].decode(), row.state) == (
        row.message_id,
        row.body,
        "delivered",
    )
    said = json.loads(row.body)
    assert said["type"] == "payout.paid"
    assert said["data"] == {"run_id": "run 1"}
    assert said["timestamp"] == "2026-02-02T02:40:00Z"
    assert DeliveryTry.objects.get().status == 204
    assert sent(at=AT + DAY) == []


def test_only_what_was_asked_for_is_told(receiver: Receiver, ada: Any) -> None:
    endpoint_at(receiver.url, ada, "claim.sent")
    told()
    assert (states(), Job.objects.count()) == ([], 0)


def test_told_twice_in_one_moment_is_one_message(receiver: Receiver, ada: Any) -> None:
    endpoint_at(receiver.url, ada)
    told()
    told()
    assert Delivery.objects.count() == Job.objects.count() == 1


def test_nobody_listening_costs_one_look_up(world: World) -> None:
    assert world.users
    with CaptureQueriesContext(connection) as captured, transaction.atomic():
        webhooks.tell(kind="payout.paid", facts={}, at=AT)
    asked = [one["sql"] for one in captured if one["sql"].startswith("SELECT")]
    assert len(asked) == 1


def test_message_is_gone_when_what_it_tells_of_is_undone(
    receiver: Receiver, ada: Any
) -> None:
    endpoint_at(receiver.url, ada)
    with transaction.atomic():
        webhooks.tell(kind="payout.paid", facts={}, at=AT)
        assert states() == ["waiting"]
        transaction.set_rollback(True)
    assert (states(), Job.objects.count()) == ([], 0)


def test_failed_message_is_tried_for_three_days_and_then_given_up(
    receiver: Receiver, ada: Any
) -> None:
    endpoint_at(receiver.url, ada)
    receiver.status, receiver.answer = 500, b"out of order"
    told()
    at, waits = AT, []
    while sent(at=at):
        job = Job.objects.get()
        if job.state != "failed":
            break
        assert states() == ["waiting"]
        waits.append((job.run_after_at - at) // SECOND)
        assert sent(at=job.run_after_at - 1) == []
        at = job.run_after_at
    assert waits == list(webhook_deliveries.WAITS)
    assert 3 * DAY < at - AT < 4 * DAY
    assert (states(), Job.objects.get().state) == (["given_up"], "dead")
    assert DeliveryTry.objects.count() == len(receiver.got) == 10
    assert {one["headers"]["webhook-id"] for one in receiver.got} == {
        Delivery.objects.get().message_id
    }
    assert DeliveryTry.objects.first().answer == "out of order"
    assert Endpoint.objects.get().state == "on"


def test_second_try_is_signed_anew_and_may_succeed(receiver: Receiver, ada: Any) -> None:
    endpoint_at(receiver.url, ada)
    receiver.status = 503
    told()
    sent()
    receiver.status = 200
    assert sent(at=AT + 6 * SECOND) == ["done"]
    first, second = (one["headers"] for one in receiver.got)
    assert first["webhook-id"] == second["webhook-id"]
    assert first["webhook-signature"] != second["webhook-signature"]
    assert states() == ["delivered"]
    assert Endpoint.objects.get().failure_count == 0


def fail_often(receiver: Receiver, ada: Any, count: int) -> Endpoint:
    """Let as many messages fail once."""
    made = endpoint_at(receiver.url, ada)
    receiver.status = 500
    for number in range(count):
        told(number)
    sent()
    made.refresh_from_db()
    return made


def test_endpoint_that_fails_twenty_times_in_a_row_is_disabled(
    receiver: Receiver, ada: Any
) -> None:
    made = fail_often(receiver, ada, 19)
    assert (made.state, made.failure_count) == ("on", 19)
    told(19)
    sent()
    made.refresh_from_db()
    assert (made.state, made.disabled_because) == ("disabled", "20 tries in a row failed")
    row = AuditRow.objects.get(action="disable_endpoint")
    assert (row.actor, row.object_id) == (None, str(made.pk))
    notice = Notice.objects.get(kind="endpoint_disabled", user=ada)
    assert notice.facts == {"endpoint_id": made.pk}
    told(20)  # held back, not lost
    got = len(receiver.got)
    sent(at=AT + DAY)
    assert len(receiver.got) == got
    assert set(states()) == {"held"}


def test_turned_on_again_it_is_told_all_that_was_held_back(
    receiver: Receiver, ada: Any
) -> None:
    made = fail_often(receiver, ada, 20)
    told(20)
    sent(at=AT + DAY)
    receiver.status = 200
    receiver.got.clear()
    count = webhook_endpoints.turn_on(endpoint_id=made.pk, acting_user=ada, at=AT + DAY)
    assert count == 21
    sent(at=AT + DAY)
    assert set(states()) == {"delivered"}
    assert len({one["headers"]["webhook-id"] for one in receiver.got}) == 21


def test_one_success_begins_the_count_anew(receiver: Receiver, ada: Any) -> None:
    made = fail_often(receiver, ada, 19)
    receiver.status = 200
    told(50)
    sent()
    receiver.status = 500
    told(51)
    sent()
    made.refresh_from_db()
    assert (made.state, made.failure_count) == ("on", 1)


def test_endpoint_that_is_gone_is_disabled_at_once(receiver: Receiver, ada: Any) -> None:
    endpoint_at(receiver.url, ada)
    receiver.status = 410
    told()
    assert sent() == ["done"]
    made = Endpoint.objects.get()
    assert (made.state, states()) == ("disabled", ["held"])
    assert "410" in made.disabled_because


def test_endpoint_that_is_off_is_told_nothing(receiver: Receiver, ada: Any) -> None:
    made = endpoint_at(receiver.url, ada)
    told(1)
    webhook_endpoints.turn_off(endpoint_id=made.pk, acting_user=ada, at=AT)
    told(2)
    sent()
    assert (receiver.got, states()) == ([], ["held"])
    with pytest.raises(EndpointStateError):
        webhook_endpoints.turn_off(endpoint_id=made.pk, acting_user=ada, at=AT)
    assert AuditRow.objects.filter(action="turn_off_endpoint").count() == 1


def test_message_is_sent_again_with_its_id_and_body(receiver: Receiver, ada: Any) -> None:
    endpoint_at(receiver.url, ada)
    told()
    row = Delivery.objects.get()
    with pytest.raises(DeliveryStateError):
        webhooks.redeliver(delivery_id=row.pk, acting_user=ada, at=AT)
    sent()
    for number in (1, 2):
        webhooks.redeliver(delivery_id=row.pk, acting_user=ada, at=AT + number)
        assert sent(at=AT + number) == ["done"]
    assert len({(one["headers"]["webhook-id"], one["body"]) for one in receiver.got}) == 1
    assert DeliveryTry.objects.count() == 3
    assert AuditRow.objects.filter(action="redeliver_message").count() == 2


def test_replaced_secret_signs_on_until_its_overlap_is_over(
    receiver: Receiver, ada: Any
) -> None:
    made = endpoint_at(receiver.url, ada)
    webhook_endpoints.rotate_endpoint_secret(
        endpoint_id=made.pk,
        overlap_hours=24,
        secret=secret_of(2),
        acting_user=ada,
        at=AT,
    )
    told(1)
    sent()
    told(2, at=AT + DAY)
    sent(at=AT + DAY)
    both, one = (got["headers"]["webhook-signature"].split(" ") for got in receiver.got)
    assert (len(both), len(one)) == (2, 1)
    got = receiver.got[1]
    assert one == [
        signature(
            str(secret_of(2)),
            message_id=got["headers"]["webhook-id"],
            seconds=(AT + DAY) // SECOND,
            body=got["body"],
        )
    ]


def test_secrets_are_not_in_the_database_in_the_clear(receiver: Receiver, ada: Any) -> None:
    made = endpoint_at(receiver.url, ada)
    other = endpoint_at(receiver.url, ada, number=2)
    assert str(secret_of(1)).removeprefix("whsec_") not in made.sealed_secret
    Endpoint.objects.filter(pk=made.pk).update(sealed_secret=other.sealed_secret)
    told()
    assert sorted(sent()) == ["dead", "done"]  # copied from another row it opens nothing


@pytest.mark.parametrize("role", ["manager", "finance", "payee", "analyst"])
def test_only_administrators_connect_systems(
    world: World, receiver: Receiver, ada: Any, role: str
) -> None:
    made = endpoint_at(receiver.url, ada)
    told()
    user = world.users[role]
    row = Delivery.objects.get()
    for act in (
        lambda: endpoint_at(receiver.url, user),
        lambda: webhook_endpoints.turn_off(endpoint_id=made.pk, acting_user=user, at=AT),
        lambda: webhooks.send_test(endpoint_id=made.pk, acting_user=user, at=AT),
        lambda: webhooks.redeliver(delivery_id=row.pk, acting_user=user, at=AT),
    ):
        with pytest.raises(NotAllowedError):
            act()
    assert Endpoint.objects.get().state == "on"


def test_missing_objects_are_told(ada: Any) -> None:
    with pytest.raises(NotVisibleError):
        webhooks.redeliver(delivery_id=9, acting_user=ada, at=AT)
    with pytest.raises(NotVisibleError):
        webhook_endpoints.turn_on(endpoint_id=9, acting_user=ada, at=AT)


def test_all_that_is_wrong_with_an_endpoint_is_told_at_once(
    ada: Any, settings: Any
) -> None:
    settings.OPENSPIFF_WEBHOOK_NETWORKS = []
    with pytest.raises(EndpointError) as caught:
        webhook_endpoints.add_endpoint(
            endpoint=webhook_endpoints.NewEndpoint(
                name="x", label=" ", url="http://10.0.0.1/", kinds=("nothing",)
            ),
            secret=secret_of(1),
            acting_user=ada,
            at=AT,
        )
    assert [one.place for one in caught.value.problems] == ["label", "kinds", "url"]
    assert Endpoint.objects.count() == 0
    assert not AuditRow.objects.filter(action="add_endpoint").exists()


def test_what_was_told_cannot_be_rewritten(receiver: Receiver, ada: Any) -> None:
    endpoint_at(receiver.url, ada)
    told()
    for change in ({"body": "{}"}, {"message_id": "msg_x"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Delivery.objects.update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        Endpoint.objects.update(url="https://elsewhere.example/")
