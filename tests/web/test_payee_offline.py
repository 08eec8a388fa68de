"""What may a phone keep, and what does it ask the server for?"""

from __future__ import annotations

import re

import pytest
from django.test import Client
from web_world import World


@pytest.mark.parametrize("role", ["", "payee", "manager"])
def test_worker_is_the_same_for_everybody_and_never_stale(
    client: Client, world: World, role: str
) -> None:
    if role:
        client.force_login(world.users[role])
    response = client.get("/service-worker.js")
    assert response.headers["Content-Type"] == "text/javascript"
    assert response.headers["Cache-Control"] == "no-cache"
    script = response.content.decode()
    assert "{{" not in script
    assert "{%" not in script
    assert "&quot;" not in script
    for url in re.findall(r'"(/static/[^"]+)"', script):
        found = client.get(url)
        found.close()
        assert found.status_code == 200, url
    assert "Ana" not in script


def test_offline_page_names_nobody_when_nobody_is_signed_in(
    client: Client, world: World
) -> None:
    assert world.users
    page = client.get("/offline/").content.decode()
    assert "this page was not kept" in page
    assert "X-Openspiff-Reader" not in client.get("/offline/").headers


def test_manifest_names_icons_that_are_there(client: Client, world: World) -> None:
    assert world.users
    response = client.get("/manifest.webmanifest")
    assert response.headers["Content-Type"] == "application/manifest+json"
    icons = response.json()["icons"]
    assert {one["sizes"] for one in icons} == {"192x192", "512x512"}
    for one in icons:
        found = client.get(one["src"])
        start = b"".join(found.streaming_content)[:8]
        found.close()
        assert start == b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize(
    ("url", "is_kept"),
    [
        ("/home/", True),
        ("/payees/ana/statement/", True),
        ("/payees/ana/statement/2026-03/", True),
        ("/payees/ana/statement/2026-03.csv", False),
        ("/payees/ana/payout-method/", False),
        ("/payees/ana/tax-form/", False),
        ("/payees/ana/events/", False),
    ],
)
def test_only_home_and_statements_may_be_kept(
    client: Client, world: World, url: str, *, is_kept: bool
) -> None:
    client.force_login(world.users["payee"])
    assert ("X-Openspiff-Reader" in client.get(url).headers) is is_kept


def test_only_payees_ask_for_the_worker(client: Client, world: World) -> None:
    for role, is_asked in (("payee", True), ("manager", False)):
        client.force_login(world.users[role])
        page = client.get("/", follow=True).content.decode()
        assert ("web/offline.js" in page) is is_asked
