"""What is an estimator expected to hit? Its targets, and where it is known to miss them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import attrs
from calibration.grid import Point

from openspiff.measure import Estimate

# What is drawn and its truth are a panel's, or a shelf's of programs.
Ask = Callable[[Any, Any, int], Estimate]
FEW_FIRMS: Final = 20

TARGETS: Final = frozenset(
    {
        "coverage",
        "bias",
        "false positives",
        "re-drawn false positives",
        "error",
        "power",
    }
)


def no_limits(point: Point) -> frozenset[str]:
    """Every target is expected to be hit everywhere."""
    del point
    return frozenset()


def limits_of_payees(point: Point) -> frozenset[str]:
    """Untreated colleagues gain too, or the weaker of them leave: less lift is seen."""
    is_biased = point.attrition > 0 or point.spillover > 0
    return frozenset({"bias", "coverage"} if is_biased else ())


def limits_of_firms(point: Point) -> frozenset[str]:
    """The weaker of the untreated leave, which their baseline makes good in part only."""
    return frozenset({"bias", "coverage"} if point.attrition > 0 else ())


def limits_of_group_time(point: Point) -> frozenset[str]:
    """Errors allow for cohorts that truly differ, which a few firms only seem to do."""
    return frozenset({"power"} if point.firms <= FEW_FIRMS else ())


def limits_of_controls(point: Point) -> frozenset[str]:
    """Nothing is expected of what should fail."""
    del point
    return TARGETS


@attrs.frozen(kw_only=True)
class Method:
    """An estimator, the kind of world it is meant for, its truth and its target.

    `coverage` is what share of 95% intervals should hold the truth (None: not judged),
    `targets` those that apply to it, `most_false_share` how often it may see what is not
    there. `limits` names the targets that are known to be missed at a point of the grid.
    What `is_control` is here to fail.
    """

    name: str
    world: str
    ask: Ask
    truth: Callable[[Any], float]
    coverage: tuple[float, float] | None
    targets: frozenset[str] = TARGETS
    most_false_share: float = 0.065
    limits: Callable[[Point], frozenset[str]] = no_limits
    is_control: bool = False


NEAR: Final = (0.935, 0.965)
FIELLER: Final = (0.93, 1.0)
FEW: Final = (0.93, 0.97)
OWN_PAST: Final = (0.90, 1.0)
SHRUNK: Final = (0.92, 0.99)

# Where the interval comes from ranks, from placebo windows or from a prior, the error is
# not meant to be multiplied by a quantile, so neither it nor the power by it is judged.
BY_INTERVAL: Final = TARGETS - {"error", "power"}
# A level whose logarithm wanders rises on average, which its past does not foretell.
OF_ONE_SERIES: Final = BY_INTERVAL - {"bias"}
