"""How do the tests of the client get a server? In this process, or one of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from api_world import token_of
from databases import Database
from web_world import at_noon

from openspiff.client._patience import Patience
from openspiff.client._server import Server
from openspiff.client._wire import Wire


def server_of(user: Any, *scopes: str, waits: list[float] | None = None) -> Server:
    """Return the server of this process, asked as a user; it notes waits and waits not."""
    from django.core.wsgi import get_wsgi_application  # noqa: PLC0415

    return server_at(
        httpx.WSGITransport(get_wsgi_application()), token_of(user, *scopes), waits=waits
    )


def server_at(
    transport: httpx.BaseTransport,
    token: str = "osp_a_b",  # noqa: S107 (of nobody)
    *,
    waits: list[float] | None = None,
    retries: int = 6,
) -> Server:
    """Return a server behind a transport."""
    noted = [] if waits is None else waits
    line = httpx.Client(
        transport=transport,
        base_url="http://localhost",
        headers={"Authorization": f"Bearer {token}"},
    )
    return Server(
        Wire(
            http=line,
            patience=Patience(retries=retries),
            sleep=noted.append,
            chance=lambda: 0.5,
        )
    )


@contextmanager
def served(home: Path, database: Database) -> Iterator[tuple[str, int]]:
    """Serve an install by processes of its own; yield its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = free.getsockname()
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("OPENSPIFF_", "DJANGO_"))
    }
    given = {
        "OPENSPIFF_HOME": str(home),
        "OPENSPIFF_AT": str(at_noon(3, 12)),
        "OPENSPIFF_API_CALLS": "1000000",
        "DJANGO_SETTINGS_MODULE": "openspiff.web.settings",
    }
    if database.vendor == "postgresql":
        given["OPENSPIFF_DATABASE_URL"] = database.url
    place = f"127.0.0.1:{address[1]}"
    line = [sys.executable, "-m", "gunicorn", "--bind", place, "--threads", "4"]
    log = home / "server.log"
    with log.open("ab") as out:
        process = subprocess.Popen(
            [*line, "django.core.wsgi:get_wsgi_application()"],
            env=clean | given,
            stdout=out,
            stderr=out,
        )
    try:
        _wait_for(f"http://{place}/api/openapi.json", process, log)
        yield address
    finally:
        process.terminate()
        process.wait()


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 240
    while True:
        try:
            with urllib.request.urlopen(url, timeout=60):  # noqa: S310 (our own)
                return
        except OSError:
            if time.monotonic() > end or process.poll() is not None:
                raise AssertionError(log.read_text(encoding="utf-8")) from None
            time.sleep(0.2)
