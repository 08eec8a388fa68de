"""Nothing is due for a cancelled deal, but what was already paid is not wanted back: that
is for the books to see, the rules say only what is due today.
"""

from collections.abc import Callable

TITLE = "Clawback: what is paid is kept"

PROGRAM = """
[clawback]
shape = "none"
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


def test_cancelled_deal_is_due_nothing_more(check: Callable[..., None]) -> None:
    check(PROGRAM, EVENTS, EXPECTED)
