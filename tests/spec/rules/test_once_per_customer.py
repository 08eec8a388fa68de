"""Only the first event of a customer is paid, to all who share it. First is what was
entered first, then what happened first. If the first is cancelled the next takes its
place; events without a customer all stand alone.
"""

from collections.abc import Callable

TITLE = "Each customer counts once"

PROGRAM = """
[behavior]
once_per_customer = true
"""

EVENTS = """
event | payee | customer | status    | changed
d1    | Ann   | acme     | cancelled | 2026-01-20 10:00
d2    | Ann   | acme     | done      |
d2    | Bob   | acme     | done      |
d3    | Bob   | acme     | done      |
d4    | Bob   | bolt     | done      |
d5    | Bob   |          | done      |
d6    | Bob   |          | done      |
"""

EXPECTED = """
event | payee | amount | because
d1    | Ann   | 0.00   | not_done
d2    | Ann   | 25.00  |
d2    | Bob   | 25.00  |
d3    | Bob   | 0.00   | not_first
d4    | Bob   | 50.00  |
d5    | Bob   | 50.00  |
d6    | Bob   | 50.00  |
"""


def test_second_deal_of_a_customer_pays_nothing(check: Callable[..., None]) -> None:
    check(PROGRAM, EVENTS, EXPECTED)
