"""Days begin and end where the program lives. In New York the window of 8 and 9 March 2026
begins at 05:00 UTC and ends, as the clocks went forward, at 04:00 UTC.
"""

from collections.abc import Callable

TITLE = "The window is in local days"

PROGRAM = """
[window]
zone = "America/New_York"
starts_on = 2026-03-08
ends_before = 2026-03-10
"""

EVENTS = """
event | payee | occurred
d1    | Ann   | 2026-03-08 04:59:59.999999
d2    | Ann   | 2026-03-08 05:00:00
d3    | Ann   | 2026-03-10 03:59:59.999999
d4    | Ann   | 2026-03-10 04:00:00
"""

EXPECTED = """
event | payee | amount | because
d1    | Ann   | 0.00   | before_window
d2    | Ann   | 50.00  |
d3    | Ann   | 50.00  |
d4    | Ann   | 0.00   | after_window
"""


def test_day_of_the_change_of_clocks_has_23_hours(check: Callable[..., None]) -> None:
    check(PROGRAM, EVENTS, EXPECTED)
