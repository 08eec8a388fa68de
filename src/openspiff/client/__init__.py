"""How does a program speak to an openspiff server? By the names that the library has.

    with openspiff.connect("https://spiff.example", token) as server:
        for one in server.programs():
            print(one.rule)

`connect` needs the extra `client`: pip install 'openspiff[client]'.
"""

from __future__ import annotations

import importlib.metadata
from typing import TYPE_CHECKING

from openspiff.errors import Problem

from ._errors import (
    ConnectError as ConnectError,
    ServerError as ServerError,
    UnreachableError as UnreachableError,
)
from ._patience import Patience as Patience
from .shapes import (
    Claim as Claim,
    ClaimFactsGiven as ClaimFactsGiven,
    ClaimGiven as ClaimGiven,
    EventGiven as EventGiven,
    EventName as EventName,
    PayeeShare as PayeeShare,
    Program as Program,
    Terms as Terms,
    WholeClaim as WholeClaim,
)

if TYPE_CHECKING:
    from ._server import Server as Server


def connect(
    url: str,
    token: str,
    *,
    timeout: float = 30.0,
    retries: int | Patience = 6,
    allow_plain_http: bool = False,
) -> Server:
    """Return a server that is asked in the name of the token's user; use it with `with`.

    `timeout` is in seconds and holds for each try; `retries` are the tries after the first
    when the line breaks or the server is busy; a `Patience` says how long to wait too.
    Every write is done once, however often it has to be sent. Nothing is asked yet.
    Raises ConnectError with every problem at once.
    """
    try:
        from ._server import Server  # noqa: PLC0415 (the extra is needed here only)
        from ._wire import Wire, new_line  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if error.name != "httpx":
            raise
        problem = Problem("httpx", "it is not installed", "pip install 'openspiff[client]'")
        raise ConnectError("no server can be asked from here", [problem]) from None
    line = new_line(
        url,
        token,
        timeout=timeout,
        allow_plain_http=allow_plain_http,
        version=importlib.metadata.version("openspiff"),
    )
    patience = Patience(retries=retries) if isinstance(retries, int) else retries
    return Server(Wire(http=line, patience=patience))
