"""How often would chance alone, re-drawing the assignment, look as strong?"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from typing import Any, Final

import attrs
import numpy as np

from openspiff.errors import Problem

from ._least_squares import ROUNDING, Flags, Floats, Integers, dummies, orthonormal
from ._sums import require_seed
from ._types import LEVEL, MeasureError, Redraws

MOST_UNITS: Final = 200
"""Beyond this many units the t interval is as good and re-drawing tells nothing new."""

Progress = Callable[[int, int], None]
"""Called with how many draws are done, and how many there are."""

Digests = np.ndarray[Any, np.dtype[np.uint64]]

_SLACK: Final = 1e-9
_BLOCK_CELLS: Final = 200_000
"""Numbers in the widest array of one block: they stay in the cache of one core."""

_SCAN_COUNT: Final = 64
_BISECT_COUNT: Final = 40
_FARTHEST: Final = 2.0**20
_FARTHEST_SHOWN: Final = 8.0
_SHOWN_STEP: Final = 0.25


@attrs.frozen(kw_only=True)
class Redraw:
    """How to re-draw an assignment.

    `draw_count` draws are made, or every assignment looked at where there are no more of
    them. `has_interval` asks for the effects that the test does not reject as well; `told`
    is handed what was found.
    """

    draw_count: int = attrs.field(default=9_999)
    has_interval: bool = False
    progress: Progress | None = None
    told: Callable[[Redrawn], None] | None = None

    @draw_count.validator
    def _is_above_zero(self, _: object, value: int) -> None:
        if value < 1:
            remedy = "draw at least once, or give no Redraw to have no p-value"
            problem = Problem("draw_count", f"{value} draws", remedy)
            raise MeasureError("re-drawing needs draws", [problem])


@attrs.frozen(kw_only=True, eq=False)
class Redrawn:
    """What every assignment (d) would have shown; the one that was made, by itself.

    The effect of an assignment on the outcome, and on the outcome less a supposed effect,
    is linear in the supposed effect, so `tops` (d x m) and the squared errors `squares`
    (d x m x m) serve every supposed effect. m is 2, or 1 without an interval.
    """

    tops: Floats
    squares: Floats
    own_top: Floats
    own_square: Floats

    def p_value(self, effect: float = 0.0) -> float:
        """Return the share of assignments that look as strong as ours, given an effect."""
        if effect and self.own_top.size == 1:
            raise ValueError("an effect can be supposed only with has_interval")
        supposed = np.array([1.0, -effect])[: self.own_top.size]
        mine = _strengths(self.own_top[None], self.own_square[None], supposed)[0]
        strengths = _strengths(self.tops, self.squares, supposed)
        return float((strengths >= mine * (1 - _SLACK)).mean())

    def counted(self, name: str) -> Redraws:
        """Return how many assignments show which studentized effect, none supposed.

        Those beyond eight standard errors count at the ends.
        """
        tops, errors = self.tops[:, 0], np.sqrt(self.squares[:, 0, 0])
        known = errors > 0
        endless = np.where(tops == 0, 0.0, np.copysign(np.inf, tops))
        shown = np.where(known, tops / np.where(known, errors, 1.0), endless)
        shown = np.clip(shown, -_FARTHEST_SHOWN, _FARTHEST_SHOWN)
        steps = max(int(np.ceil(np.abs(shown).max() / _SHOWN_STEP)), 1)
        edges = np.arange(-steps, steps + 1) * _SHOWN_STEP
        own_top, own_error = float(self.own_top[0]), math.sqrt(self.own_square[0, 0])
        own = own_top / own_error if own_error > 0 else math.copysign(math.inf, own_top)
        return Redraws(
            name=name,
            low=float(edges[0]),
            step=_SHOWN_STEP,
            counts=tuple(np.histogram(shown, edges)[0].tolist()),
            observed=own if math.isfinite(own) else math.copysign(_FARTHEST_SHOWN, own),
            p_value=self.p_value(),
        )

    def ends(self, effect: float, standard_error: float) -> tuple[float, float] | None:
        """Return the lowest and the highest effect that the test does not reject.

        Looks outwards from the estimate on a grid, then bisects. None when there are too
        few assignments to reject any effect, however large.
        """
        low = self._end(effect, -standard_error)
        high = self._end(effect, standard_error)
        return None if low is None or high is None else (low, high)

    def _end(self, effect: float, step: float) -> float | None:
        far = 4.0
        while self.p_value(effect + far * step) > 1 - LEVEL:
            far *= 2.0
            if far > _FARTHEST:
                return None
        scanned = np.linspace(0.0, far, _SCAN_COUNT + 1)
        kept = [self.p_value(effect + one * step) > 1 - LEVEL for one in scanned]
        last = int(np.flatnonzero(kept)[-1])
        inside, outside = scanned[last], scanned[last + 1]
        for _ in range(_BISECT_COUNT):
            middle = (inside + outside) / 2
            if self.p_value(effect + middle * step) > 1 - LEVEL:
                inside = middle
            else:
                outside = middle
        return float(effect + outside * step)


def redraw_assignment(  # noqa: PLR0913 (each is one column or one choice)
    y: Floats,
    is_treated: Flags,
    nuisance: Floats,
    *,
    units: Integers,
    strata: Integers,
    weights: Floats,
    seed: int,
    redraw: Redraw,
) -> Redrawn:
    """Re-draw which units are treated, within strata, and look at the studentized effect.

    y, is_treated, units, strata (codes 0, 1, ...) and weights have one entry a payee (n),
    nuisance one row. The number treated in each stratum is kept. The assignment that was
    made counts as one of the draws, so no p-value is zero. Units are put in an order made
    of their data first, so neither names nor the order of rows matter.
    Raises MeasureError when the seed is below zero.
    Fisher (1935), The Design of Experiments; Wu and Ding (2021), Journal of the American
    Statistical Association 116(536), on studentizing; Phipson and Smyth (2010),
    Statistical Applications in Genetics and Molecular Biology 9(1), on counting one more.
    """
    require_seed(seed)
    order = _canonical_order(y, is_treated, nuisance, units, strata, weights)
    place = np.argsort(order)
    first = np.unique(units, return_index=True)[1][order]
    assigned, homes = is_treated[first], strata[first]
    groups = [np.flatnonzero(homes == one) for one in dict.fromkeys(homes.tolist())]
    outcomes = [y - y.mean()]  # a level that all share is in the strata
    if redraw.has_interval:
        outcomes.append(is_treated.astype(np.float64))
    moments = _moments(
        np.column_stack(outcomes),
        _adjustments(nuisance, strata, np.sqrt(weights)),
        np.sqrt(weights),
        place[units],
    )
    widest = max(order.size, moments.first.size)
    size = max(1, min(redraw.draw_count + 1, _BLOCK_CELLS // widest))
    count = math.prod(_choices(assigned[group]) for group in groups)
    if count <= redraw.draw_count:
        blocks = _every_assignment(assigned, groups, size)
    else:
        count = redraw.draw_count + 1
        blocks = _drawn(assigned, groups, count, size, seed)
    found = []
    for block in blocks:
        found.append(_effects(moments, block.astype(np.float64)))
        if redraw.progress is not None:
            redraw.progress(min(len(found) * size, count), count)
    own = _effects(moments, assigned[None].astype(np.float64))
    redrawn = Redrawn(
        tops=np.concatenate([tops for tops, _ in found]),
        squares=np.concatenate([squares for _, squares in found]),
        own_top=own[0][0],
        own_square=own[1][0],
    )
    if redraw.told is not None:
        redraw.told(redrawn)
    return redrawn


def _choices(assigned: Flags) -> int:
    return math.comb(assigned.size, int(assigned.sum()))


def _drawn(
    assigned: Flags, groups: list[Integers], count: int, size: int, seed: int
) -> Iterator[Flags]:
    """Yield `count` assignments in blocks (size x G), first the one that was made."""
    generator = np.random.default_rng(seed)
    for start in range(0, count, size):
        block = np.tile(assigned, (min(size, count - start), 1))
        for group in groups:
            block[:, group] = generator.permuted(block[:, group], axis=1)
        if start == 0:
            block[0] = assigned
        yield block


def _every_assignment(
    assigned: Flags, groups: list[Integers], size: int
) -> Iterator[Flags]:
    """Yield every assignment once, in blocks (size x G)."""
    open_groups = [group for group in groups if _choices(assigned[group]) > 1]
    tables = []
    for group in open_groups:
        chosen = itertools.combinations(range(group.size), int(assigned[group].sum()))
        picks = np.array(list(chosen), dtype=np.int64)
        table = np.zeros((len(picks), group.size), dtype=np.bool_)
        np.put_along_axis(table, picks, values=True, axis=1)
        tables.append(table)
    counts = [len(table) for table in tables]
    total = math.prod(counts)
    for start in range(0, total, size):
        numbers = np.arange(start, min(start + size, total))
        block = np.tile(assigned, (numbers.size, 1))
        for group, table in zip(open_groups, tables, strict=True):
            numbers, picked = np.divmod(numbers, len(table))
            block[:, group] = table[picked]
        yield block


@attrs.frozen(kw_only=True, eq=False)
class _Moments:
    """Sums over the rows of each of G units; k adjustments, orthonormal over all rows."""

    size: Floats  # G: weights
    others: Floats  # G x k: adjustments
    first: Integers  # q: one adjustment of each pair that meets in some unit
    second: Integers  # q: the other one
    pairs: Floats  # G x q: their products, unlike ones twice
    rests: Floats  # m x G: outcomes less their projections on the adjustments
    others_rests: Floats  # m x G x k


def _adjustments(nuisance: Floats, strata: Integers, root: Floats) -> Floats:
    """Return an orthonormal basis (n x k), strata first so that few of its pairs meet."""
    homes = dummies(strata) * root[:, None]
    homes /= np.sqrt((homes**2).sum(axis=0))
    # Strata hold any level that all share; without it less is lost to rounding.
    weighted = (nuisance - nuisance.mean(axis=0)) * root[:, None]
    rest = weighted - homes @ (homes.T @ weighted)
    size = np.linalg.norm(nuisance * root[:, None], axis=0)
    new = np.linalg.norm(rest, axis=0) > ROUNDING * size
    return np.column_stack([homes, orthonormal(rest[:, new])])


def _moments(outcomes: Floats, others: Floats, root: Floats, place: Integers) -> _Moments:
    count = int(place.max()) + 1
    weighted = outcomes * root[:, None]
    rests = weighted - others @ (others.T @ weighted)
    order = np.argsort(place, kind="stable")
    edges = np.searchsorted(place[order], np.arange(count + 1))
    first, second = np.triu_indices(others.shape[1])
    pairs = np.zeros((count, first.size))
    for unit in range(count):
        part = others[order[edges[unit] : edges[unit + 1]]]
        pairs[unit] = (part.T @ part)[first, second]
    pairs *= np.where(first == second, 1.0, 2.0)
    meet = pairs.any(axis=0)

    def by_unit(columns: Floats) -> Floats:
        sums = np.zeros((count, columns.shape[1]))
        np.add.at(sums, place, columns)
        return sums

    return _Moments(
        size=by_unit(root[:, None] ** 2)[:, 0],
        others=by_unit(others * root[:, None]),
        first=first[meet],
        second=second[meet],
        pairs=pairs[:, meet],
        rests=by_unit(rests * root[:, None]).T,
        others_rests=np.stack([by_unit(others * rest[:, None]) for rest in rests.T]),
    )


def _effects(moments: _Moments, draws: Floats) -> tuple[Floats, Floats]:
    """Return numerator (d x m) and squared error (d x m x m) of each draw (d x G).

    The numerator is the effect times what the assignment varies beyond the adjustments
    (its power); the error, of the numerator, adds up scores by unit. An assignment that
    the adjustments explain away has error zero.
    """
    drop = draws @ moments.others
    power = draws @ moments.size - (drop**2).sum(axis=1)
    known = power > _SLACK * moments.size.sum()
    safe = np.where(known, power, 1.0)
    squared = draws * (moments.size - 2.0 * drop @ moments.others.T)
    squared += (drop[:, moments.first] * drop[:, moments.second]) @ moments.pairs.T
    tops = draws @ moments.rests.T
    scores = []
    for number, rest in enumerate(moments.rests):
        score = draws * rest
        score -= drop @ moments.others_rests[number].T
        score -= (tops[:, number] / safe)[:, None] * squared
        scores.append(score)
    squares = np.empty((draws.shape[0], len(scores), len(scores)))
    for one, other in itertools.combinations_with_replacement(range(len(scores)), 2):
        crossed = np.einsum("dg,dg->d", scores[one], scores[other])
        squares[:, one, other] = squares[:, other, one] = crossed * known
    return tops, squares


def _strengths(tops: Floats, squares: Floats, supposed: Floats) -> Floats:
    """Return the squared t of each draw; without an error it counts as most extreme."""
    top = (tops @ supposed) ** 2
    square = np.einsum("i,dij,j->d", supposed, squares, supposed)
    known = square > _SLACK**2 * top
    found: Floats = np.where(known, top / np.where(known, square, 1.0), np.inf)
    return found


def _canonical_order(
    y: Floats,
    is_treated: Flags,
    nuisance: Floats,
    units: Integers,
    strata: Integers,
    weights: Floats,
) -> Integers:
    """Return the unit codes in an order that depends on their data only.

    A unit is known by the sum of the digests of its rows, a stratum by that of its units:
    whole numbers, so the order of adding up changes nothing. Nuisance columns are added
    up as well, because their order follows the names of strata.
    """
    rows = _mixed(_bits(y))
    rows = _mixed(rows ^ _bits(weights))
    rows = _mixed(rows ^ _bits(is_treated.astype(np.float64)))
    for column in nuisance.T:
        rows += _mixed(_bits(column))
    count = int(units.max()) + 1
    unit = np.zeros(count, dtype=np.uint64)
    np.add.at(unit, units, _mixed(rows))
    home = np.zeros(count, dtype=np.int64)
    home[units] = strata
    stratum = np.zeros(int(strata.max()) + 1, dtype=np.uint64)
    np.add.at(stratum, home, _mixed(unit))
    order: Integers = np.lexsort((unit, stratum[home])).astype(np.int64)
    return order


def _bits(column: Floats) -> Digests:
    found: Digests = (column + 0.0).view(np.uint64)  # zero has one sign only
    return found


def _mixed(words: Digests) -> Digests:
    """Scatter 64-bit words; Steele, Lea and Flood (2014), OOPSLA."""
    words = words + np.uint64(0x9E3779B97F4A7C15)
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))
