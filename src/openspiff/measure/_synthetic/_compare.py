"""How do the treated differ from a mix of donors, and placebo sets from theirs?"""

from __future__ import annotations

from typing import Final, Literal

import attrs
import numpy as np

from openspiff.measure._least_squares import Flags, Floats

from ._block import Block
from ._frank_wolfe import LEAST_DECREASE, Questions, fitted_shares, normalized

Method = Literal[
    "synthetic_differences", "demeaned_control", "synthetic_control", "differences"
]

SLIGHT: Final = 1e-6
"""A penalty that only decides between mixes that fit alike, in multiples of the noise."""


@attrs.frozen(kw_only=True)
class Recipe:
    """How a method weighs donors and the periods before.

    Donors: fitted to the path before, with or without an intercept, or all alike.
    Periods before: fitted to the donors' periods after, all alike, or not subtracted.
    """

    says: str
    donors: Literal["fitted", "alike"]
    has_intercept: bool
    is_spread: bool
    periods: Literal["fitted", "alike", "none"]


RECIPES: Final[dict[Method, Recipe]] = {
    "synthetic_differences": Recipe(
        says="synthetic difference in differences",
        donors="fitted",
        has_intercept=True,
        is_spread=True,
        periods="fitted",
    ),
    "demeaned_control": Recipe(
        says="demeaned synthetic control",
        donors="fitted",
        has_intercept=True,
        is_spread=False,
        periods="alike",
    ),
    "synthetic_control": Recipe(
        says="synthetic control",
        donors="fitted",
        has_intercept=False,
        is_spread=False,
        periods="none",
    ),
    "differences": Recipe(
        says="difference in differences of few units",
        donors="alike",
        has_intercept=True,
        is_spread=False,
        periods="alike",
    ),
}


@attrs.frozen(kw_only=True, eq=False)
class Compared:
    """B comparisons of a set of units with a mix of others.

    `donor_share` (B x n) and `period_share` (B x pre_count) are what was mixed; `gap`
    (B x T) is the set's mean path less the mix less what `period_share` subtracts.
    """

    donor_share: Floats
    period_share: Floats
    gap: Floats
    pre_count: int
    has_intercept: bool

    def only(self, rows: slice) -> Compared:
        """Return some of the comparisons."""
        return attrs.evolve(
            self,
            donor_share=self.donor_share[rows],
            period_share=self.period_share[rows],
            gap=self.gap[rows],
        )

    @property
    def value(self) -> Floats:
        """Return the mean gap from the start of the program on (B)."""
        mean: Floats = self.gap[:, self.pre_count :].mean(axis=1)
        return mean

    @property
    def pre_rmse(self) -> Floats:
        """Return the root mean square of the gap before (B), less its mean if fitted."""
        before = self.gap[:, : self.pre_count]
        if self.has_intercept:
            before = before - before.mean(axis=1, keepdims=True)
        root: Floats = np.sqrt((before**2).mean(axis=1))
        return root


def compare(
    block: Block,
    is_in_set: Flags,
    is_donor: Flags,
    *,
    method: Method,
) -> Compared:
    """Compare sets of units (B x n) with mixes of the donors of each (B x n).

    A set counts by its mean path.
    Arkhangelsky, Athey, Hirshberg, Imbens and Wager (2021), American Economic Review
    111(12); Ferman and Pinto (2021), Quantitative Economics 12(4), on demeaning; Abadie,
    Diamond and Hainmueller (2010), Journal of the American Statistical Association
    105(490).
    """
    recipe, pre = RECIPES[method], block.pre_count
    chosen = is_in_set / is_in_set.sum(axis=1, keepdims=True)
    count = is_in_set.shape[0]
    donor_share = normalized(np.ones(is_donor.shape), is_donor)
    if recipe.donors == "fitted":
        spread = (block.treated_count * block.post_count) ** 0.25
        donor_share = fitted_shares(
            Questions(
                atoms=block.outcome[:, :pre],
                targets=chosen @ block.outcome[:, :pre],
                is_atom=is_donor,
                is_point=np.ones((count, pre), dtype=np.bool_),
                has_intercept=recipe.has_intercept,
            ),
            zeta=block.noise * (spread if recipe.is_spread else SLIGHT),
            least_decrease=block.noise * LEAST_DECREASE,
        )
    period_share = _period_share(block, is_donor, recipe)
    gap = (chosen - donor_share) @ block.outcome
    level = np.einsum("bt,bt->b", gap[:, :pre], period_share)
    return Compared(
        donor_share=donor_share,
        period_share=period_share,
        gap=gap - level[:, None],
        pre_count=pre,
        has_intercept=recipe.has_intercept,
    )


def _period_share(block: Block, is_donor: Flags, recipe: Recipe) -> Floats:
    count, pre = is_donor.shape[0], block.pre_count
    if recipe.periods == "none":
        return np.zeros((count, pre))
    if recipe.periods == "alike":
        return np.full((count, pre), 1.0 / pre)
    return fitted_shares(
        Questions(
            atoms=np.ascontiguousarray(block.outcome[:, :pre].T),
            targets=np.tile(block.outcome[:, pre:].mean(axis=1), (count, 1)),
            is_atom=np.ones((count, pre), dtype=np.bool_),
            is_point=is_donor,
            has_intercept=True,
        ),
        zeta=block.noise * SLIGHT,
        least_decrease=block.noise * LEAST_DECREASE,
    )
