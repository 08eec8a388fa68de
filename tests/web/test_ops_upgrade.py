"""Is an older install carried on whole, also when the upgrade was killed in the middle?

`fixtures/install-0003.zip` is a workspace that the code of its time made: a program booked,
paid and clawed back, with its feed, a measurement, a verdict and a report.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import attrs
import psycopg
import pytest
from command_line import run_command
from databases import VENDORS, Server
from psycopg import sql
from psycopg.types.json import Jsonb

FIXTURE = Path(__file__).resolve().parents[1] / "fixtures" / "install-0003.zip"
OLD = ["0001_initial", "0002_triggers", "0003_books"]

# Ends the process at once at the given statement of the upgrade, counted over all
# migrations, or right before a migration is noted ("note").
KILLED = """
import os, signal, sys
from pathlib import Path
from openspiff import web
web.setup(Path(sys.argv[1]))
from django.db import connection
from openspiff.web._upgrade import upgrade_database
left = int(sys.argv[2])
def counted(execute, text, *rest):
    global left
    if text.lstrip()[:6].upper() in {"CREATE", "ALTER ", "DROP T", "INSERT", "UPDATE"}:
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
    return execute(text, *rest)
with connection.execute_wrapper(counted):
    print(len(upgrade_database()))
"""
AT_0003 = """
import sys
from pathlib import Path
from openspiff import web
web.setup(Path(sys.argv[1]))
from django.core.management import call_command
call_command("migrate", "web", "0003", verbosity=0, interactive=False)
"""


@attrs.frozen
class Install:
    """An older workspace, and what its processes are told about the database."""

    home: Path
    url: str

    def run(self, code: str, *said: str) -> subprocess.CompletedProcess[str]:
        """Run code in a process of its own."""
        clean = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("OPENSPIFF_", "DJANGO_"))
        }
        return subprocess.run(
            [sys.executable, "-c", code, str(self.home), *said],
            env=clean | {"OPENSPIFF_DATABASE_URL": self.url},
            capture_output=True,
            text=True,
            check=False,
        )

    def command(self, *said: str) -> subprocess.CompletedProcess[str]:
        """Run the command line."""
        return run_command("--home", self.home, *said, OPENSPIFF_DATABASE_URL=self.url)

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return all rows of our tables of old, in the columns of old."""
        found = {}
        with closing(sqlite3.connect(self.home / "before.sqlite3")) as before:
            for name, columns in columns_of(before).items():
                found[name] = self._rows(name, columns)
        return found

    def _rows(self, name: str, columns: list[str]) -> list[tuple[Any, ...]]:
        said = ", ".join(f'"{one}"' for one in columns)
        asked = f'select {said} from "{name}" order by 1'
        if self.url:
            with psycopg.connect(self.url) as connection:
                return connection.execute(asked).fetchall()
        with closing(sqlite3.connect(self.home / "openspiff.sqlite3")) as connection:
            return connection.execute(asked).fetchall()


def columns_of(connection: sqlite3.Connection) -> dict[str, list[str]]:
    """Return the columns of each table of ours."""
    names = connection.execute(
        "select name from sqlite_master where type = 'table' and name glob 'web_*'"
    )
    return {
        name: [row[1] for row in connection.execute(f'pragma table_info("{name}")')]
        for (name,) in names.fetchall()
    }


@pytest.fixture(params=VENDORS)
def older(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Install]:
    """Return the older install: as it was, and on PostgreSQL with the same rows."""
    home = tmp_path / "home"
    with zipfile.ZipFile(FIXTURE) as packed:
        packed.extractall(home)
    (home / "before.sqlite3").write_bytes((home / "openspiff.sqlite3").read_bytes())
    (home / "secret.key").write_text("k" * 20 + "0123456789abcdefghijklmnopqrstuvwxyz-_\n")
    if request.param == "sqlite":
        yield Install(home, "")
        return
    server: Server = request.getfixturevalue("postgresql")
    name = server.new_database()
    install = Install(home, server.url(name))
    (home / "openspiff.sqlite3").unlink()
    done = install.run(AT_0003)
    assert done.returncode == 0, done.stderr
    copy_rows(home / "before.sqlite3", install.url)
    yield install
    server.execute(f"drop database {name} with (force)")


