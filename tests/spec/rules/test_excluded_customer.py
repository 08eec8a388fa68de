"""House accounts can be named; an event without a customer is not one of them."""

from collections.abc import Callable

TITLE = "Excluded customers"

PROGRAM = """
[exclusions]
customer_ids = ["acme"]
"""

EVENTS = """
event | payee | customer
d1    | Ann   | acme
d2    | Ann   | bolt
d3    | Ann   |
"""

EXPECTED = """
event | payee | amount | because
d1    | Ann   | 0.00   | excluded_customer
d2    | Ann   | 50.00  |
d3    | Ann   | 50.00  |
"""


def test_named_customers_are_excluded(check: Callable[..., None]) -> None:
    check(PROGRAM, EVENTS, EXPECTED)
