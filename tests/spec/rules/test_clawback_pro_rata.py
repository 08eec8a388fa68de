"""For each whole day that the deal lived a thirtieth stays due, and all of it from the
thirtieth day on: after 29 days and some hours 29 thirtieths, of 50.00 48.33.
"""

from collections.abc import Callable

TITLE = "Clawback: by the days that passed"

PROGRAM = """
[clawback]
shape = "pro_rata"
days = 30
"""

EVENTS = """
event | payee | status    | occurred         | changed
d1    | Ann   | cancelled | 2026-01-06 12:00 | 2026-01-06 12:00
d2    | Ann   | cancelled | 2026-01-06 12:00 | 2026-02-05 11:59
d3    | Ann   | cancelled | 2026-01-06 12:00 | 2026-02-05 12:00
d4    | Ann   | cancelled | 2026-01-06 12:00 | 2026-01-21 12:00
"""

EXPECTED = """
event | payee | amount | because
d1    | Ann   | 0.00   | not_done
d2    | Ann   | 48.33  |
d3    | Ann   | 50.00  |
d4    | Ann   | 25.00  |
"""


def test_share_of_the_days_that_passed_stays_due(check: Callable[..., None]) -> None:
    check(PROGRAM, EVENTS, EXPECTED)
