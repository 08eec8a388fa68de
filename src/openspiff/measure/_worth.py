"""What did the money buy? Units and margin added, what each cost, and the return."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

import attrs

from openspiff.errors import Problem
from openspiff.money import format_money
from openspiff.program import Program

from ._compare import Ask, Comparison, Effect, why_not
from ._found import Found
from ._panel import Counted
from ._ratios import (
    cost_per_margin,
    cost_per_unit,
    dead_weight,
    nothing_spent,
    probability_above,
    return_on_cost,
    scaled,
)
from ._types import Caution, Estimate, MeasureError

_NOT_ESTIMATED: Final = "unit_margin"
_T = TypeVar("_T")


@attrs.frozen(kw_only=True)
class Worth:
    """The totals behind the verdict; None where `not_possible` says why."""

    treated_weeks: float | None = None
    total_incremental: Estimate | None = None
    dead_weight: Estimate | None = None
    cost_per_unit: Estimate | None = None
    cost_per_margin: Estimate | None = None
    value_added: Estimate | None = None
    return_on_cost: Estimate | None = None
    return_probability: float | None = None
    unit_margin_minor: float | None = None
    break_even_units: float | None = None
    break_even_lift: float | None = None
    cost_minor: int
    not_possible: tuple[tuple[str, str], ...]

    def figures(self) -> dict[str, Any]:
        """Return everything but what was not possible, by name."""
        found = attrs.asdict(self, recurse=False)
        del found["not_possible"]
        return found


@attrs.frozen(kw_only=True, eq=False)
class _Questions:
    """What each question found, and why some could not be answered."""

    found: dict[str, Any] = attrs.field(factory=dict)
    refused: list[tuple[str, str]] = attrs.field(factory=list)

    def ask(self, field: str, what: str, call: Callable[[], _T]) -> _T | None:
        """Keep what a question finds; one that refuses keeps its reason instead."""
        try:
            answer = call()
        except MeasureError as error:
            self.refused.append((what, why_not(error)))
            return None
        self.found[field] = answer
        return answer


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
    says its margin and the method can; else units added times `unit_margin_minor` of the
    plan, or times the margin that a unit brought in the window. What was paid is known,
    not estimated.
    """
    cost_minor = paid_minor + program.measurement.running_cost_minor
    currency, asked = program.currency, _Questions()
    if found.again is None:
        why = "nothing above tier E, so nothing may be called incremental"
        refused = (("incremental units, dead weight, cost and return", why),)
        return Worth(cost_minor=cost_minor, not_possible=refused)
    again, effect = found.again, found.effect
    total = asked.ask(
        "total_incremental",
        "incremental units",
        lambda: _total(comparison, again, effect),
    )
    if total is not None:
        asked.found["treated_weeks"] = comparison.treated_weeks(effect)
        asked.ask(
            "dead_weight",
            "dead weight",
            lambda: dead_weight(total, paid_units=paid_units),
        )
        asked.ask(
            "cost_per_unit",
            "cost per incremental unit",
            lambda: cost_per_unit(total, cost_minor=cost_minor, currency=currency),
        )
        value = asked.ask(
            "value_added",
            "incremental margin",
            lambda: _value(program, comparison, found, total),
        )
        if value is not None:
            _ask_in_money(asked, value, cost_minor, currency)
        _ask_break_even(asked, program, comparison, again, cost_minor)
    return Worth(cost_minor=cost_minor, not_possible=tuple(asked.refused), **asked.found)


def _ask_in_money(
    asked: _Questions, value: Estimate, cost_minor: int, currency: str
) -> None:
    """Ask what the margin added is worth beside its cost."""
    asked.ask(
        "cost_per_margin",
        "cost per unit of margin",
        lambda: cost_per_margin(value, cost_minor=cost_minor, currency=currency),
    )
    back = asked.ask(
        "return_on_cost",
        "return on cost",
        lambda: return_on_cost(value, cost_minor=cost_minor),
    )
    if back is not None:
        asked.ask(
            "return_probability",
            "chance that it paid for itself",
            lambda: probability_above(value, cost_minor),
        )


