"""An event counts from the least amount on, that amount included."""

from collections.abc import Callable

TITLE = "The least amount"

PROGRAM = """
[behavior]
min_amount = "500.00"
"""

EVENTS = """
event | payee | amount
d1    | Ann   | 499.99
d2    | Ann   | 500.00
"""

EXPECTED = """
event | payee | amount | because
d1    | Ann   | 0.00   | below_amount
d2    | Ann   | 50.00  |
"""


def test_least_amount_itself_counts(check: Callable[..., None]) -> None:
    check(PROGRAM, EVENTS, EXPECTED)
