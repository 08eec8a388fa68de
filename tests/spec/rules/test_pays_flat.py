"""A flat payout is the same amount for every qualifying event, whatever its size. An event
without an amount pays too.
"""

from collections.abc import Callable

TITLE = "Flat: the same for each event"

PROGRAM = """
[payout]
kind = "flat"
amount = "75.00"
"""

EVENTS = """
event | payee | amount
d1    | Ann   | 12000.00
d2    | Ann   | 0.00
d3    | Bob   | 1.00
"""

EXPECTED = """
event | payee | amount | because
d1    | Ann   | 75.00  |
d2    | Ann   | 75.00  |
d3    | Bob   | 75.00  |
"""


def test_flat_payout_is_the_same_for_every_event(check: Callable[..., None]) -> None:
    check(PROGRAM, EVENTS, EXPECTED)
