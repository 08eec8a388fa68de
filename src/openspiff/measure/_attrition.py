"""What can still be said when more payees left on one side than on the other?"""

from __future__ import annotations

from typing import Final

import attrs
import numpy as np
from scipy.special import stdtr, stdtrit

from openspiff.errors import Problem

from ._error_codes import NoVariationError
from ._holdout import require_outcome
from ._least_squares import ROUNDING, Flags, Floats, Integers, critical_value
from ._sums import Sums, codes_of, require_flags, require_sides, require_sound
from ._types import LEVEL, Caution, Estimate, MeasureError

_TINY: Final = 1e-9


@attrs.frozen(kw_only=True)
class EffectBounds:
    """The lowest and the highest lift that the payees who left may hide.

    `low` and `high` hold the lift itself (not both bounds) in 95 of 100 worlds.
    `stayed_treated_share` and `stayed_holdout_share` say how many were left to compare.
    """

    lower: Estimate
    upper: Estimate
    low: float
    high: float
    stayed_treated_share: float
    stayed_holdout_share: float
    caution: Caution


def attrition_bounds(
    during: Sums,
    is_treated: Flags,
    is_stayer: Flags,
    *,
    units: Integers,
    strata: Integers | None = None,
    name: str = "gross",
    unit: str = "units per payee-week",
) -> EffectBounds:
    """Bound the lift for those who would have stayed on either side, by trimming.

    The side that kept more payees is cut to the share that the other side kept, once from
    above and once from below. Rates are those of the stayers (n flags), one weight a
    payee, made alike over `strata`; errors are clustered by `units`. Needs that the
    program made payees stay only, or made payees leave only.
    Raises MeasureError when the same share stayed on both sides (the bounds collapse: the
    plain comparison needs none), nobody stayed on a side, or strata show that the program
    made some stay and others leave.
    Lee (2009), Review of Economic Studies 76(3); Imbens and Manski (2004), Econometrica
    72(6), for the interval of the lift.
    """
    sides = _sides_of(during, is_treated, is_stayer, units=units, strata=strata)
    stayed = sides.shares(is_stayer)
    if abs(stayed[0] - stayed[1]) <= _TINY:
        remedy = "give the plain comparison of the holdout: nothing has to be trimmed"
        text = f"{stayed[0]:.1%} stayed on both sides"
        problem = Problem("attrition", text, remedy)
        raise MeasureError("attrition is equal, so the bounds collapse into one", [problem])
    _require_one_direction(sides, is_stayer)
    is_more = is_treated if stayed[0] > stayed[1] else ~is_treated
    rate = np.where(is_stayer, during.rate, 0.0)
    trimmed = _trimmed(sides, rate, is_stayer, is_more, share=min(stayed))
    sign = 1.0 if stayed[0] > stayed[1] else -1.0
    whole = _stayers_mean(sides, rate, is_stayer, ~is_more)
    ends = [
        (sign * (value - whole[0]), sign * (influence - whole[1]))
        for value, influence in trimmed
    ]
    ends.sort(key=lambda end: end[0])
    text = (
        f"{stayed[0]:.1%} of the treated and {stayed[1]:.1%} of the held out stayed, so "
        "payees who stayed on one side alone may explain part of the difference: the lift "
        f"for those who stay anyway lies between {ends[0][0]:.3g} and {ends[1][0]:.3g}."
    )
    return _bounds(
        sides, ends, stayed, Caution("attrition", text), "trimming bounds", name, unit
    )


