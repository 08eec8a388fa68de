"""Every list that says something must name the payee, by what the roster says on the day
of the event. Bob rises to gold on 8 January: what he sold before does not count, what
he sells from then on does. Of somebody who is not on the roster nothing more is said.
"""

from collections.abc import Callable

TITLE = "For whom the program is"

PROGRAM = """
[audience]
roles = ["account executive", "engineer"]
tiers = ["gold"]
regions = ["East"]
segments = ["public", "mid"]
"""

ROSTER = """
payee | role              | tier   | region | segment | from       | before
Ann   | account executive | gold   | East   | public  |            |
Bob   | engineer          | silver | East   | mid     |            | 2026-01-08
Bob   | engineer          | gold   | East   | mid     | 2026-01-08 |
Cleo  | director          | gold   | East   | mid     |            |
Dora  | engineer          | gold   | West   | mid     |            |
Emil  | engineer          | gold   | East   |         |            |
"""

EVENTS = """
event | payee | occurred
d1    | Ann   | 2026-01-06 12:00
d2    | Bob   | 2026-01-07 23:59:59.999999
d3    | Bob   | 2026-01-08 00:00
d4    | Cleo  | 2026-01-06 12:00
d5    | Dora  | 2026-01-06 12:00
d6    | Emil  | 2026-01-06 12:00
d7    | Eve   | 2026-01-06 12:00
"""

EXPECTED = """
event | payee | amount | because
d1    | Ann   | 50.00  |
d2    | Bob   | 0.00   | audience
d3    | Bob   | 50.00  |
d4    | Cleo  | 0.00   | audience
d5    | Dora  | 0.00   | audience
d6    | Emil  | 0.00   | audience
d7    | Eve   | 0.00   | unknown_payee
"""


def test_tier_on_the_day_of_the_event_counts(check: Callable[..., None]) -> None:
    check(PROGRAM, EVENTS, EXPECTED, roster=ROSTER)
