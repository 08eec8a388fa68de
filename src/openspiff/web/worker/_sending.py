"""How does a message leave this server? One POST to the very address that was checked.

The standard library over a socket of our own, not a client library: the socket is open to
the checked address before HTTP begins, so there is no second look-up to be fooled, no
proxy of the environment, no redirect and no pool to reason about.
"""

from __future__ import annotations

import http.client
import importlib.metadata
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from openspiff.web.actions.webhook_deliveries import MOST_OF_ANSWER, Outcome
from openspiff.web.actions.webhook_targets import (
    Target,
    TargetError,
    UnresolvedTargetError,
    checked_target,
)

CONNECT_SECONDS: Final = 5.0
WHOLE_SECONDS: Final = 20.0
"""Within how long an endpoint must have answered, however it goes about it."""


def post(
    url: str,
    *,
    headers: Mapping[str, str],
    body: bytes,
    whole_seconds: float = WHOLE_SECONDS,
) -> Outcome:
    """Send one message and return what came of it; raises nothing of the network."""
    began = time.monotonic()
    status, answer, error_code = 0, "", ""
    try:
        target = checked_target(url)
        status, answer = _exchange(target, headers, body, whole_seconds)
    except UnresolvedTargetError:
        error_code = "name"
    except TargetError:
        error_code = "refused_address"
    except ssl.SSLError:
        error_code = "certificate"
    except TimeoutError:
        error_code = "timeout"
    except ConnectionRefusedError:
        error_code = "no_connection"
    except (OSError, http.client.HTTPException, ValueError):
        error_code = "broken_answer"
    taken = time.monotonic() - began
    if error_code == "broken_answer" and taken >= whole_seconds:
        error_code = "timeout"
    return Outcome(
        milliseconds=int(taken * 1000),
        status=status,
        answer=answer,
        error_code=error_code,
    )


def _exchange(
    target: Target, headers: Mapping[str, str], body: bytes, whole_seconds: float
) -> tuple[int, str]:
    opened = _connected(target)
    # An answer that comes letter by letter never runs into the time limit of one read.
    other_end = opened.dup()  # still the same connection once it is under TLS
    is_late = threading.Event()
    clock = threading.Timer(whole_seconds, _hang_up, [other_end, is_late])
    clock.daemon = True
    clock.start()
    try:
        opened = _secured(opened, target)
        exchange = http.client.HTTPConnection(target.host, target.port)
        exchange.auto_open = 0
        exchange.sock = opened
        exchange.request("POST", target.path, body=body, headers=_all(target, headers))
        response = exchange.getresponse()
        status = response.status
        answer = response.read(MOST_OF_ANSWER)
    finally:
        clock.cancel()
        opened.close()
        other_end.close()
    if is_late.is_set():
        message = "it did not answer in time"
        raise TimeoutError(message)
    if not 100 <= status <= 599:  # noqa: PLR2004 (as HTTP says)
        message = f"status {status}"
        raise http.client.HTTPException(message)
    return status, answer.decode("utf-8", "replace").replace(
        "\0", "\N{REPLACEMENT CHARACTER}"
    )


def _connected(target: Target) -> socket.socket:
    last: OSError | None = None
    for address in target.addresses[:3]:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        opened = socket.socket(family, socket.SOCK_STREAM)
        opened.settimeout(CONNECT_SECONDS)
        try:
            opened.connect((address, target.port))
        except OSError as error:
            opened.close()
            last = error
        else:
            return opened
    raise last or ConnectionRefusedError


def _secured(opened: socket.socket, target: Target) -> socket.socket:
    """Return the connection under TLS; the certificate must be of the name in the URL."""
    if not target.is_https:
        return opened
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context.wrap_socket(opened, server_hostname=target.host)


def _hang_up(opened: socket.socket, is_late: threading.Event) -> None:
    is_late.set()
    with suppress(OSError):
        opened.shutdown(socket.SHUT_RDWR)


def _all(target: Target, headers: Mapping[str, str]) -> dict[str, str]:
    return {
        "Host": target.host_header,
        "Content-Type": "application/json",
        "User-Agent": f"openspiff/{importlib.metadata.version('openspiff')}",
        "Accept": "*/*",
        "Connection": "close",
        **headers,
    }
