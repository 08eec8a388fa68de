"""So that one can tell what the program adds, some payees are kept out by a draw at
launch. They earn nothing; who shares a deal with them has their own share, as if the
other were paid.
"""

from collections.abc import Callable

TITLE = "Payees held out by chance"

PROGRAM = """

"""

HELD_OUT = "Bob"

EVENTS = """
event | payee
d1    | Ann
d2    | Bob
d3    | Ann
d3    | Bob
"""

EXPECTED = """
event | payee | amount | because
d1    | Ann   | 50.00  |
d2    | Bob   | 0.00   | held_out
d3    | Ann   | 25.00  |
d3    | Bob   | 0.00   | held_out
"""


def test_held_out_payee_earns_nothing(check: Callable[..., None]) -> None:
    check(PROGRAM, EVENTS, EXPECTED, held_out=HELD_OUT)
