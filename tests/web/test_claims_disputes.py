"""Is an objection raised in time, by its payee, and answered once, by somebody else?"""

from __future__ import annotations

import re
from typing import Any

import pytest
from claims_world import TODAY, dispute, photo
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from web_world import DAY, World, at_noon

from openspiff.web.access import NotAllowedError, NotVisibleError
from openspiff.web.actions import disputes as acts
from openspiff.web.actions.conflict import ConflictError
from openspiff.web.models import AuditRow, Dispute, DisputeStep

NEW = "/disputes/new/?source=crm&event=D-7&payee=ana"


def text_of(response: Any) -> str:
    main = response.content.decode().split("<main")[-1]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main)).replace("&#x27;", "'")


def answer(world: World, row: Dispute, role: str = "manager", **said: Any) -> None:
    given = {"is_upheld": False, "sentence": "The deal was 800.", **said}
    acts.answer_dispute(
        dispute_id=row.pk, acting_user=world.users[role], at=TODAY + DAY, **given
    )


def test_dispute_has_a_clock_a_step_and_one_audit_row(world: World) -> None:
    row = dispute(world)
    assert dispute(world) == row  # the same form again
    assert (row.state, row.due_at - row.raised_at) == ("open", 30 * DAY)
    answer(world, row)
    steps = [(one.to_state, one.sentence) for one in DisputeStep.objects.order_by("pk")]
    assert steps == [
        ("open", "It was 1,800, not 800."),
        ("declined", "The deal was 800."),
    ]
    actions = AuditRow.objects.filter(object_kind="dispute").values_list(
        "action", flat=True
    )
    assert list(actions) == ["dispute_open", "dispute_declined"]


def test_number_of_days_is_a_setting_and_the_last_day_counts(
    world: World, settings: Any
) -> None:
    settings.OPENSPIFF_DISPUTE_DAYS = 10
    with pytest.raises(acts.DisputeError) as caught:
        dispute(world, known_at=TODAY - 10 * DAY, reason=" ")
    assert [one.place for one in caught.value.problems] == ["reason", "event"]
    assert dispute(world, known_at=TODAY - 10 * DAY + 1).due_at == TODAY + 10 * DAY


def test_event_is_disputed_once_at_a_time(world: World) -> None:
    row = dispute(world)
    with pytest.raises(acts.DisputeError, match="already"):
        dispute(world, "again")
    answer(world, row)
    assert dispute(world, "again").pk != row.pk


def test_first_answer_stands_and_the_second_manager_is_told_whose(world: World) -> None:
    row = dispute(world)
    answer(world, row, is_upheld=True)
    with pytest.raises(ConflictError, match="Mia has answered it"):
        answer(world, row, role="administrator")
    row.refresh_from_db()
    assert row.state == "upheld"
    with pytest.raises(IntegrityError):
        Dispute.objects.filter(pk=row.pk).update(state="open")


def test_nobody_answers_their_own_and_only_managers_do(world: World) -> None:
    row = dispute(world)
    user = world.users["manager"]
    user.payee_id = "ana"
    user.save()
    for role in ("manager", "analyst", "finance", "payee"):
        with pytest.raises(NotAllowedError):
            answer(world, row, role=role)
    with pytest.raises(acts.DisputeError):
        answer(world, row, role="administrator", sentence=" ")
    row.pk = 77
    with pytest.raises(NotVisibleError):
        answer(world, row, role="administrator")


def test_payee_disputes_from_the_page_and_both_see_the_clock(
    client: Client, world: World, settings: Any
) -> None:
    settings.OPENSPIFF_AT = TODAY
    client.force_login(world.users["payee"])
    why = client.get("/payees/ana/why/?source=crm&event=D-7").content.decode()
    assert "/disputes/new/?source=crm&amp;event=D-7&amp;payee=ana" in why
    text = text_of(client.get(NEW))
    assert "You can dispute it until 9 Apr 2026." in text
    empty = client.post(NEW, {"token": "x", "reason": ""})
    assert (empty.status_code, Dispute.objects.count()) == (400, 0)
    files = [SimpleUploadedFile("a.png", photo(1))]
    sent = {"token": "x", "reason": "The limit was raised.", "evidence": files}
    where = client.post(NEW, sent).headers["Location"]
    assert "answer due in 30 days" in text_of(client.get(where))
    assert "It is disputed already." in text_of(client.get(NEW))
    client.force_login(world.users["manager"])
    settings.OPENSPIFF_AT = TODAY + 31 * DAY
    assert "1 day late" in text_of(client.get("/disputes/"))
    assert "1 overdue" in text_of(client.get("/claims/queue/"))
    assert client.post(f"{where}answer/", {"answer": "upheld"}).status_code == 400
    done = {"answer": "upheld", "sentence": "You are right."}
    assert client.post(f"{where}answer/", done).status_code == 302
    assert client.post(f"{where}answer/", done).status_code == 409
    client.force_login(world.users["payee"])
    assert "You are right." in text_of(client.get(where))


def test_too_late_is_said_with_the_day(client: Client, world: World, settings: Any) -> None:
    settings.OPENSPIFF_AT = at_noon(4, 20)
    client.force_login(world.users["payee"])
    assert "Too late: it could be disputed until 9 Apr 2026" in text_of(client.get(NEW))
    late = client.post(NEW, {"token": "x", "reason": "Still wrong."})
    assert (late.status_code, Dispute.objects.count()) == (400, 0)


def test_list_asks_the_database_as_often_for_many_as_for_one(
    client: Client, world: World
) -> None:
    client.force_login(world.users["manager"])
    counts = []
    for number in range(4):
        dispute(world, f"{number}", event_id=f"D-{number}")
        with CaptureQueriesContext(connection) as asked:
            assert client.get("/disputes/").status_code == 200
        counts.append(len(asked))
    assert len(set(counts)) == 1
