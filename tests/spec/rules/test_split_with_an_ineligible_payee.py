"""The share of somebody who does not count is not handed on: Bob is not on the roster, so
a third of the payout stays with the program. Ann and Cleo share 66.67, the rest rounded
as one.
"""

from collections.abc import Callable

TITLE = "A share that nobody gets"

PROGRAM = """
split = "equally"

[payout]
kind = "flat"
amount = "100.00"
"""

ROSTER = """
payee
Ann
Cleo
"""

EVENTS = """
event | payee
d1    | Ann
d1    | Bob
d1    | Cleo
"""

EXPECTED = """
event | payee | amount | because
d1    | Ann   | 33.34  |
d1    | Bob   | 0.00   | unknown_payee
d1    | Cleo  | 33.33  |
"""


def test_share_of_who_does_not_count_is_not_handed_on(check: Callable[..., None]) -> None:
    check(PROGRAM, EVENTS, EXPECTED, roster=ROSTER)
