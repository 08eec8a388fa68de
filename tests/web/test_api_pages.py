"""Do the pages about machines work: tokens, the reference, the call beside each page?"""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from api_world import Machine, token_of
from click.testing import CliRunner
from django.test import Client
from django.urls import get_resolver
from house.sources import ROOT
from route_tables import by_program
from web_world import PASSWORD, World

from openspiff.cli import openspiff
from openspiff.errors import OpenSpiffError
from openspiff.web.actions import tokens as acts
from openspiff.web.actions.tokens import NewToken, Secret
from openspiff.web.api import OPERATIONS, PROBLEM_WORDS
from openspiff.web.models import ApiToken, AuditRow
from openspiff.web.views._machines import SAME

NEW = {"label": "Night import", "days": "30", "scopes": ["programs:read"]}
SECRET = Secret(name="abc", secret="s" * 40)


def error_codes() -> set[str]:
    """Return the codes of all errors but those of the command line and of the client."""
    spec = importlib.util.spec_from_file_location(
        "make_reference", ROOT / "docs" / "make_reference.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    rows = re.findall(
        r"^\| `(\w+)` \| `\w+` \| (\w+) \|", module.error_page(), re.MULTILINE
    )
    return {code for code, room in rows if room not in {"cli", "client"}}


def confirmed(client: Client, user: Any) -> Client:
    client.force_login(user)
    client.post("/confirm/?next=/you/tokens/", {"password": PASSWORD})
    return client


def test_token_is_made_shown_once_and_works(client: Client, world: World) -> None:
    confirmed(client, world.users["manager"])
    page = client.post("/you/tokens/new/", NEW).content.decode()
    found = re.search(r"osp_[0-9a-f]+_[\w-]+", page)
    assert found is not None
    assert Machine(found[0]).get("/programs").status_code == 200
    listed = client.get("/you/tokens/").content.decode()
    assert "Night import" in listed
    assert found[0] not in listed
    row = ApiToken.objects.get()
    assert found[0].rpartition("_")[2] not in (row.secret_digest, row.name)
    assert AuditRow.objects.get(action="make_token").object_id == row.name


def test_making_asks_for_the_password_first(client: Client, world: World) -> None:
    client.force_login(world.users["manager"])
    response = client.post("/you/tokens/new/", NEW)
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/confirm/")
    assert ApiToken.objects.count() == 0


def test_form_that_fails_keeps_what_was_typed(client: Client, world: World) -> None:
    confirmed(client, world.users["payee"])
    # A payee's machine does not write events: the form does not even offer it.
    wrong = NEW | {"scopes": ["events:write"], "days": "9999"}
    response = client.post("/you/tokens/new/", wrong)
    assert response.status_code == 422
    assert "Night import" in response.content.decode()
    assert "events:write" not in client.get("/you/tokens/new/").content.decode().replace(
        "--scope events:write", ""
    )
    assert ApiToken.objects.count() == 0


def test_action_tells_everything_at_once(world: World) -> None:
    wrong = NewToken(label=" ", scopes=("events:write", "none"), days=0)
    with pytest.raises(acts.TokenError) as caught:
        acts.make_token(token=wrong, secret=SECRET, acting_user=world.users["payee"], at=1)
    places = [one.place for one in caught.value.problems]
    assert places == ["label", "days", "scopes", "scopes"]


def test_rotation_lets_the_old_one_go_on_for_its_overlap(
    client: Client, world: World
) -> None:
    user = world.users["manager"]
    old = token_of(user, "programs:read")
    row = ApiToken.objects.get()
    confirmed(client, user)
    url = f"/you/tokens/{row.pk}/rotate/"
    page = client.post(url, {"overlap_days": "0"}).content.decode()
    new = re.search(r"osp_[0-9a-f]+_[\w-]+", page)
    assert new is not None
    assert Machine(old).get("/programs").status_code == 401
    assert Machine(new[0]).get("/programs").status_code == 200
    assert client.post(url, {"overlap_days": "0"}).status_code == 409  # was rotated already
    made = ApiToken.objects.get(rotated_from=row)
    assert (made.scopes, made.label) == (row.scopes, row.label)


def test_revoking_is_for_its_user_and_administrators(client: Client, world: World) -> None:
    token = token_of(world.users["manager"])
    pk = ApiToken.objects.get().pk
    client.force_login(world.users["payee"])
    assert client.post(f"/you/tokens/{pk}/revoke/").status_code == 404
    client.force_login(world.users["administrator"])
    assert "mia" in client.get("/you/tokens/").content.decode()
    assert client.post(f"/you/tokens/{pk}/revoke/").status_code == 302
    assert client.post(f"/you/tokens/{pk}/revoke/").status_code == 409
    assert Machine(token).get("/programs").status_code == 401


