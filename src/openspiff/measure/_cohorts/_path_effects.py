"""What moved into the window, what moved out of its neighbors, and what is left?"""

from __future__ import annotations

import attrs
import numpy as np

from openspiff.errors import Problem
from openspiff.measure._cohorts._imputation import METHOD, imputed
from openspiff.measure._cohorts._linear import (
    Clusters,
    Correction,
    Linear,
    Spread,
    estimates_of,
    spread_of,
)
from openspiff.measure._cohorts._refusals import require_cohorts, untreated_periods
from openspiff.measure._least_squares import Flags, Floats, Integers
from openspiff.measure._moments import NEVER, Moments
from openspiff.measure._types import Caution, Estimate, MeasureError


@attrs.frozen(kw_only=True)
class Phases:
    """How many periods a program is announced, runs, and is followed up afterwards.

    Raises MeasureError when the window is empty or a count is below zero.
    """

    announcement_count: int
    window_count: int
    horizon_count: int

    def __attrs_post_init__(self) -> None:
        """Refuse a path without a window."""
        counts = (self.announcement_count, self.window_count, self.horizon_count)
        if min(counts) < 0 or self.window_count < 1:
            remedy = "give at least one period of window, and none below zero"
            raise MeasureError(
                "a path needs a window", [Problem("phases", f"{counts}", remedy)]
            )

    @property
    def since(self) -> Integers:
        """Return the periods of the path (E), counted from the first of the window."""
        return np.arange(-self.announcement_count, self.window_count + self.horizon_count)

    @property
    def weights(self) -> tuple[tuple[str, ...], Floats]:
        """Return the names of the parts and what each period (parts x E) adds to them.

        Each is per period of the window, so that gross and its neighbors add up to net.
        """
        since = self.since
        rows = {
            "gross": (since >= 0) & (since < self.window_count),
            "hold-back": since < 0,
            "dip": since >= self.window_count,
        }
        kept = {name: row for name, row in rows.items() if row.any()}
        kept["net"] = np.ones_like(since, dtype=np.bool_)
        return tuple(kept), np.array(list(kept.values())) / self.window_count


@attrs.frozen(kw_only=True, eq=False)
class PathEffects:
    """Effects by period since the start (E), and their sums by part of the path.

    `parts` are gross, hold-back, dip (where there are such periods) and net, each per payee
    and period of the window.
    """

    since: Integers
    points: tuple[Estimate, ...]
    parts: tuple[Estimate, ...]
    linear: Linear
    spread: Spread

    def part(self, name: str) -> Estimate:
        """Return one part of the path. Raises KeyError when there is none of the name."""
        return {one.name: one for one in self.parts}[name]


def imputed_path(
    moments: Moments,
    phases: Phases,
    *,
    unit: str = "units per payee-period",
    clusters: Clusters = "payee",
    correction: Correction | None = None,
) -> PathEffects:
    """Estimate the path of the effect from announcement to horizon, by imputation.

    Cohorts start their window at their first treated period; those that were not seen
    through the whole path are left out, so that every period averages the same cohorts.
    Within them payees count where they were active. After its horizon a cohort does not
    serve as a comparison again.
    Raises MeasureError as `imputation` does, and when no cohort shows the whole path.
    Borusyak, Jaravel and Spiess (2024), Review of Economic Studies 91(6).
    """
    untreated = untreated_periods(moments, phases.announcement_count)
    require_cohorts(moments, untreated)
    is_whole = _whole(moments, phases)
    if not is_whole.any():
        raise _no_whole_path(phases)
    number = np.arange(len(moments.periods))
    since = number - moments.first_no[:, None]
    here = moments.is_active & is_whole[:, None]
    weights = (since == phases.since[:, None, None]) & here
    points = imputed(moments, weights.astype(np.float64), untreated)
    names, sums = phases.weights
    parts = points.through(sums)
    warnings = _cut(moments, is_whole)

    def tell(linear: Linear, spread: Spread, names: list[str]) -> tuple[Estimate, ...]:
        return estimates_of(
            linear,
            spread,
            names=names,
            method=METHOD,
            tier="B",
            unit=unit,
            warnings=warnings,
        )

    spread = spread_of(points, clusters=clusters, correction=correction)
    return PathEffects(
        since=phases.since,
        points=tell(points, spread, [f"{one:+d} periods" for one in phases.since.tolist()]),
        parts=tell(
            parts, spread_of(parts, clusters=clusters, correction=correction), list(names)
        ),
        linear=points,
        spread=spread,
    )


def _whole(moments: Moments, phases: Phases) -> Flags:
    """Return which cohorts (C) are observed from before announcement to horizon."""
    first = moments.first_no
    end = first + phases.window_count + phases.horizon_count
    whole: Flags = (first > phases.announcement_count) & (end <= len(moments.periods))
    return whole


def _cut(moments: Moments, is_whole: Flags) -> tuple[Caution, ...]:
    lost = (moments.first_no != NEVER) & ~is_whole
    if not lost.any():
        return ()
    sentence = (
        f"{int(moments.count[lost].sum())} payees began too early or too late to show the "
        "whole path; it is that of the others."
    )
    return (Caution("path_cut", sentence),)


def _no_whole_path(phases: Phases) -> MeasureError:
    length = phases.since.size + 1
    remedy = "wait for the horizon, or measure a shorter one"
    return MeasureError(
        "no cohort shows the whole path",
        [Problem("periods", f"fewer than the {length} that the path needs", remedy)],
    )
