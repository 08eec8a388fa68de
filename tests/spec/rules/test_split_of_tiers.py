"""A shared event counts as one event for each of its payees, and each gets their share of
the amount of their own tier.
"""

from collections.abc import Callable

TITLE = "A shared event and tiers by count"

PROGRAM = """
split = "equally"

[payout]
kind = "count_tiers"
tiers = [{ from = 1, amount = "100.00" }, { from = 2, amount = "300.00" }]
"""

EVENTS = """
event | payee
d1    | Ann
d2    | Ann
d2    | Bob
d3    | Bob
"""

EXPECTED = """
event | payee | amount | because
d1    | Ann   | 100.00 |
d2    | Ann   | 150.00 |
d2    | Bob   | 50.00  |
d3    | Bob   | 300.00 |
"""


def test_each_payee_has_a_share_of_their_own_tier(check: Callable[..., None]) -> None:
    check(PROGRAM, EVENTS, EXPECTED)
