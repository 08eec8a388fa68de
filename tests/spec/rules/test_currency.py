"""One program, one currency. What another currency is worth is taken at the rate of the
day of the event, rounded half up to the minor unit; yen have no cents and dinars have
three places. The least amount is asked of the converted amount.
"""

from collections.abc import Callable

TITLE = "Other currencies"

PROGRAM = """
[behavior]
min_amount = "100.00"

[payout]
kind = "percent"
rate = "10%"
"""

RATES = """
from | to  | rate       | since      | before
JPY  | USD | 0.00666667 |            | 2026-01-07
JPY  | USD | 0.00660000 | 2026-01-07 |
KWD  | USD | 3.25       |            |
EUR  | USD | 1.1        |            |
"""

EVENTS = """
event | payee | amount   | currency | occurred
d1    | Ann   | 100.00   | USD      | 2026-01-06 12:00
d2    | Ann   | 15000    | JPY      | 2026-01-06 12:00
d3    | Ann   | 15000    | JPY      | 2026-01-07 00:00
d4    | Ann   | 40.001   | KWD      | 2026-01-06 12:00
d5    | Ann   | 90.90    | EUR      | 2026-01-06 12:00
d6    | Ann   | 90.91    | EUR      | 2026-01-06 12:00
"""

EXPECTED = """
event | payee | amount | because
d1    | Ann   | 10.00  |
d2    | Ann   | 10.00  |
d3    | Ann   | 0.00   | below_amount
d4    | Ann   | 13.00  |
d5    | Ann   | 0.00   | below_amount
d6    | Ann   | 10.00  |
"""


def test_amounts_are_converted_at_the_rate_of_the_day(check: Callable[..., None]) -> None:
    check(PROGRAM, EVENTS, EXPECTED, rates=RATES)
