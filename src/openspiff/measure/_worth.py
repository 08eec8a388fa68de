"""What did the money buy? Dead weight, cost per incremental unit, return (by Fieller)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
from scipy.special import stdtr

from openspiff.errors import Problem
from openspiff.money import format_money
from openspiff.program import Program

from ._compare import Ask, Comparison, Effect, Found, why_not
from ._fieller import RatioSet, fieller
from ._least_squares import critical_value
from ._panel import Counted
from ._types import Caution, Estimate, MeasureError


@attrs.frozen(kw_only=True)
class Worth:
    """The totals behind the verdict; None where `not_possible` says why."""

    total_incremental: Estimate | None = None
    dead_weight: Estimate | None = None
    cost_per_unit: Estimate | None = None
    cost_per_margin: Estimate | None = None
    value_added: Estimate | None = None
    return_on_cost: Estimate | None = None
    return_probability: float | None = None
    break_even_units: float | None = None
    cost_minor: int
    not_possible: tuple[tuple[str, str], ...]

    def figures(self) -> dict[str, Any]:
        """Return everything but what was not possible, by name."""
        found = attrs.asdict(self, recurse=False)
        del found["not_possible"]
        return found


def find_worth(
    program: Program,
    comparison: Comparison,
    found: Found,
    *,
    paid_minor: int,
    paid_units: float,
) -> Worth:
    """Turn the strongest estimate into units added, dead weight, cost per unit and return.

    Cost is what was paid plus the running cost of the plan. The value of what was added is
    its margin, that of substitutes included, estimated like the headline where every event
    says its margin, else units added times `unit_margin_minor` of the plan. What was paid
    is known, not estimated.
    """
    refused: list[tuple[str, str]] = []
    cost_minor = paid_minor + program.measurement.running_cost_minor
    currency = program.currency

    def ask(what: str, call: Callable[[], Estimate]) -> Estimate | None:
        try:
            return call()
        except MeasureError as error:
            refused.append((what, why_not(error)))
            return None

    if found.again is None:
        why = "nothing above tier E, so nothing may be called incremental"
        refused.append(("incremental units, dead weight, cost and return", why))
        return Worth(cost_minor=cost_minor, not_possible=tuple(refused))
    again, effect = found.again, found.effect
    known: dict[str, Any] = {}
    total = ask("incremental units", lambda: _total(comparison, again, effect))
    if total is not None:
        known |= {
            "total_incremental": total,
            "dead_weight": ask(
                "dead weight", lambda: dead_weight(total, paid_units=paid_units)
            ),
            "cost_per_unit": ask(
                "cost per incremental unit",
                lambda: cost_per_unit(total, cost_minor=cost_minor, currency=currency),
            ),
        }
        value = ask("incremental margin", lambda: _value(program, comparison, found, total))
        known |= {} if value is None else _in_money(ask, total, value, cost_minor, currency)
    return Worth(cost_minor=cost_minor, not_possible=tuple(refused), **known)


def _in_money(
    ask: Callable[[str, Callable[[], Estimate]], Estimate | None],
    total: Estimate,
    value: Estimate,
    cost_minor: int,
    currency: str,
) -> dict[str, Any]:
    """Return what the margin added is worth beside its cost."""
    return {
        "value_added": value,
        "cost_per_margin": ask(
            "cost per unit of margin",
            lambda: cost_per_margin(value, cost_minor=cost_minor, currency=currency),
        ),
        "return_on_cost": ask(
            "return on cost", lambda: return_on_cost(value, cost_minor=cost_minor)
        ),
        "return_probability": _probability_above(value, cost_minor),
        "break_even_units": _break_even(total, value, cost_minor),
    }


def _probability_above(value: Estimate, threshold: float) -> float | None:
    """Return the chance that a value is above a threshold, by Student's t around it.

    With a flat prior; the same statement as the intervals make, read the other way.
    """
    if not value.standard_error:
        return None
    strength = (value.value - threshold) / value.standard_error
    return float(stdtr(value.degrees_of_freedom or 1e9, strength))


def _break_even(total: Estimate, value: Estimate, cost_minor: int) -> float | None:
    """Return how many units of the margin found would have paid for the cost."""
    if total.value <= 0 or value.value <= 0:
        return None
    return cost_minor / (value.value / total.value)


def _times(estimate: Estimate, factor: float, *, name: str, unit: str) -> Estimate:
    """Return an estimate times a known number above zero."""
    return attrs.evolve(
        estimate,
        name=name,
        unit=unit,
        value=estimate.value * factor,
        standard_error=_scaled(estimate.standard_error, factor),
        low=_scaled(estimate.low, factor),
        high=_scaled(estimate.high, factor),
    )


def _scaled(number: float | None, factor: float) -> float | None:
    return None if number is None else number * factor


def _total(comparison: Comparison, again: Ask, effect: Effect) -> Estimate:
    weeks = comparison.treated_weeks(effect)
    per_week = again(effect, Counted.UNITS)
    return _times(per_week, weeks, name=f"incremental units, {effect}", unit="units")


def _value(
    program: Program, comparison: Comparison, found: Found, total: Estimate
) -> Estimate:
    """Return the margin that was added, in minor units."""
    panel, unit = comparison.panel, f"{program.currency} minor units"
    unit_margin_minor = program.measurement.unit_margin_minor
    if panel.has_margin and not panel.needs_rate_count and found.again is not None:
        outcomes = [Counted.MARGIN]
        if panel.has_substitutes and panel.has_substitute_margin:
            outcomes.append(Counted.SUBSTITUTE_MARGIN)
        weeks = comparison.treated_weeks(found.effect)
        per_week = found.again(found.effect, *outcomes)
        return _times(per_week, weeks, name="incremental margin", unit=unit)
    if unit_margin_minor:
        return _times(total, unit_margin_minor, name="incremental margin", unit=unit)
    remedy = "map a margin column, or set measurement.unit_margin_minor"
    problem = Problem("measurement", "events without a margin that can be used", remedy)
    raise MeasureError("what a unit is worth is not known", [problem])


def dead_weight(total: Estimate, *, paid_units: float) -> Estimate:
    """Return the share of the units paid for that would have come anyway.

    1 - incremental units / units paid for. Raises MeasureError when nothing was paid for.
    """
    if paid_units <= 0:
        problem = Problem("paid_units", f"{paid_units} units were paid for")
        raise MeasureError("there is no dead weight where nothing was paid", [problem])
    share = _ratio(total, paid_units)
    return _less_one(total, share, sign=-1, name="dead weight", unit="share")


def return_on_cost(value: Estimate, *, cost_minor: int) -> Estimate:
    """Return (margin added - cost) / cost. Raises MeasureError when nothing was spent."""
    if cost_minor <= 0:
        problem = Problem("paid_minor", f"the cost is {cost_minor}")
        raise MeasureError("there is no return where nothing was spent", [problem])
    ratio = _ratio(value, cost_minor)
    return _less_one(value, ratio, sign=1, name="return on cost", unit="share of cost")


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
        says=lambda low: (
            f"At least {format_money(round(low), currency)} for each unit added"
        ),
    )


def cost_per_margin(value: Estimate, *, cost_minor: int, currency: str) -> Estimate:
    """Return cost / incremental margin by Fieller, as `cost_per_unit` does."""
    return _cost_per(
        value,
        cost_minor=cost_minor,
        name="cost per margin added",
        unit=f"{currency} for each {currency} of margin",
        says=lambda low: (
            f"At least {low:.2f} {currency} for each {currency} of margin added"
        ),
    )


def _cost_per(
    added: Estimate,
    *,
    cost_minor: int,
    name: str,
    unit: str,
    says: Callable[[float], str],
) -> Estimate:
    error = added.standard_error
    if added.value <= 0 or error is None or cost_minor <= 0:
        text = f"{added.value:.1f} {added.unit} added for {cost_minor} minor units"
        problem = Problem(added.name, text, "see the return on cost instead")
        message = f"a {name} needs something added and a cost"
        raise MeasureError(message, [problem])
    found = fieller(
        float(cost_minor),
        added.value,
        top_variance=0.0,
        bottom_variance=error * error,
        critical=_critical(added),
    )
    low = found.low if found.shape in {"between", "from"} else found.high
    high = found.high if found.shape == "between" else None
    cautions = added.warnings
    if high is None:
        sentence = (
            f"{says(low or 0.0)}; there is no upper bound, because the data do not exclude "
            "that the program added nothing."
        )
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
        shape="between" if high is not None else "from",
        method=f"{added.method}; Fieller",
        warnings=cautions,
    )


def _critical(estimate: Estimate) -> float:
    return critical_value(estimate.degrees_of_freedom or 1e9)


def _ratio(top: Estimate, bottom: float) -> RatioSet:
    """Return the set of top / a known number above zero."""
    error = top.standard_error or 0.0
    return fieller(
        top.value,
        bottom,
        top_variance=error * error,
        bottom_variance=0.0,
        critical=_critical(top),
    )


def _less_one(
    top: Estimate, ratio: RatioSet, *, sign: int, name: str, unit: str
) -> Estimate:
    """Return ratio - 1 (sign 1) or 1 - ratio (sign -1) as an estimate."""
    low, high = ratio.low or 0.0, ratio.high or 0.0
    ends = sorted((sign * (low - 1.0), sign * (high - 1.0)))
    reach = (high - low) / 2 / _critical(top)
    return attrs.evolve(
        top,
        name=name,
        unit=unit,
        value=sum(ends) / 2,
        standard_error=reach,
        low=ends[0],
        high=ends[1],
        method=f"{top.method}; Fieller",
    )
