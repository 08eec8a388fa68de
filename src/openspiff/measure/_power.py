"""How small a lift can a holdout show, and can it show what is left after the dip?"""

from __future__ import annotations

import math
from typing import Final

import attrs
import numpy as np
from scipy.special import nctdtr, nctdtrinc

from openspiff.errors import Problem

from ._least_squares import Floats, critical_value
from ._types import Caution, MeasureError

WANTED_POWER: Final = 0.8
FEWEST_CLUSTERS: Final = 8
"""With fewer clusters on a side the formula promises more than happens."""

_FEWEST_WEEKS: Final = 4
_WEAK: Final = 0.5
_TRIED: Final = np.linspace(0.0, 0.98, 99)


@attrs.frozen(kw_only=True)
class Variation:
    """How the weekly outcome of payees varies: its mean, and variances that add up.

    `firm` and `payee` last: between firms, and between the payees of one. `firm_week` and
    `payee_week` change from week to week, with `autocorrelation` from one to the next.
    """

    mean: float
    firm: float
    payee: float
    firm_week: float
    payee_week: float
    autocorrelation: float


@attrs.frozen(kw_only=True)
class HoldoutPlan:
    """A holdout as planned; weeks follow each other from baseline to horizon.

    Chance assigns whole firms (`is_by_firm`) or single payees. `firm_size_variation` is
    the standard deviation of payees per firm over their mean.
    """

    payee_count: int
    firm_count: int
    held_out_share: float
    is_by_firm: bool
    baseline_weeks: int
    window_weeks: int
    announcement_weeks: int = 0
    horizon_weeks: int = 0
    firm_size_variation: float = 0.0


@attrs.frozen(kw_only=True)
class Detectable:
    """What an estimate of one effect will be able to show.

    `minimum_lift` (per payee and week of the window) is found in `WANTED_POWER` of all
    programs that have it; `minimum_share` is the same over the mean, None where that is
    not above zero. `power` is the chance to find the lift that is expected.
    """

    minimum_lift: float
    minimum_share: float | None
    standard_error: float
    degrees_of_freedom: float
    power: float


@attrs.frozen(kw_only=True)
class Power:
    """What a plan can show of the gross and of the net effect, and of which lift."""

    gross: Detectable
    net: Detectable
    expected_lift: float
    warnings: tuple[Caution, ...]


def holdout_power(
    plan: HoldoutPlan, variation: Variation, *, expected_lift: float | None = None
) -> Power:
    """Return the smallest lift that a holdout shows, gross and net, at 5% and 80%.

    Of the comparison of rates that is adjusted for the baseline's and clustered by what
    chance assigns. The net effect spreads the sum from announcement to horizon over the
    weeks of the window, so more noise for the same lift. `expected_lift` is per payee and
    week of the window, by default the smallest that the gross effect shows.
    Raises MeasureError when a side has fewer than 8 clusters, for which the formula does
    not hold, and for numbers that describe no plan.
    Bloom (1995), Evaluation Review 19(5); McKenzie (2012), Journal of Development
    Economics 99(2), on the baseline; Burlig, Preonas and Woerman (2020), Journal of
    Development Economics 144, on serial correlation.
    """
    sides = _require(plan, variation, expected_lift)
    size = plan.payee_count / plan.firm_count if plan.is_by_firm else 1.0
    found = {}
    for effect in ("gross", "net"):
        shared, own = _residual_variances(plan, variation, net=effect == "net")
        uneven = 1 + plan.firm_size_variation**2 if plan.is_by_firm else 1.0
        each = np.array([(shared * uneven + own / size) / count for count in sides])
        error = math.sqrt(each.sum())
        # Welch's, which the few-cluster errors of the comparison approach as well.
        freedom = float(each.sum() ** 2 / (each**2 / (np.array(sides) - 1)).sum())
        found[effect] = error, freedom
    error, freedom = found["gross"]
    lift = _multiplier(freedom) * error if expected_lift is None else expected_lift
    gross, net = (
        _detectable(*found[effect], lift, variation.mean) for effect in ("gross", "net")
    )
    cautions: tuple[Caution, ...] = ()
    if net.power < _WEAK:
        sentence = (
            f"A lift of {lift:.3g} that lasts would be found net of what moved in time in "
            f"only {net.power:.0%} of such programs: more payees, or a shorter horizon, "
            "or be content with the gross effect."
        )
        cautions = (Caution("weak_net_power", sentence),)
    return Power(gross=gross, net=net, expected_lift=lift, warnings=cautions)


