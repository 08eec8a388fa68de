"""Is the database as it should be? What `openspiff doctor` asks it.

Nobody looks here, so there is no viewer: what is told is of the install, never of a row.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any, Final

from django.db import Error, connection
from django.db.models import Max

from openspiff.engine import DuckDBEngine
from openspiff.errors import OpenSpiffError
from openspiff.program import Program
from openspiff.web._findings import Finding
from openspiff.web._upgrade import check_data_version, our_migrations
from openspiff.web.models import AuditRow, Role, Transfer, User

from .books import open_books
from .kept_sums import load_kept
from .payee_methods import check_payout_key
from .programs import launched_programs

MINUTE: Final = 60 * 1_000_000
_OLDEST_POSTGRESQL: Final = 13_00_00
_WANTED_ON_SQLITE: Final = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def database_findings(*, at: int) -> list[Finding]:
    """Return what is right and wrong with the database; `at` is now, in microseconds."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
    except Error as error:
        says = f"it does not answer ({type(error).__name__})"
        return [Finding("database", "problem", says, "start it; OPENSPIFF_DATABASE_URL")]
    found = [_server(), _version()]
    if found[-1].state == "ok":
        found += [_guards(), _clock(at), _keys()]
    return found


def _server() -> Finding:
    if connection.vendor == "sqlite":
        said = dict(_pragmas())
        wrong = [name for name, want in _WANTED_ON_SQLITE.items() if said[name] != want]
        shown = ", ".join(f"{name} {said[name]}" for name in said)
        remedy = "another program changed the file's settings" if wrong else ""
        return Finding("database", "warn" if wrong else "ok", f"SQLite, {shown}", remedy)
    with connection.cursor() as cursor:
        cursor.execute(
            "select current_setting('server_version_num')::int,"
            " current_setting('server_version'), current_setting('server_encoding'),"
            " current_setting('fsync'), current_setting('synchronous_commit'),"
            " current_setting('TimeZone')"
        )
        number, version, encoding, fsync, commit, zone = cursor.fetchone()
    says = (
        f"PostgreSQL {version}, {encoding}, fsync {fsync}, synchronous_commit {commit},"
        f" time zone {zone}"
    )
    if encoding != "UTF8":
        remedy = "make the database with: createdb --encoding UTF8"
        return Finding("database", "problem", says, remedy)
    if number < _OLDEST_POSTGRESQL:
        return Finding("database", "problem", says, "PostgreSQL 13 or later")
    if fsync != "on" or commit == "off":
        remedy = "turn both on: without them a power cut loses what was acknowledged"
        return Finding("database", "warn", says, remedy)
    return Finding("database", "ok", says)


def _pragmas() -> Iterator[tuple[str, Any]]:
    with connection.cursor() as cursor:
        for name in _WANTED_ON_SQLITE:
            cursor.execute(f"pragma {name}")
            yield name, cursor.fetchone()[0]


def _version() -> Finding:
    try:
        check_data_version()
    except OpenSpiffError as error:
        return Finding("migrations", "problem", error.message, error.problems[0].remedy)
    return Finding("migrations", "ok", f"all {len(our_migrations())} applied")


def guarded_tables() -> set[str]:
    """Return which tables the migrations guard against changes."""
    tables = set()
    for name in our_migrations():
        migration = import_module(f"openspiff.web.migrations.{name}").Migration
        for step in migration.operations:
            if getattr(step, "table", None) is not None:
                tables.add(step.table)
    return tables


def _guards() -> Finding:
    verbs = ["update", "delete"]
    if connection.vendor == "sqlite":
        asked = "select name from sqlite_master where type = 'trigger'"
    else:
        verbs.append("truncate")
        asked = "select tgname from pg_trigger where not tgisinternal and tgenabled <> 'D'"
    with connection.cursor() as cursor:
        cursor.execute(asked)
        there = {name for (name,) in cursor.fetchall()}
    wanted = {f"{table}_no_{verb}" for table in guarded_tables() for verb in verbs}
    missing = sorted(wanted - there)
    if missing:
        says = f"{len(missing)} of {len(wanted)} are missing, first {missing[0]}"
        remedy = "history can be edited: restore the backup, or ask for help; then verify"
        return Finding("guards", "problem", says, remedy)
    return Finding("guards", "ok", f"all {len(wanted)} triggers of the history stand")


def _clock(at: int) -> Finding:
    newest = max(
        AuditRow.objects.order_by("-pk").values_list("acted_at", flat=True).first() or 0,
        Transfer.objects.aggregate(newest=Max("recorded_at"))["newest"] or 0,
    )
    behind = newest - at
    if behind <= MINUTE:
        return Finding("clock", "ok", "not behind the newest row")
    hours = behind / (60 * MINUTE)
    says = f"{hours:,.1f} hours behind the newest row"
    remedy = "set the clock right; the order of the books does not depend on it"
    return Finding("clock", "warn", says, remedy)


def _keys() -> Finding:
    try:
        check_payout_key()
    except OpenSpiffError as error:
        first = error.problems[0]
        return Finding("payout key", "problem", str(error).split("\n")[0], first.remedy)
    return Finding("payout key", "ok", "opens every account that was sealed")


def whole_books(engine: DuckDBEngine) -> list[Program]:
    """Load every transfer and the kept sums into the engine, for `verify`.

    Returns all launched programs.
    """
    operator = User(username="operator", role=Role.ADMINISTRATOR)
    open_books(operator, engine, is_whole=True)
    load_kept(engine)
    return launched_programs(operator)
