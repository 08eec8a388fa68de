"""What can go wrong between here and a server, and can be put right?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from openspiff.errors import OpenSpiffError, Problem


class ConnectError(OpenSpiffError):
    """An address, a token or an installation with which no server can be asked."""

    code: ClassVar[str] = "connect"


class UnreachableError(OpenSpiffError):
    """A server that did not answer, however often it was asked.

    Whether the last try of a write was done is not known: the same call with the same
    `key` again does it once.
    """

    code: ClassVar[str] = "unreachable"

    def __init__(
        self, message: str, problems: Iterable[Problem] = (), *, key: str = ""
    ) -> None:
        """Keep the key of a write, "" for what only reads."""
        super().__init__(message, problems)
        self.key = key


class ServerError(OpenSpiffError):
    """What a server refused: its sentence, its code and all its problems with places.

    `code` is that of the command line and the library (`not_visible`, `claim`, ...);
    `request_id` names the call in the logs of the server.
    """

    code: ClassVar[str] = "server"

    def __init__(
        self,
        message: str,
        problems: Iterable[Problem] = (),
        *,
        code: str = "server",
        status: int = 0,
        request_id: str = "",
    ) -> None:
        """Keep what the server said."""
        super().__init__(message, problems)
        # Of this one error, not of all: it is whatever the server says.
        vars(self)["code"] = code
        self.status = status
        self.request_id = request_id


def error_of(status: int, document: Mapping[str, Any]) -> ServerError:
    """Return the error that a problem document (RFC 9457) tells."""
    listed = document.get("problems")
    problems = [
        Problem(*(str(one.get(name, "")) for name in ("place", "message", "remedy")))
        for one in (listed if isinstance(listed, list) else [])
        if isinstance(one, dict)
    ]
    said = document.get("detail") or document.get("title")
    return ServerError(
        str(said or f"the server answered {status}"),
        problems,
        code=str(document.get("code", "server")),
        status=status,
        request_id=str(document.get("request_id", "")),
    )