def copy_rows(source: Path, url: str) -> None:
    """Copy every row of ours into PostgreSQL, where the tables stand as they were."""
    with closing(sqlite3.connect(source)) as before, psycopg.connect(url) as after:
        after.execute("set session_replication_role = replica")
        for name, columns in columns_of(before).items():
            kinds = dict(
                after.execute(
                    "select column_name, data_type from information_schema.columns"
                    " where table_name = %s",
                    [name],
                ).fetchall()
            )
            rows = before.execute(f'select * from "{name}"').fetchall()
            put = sql.SQL("insert into {} ({}) values ({})").format(
                sql.Identifier(name),
                sql.SQL(", ").join(map(sql.Identifier, columns)),
                sql.SQL(", ").join(sql.Placeholder() * len(columns)),
            )
            for row in rows:
                fitted = [
                    fit(value, kinds[one]) for one, value in zip(columns, row, strict=True)
                ]
                after.execute(put, fitted)
            key = columns[0]
            sequence = after.execute(
                "select pg_get_serial_sequence(%s, %s)", [name, key]
            ).fetchone()
            if sequence is not None and sequence[0] is not None and rows:
                after.execute(
                    f'select setval(%s, (select max("{key}") from "{name}"))', sequence
                )


def fit(value: Any, kind: str) -> Any:
    """Return a value of SQLite as PostgreSQL keeps it."""
    if value is None:
        return None
    if kind == "boolean":
        return bool(value)
    if kind == "jsonb":
        import json  # noqa: PLC0415

        return Jsonb(json.loads(value))
    return value


def applied(install: Install) -> set[str]:
    """Return which migrations of ours are noted."""
    asked = "select name from django_migrations where app = 'web'"
    if install.url:
        with psycopg.connect(install.url) as connection:
            return {name for (name,) in connection.execute(asked).fetchall()}
    with closing(sqlite3.connect(install.home / "openspiff.sqlite3")) as connection:
        return {name for (name,) in connection.execute(asked).fetchall()}


def test_fixture_is_of_its_age_and_has_rows_in_every_table(older: Install) -> None:
    assert sorted(applied(older)) == OLD
    rows = older.rows()
    filled = {name for name, found in rows.items() if found}
    assert {"web_transfer", "web_verdictrecord", "web_reportfile"} <= filled
    assert set(rows) - filled == {"web_signinfailure"}


def test_older_install_says_so_and_is_carried_on(older: Install) -> None:
    before = older.rows()
    told = older.command("verify")
    assert told.returncode == 1
    assert "error [older_data]" in told.stderr
    assert "openspiff upgrade" in told.stderr

    done = older.command("upgrade")
    assert done.returncode == 0, done.stderr
    assert older.rows() == before
    proved = older.command("verify")
    assert (proved.returncode, proved.stdout) == (0, "every law holds\n"), proved.stderr
    well = older.command("doctor")
    assert well.returncode == 0, well.stdout + well.stderr
    assert "0 migrations applied" in older.command("upgrade").stdout


# Each is an upgrade from the start, in processes of its own.
_LONG = [pytest.param(one, marks=pytest.mark.slow) for one in (0, 9, 70, 110)]
on_both_at_length = pytest.mark.parametrize(
    "older",
    ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)],
    indirect=True,
)


@on_both_at_length
@pytest.mark.parametrize("statement", [33, *_LONG])
def test_killed_upgrade_is_started_again(older: Install, statement: int) -> None:
    before = older.rows()
    killed = older.run(KILLED, str(statement))
    assert killed.returncode == -signal.SIGKILL, killed.stdout + killed.stderr
    assert older.rows() == before
    done = older.command("upgrade")
    assert done.returncode == 0, done.stderr
    assert older.rows() == before
    well = older.command("doctor")
    assert well.returncode == 0, well.stdout + well.stderr


@on_both_at_length
def test_older_program_says_that_the_data_is_newer(older: Install) -> None:
    assert older.command("upgrade").returncode == 0
    note = (
        "insert into django_migrations (app, name, applied)"
        " values ('web', '9999_later', '2030-01-01')"
    )
    if older.url:
        with psycopg.connect(older.url) as connection:
            connection.execute(note)
    else:
        with closing(sqlite3.connect(older.home / "openspiff.sqlite3")) as connection:
            connection.execute(note)
            connection.commit()
    before = older.rows()
    for said in (["verify"], ["upgrade"], ["init", str(older.home)], ["serve"]):
        refused = older.command(*said)
        assert refused.returncode == 1, said
        assert "error [newer_data]: the data is newer than this version" in refused.stderr
        assert "9999_later" in refused.stderr
        assert "Traceback" not in refused.stderr
    assert older.rows() == before
