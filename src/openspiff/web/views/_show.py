"""How are amounts, days and counts written on a page? Filters of the templates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from django import template
from django.utils.translation import gettext as _
from whenever import Instant

from openspiff.money import PPM, format_money
from openspiff.web.queries.statements import PayeeAccount

_KINDS: Final[Mapping[str, str]] = {
    "accrual": "Earned",
    "reversal": "Taken back",
    "payout": "Paid",
    "clawback": "Clawed back",
}

register = template.Library()


def local_day(at: int, zone: str) -> dt.date:
    """Return the day of an instant (microseconds since 1970 UTC) in an IANA zone."""
    plain = Instant.from_timestamp(at, unit="microsecond").to_tz(zone)
    return dt.date(plain.year, plain.month, plain.day)


@register.filter
def money(amount_minor: int, currency: str) -> str:
    """Write an amount with its currency; a true minus sign keeps columns readable."""
    return format_money(amount_minor, currency).replace("-", "\N{MINUS SIGN}", 1)


@register.filter
def day(value: dt.date | None) -> str:
    """Write a day as the terms do, with a short month: `22 Nov 2026`; nothing for None."""
    return "" if value is None else f"{value.day} {value:%b} {value.year}"


@register.filter
def month(value: dt.date) -> str:
    """Write a month as `November 2026`."""
    return f"{value:%B %Y}"


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
    return f"{number:,}"


@register.filter
def percent(share_ppm: int) -> str:
    """Write millionths as a percentage with up to two decimals."""
    return f"{share_ppm / PPM:.2%}".replace(".00%", "%")


@register.filter
def days_left(ends_before: dt.date, today: dt.date) -> str:
    """Say how long a window stays open: `12 days left`, `last day`, `ended 2 Nov 2026`."""
    left = (ends_before - today).days
    if left <= 0:
        return f"ended {day(ends_before - dt.timedelta(days=1))}"
    return "last day" if left == 1 else f"{left} days left"


@register.filter
def verdict_words(decision: str) -> str:
    """Write a verdict in words: `cannot_tell` as `cannot tell`."""
    return decision.replace("_", " ")


@register.filter
def kind_words(kind: str) -> str:
    """Write the kind of a transfer as its payee reads it."""
    return _KINDS[kind]


@register.filter
def local_date(at: int, zone: str) -> str:
    """Write the day of an instant in a zone."""
    return day(local_day(at, zone))


@register.filter
def signed_money(amount_minor: int, currency: str) -> str:
    """Write a change of a balance with its sign, also above zero."""
    return f"{'+' if amount_minor > 0 else ''}{money(amount_minor, currency)}"


@register.filter
def event_kind(kind: str) -> str:
    """Write the kind of an event: `deal_won` as `Deal won`."""
    known = {
        "deal_registered": _("Deal registered"),
        "deal_won": _("Deal won"),
        "deal_activated": _("Deal activated"),
        "first_invoice_paid": _("First invoice paid"),
        "demo_held": _("Demo held"),
        "nomination_accepted": _("Nomination accepted"),
        "act_verified": _("Reference act verified"),
    }
    return known.get(str(kind), str(kind))


@register.filter
def value_of(values: Mapping[object, object], key: object) -> object:
    """Return what a mapping holds under a key; nothing where it holds none."""
    return values.get(key, "")


@register.simple_tag
def program_name(account: PayeeAccount, program_id: str) -> str:
    """Write the name of a program, or its id where the name is gone."""
    return account.program_names.get(program_id, program_id)
