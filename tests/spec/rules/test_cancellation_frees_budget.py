"""What a cancelled event would have used is there for those who come after."""

from collections.abc import Callable

TITLE = "A cancellation frees budget"

PROGRAM = """
[caps]
budget = "75.00"
"""

EVENTS = """
event | payee | status    | changed
d1    | Ann   | cancelled | 2026-01-20 10:00
d2    | Bob   | done      |
d3    | Cleo  | done      |
"""

EXPECTED = """
event | payee | amount | because
d1    | Ann   | 0.00   | not_done
d2    | Bob   | 50.00  |
d3    | Cleo  | 25.00  | budget
"""


def test_next_payee_gets_what_a_cancellation_frees(check: Callable[..., None]) -> None:
    check(PROGRAM, EVENTS, EXPECTED)
