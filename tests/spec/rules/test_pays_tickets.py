"""A draw pays tickets, not money; the prizes are drawn when the window is over. Limits
count tickets: Ann may hold three, and only four are given out.
"""

from collections.abc import Callable

TITLE = "Tickets for a draw"

PROGRAM = """
[payout]
kind = "tickets"
tickets_per_event = 2
prizes = [{ amount = "3000.00" }]

[caps]
payee_cap_tickets = 3
budget_tickets = 4
"""

EVENTS = """
event | payee
d1    | Ann
d2    | Ann
d3    | Bob
d4    | Cleo
"""

EXPECTED = """
event | payee | tickets | because
d1    | Ann   | 2       |
d2    | Ann   | 1       | payee_cap
d3    | Bob   | 1       | budget
d4    | Cleo  | 0       | budget
"""


def test_limits_of_a_draw_count_tickets(check: Callable[..., None]) -> None:
    check(PROGRAM, EVENTS, EXPECTED)
