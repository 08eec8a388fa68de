"""The customer uses what was sold: paying on activation rather than on ink keeps everybody
interested until it works.
"""

from collections.abc import Callable

TITLE = "Behavior: a deal is activated"

PROGRAM = """
[behavior]
kind = "deal_activated"
"""

EVENTS = """
event | payee | kind
e1    | Ann   | deal_activated
e2    | Ann   | deal_won
"""

EXPECTED = """
event | payee | amount | because
e1    | Ann   | 50.00  |
e2    | Ann   | 0.00   | wrong_behavior
"""


def test_deal_activated_pays_and_deal_won_does_not(check: Callable[..., None]) -> None:
    check(PROGRAM, EVENTS, EXPECTED)
