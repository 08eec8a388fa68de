"""How is one panel asked by each of the methods?"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Final, Literal

import attrs
import numpy as np

from openspiff.errors import Problem
from openspiff.program import Outcome

from ._before_after import before_after
from ._calendar import Part
from ._differences import difference_in_differences
from ._holdout import holdout_comparison
from ._least_squares import Flags, Floats, Integers
from ._panel import Counted, Panel
from ._people import HELD_OUT, INELIGIBLE, TREATED, TREATED_JOINER, Names
from ._prior_period import Growth, prior_period
from ._redraw import Redraw, Redrawn
from ._series import Series, own_past, quarter_phases
from ._sums import Sums, codes_of
from ._synthetic import synthetic_comparison
from ._types import Caution, Estimate, MeasureError, Redraws, Tier

Effect = Literal["gross", "net"]
Ask = Callable[..., Estimate]
"""A method: asked for an effect and the outcomes to add up, it answers or raises."""

QUARTER_MONTHS: Final = 3
FEW_FIRMS: Final = 5
"""Up to this many treated firms a mix of others says more than their plain average."""


def why_not(error: MeasureError) -> str:
    """Return an error as one line: the sentence, then what was found and its remedy."""
    return error.in_words()


@attrs.frozen(kw_only=True, eq=False)
class Comparison:
    """A panel asked by each method; `currency` names the unit of outcomes in money."""

    panel: Panel
    currency: str
    seed: int
    placebos: dict[Tier, tuple[float, ...]] = attrs.field(factory=dict)
    """What tiers C and D found where there was no program, filled as they are asked."""
    redraws: dict[Effect, Redraws] = attrs.field(factory=dict)
    """What re-drawing the holdout would have shown, filled as it is asked."""

    def sums(self, effect: Effect, *outcomes: Counted | Outcome) -> Sums:
        """Return what the effect is made of (n): the window, or announcement to horizon."""
        if effect == "net":
            return added(*(self.panel.net(one) for one in outcomes))
        return added(*(self.panel.sums(one, "window") for one in outcomes))

    def baseline(self, *outcomes: Counted | Outcome) -> Sums | None:
        """Return what was before (n), None where the feed tells of no week before."""
        if not self.panel.calendar.where("baseline"):
            return None
        return added(*(self.panel.sums(one, "baseline") for one in outcomes))

    def baselines(self, *outcomes: Counted | Outcome) -> Sums | None:
        """Return what was before, an own column for each outcome (n x k)."""
        if not self.panel.calendar.where("baseline"):
            return None
        return beside(*(self.panel.sums(one, "baseline") for one in outcomes))

    def unit(self, *outcomes: Counted | Outcome) -> str:
        """Return what the rate of outcomes is counted in."""
        first = Counted(outcomes[0])
        if first in {Counted.UNITS, Counted.SUBSTITUTES, Counted.CANCELLED}:
            return "units per payee-week"
        return f"{self.currency} minor units of {first.value} per payee-week"

    def holdout(
        self,
        effect: Effect,
        *outcomes: Counted | Outcome,
        redraw: Redraw | None = None,
        joint: Sequence[Counted] = (),
    ) -> Estimate:
        """Compare with the payees held out by chance (tier A); joiners are left out.

        Adjusts for the baseline of the outcomes together, or for that of each outcome in
        `joint`: parts and their sum add up when all are asked with the same.
        The assignment is re-drawn for the p-value only when asked: it takes a second.
        """
        people = self.panel.people
        kept = people.on(TREATED, HELD_OUT)
        before = self.baselines(*joint) if joint else self.baseline(*outcomes)
        if redraw is not None:
            redraw = attrs.evolve(redraw, told=functools.partial(self._keep, effect))
        return holdout_comparison(
            self.sums(effect, *outcomes).only(kept),
            people.on(TREATED)[kept],
            units=codes_of(people.unit[kept]),
            strata=codes_of(people.stratum[kept]),
            before=None if before is None else before.only(kept),
            seed=self.seed,
            redraw=redraw,
            name=effect,
            unit=self.unit(*outcomes),
        )

    def _keep(self, effect: Effect, redrawn: Redrawn) -> None:
        self.redraws[effect] = redrawn.counted(effect)

    def differences(self, effect: Effect, *outcomes: Counted | Outcome) -> Estimate:
        """Compare the change since the baseline with that of the ineligible (tier B)."""
        people = self.panel.people
        kept = people.on(TREATED, INELIGIBLE)
        before = added(*(self.panel.sums(one, "baseline") for one in outcomes))
        if effect == "net":
            # The net rate spreads more days over the weeks of the window: so does this.
            before = attrs.evolve(before, weeks=before.weeks * self.panel.window_share)
        found = difference_in_differences(
            self.sums(effect, *outcomes).only(kept),
            before.only(kept),
            people.on(TREATED)[kept],
            firms=codes_of(self.firms(kept)),
            name=effect,
            unit=self.unit(*outcomes),
        )
        return self._of_one_firm(found, kept)

    def synthetic(self, effect: Effect, *outcomes: Counted | Outcome) -> Estimate:
        """Compare a few treated firms with a mix of firms that could not take part (C)."""
        _gross_only(effect, "a mix of firms")
        people, panel = self.panel.people, self.panel
        kept = people.on(TREATED, INELIGIBLE)
        firm = codes_of(people.firm[kept])
        count = int(firm.max(initial=-1)) + 1
        treated = np.bincount(firm, weights=people.on(TREATED)[kept], minlength=count) > 0
        if int(treated.sum()) > FEW_FIRMS:
            text = f"{int(treated.sum())} firms are treated"
            remedy = "take the comparison with the ineligible, which uses all of them"
            problem = Problem("firms", text, remedy)
            message = f"a mix is for up to {FEW_FIRMS} treated firms"
            raise MeasureError(message, [problem])
        before, window = panel.calendar.where("baseline"), panel.calendar.where("window")
        weeks = [*before, *window]
        rate, is_whole = _firm_rates(panel, kept, firm, weeks, outcomes)
        found = synthetic_comparison(
            rate[is_whole],
            treated[is_whole],
            pre_count=len(before),
            seed=self.seed,
            name=effect,
            unit=self.unit(*outcomes),
        )
        if Counted(outcomes[0]) is Counted.UNITS:
            self.placebos["C"] = tuple(found.placebos.tolist())
        return found.estimate

    def own_past(self, effect: Effect, *outcomes: Counted | Outcome) -> Estimate:
        """Compare everyone treated with a forecast from their own past (tier D)."""
        _gross_only(effect, "a forecast")
        panel = self.panel
        if Counted(outcomes[0]) is not Counted.UNITS or len(outcomes) > 1:
            remedy = "measure units, or hold some payees out next time"
            problem = Problem("measurement.outcome", str(outcomes[0]), remedy)
            raise MeasureError("a forecast is made of units only", [problem])
        if not panel.calendar.where("baseline"):
            remedy = "import the events of the weeks before the window"
            problem = Problem("baseline", "no full week before the window is known", remedy)
            raise MeasureError("a forecast is made from the weeks before", [problem])
        numbers = panel.calendar.where("earlier", "baseline", "announcement", "window")
        past = panel.calendar.history
        past = past[len(past) - panel.history_rate.size :]
        spans = [*past, *(panel.calendar.spans[one] for one in numbers)]
        mine = panel.people.on(TREATED)
        total = panel.values[Counted.UNITS][mine][:, numbers].sum(axis=0)
        weeks = panel.active[mine][:, numbers].sum(axis=0)
        rate = np.concatenate([panel.history_rate, total / np.where(weeks > 0, weeks, 1.0)])
        lead = len(spans) - len(panel.calendar.where("window"))
        baseline = lead - len(panel.calendar.where("announcement"))
        found = own_past(
            Series(
                outcome=rate,
                payee_count=int(mine.sum()),
                phases=quarter_phases([one.starts_on for one in spans], day_count=7),
            ),
            baseline_before=baseline,
            window_from=lead,
            window_before=len(spans),
            name=effect,
        )
        self.placebos["D"] = tuple(found.placebos.effects.tolist())
        return found.average

    def prior(self, outcome: Outcome) -> Estimate:
        """Compare with the same days of an earlier year or quarter (tier E)."""
        people, calendar = self.panel.people, self.panel.calendar
        during, earlier = self.sums("gross", outcome), self.panel.sums(outcome, "prior")
        treated, others = people.on(TREATED), people.on(INELIGIBLE)
        firms = np.zeros(treated.size, dtype=np.int64)
        firms[treated | others] = codes_of(self.firms(treated | others))
        growth = Growth(
            during=during.only(others), prior=earlier.only(others), firms=firms[others]
        )
        is_grown = bool(growth.prior.total.sum() > 0)
        found = prior_period(
            during.only(treated),
            earlier.only(treated),
            firms=firms[treated],
            growth=growth if is_grown else None,
            unit=self.unit(outcome),
        )
        ago = "quarter" if calendar.prior_months == QUARTER_MONTHS else "year"
        return attrs.evolve(found, method=found.method.replace("period", ago, 1))

    def naive(self, outcome: Outcome) -> Estimate:
        """Compare with the weeks just before, as one should not (tier E)."""
        return self.naive_of((outcome,))

    def naive_of(self, outcomes: Sequence[Counted | Outcome]) -> Estimate:
        """Compare the sum of several outcomes with the weeks just before (tier E)."""
        panel, treated = self.panel, self.panel.people.on(TREATED)
        earlier = panel.calendar.just_before()
        return before_after(
            self.sums("gross", *outcomes).only(treated),
            added(*(panel.sums_of(one, earlier) for one in outcomes)).only(treated),
            firms=codes_of(self.firms(treated)),
            unit=self.unit(*outcomes),
        )

    def firms(self, kept: Flags) -> Names:
        """Return the firms of some payees; the payees themselves where all are of one."""
        people = self.panel.people
        firms = people.firm[kept]
        return people.payee_id[kept] if np.unique(firms).size == 1 else firms

    def _of_one_firm(self, found: Estimate, kept: Flags) -> Estimate:
        """Say so where all payees are of one firm, whose luck no error can hold."""
        if np.unique(self.panel.people.firm[kept]).size > 1:
            return found
        sentence = (
            "All payees are of one firm, so errors are by payee: the luck that they share "
            "is not in them."
        )
        caution = Caution("one_firm", sentence)
        return attrs.evolve(found, warnings=(*found.warnings, caution))

    def treated_weeks(self, effect: Effect) -> float:
        """Return the payee-weeks that the effect applies to, joiners included."""
        kept = self.panel.people.on(TREATED, TREATED_JOINER)
        return float(self.sums(effect, Outcome.UNITS).only(kept).weeks.sum())

    def sold(self, part: Part, outcome: Counted) -> float:
        """Return what those whom the effect applies to achieved in a part of the path."""
        kept = self.panel.people.on(TREATED, TREATED_JOINER)
        return float(self.panel.sums(outcome, part).only(kept).total.sum())


def added(*sums: Sums) -> Sums:
    """Return several outcomes of the same payees (n) and weeks as one."""
    total = np.sum([one.total for one in sums], axis=0)
    return Sums(total=total, weeks=sums[0].weeks)


def beside(*sums: Sums) -> Sums:
    """Return several outcomes of the same payees (n) and weeks as columns (n x k)."""
    total = np.column_stack([one.total for one in sums])
    return Sums(total=total, weeks=sums[0].weeks)


def _gross_only(effect: Effect, what: str) -> None:
    if effect != "gross":
        problem = Problem("effect", effect, "take the gross effect, and say that it is")
        message = f"{what} tells the effect in the window only"
        raise MeasureError(message, [problem])


def _firm_rates(
    panel: Panel,
    kept: Flags,
    firm: Integers,
    weeks: list[int],
    outcomes: tuple[Counted | Outcome, ...],
) -> tuple[Floats, Flags]:
    """Return each firm's rate per payee-week (firms x weeks), and who was always there."""
    count = int(firm.max(initial=-1)) + 1
    totals, active = np.zeros((count, len(weeks))), np.zeros((count, len(weeks)))
    values = np.sum([panel.values[Counted(one)][:, weeks] for one in outcomes], axis=0)
    np.add.at(totals, firm, values[kept])
    np.add.at(active, firm, panel.active[:, weeks][kept])
    is_whole: Flags = np.all(active > 0, axis=1)
    return totals / np.where(active > 0, active, 1.0), is_whole
