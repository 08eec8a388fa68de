"""What is left of Ann's limit for the second deal is 100.00 less her part of the first,
which is a third rounded together with the other two: 33.34, so 66.66 are left.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from spec.rules._table import Example

from openspiff import rules

TITLE = "The explanation agrees to the cent"

PROGRAM = """
split = "equally"

[payout]
kind = "flat"
amount = "100.00"

[caps]
payee_cap = "100.00"
"""

EVENTS = """
event | payee
d1    | Ann
d1    | Bob
d1    | Cleo
d2    | Ann
"""

EXPECTED = """
event | payee | amount | because
d1    | Ann   | 33.34  |
d1    | Bob   | 33.33  |
d1    | Cleo  | 33.33  |
d2    | Ann   | 66.66  | payee_cap
"""


def test_what_is_left_of_a_limit_agrees_to_the_cent(check: Callable[..., None]) -> None:
    check(PROGRAM, EVENTS, EXPECTED)


def test_asking_about_one_event_gives_the_same_answer(engine: Any, tmp_path: Path) -> None:
    example = Example.read(PROGRAM, EVENTS)
    (answer,) = rules.explain(
        example.world.programs,
        feed=example.feed(tmp_path),
        about=rules.About(event=("crm", "d2")),
        engine=engine,
    )
    assert (answer.due, answer.reasons) == (6_666, ("payee_cap",))
