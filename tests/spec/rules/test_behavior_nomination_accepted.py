"""A customer who was put forward as a reference is accepted. Nominations as such pay
nothing: the accepted outcome counts.
"""

from collections.abc import Callable

TITLE = "Behavior: a nomination is accepted"

PROGRAM = """
[behavior]
kind = "nomination_accepted"
"""

EVENTS = """
event | payee | kind
e1    | Ann   | nomination_accepted
e2    | Ann   | act_verified
"""

EXPECTED = """
event | payee | amount | because
e1    | Ann   | 50.00  |
e2    | Ann   | 0.00   | wrong_behavior
"""


def test_nomination_accepted_pays_and_act_verified_does_not(
    check: Callable[..., None],
) -> None:
    check(PROGRAM, EVENTS, EXPECTED)
