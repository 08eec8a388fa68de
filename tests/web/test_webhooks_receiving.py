"""Does what a source tells take effect once, in whatever order it comes?"""

from __future__ import annotations

import itertools
import json
import logging
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from databases import Database
from django.db import connections
from django.test import Client
from hooks_world import Teller, event, secret_of, source_of
from hypothesis import given, strategies as st
from web_world import World

from openspiff.events import EVENT_COLUMNS, find_events
from openspiff.web.actions import people, webhook_sources
from openspiff.web.actions.people import NewUser, set_role
from openspiff.web.actions.webhook_events import _Event
from openspiff.web.models import AuditRow, EventBatch, HookMessage, HookRevision
from openspiff.web.queries.feed import feed_files
from openspiff.web.queries.people import user_named

DAY = 86_400_000_000
# When something came is told by the order of batches, not by what an event says.
BY_COMING = {
    *("batch_no", "event_id", "subject_id", "customer_id", "revision"),
    *("recorded_at", "entered_batch", "entered_at", "status_at"),
}


@pytest.fixture
def teller(world: World) -> Teller:
    source_of(world.users["administrator"])
    return Teller()


def events_now(user: Any) -> dict[str, dict[str, Any]]:
    """Return the current events of ana that the source told, by their ids."""
    rows = find_events(feed_files(user), payee_id="ana", limit=5_000)
    return {row["event_id"]: row for row in rows if row["source"] == "crm-live"}


def said_by(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in EVENT_COLUMNS if name not in BY_COMING}


def test_event_comes_into_the_feed(teller: Teller, world: World) -> None:
    response = teller.send(event())
    assert response.status_code == 200, response.content
    answer = response.json()
    assert (answer["new_count"], answer["is_duplicate"]) == (1, False)
    row = events_now(world.users["manager"])["H-1"]
    assert (row["amount_minor"], row["status"], row["share_ppm"]) == (
        250_000,
        "done",
        1_000_000,
    )
    assert row["occurred_at"] == 1_770_120_000_000_000
    assert AuditRow.objects.filter(action="take_hook_message").count() == 1


def test_same_message_again_does_nothing(teller: Teller) -> None:
    first = teller.send(event()).json()
    batches, audits = EventBatch.objects.count(), AuditRow.objects.count()
    again = teller.send(event())
    assert again.status_code == 200
    assert again.json() == first | {"is_duplicate": True}
    assert (EventBatch.objects.count(), AuditRow.objects.count()) == (batches, audits)


def test_other_body_under_the_same_id_is_refused(teller: Teller) -> None:
    teller.send(event())
    response = teller.send(event(revision=2, amount_minor=1))
    assert (response.status_code, response.json()["code"]) == (422, "message_reused")
    assert HookRevision.objects.count() == 1


@pytest.mark.parametrize("minutes", [-6, 6])
def test_old_message_is_refused_and_logged(
    teller: Teller, caplog: pytest.LogCaptureFixture, minutes: int
) -> None:
    at = time.time_ns() // 1000 + minutes * 60_000_000
    with caplog.at_level(logging.WARNING, "openspiff.hooks"):
        response = teller.send(event(), at=at)
    assert (response.status_code, response.json()["code"]) == (401, "forged_message")
    assert [one.why for one in caplog.records if one.name == "openspiff.hooks"] == [
        "webhook-timestamp"
    ]
    assert HookMessage.objects.count() == 0


def test_forged_message_is_refused_in_the_words_of_an_unknown_source(
    teller: Teller,
) -> None:
    said = []
    for other in (
        Teller(number=8),
        Teller(name="nobody"),
        Teller(name="No Body"),
    ):
        response = other.send(event())
        assert response.status_code == 401
        assert response["Content-Type"] == "application/problem+json"
        said.append(response.json()["code"])
    assert set(said) == {"forged_message"}
    assert teller.send(event(), webhook_id="msg_2").status_code == 401
    assert HookMessage.objects.count() == 0


