"""What is wrong with a mapping file? Everything at once, or nothing and it is a mapping."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, ClassVar, Final

from openspiff.errors import OpenSpiffError, Problem
from openspiff.events._mapping import (
    CONSTANT_FIELDS,
    COUNT_FIELDS,
    EVENT_KINDS,
    FIELDS,
    FLAG_FIELDS,
    MONEY_FIELDS,
    NO_WORDS,
    ROSTER_FIELDS,
    YES_WORDS,
    Columns,
    EventMapping,
    FileFormat,
    FileRule,
    Join,
    ProductRule,
    RosterRule,
    SharesRule,
    StatusRule,
    Unmapped,
    Unmatched,
)
from openspiff.events._mapping_ways import (
    computed_rules,
    date_rule,
    money_rule,
    name_rule,
)
from openspiff.events._section import Section, did_you_mean
from openspiff.events._shape import STATUSES
from openspiff.money import MoneyError, currency_exponent

_ENDINGS: Final = {
    ".csv": FileFormat.CSV,
    ".txt": FileFormat.CSV,
    ".tsv": FileFormat.CSV,
    ".xlsx": FileFormat.XLSX,
    ".parquet": FileFormat.PARQUET,
}
_MAX_SOURCE: Final = 60


class MappingError(OpenSpiffError):
    """A mapping file that cannot be used, with everything that is wrong in it."""

    code: ClassVar[str] = "mapping"


def load_mapping(path: Path) -> EventMapping:
    """Read a mapping file (TOML, UTF-8).

    Raises MappingError with every problem and its place.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path} cannot be read: {error}"
        raise MappingError(msg) from None
    return parse_mapping(text, place=path.name)


