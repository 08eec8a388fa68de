"""These are the terms of every example here, except where an example says otherwise.

Deals won from 5 January to the end of 11 January 2026 (UTC) pay 50.00 each. Amounts are in
US dollars; an event of which no instant is shown happened inside the window.
"""

from collections.abc import Callable

from spec.rules._table import THE_PROGRAM

TITLE = "The program of these examples"

PROGRAM = THE_PROGRAM

EVENTS = """
event | payee | amount
d1    | Ann   | 900.00
d2    | Bob   | 20.00
"""

EXPECTED = """
event | payee | amount | because
d1    | Ann   | 50.00  |
d2    | Bob   | 50.00  |
"""


def test_every_deal_won_in_the_window_pays(check: Callable[..., None]) -> None:
    check(PROGRAM, EVENTS, EXPECTED)
