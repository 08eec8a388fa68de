"""Which constant effects leave the treated's path looking alike before and after?"""

from __future__ import annotations

from typing import Any, Final, Literal

import numpy as np

from openspiff.errors import Problem
from openspiff.measure._least_squares import Flags, Floats
from openspiff.measure._types import LEVEL, Caution, Estimate, MeasureError, Shape

from ._block import FEWEST_DONORS, Block, make_block
from ._compare import RECIPES, SLIGHT, Compared, compare
from ._frank_wolfe import Questions, fitted_shares
from ._placebo import donor_cautions, honest_p_value

FEWEST_PERIODS: Final = 20
"""With fewer periods to shift by, no effect is ever rejected at 5%."""

Control = Literal["demeaned_control", "synthetic_control"]

_SLACK: Final = 1e-9  # equal sums that were added up in another order count as equal
_LEAST_DECREASE: Final = 1e-4  # ends move by a hundredth of the noise; five times as fast
_DOUBLINGS: Final = 10
_GRID: Final = 41
_CUTS: Final = 16
_PASSES: Final = 2


def conformal_p_values(
    outcome: Floats,
    is_treated: Flags,
    effects: Floats,
    *,
    pre_count: int,
    units: np.ndarray[Any, Any] | None = None,
    method: Control = "demeaned_control",
) -> Floats:
    """Return the p-value (B) of each constant effect (B), per unit and period.

    Takes the effect off the treated's mean path from `pre_count` on, fits a mix of donors
    to the whole of it, and asks in how many of the T cyclic shifts of the errors the
    program's periods hold errors as large: blocks move together, so errors may depend on
    those just before them. Demeaning lets donors be of any size and costs power when the
    program lasts long. Arguments and errors as in `synthetic_comparison`.
    Chernozhukov, Wuthrich and Zhu (2021), Journal of the American Statistical Association
    116(536).
    """
    block = make_block(outcome, is_treated, pre_count=pre_count, units=units)
    return _p_values(block, effects, method)


def conformal_comparison(
    outcome: Floats,
    is_treated: Flags,
    *,
    pre_count: int,
    units: np.ndarray[Any, Any] | None = None,
    method: Control = "demeaned_control",
    name: str = "gross",
    unit: str = "units per firm and period",
) -> Estimate:
    """Estimate the lift by a synthetic control, with an interval from shifted errors.

    The interval is the hull of the constant effects whose `conformal_p_values` are above
    5%; it has no end on a side where none is rejected, and none at all with fewer than 20
    periods or 20 donors. It rests on errors that behave alike over time, not on donors
    that could have been the treated. Arguments and errors as in `synthetic_comparison`;
    also raises MeasureError where every constant effect is rejected.
    Chernozhukov, Wuthrich and Zhu (2021), Journal of the American Statistical Association
    116(536); Ferman and Pinto (2021), Quantitative Economics 12(4).
    """
    block = make_block(outcome, is_treated, pre_count=pre_count, units=units)
    treated = block.is_treated[None]
    found = compare(block, treated, ~treated, method=method)
    value, periods = float(found.value[0]), block.outcome.shape[1]
    cautions = list(donor_cautions(block))
    low, high = None, None
    if periods < FEWEST_PERIODS:
        sentence = (
            f"With {periods} periods, fewer than {FEWEST_PERIODS}, shifting them rejects "
            "nothing at 5%; the interval is left open."
        )
        cautions.append(Caution("few_periods", sentence))
    elif block.donor_count >= FEWEST_DONORS:
        low, high = _ends(block, found, method)
        if low is None or high is None:
            sentence = (
                "The program's periods are too many for those before: not every large "
                "effect can be told from a change of level, so the interval has no end."
            )
            cautions.append(Caution("unbounded", sentence))
    return Estimate(
        name=name,
        value=value,
        standard_error=None,
        low=low,
        high=high,
        shape=_shape(low, high),
        method=f"{RECIPES[method].says}, shifted errors",
        tier="C",
        unit=unit,
        unit_count=block.is_treated.size,
        cluster_count=block.is_treated.size,
        p_value=honest_p_value(float(_p_values(block, np.zeros(1), method)[0]), block),
        warnings=tuple(cautions),
    )


