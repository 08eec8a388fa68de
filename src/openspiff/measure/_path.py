"""How did the difference run from the baseline to the horizon, week by week?"""

from __future__ import annotations

import attrs
import numpy as np

from openspiff.errors import Problem
from openspiff.program import Outcome

from ._calendar import WEEK_DAYS
from ._cohorts import Spread, simultaneous_band
from ._compare import Comparison
from ._found import Found
from ._holdout import joint_fit
from ._least_squares import Design, Fit, Flags, Floats, choose_errors, dummies, make_design
from ._panel import Counted
from ._people import HELD_OUT, INELIGIBLE, TREATED
from ._sums import codes_of
from ._types import MeasureError, PathPoint, Phase


def find_path(
    comparison: Comparison, outcome: Outcome, found: Found
) -> tuple[PathPoint, ...]:
    """Return one point a week: means of each side, and the difference with its interval.

    The difference follows the headline's tier. A: treated less held out, within strata.
    B: treated less ineligible, each less its own baseline mean. Otherwise None.
    """
    panel = comparison.panel
    tier = None if found.headline is None else found.headline.tier
    weeks = _Weeks(comparison=comparison, outcome=outcome, tier=tier)
    stretch = weeks.stretch()
    points = []
    for number, span in enumerate(panel.calendar.spans):
        if span.part == "earlier" or span.part == "prior":  # noqa: PLR1714 (narrows)
            continue
        phase: Phase = span.part
        fit = weeks.difference(number)
        points.append(
            PathPoint(
                week_start_on=span.starts_on,
                day_count=min(span.day_count, WEEK_DAYS),
                phase=phase,
                in_window=phase == "window",
                treated_mean=weeks.mean(number, TREATED),
                holdout_mean=weeks.mean(number, HELD_OUT),
                ineligible_mean=weeks.mean(number, INELIGIBLE),
                difference=None if fit is None else fit.coefficient,
                low=None if fit is None else fit.low,
                high=None if fit is None else fit.high,
                band_low=_end(fit, None if stretch is None else -stretch),
                band_high=_end(fit, stretch),
            )
        )
    return tuple(points)


def _end(fit: Fit | None, stretch: float | None) -> float | None:
    if fit is None or stretch is None:
        return None
    return fit.coefficient + stretch * fit.standard_error


@attrs.frozen(kw_only=True, eq=False)
class WeeklyDifferences:
    """The differences of all weeks of the path (W) with their joint covariance (W x W).

    Of the payees who were active in each of them; `numbers` are those of the spans.
    """

    numbers: tuple[int, ...]
    values: Floats
    covariance: Floats
    degrees_of_freedom: float


def weekly_differences(
    comparison: Comparison, outcome: Outcome, tier: str
) -> WeeklyDifferences:
    """Return the whole path in one regression, for what has to hold for all weeks at once.

    Raises MeasureError when too few payees were active in every week.
    """
    weeks = _Weeks(comparison=comparison, outcome=outcome, tier=tier)
    panel = comparison.panel
    numbers = panel.calendar.where("baseline", "announcement", "window", "horizon")
    other = HELD_OUT if tier == "A" else INELIGIBLE
    kept = panel.people.on(TREATED, other) & (panel.active[:, numbers] > 0).all(axis=1)
    design = weeks.design(kept)
    if design is None:
        remedy = "read the weeks one by one"
        problem = Problem("path", "too few payees were active in every week", remedy)
        raise MeasureError("the weeks cannot be told together", [problem])
    values = panel.values[Counted(outcome)][kept][:, numbers]
    rates = values / panel.active[kept][:, numbers]
    if tier == "B":
        rates -= weeks.baseline()[kept, None]
    effects, covariance = joint_fit(design, rates)
    return WeeklyDifferences(
        numbers=tuple(numbers),
        values=effects,
        covariance=covariance,
        degrees_of_freedom=design.degrees_of_freedom,
    )


@attrs.define(kw_only=True, eq=False)
class _Weeks:
    """Fits of single weeks; weeks with the same active payees share one design."""

    comparison: Comparison
    outcome: Outcome
    tier: str | None
    _designs: dict[bytes, Design | None] = attrs.field(factory=dict)
    _base: Floats | None = None

    def stretch(self) -> float | None:
        """Return how many standard errors hold all weeks at once; None if unknown."""
        if self.tier not in {"A", "B"}:
            return None
        try:
            found = weekly_differences(self.comparison, self.outcome, self.tier)
        except MeasureError:
            return None
        spread = Spread(
            covariance=found.covariance,
            degrees_of_freedom=np.full(found.values.size, found.degrees_of_freedom),
            cluster_count=0,
            clusters="payee",
            correction="CR2",
        )
        band = simultaneous_band(found.values, spread, seed=self.comparison.seed)
        return band.critical

    def mean(self, number: int, side: int) -> float | None:
        panel = self.comparison.panel
        mine = panel.people.on(side)
        weeks = float(panel.active[mine, number].sum())
        total = float(panel.values[Counted(self.outcome)][mine, number].sum())
        return total / weeks if weeks > 0 else None

    def difference(self, number: int) -> Fit | None:
        panel = self.comparison.panel
        if self.tier not in {"A", "B"}:
            return None
        other = HELD_OUT if self.tier == "A" else INELIGIBLE
        kept = panel.people.on(TREATED, other) & (panel.active[:, number] > 0)
        if self.tier == "B":
            kept &= panel.sums(self.outcome, "baseline").weeks > 0
        design = self.design(kept)
        active = np.where(panel.active[:, number] > 0, panel.active[:, number], 1.0)
        rate = panel.values[Counted(self.outcome)][:, number] / active
        size = np.abs(rate)
        if self.tier == "B":
            rate, size = rate - self.baseline(), size + np.abs(self.baseline())
        try:
            return None if design is None else design.fit(rate[kept], taken_from=size[kept])
        except MeasureError:
            return None

    def baseline(self) -> Floats:
        if self._base is None:
            self._base = self.comparison.panel.sums(self.outcome, "baseline").rate
        return self._base

    def design(self, kept: Flags) -> Design | None:
        key = np.packbits(kept).tobytes()
        if key not in self._designs:
            self._designs[key] = self._new_design(kept)
        return self._designs[key]

    def _new_design(self, kept: Flags) -> Design | None:
        people = self.comparison.panel.people
        side = people.on(TREATED)[kept]
        if side.all() or not side.any():
            return None
        by_chance = self.tier == "A"
        names = people.unit[kept] if by_chance else self.comparison.firms(kept)
        cluster = codes_of(names)
        strata = codes_of(people.stratum[kept]) if by_chance else np.zeros_like(cluster)
        try:
            return make_design(
                side.astype(np.float64),
                dummies(strata),
                cluster=cluster,
                errors=choose_errors(side, cluster),
            )
        except MeasureError:
            return None
