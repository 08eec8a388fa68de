"""The second version takes what is recorded from 9 January on. What was recorded before is
judged by the first version for good, also when it happened on the same day.
"""

from collections.abc import Callable

TITLE = "An amendment"

PROGRAM = """

"""

AMENDMENT = """
version = 2
takes_recorded_from = 2026-01-09

[payout]
kind = "flat"
amount = "80.00"
"""

EVENTS = """
event | payee | occurred         | entered
d1    | Ann   | 2026-01-06 12:00 | 2026-01-08 23:59:59.999999
d2    | Ann   | 2026-01-06 12:00 | 2026-01-09 00:00
d3    | Ann   | 2026-01-10 12:00 | 2026-01-10 12:00
"""

EXPECTED = """
version | event | payee | amount | because
1       | d1    | Ann   | 50.00  |
2       | d1    | Ann   | 0.00   | other_version
1       | d2    | Ann   | 0.00   | other_version
2       | d2    | Ann   | 80.00  |
1       | d3    | Ann   | 0.00   | other_version
2       | d3    | Ann   | 80.00  |
"""


def test_amendment_takes_what_is_recorded_from_its_day_on(
    check: Callable[..., None],
) -> None:
    check(PROGRAM, EVENTS, EXPECTED, amendment=AMENDMENT)
