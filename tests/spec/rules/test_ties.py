"""Where file and instant are the same, source, event and payee decide by their names, so
that the same events always give the same answer. Capital letters come before small
ones.
"""

from collections.abc import Callable

TITLE = "Two events at the same instant"

PROGRAM = """
[caps]
budget = "110.00"
"""

EVENTS = """
event | payee | occurred
b     | Ann   | 2026-01-06 08:00
B     | Bob   | 2026-01-06 08:00
a     | Cleo  | 2026-01-06 08:00
"""

EXPECTED = """
event | payee | amount | because
b     | Ann   | 10.00  | budget
B     | Bob   | 50.00  |
a     | Cleo  | 50.00  |
"""


def test_names_decide_between_events_of_the_same_instant(
    check: Callable[..., None],
) -> None:
    check(PROGRAM, EVENTS, EXPECTED)
