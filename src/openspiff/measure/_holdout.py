"""What did chance show? The treated against payees held out by lot (tier A)."""

from __future__ import annotations

from typing import Final

import attrs
import numpy as np

from openspiff.errors import Problem

from ._error_codes import NothingMeasuredError
from ._fitted import estimate_of
from ._least_squares import (
    Design,
    Errors,
    Flags,
    Floats,
    Integers,
    choose_errors,
    dummies,
    make_design,
)
from ._redraw import MOST_UNITS, Redraw, Redrawn, redraw_assignment
from ._sums import Sums, codes_of, require_flags, require_sides, require_sound
from ._types import Caution, Estimate, MeasureError

REDRAW: Final = Redraw()
"""9,999 draws, for the p-value only."""


@attrs.frozen(kw_only=True, eq=False)
class Arms:
    """The active payees (n) of both sides, and the regression on their assignment.

    `kept` marks them among all that were given. `units` and `strata` are codes.
    """

    kept: Flags
    sums: Sums
    is_treated: Flags
    units: Integers
    strata: Integers
    nuisance: Floats
    design: Design

    @property
    def mixed_count(self) -> int:
        """Return how many units have payees on both sides."""
        treated = np.bincount(self.units, weights=self.is_treated)
        return int(((treated > 0) & (treated < np.bincount(self.units))).sum())

    def redrawn(self, y: Floats, *, seed: int, redraw: Redraw | None) -> Redrawn | None:
        """Re-draw the assignment for an outcome (n); None beyond 200 units.

        With an interval asked for, any number of units is re-drawn. Raises MeasureError
        then if whole units were not assigned.
        """
        if redraw is None:
            return None
        if self.mixed_count:
            if redraw.has_interval:
                raise _not_by_unit(self.mixed_count)
            return None
        if self.design.cluster_count > MOST_UNITS and not redraw.has_interval:
            return None
        return redraw_assignment(
            y,
            self.is_treated,
            self.nuisance,
            units=self.units,
            strata=self.strata,
            weights=self.sums.weeks,
            seed=seed,
            redraw=redraw,
        )

    def cautions(self) -> tuple[Caution, ...]:
        """Say what a reader must know of the assignment itself."""
        if not self.mixed_count:
            return ()
        sentence = (
            f"{self.mixed_count} units have payees on both sides, so these units are not "
            "what chance assigned; the assignment was not re-drawn."
        )
        return (Caution("mixed_units", sentence),)


def arms_of(
    during: Sums,
    is_treated: Flags,
    *,
    units: Integers,
    strata: Integers | None = None,
    before: Sums | None = None,
    errors: Errors | None = None,
) -> Arms:
    """Check what is compared and prepare the regression on the assignment.

    Raises MeasureError when a column is incomplete or impossible, nothing happened, or
    there are fewer than 5 payees or 2 units on a side.
    """
    require_flags(is_treated=is_treated)
    homes = np.zeros(is_treated.size, dtype=np.int64) if strata is None else strata
    require_sound(is_treated, units, homes, during=during, before=before)
    kept = during.weeks > 0
    sums, side, cluster = during.only(kept), is_treated[kept], codes_of(units[kept])
    require_sides(side, cluster, other="held out")
    home = codes_of(homes[kept])
    design = make_design(
        side.astype(np.float64),
        np.column_stack([dummies(home), _covariates(before, kept, is_centered=True)]),
        cluster=cluster,
        errors=choose_errors(side, cluster) if errors is None else errors,
        weights=sums.weeks / sums.weeks.mean(),
    )
    return Arms(
        kept=kept,
        sums=sums,
        is_treated=side,
        units=cluster,
        strata=home,
        nuisance=np.column_stack(
            [dummies(home), _covariates(before, kept, is_centered=False)]
        ),
        design=design,
    )


def joint_fit(design: Design, outcomes: Floats) -> tuple[Floats, Floats]:
    """Return the focal coefficient of each outcome (n x m), and their covariance (m x m).

    Raises MeasureError with classical errors, which know no clusters.
    """
    if design.errors == "classical":
        problem = Problem("errors", "classical", "choose CR1 or CR2")
        raise MeasureError("a joint covariance is taken by clusters", [problem])
    root = np.ones(outcomes.shape[0]) if design.root is None else design.root
    weighted = outcomes * root[:, None]
    loads = design.basis.T @ weighted
    residual = weighted - design.basis @ loads
    scores = np.zeros((design.cluster_count, outcomes.shape[1]))
    np.add.at(scores, design.cluster, design.carrier[:, None] * residual)
    length = design.length
    return loads[0] / length, design.scale * (scores.T @ scores) / length**2


