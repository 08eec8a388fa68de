"""The parts of an event add up to the whole: the cent that is left goes to the largest
remainder, here the first by name. The parts differ by one cent at most.
"""

from collections.abc import Callable

TITLE = "100.00 among three"

PROGRAM = """
split = "equally"

[payout]
kind = "flat"
amount = "100.00"
"""

EVENTS = """
event | payee
d1    | Cleo
d1    | Ann
d1    | Bob
"""

EXPECTED = """
event | payee | amount | because
d1    | Ann   | 33.34  |
d1    | Bob   | 33.33  |
d1    | Cleo  | 33.33  |
"""


def test_three_thirds_are_the_whole(check: Callable[..., None]) -> None:
    check(PROGRAM, EVENTS, EXPECTED)
