"""The first instant of the first day counts and the last microsecond of the last day
counts; the next instant does not.
"""

from collections.abc import Callable

TITLE = "The edges of the window"

PROGRAM = """

"""

EVENTS = """
event | payee | occurred
d1    | Ann   | 2026-01-04 23:59:59.999999
d2    | Ann   | 2026-01-05 00:00:00
d3    | Ann   | 2026-01-11 23:59:59.999999
d4    | Ann   | 2026-01-12 00:00:00
"""

EXPECTED = """
event | payee | amount | because
d1    | Ann   | 0.00   | before_window
d2    | Ann   | 50.00  |
d3    | Ann   | 50.00  |
d4    | Ann   | 0.00   | after_window
"""


def test_last_microsecond_of_the_last_day_counts(check: Callable[..., None]) -> None:
    check(PROGRAM, EVENTS, EXPECTED)
