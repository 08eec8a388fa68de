"""Could somebody translate every page, the bar above it and what it says of bad input?"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest
from django.db import transaction
from django.test import Client
from pseudo_language import pseudo_language, texts_of_template, untranslated
from test_routes import EXPECTED, OPEN, POSTS, TABLES
from web_world import World

from openspiff import web
from openspiff.web.views import _doors

TEMPLATES: Final = Path(web.__file__).parent / "templates"

# Whoever of these may see a page looks at it: what it offers differs by role.
_LOOKING: Final = ("payee", "firm_owner", "manager", "checker", "administrator")

# What the install holds: names, codes and days are nobody's to translate.
_WORDS: Final = """
Ana Ruiz Ben Ode Cleo Park Dan Vu Nora Lind ana ben cleo dan mia Mia fred fay abe ada nora
sol north south North South Spring sprint Later Race Lucky Third Summer Autumn Winter
push spring later crm GTX Pro USD New York America UTC openspiff operator payout run
PDF HTML CSV XLSX beancount hledger nobody Dec
"""
DATA: Final = frozenset(_WORDS.split())
# What somebody typed, what stands in a file, how a file is written.
PHRASES: Final = (
    "crm-live",
    "Payroll 1",
    "payout.paid",
    "webhook.test",
    ": checked",
    "Command line",
    "Harbor Foods",
    "proof.png",
    "customer of D-7",
    "customer of D-1",
    "It was 1,800, not 800.",
    "The board of North",
    "the bank account is being checked",
    "deals.csv",
    "crm2-00000000.toml",
    "12/31/2026 05:30 PM",
    "December 31, 2026",
    "31 December 2026",
    *("Windows (cp1252)", "Latin 1", "Mac Roman", "DOS (cp437)"),
    *("UTF-8", "UTF-16", "utf-8"),
)
# Columns to choose from, as the file names them.
COLUMNS: Final = (
    *("Deal ID", "Close date", "Rep", "Product", "Amount", "Stage", "Closed Won"),
)


@pytest.fixture
def walked(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Return the install with everything in it, and everybody's identity confirmed."""
    for topic in TABLES:
        prepare = getattr(topic, "prepare", None)
        if prepare is not None:
            prepare(world)
    monkeypatch.setattr(_doors, "is_confirmed", lambda _request: True)
    return world


def left_of(response: Any) -> set[str]:
    """Return what a page shows that came from no catalog; nothing for a file."""
    is_page = response.headers.get("Content-Type", "").startswith("text/html")
    if not is_page or "attachment" in response.headers.get("Content-Disposition", ""):
        return set()
    page = response.content.decode()
    for phrase in PHRASES:
        page = page.replace(phrase, "")
    for column in COLUMNS:
        page = page.replace(f">{column}<", "><")
    return untranslated(page, data=DATA)


def test_every_page_is_translatable(client: Client, walked: World) -> None:
    found: dict[str, set[str]] = {}
    looked_at = 0
    with pseudo_language():
        for role in _LOOKING:
            client.force_login(walked.users[role])
            for url, (readers, _) in EXPECTED.items():
                if role not in readers:
                    continue
                response = client.get(url)
                looked_at += 1
                found.setdefault(url, set()).update(left_of(response))
        client.logout()
        for url in OPEN:
            found.setdefault(url, set()).update(left_of(client.get(url)))
    assert looked_at > len(EXPECTED) / 2
    assert {url: left for url, left in found.items() if left} == {}


def test_what_is_said_of_an_empty_form_is_translatable(
    client: Client, walked: World
) -> None:
    found: dict[str, set[str]] = {}
    with pseudo_language():
        for url, (takers, _) in POSTS.items():
            role = next((one for one in _LOOKING if one in takers), None)
            if role is None:
                continue
            client.force_login(walked.users[role])
            with transaction.atomic():
                found[url] = left_of(client.post(url, follow=True))
                transaction.set_rollback(True)
    assert found
    assert {url: left for url, left in found.items() if left} == {}


@pytest.mark.parametrize("url", ["/payees/cleo/statement/", "/people/", "/nowhere/"])
def test_what_is_said_of_a_closed_door_is_translatable(
    client: Client, world: World, url: str
) -> None:
    client.force_login(world.users["payee"])
    with pseudo_language():
        response = client.get(url)
        assert response.status_code in {403, 404}
        assert left_of(response) == set()


def test_every_branch_of_a_template_is_translatable() -> None:
    found = {}
    for path in TEMPLATES.rglob("*.html"):
        left = untranslated(texts_of_template(path.read_text("utf-8")), data=DATA)
        if left:
            found[path.name] = left
    assert found == {}


def test_the_check_can_fail() -> None:
    page = '<main><h1>«Hello» Ana</h1><p title="Plain">Not «said «twice»»</p></main>'
    assert untranslated(page, data=frozenset({"Ana"})) == {"Plain", "Not"}
    data = (
        '<p translate="no">Free <b>text</b></p><p lang="en">Terms</p><code>x = yes</code>'
    )
    assert untranslated(data, data=frozenset()) == set()
    template = '{% if a %}<b title="{% translate "One" %}">Two {{ x }}</b>{# Three #}'
    assert untranslated(texts_of_template(template), data=frozenset()) == {"Two"}
