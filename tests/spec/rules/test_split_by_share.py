"""Where the source says who did how much, that is how the event is divided: 0.05 in shares
of 50, 30 and 20 percent is 2.5, 1.5 and 1 cents, and the cent that is left goes to Ann.
"""

from collections.abc import Callable

TITLE = "Shares that the source names"

PROGRAM = """
split = "by_share"

[payout]
kind = "flat"
amount = "0.05"
"""

EVENTS = """
event | payee | share
d1    | Bob   | 30%
d1    | Ann   | 50%
d1    | Cleo  | 20%
"""

EXPECTED = """
event | payee | amount | because
d1    | Ann   | 0.03   |
d1    | Bob   | 0.01   |
d1    | Cleo  | 0.01   |
"""


def test_shares_of_the_source_divide_the_event(check: Callable[..., None]) -> None:
    check(PROGRAM, EVENTS, EXPECTED)
