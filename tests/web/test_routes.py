"""Who gets in where? Every route, every role, own and strange objects."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import ModuleType

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, get_resolver
from route_tables import (
    NOBODY,
    Table,
    api,
    claims,
    decisions,
    finance,
    health,
    imports,
    jobs,
    notices,
    payees,
    people,
    programs,
    webhooks,
)
from web_world import World

from openspiff.web.access import Policy
from openspiff.web.views import _doors

# In the order in which they are prepared: some need what others have made.
TABLES: tuple[ModuleType, ...] = (
    *(people, payees, programs),
    *(claims, decisions, finance, health, imports, jobs, api),
    *(notices, webhooks),
)


def joined(name: str) -> Table:
    """Return one table of all topics; no address stands in two of them."""
    parts = [getattr(topic, name, {}) for topic in TABLES]
    whole = {url: row for part in parts for url, row in part.items()}
    assert len(whole) == sum(len(part) for part in parts)
    return whole


EXPECTED = joined("EXPECTED")
POSTS = joined("POSTS")
OPEN = joined("OPEN")
FRAGMENTS = {url for topic in TABLES for url in getattr(topic, "FRAGMENTS", ())}


def patterns() -> Iterator[URLPattern]:
    """Yield the pages; what machines ask has an inventory of its own (test_api_routes)."""
    for pattern in get_resolver().url_patterns:
        assert isinstance(pattern, URLPattern)
        if not hasattr(pattern.callback, "operations"):
            yield pattern


def name_of(url: str) -> str:
    return str(get_resolver().resolve(url.split("?", maxsplit=1)[0]).url_name)


def code_for(role: str, row: tuple[frozenset[str], frozenset[str]]) -> int:
    allowed, refused = row
    return 200 if role in allowed else 403 if role in refused else 404


def test_every_route_has_a_policy() -> None:
    found = {
        pattern.name: getattr(pattern.callback, "policy", None) for pattern in patterns()
    }
    assert [name for name, one in found.items() if not isinstance(one, Policy)] == []


def test_every_route_is_walked() -> None:
    names = {name_of(url) for url in [*EXPECTED, *POSTS, *OPEN]}
    assert names == {pattern.name for pattern in patterns()}


def everything(world: World) -> None:
    """Leave something behind every address."""
    for topic in TABLES:
        prepare = getattr(topic, "prepare", None)
        if prepare is not None:
            prepare(world)


@pytest.fixture
def walked(
    world_with: Callable[[Callable[[World], None]], World], monkeypatch: pytest.MonkeyPatch
) -> World:
    """Return the install with everything in it, and everybody's identity confirmed."""
    monkeypatch.setattr(_doors, "is_confirmed", lambda _request: True)
    return world_with(everything)


def test_every_role_gets_what_its_policy_says(client: Client, walked: World) -> None:
    found = {}
    expected = {}
    for role, user in walked.users.items():
        client.force_login(user)
        for url, row in EXPECTED.items():
            found[url, role] = client.get(url).status_code
            expected[url, role] = code_for(role, row)
    assert found == expected


def test_every_page_is_whole_unless_it_is_named_a_fragment(
    client: Client, walked: World
) -> None:
    whole, parts = set(), set()
    for url, (readers, _) in EXPECTED.items():
        if not readers:
            continue
        client.force_login(walked.users[min(readers)])
        response = client.get(url)
        if response.headers["Content-Type"].startswith("text/html") and not (
            response.streaming
        ):
            (whole if b"<html" in response.content else parts).add(url)
    assert whole
    assert parts == FRAGMENTS


def test_every_form_is_taken_from_whom_its_policy_says(
    client: Client, walked: World
) -> None:
    found = {}
    expected = {}
    for role, user in walked.users.items():
        for url, row in POSTS.items():
            client.force_login(user)
            with transaction.atomic():
                code = client.post(url).status_code
                transaction.set_rollback(True)
            expected[url, role] = code_for(role, row)
            # What comes of an empty form is another question: not a refusal, no crash.
            is_taken = code not in {403, 404, 405} and code < 500
            found[url, role] = 200 if is_taken else code
    assert found == expected


def test_stranger_is_asked_to_sign_in_everywhere(client: Client, walked: World) -> None:
    assert walked.users
    for url in [*EXPECTED, "/"]:
        response = client.get(url)
        assert response.status_code == 302, url
        assert response.headers["Location"].startswith("/sign-in/?next=/")
    for url in POSTS:
        response = client.post(url)
        assert response.status_code == 302, url
        assert response.headers["Location"].startswith("/sign-in/?next=/")


def test_no_page_takes_a_post_that_it_has_no_form_for(
    client: Client, walked: World
) -> None:
    taking = {name_of(url) for url in POSTS}
    for url in [*EXPECTED, "/"]:
        if name_of(url) not in taking:
            refused = EXPECTED.get(url, (NOBODY, NOBODY))[1]
            inside = [role for role in ("administrator", "payee") if role not in refused]
            client.force_login(walked.users[inside[0]])
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
