"""How is an amount kept, split and shown?

Money is a whole number of minor units (cents, yen, fils) with its currency; a rate is a
whole number of parts per million. Nothing here touches a float.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import ClassVar, Final

from openspiff.errors import OpenSpiffError, Problem

PPM: Final = 1_000_000
"""Parts in a whole: every rate and share is counted in millionths."""

MAX_MINOR: Final = 10**15
"""The largest amount of one event; sums of billions of such rows stay inside 64 bits."""

# Minor-unit exponents that differ from 2 (ISO 4217, list one, 2024).
_EXPONENTS: Final[Mapping[str, int]] = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG"), 0),
    **dict.fromkeys(("RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}
_CODE_LENGTH: Final = 3
_SIGNS: Final[Mapping[str, str]] = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}


class MoneyError(OpenSpiffError):
    """An amount that cannot be kept exactly in its currency."""

    code: ClassVar[str] = "money"


def currency_exponent(currency: str) -> int:
    """Return how many decimal places `currency` has (USD 2, JPY 0, KWD 3).

    Raises MoneyError when `currency` is not three capital letters.
    """
    if len(currency) != _CODE_LENGTH or not currency.isascii() or not currency.isupper():
        message = f"expected a currency code of three capital letters, got {currency!r}"
        raise MoneyError(message)
    return _EXPONENTS.get(currency, 2)


def to_minor(amount: str | Decimal | int, currency: str) -> int:
    """Return `amount` (major units, a plain decimal such as `1234.50`) in minor units.

    Raises MoneyError for anything that is not a finite decimal number, for more decimal
    places than the currency has, and for amounts beyond `MAX_MINOR`.
    """
    exponent = currency_exponent(currency)
    try:
        exact = Decimal(amount)
    except InvalidOperation:
        exact = Decimal("NaN")
    if not exact.is_finite() or abs(exact.adjusted()) > 30:  # noqa: PLR2004 (1e400)
        message = f"expected an amount such as 1234.50, got {str(amount)[:40]!r}"
        raise MoneyError(message)
    minor = exact.scaleb(exponent)
    if minor != minor.to_integral_value():
        message = f"{currency} has {exponent} decimal places, got {amount}"
        raise MoneyError(message)
    if abs(minor) > MAX_MINOR:
        message = f"an amount of at most {MAX_MINOR} minor units is expected, got {amount}"
        raise MoneyError(message)
    return int(minor)


def format_money(amount_minor: int, currency: str) -> str:
    """Return the amount as people write it: `$1,234.50`, `-€5.00`, `CHF 12.00`, `¥900`."""
    exponent = currency_exponent(currency)
    whole, part = divmod(abs(amount_minor), 10**exponent)
    digits = f"{whole:,}" + (f".{part:0{exponent}d}" if exponent else "")
    mark = _SIGNS.get(currency, f"{currency} ")
    return f"{'-' if amount_minor < 0 else ''}{mark}{digits}"


def currency_sign(currency: str) -> str:
    """Return how an amount's currency is written where it stands apart: `$`, `CHF`."""
    return _SIGNS.get(currency, currency)


def share_of(amount_minor: int, rate_ppm: int) -> int:
    """Return `rate_ppm` millionths of `amount_minor`, rounded half up to the minor unit.

    Both must be zero or more. The twin in SQL is the engine's `share_of` macro; the two
    forms are compared on random numbers in the tests.
    """
    if amount_minor < 0 or rate_ppm < 0:
        message = (
            f"a share is of amounts and rates of zero or more: {amount_minor}, {rate_ppm}"
        )
        raise MoneyError(message)
    whole, rest = divmod(amount_minor, PPM)
    return whole * rate_ppm + (rest * rate_ppm + PPM // 2) // PPM


def split_exactly(amount_minor: int, weights: Mapping[str, int]) -> dict[str, int]:
    """Divide an amount among names by whole weights; the parts sum to it exactly.

    Largest remainder: everyone gets the floor of their quota, and the minor units left go
    one each to the largest remainders, ties by name, so the order of input is irrelevant.
    Raises MoneyError for a negative amount or weight, or when all weights are zero.
    """
    total = sum(weights.values())
    if amount_minor < 0 or total <= 0 or min(weights.values()) < 0:
        problem = Problem("weights", f"{dict(weights)} of {amount_minor}")
        message = "an amount of zero or more is split by weights of zero or more"
        raise MoneyError(message, [problem])
    parts = {name: amount_minor * weight // total for name, weight in weights.items()}
    left = amount_minor - sum(parts.values())
    by_remainder = sorted(
        weights, key=lambda name: (-(amount_minor * weights[name] % total), name)
    )
    for name in by_remainder[:left]:
        parts[name] += 1
    return parts
