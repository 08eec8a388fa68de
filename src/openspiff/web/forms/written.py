"""How are amounts and days written for people, on pages and in files?

English is written as the terms are; every other language as Django writes its numbers and
days, with the currency behind the amount.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.utils.formats import date_format, number_format
from django.utils.translation import get_language, gettext as _

from openspiff.money import currency_exponent, currency_sign, format_money
from openspiff.program import day_of


def is_english(language: str | None = None) -> bool:
    """Tell whether a language, or the one that is spoken, is English."""
    return (language or get_language() or "en").startswith("en")


def money(amount_minor: int, currency: str, language: str | None = None) -> str:
    """Write an amount with its currency; a true minus sign keeps columns readable.

    Whoever writes many names the language that is spoken: asking for it each time takes
    longer than the writing.
    """
    if is_english(language):
        return format_money(amount_minor, currency).replace("-", "\N{MINUS SIGN}", 1)
    exponent = currency_exponent(currency)
    exact = Decimal(abs(amount_minor)).scaleb(-exponent)
    digits = number_format(exact, exponent, force_grouping=True)
    sign = "\N{MINUS SIGN}" if amount_minor < 0 else ""
    return f"{sign}{digits}\N{NO-BREAK SPACE}{currency_sign(currency)}"


def signed_money(amount_minor: int, currency: str, language: str | None = None) -> str:
    """Write a change of a balance with its sign, also above zero."""
    return f"{'+' if amount_minor > 0 else ''}{money(amount_minor, currency, language)}"


def day(value: dt.date | None, language: str | None = None) -> str:
    """Write a day as the terms do, with a short month: `22 Nov 2026`; nothing for None."""
    if value is None:
        return ""
    if is_english(language):
        return f"{value.day} {value:%b} {value.year}"
    return date_format(value, "DATE_FORMAT")


def month(value: dt.date) -> str:
    """Write a month as `November 2026`."""
    return f"{value:%B %Y}" if is_english() else date_format(value, "YEAR_MONTH_FORMAT")


def local_date(at: int, zone: str) -> str:
    """Write the day of an instant in a zone."""
    return day(day_of(at, zone))


def kind_words(kind: str) -> str:
    """Write the kind of a transfer as its payee reads it."""
    return {
        "accrual": _("Earned"),
        "reversal": _("Taken back"),
        "payout": _("Paid"),
        "clawback": _("Clawed back"),
    }[kind]
