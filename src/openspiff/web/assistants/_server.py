"""How do the tools speak the Model Context Protocol? One server, one thread of its own.

What the database needs stays in that thread; calls wait for one another, as a conversation
does.
"""

from __future__ import annotations

import asyncio
import importlib.metadata
import inspect
import typing
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, ClassVar

from openspiff.errors import OpenSpiffError, Problem

from . import _claiming, _reading, _trying
from ._door import TOOLS, Session, Tool, end_connections
from ._said import NOTICE, visible

if TYPE_CHECKING:
    from mcp.server import MCPServer

__all__ = ["make_server", "serve"]
DECLARED = (_reading, _trying, _claiming)
"""The modules that declare tools: importing them is what fills TOOLS."""


class AssistantError(OpenSpiffError):
    """Nothing with which assistants could be answered."""

    code: ClassVar[str] = "assistants"


def serve(token: str) -> None:
    """Answer an assistant over standard input and output, until it goes.

    Raises AssistantError without the extra `mcp`, and TokenRefusedError.
    """
    session = Session(token)
    session.caller()
    end_connections()
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="tools") as thread:
        make_server(session, thread).run("stdio")
        thread.submit(end_connections).result()


def make_server(session: Session, thread: ThreadPoolExecutor) -> MCPServer[Any]:
    """Return the server of a session; its tools work in this thread."""
    try:
        from mcp.server import MCPServer  # noqa: PLC0415 (takes a second to load)
    except ModuleNotFoundError as error:
        if error.name != "mcp":
            raise
        problem = Problem("mcp", "it is not installed", "pip install 'openspiff[mcp]'")
        raise AssistantError("no assistant can be answered", [problem]) from None
    server: MCPServer[Any] = MCPServer(
        "openspiff",
        instructions=f"SPIFF programs: rules, books, what the money added. {NOTICE}",
        version=importlib.metadata.version("openspiff"),
        log_level="WARNING",
    )
    from mcp_types import ToolAnnotations  # noqa: PLC0415 (comes with it)

    for one in TOOLS.values():
        hints = ToolAnnotations(
            read_only_hint=not one.is_draft,
            destructive_hint=False,
            idempotent_hint=True,
            open_world_hint=False,
        )
        said = inspect.cleandoc(one.work.__doc__ or "").split("\n\n")[0]
        server.add_tool(
            _asked(one, session, thread),
            name=one.name,
            description=" ".join(said.split()),
            annotations=hints,
            structured_output=True,
        )
    return server


def _asked(
    one: Tool, session: Session, thread: ThreadPoolExecutor
) -> Callable[..., Coroutine[Any, Any, Any]]:
    """Return a tool as the protocol calls it: with its own arguments only."""
    from mcp.server.mcpserver.exceptions import ToolError  # noqa: PLC0415

    async def inner(**arguments: Any) -> Any:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(thread, session.call, one.name, arguments)
        except OpenSpiffError as error:
            message = f"[{error.code}] {visible(str(error))[:20_000]}"
            raise ToolError(message) from error

    signature = inspect.signature(one.work)
    hints = typing.get_type_hints(one.work, include_extras=True)
    shown = [each for name, each in list(signature.parameters.items())[2:]]
    inner.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[each.replace(annotation=hints[each.name]) for each in shown],
        return_annotation=hints["return"],
    )
    inner.__name__ = one.name
    return inner
