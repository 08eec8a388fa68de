"""The list of revenue types is all that counts: hardware, usage or taxes need not be
excluded one by one, and an event that does not say its type does not count.
"""

from collections.abc import Callable

TITLE = "Which revenue counts"

PROGRAM = """
[behavior]
revenue_types = ["license", "subscription"]
"""

EVENTS = """
event | payee | revenue
d1    | Ann   | license
d2    | Ann   | subscription
d3    | Ann   | hardware
d4    | Ann   |
"""

EXPECTED = """
event | payee | amount | because
d1    | Ann   | 50.00  |
d2    | Ann   | 50.00  |
d3    | Ann   | 0.00   | revenue_type
d4    | Ann   | 0.00   | revenue_type
"""


def test_revenue_that_is_not_listed_does_not_count(check: Callable[..., None]) -> None:
    check(PROGRAM, EVENTS, EXPECTED)
