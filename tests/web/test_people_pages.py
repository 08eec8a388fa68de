"""How do administrators look after people, and everybody after their own entry?"""

from __future__ import annotations

import threading
from typing import Any

import pytest
from databases import Database
from django.db import connection
from django.test import Client
from web_world import PASSWORD, World, at_noon

from openspiff.web.access import NotAllowedError, NotVisibleError
from openspiff.web.actions import people as acts
from openspiff.web.actions.conflict import ConflictError
from openspiff.web.actions.sessions import end_session, end_sessions_of
from openspiff.web.models import AuditRow, User, WebSession
from openspiff.web.queries import users
from openspiff.web.views._browsers import browser_words

AT = at_noon(4, 1)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
ROLE = {"role": "finance", "payee_id": "", "firm_id": ""}


def enter(username: str, **more: Any) -> Client:
    client = Client(**more)
    said = {"username": username, "password": PASSWORD}
    assert client.post("/sign-in/", said).status_code == 302
    return client


def test_everybody_is_listed_with_role_and_found_by_name_or_role(world: World) -> None:
    assert world.users
    client = enter("ada")
    page = client.get("/people/").content.decode()
    assert "Ana Ruiz" in page
    assert "10 people" in page
    assert "No invitation is open." in page
    assert "2 people for “finance”" in client.get("/people/?q=finance").content.decode()
    assert "Nobody fits “zzz”." in client.get("/people/?q=zzz").content.decode()
    assert client.get("/people/?q=%00&page=0").status_code == 200


def test_number_of_queries_does_not_grow_with_the_people(
    world: World, django_assert_num_queries: Any
) -> None:
    client = enter("ada")
    counted: list[int] = []
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    for count in (0, 40):
        for number in range(count):
            acts.add_user(
                user=acts.NewUser(username=f"user{number}", role="manager"),
                acting_user=world.users["administrator"],
                at=1,
            )
        for address in ("/people/", "/people/7/", "/you/sessions/"):
            with CaptureQueriesContext(connection) as found:
                assert client.get(address).status_code == 200
            counted.append(len(found))
    assert counted[:3] == counted[3:]
    assert max(counted) < 12
    assert django_assert_num_queries


def test_role_is_changed_on_the_page_and_kept_when_it_is_unknown(world: World) -> None:
    client = enter("ada")
    number = world.users["analyst"].pk
    assert client.post(f"/people/{number}/role/", ROLE).status_code == 302
    assert User.objects.get(pk=number).role == "finance"
    said = {"role": "root", "payee_id": "", "firm_id": ""}
    refused = client.post(f"/people/{number}/role/", said)
    assert refused.status_code == 409
    assert "is no role" in refused.content.decode()
    said = {"role": "firm_owner", "payee_id": "", "firm_id": "south"}
    assert client.post(f"/people/{number}/role/", said).status_code == 302
    user = User.objects.get(pk=number)
    assert (user.role, user.firm_id) == ("firm_owner", "south")


def test_last_administrator_stays(world: World) -> None:
    operator = acts.ensure_operator(at=1)
    administrator = world.users["administrator"]
    for change in (
        lambda: acts.set_role(
            user=administrator, role="analyst", acting_user=operator, at=1
        ),
        lambda: acts.set_active(
            user=administrator, is_active=False, acting_user=operator, at=1
        ),
    ):
        with pytest.raises(acts.UserError, match="keeps an administrator"):
            change()
    acts.set_role(
        user=world.users["analyst"], role="administrator", acting_user=operator, at=1
    )
    acts.set_role(user=administrator, role="analyst", acting_user=operator, at=1)
    assert User.objects.get(username="ada").role == "analyst"


