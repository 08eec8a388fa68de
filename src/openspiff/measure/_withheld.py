"""Which figures in money may not be given yet, and which hold however often one looks?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import attrs

from openspiff.money import format_money

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


def interim_worth(worth: Worth, *, elapsed_share: float, paid_units: float) -> Worth:
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
    wider = _widened(total, elapsed_share)
    value = worth.value_added
    value = None if value is None else _widened(value, elapsed_share)
    changes: dict[str, Any] = {
        "total_incremental": wider,
        "value_added": value,
        "return_probability": None,
        "break_even_units": None,
        "break_even_lift": None,
        "dead_weight": _mapped(worth.dead_weight, wider, 1.0, -1.0 / (paid_units or 1.0)),
        "cost_per_unit": _each(worth.cost_per_unit, wider, worth.cost_minor),
    }
    if value is not None and worth.cost_minor > 0:
        back, cost = worth.return_on_cost, worth.cost_minor
        changes["return_on_cost"] = _mapped(back, value, -1.0, 1.0 / cost)
        changes["cost_per_margin"] = _each(worth.cost_per_margin, value, cost)
    return attrs.evolve(worth, **changes)


def _widened(one: Estimate, elapsed_share: float) -> Estimate | None:
    try:
        return sequential_estimate(one, elapsed_share=elapsed_share)
    except MeasureError:
        return None


def _mapped(
    shown: Estimate | None, by: Estimate | None, start: float, times: float
) -> Estimate | None:
    """Return a figure whose ends are `start` + `times` those of the estimate behind it."""
    if shown is None or by is None or by.low is None or by.high is None:
        return None
    low, high = sorted((start + times * by.low, start + times * by.high))
    return _as_read(shown, by, low=low, high=high, shape="between")


def _each(shown: Estimate | None, by: Estimate | None, cost_minor: int) -> Estimate | None:
    """Return the cost of each unit (or of margin) that was added, ends turned over."""
    if shown is None or by is None or by.low is None or by.high is None or by.high <= 0:
        return None
    low = cost_minor / by.high
    if by.low <= 0:
        return _as_read(shown, by, low=low, high=None, shape="from")
    return _as_read(shown, by, low=low, high=cost_minor / by.low, shape="between")


def _as_read(shown: Estimate, by: Estimate, **ends: Any) -> Estimate:
    """Return a figure with the ends and the label of the estimate that it follows from."""
    own = [one for one in shown.warnings if one.code == "unbounded"]
    cautions = tuple(dict.fromkeys((*by.warnings, *own)))
    method = f"{shown.method}; sequential"
    return attrs.evolve(shown, method=method, warnings=cautions, **ends)


def interim_caution(worth: Worth) -> Caution:
    """Say how the figures of a window that still runs may be read."""
    total = worth.total_incremental
    if total is not None and total.tier == "A":
        sentence = (
            "The window is not over. What was added, and what follows from it, has "
            "intervals that hold however often one looks; those of all other numbers "
            "below are for a single look."
        )
    else:
        sentence = (
            "The window is not over. This is an interim look: its intervals do not allow "
            "for repeated looking, so neither a return nor a chance is given."
        )
    return Caution("interim", sentence)
