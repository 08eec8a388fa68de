"""First come, first served: when the budget is used up nothing more is paid, to anybody.
Here it is filled exactly by the second event.
"""

from collections.abc import Callable

TITLE = "The budget of the program"

PROGRAM = """
[caps]
budget = "100.00"
"""

EVENTS = """
event | payee
d1    | Ann
d2    | Bob
d3    | Cleo
"""

EXPECTED = """
event | payee | amount | because
d1    | Ann   | 50.00  |
d2    | Bob   | 50.00  |
d3    | Cleo  | 0.00   | budget
"""


def test_used_up_budget_pays_nothing_more(check: Callable[..., None]) -> None:
    check(PROGRAM, EVENTS, EXPECTED)
