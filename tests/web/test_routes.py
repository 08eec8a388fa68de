"""Who gets in where? Every route, every role, own and strange objects."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver
from web_world import World, add_answer

from openspiff.web.access import Policy

STAFF = {"manager", "finance", "analyst", "administrator"}
NOBODY: set[str] = set()
EVERYBODY = STAFF | {"payee", "other_payee", "firm_owner", "other_owner"}

# Address -> who reads it, who is told that their role may not; all others get 404.
EXPECTED = {
    "/programs/": (STAFF, EVERYBODY - STAFF),
    "/programs/spring/": (STAFF, EVERYBODY - STAFF),
    "/programs/spring/report/": (STAFF, EVERYBODY - STAFF),
    "/programs/spring/terms/": (EVERYBODY, NOBODY),
    "/programs/later/": (STAFF, EVERYBODY - STAFF),
    "/programs/later/terms/": (STAFF, NOBODY),  # a draft
    "/programs/none/": (NOBODY, EVERYBODY - STAFF),
    "/programs/none/terms/": (NOBODY, NOBODY),
    "/payees/": (STAFF | {"firm_owner", "other_owner"}, {"payee", "other_payee"}),
    "/payees/ana/statement/": (STAFF | {"payee", "firm_owner"}, NOBODY),
    "/payees/ana/events/": (STAFF | {"payee", "firm_owner"}, NOBODY),
    "/payees/ana/why/?source=crm&event=D-1": (STAFF | {"payee", "firm_owner"}, NOBODY),
    # Somebody else's event under one's own name.
    "/payees/ana/why/?source=crm&event=D-5": (NOBODY, NOBODY),
    "/payees/ana/why/": (NOBODY, NOBODY),
    "/payees/cleo/statement/": (STAFF | {"other_payee", "other_owner"}, NOBODY),
    "/payees/nobody/statement/": (NOBODY, NOBODY),
}
OPEN_OR_SENT_ON = {"/": {302}, "/sign-in/": {200, 302}, "/sign-out/": {405}}


def patterns() -> Iterator[URLPattern]:
    for pattern in get_resolver().url_patterns:
        assert isinstance(pattern, URLPattern)
        yield pattern


def test_every_route_has_a_policy() -> None:
    found = {
        pattern.name: getattr(pattern.callback, "policy", None) for pattern in patterns()
    }
    assert [name for name, one in found.items() if not isinstance(one, Policy)] == []


def test_every_route_is_walked() -> None:
    walked = [*EXPECTED, *OPEN_OR_SENT_ON]
    resolver = get_resolver()
    names = {resolver.resolve(url.split("?")[0]).url_name for url in walked}
    assert names == {pattern.name for pattern in patterns()}


@pytest.fixture
def walked(world: World) -> World:
    """Return the install with a report and a draft, so that nothing is missing."""
    from program_texts import with_terms  # noqa: PLC0415

    from openspiff.web.actions.programs import add_program_draft  # noqa: PLC0415

    add_answer(world)
    text = with_terms(program_id="later", name="Later")
    add_program_draft(source_text=text, acting_user=world.users["manager"], at=1)
    return world


def test_every_role_gets_what_its_policy_says(client: Client, walked: World) -> None:
    found = {}
    expected = {}
    for role, user in walked.users.items():
        client.force_login(user)
        for url, (readers, refused) in EXPECTED.items():
            found[url, role] = client.get(url).status_code
            expected[url, role] = (
                200 if role in readers else 403 if role in refused else 404
            )
    assert found == expected


def test_stranger_is_asked_to_sign_in_everywhere(client: Client, walked: World) -> None:
    assert walked.users
    for url in [*EXPECTED, "/"]:
        response = client.get(url)
        assert response.status_code == 302, url
        assert response.headers["Location"].startswith("/sign-in/?next=/")


def test_no_page_takes_a_post_that_it_has_no_form_for(
    client: Client, walked: World
) -> None:
    client.force_login(walked.users["administrator"])
    for url in [*EXPECTED, "/"]:
        assert client.post(url).status_code == 405, url


def test_everybody_begins_at_a_page_they_may_read(client: Client, world: World) -> None:
    for role, user in world.users.items():
        client.force_login(user)
        response = client.get("/", follow=True)
        assert response.status_code == 200, role


def test_demoted_user_is_stopped_at_the_next_click(client: Client, world: World) -> None:
    from openspiff.web.actions.people import set_role  # noqa: PLC0415

    client.force_login(world.users["manager"])
    assert client.get("/programs/spring/").status_code == 200
    user = world.users["manager"]
    user.refresh_from_db()
    set_role(user=user, role="analyst", acting_user=world.users["administrator"], at=1)
    assert client.get("/programs/spring/").status_code == 200  # an analyst reads
    user.firm_id = "south"
    user.save()
    set_role(user=user, role="firm_owner", acting_user=world.users["administrator"], at=2)
    assert client.get("/programs/spring/").status_code == 403
    assert client.get("/payees/ana/statement/").status_code == 404


def test_inactive_user_is_out(client: Client, world: World) -> None:
    client.force_login(world.users["manager"])
    world.users["manager"].is_active = False
    world.users["manager"].save()
    assert client.get("/programs/").status_code == 302
