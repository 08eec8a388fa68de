"""A share of what the deal is worth, rounded half up to the cent: 2.5% of 0.20 is half a
cent and pays one, 2.5% of 0.19 pays nothing, and the payee is told so.
"""

from collections.abc import Callable

TITLE = "Percent of the amount"

PROGRAM = """
[payout]
kind = "percent"
rate = "2.5%"
"""

EVENTS = """
event | payee | amount
d1    | Ann   | 1000.00
d2    | Ann   | 0.20
d3    | Ann   | 0.19
"""

EXPECTED = """
event | payee | amount | because
d1    | Ann   | 25.00  |
d2    | Ann   | 0.01   |
d3    | Ann   | 0.00   | zero_amount
"""


def test_half_a_cent_is_rounded_up(check: Callable[..., None]) -> None:
    check(PROGRAM, EVENTS, EXPECTED)
