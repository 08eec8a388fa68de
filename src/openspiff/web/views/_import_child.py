"""Who does the long work of an import? A process of its own, which the web starts here.

The one place that starts work in the background: when there is an outbox for all such
work, it takes the place of this module.
"""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
from typing import Final

from django.conf import settings

from openspiff.web.queries.imports import StartedWork

_STARTED: Final[list[subprocess.Popen[bytes]]] = []


def start_work(work: StartedWork) -> None:
    """Start the dry run of an import that was begun, and come back at once.

    It outlives this process: whoever looks next finds its signs of life in a file.
    """
    # Those that have ended are taken leave of; otherwise they would stay as zombies.
    _STARTED[:] = [one for one in _STARTED if one.poll() is None]
    command = [
        *(sys.executable, "-c", "from openspiff.cli import main; main()"),
        *("--home", str(settings.OPENSPIFF_HOME), f"--as={work.username}"),
        *("imports", "work", str(work.draft_no), "--attempt", str(work.attempt)),
    ]
    log = work.folder / f"work-{work.attempt}.log"
    with log.open("wb") as file:
        child = subprocess.Popen(  # noqa: S603 (our own command)
            command,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=os.environ | {"OPENSPIFF_HOME": str(settings.OPENSPIFF_HOME)},
        )
    _STARTED.append(child)


@atexit.register
def _let_go() -> None:
    """Let those that are still at work outlive this process, on purpose."""
    for one in _STARTED:
        one.returncode = 0