def test_two_administrators_cannot_put_each_other_out_at_once(database: Database) -> None:
    operator = acts.ensure_operator(at=1)
    both = [
        acts.add_user(
            user=acts.NewUser(username=name, role="administrator"),
            acting_user=operator,
            at=1,
        )
        for name in ("one", "two")
    ]
    start = threading.Barrier(2)
    outcomes: list[str] = []

    def put_out(actor: User, other: User) -> None:
        start.wait()
        try:
            acts.set_role(user=other, role="analyst", acting_user=actor, at=2)
            outcomes.append("done")
        except acts.UserError:
            outcomes.append("refused")
        finally:
            connection.close()

    # Each thread with records of its own, as two requests have.
    again = [User.objects.get(pk=one.pk) for one in reversed(both)]
    threads = [threading.Thread(target=put_out, args=pair) for pair in (both, again)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(outcomes) == ["done", "refused"]
    assert (
        User.objects.filter(role="administrator").exclude(username="operator").count() == 1
    )
    assert database.vendor in {"sqlite", "postgresql"}


def test_whoever_is_let_in_no_longer_is_out_at_once_and_may_come_back(
    world: World,
) -> None:
    client, other = enter("ada"), enter("abe")
    address = f"/people/{world.users['analyst'].pk}/active/"
    assert client.post(address, {"is_active": "0"}).status_code == 302
    assert other.get("/programs/").status_code == 302
    assert client.post(address, {"is_active": "0"}).status_code == 409
    refused = Client().post("/sign-in/", {"username": "abe", "password": PASSWORD})
    assert refused.status_code == 400
    assert client.post(address, {"is_active": "1"}).status_code == 302
    enter("abe")
    assert AuditRow.objects.filter(action="set_active").count() == 2


def test_operator_is_not_put_out(world: World) -> None:
    operator = acts.ensure_operator(at=1)
    with pytest.raises(acts.UserError, match="operator"):
        acts.set_active(
            user=operator,
            is_active=False,
            acting_user=world.users["administrator"],
            at=1,
        )


@pytest.mark.parametrize("role", ["manager", "finance", "analyst", "payee", "firm_owner"])
def test_nobody_else_looks_after_people(world: World, role: str) -> None:
    actor, other = world.users[role], world.users["checker"]
    for change in (
        lambda: acts.set_role(user=other, role="analyst", acting_user=actor, at=1),
        lambda: acts.set_active(user=other, is_active=False, acting_user=actor, at=1),
        lambda: end_sessions_of(user=other, acting_user=actor, at=1),
    ):
        with pytest.raises(NotAllowedError):
            change()
    for look in (
        lambda: users.users_visible(actor),
        lambda: users.user_visible(actor, other.pk),
        lambda: users.sessions(actor, other),
        lambda: users.sign_ins(actor, other),
        lambda: users.factors(actor, other),
    ):
        with pytest.raises(NotVisibleError):
            look()


def test_sessions_are_listed_in_words_and_end_one_by_one(world: World) -> None:
    here, there = enter("mia"), enter("mia", HTTP_USER_AGENT=FIREFOX)
    enter("abe")
    page = here.get("/you/sessions/").content.decode()
    assert "Firefox on Linux" in page
    assert "by password" in page
    keys = set(WebSession.objects.values_list("session_key", flat=True))
    assert not [key for key in keys if key in page]
    (other,) = [
        one.session_id
        for one in users.sessions(world.users["manager"], world.users["manager"])
        if one.browser
    ]
    with pytest.raises(NotVisibleError):
        end_session(session_id=other, acting_user=world.users["analyst"], at=AT)
    assert here.post("/you/sessions/end/", {"session": other}).status_code == 302
    assert there.get("/programs/").status_code == 302
    assert here.get("/programs/").status_code == 200
    assert here.post("/you/sessions/end/", {"session": other}).status_code == 404
    assert AuditRow.objects.filter(action="end_sessions").count() == 1


def test_all_other_sessions_end_at_once(world: World) -> None:
    assert world.users
    here, *others = (enter("mia") for _ in range(3))
    stays = enter("abe")
    assert here.post("/you/sessions/end/").status_code == 302
    assert here.get("/programs/").status_code == 200
    assert {one.get("/programs/").status_code for one in others} == {302}
    assert stays.get("/programs/").status_code == 200


def test_administrator_ends_every_session_of_somebody(world: World) -> None:
    client, other = enter("ada"), enter("mia")
    number = world.users["manager"].pk
    assert client.post(f"/people/{number}/sessions/").status_code == 302
    assert other.get("/programs/").status_code == 302
    assert client.get("/people/").status_code == 200


def test_expired_sessions_are_swept_at_the_next_sign_in(world: World) -> None:
    import datetime as dt  # noqa: PLC0415

    enter("mia")
    WebSession.objects.update(expire_date=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    enter("abe")
    (row,) = WebSession.objects.all()
    assert row.user == world.users["analyst"]


def test_profile_is_changed_and_what_is_wrong_is_told_beside_it(world: World) -> None:
    client = enter("mia")
    User.objects.filter(username="abe").update(email="abe@example.org")
    wrong = client.post("/you/", {"name": "Mia L", "email": "ABE@example.org"})
    assert wrong.status_code == 400
    assert "belongs to somebody else" in wrong.content.decode()
    assert 'value="Mia L"' in wrong.content.decode()
    good = {"name": "Mia L", "email": "mia@example.org"}
    assert client.post("/you/", good).status_code == 302
    row = AuditRow.objects.get(action="set_profile")
    assert row.before == {"name": "Mia", "email": ""}
    with pytest.raises(ConflictError):
        acts.set_profile(name="Other", email="", acting_user=world.users["manager"], at=AT)


def test_password_needs_the_old_one_and_every_problem_is_told(world: World) -> None:
    client = enter("mia")
    refused = client.post("/you/password/", {"old": "wrong", "password": "short"})
    assert refused.status_code == 400
    text = refused.content.decode()
    assert "not the password of now" in text
    assert "too short" in text
    assert world.users["manager"].check_password(PASSWORD)


def test_old_password_cannot_be_guessed_in_an_open_session(world: World) -> None:
    assert world.users
    client = enter("mia")
    wrong = {"old": "wrong", "password": "four quiet winter mornings"}
    for _ in range(10):
        assert client.post("/you/password/", wrong).status_code == 400
    refused = client.post("/you/password/", {**wrong, "old": PASSWORD})
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "900")


def test_address_and_first_password_are_set_only_by_who_has_just_confirmed(
    world: World,
) -> None:
    user = world.users["manager"]
    client = Client()
    client.force_login(user)
    said = {"name": "Mia", "email": "thief@example.org"}
    asked = client.post("/you/", said)
    assert asked.headers["Location"] == "/confirm/?next=/you/"
    assert client.post("/you/", {"name": "Mia L", "email": ""}).status_code == 302
    user.refresh_from_db()
    assert (user.name, user.email) == ("Mia L", "")
    user.set_unusable_password()
    user.save()
    client.force_login(user)
    new = {"old": "", "password": "four quiet winter mornings"}
    for response in (client.get("/you/password/"), client.post("/you/password/", new)):
        assert response.headers["Location"] == "/confirm/?next=/you/password/"
    user.refresh_from_db()
    assert not user.has_usable_password()


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (FIREFOX, "Firefox on Linux"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604",
            "Safari on iPhone",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140 Safari/537 Edg/140", "Edge on Windows"),
        ("curl/8.0", "curl"),
        ("", ""),
    ],
)
def test_browser_is_told_in_words(said: str, words: str) -> None:
    assert browser_words(said) == words
