"""How does a mapping say in what ways dates, numbers and computed amounts are written?"""

from __future__ import annotations

import datetime as dt
from typing import Final

from whenever import Instant, TimeZoneNotFoundError

from openspiff.events._forms import FORMS
from openspiff.events._mapping import (
    MONEY_FIELDS,
    Columns,
    ComputedRule,
    DateRule,
    Gap,
    MoneyRule,
    NameRule,
    Repeat,
    Units,
)
from openspiff.events._section import Section, did_you_mean

_SAMPLE: Final = dt.datetime(2021, 11, 23, 0, 0, tzinfo=None)  # noqa: DTZ001 (a pattern)


def _is_format(text: str) -> bool:
    if text == "ISO":
        return True
    try:
        again = dt.datetime.strptime(_SAMPLE.strftime(text), text)  # noqa: DTZ007
    except ValueError:
        return False
    return again == _SAMPLE


def date_rule(top: Section) -> DateRule:
    """Return how dates are written, and the zone of local times."""
    zone = top.text("zone")
    try:
        Instant.from_timestamp(0).to_tz(zone or "UTC")
    except TimeZoneNotFoundError:
        top.problem("zone", f"unknown time zone {zone!r}", "such as America/New_York")
    section = top.section("dates") or Section({}, "dates", top.problems)
    formats = section.texts("formats")
    for text in formats:
        if not _is_format(text):
            remedy = 'such as "%d.%m.%Y", "%m/%d/%Y %H:%M" or "ISO"'
            section.problem("formats", f"{text!r} does not tell a whole date", remedy)
    rule = DateRule(
        zone=zone,
        formats=formats,
        skipped=section.choice("skipped", Gap, Gap.LATER),
        repeated=section.choice("repeated", Repeat, Repeat.EARLIER),
    )
    section.finish()
    return rule


def money_rule(top: Section) -> MoneyRule:
    """Return how numbers are written."""
    section = top.section("money") or Section({}, "money", top.problems)
    rule = MoneyRule(
        decimal=section.text("decimal", "."),
        thousands=section.text("thousands", ""),
        signs=section.texts("signs"),
        has_parentheses=section.flag("parentheses", default=False),
        units=section.choice("units", Units, Units.MAJOR),
    )
    if rule.decimal not in (".", ","):
        section.problem("decimal", f"expected . or , got {rule.decimal!r}")
    if rule.thousands not in ("", ".", ",", " ", "'", "’"):  # noqa: RUF001 (Swiss use it)
        section.problem("thousands", f"expected . , ' or a space, got {rule.thousands!r}")
    if rule.thousands == rule.decimal:
        section.problem("thousands", "expected another mark than the decimal one")
    section.finish()
    return rule


def name_rule(top: Section, key: str) -> NameRule:
    """Return what the names of payees or firms in the file stand for."""
    section = top.section(key) or Section({}, key, top.problems)
    aliases = section.section("aliases")
    rule = NameRule(
        aliases={one: aliases.text(one) for one in aliases.names()} if aliases else {},
        known=section.texts("known"),
        refused=section.texts("refused"),
    )
    for name in set(rule.aliases) & set(rule.refused):
        section.problem("refused", f"{name!r} is an alias too", "keep one of them")
    section.finish()
    return rule


def computed_rules(top: Section, columns: dict[str, Columns]) -> dict[str, ComputedRule]:
    """Return the amounts that follow from columns, each by one of FORMS."""
    group = top.section("computed") or Section({}, "computed", top.problems)
    rules: dict[str, ComputedRule] = {}
    for field in MONEY_FIELDS:
        one = group.section(field)
        if one is None:
            continue
        if field in columns:
            one.problem("", f"columns.{field} already says it", "keep one of them")
        text = one.text("form")
        form = FORMS.get(text)
        if form is None:
            listed = "; ".join(FORMS)
            one.problem("form", f"unknown form {text!r}", f"forms are: {listed}")
            one.names()
        else:
            named = {name: one.text(name) for name in form.names}
            rules[field] = ComputedRule(form=text, columns=named)
        one.finish()
    for field in group.table:
        if field not in MONEY_FIELDS:
            group.problem(field, "cannot be computed", did_you_mean(field, MONEY_FIELDS))
    return rules
