"""What is known of few treated units, of their donors, and of which periods?"""

from __future__ import annotations

from typing import Any, Final

import attrs
import numpy as np

from openspiff.errors import Problem
from openspiff.measure._error_codes import (
    Coded,
    DuplicateUnitError,
    NoBaselineError,
    NotBegunError,
    NotFiniteError,
    NoVariationError,
    OneCohortError,
    TooFewUnitsError,
    refusal_of,
)
from openspiff.measure._least_squares import Flags, Floats, Integers
from openspiff.measure._sums import require_flags
from openspiff.measure._types import MeasureError

FEWEST_PRE: Final = 2
"""A comparison needs a path before the program, and one period is none."""

FEWEST_DONORS: Final = 20
"""Below this many donors no p-value can honestly be below .05: placebos overlap."""


@attrs.frozen(kw_only=True, eq=False)
class Block:
    """Outcomes of n units over T periods, of which the first `pre_count` are before.

    `outcome` (n x T) and `is_treated` (n) stand in an order that depends on the outcomes
    only; row i was row `order[i]` of what came in. `noise` is the standard deviation of
    the donors' changes from one period to the next before the program.
    """

    outcome: Floats
    is_treated: Flags
    pre_count: int
    order: Integers
    noise: float

    @property
    def treated_count(self) -> int:
        """Return how many units are treated."""
        return int(self.is_treated.sum())

    @property
    def donor_count(self) -> int:
        """Return how many units are not."""
        return int((~self.is_treated).sum())

    @property
    def post_count(self) -> int:
        """Return how many periods there are from the start of the program on."""
        return int(self.outcome.shape[1]) - self.pre_count


def make_block(
    outcome: Floats,
    is_treated: Flags,
    *,
    pre_count: int,
    units: np.ndarray[Any, Any] | None = None,
) -> Block:
    """Check outcomes (n x T, any unit) and order them so that order in is irrelevant.

    `is_treated` (n) marks the treated, `pre_count` counts the periods before, `units` (n)
    names the rows so that one that came twice is noticed.
    Raises MeasureError with everything that is wrong.
    """
    _require_shapes(outcome, is_treated, units)
    problems = [
        *_period_problems(outcome, pre_count),
        *_unit_problems(is_treated, units),
        *_value_problems(outcome),
    ]
    if problems:
        message = "the treated cannot be set against a synthetic comparison"
        raise refusal_of(message, problems)
    treated = is_treated.astype(np.bool_)
    order = np.lexsort([*outcome.T[::-1], treated]).astype(np.int64)
    ordered, treated = outcome[order].astype(np.float64), treated[order]
    changes = np.diff(ordered[~treated, :pre_count], axis=1)
    noise = float(changes.std(ddof=1))
    if noise <= 1e-12 * float(np.abs(ordered).max()):  # rounding, not change
        raise NoVariationError(
            "the donors never change before the program, so nothing tells how well they "
            "would follow the treated",
            [Problem("outcome", "no change before", "use an outcome that varies")],
        )
    return Block(
        outcome=ordered,
        is_treated=treated,
        pre_count=pre_count,
        order=order,
        noise=noise,
    )


def _require_shapes(
    outcome: Floats, is_treated: Flags, units: np.ndarray[Any, Any] | None
) -> None:
    require_flags(is_treated=is_treated)
    shape = np.shape(outcome)
    is_table = isinstance(outcome, np.ndarray) and len(shape) == 2 and outcome.size > 0  # noqa: PLR2004 (units by periods)
    fits = is_table and is_treated.shape == shape[:1]
    if not fits or (units is not None and np.shape(units) != is_treated.shape):
        text = f"outcomes {shape} and marks of the treated {is_treated.shape}"
        remedy = "give one row of outcomes, one mark and one name for each unit"
        message = "outcomes and units do not fit together"
        raise MeasureError(message, [Problem("outcome", text, remedy)])


def _period_problems(outcome: Floats, pre_count: int) -> list[Coded]:
    problems: list[Coded] = []
    if pre_count < FEWEST_PRE:
        text = f"{pre_count} periods before the program"
        remedy = f"bring at least {FEWEST_PRE}, better as many as the program has or more"
        problems.append((NoBaselineError, Problem("pre_count", text, remedy)))
    if pre_count >= outcome.shape[1]:
        text = f"{outcome.shape[1]} periods, all of them before the program"
        one = Problem("pre_count", text, "wait until the program has begun")
        problems.append((NotBegunError, one))
    return problems


def _unit_problems(is_treated: Flags, units: np.ndarray[Any, Any] | None) -> list[Coded]:
    problems: list[Coded] = []
    treated, count = int(is_treated.sum()), is_treated.size
    donors = count - treated
    if treated == 0:
        remedy = "mark the firms or regions that had the program"
        one = Problem("is_treated", "no treated unit", remedy)
        problems.append((OneCohortError, one))
    elif donors == 0:
        remedy = "add firms or regions without the program, or measure the one series"
        one = Problem("is_treated", "no donors: all are treated", remedy)
        problems.append((OneCohortError, one))
    elif donors < max(treated + 1, 2):
        text = f"{donors} donors for {treated} treated units"
        remedy = "at least 2 donors, and more donors than treated units, are needed"
        problems.append((TooFewUnitsError, Problem("is_treated", text, remedy)))
    if units is not None:
        names, times = np.unique(units, return_counts=True)
        problems += [
            (
                DuplicateUnitError,
                Problem(f"unit {name}", f"{number} rows", "bring each unit once, summed"),
            )
            for name, number in zip(names[times > 1], times[times > 1], strict=True)
        ]
    return problems


def _value_problems(outcome: Floats) -> list[Coded]:
    wrong = ~np.isfinite(outcome)
    if not wrong.any():
        return []
    text = f"{int(wrong.sum())} outcomes missing or infinite in {wrong.any(1).sum()} units"
    remedy = "write 0 where nothing was sold; leave out units not active throughout"
    return [(NotFiniteError, Problem("outcome", text, remedy))]
