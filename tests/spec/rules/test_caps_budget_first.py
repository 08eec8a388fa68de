"""The budget is applied first: Ann's 800.00 use it up, and the limit of the payee then
cuts what she gets. What she may not keep does not go back into the budget.
"""

from collections.abc import Callable

TITLE = "Both limits, the budget first"

PROGRAM = """
[payout]
kind = "percent"
rate = "100%"

[caps]
payee_cap = "500.00"
budget = "700.00"
order = "budget_then_payee"
"""

EVENTS = """
event | payee | amount
d1    | Ann   | 800.00
d2    | Bob   | 300.00
d3    | Bob   | 500.00
"""

EXPECTED = """
event | payee | amount | because
d1    | Ann   | 500.00 | budget payee_cap
d2    | Bob   | 0.00   | budget
d3    | Bob   | 0.00   | budget
"""


def test_what_a_payee_may_not_keep_does_not_return_to_the_budget(
    check: Callable[..., None],
) -> None:
    check(PROGRAM, EVENTS, EXPECTED)
