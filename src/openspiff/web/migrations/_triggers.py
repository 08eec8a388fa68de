"""Which rows can nobody edit? Triggers that refuse it, on SQLite and on PostgreSQL.

SQLite drops a table's triggers when a later migration rebuilds the table (AlterField and
most others do): such a migration names the operation of this module again afterwards. A
test asks the finished database for every trigger.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

Step = Callable[[BaseDatabaseSchemaEditor], None]


class Guard(migrations.RunPython):
    """The step that guards one table: what asks the database for its guards reads them.

    It names its table itself, so it does without the models of that moment: to draw them
    all up for each guard took a fourth of the time of a new database.
    """

    def __init__(self, table: str, put: Step, remove: Step) -> None:
        """Guard `table` by what `put` tells the database, until `remove` is told."""
        super().__init__(lambda _, editor: put(editor), lambda _, editor: remove(editor))
        self.table, self._put, self._remove = table, put, remove

    def database_forwards(
        self, _label: str, editor: BaseDatabaseSchemaEditor, _old: Any, _new: Any
    ) -> None:
        """Guard the table."""
        self._put(editor)

    def database_backwards(
        self, _label: str, editor: BaseDatabaseSchemaEditor, _old: Any, _new: Any
    ) -> None:
        """Take the guard away."""
        self._remove(editor)


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

    def put(editor: BaseDatabaseSchemaEditor) -> None:
        _run(editor, _create(editor.connection.vendor, table, update, delete))

    def remove(editor: BaseDatabaseSchemaEditor) -> None:
        _run(editor, _drop(editor.connection.vendor, table))

    return Guard(table, put, remove)


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
