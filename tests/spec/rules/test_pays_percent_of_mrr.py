"""A share of the monthly recurring revenue (MRR), not of what the deal is worth in all."""

from collections.abc import Callable

TITLE = "Percent of monthly recurring revenue"

PROGRAM = """
[payout]
kind = "percent"
rate = "50%"
basis = "mrr"
"""

EVENTS = """
event | payee | amount   | mrr
d1    | Ann   | 27000.00 | 750.01
d2    | Ann   | 27000.00 |
"""

EXPECTED = """
event | payee | amount | because
d1    | Ann   | 375.01 |
d2    | Ann   | 0.00   | zero_amount
"""


def test_percent_of_mrr_looks_at_mrr_alone(check: Callable[..., None]) -> None:
    check(PROGRAM, EVENTS, EXPECTED)
