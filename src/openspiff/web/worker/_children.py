"""How does a worker let one job run apart from itself? In a child that dies with it.

A child is a copy of the worker: it begins at once, and what it does to memory, or a file
that kills it, stays with it. It leads a group of processes of its own, so that whatever it
has started ends with it.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import attrs
from django.db import connections

from openspiff.web.queries.jobs import JobRow

_BROKEN: Final = 70


@attrs.define(kw_only=True)
class Child:
    """A process that does one job: until when it may, and why it was stopped."""

    pid: int
    job: JobRow
    begun: float
    stop_after: float
    stopped_because: str = ""

    def kill(self, because: str) -> None:
        """End it and whatever it has started, now."""
        self.stopped_because = because
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)


class Cord:
    """What holds children to their worker: a pipe that closes when the worker is gone."""

    def __init__(self) -> None:
        """Open it; the worker alone keeps the end that matters."""
        self.held_end, self.own_end = os.pipe()

    def watch(self) -> None:
        """End this child, and what it has started, when the worker is gone."""
        os.close(self.own_end)

        def wait() -> None:
            os.read(self.held_end, 1)  # nobody ever writes: this is the end of the worker
            os.killpg(os.getpgrp(), signal.SIGKILL)

        threading.Thread(target=wait, daemon=True).start()


def start_child(
    job: JobRow, *, do: Callable[[], object], cord: Cord, time_limit: float
) -> Child:
    """Do `do` in a child; the worker must have no other thread."""
    connections.close_all()  # a connection has one process
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        _be_the_child(do, cord)
    with suppress(OSError):  # on both sides: whoever is first
        os.setpgid(pid, pid)
    now = time.monotonic()
    return Child(pid=pid, job=job, begun=now, stop_after=now + time_limit)


def _be_the_child(do: Callable[[], object], cord: Cord) -> None:
    """Do the work and leave; never come back into what the worker was about."""
    code = _BROKEN
    try:
        os.setpgid(0, 0)
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGINT, signal.SIGCHLD):
            signal.signal(
                number, signal.SIG_IGN if number == signal.SIGINT else signal.SIG_DFL
            )
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        cord.watch()
        do()
        connections.close_all()
        code = 0
    except BaseException:  # noqa: BLE001 (this process ends here, whatever it is)
        traceback.print_exc()
    finally:
        with suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def ended_child(children: list[Child]) -> tuple[Child, int] | None:
    """Return a child that has ended with its code, below zero for a signal; or None."""
    for child in children:
        pid, status = os.waitpid(child.pid, os.WNOHANG)
        if pid:
            return child, os.waitstatus_to_exitcode(status)
    return None


def why_it_ended(code: int) -> str:
    """Say how a child ended that did not write its end itself."""
    if code < 0:
        name = signal.Signals(-code).name
        hint = ", perhaps for want of memory" if -code == signal.SIGKILL else ""
        return f"the process was ended by {name}{hint}"
    return f"the process ended with code {code}; the log of the worker says more"
