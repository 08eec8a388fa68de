"""Which estimates do these data support, and why are the others not possible?"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Final

import attrs

from openspiff.errors import Problem
from openspiff.program import Outcome

from ._compare import Ask, Comparison, Effect, why_not
from ._holdout import REDRAW
from ._panel import Counted, Panel
from ._people import HELD_OUT, INELIGIBLE, TREATED
from ._sums import FEWEST_PAYEES
from ._types import Estimate, MeasureError


@attrs.frozen(kw_only=True, eq=False)
class Found:
    """Every estimate that was possible, strongest tier first, and why the others were not.

    `again` asks the method behind the headline for another effect or outcome, `why_tier`
    says why it is the strongest (None: nothing but tier E).
    """

    estimates: tuple[Estimate, ...]
    not_possible: tuple[tuple[str, str], ...]
    naive: Estimate | None
    headline: Estimate | None
    effect: Effect
    again: Ask | None
    why_tier: str

    @property
    def is_additive(self) -> bool:
        """Tell whether effects on parts add up to that on their sum, asked jointly.

        Both regressions are linear in the outcome. A mix of firms is chosen for each
        outcome anew, and a forecast is made of units only.
        """
        return self.headline is not None and self.headline.tier in {"A", "B"}

    def ask(self, *outcomes: Counted, joint: Sequence[Counted] = ()) -> Estimate:
        """Ask the method behind the headline for its effect on other outcomes.

        `joint` names the outcomes whose baselines a holdout adjusts for; the comparison
        of changes takes each payee's own baseline off, which adds up by itself. Raises
        MeasureError where the method cannot tell, or nothing is above tier E.
        """
        if self.again is None or self.headline is None:
            problem = Problem("comparison", "nothing above tier E", "hold payees out")
            raise MeasureError("nothing may be called incremental", [problem])
        if self.headline.tier != "A":
            return self.again(self.effect, *outcomes)
        return self.again(self.effect, *outcomes, joint=joint)


_WHY: Final = {
    "A": "Chance decided who was held out, so nothing but the program sets the two apart.",
    "B": "Nobody usable was held out by chance; those who could not take part moved "
    "alongside before, and stand in for what would have happened.",
    "C": "Too few firms are treated for an average to be fair; a mix of other firms that "
    "moved like them stands in.",
    "D": "Everyone took part, so their own past is all there is to compare with; its "
    "forecasts held in pretended windows before.",
}


def _no_tier(panel: Panel) -> str:
    """Say what is missing for a comparison: nobody on a side, or too few."""
    people = panel.people
    said = [
        _missing(people.count(HELD_OUT), "held out", "nobody was held out"),
        _missing(
            people.count(INELIGIBLE), "outside the audience", "everybody could take part"
        ),
    ]
    if people.count(TREATED) < FEWEST_PAYEES:
        said = ["too few payees are in the program"]
    text = (
        f"{' and '.join(said)}; their own past does not foretell the window either: before "
        "and after is all there is, and that is no evidence."
    )
    return text[:1].upper() + text[1:]


def _missing(count: int, who: str, nobody: str) -> str:
    if not count:
        return nobody
    if count < FEWEST_PAYEES:
        return f"too few are {who}"
    return f"those {who} cannot be compared with (see what could not be done)"


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

    methods: tuple[tuple[str, Ask, list[Effect]], ...] = (
        ("randomized holdout", comparison.holdout, effects),
        ("difference in differences", comparison.differences, effects),
        ("synthetic comparison", comparison.synthetic, ["gross"]),
        ("forecast from their own past", comparison.own_past, ["gross"]),
    )
    headline, again, effect = None, None, effects[0]
    for method, call, wanted in methods:
        more = {"redraw": REDRAW} if call == comparison.holdout else {}
        for one in wanted:
            found = ask(f"{method}, {one}", functools.partial(call, one, outcome, **more))
            if found is None:  # without the window nothing is left of it either
                later = wanted[wanted.index(one) + 1 :]
                refused += [(f"{method}, {other}", refused[-1][1]) for other in later]
                break
            if again in (None, call):
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
        why_tier=_no_tier(comparison.panel) if headline is None else _WHY[headline.tier],
    )


def _why_no_net(panel: Panel) -> str:
    if panel.calendar.has_horizon:
        return "the plan names neither announcement nor horizon, so gross is all there is"
    return "the weeks of the horizon are not all known yet; measure again after them"
