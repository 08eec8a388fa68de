"""A program that pays for registering a deal pays when it is registered; winning it is
another event and another behavior.
"""

from collections.abc import Callable

TITLE = "Behavior: a deal is registered"

PROGRAM = """
[behavior]
kind = "deal_registered"
"""

EVENTS = """
event | payee | kind
e1    | Ann   | deal_registered
e2    | Ann   | deal_won
"""

EXPECTED = """
event | payee | amount | because
e1    | Ann   | 50.00  |
e2    | Ann   | 0.00   | wrong_behavior
"""


def test_deal_registered_pays_and_deal_won_does_not(check: Callable[..., None]) -> None:
    check(PROGRAM, EVENTS, EXPECTED)
