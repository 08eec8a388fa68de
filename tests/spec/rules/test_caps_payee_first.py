"""The limit of the payee is applied first, and the budget sees only what it left: of Ann's
800.00 the budget is asked for 500.00, so that 200.00 are left when Bob comes.
"""

from collections.abc import Callable

TITLE = "Both limits, the payee first"

PROGRAM = """
[payout]
kind = "percent"
rate = "100%"

[caps]
payee_cap = "500.00"
budget = "700.00"
order = "payee_then_budget"
"""

EVENTS = """
event | payee | amount
d1    | Ann   | 800.00
d2    | Bob   | 300.00
d3    | Bob   | 500.00
"""

EXPECTED = """
event | payee | amount | because
d1    | Ann   | 500.00 | payee_cap
d2    | Bob   | 200.00 | budget
d3    | Bob   | 0.00   | payee_cap budget
"""


def test_budget_sees_what_the_limit_of_the_payee_left(check: Callable[..., None]) -> None:
    check(PROGRAM, EVENTS, EXPECTED)
