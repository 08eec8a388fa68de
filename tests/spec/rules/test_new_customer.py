"""What the source says of a customer decides. Where it says nothing, a customer is new who
has no done event of any kind before the window: one that was lost does not count, nor
one inside the window. A customer who is not named is not known to be new.
"""

from collections.abc import Callable

TITLE = "New customers only"

PROGRAM = """
[behavior]
new_customers_only = true
"""

EVENTS = """
event | payee | customer | new | status | occurred         | kind
old1  | Bob   | acme     |     | done   | 2025-11-03 10:00 | demo_held
old2  | Bob   | bolt     |     | lost   | 2025-11-03 10:00 | deal_won
old3  | Bob   | coil     |     | done   | 2026-01-05 00:00 | demo_held
d1    | Ann   | acme     |     | done   | 2026-01-06 10:00 |
d2    | Ann   | bolt     |     | done   | 2026-01-06 10:00 |
d3    | Ann   | bolt     |     | done   | 2026-01-07 10:00 |
d4    | Ann   |          |     | done   | 2026-01-06 10:00 |
d5    | Ann   | acme     | yes | done   | 2026-01-06 10:00 |
d6    | Ann   | bolt     | no  | done   | 2026-01-06 10:00 |
d7    | Ann   |          | yes | done   | 2026-01-06 10:00 |
d8    | Ann   | coil     |     | done   | 2026-01-06 10:00 |
"""

EXPECTED = """
event | payee | amount | because
d1    | Ann   | 0.00   | not_new_customer
d2    | Ann   | 50.00  |
d3    | Ann   | 50.00  |
d4    | Ann   | 0.00   | not_new_customer
d5    | Ann   | 50.00  |
d6    | Ann   | 0.00   | not_new_customer
d7    | Ann   | 50.00  |
d8    | Ann   | 50.00  |
"""


def test_customer_is_new_who_bought_nothing_before_the_window(
    check: Callable[..., None],
) -> None:
    check(PROGRAM, EVENTS, EXPECTED)
