"""A qualified demonstration took place; a deal needs not follow."""

from collections.abc import Callable

TITLE = "Behavior: a demo is held"

PROGRAM = """
[behavior]
kind = "demo_held"
"""

EVENTS = """
event | payee | kind
e1    | Ann   | demo_held
e2    | Ann   | deal_won
"""

EXPECTED = """
event | payee | amount | because
e1    | Ann   | 50.00  |
e2    | Ann   | 0.00   | wrong_behavior
"""


def test_demo_held_pays_and_deal_won_does_not(check: Callable[..., None]) -> None:
    check(PROGRAM, EVENTS, EXPECTED)