def test_only_post_is_taken(teller: Teller, client: Client) -> None:
    assert teller.name
    for method in (client.get, client.put, client.delete):
        assert method("/api/hooks/crm-live/events").status_code == 405


def test_source_that_is_off_or_whose_user_was_demoted_is_refused(
    teller: Teller, world: World
) -> None:
    ada, mia = world.users["administrator"], world.users["manager"]
    webhook_sources.turn_source(source_id=1, is_on=False, acting_user=ada, at=1)
    assert teller.send(event()).status_code == 401
    webhook_sources.turn_source(source_id=1, is_on=True, acting_user=ada, at=2)
    set_role(user=mia, role="administrator", acting_user=ada, at=3)
    set_role(user=ada, role="analyst", acting_user=user_named("mia"), at=4)
    assert teller.send(event()).status_code == 403
    assert HookMessage.objects.count() == 0


def test_old_secret_holds_until_the_overlap_is_over(teller: Teller, world: World) -> None:
    ada = world.users["administrator"]
    now = time.time_ns() // 1000
    of = {"source_id": 1, "secret": secret_of(5), "acting_user": ada}
    webhook_sources.rotate_source_secret(overlap_hours=1, at=now, **of)
    assert teller.send(event(), "msg_old").status_code == 200
    assert Teller(number=5).send(event("H-2"), "msg_new").status_code == 200
    of["secret"] = secret_of(6)
    webhook_sources.rotate_source_secret(overlap_hours=0, at=now, **of)
    assert Teller(number=5).send(event("H-3"), "msg_late").status_code == 401


def test_all_that_is_wrong_is_told_at_once_and_nothing_is_taken(teller: Teller) -> None:
    wrong = [
        event(revision=0, currency="dollars"),
        event("H-2"),
        event("H-3", occurred_at=None),
        event("H-4", payees=[]),
        event("H-5", payees=[{"payee_id": "a", "share_ppm": 1}, {"payee_id": "b"}]),
        event("H-6", amount_minor=1.5, surprise=1),
        event("H\x07", occurred_at="2026-02-30T00:00:00Z"),
        "no event",
    ]
    response = teller.send(wrong)
    assert (response.status_code, response.json()["code"]) == (422, "events")
    places = [one["place"] for one in response.json()["problems"]]
    assert places == [
        "events[0].revision",
        "events[0].currency",
        "events[2]",
        "events[3].payees",
        "events[4]",
        "events[5].amount_minor",
        "events[5].surprise",
        "events[6].event_id",
        "events[6].occurred_at",
        "events[6].customer_id",
        "events[7]",
    ]
    assert HookMessage.objects.count() == HookRevision.objects.count() == 0
    assert teller.send(event("H-2")).status_code == 200  # the id is free: nothing was kept


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"\xff", b'{"events": []}', b"[" * 50_000]
)
def test_body_that_says_nothing_is_a_problem(teller: Teller, body: bytes) -> None:
    response = teller.send(body)
    assert response.status_code in {400, 415, 422}
    assert response["Content-Type"] == "application/problem+json"
    assert HookMessage.objects.count() == 0


def test_revision_says_one_thing(teller: Teller) -> None:
    teller.send([event(), event("H-2")])
    known = teller.send([event(), event("H-3")], "msg_2").json()
    assert (known["known_count"], known["new_count"]) == (1, 1)
    response = teller.send([event("H-4"), event(amount_minor=9)], "msg_3")
    assert (response.status_code, response.json()["code"]) == (422, "revision_reused")
    assert [one["place"] for one in response.json()["problems"]] == ["events[1].revision"]
    assert not HookRevision.objects.filter(event_id="H-4").exists()


