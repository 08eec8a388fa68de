"""The reference call or visit took place and was verified, often months after the
nomination.
"""

from collections.abc import Callable

TITLE = "Behavior: a reference act is verified"

PROGRAM = """
[behavior]
kind = "act_verified"
"""

EVENTS = """
event | payee | kind
e1    | Ann   | act_verified
e2    | Ann   | nomination_accepted
"""

EXPECTED = """
event | payee | amount | because
e1    | Ann   | 50.00  |
e2    | Ann   | 0.00   | wrong_behavior
"""


def test_act_verified_pays_and_nomination_accepted_does_not(
    check: Callable[..., None],
) -> None:
    check(PROGRAM, EVENTS, EXPECTED)
