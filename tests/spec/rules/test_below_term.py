"""The contract must run for at least 36 months; a term that is not known does not count."""

from collections.abc import Callable

TITLE = "The least term"

PROGRAM = """
[behavior]
min_term = "36 months"
"""

EVENTS = """
event | payee | term
d1    | Ann   | 35
d2    | Ann   | 36
d3    | Ann   |
"""

EXPECTED = """
event | payee | amount | because
d1    | Ann   | 0.00   | below_term
d2    | Ann   | 50.00  |
d3    | Ann   | 0.00   | below_term
"""


def test_term_of_36_months_counts(check: Callable[..., None]) -> None:
    check(PROGRAM, EVENTS, EXPECTED)
