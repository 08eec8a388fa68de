"""Who may give a report away, what does a link open, and when does it stop?"""

from __future__ import annotations

import re
import time

import pytest
from databases import Database
from decisions_world import (
    NAME,
    TAKEN_BACK,
    newest,
    share,
    shared_address,
    take_back,
)
from django.core import signing
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from web_world import TEXT, World, add_answer, at_noon

from openspiff.web.access import NotAllowedError, NotVisibleError
from openspiff.web.actions import decisions_sharing as acts
from openspiff.web.actions.decisions import ConflictError
from openspiff.web.actions.people import ensure_operator
from openspiff.web.actions.programs import add_program_draft
from openspiff.web.models import AuditRow, ShareLink, ShareOpening, ShareRevocation
from openspiff.web.queries import decisions_sharing as queries

URL = "/programs/spring/links/"
NOW = time.time_ns() // 1000
DAY = 86_400_000_000


def form(world: World, **changes: object) -> dict[str, object]:
    found = {"note": "The board", "days": 7}
    return found | {"measurement_id": newest(world).measurement_id} | changes


def test_link_opens_a_copy_that_hides_small_groups_without_signing_in(
    client: Client, world: World
) -> None:
    add_answer(world)
    link = share(world)
    response = client.get(shared_address())
    assert response.status_code == 200
    page = response.content.decode()
    assert "Shared copy: counts below five payees" in page
    assert "fewer than 5" in page
    assert "Week by week" not in page
    assert link.edition.numbers_digest in page
    assert "The board of North" not in page  # for whom it is, is not for them
    assert "<script" not in page
    assert "csrf" not in page
    for url in set(re.findall(r'(?:src|srcset)="(/shared/[^"]*)"', page)):
        assert client.get(url).content.startswith(b"<svg")


def test_shared_pages_leave_no_trace_elsewhere(client: Client, world: World) -> None:
    add_answer(world)
    share(world)
    for url in (shared_address(), f"{shared_address()}pdf/", "/shared/nothing/"):
        response = client.get(url)
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert "noindex" in response.headers["X-Robots-Tag"]
        assert "no-store" in response.headers["Cache-Control"]
        assert "Set-Cookie" not in response.headers
        assert not response.cookies


def test_pdf_behind_a_link_bears_the_digest_of_its_record(
    client: Client, world: World
) -> None:
    add_answer(world)
    link = share(world)
    response = client.get(f"{shared_address()}pdf/")
    assert response.content.startswith(b"%PDF")
    path = world.home / "reports" / f"{link.edition.stem}.pdf"
    assert response.content == path.read_bytes()
    assert link.edition.is_shared


def test_every_opening_is_counted_without_an_address(client: Client, world: World) -> None:
    add_answer(world)
    link = share(world)
    client.get(shared_address())
    client.head(shared_address())
    client.get(f"{shared_address()}pdf/")
    client.get(f"{shared_address()}pictures/bridge/light/")
    rows = ShareOpening.objects.filter(link=link).order_by("id")
    assert [row.form for row in rows] == ["page", "pdf"]
    columns = ShareOpening._meta.get_fields()  # noqa: SLF001 (Django's way to ask)
    assert {field.name for field in columns} == {
        *("id", "link", "form", "opened_at"),
    }
    shown = queries.links_of(world.users["analyst"], "spring", at=NOW)[0]
    assert shown.opening_count == 2


def test_forged_revoked_and_ended_links_look_the_same(client: Client, world: World) -> None:
    add_answer(world)
    take_back(world, share(world, name=TAKEN_BACK))
    share(world, name="a-name-that-has-ended", at=NOW - 8 * DAY, days=7)
    forged = signing.Signer(salt="something else", sep=".").sign(NAME)
    urls = [
        shared_address(TAKEN_BACK),
        shared_address("a-name-that-has-ended"),
        shared_address("a-name-nobody-made"),
        f"/shared/{forged}/",
        "/shared/%00/",
    ]
    pages = set()
    for url in urls:
        response = client.get(url)
        assert response.status_code == 404
        assert client.get(f"{url}pdf/").status_code == 404
        assert client.get(f"{url}pictures/bridge/light/").status_code == 404
        number = response.headers["X-Request-ID"].encode()
        pages.add(response.content.replace(number, b"the number of the request"))
    assert len(pages) == 1
    assert not ShareOpening.objects.exists()


def test_forged_token_is_refused_before_the_database_is_asked(
    client: Client, world: World
) -> None:
    assert world.users
    with CaptureQueriesContext(connection) as asked:
        assert client.get("/shared/forged.token/").status_code == 404
    assert len(asked) == 0


def test_link_ends_at_its_moment_and_not_before(world: World) -> None:
    add_answer(world)
    link = share(world, at=at_noon(6, 1), days=7)
    token = queries.token_of(NAME)
    assert link.expires_at == at_noon(6, 1) + 7 * DAY
    assert queries.open_link(token, at=link.expires_at - 1).link_id == link.pk
    with pytest.raises(NotVisibleError):
        queries.open_link(token, at=link.expires_at)


