"""What may be said of a holdout that is still running, however often one looks?"""

from __future__ import annotations

import math
from typing import Final

import attrs
import numpy as np
from scipy.special import lambertw

from openspiff.errors import Problem

from ._least_squares import critical_value
from ._types import LEVEL, Caution, Estimate, MeasureError

_NORMAL: Final = critical_value(math.inf)
_MISS: Final = 1 - LEVEL
_TUNED: Final = -1.0 - float(np.real(lambertw(-(_MISS**2) / math.e, -1)))
"""Information over tuning where the boundary is lowest: put at the end of the plan."""

_FEW_CLUSTERS: Final = 20


def sequential_estimate(
    estimate: Estimate,
    *,
    planned_error: float | None = None,
    elapsed_share: float | None = None,
) -> Estimate:
    """Widen an estimate of a running holdout so that it may be read at every look.

    The chance that any of all these intervals ever misses the truth is 5%, however many
    there are and whenever one stops. They are narrowest when the plan is fulfilled: give
    either the standard error that the plan expected then (`planned_error`, in the unit of
    the estimate) or the share of its weeks that have passed (`elapsed_share`, above 0 to
    1), fixed before the first look. The share of weeks is the safe choice: information
    that comes early only makes the intervals wider than they need be.
    The guarantee is asymptotic in clusters, and for comparisons whose later looks add to
    the earlier ones. Raises MeasureError when the estimate has no error, is not from a
    randomized holdout (tier A), or when not exactly one of the two is given.
    Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (2024), Annals of Statistics 52(6);
    Howard, Ramdas, McAuliffe and Sekhon (2021), Annals of Statistics 49(2).
    """
    error = _require(estimate, planned_error, elapsed_share)
    share = elapsed_share if planned_error is None else (planned_error / error) ** 2
    half = boundary(share or 0.0) * error
    sentence = (
        "The holdout is still running. This interval is wider than the final one so that "
        "it holds at every look; it may be read, and the program stopped, at any time."
    )
    cautions = [Caution("sequential", sentence)]
    if estimate.cluster_count < _FEW_CLUSTERS:
        sentence = (
            f"With {estimate.cluster_count} clusters the promise for every look holds "
            f"only roughly; it is made for {_FEW_CLUSTERS} or more."
        )
        cautions.append(Caution("sequential_few_clusters", sentence))
    return attrs.evolve(
        estimate,
        low=estimate.value - half,
        high=estimate.value + half,
        method=f"{estimate.method}; sequential",
        p_value=None,  # the re-drawn one is valid for a single look only
        warnings=(*estimate.warnings, *cautions),
    )


def boundary(information_share: float) -> float:
    """Return the half-width of the interval in standard errors.

    `information_share` is the information so far (one over the squared standard error)
    over that at the end of the plan: a normal mixture whose boundary is lowest at 1.
    """
    ratio = _TUNED * information_share
    inside = (1 + 1 / ratio) * math.log((1 + ratio) / _MISS**2)
    return math.sqrt(inside)


def _require(
    estimate: Estimate, planned_error: float | None, elapsed_share: float | None
) -> float:
    """Return the error whose normal interval is as wide as that of Student."""
    problems = []
    if not estimate.standard_error or estimate.is_unbounded:
        remedy = "read the difference itself, not a ratio or a number without an error"
        problems.append(Problem(estimate.name, "no standard error to widen", remedy))
    if estimate.tier != "A":
        remedy = "wait until the window is over; only chance makes early looks fair"
        problems.append(Problem(estimate.name, f"tier {estimate.tier}", remedy))
    if (planned_error is None) == (elapsed_share is None):
        remedy = "give `planned_error` or `elapsed_share`, the same one at every look"
        problems.append(Problem("plan", "expected one of two numbers", remedy))
    if planned_error is not None and not 0 < planned_error < math.inf:
        remedy = "give the standard error that the plan expects at its end"
        problems.append(Problem("planned_error", f"{planned_error}", remedy))
    if elapsed_share is not None and not 0 < elapsed_share <= 1:
        remedy = "give the weeks that have passed over the weeks of the plan"
        problems.append(Problem("elapsed_share", f"{elapsed_share}", remedy))
    if problems:
        raise MeasureError("this cannot be read while it is running", problems)
    freedom = estimate.degrees_of_freedom
    wider = 1.0 if freedom is None else critical_value(freedom) / _NORMAL
    return (estimate.standard_error or 0.0) * wider
