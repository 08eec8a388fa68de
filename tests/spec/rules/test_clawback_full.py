"""Whenever the deal is cancelled, nothing is due any more. This is what holds where the
terms say nothing.
"""

from collections.abc import Callable

TITLE = "Clawback: all of it"

PROGRAM = """
[clawback]
shape = "full"
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
d3    | Ann   | 0.00   | not_done
d4    | Ann   | 0.00   | not_done
"""


def test_cancelled_deal_is_due_nothing(check: Callable[..., None]) -> None:
    check(PROGRAM, EVENTS, EXPECTED)
