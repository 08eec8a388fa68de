"""A share of the margin. A margin that is negative or not known pays nothing: an
entitlement is never negative.
"""

from collections.abc import Callable

TITLE = "Percent of the margin"

PROGRAM = """
[payout]
kind = "percent"
rate = "10%"
basis = "margin"
"""

EVENTS = """
event | payee | amount  | margin
d1    | Ann   | 1000.00 | 300.05
d2    | Ann   | 1000.00 | -50.00
d3    | Ann   | 1000.00 |
"""

EXPECTED = """
event | payee | amount | because
d1    | Ann   | 30.01  |
d2    | Ann   | 0.00   | zero_amount
d3    | Ann   | 0.00   | zero_amount
"""


def test_negative_and_unknown_margins_pay_nothing(check: Callable[..., None]) -> None:
    check(PROGRAM, EVENTS, EXPECTED)
