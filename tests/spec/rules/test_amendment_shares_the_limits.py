"""Both versions are one program: they share the limit of the payee, the budget and the
count of events. The amendment lowers the limit of the payee to 120.00; Ann has 100.00
of it.
"""

from collections.abc import Callable

TITLE = "Versions share count and limits"

PROGRAM = """
[caps]
payee_cap = "200.00"
"""

AMENDMENT = """
version = 2
takes_recorded_from = 2026-01-09

[payout]
kind = "count_tiers"
tiers = [{ from = 1, amount = "80.00" }, { from = 3, amount = "90.00" }]

[caps]
payee_cap = "120.00"
"""

EVENTS = """
event | payee | occurred
d1    | Ann   | 2026-01-06 12:00
d2    | Ann   | 2026-01-07 12:00
d3    | Ann   | 2026-01-10 12:00
d4    | Bob   | 2026-01-11 12:00
"""

EXPECTED = """
version | event | payee | amount | because
1       | d1    | Ann   | 50.00  |
1       | d2    | Ann   | 50.00  |
2       | d3    | Ann   | 20.00  | payee_cap
2       | d4    | Bob   | 80.00  |
"""


def test_versions_of_a_program_share_the_limits(check: Callable[..., None]) -> None:
    check(PROGRAM, EVENTS, EXPECTED, amendment=AMENDMENT)