def holdout_comparison(  # noqa: PLR0913 (each is one column or one choice)
    during: Sums,
    is_treated: Flags,
    *,
    units: Integers,
    strata: Integers | None = None,
    before: Sums | None = None,
    errors: Errors | None = None,
    seed: int = 0,
    redraw: Redraw | None = REDRAW,
    name: str = "gross",
    unit: str = "units per payee-week",
) -> Estimate:
    """Estimate the lift per payee and week by comparing with the holdout.

    Regresses the rate during the span on the assignment, the rate `before` it and one
    level per stratum (n each), weighted by active weeks: analysis of covariance by
    intention to treat. Errors are clustered by `units`, what chance assigned: CR2 where
    they are few, else CR1 (`errors` overrules). Up to 200 units, `p_value` re-draws the
    assignment by `seed` as `redraw` says (None: not at all); with `has_interval` the
    interval holds the lifts, the same for everyone, that re-drawing does not reject.
    Payees without an active week during the span are left out.
    Raises MeasureError when a column is incomplete or impossible, every outcome is zero,
    or there are fewer than 5 payees or 2 units on a side.
    Fisher (1932); Bell and McCaffrey (2002); Abadie, Athey, Imbens and Wooldridge (2023),
    Quarterly Journal of Economics 138(1), on clustering by the unit of assignment.
    """
    arms = arms_of(
        during, is_treated, units=units, strata=strata, before=before, errors=errors
    )
    require_outcome(arms.sums)
    rate = arms.sums.rate
    redrawn = arms.redrawn(rate, seed=seed, redraw=redraw)
    found = estimate_of(
        arms.design.fit(rate),
        name=name,
        method="randomized holdout, covariance-adjusted",
        tier="A",
        unit=unit,
        unit_count=int(rate.size),
        p_value=None if redrawn is None else redrawn.p_value(),
    )
    found = attrs.evolve(found, warnings=(*found.warnings, *arms.cautions()))
    if redrawn is None or redraw is None or not redraw.has_interval:
        return found
    return _with_redrawn_ends(found, redrawn)


def require_outcome(sums: Sums) -> None:
    """Raise MeasureError when no payee (n) has anything but zero."""
    if not sums.total.any():
        text = f"all {sums.total.size} active payees have zero"
        remedy = "check kind, products and revenue types against the events imported"
        message = "every outcome is zero, so there is nothing to compare"
        raise NothingMeasuredError(message, [Problem("outcome", text, remedy)])


def _with_redrawn_ends(found: Estimate, redrawn: Redrawn) -> Estimate:
    """Return the estimate with the interval of lifts that re-drawing does not reject."""
    ends = redrawn.ends(found.value, found.standard_error or 0.0)
    method = f"{found.method}; interval by re-drawing"
    if ends is not None:
        return attrs.evolve(found, low=ends[0], high=ends[1], method=method)
    sentence = (
        f"There are {redrawn.tops.shape[0]} ways to draw these units, too few to reject "
        "any lift, however large."
    )
    cautions = (*found.warnings, Caution("unbounded", sentence))
    return attrs.evolve(
        found, low=None, high=None, shape="everything", method=method, warnings=cautions
    )


def _not_by_unit(count: int) -> MeasureError:
    remedy = "give as units what was drawn: the payees themselves, or whole firms"
    problem = Problem("units", f"{count} units have payees on both sides", remedy)
    return MeasureError("units that were not assigned whole cannot be re-drawn", [problem])


def _covariates(before: Sums | None, kept: Flags, *, is_centered: bool) -> Floats:
    """Return the rate before (n) and, where some payees had none, who they are.

    Centered, the level of the rates is taken off, which strata and who was absent hold
    already: beside it the differences between payees, which the adjustment is made of,
    may be too small to be told from rounding.
    """
    if before is None:
        return np.zeros((int(kept.sum()), 0))
    sums = before.only(kept)
    absent = (sums.weeks <= 0).astype(np.float64)
    rates = np.column_stack([sums.rate])
    if is_centered and not absent.all():
        rates = rates - np.outer(1.0 - absent, rates[absent == 0].mean(axis=0))
    return np.column_stack([rates, absent] if absent.any() else [rates])
