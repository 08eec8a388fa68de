"""Somebody who is not on the roster on the day of the event earns nothing: Bob left on 7
January.
"""

from collections.abc import Callable

TITLE = "Who is on the roster"

PROGRAM = """

"""

ROSTER = """
payee | from       | before
Ann   |            |
Bob   | 2025-06-01 | 2026-01-07
"""

EVENTS = """
event | payee | occurred
d1    | Ann   | 2026-01-06 23:59
d2    | Bob   | 2026-01-06 23:59:59.999999
d3    | Bob   | 2026-01-07 00:00
d4    | Eve   | 2026-01-06 12:00
"""

EXPECTED = """
event | payee | amount | because
d1    | Ann   | 50.00  |
d2    | Bob   | 50.00  |
d3    | Bob   | 0.00   | unknown_payee
d4    | Eve   | 0.00   | unknown_payee
"""


def test_payee_who_left_earns_no_more(check: Callable[..., None]) -> None:
    check(PROGRAM, EVENTS, EXPECTED, roster=ROSTER)
