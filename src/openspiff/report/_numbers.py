"""How is a number written, with as many digits as it deserves?

The numbers of one estimate, its value and both ends, are written alike: to the small coin
or without, to the hundredth or finer, as the largest of them is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Final

import attrs

from openspiff.measure import Estimate
from openspiff.money import currency_exponent, currency_sign, format_money

_THOUSAND: Final = 1000
_HUNDRED: Final = 100
_TENTH: Final = 0.1
_SIGNIFICANT: Final = 2
_FINEST: Final = 6

_PER: Final[Mapping[str, str]] = {
    "per payee-week": "per payee and week",
    "per customer": "for each customer",
}


def is_money(one: Estimate, currency: str) -> bool:
    """Tell whether an estimate is an amount in minor units of the currency."""
    return one.unit.startswith(f"{currency} minor unit")


def plain_unit(one: Estimate, currency: str) -> str:
    """Return the unit as a reader says it; empty for amounts and shares by themselves."""
    if is_money(one, currency):
        for unit, words in _PER.items():
            if one.unit.endswith(unit):
                return words
        return ""
    if _is_coins(one, currency):
        return ""
    return one.unit.replace("payee-week", "payee and week")


def say_value(one: Estimate, value: float, currency: str) -> str:
    """Return one number of an estimate as people write it: an amount, a share, a count."""
    digits = _digits(one, currency)
    if is_money(one, currency):
        scale = 10 ** currency_exponent(currency)
        rounded = round(value / scale, digits) * scale
        words = format_money(round(rounded), currency)
        return words if digits else words.partition(".")[0]
    if _is_coins(one, currency):
        sign = currency_sign(currency)
        mark = f"{sign} " if sign == currency else sign
        return f"{'-' if value < 0 else ''}{mark}{abs(value):,.{digits}f}"
    if one.unit.startswith("share"):
        return percent(value, digits=digits)
    return _signed(value, digits)


def major(one: Estimate, value: float | None, currency: str) -> float | None:
    """Return a number of an estimate for a table: amounts in currency, to the coin."""
    if value is None or not is_money(one, currency):
        return value
    return in_major(value, currency)


def in_major(amount_minor: float, currency: str) -> float:
    """Return minor units as currency, to the coin: what tables and files of a chart say."""
    exponent = currency_exponent(currency)
    amount = amount_minor / 10.0**exponent
    return round(amount, exponent) if exponent else round(amount)


def table_unit(one: Estimate, currency: str) -> str:
    """Return the unit of a number in a table; of amounts the currency itself."""
    if not is_money(one, currency):
        return one.unit.replace("payee-week", "payee and week")
    return f"{currency} {plain_unit(one, currency)}".strip()


def printed(one: Estimate, currency: str) -> Estimate:
    """Return an estimate rounded to what is written of it, and no error beside it.

    A number in full is a fraction whose parts could be told from it.
    """
    places = _digits(one, currency)
    if is_money(one, currency):
        places -= currency_exponent(currency)
    elif one.unit.startswith("share"):
        places += 2

    def rounded(value: float | None) -> float | None:
        return None if value is None else round(value, places) + 0.0

    return attrs.evolve(
        one,
        value=round(one.value, places) + 0.0,
        low=rounded(one.low),
        high=rounded(one.high),
        standard_error=None,
        degrees_of_freedom=None,
    )


def percent(share: float, *, digits: int = 0) -> str:
    """Return a share as a percentage, never as minus zero."""
    return f"{round(share * 100, digits) + 0.0:,.{digits}f}%"


def few_digits(number: float) -> str:
    """Return a number above zero with three digits that count, never as 0."""
    size = math.floor(math.log10(number)) if number > 0 else 0
    decimals = max(0, 2 - size)
    words = f"{number:,.{decimals}f}"
    return words.rstrip("0").rstrip(".") if decimals else words


def about_money(amount_minor: float, currency: str) -> str:
    """Return an amount for reading; from a thousand up without the small coins."""
    scale = 10 ** currency_exponent(currency)
    if abs(amount_minor) < _THOUSAND * scale:
        return format_money(round(amount_minor), currency)
    words = format_money(round(amount_minor / scale) * scale, currency)
    return words.partition(".")[0]


def say_range(one: Estimate, currency: str) -> str:
    """Return the 95% interval of an estimate in words, whatever its shape."""
    return _range(one, lambda value: say_value(one, value, currency))


def number_range(one: Estimate, *, digits: int = 2) -> str:
    """Return the 95% interval in words, open ends named."""
    return _range(one, lambda value: _signed(value, digits))


def share_range(one: Estimate) -> str:
    """Return a share with its interval, as percentages."""
    return _range(one, percent)


def _is_coins(one: Estimate, currency: str) -> bool:
    """Tell whether it is an amount for each of the same currency: so much for 1."""
    return one.unit.startswith(f"{currency} for each ")


def _signed(value: float, digits: int) -> str:
    """Return a number with so many decimals, never as minus zero."""
    return f"{round(value, digits) + 0.0:,.{digits}f}"


def _digits(one: Estimate, currency: str) -> int:
    """Return how many decimals all numbers of an estimate are written with."""
    known = [abs(end) for end in (one.value, one.low, one.high) if end is not None]
    largest = max(known)
    if is_money(one, currency):
        exponent = currency_exponent(currency)
        return 0 if largest >= _THOUSAND * 10**exponent else exponent
    if _is_coins(one, currency):
        return _fine(abs(one.value))
    if one.unit.startswith("share"):
        # In percent: a share below a tenth deserves one decimal.
        return 1 if largest < _TENTH else 0
    if one.unit == "units" or largest >= _HUNDRED:
        return 0
    return _fine(largest)


def _fine(number: float) -> int:
    """Return the decimals that show two digits of a number: two at least, six at most."""
    if number <= 0:
        return _SIGNIFICANT
    first = math.floor(math.log10(number))
    return min(max(_SIGNIFICANT, _SIGNIFICANT - 1 - first), _FINEST)


def _range(one: Estimate, say: Callable[[float], str]) -> str:
    low = "" if one.low is None else say(one.low)
    high = "" if one.high is None else say(one.high)
    name = "95% interval"
    if any(warning.code == "sequential" for warning in one.warnings):
        name += " at every look:"
    match one.shape:
        case "outside" if low and high:
            return f"{name} up to {low}, or from {high} up"
        case "between" if low and high:
            return f"{name} {low} to {high}"
    if low:
        return f"{name} from {low} up"
    if high:
        return f"{name} up to {high}"
    return f"{name} without ends: the data exclude nothing"