def variation_from_moments(
    total: Floats, products: Floats, *, firm_totals: Floats, firm_sizes: Floats
) -> Variation:
    """Learn the variation of payees over T weeks before the program from sums.

    `total` (T) and `products` (T x T) are the sums over payees of y and of y y', y being a
    payee's outcome by week, zeros included; `firm_totals` (J x T) and `firm_sizes` (J) are
    the sums of y and the payees of every firm. Covariances are averaged by lag and fitted
    by a part that lasts and a part that fades.
    Raises MeasureError with fewer than 4 weeks or 2 firms, or when nothing varies.
    Searle, Casella and McCulloch (1992), Variance Components, chapter 3, on moments.
    """
    _require_moments(total, products, firm_totals, firm_sizes)
    count = float(firm_sizes.sum())
    mean = total / count
    centered = firm_totals - firm_sizes[:, None] * mean
    between = centered.T @ centered * (firm_sizes.size / (firm_sizes.size - 1))
    # The mean was estimated too: what it took from the spread is given back.
    spread = products / count - np.outer(mean, mean) + between / count**2
    pairs = float((firm_sizes * (firm_sizes - 1)).sum())
    shared = (between - count * spread) / pairs if pairs else np.zeros(products.shape)
    lag = np.abs(np.subtract.outer(np.arange(mean.size), np.arange(mean.size)))
    fits = [_lasting_and_fading(spread, rho**lag) for rho in _TRIED]
    best = int(np.argmin([misfit for _, _, misfit in fits]))
    lasting, fading = (max(part, 0.0) for part in fits[best][:2])
    firm, firm_week, _ = _lasting_and_fading(shared, _TRIED[best] ** lag)
    firm = min(max(firm, 0.0), lasting)
    firm_week = min(max(firm_week, 0.0), fading)
    if lasting + fading <= 0:
        raise MeasureError("nothing can be planned from these weeks", [_NOTHING_VARIES])
    return Variation(
        mean=float(mean.mean()),
        firm=firm,
        payee=lasting - firm,
        firm_week=firm_week,
        payee_week=fading - firm_week,
        autocorrelation=float(_TRIED[best]),
    )


_NOTHING_VARIES: Final = Problem(
    "outcome",
    "it does not vary between payees or weeks",
    "choose weeks or a behavior in which something happened",
)


def _lasting_and_fading(covariance: Floats, fading: Floats) -> tuple[float, float, float]:
    """Fit covariance (T x T) = lasting + x fading by least squares; return the misfit."""
    center = fading - fading.mean()
    slope = float((center * covariance).sum() / (center**2).sum())
    lasting = float(covariance.mean() - slope * fading.mean())
    misfit = float(((covariance - lasting - slope * fading) ** 2).sum())
    return lasting, slope, misfit


def _residual_variances(
    plan: HoldoutPlan, variation: Variation, *, net: bool
) -> tuple[float, float]:
    """Return what a firm shares and what a payee adds of the variance after adjustment."""
    parts = (
        plan.baseline_weeks,
        plan.announcement_weeks,
        plan.window_weeks,
        plan.horizon_weeks,
    )
    part = np.repeat(np.arange(4), parts)
    counted = part > 0 if net else part == 2  # noqa: PLR2004 (the window)
    focal = counted / plan.window_weeks
    week = np.arange(part.size)
    fading = variation.autocorrelation ** np.abs(np.subtract.outer(week, week))
    lasting = variation.firm + variation.payee
    passing = variation.firm_week + variation.payee_week
    if plan.baseline_weeks:
        before = (part == 0) / plan.baseline_weeks
        whole = lasting + passing * fading
        focal = focal - before * (focal @ whole @ before) / (before @ whole @ before)
    kept, passed = float(focal.sum()) ** 2, float(focal @ fading @ focal)
    shared = variation.firm * kept + variation.firm_week * passed
    own = variation.payee * kept + variation.payee_week * passed
    return shared, own


