"""Are the customers of a window worth as much as the others, and do they stay?"""

from __future__ import annotations

from typing import Any, Final

import attrs
import numpy as np

from openspiff.errors import Problem

from ._redraw import redrawn_difference
from ._types import (
    MILLION,
    Caution,
    Flags,
    Floats,
    Integers,
    WorthError,
    as_floats,
    column,
    flags,
    refuse_rows,
    require_horizon,
    require_rate,
    same_length,
)

FEWEST_PAYEES: Final = 5
"""No comparison is made with customers of fewer payees on a side."""

FEW_PAYEES: Final = 40
"""Below this many payees on a side, re-drawing them understates what is not known."""

FEW_LEAVERS: Final = 5
"""Below this many who left, or stayed, on a side a share is known too roughly."""

YEAR_DAYS: Final = 365.0


def _is_inside(given: Any) -> Flags:
    return flags("is_inside", given)


@attrs.frozen(kw_only=True, eq=False)
class Sales:
    """Customers (n) that payees won: by whom, on which side, and how long ago.

    `is_inside` marks those won inside the window; or, of a window with a comparison group,
    those won in it by treated payees, with the customers of the others outside.
    `observed_days` is the time from the sale to the day of looking, left or not.
    Raises WorthError with every kind of wrong row at once.
    """

    payee: np.ndarray[Any, Any] = attrs.field(converter=np.asarray)
    is_inside: Flags = attrs.field(converter=_is_inside)
    observed_days: Floats = attrs.field(converter=as_floats)

    def __attrs_post_init__(self) -> None:
        """Refuse sales that cannot have happened."""
        days = column("observed_days", self.observed_days)
        same_length(payee=self.payee, is_inside=self.is_inside, observed_days=days)
        refuse_rows(
            "sales cannot be as given",
            [("observed_days", days < 0, "leave out sales later than the day of looking")],
        )


@attrs.frozen(kw_only=True)
class CohortDifference:
    """How customers won inside differ from those outside, with two 95% intervals.

    `low` and `high` are the studentized interval, to be read first; the percentile
    interval stands beside it. Means and difference are in `unit`.
    """

    name: str
    unit: str
    value: float
    standard_error: float
    low: float
    high: float
    percentile_low: float
    percentile_high: float
    inside_mean: float
    outside_mean: float
    inside_count: int
    outside_count: int
    payee_count: int
    draw_count: int
    method: str = "difference of means, payees re-drawn"
    warnings: tuple[Caution, ...] = ()


def discounted_margins(
    sale: Integers,
    margin_minor: Floats,
    after_days: Floats,
    *,
    sale_count: int,
    horizon_days: float,
    discount_ppm: int = 0,
) -> Floats:
    """Return what each customer brought (`sale_count`) until the horizon, as of the sale.

    Each row (m) is a margin in minor units, below zero where it was taken back, the
    customer it belongs to (0 .. sale_count - 1) and the days since that customer's sale.
    Rows from the horizon on do not count; `discount_ppm` is a rate for a year of 365 days.
    Raises WorthError for margins before the sale or of nobody.
    """
    require_horizon("horizon_days", horizon_days)
    require_rate("discount_ppm", discount_ppm)
    margin, days = column("margin_minor", margin_minor), column("after_days", after_days)
    owner = np.asarray(sale)
    same_length(sale=owner, margin_minor=margin, after_days=days)
    stray = (owner < 0) | (owner >= sale_count)
    refuse_rows(
        "margins cannot be as given",
        [
            ("after_days", days < 0, "count days from the customer's own sale on"),
            ("sale", stray, "number the customers from 0 to sale_count - 1"),
        ],
    )
    worth = margin * (1 + discount_ppm / MILLION) ** (-days / YEAR_DAYS)
    worth = np.where(days < horizon_days, worth, 0.0)
    total = np.bincount(owner, weights=worth, minlength=sale_count)
    return total.astype(np.float64)


def lifetime_value_difference(
    sales: Sales,
    margin_minor: Floats,
    *,
    horizon_days: float,
    seed: int,
    draw_count: int = 999,
) -> CohortDifference:
    """Return how much more a customer won inside brings until the horizon than one outside.

    `margin_minor` (n) is the discounted margin of each customer from the sale to the
    horizon (`discounted_margins`). Customers won too late to have reached the horizon are
    left out on both sides, whatever they brought, and counted in a caution. Payees are
    re-drawn whole, by `seed`, because customers of one payee go together.
    Raises WorthError with under 5 payees on a side or margins that never vary there.
    Cameron, Gelbach and Miller (2008), Review of Economics and Statistics 90(3).
    """
    return _compare(
        sales,
        column("margin_minor", margin_minor),
        days=horizon_days,
        seed=seed,
        draw_count=draw_count,
        names=("lifetime_value_difference", "minor units per customer"),
    )


