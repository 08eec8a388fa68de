"""The firm that the event names counts; where it names none, the firm of the payee on that
day.
"""

from collections.abc import Callable

TITLE = "Excluded firms"

PROGRAM = """
[exclusions]
firm_ids = ["north"]
"""

ROSTER = """
payee | firm
Ann   | north
Bob   | south
"""

EVENTS = """
event | payee | firm
d1    | Ann   | north
d2    | Ann   |
d3    | Ann   | south
d4    | Bob   |
"""

EXPECTED = """
event | payee | amount | because
d1    | Ann   | 0.00   | excluded_firm
d2    | Ann   | 0.00   | excluded_firm
d3    | Ann   | 50.00  |
d4    | Bob   | 50.00  |
"""


def test_firm_of_the_payee_counts_where_the_event_names_none(
    check: Callable[..., None],
) -> None:
    check(PROGRAM, EVENTS, EXPECTED, roster=ROSTER)
