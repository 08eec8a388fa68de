"""How do the tests run `openspiff` in a process of its own, without loading it each time?

A process that has loaded the heavy libraries, and nothing that knows a workspace, forks for
each command: the child has its own Django, its own streams and its own exit code, as a
command has that a person starts. Run as `python command_line.py`: takes one command a line
as JSON, and answers each with its exit code.
"""

from __future__ import annotations

import atexit
import functools
import importlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
LOADED: Final = (
    "django.contrib.auth.hashers",
    "django.core.management",
    "django.db.migrations.executor",
    "openspiff.ledger",
    "openspiff.run",
    "sqlglot.generators.duckdb",
)
"""What nearly every command loads, and what reads no settings."""


def run_command(*words: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `openspiff` with these words, and none of the settings of the tests."""
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("OPENSPIFF_", "DJANGO_"))
    }
    said = [str(word) for word in words]
    with tempfile.TemporaryDirectory() as folder:
        streams = [Path(folder) / name for name in ("out", "err")]
        asked = {"words": said, "environment": clean | environment}
        line = _forking()
        assert line.stdin is not None
        assert line.stdout is not None
        line.stdin.write(json.dumps(asked | {"streams": [*map(str, streams)]}) + "\n")
        line.stdin.flush()
        code = int(line.stdout.readline())
        out, err = (one.read_text(encoding="utf-8") for one in streams)
    return subprocess.CompletedProcess(["openspiff", *said], code, out, err)


@functools.cache
def _forking() -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-P", __file__],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(process.communicate)  # its input ends, so it ends
    return process


def _become(asked: dict[str, Any]) -> None:
    """Be the command that is asked for, in this process from here on."""
    from openspiff.cli import main  # noqa: PLC0415 (loaded before the fork)

    os.environ.clear()
    os.environ.update(asked["environment"])
    for number, path in enumerate([os.devnull, *asked["streams"]]):
        with Path(path).open("r+b" if number == 0 else "wb") as stream:
            os.dup2(stream.fileno(), number)
    sys.argv = ["openspiff", *asked["words"]]
    main()


def _serve() -> None:
    for name in LOADED:
        importlib.import_module(name)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _become(json.loads(line))
            return
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _serve()