def worst_case_bounds(  # noqa: PLR0913 (each is one column, one end or one name)
    during: Sums,
    is_treated: Flags,
    is_stayer: Flags,
    *,
    units: Integers,
    lowest: float,
    highest: float,
    strata: Integers | None = None,
    name: str = "gross",
    unit: str = "units per payee-week",
) -> EffectBounds:
    """Bound the lift for all payees, whatever those who left would have done.

    A payee who left may have had any rate from `lowest` to `highest`; nothing is taken
    for granted of who leaves and why. Other arguments as in `attrition_bounds`.
    Raises MeasureError when nobody left, the ends are no range, or a stayer's rate is
    outside them.
    Manski (1990), American Economic Review 80(2); Horowitz and Manski (2000), Journal of
    the American Statistical Association 95(449); Imbens and Manski (2004).
    """
    sides = _sides_of(during, is_treated, is_stayer, units=units, strata=strata)
    stayed = sides.shares(is_stayer)
    if is_stayer.all():
        remedy = "give the plain comparison of the holdout"
        problem = Problem("attrition", "every payee stayed", remedy)
        raise MeasureError("nobody left, so there is nothing to bound", [problem])
    rate = during.rate
    inside = rate[is_stayer]
    if not lowest < highest or inside.min() < lowest or inside.max() > highest:
        text = (
            f"rates from {inside.min():.3g} to {inside.max():.3g} against ends "
            f"{lowest:.3g} and {highest:.3g}"
        )
        remedy = "give the lowest and the highest rate that a payee can have"
        problem = Problem("lowest, highest", text, remedy)
        raise MeasureError("the ends do not hold every rate", [problem])
    ends = []
    for of_treated, of_others in ((lowest, highest), (highest, lowest)):
        filled = np.where(is_stayer, rate, np.where(is_treated, of_treated, of_others))
        first, second = (sides.mean(filled, side) for side in (is_treated, ~is_treated))
        ends.append((first[0] - second[0], first[1] - second[1]))
    text = (
        f"{1 - stayed[0]:.1%} of the treated and {1 - stayed[1]:.1%} of the held out left; "
        f"if they could have had any rate from {lowest:.3g} to {highest:.3g}, the lift "
        f"lies between {ends[0][0]:.3g} and {ends[1][0]:.3g}."
    )
    return _bounds(
        sides, ends, stayed, Caution("attrition", text), "worst-case bounds", name, unit
    )


@attrs.frozen(kw_only=True, eq=False)
class _Sides:
    """Payees (n) weighted so that either side has the mix of strata of all.

    `size` is the largest rate without its sign: what rounding is measured against.
    """

    is_treated: Flags
    units: Integers
    strata: Integers
    weights: Floats
    size: float

    def mean(self, y: Floats, side: Flags) -> tuple[float, Floats]:
        """Return the weighted mean of y (n) on a side and each payee's influence (n)."""
        weights = np.where(side, self.weights, 0.0)
        weights = weights / weights.sum()
        value = float(weights @ y)
        return value, weights * (y - value)

    def shares(self, flags: Flags) -> tuple[float, float]:
        """Return the shares flagged (n) among the treated and among the held out."""
        flagged = flags.astype(np.float64)
        return self.mean(flagged, self.is_treated)[0], self.mean(flagged, ~self.is_treated)[
            0
        ]

    def standard_error(self, influence: Floats) -> float:
        """Return the root of the squared influence by unit, corrected for their number."""
        by_unit = np.bincount(self.units, weights=influence)
        count = by_unit.size
        return float(np.sqrt(by_unit @ by_unit * count / (count - 1)))

    @property
    def degrees_of_freedom(self) -> float:
        """Return the units of the smaller side less one, which errs on the wide side."""
        sides = (self.is_treated, ~self.is_treated)
        return min(np.unique(self.units[side]).size for side in sides) - 1.0


def _sides_of(
    during: Sums,
    is_treated: Flags,
    is_stayer: Flags,
    *,
    units: Integers,
    strata: Integers | None,
) -> _Sides:
    require_flags(is_treated=is_treated, is_stayer=is_stayer)
    homes = np.zeros(is_treated.size, dtype=np.int64) if strata is None else strata
    require_sound(is_treated, is_stayer, units, homes, during=during)
    require_sides(is_treated, codes_of(units), other="held out")
    silent = int((is_stayer & (during.weeks <= 0)).sum())
    stayers = [int((is_stayer & side).sum()) for side in (is_treated, ~is_treated)]
    if silent or not min(stayers):
        text = f"{stayers[0]} treated and {stayers[1]} held out stayed, {silent} of no week"
        remedy = "call those stayers who were active to the end of the span"
        problem = Problem("is_stayer", text, remedy)
        raise MeasureError(
            "stayers of both sides, with active weeks, are needed", [problem]
        )
    require_outcome(during.only(is_stayer))
    home = codes_of(homes)
    whole = np.bincount(home)
    treated = np.bincount(home, weights=is_treated)
    lonely = int(((treated == 0) | (treated == whole)).sum())
    if lonely:
        remedy = "join each of them with a stratum that has both sides"
        problem = Problem("strata", f"{lonely} strata have one side only", remedy)
        raise MeasureError("a stratum has treated or held-out payees only", [problem])
    share = np.where(is_treated, treated[home], (whole - treated)[home]) / whole[home]
    return _Sides(
        is_treated=is_treated,
        units=codes_of(units),
        strata=home,
        weights=1.0 / share,
        size=float(np.abs(during.rate).max()),
    )