def test_link_that_is_opened_too_often_asks_to_wait(client: Client, world: World) -> None:
    add_answer(world)
    link = share(world)
    at = time.time_ns() // 1000
    for number in range(acts.OPENINGS_A_MINUTE):
        acts.count_opening(link_id=link.pk, form="page", at=at + number)
    response = client.get(shared_address())
    assert response.status_code == 429
    assert response.headers["Retry-After"] == "60"
    acts.count_opening(link_id=link.pk, form="page", at=at + 2 * 60_000_000)


def test_manager_makes_a_link_and_takes_it_back_on_the_page(
    client: Client, world: World
) -> None:
    add_answer(world)
    client.force_login(world.users["manager"])
    assert "No link was given away." in client.get(URL).content.decode()
    assert client.post(URL, form(world)).status_code == 302
    link = ShareLink.objects.get()
    assert link.edition.is_shared
    page = client.get(URL).content.decode()
    assert f"http://testserver{shared_address(link.name)}" in page
    assert "open until" in page
    assert client.get(f"{URL}{link.pk}/revoke/").status_code == 405
    assert client.post(f"{URL}{link.pk}/revoke/").status_code == 302
    page = client.get(URL).content.decode()
    assert "taken back" in page
    assert link.name not in page
    again = client.post(f"{URL}{link.pk}/revoke/")
    assert again.status_code == 409
    assert "Mia has taken it back already" in again.content.decode()
    acted = AuditRow.objects.filter(action__endswith="share_link")
    assert [row.action for row in acted.order_by("id")] == [
        *("make_share_link", "revoke_share_link"),
    ]


def test_form_that_cannot_be_taken_keeps_what_was_typed(
    client: Client, world: World
) -> None:
    add_answer(world)
    client.force_login(world.users["manager"])
    response = client.post(URL, form(world, note="", days=3))
    assert response.status_code == 400
    page = response.content.decode()
    assert "Say for whom the link is." in page
    assert "Select a valid choice" in page
    response = client.post(URL, form(world, note="x" * 201))
    assert "x" * 201 in response.content.decode()
    assert not ShareLink.objects.exists()


def test_analyst_sees_who_has_a_link_but_neither_address_nor_form(
    client: Client, world: World
) -> None:
    add_answer(world)
    share(world)
    client.force_login(world.users["analyst"])
    page = client.get(URL).content.decode()
    assert "The board of North" in page
    assert "/shared/" not in page
    assert client.post(URL, form(world)).status_code == 403
    for role in ("payee", "firm_owner"):
        client.force_login(world.users[role])
        assert client.get(URL).status_code == 403


def test_only_those_who_may_share_make_links(world: World) -> None:
    add_answer(world)
    new = acts.NewLink(program_id="spring", measurement_id=1, note="x", days=7)
    for role in ("finance", "analyst", "firm_owner", "payee"):
        with pytest.raises(NotAllowedError):
            acts.make_share_link(new=new, name=NAME, acting_user=world.users[role], at=NOW)
    with pytest.raises(acts.ShareLinkError) as caught:
        acts.make_share_link(
            new=acts.NewLink(program_id="spring", measurement_id=1, note=" ", days=3),
            name=NAME,
            acting_user=world.users["manager"],
            at=NOW,
        )
    assert [one.place for one in caught.value.problems] == ["note", "days"]
    with pytest.raises(NotVisibleError):
        acts.make_share_link(
            new=acts.NewLink(program_id="later", measurement_id=1, note="x", days=7),
            name=NAME,
            acting_user=world.users["manager"],
            at=NOW,
        )
    assert not ShareLink.objects.exists()


def test_link_of_another_program_is_not_there(client: Client, world: World) -> None:
    add_answer(world)
    link = share(world)
    with pytest.raises(NotVisibleError):
        acts.revoke_share_link(
            program_id="later",
            link_id=link.pk,
            acting_user=world.users["manager"],
            at=NOW,
        )
    client.force_login(world.users["manager"])
    assert client.post(f"{URL}99/revoke/").status_code == 404
    assert not ShareRevocation.objects.exists()


def test_two_who_take_a_link_back_do_it_once(world: World) -> None:
    add_answer(world)
    link = share(world)
    take_back(world, link)
    with pytest.raises(ConflictError):
        take_back(world, link)
    assert ShareRevocation.objects.count() == 1


def test_page_asks_as_often_for_many_links_as_for_one(client: Client, world: World) -> None:
    add_answer(world)
    share(world)
    client.force_login(world.users["manager"])
    with CaptureQueriesContext(connection) as one:
        assert client.get(URL).status_code == 200
    for number in range(4):
        link = share(world, name=f"another-name-by-chance-{number}")
        take_back(world, link)
    with CaptureQueriesContext(connection) as many:
        assert client.get(URL).status_code == 200
    assert len(many) == len(one)


def test_links_are_read_on_both_databases(database: Database) -> None:
    """The list joins and counts; PostgreSQL is stricter about both."""
    assert database.vendor
    user = ensure_operator(at=1)
    add_program_draft(source_text=TEXT, acting_user=user, at=1)
    assert queries.links_of(user, "spring", at=NOW) == []
    with pytest.raises(NotVisibleError):
        queries.open_link(queries.token_of(NAME), at=NOW)
    with pytest.raises(NotVisibleError):
        acts.revoke_share_link(program_id="spring", link_id=1, acting_user=user, at=NOW)
