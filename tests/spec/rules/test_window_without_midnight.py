"""In Cairo the clocks of 24 April 2026 jump from midnight to one: the day begins at its
first instant, 22:00 UTC of the day before.
"""

from collections.abc import Callable

TITLE = "A day without a midnight"

PROGRAM = """
[window]
zone = "Africa/Cairo"
starts_on = 2026-04-24
ends_before = 2026-04-25
"""

EVENTS = """
event | payee | occurred
d1    | Ann   | 2026-04-23 21:59:59.999999
d2    | Ann   | 2026-04-23 22:00:00
d3    | Ann   | 2026-04-24 20:59:59.999999
d4    | Ann   | 2026-04-24 21:00:00
"""

EXPECTED = """
event | payee | amount | because
d1    | Ann   | 0.00   | before_window
d2    | Ann   | 50.00  |
d3    | Ann   | 50.00  |
d4    | Ann   | 0.00   | after_window
"""


def test_day_begins_at_its_first_instant(check: Callable[..., None]) -> None:
    check(PROGRAM, EVENTS, EXPECTED)
