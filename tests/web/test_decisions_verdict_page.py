"""Who decides what becomes of a program, on what, and can it be told afterwards?"""

from __future__ import annotations

from typing import Any

import pytest
from decisions_world import measure_again, newest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from web_world import World, add_answer, at_noon

from openspiff.web.access import NotAllowedError, NotVisibleError
from openspiff.web.actions import decisions as acts
from openspiff.web.actions.measurements import MeasurementRecordError
from openspiff.web.models import AuditRow, VerdictRecord
from openspiff.web.queries import decisions

URL = "/programs/spring/verdict/"


def sent(world: World, **changes: Any) -> dict[str, Any]:
    verdicts = decisions.verdicts_of(world.users["manager"], "spring")
    return {
        "measurement_id": newest(world).measurement_id,
        "after_id": verdicts[0].verdict_id if verdicts else "",
        "verdict": "cannot_tell",
        "reasons": "Too few payees.",
        "deviates_because": "",
    } | changes


def decided(world: World, **changes: Any) -> VerdictRecord:
    found = sent(world, **changes)
    found["after_id"] = found["after_id"] or None
    new = acts.NewVerdict(program_id="spring", **found)
    return acts.decide(new=new, acting_user=world.users["manager"], at=at_noon(4, 9))


def test_form_shows_the_rule_what_it_suggests_and_earlier_verdicts(
    client: Client, world: World
) -> None:
    add_answer(world)
    client.force_login(world.users["manager"])
    page = client.get(URL).content.decode()
    assert "The rule stated before launch suggests: We cannot tell" in page
    assert "A verdict needs an interval without zero." in page
    assert "Four payees cannot show it" in page
    assert "The rule needs more payees than we have." in page


def test_verdict_is_recorded_in_the_name_of_whoever_decided(
    client: Client, world: World
) -> None:
    add_answer(world)
    client.force_login(world.users["administrator"])
    response = client.post(URL, sent(world))
    assert response.status_code == 302
    last = decisions.verdicts_of(world.users["analyst"], "spring")[0]
    assert (last.verdict, last.suggested, last.decided_by) == (
        *("cannot_tell", "cannot_tell", "ada"),
    )
    assert AuditRow.objects.filter(action="record_verdict").count() == 2
    page = client.get("/programs/spring/measured/").content.decode()
    assert "decided by ada" in page


def test_another_verdict_than_the_suggested_one_says_why(
    client: Client, world: World
) -> None:
    add_answer(world)
    client.force_login(world.users["manager"])
    said = sent(world, verdict="repeat", reasons="It went well.")
    response = client.post(URL, said)
    assert response.status_code == 400
    page = response.content.decode()
    assert "This is not what the rule suggests: say why." in page
    assert "It went well." in page  # nothing typed is lost
    assert VerdictRecord.objects.count() == 1
    response = client.post(URL, said | {"deviates_because": "A second test agrees."})
    assert response.status_code == 302
    assert VerdictRecord.objects.order_by("id").last().deviates_because  # type: ignore[union-attr]


def test_all_that_is_missing_is_told_at_once(client: Client, world: World) -> None:
    add_answer(world)
    client.force_login(world.users["manager"])
    page = client.post(URL, sent(world, verdict="", reasons=" ")).content.decode()
    assert "Choose one of the four." in page
    assert "A verdict has reasons." in page
    with pytest.raises(MeasurementRecordError) as caught:
        decided(world, verdict="perhaps", reasons=" ")
    assert {one.place for one in caught.value.problems} == {
        *("verdict", "reasons", "deviates_because"),
    }


def test_somebody_who_decided_meanwhile_is_named_and_nothing_is_lost(
    client: Client, world: World
) -> None:
    add_answer(world)
    client.force_login(world.users["manager"])
    mine = sent(world, reasons="Mine, typed at length.")
    acts.decide(
        new=acts.NewVerdict(program_id="spring", **{**sent(world), "reasons": "Hers."}),
        acting_user=world.users["administrator"],
        at=at_noon(4, 8),
    )
    response = client.post(URL, mine)
    assert response.status_code == 409
    page = response.content.decode()
    assert "ada has decided meanwhile" in page
    assert "Mine, typed at length." in page
    assert VerdictRecord.objects.count() == 2


def test_verdict_on_a_measurement_that_is_no_longer_the_newest_is_refused(
    world: World,
) -> None:
    add_answer(world)
    before = newest(world).measurement_id
    measure_again(world)
    with pytest.raises(acts.ConflictError, match="measured again"):
        decided(world, measurement_id=before)
    with pytest.raises(NotVisibleError):
        decided(world, measurement_id=99)
    assert VerdictRecord.objects.count() == 1


def test_program_without_measurement_has_nothing_to_decide_on(
    client: Client, world: World
) -> None:
    client.force_login(world.users["manager"])
    page = client.get(URL).content.decode()
    assert "There is nothing to decide on yet." in page
    assert "<textarea" not in page
    assert client.post(URL, {"verdict": "repeat"}).status_code == 400
    assert client.get("/programs/none/verdict/").status_code == 404


def test_only_managers_and_administrators_decide(client: Client, world: World) -> None:
    add_answer(world)
    for role in ("finance", "analyst", "firm_owner", "payee"):
        client.force_login(world.users[role])
        assert client.post(URL, sent(world)).status_code == 403
        new = acts.NewVerdict(
            program_id="spring",
            measurement_id=1,
            after_id=1,
            verdict="cannot_tell",
            reasons="x",
        )
        with pytest.raises(NotAllowedError):
            acts.decide(new=new, acting_user=world.users[role], at=1)
    assert VerdictRecord.objects.count() == 1


def test_the_database_itself_refuses_a_deviation_without_a_reason(world: World) -> None:
    add_answer(world)
    row = VerdictRecord.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        VerdictRecord.objects.create(
            measurement=row.measurement,
            verdict="repeat",
            suggested="retire",
            reasons="x",
            decided_at=1,
            decided_by=row.decided_by,
        )


def test_page_asks_as_often_for_many_verdicts_as_for_one(
    client: Client, world: World
) -> None:
    add_answer(world)
    client.force_login(world.users["manager"])
    with CaptureQueriesContext(connection) as one:
        assert client.get(URL).status_code == 200
    for _ in range(3):
        decided(world)
    with CaptureQueriesContext(connection) as many:
        assert client.get(URL).status_code == 200
    assert len(many) == len(one)
