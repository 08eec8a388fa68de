"""Which worlds is the measuring tried in? A grid of them, and a subset that spans it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping

import attrs
import numpy as np

from openspiff.market import PanelSetting


@attrs.frozen(kw_only=True, order=True)
class Point:
    """One world of the grid, by the properties that make measuring hard."""

    payees: int
    firms: int
    correlation: float
    zeros: float
    autocorrelation: float
    lift: float
    pull_forward: float
    hold_back: float
    attrition: float
    spillover: float
    is_mixed: bool

    @property
    def name(self) -> str:
        """The point as it is printed; percent where there is a share."""
        parts = [f"{self.payees:,} payees, {self.firms} firms, icc {self.correlation:g}"]
        parts += [
            f"{word} {number:g}"
            for word, number in (
                ("zeros", self.zeros),
                ("ar", self.autocorrelation),
                ("lift", self.lift),
                ("pull", self.pull_forward),
                ("hold", self.hold_back),
                ("attrition", self.attrition),
                ("spillover", self.spillover),
            )
            if number
        ]
        return ", ".join([*parts, *(["mixed"] if self.is_mixed else [])])


LEVELS: Mapping[str, tuple[float, ...]] = {
    "payees": (60, 200, 1_000, 100_000),
    "firms": (8, 20, 50, 200),
    "correlation": (0.02, 0.15),
    "zeros": (0.0, 0.6),
    "autocorrelation": (0.0, 0.5, 0.8),
    "lift": (0.0, 0.03, 0.1),
    "pull_forward": (0.0, 0.4, 1.0),
    "hold_back": (0.0, 0.1),
    "attrition": (0.0, 0.05),
    "spillover": (0.0, 0.1),
    "is_mixed": (False, True),
}


def is_possible(point: Point) -> bool:
    """Tell whether every property shows: nothing is moved or felt where nothing is added.

    A firm has a payee at least; only colleagues feel a spillover.
    """
    is_void = point.lift == 0 and (
        point.pull_forward > 0 or point.spillover > 0 or point.is_mixed
    )
    is_alone = point.spillover > 0 and point.firms == point.payees
    return point.firms <= point.payees and not is_void and not is_alone


def whole_grid() -> list[Point]:
    """Return every possible point, those with few payees first."""
    points = (
        Point(**dict(zip(LEVELS, levels, strict=True)))
        for levels in itertools.product(*LEVELS.values())
    )
    return [point for point in points if is_possible(point)]


def pairs_of(point: Point) -> set[tuple[tuple[str, float], ...]]:
    """Return every pair of levels that the point shows."""
    levels = [(name, getattr(point, name)) for name in LEVELS]
    return set(itertools.combinations(levels, 2))


def spanning_subset() -> list[Point]:
    """Return points in which every possible pair of levels occurs at least once.

    Takes the point that adds most pairs, the one with fewest payees among equals, until
    none is missing.
    Cohen, Dalal, Fredman and Patton (1997), IEEE Transactions on Software Engineering
    23(7).
    """
    grid = whole_grid()
    # A number for each level of each property; a pair is a cell of a square of them.
    every = [(name, level) for name, levels in LEVELS.items() for level in levels]
    number = {level: place for place, level in enumerate(every)}
    shown = np.array(
        [[number[name, getattr(one, name)] for name in LEVELS] for one in grid]
    )
    first, second = np.triu_indices(len(LEVELS), k=1)
    missing = np.zeros((len(number), len(number)), dtype=bool)
    missing[shown[:, first], shown[:, second]] = True
    chosen = []
    while missing.any():
        best = int(np.argmax(missing[shown[:, first], shown[:, second]].sum(axis=1)))
        missing[shown[best, first], shown[best, second]] = False
        chosen.append(grid[best])
    return chosen


def _by_payee(point: Point) -> PanelSetting:
    late = (0, 0) if point.is_mixed else (0,)
    return PanelSetting(
        payee_count=point.payees,
        firm_count=point.firms,
        firm_size_spread=0.5,
        stratum_count=2,
        firm_correlation=point.correlation,
        zero_week_share=point.zeros,
        autocorrelation=point.autocorrelation,
        lift_share=point.lift,
        pull_forward_share=point.pull_forward,
        hold_back_share=point.hold_back,
        extra_leaver_share=point.attrition,
        spillover_share=point.spillover,
        starts_after=late,
        cohort_lifts=(0.5, 1.5) if point.is_mixed else (1.0,),
        growth_per_year=0.1,
    )


def _by_firm(point: Point) -> PanelSetting:
    return attrs.evolve(_by_payee(point), is_by_firm=True)


def _comparison(point: Point) -> PanelSetting:
    """Firms that could not take part, at another level; the paths are parallel."""
    return attrs.evolve(_by_firm(point), untreated_level=0.8, growth_per_year=0.0)


def _staggered(point: Point) -> PanelSetting:
    """Three starts, four weeks apart, and firms that are never treated."""
    lifts = (0.5, 1.0, 1.5) if point.is_mixed else (1.0, 1.0, 1.0)
    return attrs.evolve(
        _comparison(point),
        treated_share=0.75,
        stratum_count=1,
        starts_after=(0, 4, 8),
        cohort_lifts=lifts,
    )


WORLDS: Mapping[str, Callable[[Point], PanelSetting]] = {
    "holdout of payees": _by_payee,
    "holdout of firms": _by_firm,
    "comparison of firms": _comparison,
    "staggered firms": _staggered,
}
"""How a point becomes a panel: who is treated, by which lot, and from when."""
