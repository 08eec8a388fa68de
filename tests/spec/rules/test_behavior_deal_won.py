"""The deal is signed. A deal that is only registered does not count."""

from collections.abc import Callable

TITLE = "Behavior: a deal is won"

PROGRAM = """
[behavior]
kind = "deal_won"
"""

EVENTS = """
event | payee | kind
e1    | Ann   | deal_won
e2    | Ann   | deal_registered
"""

EXPECTED = """
event | payee | amount | because
e1    | Ann   | 50.00  |
e2    | Ann   | 0.00   | wrong_behavior
"""


def test_deal_won_pays_and_deal_registered_does_not(check: Callable[..., None]) -> None:
    check(PROGRAM, EVENTS, EXPECTED)
