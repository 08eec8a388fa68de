"""How are amounts, days and counts written on a page? Filters of the templates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from django import template
from django.utils.formats import number_format
from django.utils.translation import (
    gettext as _,
    gettext_lazy,
    ngettext,
)
from whenever import Instant

from openspiff.money import PPM
from openspiff.report import Section, plain_sentence
from openspiff.web.forms.decisions import VERDICTS
from openspiff.web.forms.imports import KIND_NAMES
from openspiff.web.forms.written import (
    day,
    is_english,
    kind_words,
    local_date,
    money,
    month,
    signed_money,
)
from openspiff.web.queries.statements import PayeeAccount

_WAYS: Final[Mapping[str, Any]] = {
    "password": gettext_lazy("by password"),
    "totp": gettext_lazy("by password and app"),
    "recovery_codes": gettext_lazy("by password and spare code"),
    "passkey": gettext_lazy("by passkey"),
    "provider": gettext_lazy("by the organization's sign-in"),
}

register = template.Library()
for _filter in (money, signed_money, day, month, local_date, kind_words):
    register.filter(_filter.__name__, _filter)


def local_day(at: int, zone: str) -> dt.date:
    """Return the day of an instant (microseconds since 1970 UTC) in an IANA zone."""
    plain = Instant.from_timestamp(at, unit="microsecond").to_tz(zone)
    return dt.date(plain.year, plain.month, plain.day)


@register.filter
def of(found: Mapping[str, Any] | None, key: str) -> Any:
    """Return what a mapping holds under a key, or None where there is no mapping."""
    return found.get(key) if found else None


@register.filter
def utc_day(at: int) -> str:
    """Write the UTC day of an instant."""
    return day(local_day(at, "UTC"))


@register.filter
def moment(at: int, zone: str) -> str:
    """Write an instant as day and minute of a zone, with the zone's name."""
    local = Instant.from_timestamp(at, unit="microsecond").to_tz(zone)
    return f"{day(local_day(at, zone))}, {local.hour:02}:{local.minute:02} ({zone})"


@register.filter
def count(number: int) -> str:
    """Write a whole number with thousands apart."""
    return f"{number:,}" if is_english() else number_format(number, force_grouping=True)


@register.filter
def percent(share_ppm: int) -> str:
    """Write millionths as a percentage with up to two decimals."""
    if is_english():
        return f"{share_ppm / PPM:.2%}".replace(".00%", "%")
    exact = (Decimal(share_ppm) * 100 / PPM).quantize(Decimal("0.01"))
    places = 0 if exact == exact.to_integral_value() else 2
    return f"{number_format(exact, places)}\N{NO-BREAK SPACE}%"


@register.filter
def rate(rate_ppm: int) -> str:
    """Write the rate of a reward with all its digits; beyond the whole as `1.5 times`."""
    if rate_ppm > PPM:
        return _("%(rate)s times") % {"rate": _exact(Decimal(rate_ppm) / PPM)}
    gap = "" if is_english() else "\N{NO-BREAK SPACE}"
    return f"{_exact(Decimal(rate_ppm) * 100 / PPM)}{gap}%"


def _exact(number: Decimal) -> str:
    """Write a number with the digits it has."""
    places = max(-int(number.normalize().as_tuple().exponent), 0)
    return f"{number:.{places}f}" if is_english() else number_format(number, places)


@register.filter
def days_left(ends_before: dt.date, today: dt.date) -> str:
    """Say how long a window stays open: `12 days left`, `last day`, `ended 2 Nov 2026`."""
    left = (ends_before - today).days
    if left <= 0:
        return _("ended %(day)s") % {"day": day(ends_before - dt.timedelta(days=1))}
    if left == 1:
        return _("last day")
    return ngettext("%(count)s day left", "%(count)s days left", left) % {
        "count": count(left)
    }


@register.filter
def plainly(sentence: str) -> str:
    """Write a sentence of a measurement as its report does."""
    return plain_sentence(sentence)


@register.filter
def verdict_words(decision: str) -> str:
    """Write a verdict in words: `cannot_tell` as `cannot tell`."""
    return {
        "repeat": _("repeat"),
        "redesign": _("redesign"),
        "retire": _("retire"),
        "cannot_tell": _("cannot tell"),
    }[decision]


@register.filter
def state_words(state: str) -> str:
    """Write how far a version of a program is."""
    return {"draft": _("draft"), "launched": _("launched"), "ended": _("ended")}[state]


@register.filter
def verdict_name(decision: str) -> str:
    """Write a verdict as what is done with the program."""
    return str(dict(VERDICTS)[decision])


@register.filter
def points_of(section: Section) -> tuple[str, ...]:
    """Return the points of a section; a template would take `items` for a method."""
    return section.items


@register.filter
def figure(value: object) -> str:
    """Write a cell of a picture's numbers: nothing for what is not known."""
    if value is None:
        return ""
    return f"{value:,.3f}" if isinstance(value, float) else str(value)


@register.filter
def way_words(way: str) -> Any:
    """Write by which way somebody came in."""
    return _WAYS.get(way, way)


@register.filter
def field_words(name: str) -> str:
    """Write the name of a form's field in words: `given_on` as `Given on`."""
    return name.replace("_", " ").capitalize()


@register.filter
def event_kind(kind: str) -> str:
    """Write the kind of an event: `deal_won` as `Deal won`."""
    return str(KIND_NAMES.get(kind, kind))


@register.filter
def value_of(values: Mapping[object, object], key: object) -> object:
    """Return what a mapping holds under a key; nothing where it holds none."""
    return values.get(key, "")


@register.simple_tag
def program_name(account: PayeeAccount, program_id: str) -> str:
    """Write the name of a program, or its id where the name is gone."""
    return account.program_names.get(program_id, program_id)