def _trimmed(
    sides: _Sides, rate: Floats, is_stayer: Flags, is_more: Flags, *, share: float
) -> list[tuple[float, Floats]]:
    """Return mean and influence (n) of the stayers kept, cut from above and from below.

    With the quantile c, the mean of the kept is c + mean(min(rate - c, 0)) / share, which
    splits payees who stand at c by itself; the influence is Lee's, clustered later.
    """
    weights = np.where(is_stayer & is_more, sides.weights, 0.0)
    weights = weights / np.where(is_more, sides.weights, 0.0).sum()
    other_share, drift = sides.mean(is_stayer.astype(np.float64), ~is_more)
    found = []
    for sign in (1.0, -1.0):
        order = np.argsort(sign * rate, kind="stable")
        order = order[weights[order] > 0]
        reached = np.cumsum(weights[order])
        place = int(np.searchsorted(reached, share - _TINY))
        cut = float(rate[order[min(place, order.size - 1)]])
        below = np.where(is_stayer, sign * np.minimum(sign * (rate - cut), 0.0), 0.0)
        mean, spread = sides.mean(below, is_more)
        value = cut + mean / other_share
        found.append((value, spread / other_share + (cut - value) / other_share * drift))
    return found


def _stayers_mean(
    sides: _Sides, rate: Floats, is_stayer: Flags, side: Flags
) -> tuple[float, Floats]:
    """Return the mean of a side's stayers and each payee's influence (n)."""
    flagged = is_stayer.astype(np.float64)
    share = sides.mean(flagged, side)[0]
    value = sides.mean(rate * flagged, side)[0] / share
    return value, sides.mean(flagged * (rate - value), side)[1] / share


def _require_one_direction(sides: _Sides, is_stayer: Flags) -> None:
    """Raise MeasureError when strata differ in whether the program made payees stay."""
    flagged = is_stayer.astype(np.float64)
    count = int(sides.strata.max()) + 1
    chance = (1 - LEVEL) / 2 / count  # so many looks, one error in twenty in all
    apart = []
    for one in range(count):
        here = sides.strata == one
        arms = (here & sides.is_treated, here & ~sides.is_treated)
        fewest = min(np.unique(sides.units[arm]).size for arm in arms)
        first, second = (sides.mean(flagged, arm) for arm in arms)
        error = sides.standard_error(first[1] - second[1])
        if fewest > 1 and error > 0:
            strength = (first[0] - second[0]) / error
            apart.append(strength / float(stdtrit(fewest - 1.0, 1 - chance)))
    if apart and min(apart) < -1 and max(apart) > 1:
        text = "in one stratum more of the treated stayed, in another fewer"
        remedy = "give worst-case bounds, or the bounds of each stratum by itself"
        message = "the program made some payees stay and others leave"
        raise MeasureError(message, [Problem("strata", text, remedy)])


def _bounds(
    sides: _Sides,
    ends: list[tuple[float, Floats]],
    stayed: tuple[float, float],
    caution: Caution,
    method: str,
    name: str,
    unit: str,
) -> EffectBounds:
    errors = [sides.standard_error(influence) for _, influence in ends]
    freedom = sides.degrees_of_freedom
    if min(errors) <= ROUNDING * sides.size:
        remedy = "measure a longer window, a broader behavior or more payees"
        problem = Problem("outcome", "the rates of the stayers do not vary", remedy)
        raise NoVariationError("there is too little to estimate an error from", [problem])
    reach = critical_value(freedom)
    lower, upper = (
        Estimate(
            name=f"{name}, {side} bound",
            value=value,
            standard_error=error,
            low=value - reach * error,
            high=value + reach * error,
            method=f"randomized holdout, {method}",
            tier="A",
            unit=unit,
            unit_count=int(sides.is_treated.size),
            cluster_count=int(sides.units.max()) + 1,
            degrees_of_freedom=freedom,
            warnings=(caution,),
        )
        for side, (value, _), error in zip(("lower", "upper"), ends, errors, strict=True)
    )
    part = _reach_of_one(upper.value - lower.value, max(errors), freedom)
    return EffectBounds(
        lower=lower,
        upper=upper,
        low=lower.value - part * errors[0],
        high=upper.value + part * errors[1],
        stayed_treated_share=stayed[0],
        stayed_holdout_share=stayed[1],
        caution=caution,
    )


def _reach_of_one(width: float, standard_error: float, freedom: float) -> float:
    """Return how many errors to add so that the interval holds one value in the bounds.

    Where the bounds are far apart it can be missed on one side only.
    Imbens and Manski (2004), Econometrica 72(6), with Student's t.
    """
    from scipy.optimize import brentq  # noqa: PLC0415 (slow to load, used here only)

    apart = width / standard_error

    def excess(reach: float) -> float:
        return float(stdtr(freedom, reach + apart) - stdtr(freedom, -reach)) - LEVEL

    return float(brentq(excess, 0.0, critical_value(freedom) + 1.0))
