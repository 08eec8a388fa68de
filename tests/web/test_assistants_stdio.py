"""Does `openspiff mcp` answer an assistant that starts it, and nobody without a token?"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from typing import Any

from api_world import token_of
from mcp import Client, StdioServerParameters
from web_world import World, at_noon

from openspiff.web.actions.tokens import revoke_token
from openspiff.web.models import ApiToken

COMMAND = ["-c", "from openspiff.cli import main; main()"]


def environment(world: World, **given: str) -> dict[str, str]:
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("OPENSPIFF_", "DJANGO_"))
    }
    (world.home / "secret.key").write_text("a key of tests\n", encoding="utf-8")
    return clean | {"OPENSPIFF_AT": str(at_noon(3, 12))} | given


def test_assistant_is_answered_until_its_token_is_taken_back(world: World) -> None:
    token = token_of(world.users["manager"])
    parameters = StdioServerParameters(
        command=sys.executable,
        args=[*COMMAND, "--home", str(world.home), "mcp"],
        env=environment(world, OPENSPIFF_TOKEN=token),
    )

    def take_back() -> None:
        row = ApiToken.objects.get()
        revoke_token(token_id=row.pk, acting_user=world.users["manager"], at=at_noon(3, 12))

    async def talk() -> tuple[Any, Any, Any]:
        async with Client(parameters, read_timeout_seconds=240) as client:
            names = {one.name for one in (await client.list_tools()).tools}
            first = await client.call_tool("programs", {})
            await asyncio.get_running_loop().run_in_executor(None, _in_thread, take_back)
            second = await client.call_tool("programs", {})
        return names, first, second

    names, first, second = asyncio.run(talk())
    assert {"programs", "why", "draft_program"} <= names
    assert first.structured_content["programs"][0]["program_id"] == "spring"
    assert second.is_error
    assert "holds no longer" in second.content[0].text


def _in_thread(work: Any) -> None:
    from django.db import connections  # noqa: PLC0415

    try:
        work()
    finally:
        connections.close_all()


def test_nobody_comes_in_without_a_token_that_holds(world: World) -> None:
    for given in ({"OPENSPIFF_TOKEN": "osp_nobody_nothing"}, {}):
        done = subprocess.run(
            [sys.executable, *COMMAND, "--home", str(world.home), "mcp"],
            env=environment(world, **given),
            input="",
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
        assert done.returncode == (1 if given else 2)
        assert ("token_refused" if given else "--token") in done.stderr
        assert done.stdout == ""
        assert "Traceback" not in done.stderr
