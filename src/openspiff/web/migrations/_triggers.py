"""Which rows can nobody edit? Triggers that refuse it, on SQLite and on PostgreSQL.

SQLite drops a table's triggers when a later migration rebuilds the table (AlterField and
most others do): such a migration names the operation of this module again afterwards. A
test asks the finished database for every trigger.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

Step = Callable[[Apps, BaseDatabaseSchemaEditor], None]


class Guard(migrations.RunPython):
    """The step that guards one table: what asks the database for its guards reads them."""

    table: str


def append_only(table: str) -> Guard:
    """Return a migration step after which rows of `table` can be added, nothing else.

    UPDATE and DELETE are refused on both databases, TRUNCATE too on PostgreSQL (SQLite has
    none). Safe to name again for the same table.
    """
    return refuse_unless(table, update=None, delete=None)


def refuse_unless(table: str, *, update: str | None, delete: str | None) -> Guard:
    """Return a migration step that refuses changes to `table` but those that are allowed.

    `update` and `delete` are SQL conditions over OLD and NEW (only OLD for `delete`) under
    which the change is allowed; None allows it never. The conditions must mean the same on
    both databases: compare columns that are never null by `=`.
    """

    def forward(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
        _run(editor, _create(editor.connection.vendor, table, update, delete))

    def backward(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
        _run(editor, _drop(editor.connection.vendor, table))

    guard = Guard(forward, backward)
    guard.table = table
    return guard


def _run(editor: BaseDatabaseSchemaEditor, statements: Iterable[str]) -> None:
    for statement in statements:
        editor.execute(statement, params=None)


def _create(
    vendor: str, table: str, update: str | None, delete: str | None
) -> Iterable[str]:
    yield from _drop(vendor, table)
    if vendor == "sqlite":
        for verb, allowed in (("UPDATE", update), ("DELETE", delete)):
            when = "" if allowed is None else f" WHEN NOT ({allowed})"
            yield (
                f'CREATE TRIGGER "{table}_no_{verb.lower()}" BEFORE {verb} ON "{table}"'
                f"{when} BEGIN SELECT RAISE(ABORT, '{_message(table, verb)}'); END"
            )
        return
    yield (
        "CREATE OR REPLACE FUNCTION openspiff_refuse() RETURNS trigger LANGUAGE plpgsql"
        " AS $$ BEGIN RAISE EXCEPTION '% refuses %', TG_TABLE_NAME, TG_OP"
        " USING ERRCODE = 'restrict_violation'; END $$"
    )
    for verb, allowed in (("UPDATE", update), ("DELETE", delete)):
        when = "" if allowed is None else f" WHEN (NOT ({allowed}))"
        yield (
            f'CREATE TRIGGER "{table}_no_{verb.lower()}" BEFORE {verb} ON "{table}"'
            f" FOR EACH ROW{when} EXECUTE FUNCTION openspiff_refuse()"
        )
    yield (
        f'CREATE TRIGGER "{table}_no_truncate" BEFORE TRUNCATE ON "{table}"'
        " FOR EACH STATEMENT EXECUTE FUNCTION openspiff_refuse()"
    )


def _drop(vendor: str, table: str) -> Iterable[str]:
    verbs = ("update", "delete") if vendor == "sqlite" else ("update", "delete", "truncate")
    of_table = "" if vendor == "sqlite" else f' ON "{table}"'
    for verb in verbs:
        yield f'DROP TRIGGER IF EXISTS "{table}_no_{verb}"{of_table}'


def _message(table: str, verb: str) -> str:
    return f"{table} refuses {verb}"
