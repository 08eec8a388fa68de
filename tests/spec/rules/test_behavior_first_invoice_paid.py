"""The customer has paid for the first time; the signature alone pays nothing."""

from collections.abc import Callable

TITLE = "Behavior: the first invoice is paid"

PROGRAM = """
[behavior]
kind = "first_invoice_paid"
"""

EVENTS = """
event | payee | kind
e1    | Ann   | first_invoice_paid
e2    | Ann   | deal_won
"""

EXPECTED = """
event | payee | amount | because
e1    | Ann   | 50.00  |
e2    | Ann   | 0.00   | wrong_behavior
"""


def test_first_invoice_paid_pays_and_deal_won_does_not(check: Callable[..., None]) -> None:
    check(PROGRAM, EVENTS, EXPECTED)
