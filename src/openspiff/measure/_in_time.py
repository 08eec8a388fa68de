"""What only moved in time, and what stayed?"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Final

import attrs
import numpy as np

from openspiff.program import Outcome

from ._compare import Comparison, why_not
from ._differences import change_design
from ._fitted import estimate_of
from ._found import Found
from ._holdout import arms_of, joint_fit
from ._least_squares import Design, Flags, Floats
from ._people import HELD_OUT, INELIGIBLE, TREATED
from ._pull_forward import (
    Timing,
    half_life,
    hold_back_share,
    net_effect,
    persistence,
    pull_forward_share,
)
from ._sums import Sums, codes_of
from ._types import Estimate, MeasureError, Tier

BEFORE: Final = "hold-back"
INSIDE: Final = "in the window"
AFTER: Final = "after the window"

_FEWEST_LATER: Final = 2
"""Persistence is asked only where so many weeks of the horizon lie after the dip."""


@attrs.frozen(kw_only=True, eq=False)
class InTime:
    """The parts of the net effect and the shares that moved or stayed, as far as known."""

    estimates: tuple[Estimate, ...]
    not_possible: tuple[tuple[str, str], ...]


@attrs.frozen(kw_only=True, eq=False)
class _Joint:
    """One regression for several parts of the path, so that their covariance is known."""

    comparison: Comparison
    outcome: Outcome
    tier: Tier
    design: Design
    kept: Flags
    weeks: Floats

    def fit(self, names: Sequence[str], totals: Sequence[Floats]) -> list[Estimate]:
        """Return an estimate for each total (n), per payee-week of the window."""
        method = {
            "A": "randomized holdout, covariance-adjusted",
            "B": "difference in differences with the ineligible",
        }[self.tier]
        # What is expected of a tier B payee was taken off; its rounding is no variation.
        base = 0.0 if self.tier == "A" else np.abs(self.base)
        return [
            estimate_of(
                self.design.fit(total, taken_from=np.abs(total) + base),
                name=name,
                method=method,
                tier=self.tier,
                unit=self.comparison.unit(self.outcome),
                unit_count=int(total.size),
            )
            for name, total in zip(names, totals, strict=True)
        ]

    def covariance(self, totals: Sequence[Floats]) -> Floats:
        """Return the covariance of the effects on these totals."""
        return joint_fit(self.design, np.column_stack(totals))[1]

    def rate(self, numbers: Sequence[int]) -> Floats:
        """Return what the spans brought per payee-week of the window (n).

        In tier B what the baseline lets expect of as many days is taken off.
        """
        panel = self.comparison.panel
        total = panel.sums_of(self.outcome, numbers)
        rate = total.total[self.kept] / self.weeks
        if self.tier == "A":
            return rate
        return rate - self.base * total.weeks[self.kept] / self.weeks

    @property
    def base(self) -> Floats:
        """Return the rate of each payee in the baseline (n)."""
        return self.comparison.panel.sums(self.outcome, "baseline").rate[self.kept]


def find_timing(comparison: Comparison, outcome: Outcome, found: Found) -> InTime:
    """Split the net effect into hold-back, window and after, by the headline's method.

    The first half of the horizon is where a dip is looked for, the second where a lift
    would have stayed. Only tiers A and B can tell.
    """
    refused: list[tuple[str, str]] = []
    if found.headline is None or found.headline.tier not in {"A", "B"}:
        why = "only a holdout or a comparison group tells what moved in time"
        return InTime(estimates=(), not_possible=(("timing", why),))
    try:
        joint = _joint(comparison, outcome, found.headline.tier)
        estimates = _parts(joint, refused)
    except MeasureError as error:
        return InTime(estimates=(), not_possible=(("timing", why_not(error)),))
    return InTime(estimates=tuple(estimates), not_possible=tuple(refused))


def _joint(comparison: Comparison, outcome: Outcome, tier: Tier) -> _Joint:
    panel, people = comparison.panel, comparison.panel.people
    calendar = panel.calendar
    window = panel.per_window_week(outcome, calendar.where("window"))
    treated = people.on(TREATED)
    sides = people.on(TREATED, HELD_OUT if tier == "A" else INELIGIBLE)
    before = comparison.baseline(outcome)
    if tier == "A":
        arms = arms_of(
            window.only(sides),
            treated[sides],
            units=codes_of(people.unit[sides]),
            strata=codes_of(people.stratum[sides]),
            before=None if before is None else before.only(sides),
        )
        kept, design = _spread(sides, arms.kept), arms.design
    else:
        asked = before or Sums(total=window.total, weeks=np.zeros_like(window.weeks))
        there, design = change_design(
            window.only(sides),
            asked.only(sides),
            treated[sides],
            firms=codes_of(comparison.firms(sides)),
        )
        kept = _spread(sides, there)
    return _Joint(
        comparison=comparison,
        outcome=outcome,
        tier=tier,
        design=design,
        kept=kept,
        weeks=window.weeks[kept],
    )


def _spread(sides: Flags, kept: Flags) -> Flags:
    found = np.zeros_like(sides)
    found[np.flatnonzero(sides)[kept]] = True
    return found


def _parts(joint: _Joint, refused: list[tuple[str, str]]) -> list[Estimate]:
    calendar = joint.comparison.panel.calendar
    places = {
        BEFORE: calendar.where("announcement"),
        INSIDE: calendar.where("window"),
        AFTER: calendar.where("horizon"),
    }
    rates = {name: joint.rate(where) for name, where in places.items() if where}
    if len(rates) == 1:
        why = "the plan names neither announcement nor horizon, or they are not in yet"
        refused.append(("timing", why))
        return []
    found = joint.fit(list(rates), list(rates.values()))
    timing = _timing(
        dict(zip(rates, found, strict=True)), joint.covariance(list(rates.values()))
    )

    def ask(what: str, call: Callable[[], Estimate]) -> None:
        try:
            found.append(call())
        except MeasureError as error:
            refused.append((what, why_not(error)))

    ask("net of what moved in time", functools.partial(net_effect, timing))
    if BEFORE in rates:
        ask("hold-back share", functools.partial(hold_back_share, timing))
    if AFTER in rates:
        ask("pull-forward share", functools.partial(pull_forward_share, timing))
        _ask_what_stayed(joint, ask)
    return found


def _timing(fitted: dict[str, Estimate], covariance: Floats) -> Timing:
    """Return all three parts; one that the plan does not have is exactly nothing."""
    nothing = attrs.evolve(fitted[INSIDE], value=0.0, standard_error=0.0, low=0.0, high=0.0)
    order = (INSIDE, BEFORE, AFTER)
    whole = np.zeros((len(order), len(order)))
    places = [order.index(name) for name in fitted]
    whole[np.ix_(places, places)] = covariance
    gross, hold_back, dip = (fitted.get(name, nothing) for name in order)
    return Timing(gross=gross, hold_back=hold_back, dip=dip, covariance=whole)


def _ask_what_stayed(
    joint: _Joint, ask: Callable[[str, Callable[[], Estimate]], None]
) -> None:
    """Compare the weekly lift of the horizon's later half with that of the window."""
    calendar = joint.comparison.panel.calendar
    horizon, window = calendar.where("horizon"), calendar.where("window")
    later = horizon[-(len(horizon) // 2) :] if len(horizon) > 1 else []
    days = [span.day_count for span in calendar.spans]
    window_days = sum(days[one] for one in window)

    def weekly(numbers: Sequence[int]) -> Floats:
        share = sum(days[one] for one in numbers) / window_days
        return joint.rate(numbers) / share

    if len(later) < _FEWEST_LATER:
        return
    pair = [weekly(later), weekly(window)]
    after, gross = joint.fit(["lift that stayed", "gross"], pair)
    both = float(joint.covariance(pair)[0, 1])
    ask("lift that stayed", lambda: after)
    ask("persistence", lambda: persistence(after, gross, covariance=both))
    single = [weekly([one]) for one in later]
    weeks = np.arange(1.0, len(later) + 1)

    def fading() -> Estimate:
        effects = tuple(joint.fit([f"week {one:.0f}" for one in weeks], single))
        return half_life(effects, weeks=weeks, covariance=joint.covariance(single))

    ask("half-life", fading)
