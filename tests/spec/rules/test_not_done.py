"""Only what is done earns. An open event may not have happened yet: then nothing else is
held against it, as it may still qualify. What a cancelled event keeps is said by the
clawback.
"""

from collections.abc import Callable

TITLE = "Open, lost and cancelled"

PROGRAM = """

"""

ROSTER = """
payee
Ann
"""

EVENTS = """
event | payee | status    | occurred         | changed
d1    | Ann   | done      |                  |
d2    | Ann   | open      | -                |
d3    | Ann   | open      | 2026-01-20 10:00 |
d4    | Ann   | lost      |                  |
d5    | Ann   | cancelled | 2026-01-06 12:00 | 2026-03-01 12:00
"""

EXPECTED = """
event | payee | amount | because
d1    | Ann   | 50.00  |
d2    | Ann   | 0.00   | not_done
d3    | Ann   | 0.00   | not_done after_window
d4    | Ann   | 0.00   | not_done
d5    | Ann   | 0.00   | not_done
"""


def test_only_what_is_done_earns(check: Callable[..., None]) -> None:
    check(PROGRAM, EVENTS, EXPECTED, roster=ROSTER)