def test_command_line_makes_lists_rotates_and_revokes(world: World) -> None:
    def run(*words: str) -> Any:
        start = ["--home", str(world.home), "--as", "mia", "--json", "tokens"]
        done = CliRunner().invoke(openspiff, [*start, *words], catch_exceptions=False)
        return json.loads(done.output)

    (world.home / "secret.key").write_text("k")
    made = run("make", "Night import", "--scope", "programs:read")
    assert Machine(made["token"]).get("/programs").status_code == 200
    assert [one["label"] for one in run("list")] == ["Night import"]
    second = run("rotate", str(made["token_id"]), "--overlap", "1")
    assert run("revoke", str(second["token_id"]))["revoked"] is True
    assert Machine(second["token"]).get("/programs").status_code == 401
    with pytest.raises(OpenSpiffError):
        run("make", "Other", "--scope", "nothing")


def test_reference_shows_every_operation(client: Client, world: World) -> None:
    client.force_login(world.users["analyst"])
    page = client.get("/api/").content.decode()
    for name, one in OPERATIONS.items():
        assert f'id="{name}"' in page
        assert one.scope in page
    assert "<script" not in page.split("<main")[1]


def codes_of_the_code() -> set[str]:
    """Return every code that a problem document can have: of our errors, and of others."""
    codes = error_codes() | {OpenSpiffError.code}
    source = (ROOT / "src/openspiff/web/api/_problems.py").read_text(encoding="utf-8")
    routes = (ROOT / "src/openspiff/web/api/_routes.py").read_text(encoding="utf-8")
    codes |= set(re.findall(r'return \d+, "(\w+)", ', source))
    codes |= set(re.findall(r'return error.status_code, "(\w+)"', source))
    return codes | set(re.findall(r'code="(\w+)"', source + routes))


def test_type_of_every_problem_leads_to_a_place_of_the_page(
    client: Client, world: World
) -> None:
    codes = codes_of_the_code()
    assert {"not_visible", "unforeseen", "unreadable", "invalid", "method"} <= codes
    assert codes - set(PROBLEM_WORDS) == set()
    client.force_login(world.users["analyst"])
    page = client.get("/api/").content.decode()
    for code in codes:
        assert f'id="problem-{code}"' in page, code
    assert all(sentence and remedy for sentence, remedy in PROBLEM_WORDS.values())
    problem = json.loads(Machine("osp_none_none").get("/programs").content)
    assert f'id="{problem["type"].partition("#")[2]}"' in page


def words_of(command: str) -> Any:
    """Return the command of the command line that a page names; KeyError for none."""
    found: Any = openspiff
    for word in command.split()[1:]:
        if not hasattr(found, "list_commands"):
            break
        found = found.get_command(None, word)
        assert found is not None, command
    return found


def test_pages_name_operations_and_commands_that_exist() -> None:
    for route, (operation, command) in SAME.items():
        assert operation in {"", *by_program.CALLED.get(route, ())}
        assert operation or command, route
        if command:
            assert not hasattr(words_of(command), "list_commands"), command


def test_every_page_has_its_calls_or_a_reason_why_not() -> None:
    routes = [
        str(pattern.name)
        for pattern in get_resolver().url_patterns
        if not hasattr(pattern.callback, "operations")
    ]
    listed = [*by_program.CALLED, *by_program.PERSON]
    assert len(listed) == len(set(listed))
    # Where no provider of sign-ins is set, its addresses are not there.
    assert set(listed) ^ set(routes) <= {"provider", "openid_connect_callback"}
    named = {name for names in by_program.CALLED.values() for name in names}
    assert named == set(OPERATIONS)


def test_guide_says_what_is_left_to_people() -> None:
    text = " ".join((ROOT / "docs/guides/api.md").read_text(encoding="utf-8").split())
    for said in set(by_program.PERSON.values()):
        assert said in text, said


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("/programs/", "openspiff library"),
        ("/programs/spring/", "openspiff rule spring.toml"),
        ("/payees/ana/statement/", "openspiff statement ana"),
        (
            "/payees/ana/why/?source=crm&event=D%208%2Fx%26y",
            "openspiff explain --event &#x27;crm/D 8/x&amp;y&#x27;",
        ),
    ],
)
def test_command_beside_a_page_is_about_what_the_page_is_about(
    client: Client, world: World, page: str, said: str
) -> None:
    client.force_login(world.users["manager"])
    shown = client.get(page).content.decode()
    assert f"<code>{said}</code>" in shown
    if page == "/programs/":
        assert "/api/#list_programs" in shown


def test_number_of_queries_of_the_page_is_constant(
    client: Client, world: World, django_assert_num_queries: Callable[..., Any]
) -> None:
    user = world.users["administrator"]
    client.force_login(user)
    token_of(user)
    token_of(world.users["manager"])
    client.get("/you/tokens/")
    with django_assert_num_queries(4):
        client.get("/you/tokens/")
    for _ in range(3):
        token_of(user)
        token_of(world.users["manager"])
    with django_assert_num_queries(4):
        client.get("/you/tokens/")
