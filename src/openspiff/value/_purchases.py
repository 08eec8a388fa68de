"""When did each customer buy again? Frequency, recency and age, checked once."""

from __future__ import annotations

from typing import Any, Final

import attrs
import numpy as np

from openspiff.errors import Problem

from ._types import Floats, WorthError, as_floats, column, refuse_rows, same_length

FEWEST_CUSTOMERS: Final = 10
"""No model of how customers differ is fitted to fewer."""


@attrs.frozen(kw_only=True, eq=False)
class Purchases:
    """The repeat purchases of customers (n), in one unit of time, say weeks.

    `frequency` counts purchases after the first one, `recency` is the age at the last of
    them (0 where there was none) and `age` the time from the first purchase to the day of
    looking. All zeros describe a customer who has just been won.
    Raises WorthError with every kind of wrong row at once.
    """

    frequency: Floats = attrs.field(converter=as_floats)
    recency: Floats = attrs.field(converter=as_floats)
    age: Floats = attrs.field(converter=as_floats)

    def __attrs_post_init__(self) -> None:
        """Refuse histories that cannot have happened."""
        frequency, recency, age = self.frequency, self.recency, self.age
        for name in ("frequency", "recency", "age"):
            column(name, getattr(self, name))
        same_length(frequency=frequency, recency=recency, age=age)
        refuse_rows(
            "histories of purchases cannot be as given",
            [
                (
                    "frequency",
                    (frequency < 0) | (frequency != np.floor(frequency)),
                    "count the purchases after the first: 0, 1, 2, ...",
                ),
                ("recency", recency < 0, "measure from the customer's first purchase on"),
                (
                    "age",
                    age < recency,
                    "look at all customers on one day, after their last purchase",
                ),
                (
                    "recency",
                    (frequency > 0) != (recency > 0),
                    "it is 0 exactly where nothing was bought again, later than the first",
                ),
            ],
        )

    def distinct(self) -> tuple[Purchases, Floats]:
        """Return the different histories, in sorted order, and how many have each."""
        table = np.column_stack([self.frequency, self.recency, self.age])
        rows, counts = np.unique(table, axis=0, return_counts=True)
        one = Purchases(frequency=rows[:, 0], recency=rows[:, 1], age=rows[:, 2])
        return one, counts.astype(np.float64)

    def require_enough(self) -> None:
        """Raise WorthError when there are too few customers, or none bought again."""
        problems = []
        if self.frequency.size < FEWEST_CUSTOMERS:
            found = f"{self.frequency.size} customers"
            remedy = f"a model of how customers differ needs at least {FEWEST_CUSTOMERS}"
            problems.append(Problem("customers", found, remedy))
        if not (self.frequency > 0).any():
            found = "no customer bought again"
            problems.append(Problem("frequency", found, "wait until some have"))
        if (self.age == 0).any():
            found = f"{int((self.age == 0).sum())} customers were won at this moment"
            problems.append(Problem("age", found, "leave them out: they say nothing yet"))
        if problems:
            raise WorthError("too little is known to fit a model", problems)


def repeat_purchases(
    customer: np.ndarray[Any, Any],
    bought_on: Floats,
    *,
    as_of: float,
    amount_minor: Floats | None = None,
    unit_days: float = 7.0,
) -> tuple[Purchases, Floats, np.ndarray[Any, Any]]:
    """Return purchases, mean repeat amount (minor units) and names of the customers (n).

    `customer` and `bought_on` (day numbers) have one row a purchase; rows of one customer
    and day are one purchase, rows after day `as_of` are left out. Times are in units of
    `unit_days` days. The mean amount is over repeat purchases, 0 where there is none.
    Raises WorthError when nothing was bought until `as_of`.
    """
    day = column("bought_on", bought_on)
    amount = np.zeros(day.size) if amount_minor is None else column("amount", amount_minor)
    same_length(customer=np.asarray(customer), bought_on=day, amount_minor=amount)
    kept = day <= as_of
    if not kept.any():
        problem = Problem("as_of", "every purchase is later", "look on a later day")
        raise WorthError("nothing had been bought", [problem])
    names, code = np.unique(np.asarray(customer)[kept], return_inverse=True)
    day, amount = day[kept], amount[kept]
    # One row for each customer and day, the customers' first days first.
    both, row = np.unique(np.column_stack([code, day]), axis=0, return_inverse=True)
    spent = np.bincount(row.ravel(), weights=amount)
    owner = both[:, 0].astype(np.int64)
    start = np.searchsorted(owner, np.arange(names.size))
    count = np.bincount(owner) - 1
    first, last = both[start, 1], both[start + count, 1]
    again = np.bincount(owner, weights=spent) - spent[start]
    purchases = Purchases(
        frequency=count, recency=(last - first) / unit_days, age=(as_of - first) / unit_days
    )
    return purchases, again / np.maximum(count, 1), names
