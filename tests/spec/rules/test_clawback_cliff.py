"""A deal that is cancelled within 30 days of its instant is due nothing; one that lived
for 30 days to the microsecond is due in full.
"""

from collections.abc import Callable

TITLE = "Clawback: all or nothing after some days"

PROGRAM = """
[clawback]
shape = "cliff"
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
d2    | Ann   | 0.00   | not_done
d3    | Ann   | 50.00  |
d4    | Ann   | 0.00   | not_done
"""


def test_deal_that_lived_30_days_is_due_in_full(check: Callable[..., None]) -> None:
    check(PROGRAM, EVENTS, EXPECTED)
