"""What is a panel like, and what does a program do to the payees it treats?"""

from __future__ import annotations

from typing import Final

import attrs
import numpy as np

from openspiff.errors import Problem
from openspiff.market._check import many, number, require, share, whole, yes_no
from openspiff.market._types import Whole

PHASES: Final = ("baseline", "announcement", "window", "horizon", "after")
_MOST_WEEKS: Final = 1_040


def _weeks(value: object) -> str | None:
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return None if is_whole and 0 <= value <= _MOST_WEEKS else "weeks"  # type: ignore[operator]


def _multiplier(value: object) -> str | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return None if is_number and 0 <= value <= 100 else "a number"  # type: ignore[operator]  # noqa: PLR2004


@attrs.frozen(kw_only=True)
class PanelSetting:
    """Everything that decides how a panel of payees and weeks is drawn.

    What would be sold anyway: `units_per_week` of the focal products for each payee, and
    `substitute_ratio` times as many substitutes. Talent and the weekly shock (an AR(1) with
    `autocorrelation`) are log-normal with mean 1 and the given standard deviation of their
    logarithm, of whose variance `firm_correlation` is common to the payees of a firm.
    `zero_week_share` of all payee-weeks sell nothing and the others accordingly more.
    Everyone's level grows by `growth_per_year` and takes a random step each week
    (`level_step_spread`, of its logarithm); strata differ by `stratum_spread` in it, and
    those who are not treated stand at `untreated_level` times the level of the others.
    Units are counts, or amounts with a log-normal error of `error_spread`. A unit brings
    `unit_margin_minor`, a substitute `substitute_margin_minor`; the margin of single units
    varies by `margin_spread` times its mean.

    Who is treated: `treated_share` of the payees, or of the firms (`is_by_firm`), by chance
    in each stratum, in cohorts of equal size that start `starts_after` weeks later than the
    first could and have `cohort_lifts` times the lift.

    What the program does, as shares of what would be sold anyway: `lift_share` more in the
    window, of which `pull_forward_share` is taken from the horizon; `hold_back_share` of
    the announcement weeks waits for the window and comes on top. `persistence_share` of the
    new lift stays after the window and halves every `half_life_weeks`. `cannibalized_share`
    of the new lift takes the place of a substitute. Untreated payees feel
    `spillover_share` of the lift times the share of their colleagues that is treated;
    below zero it is taken from them.

    Who is there: `joiner_share` of the payees join in the baseline, `leaver_share` leave
    between announcement and the end of the horizon, and `extra_leaver_share` more of the
    untreated do, all from the less talented half of them.
    """

    payee_count: int = whole(2, 2_000_000, default=200)
    firm_count: int = whole(1, 100_000, default=20)
    firm_size_spread: float = number(0.0, 2.0, default=0.0)
    stratum_count: int = whole(1, 100, default=1)
    stratum_spread: float = number(0.0, 2.0, default=0.3)

    baseline_weeks: int = whole(1, 520, default=13)
    announcement_weeks: int = whole(0, 52, default=2)
    window_weeks: int = whole(1, 104, default=6)
    horizon_weeks: int = whole(0, 104, default=6)

    is_by_firm: bool = yes_no(default=False)
    treated_share: float = share(default=0.5)
    untreated_level: float = number(0.01, 100.0, default=1.0)
    starts_after: tuple[int, ...] = many(
        _weeks, "weeks from 0 on, one a cohort", default=(0,)
    )
    cohort_lifts: tuple[float, ...] = many(
        _multiplier, "numbers from 0 to 100, one a cohort", default=(1.0,)
    )

    is_count: bool = yes_no(default=True)
    units_per_week: float = number(1e-6, 1e9, default=1.0)
    substitute_ratio: float = number(0.0, 100.0, default=0.5)
    talent_spread: float = number(0.0, 3.0, default=0.6)
    shock_spread: float = number(0.0, 3.0, default=0.4)
    autocorrelation: float = number(-0.99, 0.99, default=0.0)
    firm_correlation: float = share(default=0.02)
    zero_week_share: float = share(default=0.0, most=0.99)
    error_spread: float = number(0.0, 3.0, default=0.5)
    growth_per_year: float = number(-0.9, 10.0, default=0.0)
    level_step_spread: float = number(0.0, 1.0, default=0.0)
    unit_margin_minor: int = whole(0, 10**12, default=40_000)
    substitute_margin_minor: int = whole(0, 10**12, default=30_000)
    margin_spread: float = number(0.0, 3.0, default=0.4)

    lift_share: float = number(0.0, 10.0, default=0.0)
    pull_forward_share: float = share(default=0.0)
    hold_back_share: float = share(default=0.0)
    persistence_share: float = share(default=0.0)
    half_life_weeks: float = number(0.1, 520.0, default=6.0)
    cannibalized_share: float = share(default=0.0)
    spillover_share: float = number(-1.0, 1.0, default=0.0)

    joiner_share: float = share(default=0.0)
    leaver_share: float = share(default=0.0)
    extra_leaver_share: float = share(default=0.0, most=0.5)

    def __attrs_post_init__(self) -> None:
        """Refuse values that no panel has, all at once."""
        require(self, "panel", self._crossed)

    def _crossed(self) -> list[Problem]:
        found = []
        if self.payee_count < self.firm_count:
            message = f"expected at least one payee a firm, got {self.payee_count}"
            found.append(Problem("panel.payee_count", message))
        units = self.firm_count if self.is_by_firm else self.payee_count
        if 0 < self.treated_share < 1 and min(self.firm_count, units // 2) < (
            self.stratum_count
        ):
            message = f"expected a firm and two of {units} units in each stratum"
            found.append(Problem("panel.stratum_count", message, "name fewer strata"))
        if not self.starts_after or len(self.starts_after) != len(self.cohort_lifts):
            message = f"expected one number for each of {len(self.starts_after)} cohorts"
            found.append(Problem("panel.cohort_lifts", message))
        if self.lift_share * self.pull_forward_share > 0 and self.horizon_weeks == 0:
            message = "expected weeks to pull forward from"
            found.append(Problem("panel.horizon_weeks", message))
        if self.hold_back_share > 0 and self.announcement_weeks == 0:
            message = "expected weeks to hold back from"
            found.append(Problem("panel.announcement_weeks", message))
        if self.leaver_share + self.extra_leaver_share > 1:
            message = "expected leaver_share + extra_leaver_share of at most 1"
            found.append(Problem("panel.extra_leaver_share", message))
        return found

    @property
    def week_count(self) -> int:
        """The weeks from the first of the baseline to the last horizon's end."""
        program = self.announcement_weeks + self.window_weeks + self.horizon_weeks
        return self.baseline_weeks + program + max(self.starts_after)

    @property
    def phase_table(self) -> Whole:
        """Which of PHASES each cohort is in each week (cohorts x weeks, its number)."""
        ends = np.cumsum(
            [
                self.baseline_weeks,
                self.announcement_weeks,
                self.window_weeks,
                self.horizon_weeks,
            ]
        )
        weeks = np.arange(self.week_count)
        rows = [np.searchsorted(ends + late, weeks, "right") for late in self.starts_after]
        # The baseline of a late cohort is longer; it does not begin later.
        table: Whole = np.stack(rows)
        return table
