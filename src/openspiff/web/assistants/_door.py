"""How does a tool come in? With a token, past the policy and the scope of the tool.

The token is looked up at every call: whoever was demoted, or whose token was taken back,
is stopped at the next one.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final, TypeVar

import attrs
from django.conf import settings
from django.db import close_old_connections, connections

from openspiff.web.access import Policy, require_scope
from openspiff.web.actions.calls import MINUTE, TooManyCallsError, take_calls
from openspiff.web.queries.tokens import Caller, caller_of

Work = TypeVar("Work", bound=Callable[..., Any])


@attrs.frozen(kw_only=True)
class Tool:
    """One thing that an assistant can ask for, as it was declared."""

    name: str
    work: Callable[..., Any]
    policies: tuple[tuple[Policy, str], ...]
    is_draft: bool


TOOLS: Final[dict[str, Tool]] = {}
"""Every tool by its name, in the order in which they were declared."""


def tool(*policies: tuple[Policy, str], is_draft: bool = False) -> Callable[[Work], Work]:
    """Declare a tool named after its function, with every policy and scope it asks for.

    The function takes the viewer and the moment first; the rest are the arguments of the
    tool. Its docstring is what the assistant reads.
    """

    def declare(work: Work) -> Work:
        TOOLS[work.__name__] = Tool(
            name=work.__name__, work=work, policies=policies, is_draft=is_draft
        )
        return work

    return declare


@attrs.frozen
class Session:
    """Somebody's assistant, at work with one token."""

    token: str = attrs.field(repr=False)

    def caller(self) -> Caller:
        """Return in whose name it asks; raises TokenRefusedError."""
        return caller_of(self.token, at=_now_at())

    def call(self, name: str, arguments: dict[str, Any]) -> Any:
        """Return what a tool answers.

        Raises TokenRefusedError, TooManyCallsError, NotAllowedError, and what it does.
        """
        close_old_connections()
        asked = TOOLS[name]
        caller = self.caller()
        _count(caller)
        for policy, scope in asked.policies:
            require_scope(caller.user, policy=policy, scope=scope, held=caller.scopes)
        return asked.work(caller.user, shown_at(), **arguments)


def end_connections() -> None:
    """Close what this thread has open to the database."""
    connections.close_all()


def shown_at() -> int:
    """Return the moment as of which days count: now, or the moment of a demo."""
    given: int | None = settings.OPENSPIFF_AT
    return _now_at() if given is None else given


def written_at() -> int:
    """Return the moment of a write, in microseconds since 1970 UTC."""
    return _now_at()


def _now_at() -> int:
    return time.time_ns() // 1_000


def _count(caller: Caller) -> None:
    at, limit = _now_at(), settings.OPENSPIFF_API_CALLS
    if take_calls(token_id=caller.token_id, count=1, limit=limit, at=at) is None:
        seconds = max(1, (MINUTE - at % MINUTE) // 1_000_000)
        message = f"at most {limit} calls a minute: wait for the next one"
        raise TooManyCallsError(message, retry_seconds=seconds)
