"""So that nobody gives the margin away to win a deal, the margin must reach a share of the
amount. 22.5% of 100.02 is 22.5045, which is 22.50 to the cent. A margin that is not
known does not count.
"""

from collections.abc import Callable

TITLE = "The least margin"

PROGRAM = """
[behavior]
min_margin = "22.5%"
"""

EVENTS = """
event | payee | amount | margin
d1    | Ann   | 100.02 | 22.49
d2    | Ann   | 100.02 | 22.50
d3    | Ann   | 100.02 |
d4    | Ann   | 100.02 | -5.00
"""

EXPECTED = """
event | payee | amount | because
d1    | Ann   | 0.00   | below_margin
d2    | Ann   | 50.00  |
d3    | Ann   | 0.00   | below_margin
d4    | Ann   | 0.00   | below_margin
"""


def test_margin_that_is_not_known_does_not_count(check: Callable[..., None]) -> None:
    check(PROGRAM, EVENTS, EXPECTED)