def _multiplier(freedom: float) -> float:
    """Return how many errors away a lift must be to be found as often as wanted."""
    return float(nctdtrinc(freedom, 1 - WANTED_POWER, critical_value(freedom)))


def _detectable(error: float, freedom: float, lift: float, mean: float) -> Detectable:
    critical, away = critical_value(freedom), abs(lift) / error
    minimum = _multiplier(freedom) * error
    return Detectable(
        minimum_lift=minimum,
        minimum_share=minimum / mean if mean > 0 else None,
        standard_error=error,
        degrees_of_freedom=freedom,
        power=float(1 - nctdtr(freedom, away, critical) + nctdtr(freedom, away, -critical)),
    )


def _require(
    plan: HoldoutPlan, variation: Variation, expected_lift: float | None
) -> tuple[int, int]:
    """Return the clusters treated and held out; raise MeasureError with all problems."""
    problems = []
    variances = attrs.astuple(variation)[1:5]
    if not (all(0 <= one < math.inf for one in variances) and sum(variances) > 0):
        remedy = "give variances from 0 upward, not all of them 0"
        problems.append(Problem("variation", f"{variances}", remedy))
    if not 0 <= variation.autocorrelation < 1:
        remedy = "give a number from 0 to below 1"
        text = f"{variation.autocorrelation}"
        problems.append(Problem("variation.autocorrelation", text, remedy))
    after = (plan.announcement_weeks, plan.horizon_weeks, plan.baseline_weeks)
    if plan.window_weeks < 1 or min(after) < 0:
        remedy = "give a window of one week or more, and other weeks from 0 upward"
        problems.append(Problem("plan", "weeks that are none", remedy))
    if not 1 <= plan.firm_count <= plan.payee_count or plan.firm_size_variation < 0:
        remedy = "give at least one firm, and no more firms than payees"
        text = f"{plan.payee_count} payees in {plan.firm_count} firms"
        problems.append(Problem("plan", text, remedy))
    if expected_lift is not None and not math.isfinite(expected_lift):
        remedy = "give the lift per payee and week of the window, or leave it out"
        problems.append(Problem("expected_lift", f"{expected_lift}", remedy))
    clusters = plan.firm_count if plan.is_by_firm else plan.payee_count
    held_out = round(plan.held_out_share * clusters) if 0 < plan.held_out_share < 1 else 0
    if min(held_out, clusters - held_out) < FEWEST_CLUSTERS:
        remedy = "plan by simulation, assign single payees, or hold out more"
        what = "firms" if plan.is_by_firm else "payees"
        text = (
            f"{clusters - held_out} treated and {held_out} held-out {what}; "
            f"the formula needs {FEWEST_CLUSTERS} on each side"
        )
        problems.append(Problem("plan.held_out_share", text, remedy))
    if problems:
        raise MeasureError("the power of this plan cannot be told by formula", problems)
    return clusters - held_out, held_out


def _require_moments(
    total: Floats, products: Floats, firm_totals: Floats, firm_sizes: Floats
) -> None:
    problems, weeks = [], total.size
    shapes = (products.shape, firm_totals.shape)
    if shapes != ((weeks, weeks), (firm_sizes.size, weeks)):
        remedy = "give sums of the same weeks and firms"
        problems.append(Problem("moments", f"shapes {shapes}, {weeks} weeks", remedy))
    if weeks < _FEWEST_WEEKS or firm_sizes.size < 2:  # noqa: PLR2004 (one has no spread)
        remedy = f"take {_FEWEST_WEEKS} weeks or more and two firms or more"
        text = f"{weeks} weeks of {firm_sizes.size} firms"
        problems.append(Problem("moments", text, remedy))
    numbers = (total, products, firm_totals, firm_sizes)
    if not all(np.isfinite(one).all() for one in numbers) or (firm_sizes < 1).any():
        remedy = "give finite sums, and at least one payee for every firm"
        problems.append(Problem("moments", "a number is missing or infinite", remedy))
    if problems:
        raise MeasureError("nothing can be planned from these weeks", problems)
