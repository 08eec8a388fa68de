"""How does an older database become today's? One migration after the other, each whole.

Django notes that a migration was applied after it was committed: a process that ends in
between leaves tables that the next try cannot make again. Here the note is part of the
same transaction, so an upgrade that was interrupted is simply started again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, Final

from openspiff.errors import OpenSpiffError, Problem

_APP: Final = "web"
_LOCK: Final = 0x6F73705F
"""Which advisory lock of PostgreSQL an upgrade holds: two at once would collide."""

Told = Callable[[str], None]


class NewerDataError(OpenSpiffError):
    """A database that a later version of openspiff has changed."""

    code: ClassVar[str] = "newer_data"


class OlderDataError(OpenSpiffError):
    """A database that must be upgraded before this version works on it."""

    code: ClassVar[str] = "older_data"


def our_migrations() -> list[str]:
    """Return the names of the migrations that this version brings, in their order."""
    folder = Path(__file__).parent / "migrations"
    return sorted(path.stem for path in folder.glob("[0-9]*.py"))


def applied_migrations() -> set[str]:
    """Return the names of those that the database has; none when it is empty."""
    from django.db import connection  # noqa: PLC0415 (Django is loaded by then)
    from django.db.migrations.recorder import MigrationRecorder  # noqa: PLC0415

    applied = MigrationRecorder(connection).applied_migrations()
    return {name for app, name in applied if app == _APP}


def check_data_version() -> None:
    """Raise NewerDataError or OlderDataError unless the database is this version's."""
    check_not_newer()
    applied = applied_migrations()
    missing = [name for name in our_migrations() if name not in applied]
    if missing:
        problem = Problem(
            "database", f"{len(missing)} steps behind", "back up, then `openspiff upgrade`"
        )
        raise OlderDataError("the data is older than this version of openspiff", [problem])


def check_not_newer() -> None:
    """Raise NewerDataError when the database knows migrations that this version lacks."""
    unknown = sorted(applied_migrations() - set(our_migrations()))
    if unknown:
        remedy = "install the newer version again, or restore the backup made before it"
        problem = Problem("database", f"it was upgraded to {unknown[-1]}", remedy)
        raise NewerDataError("the data is newer than this version of openspiff", [problem])


def upgrade_database(told: Told = lambda _: None) -> list[str]:
    """Bring the database to this version; return which migrations were applied.

    Safe to run again after an interruption, and at the same time on PostgreSQL: the second
    waits for the first. Raises NewerDataError, and then nothing was changed.
    """
    from django.core.management.sql import (  # noqa: PLC0415 (Django is loaded by then)
        emit_post_migrate_signal,
        emit_pre_migrate_signal,
    )
    from django.db import connection  # noqa: PLC0415

    check_not_newer()
    applied: list[str] = []

    def heard(action: str, migration: Any = None, *_: Any) -> None:
        if action == "apply_success":
            applied.append(str(migration))
            told(str(migration))

    with _alone(connection):
        executor = _executor(connection, heard)
        executor.recorder.ensure_schema()
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if not plan:
            return []
        emit_pre_migrate_signal(0, False, connection.alias, plan=plan)
        with _unchecked(connection):
            state = executor.migrate(executor.loader.graph.leaf_nodes(), plan=plan)
    emit_post_migrate_signal(0, False, connection.alias, apps=state.apps, plan=plan)
    return applied


def _executor(connection: Any, heard: Callable[..., None]) -> Any:
    from django.db import transaction  # noqa: PLC0415 (Django is loaded by then)
    from django.db.migrations.executor import MigrationExecutor  # noqa: PLC0415

    class WholeExecutor(MigrationExecutor):
        """Applies each migration in one transaction with the note that it was applied."""

        def apply_migration(self, *given: Any, **named: Any) -> Any:
            """Apply one migration and note it, or neither."""
            with transaction.atomic(using=connection.alias):
                return super().apply_migration(*given, **named)

    return WholeExecutor(connection, heard)


@contextmanager
def _unchecked(connection: Any) -> Iterator[None]:
    """Let SQLite rebuild tables that others point to; keys are checked at each end."""
    if connection.vendor != "sqlite":
        yield
        return
    # Only outside a transaction can SQLite be told so.
    connection.disable_constraint_checking()
    try:
        yield
    finally:
        connection.enable_constraint_checking()


@contextmanager
def _alone(connection: Any) -> Iterator[None]:
    """Let one upgrade at a time at the database; SQLite's is one process's anyway."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(%s)", [_LOCK])
    try:
        yield
    finally:
        if connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("select pg_advisory_unlock(%s)", [_LOCK])
