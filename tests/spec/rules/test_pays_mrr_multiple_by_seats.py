"""The multiple is of the monthly recurring revenue; the number of seats only chooses the
band.
"""

from collections.abc import Callable

TITLE = "Multiple of MRR, banded by seats"

PROGRAM = """
[payout]
kind = "mrr_multiple"
band_by = "seats"
bands = [{ from = 5, multiple = "2x" }, { from = 25, multiple = "3.5x" }]
"""

EVENTS = """
event | payee | quantity | mrr
d1    | Ann   | 4        | 100.00
d2    | Ann   | 5        | 100.00
d3    | Ann   | 24       | 600.00
d4    | Ann   | 25       | 600.01
"""

EXPECTED = """
event | payee | amount  | because
d1    | Ann   | 0.00    | no_band
d2    | Ann   | 200.00  |
d3    | Ann   | 1200.00 |
d4    | Ann   | 2100.04 |
"""


def test_seats_choose_the_band(check: Callable[..., None]) -> None:
    check(PROGRAM, EVENTS, EXPECTED)
