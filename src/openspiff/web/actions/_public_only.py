"""How is somebody else's library kept from reaching inside? By a look at every connection.

A library that resolves names by itself cannot be handed the address that was checked. So
the check stands where a connection begins: Python tells its audit hooks of each, with the
very address it goes to, and a hook may refuse it. What a name server says twice, or what a
redirect leads to, makes no difference.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

from .webhook_targets import refusal_of

_CONNECTING: Final = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_STARTING: Final = frozenset({"subprocess.Popen", "os.system", "os.posix_spawn", "os.exec"})
_REFUSED: ContextVar[list[str] | None] = ContextVar("refused", default=None)


@contextmanager
def only_public_addresses() -> Iterator[list[str]]:
    """Refuse connections from here to what is not public, and to start other programs.

    Yields the list of what was refused, each with why. Only what runs in this context is
    looked at; what OPENSPIFF_WEBHOOK_NETWORKS names is let through.
    """
    _install()
    refused: list[str] = []
    token = _REFUSED.set(refused)
    try:
        yield refused
    finally:
        _REFUSED.reset(token)


@functools.cache
def _install() -> None:
    sys.addaudithook(_look)  # for the life of the process: Python takes none back


def _look(event: str, arguments: tuple[Any, ...]) -> None:
    if event not in _CONNECTING and event not in _STARTING:
        return
    refused = _REFUSED.get()
    if refused is None:
        return
    if event in _STARTING:
        refused.append("it starts a program")
        message = "no other program is started here"
        raise PermissionError(message)
    place = arguments[1]
    host = str(place[0]) if isinstance(place, tuple) else ""
    why = refusal_of(host)
    if why:
        refused.append(f"it leads to {host or place}: {why}")
        message = "a connection to what is not public was refused"
        raise ConnectionRefusedError(message)
