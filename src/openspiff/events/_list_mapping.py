"""How does a file that is a list, and no events, become a roster, products or rates?"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Final

import attrs

from openspiff.errors import Problem
from openspiff.events._mapping import Columns, DateRule, FileRule, MoneyRule
from openspiff.events._mapping_file import MappingError, file_rules
from openspiff.events._mapping_ways import date_rule, money_rule
from openspiff.events._section import Section, did_you_mean

LIST_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "roster": (
        *("payee_id", "name", "firm_id", "role", "tier", "region", "segment"),
        *("from", "before", "until"),
    ),
    "products": ("product_id", "name"),
    "rates": ("from_currency", "to_currency", "rate", "from", "before", "until"),
}
"""What a list can be, and the fields that a column may say."""

LIST_REQUIRED: Final[Mapping[str, tuple[str, ...]]] = {
    "roster": ("payee_id",),
    "products": ("product_id",),
    "rates": ("from_currency", "to_currency", "rate"),
}
_NEVER_FIXED: Final = frozenset({"payee_id", "product_id", "from", "before", "until"})


@attrs.frozen(kw_only=True)
class ListMapping:
    """Everything that is needed to read a list: `makes` is a key of LIST_FIELDS."""

    makes: str
    source: str
    file: FileRule
    columns: Mapping[str, Columns]
    constants: Mapping[str, str]
    dates: DateRule
    money: MoneyRule
    place: str = "mapping"


def made_by(text: str) -> str:
    """Return what the text of a mapping makes: events, or a key of LIST_FIELDS.

    Raises MappingError when it is no TOML or makes something unknown.
    """
    try:
        made = tomllib.loads(text).get("makes", "events")
    except tomllib.TOMLDecodeError as error:
        raise MappingError("not valid TOML", [Problem("mapping", str(error))]) from None
    if made != "events" and made not in LIST_FIELDS:
        remedy = f"events, {', '.join(LIST_FIELDS)}"
        raise MappingError("unknown", [Problem("makes", f"{made!r} is unknown", remedy)])
    return str(made)


def parse_list_mapping(text: str, *, place: str = "mapping") -> ListMapping:
    """Read the mapping of a list; raises MappingError with every problem."""
    made = made_by(text)
    if made == "events":
        problem = Problem("makes", "maps events", "say makes = roster, products or rates")
        raise MappingError("this mapping makes no list", [problem])
    problems: list[Problem] = []
    top = Section(tomllib.loads(text), "", problems)
    top.text("makes")
    files = file_rules(top)
    if len(files) > 1:
        top.problem("files", "expected one file", "a list is not joined")
    columns = _columns(top, made)
    mapping = ListMapping(
        makes=made,
        source=top.text("source", made),
        file=next(iter(files.values()), FileRule(role="", path="", format="csv")),  # type: ignore[arg-type]
        columns=columns,
        constants=_constants(top, made, columns),
        dates=date_rule(top),
        money=money_rule(top),
        place=place,
    )
    for field in LIST_REQUIRED[made]:
        if field not in columns and field not in mapping.constants:
            top.problem(f"columns.{field}", "expected the column that says it")
    if {"before", "until"} <= set(columns):
        top.problem("columns.until", "expected before or until, not both")
    top.finish()
    if problems:
        msg = f"{place} cannot be used as a mapping"
        raise MappingError(msg, problems)
    return mapping


def _columns(top: Section, made: str) -> dict[str, Columns]:
    section = top.section("columns") or Section({}, "columns", top.problems)
    known = LIST_FIELDS[made]
    for field in section.names():
        if field not in known:
            section.problem(field, f"a list of {made} has none", did_you_mean(field, known))
    return {field: section.texts(field) for field in known if field in section.table}


def _constants(top: Section, made: str, columns: dict[str, Columns]) -> dict[str, str]:
    section = top.section("constants") or Section({}, "constants", top.problems)
    known = [one for one in LIST_FIELDS[made] if one not in _NEVER_FIXED]
    found: dict[str, str] = {}
    for field in section.names():
        if field not in known:
            section.problem(field, "cannot be a constant", did_you_mean(field, known))
        elif field in columns:
            section.problem(field, "is both a column and a constant", "keep one of them")
        else:
            found[field] = section.text(field)
    return found
