"""What is known of each payee over a span: how much, and in how many active weeks."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

from openspiff.errors import Problem

from ._least_squares import Flags, Floats, Integers
from ._types import MeasureError

FEWEST_PAYEES = 5
"""No comparison is made with fewer payees on a side."""


@attrs.frozen(kw_only=True, eq=False)
class Sums:
    """Totals (n) of an outcome and active weeks (n) of the same payees over a span."""

    total: Floats
    weeks: Floats

    @property
    def rate(self) -> Floats:
        """Return the outcome per active week; 0 where there was none."""
        safe = np.where(self.weeks > 0, self.weeks, 1.0)
        return np.where(self.weeks > 0, self.total / safe, 0.0)

    def only(self, kept: Flags) -> Sums:
        """Return the sums of the payees that `kept` (n) marks."""
        return Sums(total=self.total[kept], weeks=self.weeks[kept])


def codes_of(names: np.ndarray[Any, Any]) -> Integers:
    """Return codes 0..G-1 for names (n), whatever their kind."""
    return np.unique(names, return_inverse=True)[1].astype(np.int64)


def require_sides(is_treated: Flags, units: Integers, *, other: str) -> None:
    """Raise MeasureError unless both sides have enough payees and two units each."""
    problems = []
    for side, name in ((is_treated, "treated"), (~is_treated, other)):
        payees, clusters = int(side.sum()), np.unique(units[side]).size
        if payees < FEWEST_PAYEES or clusters < 2:  # noqa: PLR2004 (one has no spread)
            text = f"{payees} active payees in {clusters} units"
            remedy = f"at least {FEWEST_PAYEES} payees in 2 units are needed"
            problems.append(Problem(name, text, remedy))
    if problems:
        message = f"too few payees to compare the treated with the {other}"
        raise MeasureError(message, problems)