def early_churn_difference(
    sales: Sales,
    left_after_days: Floats,
    *,
    within_days: float,
    seed: int,
    draw_count: int = 999,
) -> CohortDifference:
    """Return how much larger a share left early of those won inside than of those outside.

    `left_after_days` (n) is the time from the sale to leaving, infinite for who has not
    left; early is before `within_days`. Customers won too late to have had that time are
    left out on both sides, left or not. Payees are re-drawn whole, by `seed`.
    Raises WorthError with under 5 payees on a side, or when there nobody left, or all did.
    Cameron, Gelbach and Miller (2008), Review of Economics and Statistics 90(3).
    """
    left_after = np.asarray(left_after_days, dtype=np.float64)
    same_length(left_after_days=left_after, payee=sales.payee)
    refuse_rows(
        "times of leaving cannot be as given",
        [
            (
                "left_after_days",
                np.isnan(left_after) | (left_after < 0),
                "count days from the sale on; infinite for customers who have not left",
            )
        ],
    )
    found = _compare(
        sales,
        (left_after < within_days).astype(np.float64),
        days=within_days,
        seed=seed,
        draw_count=draw_count,
        names=("early_churn_difference", "share of customers"),
    )
    counts = []
    for share, count in (
        (found.inside_mean, found.inside_count),
        (found.outside_mean, found.outside_count),
    ):
        counts += [round(share * count), round((1 - share) * count)]
    if min(counts) >= FEW_LEAVERS:
        return found
    sentence = (
        f"Only {min(counts)} customers of one side left early, or stayed; the interval is "
        "too narrow for so few."
    )
    few = Caution("few_leavers", sentence)
    return attrs.evolve(found, warnings=(*found.warnings, few))


def _compare(
    sales: Sales,
    value: Floats,
    *,
    days: float,
    seed: int,
    draw_count: int,
    names: tuple[str, str],
) -> CohortDifference:
    same_length(value=value, payee=sales.payee)
    require_horizon("days", days)
    kept = sales.observed_days >= days
    value, is_inside, payee = value[kept], sales.is_inside[kept], sales.payee[kept]
    counts = _require_sides(value, is_inside, payee)
    spread = redrawn_difference(value, is_inside, payee, seed=seed, draw_count=draw_count)
    return CohortDifference(
        name=names[0],
        unit=names[1],
        value=spread.inside_mean - spread.outside_mean,
        standard_error=spread.standard_error,
        low=spread.low,
        high=spread.high,
        percentile_low=spread.percentile_low,
        percentile_high=spread.percentile_high,
        inside_mean=spread.inside_mean,
        outside_mean=spread.outside_mean,
        inside_count=int(is_inside.sum()),
        outside_count=int((~is_inside).sum()),
        payee_count=np.unique(payee).size,
        draw_count=draw_count,
        warnings=_cautions(int((~kept).sum()), days, min(counts)),
    )


def _require_sides(
    value: Floats, is_inside: Flags, payee: np.ndarray[Any, Any]
) -> tuple[int, int]:
    """Return how many payees have customers inside and outside, if that is enough."""
    problems, counts = [], []
    for side, place in ((is_inside, "inside"), (~is_inside, "outside")):
        count = np.unique(payee[side]).size
        counts.append(count)
        if count < FEWEST_PAYEES:
            found = f"{int(side.sum())} customers of {count} payees had the whole time"
            remedy = f"at least {FEWEST_PAYEES} payees are needed: wait, or look ahead less"
            problems.append(Problem(place, found, remedy))
        elif np.ptp(value[side]) == 0:
            found = f"all {int(side.sum())} customers are alike"
            remedy = "look ahead further, until customers differ: alike they show no error"
            problems.append(Problem(place, found, remedy))
    if problems:
        raise WorthError("customers inside and outside cannot be compared", problems)
    return counts[0], counts[1]


def _cautions(left_out: int, days: float, fewest: int) -> tuple[Caution, ...]:
    found = []
    if left_out:
        sentence = (
            f"{left_out} customers were won less than {days:g} days ago and are left out."
        )
        found.append(Caution("still_maturing", sentence))
    if fewest < FEW_PAYEES:
        sentence = (
            f"One side has customers of {fewest} payees only; below {FEW_PAYEES} the "
            "interval holds the truth less often than it says."
        )
        found.append(Caution("few_payees", sentence))
    return tuple(found)
