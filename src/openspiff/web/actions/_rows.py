"""How is a row added where every call adds some? By a statement that is written once.

The ORM writes its INSERT anew for each row, which takes longer than the database takes to
do it. What a field makes of its value is asked of the field, as the ORM does, unless it
would hand it on as it is.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs
from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.models import Field, Model

from openspiff.web._postgresql import often_cursor

_PLAIN: Final[dict[type[Any], type[Any]]] = {
    models.BooleanField: bool,
    models.CharField: str,
    models.TextField: str,
}
"""The values that a field hands on as they are."""


@attrs.frozen
class Row:
    """One row that is to be added: its statement, and the values in their places."""

    sql: str
    values: list[Any]


def row_of(model: type[Model], values: Mapping[str, Any]) -> Row:
    """Return a row that is to be added.

    Every column is named as the database knows it (`actor_id`); one may be left out that
    has a default, and its number, which the database then gives. Raises TypeError for what
    is missing, and for any other name.
    """
    there = connections[DEFAULT_DB_ALIAS]
    sql, columns, names = _statement(model, there.vendor, is_numbered="id" in values)
    given = []
    for name, field, plain in columns:
        value = values[name] if name in values else _default(field)
        if type(value) is not plain:
            value = field.get_db_prep_save(value, there)
        given.append(value)
    unknown = values.keys() - names
    if unknown:
        message = f"{model.__name__} has no {', '.join(sorted(unknown))}"
        raise TypeError(message)
    return Row(sql, given)


def add_row(model: type[Model], **values: Any) -> int:
    """Add one row and return its number; raises what `row_of` and the database raise."""
    row = row_of(model, values)
    with often_cursor() as cursor:
        cursor.execute(f'{row.sql} returning "{_number(model)}"', row.values)
        (number,) = cursor.fetchone()
    return int(number)


def add_rows(rows: Sequence[Row]) -> None:
    """Add rows of any tables, in one statement where the database knows how."""
    if connection.vendor == "postgresql" and len(rows) > 1:
        *first, last = [row.sql for row in rows]
        named = ", ".join(f"r{place} as ({sql})" for place, sql in enumerate(first))
        values = [value for row in rows for value in row.values]
        rows = [Row(f"with {named} {last}", values)]
    with often_cursor() as cursor:
        for row in rows:
            cursor.execute(row.sql, row.values)


def next_number(model: type[Model]) -> str:
    """Return how a statement asks for the next number of a table's rows; null: it cannot.

    A number that was taken is given to no other row.
    """
    if connection.vendor != "postgresql":
        return "null"
    table = connection.ops.quote_name(model._meta.db_table)  # noqa: SLF001 (documented)
    return f"nextval(pg_get_serial_sequence('{table}', '{_number(model)}'))"


def _default(field: Field[Any, Any]) -> Any:
    if not (field.has_default() or field.null or field.blank):
        message = f"expected a value for {field.attname}"
        raise TypeError(message)
    return field.get_default()


@functools.cache
def _number(model: type[Model]) -> str:
    key: Any = model._meta.pk  # noqa: SLF001 (Django's documented name for it)
    return str(key.column)


_Columns = tuple[tuple[str, Any, type[Any] | None], ...]


@functools.cache
def _statement(
    model: type[Model], vendor: str, *, is_numbered: bool
) -> tuple[str, _Columns, frozenset[str]]:
    """Return the statement of a table for one kind of database, and what it asks for."""
    del vendor  # each database has marks of its own, and tests use two
    quoted = connection.ops.quote_name
    meta = model._meta  # noqa: SLF001 (as above)
    fields: list[Any] = [
        one for one in meta.concrete_fields if is_numbered or not one.primary_key
    ]
    columns = ", ".join(quoted(one.column) for one in fields)
    marks = ", ".join(["%s"] * len(fields))
    sql = f"insert into {quoted(meta.db_table)} ({columns}) values ({marks})"  # noqa: S608 (names of columns)
    asked = tuple((one.attname, one, _PLAIN.get(type(one))) for one in fields)
    return sql, asked, frozenset(one.attname for one in fields)
