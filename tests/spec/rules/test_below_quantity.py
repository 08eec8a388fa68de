"""At least five seats or units."""

from collections.abc import Callable

TITLE = "The least quantity"

PROGRAM = """
[behavior]
min_quantity = 5
"""

EVENTS = """
event | payee | quantity
d1    | Ann   | 4
d2    | Ann   | 5
"""

EXPECTED = """
event | payee | amount | because
d1    | Ann   | 0.00   | below_quantity
d2    | Ann   | 50.00  |
"""


def test_five_units_are_enough(check: Callable[..., None]) -> None:
    check(PROGRAM, EVENTS, EXPECTED)