def _p_values(block: Block, effects: Floats, method: Control) -> Floats:
    """Return the p-value of each effect (B) over the T cyclic shifts of the errors."""
    periods, count = block.outcome.shape[1], effects.size
    after = np.arange(periods) >= block.pre_count
    targets = block.outcome[block.is_treated].mean(axis=0) - effects[:, None] * after
    donors = block.outcome[~block.is_treated]
    shares = fitted_shares(
        Questions(
            atoms=donors,
            targets=targets,
            is_atom=np.ones((count, donors.shape[0]), dtype=np.bool_),
            is_point=np.ones((count, periods), dtype=np.bool_),
            has_intercept=RECIPES[method].has_intercept,
        ),
        zeta=block.noise * SLIGHT,
        least_decrease=block.noise * _LEAST_DECREASE,
    )
    error = targets - shares @ donors
    if RECIPES[method].has_intercept:
        error -= error.mean(axis=1, keepdims=True)
    size = np.abs(error)
    # Sums over as many periods as the program has, from each period on, going round.
    around = np.cumsum(np.concatenate([np.zeros((count, 1)), size, size], axis=1), axis=1)
    sums = around[:, block.post_count :][:, :periods] - around[:, :periods]
    seen = sums[:, [block.pre_count]]
    share: Floats = (sums >= seen * (1.0 - _SLACK)).mean(axis=1)
    return share


def _ends(
    block: Block, found: Compared, method: Control
) -> tuple[float | None, float | None]:
    """Return the lowest and highest effect not rejected; None on a side without end."""
    value, own = float(found.value[0]), found.gap[0, block.pre_count :]
    first = max(4.0 * float(found.pre_rmse[0]), 1.05 * float(np.abs(own - value).max()))
    reach = (first + block.noise) * 2.0 ** np.arange(_DOUBLINGS)
    far = _kept(block, value + np.concatenate([-reach, reach]), method)
    far = far.reshape(2, _DOUBLINGS)
    has_end = ~far[:, -1]
    # The first reach beyond which nothing is kept on any side that has an end.
    beyond = int(np.append(np.flatnonzero(far[has_end].any(axis=0)), -1).max()) + 1
    even = value + reach[beyond] * np.linspace(-1.0, 1.0, _GRID)
    # An effect that explains one period may be kept where those around it are not.
    grid = np.unique(np.concatenate([even, own]))
    kept = np.flatnonzero(_kept(block, grid, method))
    if kept.size == 0:
        raise MeasureError(
            "no constant effect agrees with the treated's path",
            [
                Problem(
                    "outcome",
                    "every constant effect is rejected at 5%",
                    "look at the gap by period: the effect grew, faded or began earlier",
                )
            ],
        )
    inner = grid[[kept[0], kept[-1]]]
    outer = grid[[max(kept[0] - 1, 0), min(kept[-1] + 1, grid.size - 1)]]
    inner = _refined(block, inner, outer, method)
    return (
        float(inner[0]) if has_end[0] else None,
        float(inner[1]) if has_end[1] else None,
    )


def _refined(block: Block, inner: Floats, outer: Floats, method: Control) -> Floats:
    """Return the outermost kept effects (2) between kept and rejected ones (2 each)."""
    parts = np.linspace(0.0, 1.0, _CUTS + 2)
    for _ in range(_PASSES):
        cuts = inner[:, None] + (outer - inner)[:, None] * parts
        kept = _kept(block, cuts[:, 1:-1].ravel(), method).reshape(2, _CUTS)
        last = np.array([int(np.append(np.flatnonzero(row) + 1, 0).max()) for row in kept])
        inner, outer = cuts[[0, 1], last], cuts[[0, 1], last + 1]
    return inner


def _kept(block: Block, effects: Floats, method: Control) -> Flags:
    kept: Flags = _p_values(block, effects, method) > 1.0 - LEVEL + _SLACK
    return kept


def _shape(low: float | None, high: float | None) -> Shape:
    if low is None:
        return "everything" if high is None else "until"
    return "from" if high is None else "between"
