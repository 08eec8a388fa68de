"""How does an amount follow from columns? By one of a few forms, exactly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Final

import attrs

_HUNDRED: Final = Fraction(100)


@attrs.frozen
class Form:
    """A formula over named numbers; `compute` takes them in the order of `names`."""

    names: tuple[str, ...]
    compute: Callable[..., Fraction]


FORMS: Final[Mapping[str, Form]] = {
    "price * quantity": Form(("price", "quantity"), lambda p, q: p * q),
    "price * quantity - discount": Form(
        ("price", "quantity", "discount"), lambda p, q, d: p * q - d
    ),
    "price * quantity * (1 - discount)": Form(
        ("price", "quantity", "discount"), lambda p, q, d: p * q * (1 - d)
    ),
    "price * quantity * (1 - discount / 100)": Form(
        ("price", "quantity", "discount"), lambda p, q, d: p * q * (1 - d / _HUNDRED)
    ),
    "amount - cost": Form(("amount", "cost"), lambda a, c: a - c),
    "amount / months": Form(("amount", "months"), lambda a, m: a / m),
}
"""Every form that a mapping may name: a closed list, so a mapping stays data."""


def minor_of(exact: Fraction, exponent: int) -> int:
    """Return an exact amount in minor units, rounded half up by magnitude."""
    scaled = exact * 10**exponent
    whole = (abs(scaled) * 2 + 1) // 2
    return int(-whole if scaled < 0 else whole)
