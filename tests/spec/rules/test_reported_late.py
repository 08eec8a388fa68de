"""A deal won in the window counts when it is recorded before the deadline. A later change
of the deal does not make it late; a deal that is first recorded as done after the
deadline is.
"""

from collections.abc import Callable

TITLE = "The deadline for reports"

PROGRAM = """
[window]
reported_before = 2026-01-20
"""

EVENTS = """
event | payee | occurred         | entered                    | changed
d1    | Ann   | 2026-01-06 12:00 | 2026-01-19 23:59:59.999999 | 2026-02-10 09:00
d2    | Ann   | 2026-01-06 12:00 | 2026-01-20 00:00           |
"""

EXPECTED = """
event | payee | amount | because
d1    | Ann   | 50.00  |
d2    | Ann   | 0.00   | reported_late
"""


def test_deal_recorded_at_the_deadline_is_late(check: Callable[..., None]) -> None:
    check(PROGRAM, EVENTS, EXPECTED)
