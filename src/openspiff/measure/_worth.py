"""What did the money buy? Dead weight, cost per incremental unit, return (by Fieller)."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from openspiff.errors import Problem
from openspiff.money import format_money
from openspiff.program import Outcome, Program

from ._compare import Comparison, Effect, Found, why_not
from ._fieller import RatioSet, fieller
from ._least_squares import critical_value
from ._types import Caution, Estimate, MeasureError


@attrs.frozen(kw_only=True)
class Worth:
    """The totals behind the verdict; None where `not_possible` says why."""

    total_incremental: Estimate | None
    dead_weight: Estimate | None
    cost_per_unit: Estimate | None
    return_on_cost: Estimate | None
    not_possible: tuple[tuple[str, str], ...]


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
    its margin, estimated like the headline where every event says its margin, else units
    added times `unit_margin_minor` of the plan. What was paid is known, not estimated.
    """
    refused: list[tuple[str, str]] = []

    def ask(what: str, call: Callable[[], Estimate]) -> Estimate | None:
        try:
            return call()
        except MeasureError as error:
            refused.append((what, why_not(error)))
            return None

    if found.again is None:
        why = "no evidence of tier A or B, so nothing may be called incremental"
        return Worth(
            total_incremental=None,
            dead_weight=None,
            cost_per_unit=None,
            return_on_cost=None,
            not_possible=(("incremental units, dead weight, cost and return", why),),
        )
    again, effect = found.again, found.effect
    total = ask("incremental units", lambda: _total(comparison, again, effect))
    dead = cost = back = None
    if total is not None:
        known = total
        cost_minor = paid_minor + program.measurement.running_cost_minor
        dead = ask("dead weight", lambda: dead_weight(known, paid_units=paid_units))
        cost = ask(
            "cost per incremental unit",
            lambda: cost_per_unit(known, cost_minor=cost_minor, currency=program.currency),
        )
        back = ask(
            "return on cost",
            lambda: return_on_cost(
                _value(program, comparison, found, known), cost_minor=cost_minor
            ),
        )
    return Worth(
        total_incremental=total,
        dead_weight=dead,
        cost_per_unit=cost,
        return_on_cost=back,
        not_possible=tuple(refused),
    )


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


def _total(
    comparison: Comparison, again: Callable[[Effect, Outcome], Estimate], effect: Effect
) -> Estimate:
    weeks = comparison.treated_weeks(effect)
    per_week = again(effect, Outcome.UNITS)
    return _times(per_week, weeks, name=f"incremental units, {effect}", unit="units")


def _value(
    program: Program, comparison: Comparison, found: Found, total: Estimate
) -> Estimate:
    """Return the margin that was added, in minor units."""
    panel, unit = comparison.panel, f"{program.currency} minor units"
    unit_margin_minor = program.measurement.unit_margin_minor
    if panel.has_margin and not panel.needs_rate_count and found.again is not None:
        weeks = comparison.treated_weeks(found.effect)
        per_week = found.again(found.effect, Outcome.MARGIN)
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
    error = total.standard_error
    if total.value <= 0 or error is None or cost_minor <= 0:
        text = f"{total.value:.1f} units added for {cost_minor} minor units"
        problem = Problem("incremental units", text, "see the return on cost instead")
        raise MeasureError("a cost per unit added needs units added and a cost", [problem])
    found = fieller(
        float(cost_minor),
        total.value,
        top_variance=0.0,
        bottom_variance=error * error,
        critical=_critical(total),
    )
    low = found.low if found.shape in {"between", "from"} else found.high
    high = found.high if found.shape == "between" else None
    cautions = total.warnings
    if high is None:
        at_least = format_money(round(low or 0), currency)
        sentence = (
            f"At least {at_least} for each unit added; there is no upper bound, because "
            "the data do not exclude that the program added nothing."
        )
        cautions = (*cautions, Caution("unbounded", sentence))
    return attrs.evolve(
        total,
        name="cost per incremental unit",
        unit=f"{currency} minor units per unit",
        value=cost_minor / total.value,
        standard_error=None,
        low=low,
        high=high,
        p_value=None,
        shape="between" if high is not None else "from",
        method=f"{total.method}; Fieller",
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
