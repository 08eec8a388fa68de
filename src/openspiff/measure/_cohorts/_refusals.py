"""Which moments cannot answer a question about cohorts, and what would help?"""

from __future__ import annotations

import numpy as np

from openspiff.errors import Problem
from openspiff.measure._error_codes import NoBaselineError, NoVariationError, OneCohortError
from openspiff.measure._least_squares import Flags
from openspiff.measure._moments import Moments
from openspiff.measure._types import MeasureError


def require_one_outcome(moments: Moments) -> None:
    """Raise MeasureError unless the moments hold one outcome."""
    if len(moments.outcomes) != 1:
        remedy = "choose with `outcome` or add up with `combined`"
        raise MeasureError(
            "one outcome at a time",
            [Problem("outcomes", ", ".join(moments.outcomes), remedy)],
        )


def require_cohorts(moments: Moments, untreated: Flags) -> None:
    """Raise MeasureError with one cohort, nobody treated, or nobody seen before.

    `untreated` (C x T) marks the active periods before announcement or treatment.
    """
    require_one_outcome(moments)
    first, active = moments.first_no, moments.is_active
    is_treated = (active & ~untreated).any(axis=1)
    if len(moments.groups) == 1:
        text = f"all payees have the first treated period {int(first[0])}"
        raise OneCohortError(
            "one cohort has nobody to be compared with",
            [Problem("cohorts", text, "add a cohort that started later or never")],
        )
    if not is_treated.any():
        raise OneCohortError(
            "nobody was treated in these periods",
            [Problem("cohorts", "no treated period", "measure after the program began")],
        )
    if not (is_treated & untreated.any(axis=1)).any():
        raise NoBaselineError(
            "there is no period before the program",
            [Problem("periods", "none before treatment", "add weeks of baseline")],
        )


def untreated_periods(moments: Moments, announcement_count: int) -> Flags:
    """Return the active periods before announcement or treatment (C x T)."""
    first, active = moments.first_no[:, None], moments.is_active
    number = np.arange(active.shape[1])
    table: Flags = active & ((first < 0) | (number < first - announcement_count))
    return table


def never_here(moments: Moments, announcement_count: int) -> Flags:
    """Return which cohorts (C) the program never reached in these periods."""
    first = moments.first_no
    found: Flags = (first < 0) | (first - announcement_count >= len(moments.periods))
    return found


def no_spread(found: str, remedy: str) -> MeasureError:
    """Return the error of a side that is too small to have a spread."""
    return NoVariationError(
        "there is too little to estimate an error from", [Problem("cohorts", found, remedy)]
    )
