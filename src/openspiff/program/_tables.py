"""How does a table of a program file become a part of the model, and go back?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import attrs

from openspiff.errors import OpenSpiffError

from ._formats import Context, Flaw, FlawsError, Format, near_miss, refuse, shown

UNKNOWN_KEY: Final = "unknown key"


@attrs.frozen
class Field:
    """One key of a table: its name in the file, in the model, and how it is written."""

    key: str
    attribute: str
    format: Format
    is_required: bool = False


@attrs.frozen
class Found:
    """What could be read of a table, by the names of the model, and what could not."""

    values: Mapping[str, Any]
    broken: frozenset[str]

    def __getitem__(self, attribute: str) -> Any:
        """Return the value, None when the file is silent or unreadable about it."""
        return self.values.get(attribute)

    def is_sure(self, *attributes: str) -> bool:
        """Say whether none of these was written in a way that could not be read."""
        return not self.broken & set(attributes)


Check = Callable[[Found], Iterable[Flaw]]


@attrs.frozen(kw_only=True)
class Table(Format):
    """A format that is a table of fields and becomes one object of the model."""

    cls: type[Any]
    fields: tuple[Field, ...]


def _read_fields(
    fields: tuple[Field, ...], table: Mapping[str, Any], context: Context, extra: str
) -> tuple[Found, list[Flaw]]:
    keys = {field.key for field in fields} | ({extra} if extra else set())
    values: dict[str, Any] = {}
    broken: set[str] = set()
    flaws: list[Flaw] = []
    for field in fields:
        if field.key in table:
            try:
                values[field.attribute] = field.format.read(table[field.key], context)
            except FlawsError as error:
                broken.add(field.attribute)
                flaws += error.within(field.key)
        elif field.is_required:
            broken.add(field.attribute)
            message = f"expected {field.format.expected}, found nothing"
            remedy = f"write {field.key} = {field.format.example}"
            flaws.append(Flaw((field.key,), message, remedy))
    for key in table:
        if key not in keys:
            listed = f"keys here are {', '.join(sorted(keys))}"
            flaws.append(Flaw((key,), UNKNOWN_KEY, near_miss(key, keys, otherwise=listed)))
    return Found(values, frozenset(broken)), flaws


def table(
    cls: type[Any],
    fields: tuple[Field, ...],
    *,
    check: Check = lambda _: (),
    extra: str = "",
) -> Table:
    """Return the format of a table that becomes one object of `cls`.

    `check` sees every value that could be read and yields what is wrong between them;
    `extra` is a key that the caller has read already.
    """

    def read(value: object, context: Context) -> Any:
        if not isinstance(value, Mapping):
            refuse(f"expected a table, got {shown(value)}", "write it as a [table]")
        found, flaws = _read_fields(fields, value, context, extra)
        flaws += check(found)
        if flaws:
            raise FlawsError(flaws)
        try:
            return cls(**found.values)
        except (ValueError, OpenSpiffError) as error:
            refuse(str(error))

    def write(value: Any, context: Context) -> dict[str, Any]:
        said: dict[str, Any] = {}
        for field in fields:
            term = getattr(value, field.attribute)
            is_said = field.is_required or not _is_default(cls, field.attribute, term)
            if term is not None and (is_said or context.has_defaults):
                said[field.key] = field.format.write(term, context)
        return said

    return Table(
        expected="a table",
        example="{ ... }",
        read=read,
        write=write,
        cls=cls,
        fields=fields,
    )


def _is_default(cls: type[Any], attribute: str, value: object) -> bool:
    default: Any = attrs.fields_dict(cls)[attribute].default
    make = getattr(default, "factory", None)
    return bool(value == (default if make is None else make()))


def rows(one: Table, example: str) -> Format:
    """Return the format of a list of tables."""
    expected = "a list of tables"

    def read(value: object, context: Context) -> tuple[Any, ...]:
        if not isinstance(value, list):
            refuse(f"expected {expected}, got {shown(value)}", f"write {example}")
        flaws: list[Flaw] = []
        found: list[Any] = []
        for position, item in enumerate(value):
            try:
                found.append(one.read(item, context))
            except FlawsError as error:
                flaws += error.within(position)
        if flaws:
            raise FlawsError(flaws)
        return tuple(found)

    def write(value: tuple[Any, ...], context: Context) -> list[Any]:
        return [one.write(item, context) for item in value]

    return Format(expected=expected, example=example, read=read, write=write)
