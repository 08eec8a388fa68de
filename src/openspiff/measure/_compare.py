"""Which estimates do these data support, and why are the others not possible?"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Final, Literal

import attrs
import numpy as np

from openspiff.program import Outcome

from ._before_after import before_after
from ._differences import difference_in_differences
from ._holdout import holdout_comparison
from ._least_squares import Flags
from ._panel import Panel
from ._people import HELD_OUT, INELIGIBLE, TREATED, TREATED_JOINER, Names
from ._prior_period import Growth, prior_period
from ._sums import Sums, codes_of
from ._types import Estimate, MeasureError

Effect = Literal["gross", "net"]

QUARTER_MONTHS: Final = 3


def why_not(error: MeasureError) -> str:
    """Return an error as one line: the sentence, then what was found and its remedy."""
    return "; ".join([error.message, *(str(problem) for problem in error.problems)])


@attrs.frozen(kw_only=True, eq=False)
class Comparison:
    """A panel asked by each method; `currency` names the unit of outcomes in money."""

    panel: Panel
    currency: str
    seed: int

    def sums(self, effect: Effect, outcome: Outcome) -> Sums:
        """Return what the effect is made of (n): the window, or announcement to horizon."""
        if effect == "net":
            return self.panel.net(outcome)
        return self.panel.sums(outcome, "window")

    def unit(self, outcome: Outcome) -> str:
        """Return what the rate of an outcome is counted in."""
        if outcome is Outcome.UNITS:
            return "units per payee-week"
        return f"{self.currency} minor units of {outcome.value} per payee-week"

    def holdout(self, effect: Effect, outcome: Outcome) -> Estimate:
        """Compare with the payees held out by chance (tier A); joiners are left out."""
        people = self.panel.people
        kept = people.on(TREATED, HELD_OUT)
        before = None
        if self.panel.calendar.where("baseline"):
            before = self.panel.sums(outcome, "baseline").only(kept)
        return holdout_comparison(
            self.sums(effect, outcome).only(kept),
            people.on(TREATED)[kept],
            units=codes_of(people.unit[kept]),
            strata=codes_of(people.stratum[kept]),
            before=before,
            seed=self.seed,
            name=effect,
            unit=self.unit(outcome),
        )

    def differences(self, effect: Effect, outcome: Outcome) -> Estimate:
        """Compare the change since the baseline with that of the ineligible (tier B)."""
        people = self.panel.people
        kept = people.on(TREATED, INELIGIBLE)
        return difference_in_differences(
            self.sums(effect, outcome).only(kept),
            self.panel.sums(outcome, "baseline").only(kept),
            people.on(TREATED)[kept],
            firms=codes_of(self.firms(kept)),
            name=effect,
            unit=self.unit(outcome),
        )

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
        treated = self.panel.people.on(TREATED)
        return before_after(
            self.sums("gross", outcome).only(treated),
            self.panel.sums_of(outcome, self.panel.calendar.just_before()).only(treated),
            firms=codes_of(self.firms(treated)),
            unit=self.unit(outcome),
        )

    def firms(self, kept: Flags) -> Names:
        """Return the firms of some payees; the payees themselves where all are of one."""
        people = self.panel.people
        firms = people.firm[kept]
        return people.payee_id[kept] if np.unique(firms).size == 1 else firms

    def treated_weeks(self, effect: Effect) -> float:
        """Return the payee-weeks that the effect applies to, joiners included."""
        kept = self.panel.people.on(TREATED, TREATED_JOINER)
        return float(self.sums(effect, Outcome.UNITS).only(kept).weeks.sum())


@attrs.frozen(kw_only=True, eq=False)
class Found:
    """Every estimate that was possible, strongest tier first, and why the others were not.

    `strongest` names the method and effect behind the headline (None: tier E only).
    """

    estimates: tuple[Estimate, ...]
    not_possible: tuple[tuple[str, str], ...]
    naive: Estimate | None
    headline: Estimate | None
    effect: Effect
    again: Callable[[Effect, Outcome], Estimate] | None


def find_estimates(comparison: Comparison, outcome: Outcome) -> Found:
    """Ask every method for the gross and, where the horizon is in, the net effect."""
    calendar = comparison.panel.calendar
    effects: list[Effect] = ["gross"]
    if calendar.has_horizon and calendar.where("announcement", "horizon"):
        effects.append("net")
    estimates: list[Estimate] = []
    refused: list[tuple[str, str]] = []

    def ask(method: str, call: Callable[[], Estimate]) -> Estimate | None:
        try:
            estimates.append(call())
        except MeasureError as error:
            refused.append((method, why_not(error)))
            return None
        return estimates[-1]

    methods: tuple[tuple[str, Callable[[Effect, Outcome], Estimate]], ...] = (
        ("randomized holdout", comparison.holdout),
        ("difference in differences", comparison.differences),
    )
    headline, again, effect = None, None, effects[0]
    for method, call in methods:
        for one in effects:
            found = ask(f"{method}, {one}", functools.partial(call, one, outcome))
            if found is not None and again in (None, call):
                headline, again, effect = found, call, one
    ask("prior period", lambda: comparison.prior(outcome))
    naive = ask("naive", lambda: comparison.naive(outcome))
    if "net" not in effects:
        refused.append(("net effect", _why_no_net(comparison.panel)))
    return Found(
        estimates=tuple(estimates),
        not_possible=tuple(refused),
        naive=naive,
        headline=headline,
        effect=effect,
        again=again,
    )


def _why_no_net(panel: Panel) -> str:
    if panel.calendar.has_horizon:
        return "the plan names neither announcement nor horizon, so gross is all there is"
    return "the weeks of the horizon are not all known yet; measure again after them"