def _ask_break_even(
    asked: _Questions,
    program: Program,
    comparison: Comparison,
    again: Ask,
    cost_minor: int,
) -> None:
    """Ask how many units, and which lift, would have paid for the cost."""
    each = asked.ask(
        "unit_margin_minor",
        "break-even",
        lambda: _margin_to_earn(program, comparison, cost_minor),
    )
    if each is None:
        return
    units = cost_minor / each
    asked.found["break_even_units"] = units
    asked.ask(
        "break_even_lift",
        "break-even lift",
        lambda: units / _sold_anyway(comparison, again),
    )


def _margin_to_earn(program: Program, comparison: Comparison, cost_minor: int) -> float:
    """Return the margin of a unit (minor units) by which a cost is earned back."""
    if cost_minor <= 0:
        raise nothing_spent("nothing was spent, so there is nothing to earn")
    each = _observed_margin(comparison) or program.measurement.unit_margin_minor
    if each is None or each <= 0:
        raise _no_margin()
    return each


def _observed_margin(comparison: Comparison) -> float | None:
    """Return the margin of a unit that the treated sold in the window, in minor units."""
    if not comparison.panel.margin_outcomes:
        return None
    units, margin = (
        comparison.sold("window", one) for one in (Counted.UNITS, Counted.MARGIN)
    )
    return margin / units if units > 0 and margin > 0 else None


def _sold_anyway(comparison: Comparison, again: Ask) -> float:
    """Return the units that the treated would have sold in the window anyway."""
    gross = again("gross", Counted.UNITS).value * comparison.treated_weeks("gross")
    anyway = comparison.sold("window", Counted.UNITS) - gross
    if anyway <= 0:
        found = "the best estimate is that nothing would have been sold anyway"
        problem = Problem("window", found, "read the units instead")
        raise MeasureError("there is nothing to take a lift of", [problem])
    return anyway


def _total(comparison: Comparison, again: Ask, effect: Effect) -> Estimate:
    weeks = comparison.treated_weeks(effect)
    per_week = again(effect, Counted.UNITS)
    return scaled(per_week, weeks, name=f"incremental units, {effect}", unit="units")


def _value(
    program: Program, comparison: Comparison, found: Found, total: Estimate
) -> Estimate:
    """Return the margin that was added, in minor units."""
    name, unit = "incremental margin", f"{program.currency} minor units"
    planned = program.measurement.unit_margin_minor
    outcomes = comparison.panel.margin_outcomes
    if not outcomes:
        if planned:
            return _priced(total, planned, program.currency, "as the plan says")
        raise _no_margin()
    try:
        per_week = found.ask(*outcomes, joint=outcomes)
    except MeasureError:
        observed = _observed_margin(comparison)
        if observed is None:
            raise
        if planned:
            return _priced(total, planned, program.currency, "as the plan says")
        how = "which is what the units sold in the window brought"
        return _priced(total, observed, program.currency, how)
    return scaled(per_week, comparison.treated_weeks(found.effect), name=name, unit=unit)


def _priced(total: Estimate, each: float, currency: str, how: str) -> Estimate:
    """Return the units added at a margin for each that is taken as known."""
    sentence = (
        f"The margin added is the units added times "
        f"{format_money(round(each), currency)} for each, {how}. It was not estimated "
        "itself, so thinner margins and substitutes given up are not in it."
    )
    value = scaled(total, each, name="incremental margin", unit=f"{currency} minor units")
    caution = Caution(_NOT_ESTIMATED, sentence)
    return attrs.evolve(value, warnings=(*value.warnings, caution))


def _no_margin() -> MeasureError:
    remedy = "map a margin column, or set measurement.unit_margin_minor"
    problem = Problem("measurement", "events without a margin that can be used", remedy)
    return MeasureError("what a unit is worth is not known", [problem])
