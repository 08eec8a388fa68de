"""What did it take from elsewhere: substitutes, margin, discounts, cancellations?"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Final

import attrs

from openspiff.errors import Problem

from ._compare import Comparison, why_not
from ._found import Found
from ._panel import Counted, Panel
from ._people import HELD_OUT, TREATED
from ._spillover import spillover
from ._sums import codes_of
from ._types import Estimate, MeasureError

_PAIRS: Final = (
    (Counted.UNITS, Counted.SUBSTITUTES),
    (Counted.MARGIN, Counted.SUBSTITUTE_MARGIN),
)
"""The program's own products, and what they may have taken from."""

_ASKED: Final[tuple[tuple[str, tuple[Counted, ...]], ...]] = (
    ("units", (Counted.UNITS,)),
    ("substitutes", (Counted.SUBSTITUTES,)),
    ("units in all", _PAIRS[0]),
    ("amount", (Counted.AMOUNT,)),
    ("margin", (Counted.MARGIN,)),
    ("margin of substitutes", (Counted.SUBSTITUTE_MARGIN,)),
    ("margin in all", _PAIRS[1]),
    ("margin given away", (Counted.GIVEN_AWAY,)),
    ("deeper discounts", (Counted.DISCOUNT,)),
    ("cancellations", (Counted.CANCELLED,)),
)
_ONLY_JOINT: Final = frozenset({"units", "units in all", "margin in all"})
"""Asked where parts and their sum can be told together, to show that they add up."""

_IN_MONEY: Final = frozenset(
    {
        *(Counted.AMOUNT, Counted.MARGIN, Counted.SUBSTITUTE_MARGIN),
        *(Counted.GIVEN_AWAY, Counted.DISCOUNT),
    }
)


@attrs.frozen(kw_only=True)
class Elsewhere:
    """The same comparison on other outcomes, and why some could not be had."""

    estimates: tuple[Estimate, ...]
    not_possible: tuple[tuple[str, str], ...]


def find_elsewhere(comparison: Comparison, found: Found) -> Elsewhere:
    """Ask the method behind the headline for every other outcome that is counted.

    Same payees and weeks as the headline. The program's own products and substitutes are
    adjusted for the baselines of both, as their sum is, so that the parts add up to it.
    """
    estimates: list[Estimate] = []
    refused: list[tuple[str, str]] = []

    def ask(what: str, call: Callable[[], Estimate]) -> None:
        try:
            estimates.append(attrs.evolve(call(), name=what))
        except MeasureError as error:
            refused.append((what, why_not(error)))

    if found.again is None:
        why = "nothing above tier E, so nothing tells what came from elsewhere"
        return Elsewhere(estimates=(), not_possible=(("effects elsewhere", why),))
    for what, outcomes in _ASKED:
        joint = _joint(comparison.panel, found, outcomes)
        if what in _ONLY_JOINT and not joint:
            continue
        first = outcomes[0]
        reason = _unknown(comparison.panel, first) or _untold(comparison.panel, first)
        if reason is None:
            ask(what, functools.partial(found.ask, *outcomes, joint=joint))
        else:
            refused.append((what, reason))
    if found.headline is not None and found.headline.tier == "A":
        ask("spillover on the held out", functools.partial(_spillover, comparison))
    return Elsewhere(estimates=tuple(estimates), not_possible=tuple(refused))


def _joint(
    panel: Panel, found: Found, outcomes: tuple[Counted, ...]
) -> tuple[Counted, ...]:
    """Return the pair to adjust for together; nothing where it is not known whole."""
    pair = next((pair for pair in _PAIRS if outcomes[0] in pair), ())
    is_known = not any(_unknown(panel, one) for one in pair)
    return pair if is_known and found.is_additive else ()


def _unknown(panel: Panel, outcome: Counted) -> str | None:
    """Return why an outcome is not known; None when it is."""
    if outcome in _IN_MONEY and panel.needs_rate_count:
        return f"{panel.needs_rate_count} events in other currencies have no rate"
    if outcome in {Counted.MARGIN, Counted.GIVEN_AWAY} and not panel.has_margin:
        return "events without a margin; map a margin column"
    if outcome is Counted.DISCOUNT and not panel.has_list_price:
        return "events without a list price; map a list price"
    if outcome in {Counted.SUBSTITUTES, Counted.SUBSTITUTE_MARGIN}:
        if not panel.has_substitutes:
            return "the program pays for every product, so there is no substitute"
        if outcome is Counted.SUBSTITUTE_MARGIN and not panel.has_substitute_margin:
            return "substitutes without a margin; map a margin column"
    return None


def _untold(panel: Panel, outcome: Counted) -> str | None:
    """Return why amounts do not tell an outcome; None when they do."""
    by_baseline = outcome in {Counted.GIVEN_AWAY, Counted.DISCOUNT}
    if not by_baseline and outcome is not Counted.AMOUNT:
        return None
    if panel.no_amount_count:
        return f"{panel.no_amount_count} events without an amount; map an amount column"
    if by_baseline and not panel.sums(Counted.AMOUNT, "baseline").total.any():
        return "no amount in the weeks before the window tells what is usual"
    return None


def _spillover(comparison: Comparison) -> Estimate:
    people = comparison.panel.people
    kept = people.on(TREATED, HELD_OUT)
    before = comparison.baseline(Counted.UNITS)
    if before is None:
        remedy = "import the events of the weeks before the window"
        problem = Problem("baseline", "no full week before the window is known", remedy)
        raise MeasureError("spillover is a change since the baseline", [problem])
    return spillover(
        comparison.sums("gross", Counted.UNITS).only(kept),
        before.only(kept),
        people.on(TREATED)[kept],
        firms=codes_of(people.firm[kept]),
    )
