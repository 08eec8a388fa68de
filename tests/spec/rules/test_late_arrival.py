"""The order is that in which events were entered. Cleo's deal happened first but arrives
in the second file: the money that Ann and Bob already have stays theirs. Within one
file it counts what happened first.
"""

from collections.abc import Callable

TITLE = "A late report takes nothing back"

PROGRAM = """
[caps]
budget = "110.00"
"""

EVENTS = """
event | payee | batch | occurred
d1    | Cleo  | 2     | 2026-01-05 08:00
d2    | Bob   | 1     | 2026-01-07 08:00
d3    | Ann   | 1     | 2026-01-06 08:00
"""

EXPECTED = """
event | payee | amount | because
d1    | Cleo  | 10.00  | budget
d2    | Bob   | 50.00  |
d3    | Ann   | 50.00  |
"""


def test_late_arriving_early_event_takes_nothing_back(check: Callable[..., None]) -> None:
    check(PROGRAM, EVENTS, EXPECTED)
