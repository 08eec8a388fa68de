"""Does what the guides to the client and to assistants show work as it stands there?"""

from __future__ import annotations

import asyncio
import json
import re
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest
from api_world import token_of
from click.testing import CliRunner
from client_world import Server, served
from databases import Database
from house.sources import ROOT
from mcp import Client, StdioServerParameters
from test_assistants_stdio import COMMAND, environment
from test_client_retries import install  # noqa: F401 (a fixture)
from web_world import World, users_of

from openspiff.cli import openspiff
from openspiff.web.assistants import TOOLS
from openspiff.web.models import ApiToken, Claim, EventBatch, Run


def blocks(guide: str, language: str) -> list[str]:
    """Return what a guide shows in a language."""
    text = (ROOT / "docs" / "guides" / f"{guide}.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("install", ["sqlite"], indirect=True)
def test_client_guide_runs_from_top_to_bottom(
    install: tuple[Path, Database],  # noqa: F811 (a fixture)
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    home, database = install
    ada = users_of()["administrator"]
    ada.payee_id = "ana"
    ada.save()
    monkeypatch.setenv("TOKEN", token_of(ada))
    counts = [kind.objects.count() for kind in (Claim, EventBatch, Run)]
    names: dict[str, Any] = {}
    with served(home, database) as (host, port):
        for block in blocks("client", "python"):
            told = block.replace("https://spiff.example", f"http://{host}:{port}")
            exec(told, names)  # noqa: S102 (our own guide)
    assert [kind.objects.count() for kind in (Claim, EventBatch, Run)] == [
        one + 1 for one in counts
    ]


@pytest.mark.parametrize("guide", ["client", "assistants", "api"])
def test_tokens_are_made_as_the_guide_says(world: World, guide: str) -> None:
    shown = "\n".join(blocks(guide, "sh")).replace("\\\n", " ")
    lines = [one for one in shown.splitlines() if one.startswith("openspiff")]
    assert lines
    (world.home / "secret.key").write_text("a key of tests\n", encoding="utf-8")
    for line in lines:
        words = shlex.split(line, comments=True)[1:]
        done = CliRunner().invoke(openspiff, ["--home", str(world.home), *words])
        assert done.exit_code == 0, done.output
    assert ApiToken.objects.count() == len(lines)


def test_assistant_is_set_up_as_the_guide_says(world: World) -> None:
    (shown,) = blocks("assistants", "json")
    said = json.loads(shown)["mcpServers"]["openspiff"]
    assert said["command"] == "openspiff"
    args = [str(world.home) if one.startswith("/") else one for one in said["args"]]
    given = dict.fromkeys(said["env"], token_of(world.users["manager"]))

    parameters = StdioServerParameters(
        command=sys.executable, args=[*COMMAND, *args], env=environment(world, **given)
    )

    async def talk() -> Any:
        async with Client(parameters, read_timeout_seconds=240) as client:
            return await client.call_tool("programs", {})

    found = asyncio.run(talk()).structured_content
    assert found["programs"][0]["program_id"] == "spring"


def test_guide_to_assistants_names_every_tool_with_its_scopes() -> None:
    text = (ROOT / "docs" / "guides" / "assistants.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \|[^|]*\|([^|]*)\|", text, re.MULTILINE)
    told = {name: set(re.findall(r"`([\w:]+)`", scopes)) for name, scopes in rows}
    assert told == {
        name: {scope for _, scope in one.policies} for name, one in TOOLS.items()
    }


def test_every_method_in_the_guide_to_the_client_is_there() -> None:
    text = (ROOT / "docs" / "guides" / "client.md").read_text(encoding="utf-8")
    table = re.findall(r"^\| (`\w+\(.*?) \|", text, re.MULTILINE)
    named = {name for row in table for name in re.findall(r"`(\w+)\(", row)}
    assert len(named) > 20
    assert [name for name in sorted(named) if not hasattr(Server, name)] == []
