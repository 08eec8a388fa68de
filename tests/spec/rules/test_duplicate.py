"""When a second source tells of a deal that is already known, the second telling earns
nothing: a deal is paid once.
"""

from collections.abc import Callable

TITLE = "The same deal told by two sources"

PROGRAM = """

"""

EVENTS = """
source | event | payee | duplicate of
crm    | d1    | Ann   |
portal | x7    | Ann   | crm/d1
"""

EXPECTED = """
event | payee | amount | because
d1    | Ann   | 50.00  |
x7    | Ann   | 0.00   | duplicate
"""


def test_deal_told_twice_is_paid_once(check: Callable[..., None]) -> None:
    check(PROGRAM, EVENTS, EXPECTED)
