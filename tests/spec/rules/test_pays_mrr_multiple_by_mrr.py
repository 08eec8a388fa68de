"""A multiple of the monthly recurring revenue. The band with the greatest lower bound that
is reached counts for the whole amount; below the first bound nothing is paid.
"""

from collections.abc import Callable

TITLE = "Multiple of MRR, banded by MRR"

PROGRAM = """
[payout]
kind = "mrr_multiple"
bands = [
  { from = "200.00", multiple = "2x" },
  { from = "500.00", multiple = "3x" },
  { from = "1000.00", multiple = "4x" },
]
"""

EVENTS = """
event | payee | mrr
d1    | Ann   | 199.99
d2    | Ann   | 200.00
d3    | Ann   | 499.99
d4    | Ann   | 500.00
d5    | Ann   | 2500.00
d6    | Ann   |
"""

EXPECTED = """
event | payee | amount   | because
d1    | Ann   | 0.00     | no_band
d2    | Ann   | 400.00   |
d3    | Ann   | 999.98   |
d4    | Ann   | 1500.00  |
d5    | Ann   | 10000.00 |
d6    | Ann   | 0.00     | no_band
"""


def test_band_that_is_reached_counts_for_the_whole_amount(
    check: Callable[..., None],
) -> None:
    check(PROGRAM, EVENTS, EXPECTED)
