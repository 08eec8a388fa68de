"""Could somebody translate every page of the topics that are done?"""

from __future__ import annotations

from typing import Final

import pytest
from django.test import Client
from pseudo_language import pseudo_language, untranslated
from route_tables import decisions
from test_routes import TABLES
from web_world import World, add_answer

# The topics whose pages are translatable throughout; a topic is added when it is.
CLEAN: Final = (decisions,)
_FIRST: Final = ("payee", "firm_owner", "manager", "finance", "administrator")

# What the install holds: names, codes and days are nobody's to translate.
_WORDS: Final = """
Ana Ruiz Ben Ode Cleo Park Dan Vu ana ben cleo dan mia Mia fred fay abe ada nora sol
north south North South Spring sprint Later Summer Autumn Winter push spring later
crm GTX Pro USD New York America UTC openspiff PDF HTML CSV
Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec
"""
DATA: Final = frozenset(_WORDS.split())


def body_of(page: str) -> str:
    """Return title and content; the bar above is a topic of everybody."""
    title = page.partition("<title>")[2].partition("</title>")[0]
    main = page.partition("<main")[2].partition("</main>")[0]
    return f"<p>{title}</p><main{main}</main>"


@pytest.mark.parametrize(
    "topic", CLEAN, ids=[topic.__name__.rpartition(".")[2] for topic in CLEAN]
)
def test_every_text_of_a_topic_is_translatable(
    client: Client, world: World, topic: object
) -> None:
    for one in TABLES:
        prepare = getattr(one, "prepare", None)
        if prepare is not None:
            prepare(world)
    expected = getattr(topic, "EXPECTED", {})
    found: dict[str, set[str]] = {}
    looked_at = 0
    with pseudo_language():
        for url, (readers, _) in expected.items():
            role = next((one for one in _FIRST if one in readers), None)
            if role is None:
                continue
            client.force_login(world.users[role])
            response = client.get(url)
            if not response.headers["Content-Type"].startswith("text/html"):
                continue
            if "attachment" in response.headers.get("Content-Disposition", ""):
                continue
            looked_at += 1
            page = response.content.decode()
            assert "«" in page, f"{url} was not shown in the made-up language"
            left = untranslated(body_of(page), data=DATA)
            if left:
                found[url] = left
    assert looked_at
    assert found == {}


def test_the_check_can_fail(client: Client, world: World) -> None:
    add_answer(world)
    page = '<main><h1>«Hello» Ana</h1><p title="Plain">Not «said «twice»»</p></main>'
    assert untranslated(page, data=frozenset({"Ana"})) == {"Plain", "Not"}
    data = (
        '<p translate="no">Free <b>text</b></p><p lang="en">Terms</p><code>x = yes</code>'
    )
    assert untranslated(data, data=frozenset()) == set()
    client.force_login(world.users["manager"])
    with pseudo_language():
        page = client.get("/sign-in/", follow=True).content.decode()
    assert "«Skip to the content»" in page
