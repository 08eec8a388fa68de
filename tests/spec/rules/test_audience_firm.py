"""The payee must work for one of the firms on the day of the event, whatever firm the
event names.
"""

from collections.abc import Callable

TITLE = "Payees of certain firms"

PROGRAM = """
[audience]
firm_ids = ["north", "south"]
"""

ROSTER = """
payee | firm
Ann   | north
Bob   | west
"""

EVENTS = """
event | payee | firm
d1    | Ann   |
d2    | Ann   | west
d3    | Bob   |
d4    | Bob   | north
"""

EXPECTED = """
event | payee | amount | because
d1    | Ann   | 50.00  |
d2    | Ann   | 50.00  |
d3    | Bob   | 0.00   | audience_firm
d4    | Bob   | 0.00   | audience_firm
"""


def test_firm_on_the_roster_counts(check: Callable[..., None]) -> None:
    check(PROGRAM, EVENTS, EXPECTED, roster=ROSTER)
