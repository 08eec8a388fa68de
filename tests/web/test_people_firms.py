"""What does a firm decide, and what does it see of its people?"""

from __future__ import annotations

import datetime as dt
import re
import threading
from typing import Any

import pytest
from databases import Database
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from web_world import World, at_noon

from openspiff.web.access import NotAllowedError, NotVisibleError
from openspiff.web.actions.conflict import ConflictError
from openspiff.web.actions.firms import ConsentError, leave_firm, record_consent
from openspiff.web.actions.people import NewUser, add_user, ensure_operator
from openspiff.web.models import AuditRow, FirmConsent, PayeeName, Transfer, User
from openspiff.web.queries.firms import firm, firm_consents, firms_visible
from openspiff.web.views import _doors

AT = at_noon(4, 1)
DAY = dt.date(2026, 4, 1)


@pytest.fixture(autouse=True)
def confirmed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let everybody have shown just now who they are."""
    monkeypatch.setattr(_doors, "is_confirmed", lambda _request: True)


def say(world: World, role: str, firm_id: str = "south", **said: Any) -> FirmConsent:
    return record_consent(
        **{
            "firm_id": firm_id,
            "is_given": True,
            "name_typed": "Sol Vega",
            "seen_number": 0,
            "acting_user": world.users[role],
            "at": AT,
            "given_on": DAY,
            **said,
        }
    )


def text_of(client: Client, world: World, url: str, role: str) -> str:
    client.force_login(world.users[role])
    response = client.get(url)
    assert response.status_code == 200
    main = response.content.decode().split("<main")[1]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


def test_owner_consents_with_name_and_date_and_withdraws(
    client: Client, world: World
) -> None:
    client.force_login(world.users["other_owner"])
    assert (
        "pays individual people of our firm"
        in client.get("/firms/south/consent/").content.decode()
    )
    assert (
        client.post("/firms/south/consent/", {"name": "", "seen": "0"}).status_code == 400
    )
    said = {"name": "Sol Vega", "seen": "0"}
    assert client.post("/firms/south/consent/", said).status_code == 302
    told = text_of(client, world, "/firms/south/", "other_owner")
    assert "Signed by Sol Vega on" in told
    again = {"name": "Sol Vega", "seen": "1"}
    assert client.post("/firms/south/consent/", again).status_code == 302
    rows = list(FirmConsent.objects.filter(firm_id="south").order_by("number"))
    assert [(one.number, one.is_given) for one in rows] == [(1, True), (2, False)]
    assert [one.text_version for one in rows] == ["2026-11", "2026-11"]
    assert AuditRow.objects.filter(action="record_consent", object_id="south").count() == 2


def test_word_given_meanwhile_is_not_spoken_over(client: Client, world: World) -> None:
    say(world, "other_owner")
    client.force_login(world.users["other_owner"])
    stale = client.post("/firms/south/consent/", {"name": "Sol Vega", "seen": "0"})
    assert stale.status_code == 409
    assert FirmConsent.objects.filter(firm_id="south").count() == 1


def test_two_words_at_once_leave_one(database: Database) -> None:
    operator = ensure_operator(at=1)
    PayeeName.objects.create(payee_id="cleo", name="Cleo", firm_id="south")
    owner = add_user(
        user=NewUser(username="sol", role="firm_owner", firm_id="south"),
        acting_user=operator,
        at=1,
    )
    start = threading.Barrier(4)
    outcomes: list[str] = []

    def speak() -> None:
        start.wait()
        try:
            record_consent(
                firm_id="south",
                is_given=True,
                name_typed="Sol",
                seen_number=0,
                acting_user=owner,
                at=AT,
                given_on=DAY,
            )
            outcomes.append("said")
        except (ConflictError, ConsentError):
            outcomes.append("late")
        finally:
            connection.close()

    threads = [threading.Thread(target=speak) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(outcomes) == ["late", "late", "late", "said"]
    assert database.vendor in {"sqlite", "postgresql"}


def test_every_problem_of_a_consent_is_told_at_once(world: World) -> None:
    with pytest.raises(ConsentError) as refused:
        say(
            world,
            "other_owner",
            name_typed=" ",
            is_given=False,
            given_on=DAY + dt.timedelta(days=9),
        )
    assert [one.place for one in refused.value.problems] == ["name", "day", "firm"]
    assert not FirmConsent.objects.filter(firm_id="south").exists()


def test_manager_records_a_paper_with_its_day(client: Client, world: World) -> None:
    client.force_login(world.users["manager"])
    assert (
        client.post("/firms/south/consent/", {"name": "Sol Vega", "seen": "0"}).status_code
        == 400
    )
    said = {"name": "Sol Vega", "seen": "0", "given_on": "2026-02-03"}
    assert client.post("/firms/south/consent/", said).status_code == 302
    row = FirmConsent.objects.get(firm_id="south")
    assert (row.is_on_paper, row.given_on) == (True, dt.date(2026, 2, 3))
    assert row.recorded_by == world.users["manager"]
    assert "on paper, recorded by Mia" in text_of(client, world, "/firms/south/", "manager")


@pytest.mark.parametrize(
    ("role", "error"),
    [
        ("firm_owner", NotVisibleError),
        ("payee", NotVisibleError),
        ("finance", NotAllowedError),
        ("analyst", NotAllowedError),
    ],
)
def test_nobody_else_speaks_for_a_firm(
    world: World, role: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        say(world, role)
    assert not FirmConsent.objects.filter(firm_id="south").exists()


def test_owner_sees_the_own_people_with_what_the_books_say(
    client: Client, world: World
) -> None:
    told = text_of(client, world, "/firms/north/", "firm_owner")
    # Ana earned 300.00 and was paid 195.00, Ben earned and was paid 250.00.
    assert "Earned by your people $550.00" in told
    assert "Paid to them $445.00" in told
    assert "Still to come $105.00" in told
    assert "Ana Ruiz $300.00 paid $195.00 comes in" in told
    assert "Ben Ode $250.00 paid $250.00 not invited yet" in told
    assert "Cleo" not in told
    found = firm(world.users["firm_owner"], "north")
    assert sum(one.owed_minor for one in found.money) == sum(
        one.owed_minor for payee in found.payees for one in payee.money
    )


def test_staff_see_every_firm_and_its_consent(client: Client, world: World) -> None:
    told = text_of(client, world, "/firms/", "analyst")
    assert "north consents 2 Jan 2026, Nora Lind 2" in told
    assert "south no answer yet 2" in told
    assert "2 firms; 1 has consented" in told
    assert [one.firm_id for one in firms_visible(world.users["finance"]).firms] == [
        "north",
        "south",
    ]
    assert set(firm_consents(world.users["finance"])) == {"north"}
    with pytest.raises(NotVisibleError):
        firms_visible(world.users["firm_owner"])
    with pytest.raises(NotVisibleError):
        firm_consents(world.users["payee"])


def test_whoever_left_comes_in_no_longer_and_keeps_what_was_earned(
    client: Client, world: World
) -> None:
    client.force_login(world.users["firm_owner"])
    number = world.users["payee"].pk
    before = Transfer.objects.count()
    assert client.post(f"/firms/north/people/{number}/left/").status_code == 302
    assert not User.objects.get(pk=number).is_active
    assert Transfer.objects.count() == before
    assert "has left" in text_of(client, world, "/firms/north/", "firm_owner")
    assert client.post(f"/firms/north/people/{number}/left/").status_code == 409
    assert AuditRow.objects.get(action="leave_firm").object_id == "ana"


def test_owner_puts_out_nobody_of_another_firm_nor_themselves(world: World) -> None:
    owner = world.users["firm_owner"]
    for role in ("other_payee", "other_owner", "manager", "administrator"):
        with pytest.raises(NotVisibleError):
            leave_firm(user_id=world.users[role].pk, acting_user=owner, at=AT)
    with pytest.raises(NotAllowedError):
        leave_firm(user_id=owner.pk, acting_user=owner, at=AT)
    with pytest.raises(NotAllowedError):
        leave_firm(user_id=owner.pk, acting_user=world.users["manager"], at=AT)
    assert User.objects.filter(is_active=False).count() == 0


def test_number_of_queries_does_not_grow_with_the_firm(
    client: Client, world: World
) -> None:
    client.force_login(world.users["firm_owner"])
    counted = []
    for count in (0, 30):
        PayeeName.objects.bulk_create(
            PayeeName(payee_id=f"p{number}", name=f"P {number}", firm_id="north")
            for number in range(count)
        )
        with CaptureQueriesContext(connection) as found:
            assert client.get("/firms/north/").status_code == 200
        counted.append(len(found))
    assert counted[0] == counted[1] < 20
    client.force_login(world.users["analyst"])
    counted = []
    for count in (0, 30):
        PayeeName.objects.bulk_create(
            PayeeName(payee_id=f"q{number}", name="Q", firm_id=f"f{number}")
            for number in range(count)
        )
        with CaptureQueriesContext(connection) as found:
            assert client.get("/firms/").status_code == 200
        counted.append(len(found))
    assert counted[0] == counted[1] < 12


def test_firm_without_anybody_on_the_roster_says_what_will_be_here(
    client: Client, world: World
) -> None:
    user = world.users["other_owner"]
    User.objects.filter(pk=user.pk).update(firm_id="west")
    user.refresh_from_db()
    assert "Nobody of this firm is on the roster." in text_of(
        client, world, "/firms/west/", "other_owner"
    )
