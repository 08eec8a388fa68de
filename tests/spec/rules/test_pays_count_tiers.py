"""From a payee's second event on each pays 100.00, from the fourth 250.00. Each payee is
counted alone, an event that does not qualify is not counted, and what was paid for the
first events does not rise.
"""

from collections.abc import Callable

TITLE = "Tiers by count"

PROGRAM = """
[payout]
kind = "count_tiers"
tiers = [
  { from = 1, amount = "0.00" },
  { from = 2, amount = "100.00" },
  { from = 4, amount = "250.00" },
]
"""

EVENTS = """
event | payee | status
d1    | Ann   |
d2    | Ann   | lost
d3    | Ann   |
d4    | Bob   |
d5    | Ann   |
d6    | Ann   |
d7    | Bob   |
"""

EXPECTED = """
event | payee | amount | because
d1    | Ann   | 0.00   | zero_amount
d2    | Ann   | 0.00   | not_done
d3    | Ann   | 100.00 |
d4    | Bob   | 0.00   | zero_amount
d5    | Ann   | 100.00 |
d6    | Ann   | 250.00 |
d7    | Bob   | 100.00 |
"""


def test_each_payee_climbs_the_tiers_alone(check: Callable[..., None]) -> None:
    check(PROGRAM, EVENTS, EXPECTED)
