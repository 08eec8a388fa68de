"""Without a roster every payee counts as known, works for the firm that the event names,
and has no role, tier, region or segment.
"""

from collections.abc import Callable

TITLE = "Without a roster"

PROGRAM = """
[audience]
firm_ids = ["north"]
"""

EVENTS = """
event | payee | firm
d1    | Ann   | north
d2    | Bob   | west
d3    | Cleo  |
"""

EXPECTED = """
event | payee | amount | because
d1    | Ann   | 50.00  |
d2    | Bob   | 0.00   | audience_firm
d3    | Cleo  | 0.00   | audience_firm
"""


def test_firm_of_the_event_counts_without_a_roster(check: Callable[..., None]) -> None:
    check(PROGRAM, EVENTS, EXPECTED)
