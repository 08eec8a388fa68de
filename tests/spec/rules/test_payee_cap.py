"""Nobody earns more than the limit. The event that reaches it is cut to what remains; what
comes after pays nothing. An event that fills the limit exactly is not cut.
"""

from collections.abc import Callable

TITLE = "The limit of a payee"

PROGRAM = """
[caps]
payee_cap = "120.00"
"""

EVENTS = """
event | payee
d1    | Ann
d2    | Ann
d3    | Ann
d4    | Ann
d5    | Bob
"""

EXPECTED = """
event | payee | amount | because
d1    | Ann   | 50.00  |
d2    | Ann   | 50.00  |
d3    | Ann   | 20.00  | payee_cap
d4    | Ann   | 0.00   | payee_cap
d5    | Bob   | 50.00  |
"""


def test_event_that_reaches_the_limit_is_cut(check: Callable[..., None]) -> None:
    check(PROGRAM, EVENTS, EXPECTED)
