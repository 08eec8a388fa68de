"""What follows from what was added: dead weight, cost per unit, return and its chance?

Every denominator or numerator here is known, not estimated, so the set of Fieller is the
interval of what was added with each end put through the ratio. That holds whatever the
interval comes from: an error, ranks among placebos, or an assignment that was re-drawn.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import attrs
from scipy.special import stdtr

from openspiff.errors import Problem
from openspiff.money import format_money

from ._least_squares import critical_value
from ._types import Caution, Estimate, MeasureError, Shape

_TURNED: Final[dict[Shape, Shape]] = {"from": "until", "until": "from"}
_AS_GOOD_AS_EQUAL: Final = 1e-6


def scaled(estimate: Estimate, factor: float, *, name: str, unit: str) -> Estimate:
    """Return an estimate times a known number above zero."""
    return attrs.evolve(
        estimate,
        name=name,
        unit=unit,
        value=estimate.value * factor,
        standard_error=_put(estimate.standard_error, factor),
        low=_put(estimate.low, factor),
        high=_put(estimate.high, factor),
    )


def dead_weight(total: Estimate, *, paid_units: float) -> Estimate:
    """Return the share of the units paid for that would have come anyway.

    1 - incremental units / units paid for; an end that `total` does not have is missing
    here too. Raises MeasureError when nothing was paid for.
    """
    if paid_units <= 0:
        problem = Problem("paid_units", f"{paid_units:g} units were paid for")
        raise MeasureError("there is no dead weight where nothing was paid", [problem])
    return _line(total, -1.0 / paid_units, 1.0, name="dead weight", unit="share")


def return_on_cost(value: Estimate, *, cost_minor: int) -> Estimate:
    """Return (margin added - cost) / cost.

    An end that `value` does not have is missing here too. Raises MeasureError when nothing
    was spent.
    """
    if cost_minor <= 0:
        raise nothing_spent("there is no return where nothing was spent")
    name, unit = "return on cost", "share of cost"
    return _line(value, 1.0 / cost_minor, -1.0, name=name, unit=unit)


def cost_per_unit(total: Estimate, *, cost_minor: int, currency: str) -> Estimate:
    """Return cost / incremental units by Fieller, in minor units; it may be unbounded.

    Where the data do not exclude that nothing was added, there is no upper bound: `high`
    is None and a caution says the set in words. Raises MeasureError when the best estimate
    adds no units or nothing was spent.
    """
    return _cost_per(
        total,
        cost_minor=cost_minor,
        name="cost per incremental unit",
        unit=f"{currency} minor units per unit",
        each="unit",
        found=f"the best estimate is {total.value:,.1f} units added",
        says=lambda low: (
            f"At least {format_money(round(low), currency)} for each unit added"
        ),
    )


def cost_per_margin(value: Estimate, *, cost_minor: int, currency: str) -> Estimate:
    """Return cost / incremental margin by Fieller, as `cost_per_unit` does."""
    margin = format_money(round(value.value), currency)
    return _cost_per(
        value,
        cost_minor=cost_minor,
        name="cost per margin added",
        unit=f"{currency} for each {currency} of margin",
        each="margin",
        found=f"the best estimate is {margin} of margin added",
        says=lambda low: (
            f"At least {low:.2f} {currency} for each {currency} of margin added"
        ),
    )


def probability_above(value: Estimate, threshold: float) -> float:
    """Return the chance that a value is above a threshold, by Student's t around it.

    With a flat prior; the same statement as the interval makes, read the other way. Raises
    MeasureError where the interval comes from anything but the standard error: then a
    chance by Student's t could contradict it.
    """
    if not rests_on_error(value):
        message = "an interval without an end tells no chance"
        found = "the data exclude too little"
        if value.shape == "between":
            message = "an interval by ranks, not by a standard error, tells no chance"
            found = "the margin added was ranked among comparisons without a program"
        problem = Problem("interval", found, "read the interval of the return instead")
        raise MeasureError(message, [problem])
    strength = (value.value - threshold) / (value.standard_error or 1.0)
    return float(stdtr(value.degrees_of_freedom or math.inf, strength))


def rests_on_error(one: Estimate) -> bool:
    """Tell whether an interval is Student's t times the standard error on both sides."""
    if one.shape != "between" or not one.standard_error:
        return False
    reach = critical_value(one.degrees_of_freedom or math.inf) * one.standard_error
    room = _AS_GOOD_AS_EQUAL * reach
    off = abs((one.low or 0.0) - (one.value - reach))
    return off <= room and abs((one.high or 0.0) - (one.value + reach)) <= room


def nothing_spent(message: str) -> MeasureError:
    """Return the error of a question that divides by a cost, where there was none."""
    found = "nothing was paid, and running it cost nothing"
    return MeasureError(message, [Problem("paid_minor", found)])


def _put(number: float | None, factor: float, shift: float = 0.0) -> float | None:
    return None if number is None else number * factor + shift


def _line(one: Estimate, factor: float, shift: float, *, name: str, unit: str) -> Estimate:
    """Return factor x + shift of an estimate x with its interval, whatever its shape."""
    low, high = _put(one.low, factor, shift), _put(one.high, factor, shift)
    shape = one.shape
    if factor < 0:
        low, high, shape = high, low, _TURNED.get(shape, shape)
    return attrs.evolve(
        one,
        name=name,
        unit=unit,
        value=one.value * factor + shift,
        standard_error=_put(one.standard_error, abs(factor)),
        low=low,
        high=high,
        shape=shape,
        p_value=None,
        method=f"{one.method}; Fieller",
    )


def _cost_per(
    added: Estimate,
    *,
    cost_minor: int,
    name: str,
    unit: str,
    each: str,
    found: str,
    says: Callable[[float], str],
) -> Estimate:
    if cost_minor <= 0:
        message = f"there is no {name} where nothing was spent"
        raise nothing_spent(message)
    if added.value <= 0:
        problem = Problem(added.name, found, "see the return on cost instead")
        message = f"there is no {name} where none was added"
        raise MeasureError(message, [problem])
    low, high = _cost_ends(added, cost_minor)
    cautions = added.warnings
    if high is None:
        why = f"because the data do not exclude that the program added no {each}"
        start = f"The data tell no {name}" if low is None else says(low)
        sentence = f"{start}; there is no upper bound, {why}."
        cautions = (*cautions, Caution("unbounded", sentence))
    return attrs.evolve(
        added,
        name=name,
        unit=unit,
        value=cost_minor / added.value,
        standard_error=None,
        low=low,
        high=high,
        p_value=None,
        shape="between" if high is not None else "everything" if low is None else "from",
        method=f"{added.method}; Fieller",
        warnings=cautions,
    )


def _cost_ends(added: Estimate, cost_minor: int) -> tuple[float | None, float | None]:
    """Return the ends of cost / added above zero; None where the data set none.

    The most that may have been added gives the least cost for each, the least that was
    surely added the most.
    """
    low = cost_minor / added.high if added.high is not None and added.high > 0 else None
    high = cost_minor / added.low if added.low is not None and added.low > 0 else None
    if added.shape == "outside":
        return None, None
    return (0.0 if low is None and high is not None else low), high
