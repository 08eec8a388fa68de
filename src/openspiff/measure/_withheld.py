"""Which figures in money may not be given yet, and which hold however often one looks?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import attrs

from openspiff.money import format_money

from ._ratios import cost_per_margin, cost_per_unit, dead_weight, return_on_cost
from ._sequential import sequential_estimate
from ._types import Caution, Estimate, MeasureError
from ._worth import Worth

BOOKED_WITHIN: Final = 0.02
"""Books this near to what is due count as complete: clawbacks and late reports that wait
for the next run, and rounding, move a return by no more than that."""

_IN_MONEY: Final[Mapping[str, Any]] = dict.fromkeys(
    (
        *("dead_weight", "cost_per_unit", "cost_per_margin", "value_added"),
        *("return_on_cost", "return_probability", "unit_margin_minor"),
        *("break_even_units", "break_even_lift"),
    )
)


def not_booked(paid_minor: int, due_minor: int | None, currency: str) -> Caution | None:
    """Return a warning where the books do not hold what is due; None where they do.

    Amounts in minor units of the currency; `due_minor` None means that it is not known.
    """
    if due_minor is None:
        return None
    if abs(due_minor - paid_minor) <= BOOKED_WITHIN * max(abs(due_minor), paid_minor):
        return None
    booked, due = (format_money(one, currency) for one in (paid_minor, due_minor))
    sentence = (
        f"{booked} is booked, but {due} is due: what the program costs is known once it is "
        "booked (openspiff book), so nothing is said of its return, of dead weight or of "
        "what a unit cost."
    )
    return Caution("not_booked", sentence)


def without_money(worth: Worth, why: str) -> Worth:
    """Return only how many units were added; `why` says why there is no more."""
    refused = (*worth.not_possible, ("cost, return and dead weight", why))
    return attrs.evolve(worth, not_possible=refused, **_IN_MONEY)


def interim_worth(
    worth: Worth, *, elapsed_share: float, paid_units: float, currency: str
) -> Worth:
    """Return what may be said of a program while its window runs.

    Of a randomized holdout: units and margin added with intervals that hold at every look,
    and what follows from their ends, cost and units paid for being known; no chance of a
    return, which no such interval gives. Of anything else: the units added only.
    """
    total = worth.total_incremental
    if total is None:
        return worth
    if total.tier != "A":
        why = (
            "the window is not over, and only a holdout drawn by chance may be read in "
            "money before its end"
        )
        return without_money(worth, why)
    total, value = (at_every_look(one, elapsed_share) for one in (total, worth.value_added))
    cost: dict[str, Any] = {"cost_minor": worth.cost_minor}
    in_money = {"cost_minor": worth.cost_minor, "currency": currency}

    def again(
        shown: Estimate | None,
        by: Estimate | None,
        ratio: Callable[..., Estimate],
        **known: Any,
    ) -> Estimate | None:
        return None if shown is None or by is None else ratio(by, **known)

    return attrs.evolve(
        worth,
        total_incremental=total,
        value_added=value,
        dead_weight=again(worth.dead_weight, total, dead_weight, paid_units=paid_units),
        cost_per_unit=again(worth.cost_per_unit, total, cost_per_unit, **in_money),
        cost_per_margin=again(worth.cost_per_margin, value, cost_per_margin, **in_money),
        return_on_cost=again(worth.return_on_cost, value, return_on_cost, **cost),
        return_probability=None,
        break_even_units=None,
        break_even_lift=None,
    )


def at_every_look(one: Estimate | None, elapsed_share: float) -> Estimate | None:
    """Return an estimate that may be read at every look; None where there is no such."""
    if one is None:
        return None
    try:
        return sequential_estimate(one, elapsed_share=elapsed_share)
    except MeasureError:
        return None


def all_at_every_look(
    estimates: Iterable[Estimate], elapsed_share: float
) -> tuple[Estimate, ...]:
    """Return estimates that may be read at every look, those that cannot as they are."""
    return tuple(at_every_look(one, elapsed_share) or one for one in estimates)


def interim_caution(worth: Worth) -> Caution:
    """Say how the figures of a window that still runs may be read."""
    total = worth.total_incremental
    if total is not None and total.tier == "A":
        sentence = (
            "The window is not over. What was added, what follows from it, and what it "
            "took from elsewhere have intervals that hold however often one looks; those "
            "of all other numbers below are for a single look."
        )
    else:
        sentence = (
            "The window is not over. This is an interim look: its intervals do not allow "
            "for repeated looking, so neither a return nor a chance is given."
        )
    return Caution("interim", sentence)
