"""What did the treated add over a span of periods, against one group of others?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import attrs
import numpy as np

from openspiff.errors import Problem
from openspiff.measure._cohorts._linear import Clusters
from openspiff.measure._cohorts._refusals import require_one_outcome
from openspiff.measure._cohorts._regression import Rows, fit_rows
from openspiff.measure._fitted import estimate_of
from openspiff.measure._least_squares import Errors, Floats, dummies
from openspiff.measure._moments import Moments
from openspiff.measure._sums import codes_of
from openspiff.measure._types import Caution, Estimate, MeasureError

_FROM_SUMS: Final = Caution(
    "error_from_sums",
    "The error is worked out from sums: with an adjustment for earlier periods it is right "
    "on average, but too large or too small in one program, by a few percent with many "
    "payees and by a quarter with a hundred whose sales are skewed. Keep each payee as a "
    "firm of its own, or compare the payees themselves, to have it exact.",
)


@attrs.frozen(kw_only=True)
class Sides:
    """Whose payees are compared, by the side of their cohorts."""

    treated: str = "treated"
    other: str = "held_out"


def holdout_effect(  # noqa: PLR0913 (each is one choice of the method)
    moments: Moments,
    during: Sequence[int],
    *,
    before: Sequence[Sequence[int]] = (),
    window_count: float | None = None,
    sides: Sides = Sides(),
    clusters: Clusters = "payee",
    errors: Errors | None = None,
    name: str = "gross",
    unit: str = "units per payee-period",
) -> Estimate:
    """Estimate the lift of one outcome over periods `during`, against a holdout.

    Regresses a payee's mean over its active periods on the assignment, one level per
    stratum, and its mean over each set of earlier periods in `before`, weighted by active
    periods: analysis of covariance by intention to treat. A payee absent from such a set
    has its own level. With `window_count` the sum over `during` is spread over so many
    periods. Errors as in `fit_rows`; a caution says where they are near, not exact: the
    robust error of an adjusted comparison takes more than sums of products.
    Raises MeasureError with fewer than 5 payees or 2 clusters on a side.
    Fisher (1932); Deng, Xu, Kohavi and Walker (2013), WSDM (CUPED); Lin (2013), Annals of
    Applied Statistics 7(1).
    """
    kept, treated = _sides(moments, sides)
    strata = np.array([one.stratum for one in kept.cohorts])
    now, active = _means(kept, during)
    parts = [_means(kept, one) for one in before]
    absent = [(seen == 0).astype(np.float64) for _, seen in parts]
    constants = [treated, dummies(codes_of(strata)), *(one for one in absent if one.any())]
    outcome = now * (1.0 if window_count is None else len(during) / window_count)
    rows = Rows(
        moments=kept,
        constants=np.column_stack(constants),
        varying=np.stack([*(one for one, _ in parts), outcome], axis=1),
        weight=active,
    )
    fit = fit_rows(rows, clusters=clusters, errors=errors)
    found = estimate_of(
        fit,
        name=name,
        method=f"randomized holdout, covariance-adjusted, by {clusters}",
        tier="A",
        unit=unit,
        unit_count=int(kept.count[active > 0].sum()),
    )
    if before and fit.errors != "classical" and not _has_single_firms(kept, clusters):
        return attrs.evolve(found, warnings=(*found.warnings, _FROM_SUMS))
    return found


def difference_effect(  # noqa: PLR0913 (each is one choice of the method)
    moments: Moments,
    during: Sequence[int],
    *,
    baseline: Sequence[int],
    window_count: float | None = None,
    sides: Sides = Sides(other="ineligible"),
    clusters: Clusters = "firm",
    errors: Errors | None = None,
    name: str = "gross",
    unit: str = "units per payee-period",
) -> Estimate:
    """Estimate the lift of one outcome as the change since a baseline beyond the others'.

    Compares a payee's mean over its active periods of `during` with that of `baseline`;
    who was in only one of the two is left out. With `window_count` the change, summed over
    `during`, is spread over so many periods. Errors as in `fit_rows`.
    Raises MeasureError with fewer than 5 payees or 2 clusters on a side.
    Card and Krueger (1994), American Economic Review 84(4); Bertrand, Duflo and
    Mullainathan (2004), Quarterly Journal of Economics 119(1).
    """
    kept, treated = _sides(moments, sides)
    now, now_count = _means(kept, during)
    then, then_count = _means(kept, baseline)
    scale = 1.0 if window_count is None else len(during) / window_count
    both = (now_count > 0) & (then_count > 0)
    weight = 1.0 / (1.0 / np.maximum(now_count, 1) + 1.0 / np.maximum(then_count, 1))
    rows = Rows(
        moments=kept,
        constants=np.column_stack([treated, np.ones_like(treated)]),
        varying=((now - then) * scale)[:, None, :],
        weight=np.where(both, weight, 0.0),
    )
    return estimate_of(
        fit_rows(rows, clusters=clusters, errors=errors),
        name=name,
        method=f"difference in differences with the {sides.other}, by {clusters}",
        tier="B",
        unit=unit,
        unit_count=int(kept.count[both].sum()),
    )


@attrs.frozen(kw_only=True)
class Timeline:
    """The numbers of the periods of each part of the path.

    Raises MeasureError when the window has none.
    """

    announcement: tuple[int, ...]
    window: tuple[int, ...]
    horizon: tuple[int, ...]

    def __attrs_post_init__(self) -> None:
        """Refuse a path without a window."""
        if not self.window:
            remedy = "give the periods in which the program ran"
            raise MeasureError(
                "a path needs a window", [Problem("window", "no period", remedy)]
            )

    def parts(self) -> dict[str, tuple[int, ...]]:
        """Return the periods behind each effect; those without periods are left out."""
        whole = {
            "gross": self.window,
            "hold-back": self.announcement,
            "dip": self.horizon,
            "net": (*self.announcement, *self.window, *self.horizon),
        }
        return {name: periods for name, periods in whole.items() if periods}


def timeline_effects(
    timeline: Timeline, effect: Callable[[Sequence[int], int, str], Estimate]
) -> tuple[Estimate, ...]:
    """Return gross, hold-back, dip and net, each per payee and period of the window.

    `effect` estimates the periods it is given, spread over so many, under a name: call
    `holdout_effect` or `difference_effect` in it. With payees active throughout, the first
    three add up to net.
    """
    count = len(timeline.window)
    return tuple(effect(periods, count, name) for name, periods in timeline.parts().items())


def _has_single_firms(moments: Moments, clusters: Clusters) -> bool:
    """Tell whether the sums by firm that are asked for hold every payee on its own."""
    firms = moments.firms
    return clusters == "firm" and firms is not None and bool((firms.count == 1).all())


def _sides(moments: Moments, sides: Sides) -> tuple[Moments, Floats]:
    """Return the moments of both sides and who of them was treated (C, 1 or 0)."""
    require_one_outcome(moments)
    kept = moments.only(sides.treated, sides.other)
    treated = np.array([one.side == sides.treated for one in kept.cohorts], np.float64)
    return kept, treated


def _means(moments: Moments, periods: Sequence[int]) -> tuple[Floats, Floats]:
    """Return what makes a path a mean over active periods (C x T), and their count (C).

    Raises MeasureError when a period is not among those kept.
    """
    size = len(moments.periods)
    if not periods or min(periods) < 0 or max(periods) >= size:
        remedy = f"give numbers from 0 to {size - 1}"
        found = ", ".join(str(one) for one in periods) or "none"
        raise MeasureError(
            "these periods were not kept", [Problem("periods", found, remedy)]
        )
    wanted = np.isin(np.arange(size), np.asarray(periods)) & moments.is_active
    count = wanted.sum(axis=1).astype(np.float64)
    return wanted / np.maximum(count, 1.0)[:, None], count
