"""Do the short ways into a page let in nobody whom the long ones would not?"""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from databases import Database, connected
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from web_world import World

from openspiff.web._postgresql import often_cursor
from openspiff.web.models import User, WebSession
from openspiff.web.views._places import own_pages

PAGE = "/you/"


def is_in(client: Client) -> bool:
    """Tell whether a page of somebody signed in comes."""
    return client.get(PAGE).status_code == 200


@pytest.fixture
def signed_in(client: Client, world: World) -> Client:
    client.force_login(world.users["payee"])
    assert is_in(client)
    return client


def test_session_and_user_come_by_one_look_up(signed_in: Client) -> None:
    with CaptureQueriesContext(connection) as asked:
        assert is_in(signed_in)
    about = [one for one in asked.captured_queries if "web_user" in one["sql"]]
    assert len(about) == 1
    assert "web_websession" in about[0]["sql"]


def test_user_who_was_shut_out_is_stopped_at_the_next_click(
    signed_in: Client, world: World
) -> None:
    User.objects.filter(pk=world.users["payee"].pk).update(is_active=False)
    assert not is_in(signed_in)


def test_new_password_ends_the_session(signed_in: Client, world: World) -> None:
    User.objects.filter(pk=world.users["payee"].pk).update(password="!")  # noqa: S106 (opens nothing)
    assert not is_in(signed_in)
    assert not WebSession.objects.exists()


def test_demoted_user_has_the_new_role_at_the_next_click(
    client: Client, world: World
) -> None:
    client.force_login(world.users["manager"])
    assert client.get("/drafts/new/").status_code == 200
    User.objects.filter(pk=world.users["manager"].pk).update(role="analyst")
    assert client.get("/drafts/new/").status_code == 403


def test_session_that_is_over_or_deleted_is_nobodys(signed_in: Client) -> None:
    WebSession.objects.update(expire_date="2020-01-01T00:00:00Z")
    assert not is_in(signed_in)
    WebSession.objects.all().delete()
    assert not is_in(signed_in)


def test_session_that_names_another_user_than_its_row_follows_its_content(
    signed_in: Client, world: World
) -> None:
    WebSession.objects.update(user=world.users["manager"])
    page = signed_in.get("/").headers["Location"]
    assert page == "/home/"


def test_new_signing_key_with_the_old_one_kept_lets_people_in(
    signed_in: Client, settings: Any
) -> None:
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = settings.SECRET_KEY[::-1]
    assert is_in(signed_in)
    settings.SECRET_KEY_FALLBACKS = []
    assert is_in(signed_in)


def test_way_in_that_is_no_longer_offered_is_closed(
    signed_in: Client, settings: Any
) -> None:
    settings.AUTHENTICATION_BACKENDS = [
        "allauth.account.auth_backends.AuthenticationBackend"
    ]
    assert not is_in(signed_in)


@pytest.mark.parametrize(
    "payee_id", ["ana", "a/b", "ü & ~payee~", "x'<b>", "~firm~", "%41"]
)
def test_own_addresses_are_those_of_the_pages(payee_id: str) -> None:
    for name, url in own_pages(payee_id).items():
        assert url == reverse(name, kwargs={"payee_id": payee_id})


def test_bar_leads_each_to_their_own(client: Client, world: World) -> None:
    client.force_login(world.users["payee"])
    page = client.get("/home/").content.decode()
    assert '<a href="/payees/ana/statement/">Statement</a>' in page
    assert '<a href="/home/" aria-current="page">Home</a>' in page
    User.objects.filter(pk=world.users["payee"].pk).update(payee_id="o'neil & co")
    page = client.get("/home/").content.decode()
    assert "/payees/o&#x27;neil%20&amp;co" not in page
    assert '<a href="/payees/o&#x27;neil%20&amp;%20co/statement/">Statement</a>' in page
    assert "/payees/ana/" not in page


def test_page_of_somebody_else_is_not_ones_own_place(client: Client, world: World) -> None:
    client.force_login(world.users["finance"])
    User.objects.filter(pk=world.users["finance"].pk).update(payee_id="zoe")
    assert (
        'aria-current="page"' not in client.get("/payees/ana/statement/").content.decode()
    )


@pytest.mark.postgres
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_connection_that_the_server_has_closed_is_opened_anew(database: Database) -> None:
    connection.ensure_connection()
    first = connection.connection
    assert connection.is_usable()
    User.objects.count()
    with database_admin(database) as admin:
        admin.execute(
            "select pg_terminate_backend(%s, 10000)",  # waits until it is gone
            [first.info.backend_pid],
        )
    connection.health_check_done = False
    User.objects.count()
    assert connection.connection is not first


@pytest.mark.postgres
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.parametrize(("asked", "kept"), [("", 1), ("?prepared=0", 0)])
def test_what_is_asked_often_is_kept_by_the_server_where_it_may(
    database: Database, asked: str, kept: int
) -> None:
    joined = asked.replace("?", "&") if "?" in database.url else asked
    with connected(attrs.evolve(database, url=f"{database.url}{joined}")):
        for number in range(8):
            with often_cursor() as cursor:
                cursor.execute("select count(*) from web_user where id = %s", [number])
                assert cursor.fetchone() == (0,)
        assert User.objects.filter(pk__in=[1, 2]).count() == 0
        with connection.cursor() as cursor:
            cursor.execute("select count(*) from pg_prepared_statements")
            assert cursor.fetchone() == (kept,)


def database_admin(database: Database) -> Any:
    import psycopg  # noqa: PLC0415 (comes with PostgreSQL only)

    return psycopg.connect(database.url, autocommit=True)
