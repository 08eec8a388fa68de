"""Is this install well, is its server ready, and how is it brought up to date?"""

from __future__ import annotations

import http.client
import json
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from openspiff.cli._doors import EXIT_PROBLEM, Door, table
from openspiff.errors import OpenSpiffError, Problem

if TYPE_CHECKING:
    from openspiff.web import Finding

_LIBRARIES: Final = ("django", "duckdb", "numpy", "psycopg", "cryptography")
_LITTLE: Final = 1 << 30
_TOO_LITTLE: Final = 100 << 20
_OLDEST: Final = (3, 11)


class NotReadyError(OpenSpiffError):
    """A server that does not answer, or that says why it cannot serve."""

    code = "not_ready"


@click.command()
@click.option("--skip-verify", is_flag=True, help="Leave out the laws of the books.")
@click.pass_obj
def doctor(door: Door, *, skip_verify: bool) -> None:
    """Look whether the install is well: a line a check, with its remedy.

    Ends with 1 when there is a problem; a warning is none. Changes nothing.
    """
    found = list(_findings(door, skip_verify=skip_verify))
    is_well = all(one.state != "problem" for one in found)
    rows = [
        (one.state, one.name, f"{one.says} -> {one.remedy}" if one.remedy else one.says)
        for one in found
    ]
    door.show({"well": is_well, "findings": found}, table(("", "check", "found"), rows))
    if not is_well:
        sys.exit(EXIT_PROBLEM)


def _findings(door: Door, *, skip_verify: bool) -> Iterator[Finding]:
    from openspiff import web

    yield from _machine()
    try:
        web.setup(door.home)
    except OpenSpiffError as error:
        first = error.problems[0]
        says = f"{error.message}: {first.message} @ {first.place}"
        yield web.Finding("workspace", "problem", says, first.remedy)
        return
    yield from _workspace(door.home)
    yield from web.setting_findings()
    from openspiff.web.queries.doctor import database_findings

    of_database = database_findings(at=door.now())
    yield from of_database
    if not skip_verify and all(one.state != "problem" for one in of_database):
        yield _books()


def _machine() -> Iterator[Finding]:
    from openspiff.web import EXTRAS, Finding

    is_old = sys.version_info < _OLDEST
    says = f"Python {platform.python_version()}, openspiff {version('openspiff')}"
    yield Finding(
        "python", "problem" if is_old else "ok", says, "3.11 or later" if is_old else ""
    )
    there, missing = [], []
    for name in _LIBRARIES:
        try:
            there.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    if missing:
        remedy = "install openspiff anew"
        yield Finding("libraries", "problem", f"missing: {', '.join(missing)}", remedy)
    else:
        yield Finding("libraries", "ok", ", ".join(there))
    extras = [name for name, module in EXTRAS.items() if find_spec(module) is not None]
    yield Finding("extras", "ok", ", ".join(extras) or "none is installed")


def _workspace(home: Path) -> Iterator[Finding]:
    from openspiff.web import FOLDERS, Finding, network_mount

    home = home.resolve()
    missing = [one for one in FOLDERS if not (home / one).is_dir()]
    closed = [one for one in (home, home / "feed") if not os.access(one, os.W_OK)]
    if missing:
        remedy = f"restore them, or make them anew: openspiff init {home}"
        yield Finding("workspace", "problem", f"no {', '.join(missing)} in {home}", remedy)
    elif closed:
        remedy = "give the folder to the user that serves"
        yield Finding("workspace", "problem", f"{closed[0]} cannot be written", remedy)
    else:
        yield Finding("workspace", "ok", str(home))
    open_keys = [
        path.name
        for path in (home / "secret.key", home / "payout.key")
        if path.is_file() and path.stat().st_mode & 0o077
    ]
    if open_keys:
        remedy = f"chmod 600 {' '.join(open_keys)}"
        yield Finding("key files", "warn", "others can read them", remedy)
    free = shutil.disk_usage(home).free
    state = "ok" if free > _LITTLE else "warn" if free > _TOO_LITTLE else "problem"
    remedy = "" if state == "ok" else "make space before it ends: writing stops then"
    yield Finding("disk", state, f"{free >> 20:,} MB free", remedy)
    kind = network_mount(home)
    if kind and not os.environ.get("OPENSPIFF_DATABASE_URL"):
        remedy = "SQLite belongs on a disk of this machine; or use PostgreSQL"
        yield Finding("file system", "warn", f"the database lies on {kind}", remedy)


def _books() -> Finding:
    """Prove the laws that need no recomputing; the rest is `openspiff verify`."""
    from openspiff.engine import DuckDBEngine
    from openspiff.ledger import verify
    from openspiff.web import Finding
    from openspiff.web.queries.doctor import whole_books

    with DuckDBEngine() as engine:
        broken = verify(engine, programs=whole_books(engine), with_kept=True)
    if broken:
        return Finding("books", "problem", f"{broken[0]} (of {len(broken)})", "stop paying")
    return Finding("books", "ok", "every law holds; `openspiff verify` recomputes them too")


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.pass_obj
def ready(door: Door, host: str, port: int) -> None:
    """Ask the server of this machine whether it can serve; exit 1 with its reasons."""
    # Under the name that it answers to, as if the proxy had passed it on.
    named = os.environ.get("OPENSPIFF_HOSTS", "").split(",")[0].strip() or host
    place = f"{host}:{port}"
    connection = http.client.HTTPConnection(host, port, timeout=10)
    try:
        connection.request(
            "GET", "/ready", headers={"Host": named, "X-Forwarded-Proto": "https"}
        )
        said: Any = json.loads(connection.getresponse().read())
        reasons = said["reasons"]
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError) as error:
        problem = Problem(place, f"no answer ({type(error).__name__})", "start it")
        raise NotReadyError("the server does not answer", [problem]) from error
    finally:
        connection.close()
    if reasons:
        problems = [Problem(one["name"], one["says"], one["remedy"]) for one in reasons]
        raise NotReadyError("the server is not ready", problems)
    door.show(said, "ready")


@click.command()
@click.pass_obj
def upgrade(door: Door) -> None:
    """Bring the database to this version, after a backup. Safe to run again."""
    from openspiff import web

    web.setup(door.home)
    applied = web.create_workspace(door.home)
    text = "\n".join([*applied, f"{len(applied)} migrations applied: up to date"])
    door.show({"applied": applied}, text)
