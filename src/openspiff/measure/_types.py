"""What does an answer to "was it worth it" look like? Frozen results, and their JSON."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
from collections.abc import Mapping
from typing import Any, ClassVar, Final, Literal

import attrs
import cattrs

from openspiff.errors import OpenSpiffError, Problem

LEVEL: Final = 0.95
"""Every interval is a 95% interval."""

Tier = Literal["A", "B", "C", "D", "E"]
"""How strong the evidence is.

A randomized; B parallel trends; C few units, synthetic; D time series; E before and after,
which is never called incremental.
"""

Decision = Literal["repeat", "redesign", "retire", "cannot_tell"]
Phase = Literal["baseline", "announcement", "window", "horizon"]

Shape = Literal["between", "outside", "from", "until", "everything"]
"""Which values the data do not reject.

between: low <= value <= high. outside: value <= low or value >= high. from: value >= low.
until: value <= high. everything: nothing is known.
"""

_ENDS: Final[Mapping[Shape, tuple[bool, bool]]] = {
    "between": (True, True),
    "outside": (True, True),
    "from": (True, False),
    "until": (False, True),
    "everything": (False, False),
}
"""Whether an interval of each shape has a lower and an upper end."""


class MeasureError(OpenSpiffError):
    """A question that these data cannot answer; never a zero in its place."""

    code: ClassVar[str] = "measure"


@attrs.frozen
class Caution:
    """Something a reader must know before using a number."""

    code: str
    sentence: str


@attrs.frozen(kw_only=True)
class Estimate:
    """One number with its uncertainty, and how it was come by.

    `low` and `high` are the ends of the 95% interval and `shape` says which side of them
    it lies on: None where it has no end there, and a caution says the set in words.
    Raises MeasureError when a number is not finite or the ends do not fit the shape.
    `p_value` comes from re-drawing the assignment (None where chance assigned nothing).
    `unit_count` counts payees, `cluster_count` what the errors are clustered by.
    """

    name: str
    value: float
    standard_error: float | None
    low: float | None
    high: float | None
    method: str
    tier: Tier
    unit: str
    unit_count: int
    cluster_count: int
    degrees_of_freedom: float | None = None
    p_value: float | None = None
    shape: Shape = "between"
    warnings: tuple[Caution, ...] = ()

    def __attrs_post_init__(self) -> None:
        """Refuse numbers that are none: whoever cannot tell raises MeasureError."""
        numbers = (self.value, self.standard_error, self.low, self.high, self.p_value)
        if any(one is not None and not math.isfinite(one) for one in numbers):
            message = f"{self.name} by {self.method} is not a finite number"
            raise MeasureError(message)
        if _ENDS[self.shape] != (self.low is not None, self.high is not None):
            ends = f"low {self.low}, high {self.high}"
            problem = Problem(self.name, f"an interval of the shape {self.shape}: {ends}")
            message = f"the interval of {self.name} has other ends than its shape"
            raise MeasureError(message, [problem])

    @property
    def is_unbounded(self) -> bool:
        """Tell whether the interval goes on for ever on any side."""
        return self.shape != "between"

    @property
    def excludes_zero(self) -> bool:
        """Tell whether zero lies outside the interval."""
        if self.shape == "outside":
            return (self.low or 0.0) < 0.0 < (self.high or 0.0)
        above = self.low is not None and self.low > 0
        return above or (self.high is not None and self.high < 0)


@attrs.frozen(kw_only=True)
class Check:
    """One test of whether the comparison is what it claims to be."""

    code: str
    is_ok: bool
    sentence: str
    value: float | None = None


@attrs.frozen(kw_only=True)
class PathPoint:
    """One week of the path from baseline to horizon.

    Means are per payee and week of seven days (a shorter last week of the window, see
    `day_count`, is scaled). `difference` with `low` and `high` compares the treated with
    the holdout, else with the ineligible after taking off their baseline difference.
    `band_low` and `band_high` hold the differences of all weeks at once, in 95 of 100.
    """

    week_start_on: dt.date
    day_count: int
    phase: Phase
    in_window: bool
    treated_mean: float | None
    holdout_mean: float | None
    ineligible_mean: float | None
    difference: float | None
    low: float | None
    high: float | None
    band_low: float | None = None
    band_high: float | None = None


@attrs.frozen(kw_only=True)
class Redraws:
    """What re-drawing the holdout would have shown by chance alone, counted.

    `counts` holds how many of the draws had a studentized difference from `low` on, in
    steps of `step`; `observed` is that of the holdout as it was drawn.
    """

    name: str
    low: float
    step: float
    counts: tuple[int, ...]
    observed: float
    p_value: float


@attrs.frozen(kw_only=True)
class Verdict:
    """What to do with the program next time, by which rule, and why."""

    decision: Decision
    reasons: tuple[str, ...]
    rule: str


@attrs.frozen(kw_only=True)
class Answer:
    """Everything that a measurement of one program found.

    `headline` is the strongest estimate per payee and week of the window: the net effect
    when the whole horizon is in, else the gross effect; `why_tier` says why nothing
    stronger was possible. `estimates` holds all that were possible, `not_possible` pairs
    of (method, why not). `interim` is the headline with an interval that may be read at
    every look while the holdout runs. `naive` compares with the weeks just before and is
    never called incremental.
    `timing` are the parts of the net effect (hold-back, in the window, after it), and the
    shares that only moved in time or stayed. `mix` is what the program did to
    substitutes, amounts, margin and cancellations, and to the held out by spillover.
    `total_incremental` is in units, `dead_weight` a share, `cost_per_unit` in minor units
    of `currency`, `cost_per_margin` in minor units for each of margin,
    `return_on_cost` is (value added - cost) / cost, `return_probability` the chance that
    it is above zero (None where the interval does not come from a standard error).
    `paid_minor` is net of `clawed_back_minor`, what was paid and taken back since (None:
    not known). `treated_weeks` are the payee-weeks that turn a number per payee-week into
    a total.
    `break_even_units` are the added units that would pay for the cost at
    `unit_margin_minor` each, the margin of a unit sold in the window, else that of the
    plan; `break_even_lift` is their share of what the window would have sold anyway.
    `customers` tell whether those won in the window by the treated bring as much, and
    stay as well, as those won by the held out (`run.with_customers` adds them).
    `placebos` are the effects found where there was no program, in the unit of the headline
    (tiers C and D), `redrawn` those of re-drawing the holdout (tier A). `balance` sets the
    treated against the held out before the program, in standard deviations.
    `naive_totals` is the naive number in units and money, `paid_payee_count` how many
    payees were paid (None: not known). `exploratory` says what of the plan was changed
    after launch, `next_tests` what to try. `verdict` is by the rule as launched,
    `changed_verdict` by the rule as it was changed since (None: it was not). `due_minor` is
    what was due at `as_of` (None: not known); where it is not what was paid, nothing is
    said of return and cost. What has a default was not in the first answers kept.
    """

    program_id: str
    version: int
    content_hash: str
    data_digest: str
    as_of: int
    currency: str
    headline: Estimate | None
    why_tier: str = ""
    interim: Estimate | None = None
    estimates: tuple[Estimate, ...]
    timing: tuple[Estimate, ...] = ()
    mix: tuple[Estimate, ...] = ()
    not_possible: tuple[tuple[str, str], ...]
    naive: Estimate | None
    total_incremental: Estimate | None
    dead_weight: Estimate | None
    cost_per_unit: Estimate | None
    cost_per_margin: Estimate | None = None
    value_added: Estimate | None = None
    return_on_cost: Estimate | None
    return_probability: float | None = None
    treated_weeks: float | None = None
    unit_margin_minor: float | None = None
    break_even_units: float | None = None
    break_even_lift: float | None = None
    cost_minor: int = 0
    paid_minor: int
    due_minor: int | None = None
    clawed_back_minor: int | None = None
    paid_units: float
    treated_count: int
    holdout_count: int
    ineligible_count: int
    checks: tuple[Check, ...]
    path: tuple[PathPoint, ...]
    warnings: tuple[Caution, ...]
    customers: tuple[Estimate, ...] = ()
    placebos: tuple[float, ...] = ()
    redrawn: Redraws | None = None
    balance: tuple[Estimate, ...] = ()
    naive_totals: tuple[Estimate, ...] = ()
    paid_payee_count: int | None = None
    exploratory: tuple[str, ...] = ()
    next_tests: tuple[str, ...] = ()
    verdict: Verdict
    changed_verdict: Verdict | None = None


def _converter() -> cattrs.Converter:
    converter = cattrs.Converter(forbid_extra_keys=True)
    converter.register_unstructure_hook(dt.date, dt.date.isoformat)
    converter.register_structure_hook(dt.date, lambda text, _: dt.date.fromisoformat(text))
    return converter


def answer_json(answer: Answer) -> str:
    """Return the answer as JSON text, keys sorted; equal answers give equal text."""
    return json.dumps(
        _converter().unstructure(answer), indent=2, sort_keys=True, allow_nan=False
    )


def answer_digest(answer: Answer) -> str:
    """Return the SHA-256 of the whole answer as text: the name of these numbers."""
    return hashlib.sha256(answer_json(answer).encode()).hexdigest()


def read_answer(text: str) -> Answer:
    """Return the answer that `answer_json` wrote, by this version or an earlier one.

    Raises MeasureError when the text is not such an answer.
    """
    try:
        held: Mapping[str, Any] = json.loads(text, object_hook=_with_shape)
        return _converter().structure(held, Answer)
    except (ValueError, TypeError, cattrs.BaseValidationError) as error:
        message = f"expected a measurement as `answer_json` writes it: {error}"
        raise MeasureError(message) from error


def _with_shape(record: dict[str, Any]) -> dict[str, Any]:
    """Return an estimate as now written, from a record of any version.

    Early ones only said whether an end was missing. Some gave ends where the shape has
    none: these came from elsewhere and mean nothing, so they are left out.
    """
    if not {"low", "high", "tier"} <= record.keys():
        return record
    has_no_end = record.pop("is_unbounded", None)
    shape = record.get("shape") or _shape_by_ends(record)
    if has_no_end and shape == "between":
        shape = "everything"
    for end, has_end in zip(("low", "high"), _ENDS.get(shape, (True, True)), strict=True):
        record[end] = record[end] if has_end else None
    fits = _ENDS.get(shape) == _known(record)
    return record | {"shape": shape if fits else _shape_by_ends(record)}


def _shape_by_ends(record: Mapping[str, Any]) -> Shape:
    match _known(record):
        case (True, True):
            return "between"
        case (True, False):
            return "from"
        case (False, True):
            return "until"
        case _:
            return "everything"


def _known(record: Mapping[str, Any]) -> tuple[bool, bool]:
    return record["low"] is not None, record["high"] is not None
