"""Does an install that is older than the newest release keep all that it holds?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from databases import VENDORS, Database, connected
from django.apps.registry import Apps
from django.core.management import call_command
from django.db import connection, models
from django.db.migrations.executor import MigrationExecutor
from test_guards import APPEND_ONLY, guards, refused

OLD = ("web", "0003_books")
# What the laws of a single row ask for, where a made-up value would break them.
SAID: dict[str, dict[str, Any]] = {
    "Transfer": {"kind": "accrual", "currency": "USD", "corrects": ""},
    "ProgramVersion": {"state": "launched", "ended_at": None, "ended_by": None},
    "PayoutBatch": {"after_sequence": 0},
    "VerdictRecord": {"verdict": "repeat"},
    "User": {"last_login": None},
}

Rows = dict[str, tuple[list[str], list[tuple[Any, ...]]]]


@pytest.fixture(params=VENDORS)
def older(
    request: pytest.FixtureRequest, tmp_path: Path, django_db_blocker: Any
) -> Iterator[Database]:
    """Connect Django to a database as an install of the older release made it."""
    if request.param == "sqlite":
        found = Database("sqlite", path=tmp_path / "older.sqlite3")
    else:
        server = request.getfixturevalue("postgresql")
        found = Database("postgresql", server.url(server.new_database()))
    with django_db_blocker.unblock(), connected(found):
        call_command("migrate", *OLD, verbosity=0, interactive=False)
        yield found
    if request.param != "sqlite":
        name = urlsplit(found.url).path[1:]
        server.execute(f"drop database {name} with (force)")


def made_up(field: models.Field[Any, Any], number: int, apps: Apps) -> Any:
    """Return a value that a field takes, another one for each number."""
    if isinstance(field, models.ForeignKey):
        related = field.related_model._meta.model_name  # noqa: SLF001 (Django's own way)
        return apps.get_model("web", related).objects.order_by("pk").first()
    if isinstance(field, models.BooleanField):
        return number % 2 == 0
    if isinstance(field, models.JSONField):
        return {"n": number, "of": ["ü", None]}
    if isinstance(field, models.IntegerField):
        return number
    if field.choices:
        return next(iter(field.flatchoices))[0]
    text = f"{number} {field.name} ü"
    limit = field.max_length
    return text if limit is None else text[:limit]


def fill(apps: Apps) -> None:
    """Add three rows to each table, those first that others name."""
    left = list(apps.get_app_config("web").get_models())
    left.sort(key=lambda one: one.__name__ != "User")
    done: set[str] = set()
    while left:
        model = left.pop(0)
        fields = list(model._meta.concrete_fields)  # noqa: SLF001
        named = {
            one.related_model.__name__ for one in fields if one.related_model is not None
        }
        if not named <= done | {model.__name__}:
            left.append(model)
            continue
        done.add(model.__name__)
        for number in (1, 2, 3):
            given = {
                one.name: made_up(one, number, apps)
                for one in fields
                if one.name not in {"id", "sequence"}
            }
            model.objects.create(**given | SAID.get(model.__name__, {}))


def rows_of(tables: Rows | None = None) -> Rows:
    """Return every row of the older release's tables, in its columns."""
    found: Rows = {}
    with connection.cursor() as cursor:
        names = [
            one
            for one in connection.introspection.table_names(cursor)
            if one.startswith("web_")
        ]
        for table in names if tables is None else tables:
            columns = (
                [
                    one.name
                    for one in connection.introspection.get_table_description(cursor, table)
                ]
                if tables is None
                else tables[table][0]
            )
            said = ", ".join(f'"{one}"' for one in columns)
            cursor.execute(f'select {said} from "{table}" order by 1')
            found[table] = (columns, [tuple(row) for row in cursor.fetchall()])
    return found


def test_older_database_is_carried_on_with_every_row_and_guard(older: Database) -> None:
    executor = MigrationExecutor(connection)
    fill(executor.loader.project_state(OLD).apps)
    before = rows_of()
    held = {table for table, (_, rows) in before.items() if len(rows) == 3}
    assert held >= {"web_user", "web_transfer", "web_auditrow", "web_programversion"}
    assert len(held) >= len(before) - 2  # those that join users to groups stay empty

    call_command("migrate", verbosity=0, interactive=False)

    assert rows_of(before) == before
    verbs = {"update", "delete"}
    if older.vendor == "postgresql":
        verbs.add("truncate")
    assert guards() == {f"{table}_no_{verb}" for table in APPEND_ONLY for verb in verbs}
    guarded = sorted(APPEND_ONLY & held)
    assert [one for one in guarded if not refused(f"delete from {one}")] == []
    executor = MigrationExecutor(connection)
    assert executor.migration_plan(executor.loader.graph.leaf_nodes()) == []
