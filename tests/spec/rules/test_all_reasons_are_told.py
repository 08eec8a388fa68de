"""An event that fails several conditions is told all of them, so that nobody mends one
thing only to be told of the next.
"""

from collections.abc import Callable

TITLE = "All that is wrong is told at once"

PROGRAM = """
[behavior]
min_amount = "500.00"
min_quantity = 5

[exclusions]
customer_ids = ["acme"]
"""

EVENTS = """
event | payee | amount | quantity | customer | occurred         | status
d1    | Ann   | 499.00 | 2        | acme     | 2026-02-01 10:00 | lost
"""

EXPECTED = """
event | payee | amount | because
d1    | Ann   | 0.00   | not_done after_window below_amount below_quantity excluded_customer
"""


def test_every_condition_that_fails_is_told(check: Callable[..., None]) -> None:
    check(PROGRAM, EVENTS, EXPECTED)
