"""What did the program add where only a few firms or regions had it (tier C)?"""

from __future__ import annotations

from typing import Any, Final

import attrs
import numpy as np

from openspiff.measure._least_squares import Flags, Floats
from openspiff.measure._sums import require_seed
from openspiff.measure._types import LEVEL, Caution, Estimate

from ._block import FEWEST_DONORS, Block, make_block
from ._compare import RECIPES, Compared, Method, compare
from ._placebo import (
    donor_cautions,
    half_width,
    honest_p_value,
    placebo_sets,
    rank_p_value,
    stretched,
)

MOST_SETS: Final = 999
"""So many placebo sets at most: the smallest p-value is then .001."""


@attrs.frozen(kw_only=True, eq=False)
class Synthetic:
    """An estimate of the lift of few treated units, and all that a report can show.

    `donor_share` and `left_out` (donors) follow the rows of the donors as they came in:
    what each weighs, and the estimate without it. `period_share` (periods before) is what
    the periods before weigh. `gap` (all periods) is the treated's mean path less the
    donors' mix less the weighted gap before, in the unit of the outcome; its mean from
    the program's start on is the estimate. `placebos` are the estimates of sets of donors
    as large as the treated's. `pre_rmse` is the root mean square of the gap before, in
    the unit of the outcome, and `pre_rmse_ratio` that over the standard deviation of all
    donors' outcomes before.
    """

    estimate: Estimate
    donor_share: Floats
    period_share: Floats
    gap: Floats
    placebos: Floats
    left_out: Floats
    pre_rmse: float
    pre_rmse_ratio: float

    @property
    def left_out_low(self) -> float:
        """Return the lowest estimate that leaving out one donor gives."""
        return float(self.left_out.min())

    @property
    def left_out_high(self) -> float:
        """Return the highest estimate that leaving out one donor gives."""
        return float(self.left_out.max())


def synthetic_comparison(  # noqa: PLR0913 (each is one choice)
    outcome: Floats,
    is_treated: Flags,
    *,
    pre_count: int,
    units: np.ndarray[Any, Any] | None = None,
    method: Method = "synthetic_differences",
    most_sets: int = MOST_SETS,
    seed: int = 0,
    name: str = "gross",
    unit: str = "units per firm and period",
) -> Synthetic:
    """Estimate the lift per treated unit and period by comparing with a mix of donors.

    `outcome` (n x T) holds a number for each unit and period, `is_treated` (n) marks who
    had the program, from period `pre_count` on; `units` (n) may name the rows. The
    standard error is the standard deviation over placebo sets; the interval holds the
    effects whose p-value among them is above 5%. All sets of donors as large as the
    treated's are tried up to `most_sets`, else so many drawn by `seed`. The estimate
    counts units, not payees.
    Raises MeasureError with fewer than 2 periods before, none after, no treated unit, too
    few donors to make a placebo set and its mix, a unit that came twice, outcomes that
    are not finite, or donors that never change.
    Arkhangelsky, Athey, Hirshberg, Imbens and Wager (2021), American Economic Review
    111(12), Algorithms 1 and 4; Ferman and Pinto (2021), Quantitative Economics 12(4);
    Abadie, Diamond and Hainmueller (2010), Journal of the American Statistical
    Association 105(490), on placebos.
    """
    require_seed(seed)
    block = make_block(outcome, is_treated, pre_count=pre_count, units=units)
    sets = placebo_sets(block, most_sets=most_sets, seed=seed)
    found, placebos, without = _compared(block, sets, method)
    value, left_out = float(found.value[0]), without.value
    given = np.argsort(block.order[~block.is_treated])
    cautions = [
        *donor_cautions(block),
        *_fit_cautions(found, placebos),
        *_left_out_cautions(value, left_out),
    ]
    rmse = float(found.pre_rmse[0])
    before = block.outcome[~block.is_treated, :pre_count]
    return Synthetic(
        estimate=_estimate(
            block,
            value,
            placebos.value,
            says=RECIPES[method].says,
            name=name,
            unit=unit,
            warnings=tuple(cautions),
        ),
        donor_share=found.donor_share[0, ~block.is_treated][given],
        period_share=found.period_share[0],
        gap=found.gap[0],
        placebos=placebos.value,
        left_out=left_out[given],
        pre_rmse=rmse,
        pre_rmse_ratio=rmse / float(before.std()),
    )


def _estimate(
    block: Block,
    value: float,
    placebos: Floats,
    *,
    says: str,
    name: str,
    unit: str,
    warnings: tuple[Caution, ...],
) -> Estimate:
    ranked = stretched(placebos, block)
    half = half_width(ranked) if block.donor_count >= FEWEST_DONORS else None
    return Estimate(
        name=name,
        value=value,
        standard_error=float(placebos.std()),
        low=None if half is None else value - half,
        high=None if half is None else value + half,
        shape="everything" if half is None else "between",
        method=f"{says}, {placebos.size} placebo sets",
        tier="C",
        unit=unit,
        unit_count=block.is_treated.size,
        cluster_count=block.is_treated.size,
        p_value=honest_p_value(rank_p_value(value, ranked), block),
        warnings=warnings,
    )


def _compared(
    block: Block, sets: Flags, method: Method
) -> tuple[Compared, Compared, Compared]:
    """Return the treated's comparison, the placebo sets', and one without each donor."""
    treated, donors = block.is_treated[None], ~block.is_treated[None]
    each = np.eye(block.is_treated.size, dtype=np.bool_)[~block.is_treated]
    # In one go, as many questions cost little more than one.
    compared = compare(
        block,
        np.concatenate([treated, sets, np.tile(treated, (each.shape[0], 1))]),
        np.concatenate([donors, donors & ~sets, donors & ~each]),
        method=method,
    )
    last = 1 + sets.shape[0]
    parts = (slice(0, 1), slice(1, last), slice(last, None))
    found, placebos, without = (compared.only(part) for part in parts)
    return found, placebos, without


def _fit_cautions(found: Compared, placebos: Compared) -> list[Caution]:
    """Return a caution where the treated are among the worst matched of all sets."""
    rmse, others = float(found.pre_rmse[0]), placebos.pre_rmse
    share = (int((others >= rmse).sum()) + 1) / (others.size + 1)
    if share > max(1.0 - LEVEL, 1.0 / (others.size + 1)):
        return []
    sentence = (
        f"Before the program the donors' mix missed the treated by {rmse:.4g}, sets of "
        f"donors by {float(np.median(others)):.4g}: the treated are unlike the donors, and "
        "the placebos may understate the error."
    )
    return [Caution("poor_fit", sentence)]


def _left_out_cautions(value: float, left_out: Floats) -> list[Caution]:
    if bool((left_out * value > 0).all()):
        return []
    sentence = (
        f"Leaving out one donor moves the estimate to between {left_out.min():.4g} and "
        f"{left_out.max():.4g}: its sign rests on a single donor."
    )
    return [Caution("one_donor", sentence)]
