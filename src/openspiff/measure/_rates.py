"""How far off can a change between two rates of the same clusters be?"""

from __future__ import annotations

import attrs
import numpy as np

from openspiff.errors import Problem

from ._error_codes import NoVariationError, TooFewUnitsError
from ._least_squares import ROUNDING, Floats, Integers, critical_value
from ._sums import FEWEST_PAYEES, Sums


@attrs.frozen(kw_only=True, eq=False)
class Rate:
    """Total by active weeks of all payees, and what each cluster (G) adds to its error.

    `size` is the same of the amounts without their signs: how large the numbers are.
    """

    value: float
    size: float
    influence: Floats


def rate_of(sums: Sums, cluster: Integers, count: int, *, place: str) -> Rate:
    """Return the pooled rate of a span, linearized by cluster (codes 0..count-1).

    Raises MeasureError when fewer than 5 payees were active in the span.
    """
    weeks, active = float(sums.weeks.sum()), int((sums.weeks > 0).sum())
    if active < FEWEST_PAYEES:
        text = f"{active} payees were active in these weeks, {FEWEST_PAYEES} are needed"
        remedy = "import events of that time, or let the roster begin earlier"
        problem = Problem(place, text, remedy)
        raise TooFewUnitsError("there is too little to compare with", [problem])
    value = float(sums.total.sum()) / weeks
    rest = np.bincount(cluster, weights=sums.total - value * sums.weeks, minlength=count)
    size = float(np.abs(sums.total).sum()) / weeks
    return Rate(value=value, size=size, influence=rest / weeks)


def clustered_interval(
    value: float, influence: Floats, place: str, *, taken_from: float
) -> tuple[float, float, float]:
    """Return standard error and 95% interval from what each cluster (G) adds; t(G - 1).

    `taken_from` is how large the rates were of which the value is a difference: what
    rounding leaves of them is no error.
    Raises MeasureError with fewer than 2 clusters or when nothing varies.
    """
    count = influence.size
    error = float(np.sqrt((influence**2).sum() * count / max(count - 1, 1)))
    if count < 2 or error <= ROUNDING * taken_from:  # noqa: PLR2004 (one cluster has no spread)
        remedy = "measure more payees or firms, or a longer window"
        problem = Problem(place, f"{count} clusters, standard error {error:g}", remedy)
        raise NoVariationError("there is too little to estimate an error from", [problem])
    reach = critical_value(count - 1) * error
    return error, value - reach, value + reach
