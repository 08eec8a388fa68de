"""Government customers are excluded unless the terms say otherwise."""

from collections.abc import Callable

TITLE = "Government customers"

PROGRAM = """

"""

EVENTS = """
event | payee | government
d1    | Ann   | yes
d2    | Ann   | no
"""

EXPECTED = """
event | payee | amount | because
d1    | Ann   | 0.00   | government
d2    | Ann   | 50.00  |
"""


def test_government_customers_are_excluded_by_default(check: Callable[..., None]) -> None:
    check(PROGRAM, EVENTS, EXPECTED)
