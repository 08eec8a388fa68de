"""Products are named one by one or by family, and every spelling that is known for one of
them counts.
"""

from collections.abc import Callable

TITLE = "Products, families and other spellings"

PROGRAM = """
[behavior.products]
include = ["GTX Pro"]
families = ["MG"]
members = { MG = ["MG Special", "MG Advanced"] }
aliases = { GTXPro = "GTX Pro" }
"""

EVENTS = """
event | payee | product
d1    | Ann   | GTX Pro
d2    | Ann   | GTXPro
d3    | Ann   | MG Special
d4    | Ann   | GTX Basic
d5    | Ann   |
"""

EXPECTED = """
event | payee | amount | because
d1    | Ann   | 50.00  |
d2    | Ann   | 50.00  |
d3    | Ann   | 50.00  |
d4    | Ann   | 0.00   | product
d5    | Ann   | 0.00   | product
"""


def test_every_spelling_of_a_named_product_counts(check: Callable[..., None]) -> None:
    check(PROGRAM, EVENTS, EXPECTED)
