"""In which browser, and through which install, do the journeys go?"""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="session")
def base_url() -> Iterator[str]:
    """Return the address of a small install, served as in real life."""
    with served() as url:
        yield url


@pytest.fixture(scope="module")
def own_base_url() -> Iterator[str]:
    """Return the address of a smaller install, for journeys that move its money."""
    with served("small") as url:
        yield url


@contextmanager
def served(*options: str) -> Iterator[str]:
    """Make a small install and serve it until the end."""
    home = tempfile.mkdtemp(prefix="osp-")
    listening = socket.create_server(("127.0.0.1", 0))
    address, fd = listening.getsockname(), listening.fileno()
    said = Path(home) / "server.log"
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("OPENSPIFF_", "DJANGO_"))
    }
    with said.open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, str(HERE / "serve_world.py"), home, str(fd), *options],
            pass_fds=[fd],
            # One key on both sides: signed addresses of the route tables lead somewhere.
            env=clean | {"HOME": home, "OPENSPIFF_SECRET_KEY": settings.SECRET_KEY},
            stderr=log,
        )
    # Only the server holds the socket now: when it dies, who waits for it is told at once.
    listening.close()
    try:
        # The socket takes the request before the server stands, and answers when it does;
        # on a busy machine making the world takes minutes.
        with closing(http.client.HTTPConnection(*address, timeout=600)) as connection:
            try:
                connection.request("GET", "/sign-in/")
                status = connection.getresponse().status
            except OSError as error:
                error.add_note(said.read_text(errors="replace")[-4_000:])
                raise
            assert status == 200
        yield f"http://127.0.0.1:{address[1]}"
    finally:
        server.terminate()
        server.wait(timeout=30)
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Return a browser; skip where this machine has none."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("no browser: `apt-get install chromium` as root, then `make browser`")
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 (only with a browser)

    with sync_playwright() as driver:
        chromium = driver.chromium.launch(
            executable_path=path,
            # A browser refuses its own walls when root starts it.
            args=["--no-sandbox"] if os.geteuid() == 0 else [],
        )
        yield chromium
        chromium.close()