def parse_mapping(text: str, *, place: str = "mapping") -> EventMapping:
    """Read the text of a mapping file; `place` names it in errors.

    Raises MappingError with every problem and its place.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        msg = f"{place} is not valid TOML"
        raise MappingError(msg, [Problem(place, str(error))]) from None
    problems: list[Problem] = []
    mapping = _mapping(Section(table, "", problems), place)
    if problems:
        msg = f"{place} cannot be used as a mapping"
        raise MappingError(msg, problems)
    return mapping


def _mapping(top: Section, place: str) -> EventMapping:
    source = top.text("source")
    if len(source) > _MAX_SOURCE or not source.isprintable():
        top.problem("source", f"expected a name of up to {_MAX_SOURCE} characters")
    files = file_rules(top)
    main = top.text("main", next(iter(files)) if len(files) == 1 else None)
    _known_role(top, "main", main, files)
    columns = _columns(top)
    constants = _constants(top, columns)
    words = top.section("words") or Section({}, "words", top.problems)
    computed = computed_rules(top, columns)
    has_list_price = "list_price" in {*columns, *computed}
    mapping = EventMapping(
        source=source,
        main=main,
        files=files,
        joins=_joins(top, files, main),
        columns=columns,
        constants=constants,
        shares=_shares(top),
        dates=date_rule(top),
        money=money_rule(top),
        status=_status(top, columns, constants),
        kinds=_kinds(top, columns, constants),
        products=_products(top, files, has_list_price=has_list_price),
        computed=computed,
        payee_names=name_rule(top, "payee_names"),
        firm_names=name_rule(top, "firm_names"),
        yes_words=_folded(words.texts("yes")) or YES_WORDS,
        no_words=_folded(words.texts("no")) or NO_WORDS,
        roster=_roster(top, files),
        place=place,
    )
    words.finish()
    _whole(top, mapping)
    top.finish()
    return mapping


def _folded(words: tuple[str, ...]) -> frozenset[str]:
    return frozenset(word.casefold() for word in words)


def _known_role(section: Section, key: str, role: str, files: dict[str, FileRule]) -> None:
    if role and role not in files:
        section.problem(key, f"there is no [files.{role}]", did_you_mean(role, files))


def file_rules(top: Section) -> dict[str, FileRule]:
    """Return the files of a mapping by their roles."""
    rules: dict[str, FileRule] = {}
    group = top.section("files")
    for role in group.names() if group else []:
        one = group.section(role) if group else None
        if one is None:
            continue
        path = one.text("path")
        ending = _ENDINGS.get(Path(path).suffix.lower())
        if ending is None and "format" not in one.table:
            one.problem("format", f"cannot tell from {path!r}", 'add format = "csv"')
        rules[role] = FileRule(
            role=role,
            path=path,
            format=one.choice("format", FileFormat, ending or FileFormat.CSV),
            encoding=one.text("encoding", ""),
            delimiter=one.text("delimiter", ""),
            sheet=one.text("sheet", ""),
        )
        if len(rules[role].delimiter) > 1:
            one.problem("delimiter", "expected one character")
        try:
            b"".decode(rules[role].encoding or "utf-8")
        except LookupError:
            one.problem("encoding", f"unknown encoding {rules[role].encoding!r}")
        one.finish()
    if not rules:
        top.problem(
            "files", "expected at least one file", "add [files.deals] with path = ..."
        )
    return rules


def _joins(top: Section, files: dict[str, FileRule], main: str) -> tuple[Join, ...]:
    found: list[Join] = []
    for one in top.sections("joins"):
        role = one.text("file")
        _known_role(one, "file", role, files)
        on = one.section("on")
        keys = {key: on.text(key) for key in on.names()} if on else {}
        if not keys:
            one.problem("on", "expected the key columns", 'on = { "ours" = "theirs" }')
        prefix = one.text("prefix", f"{role}.")
        if role == main or any(prefix == other.prefix for other in found):
            one.problem("prefix", f"{role!r} is joined twice under one prefix, or is main")
        unmatched = one.choice("unmatched", Unmatched, Unmatched.REJECT)
        found.append(Join(role=role, on=keys, prefix=prefix, unmatched=unmatched))
        one.finish()
    return tuple(found)


def _columns(top: Section) -> dict[str, Columns]:
    section = top.section("columns") or Section({}, "columns", top.problems)
    columns = {field: section.texts(field) for field in section.names() if field in FIELDS}
    for field in section.names():
        if field not in FIELDS:
            section.problem(field, f"events have no {field!r}", did_you_mean(field, FIELDS))
        elif len(columns[field]) > 1 and field in (
            *MONEY_FIELDS,
            *FLAG_FIELDS,
            *COUNT_FIELDS,
        ):
            section.problem(field, "expected one column")
    if not columns.get("event_id"):
        section.problem("event_id", "expected the column that names an event")
    return {field: names for field, names in columns.items() if names}


def _constants(top: Section, columns: dict[str, Columns]) -> dict[str, str | int | bool]:
    section = top.section("constants") or Section({}, "constants", top.problems)
    constants: dict[str, str | int | bool] = {}
    for field in section.names():
        if field not in CONSTANT_FIELDS:
            remedy = did_you_mean(field, CONSTANT_FIELDS)
            section.problem(field, f"{field!r} cannot be a constant", remedy)
            continue
        kind, words = _constant_kind(field)
        value = section.get(field, kind, words)
        if value is not None:
            constants[field] = value
        if field in columns:
            section.problem(field, "is both a column and a constant", "keep one of them")
    for field in COUNT_FIELDS:
        if int(constants.get(field, 0)) < 0:
            section.problem(field, "expected zero or more")
    _constant_currency(section, constants)
    return constants


def _constant_kind(field: str) -> tuple[type, str]:
    if field in FLAG_FIELDS:
        return bool, "true or false"
    return (int, "a whole number") if field in COUNT_FIELDS else (str, "a text")


def _constant_currency(section: Section, constants: dict[str, Any]) -> None:
    try:
        currency_exponent(str(constants.get("currency", "USD")))
    except MoneyError as error:
        section.problem("currency", error.message)


def _shares(top: Section) -> SharesRule:
    section = top.section("shares")
    if section is None:
        top.problem("shares", "expected who is paid", 'add [shares] with payee = "column"')
        return SharesRule(payees=())
    payees, listed = section.texts("payee"), section.text("list", "")
    shares = section.texts("share")
    if bool(payees) == bool(listed):
        section.problem("payee", "expected either payee (columns) or list (one column)")
    if shares and len(shares) != len(payees):
        section.problem("share", f"expected {len(payees)} columns, got {len(shares)}")
    total = section.number("total", 100)
    if total not in (1, 100):
        section.problem("total", f"expected 1 or 100, got {total}")
    rule = SharesRule(
        payees=(listed,) if listed else payees,
        shares=shares,
        is_list=bool(listed),
        between=section.text("between", ";"),
        before_share=section.text("before_share", ":"),
        total=total,
    )
    section.finish()
    return rule


def _words(section: Section, known: tuple[str, ...]) -> dict[str, str]:
    words: dict[str, str] = {}
    for meaning in known:
        for word in section.texts(meaning):
            if words.setdefault(word.casefold(), meaning) != meaning:
                section.problem(meaning, f"{word!r} stands for two things")
    if not words:
        section.problem("", "expected words", f'such as {known[1]} = ["Won"]')
    return words


def _status(top: Section, columns: dict[str, Columns], constants: Any) -> StatusRule | None:
    section = top.section("status")
    if section is None:
        if constants.get("status") not in STATUSES:
            remedy = 'add [status] with column and words, or constants.status = "done"'
            top.problem("status", "expected what tells the status of an event", remedy)
        return None
    dates = section.section("dates")
    found = {name: dates.texts(name) for name in STATUSES} if dates else {}
    if dates:
        dates.finish()
        if "occurred_at" in columns:
            section.problem("dates", "columns.occurred_at already says when", "keep one")
    names = section.texts("column")
    if not names or "status" in constants or "status" in columns:
        section.problem("column", "expected one source of the status: this column")
    words = _words(section, STATUSES)
    section.finish()
    return StatusRule(
        columns=names, words=words, dates={k: v for k, v in found.items() if v}
    )


def _kinds(
    top: Section, columns: dict[str, Columns], constants: Any
) -> dict[str, str] | None:
    section = top.section("kind")
    if section is None:
        kind = constants.get("kind")
        if kind not in EVENT_KINDS:
            remedy = did_you_mean(str(kind or ""), EVENT_KINDS)
            top.problem("constants.kind", f"expected what happened, got {kind!r}", remedy)
        return None
    if "kind" in constants or "kind" not in columns:
        section.problem("", "words for kinds need columns.kind, and no constant")
    words = _words(section, EVENT_KINDS)
    section.finish()
    return words


def _products(
    top: Section, files: dict[str, FileRule], *, has_list_price: bool
) -> ProductRule | None:
    section = top.section("products")
    if section is None:
        return None
    role = section.text("file", "")
    _known_role(section, "file", role, files)
    column = section.text("column", None if role else "")
    aliases = section.section("aliases")
    rule = ProductRule(
        role=role,
        column=column,
        ids=section.texts("ids"),
        aliases={one: aliases.text(one) for one in aliases.names()} if aliases else {},
        refused=section.texts("refused"),
        unmapped=section.choice("unmapped_product", Unmapped, Unmapped.KEEP),
        list_price=section.text("list_price", ""),
    )
    if rule.list_price and not role:
        section.problem("list_price", "expected the file whose column it is", "name it")
    if rule.list_price and has_list_price:
        remedy = "keep the list price of the event or that of the product"
        section.problem("list_price", "the list price of events is mapped too", remedy)
    section.finish()
    return rule


def _roster(top: Section, files: dict[str, FileRule]) -> RosterRule | None:
    section = top.section("payees")
    if section is None:
        return None
    role = section.text("file")
    _known_role(section, "file", role, files)
    payee_id = section.texts("payee_id")
    if not payee_id:
        section.problem("payee_id", "expected the column that names a payee")
    constants = section.section("constants") or Section(
        {}, "payees.constants", top.problems
    )
    fixed = {
        field: constants.text(field) for field in ROSTER_FIELDS if field in constants.table
    }
    columns = {f: section.texts(f) for f in ROSTER_FIELDS if f in section.table}
    rule = RosterRule(
        role=role,
        payee_id=payee_id,
        columns=columns,
        constants=fixed,
        from_column=section.text("from", ""),
        before_column=section.text("before", ""),
        until_column=section.text("until", ""),
    )
    if rule.before_column and rule.until_column:
        section.problem("until", "expected before or until, not both")
    for field in set(columns) & set(fixed):
        constants.problem(field, "is both a column and a constant", "keep one of them")
    constants.finish(ROSTER_FIELDS)
    section.finish(ROSTER_FIELDS)
    return rule


def _whole(top: Section, mapping: EventMapping) -> None:
    """Check what concerns several sections."""
    fields = set(mapping.columns) | set(mapping.constants)
    if "currency" not in fields:
        top.problem("constants.currency", "expected a currency", 'such as currency = "USD"')
    when = "occurred_at" in fields or (mapping.status is not None and mapping.status.dates)
    if not when:
        remedy = "add columns.occurred_at or [status.dates]"
        top.problem("columns.occurred_at", "expected what says when it happened", remedy)
    used = {mapping.main, *(join.role for join in mapping.joins)}
    used |= {mapping.products.role} if mapping.products else set()
    used |= {mapping.roster.role} if mapping.roster else set()
    for role in mapping.files:
        if role not in used:
            top.problem(f"files.{role}", "is read by nothing", "join it, or leave it out")