@given(
    st.lists(st.sampled_from(["open", "done", "lost", "cancelled"]), min_size=1), st.data()
)
def test_status_does_not_depend_on_the_order_of_coming(
    statuses: list[str], data: st.DataObject
) -> None:
    def feed_after(order: list[int]) -> str:
        kept, feed = _Event(), ""
        for revision in order:
            kept.new = [revision]
            kept.said[revision] = {"status": statuses[revision - 1]}
            for one in kept.to_tell():
                # As the events room does it: what was not done cannot be cancelled.
                is_vain = one["status"] == "cancelled" and feed not in {"done", "cancelled"}
                feed = "lost" if is_vain else one["status"]
            assert feed == kept.status_at()[max(kept.said)]
            kept.told_status = feed
        return feed

    right = list(range(1, len(statuses) + 1))
    assert feed_after(data.draw(st.permutations(right))) == feed_after(right)


HISTORIES = {
    "cancelled": [
        {"status": "open", "occurred_at": None, "amount_minor": 100_000},
        {"status": "done", "amount_minor": 120_000},
        {"status": "done", "amount_minor": 130_000},
        {"status": "cancelled", "amount_minor": 130_000},
    ],
    "won again": [
        {"status": "done", "amount_minor": 120_000},
        {"status": "cancelled", "amount_minor": 120_000},
        {"status": "lost", "amount_minor": 0},
        {"status": "done", "amount_minor": 150_000},
    ],
    "never done": [
        {"status": "open", "occurred_at": None},
        {"status": "lost"},
        {"status": "cancelled"},
        {"status": "cancelled", "amount_minor": 7},
    ],
}


@pytest.fixture
def install(database: Database, tmp_path: Path, settings: Any) -> Any:
    """Return the administrator of an empty install, on each database, with a source."""
    assert database.vendor
    settings.OPENSPIFF_HOME = tmp_path
    (tmp_path / "feed").mkdir()
    operator = people.ensure_operator(at=1)
    new = NewUser(username="ada", role="administrator", password="correct horse battery")  # noqa: S106
    people.add_user(user=new, acting_user=operator, at=1)
    user = user_named("ada")
    source_of(user)
    return user


def test_every_order_of_messages_leaves_the_same_events(install: Any) -> None:
    orders = list(itertools.permutations(range(4)))
    teller = Teller()
    for step in range(4):
        message = [
            event(f"{name} {number}", order[step] + 1, **history[order[step]])
            for name, history in HISTORIES.items()
            for number, order in enumerate(orders)
        ]
        response = teller.send(message, f"msg_{step}")
        assert response.status_code == 200, response.content
    found = events_now(install)
    assert len(found) == len(orders) * len(HISTORIES)
    for name, history in HISTORIES.items():
        said = [said_by(found[f"{name} {number}"]) for number in range(len(orders))]
        assert [one for one in said if one != said[0]] == []  # the first came in order
        assert said[0]["amount_minor"] == history[-1].get("amount_minor", 250_000)
    last = {name: found[f"{name} 0"]["status"] for name in HISTORIES}
    assert last == {"cancelled": "cancelled", "won again": "done", "never done": "lost"}


def test_many_messages_at_once_all_take_effect_once(install: Any) -> None:
    barrier = threading.Barrier(4)
    answers: list[tuple[int, Any]] = []

    def tell(number: int) -> None:
        teller = Teller()
        barrier.wait()
        # Two send the same message, two others one each of the same event.
        message_id = "msg_same" if number < 2 else f"msg_{number}"
        revision = 1 if number < 2 else number
        for _ in range(40):
            response = teller.send(
                event("H-1", revision, amount_minor=revision * 1000), message_id
            )
            if response.status_code == 200:
                break
            time.sleep(0.05)
        answers.append((number, json.loads(response.content)))
        connections.close_all()

    threads = [threading.Thread(target=tell, args=[number]) for number in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(answers) == 4
    same = [said["is_duplicate"] for number, said in answers if number < 2]
    assert sorted(same) == [False, True]
    assert HookMessage.objects.count() == 3
    row = events_now(install)["H-1"]
    assert (row["amount_minor"], row["status"]) == (3000, "done")
    numbers = list(
        EventBatch.objects.order_by("batch_no").values_list("batch_no", flat=True)
    )
    assert numbers == list(range(1, len(numbers) + 1))
