"""How often would chance alone, re-drawing the assignment, look as strong?"""

from __future__ import annotations

from typing import Final

import attrs
import numpy as np

from ._least_squares import Flags, Floats, Integers, orthonormal

MOST_UNITS: Final = 200
"""Beyond this many units the t interval is as good and re-drawing tells nothing new."""

REDRAW_COUNT: Final = 999
_SLACK: Final = 1e-9


def redraw_p_value(
    y: Floats,
    is_treated: Flags,
    nuisance: Floats,
    *,
    units: Integers,
    strata: Integers,
    weights: Floats,
    seed: int,
) -> float:
    """Return the two-sided randomization p-value of the studentized effect.

    Re-draws which units (codes, n) are treated within strata (codes, n) 999 times, keeping
    the number treated in each. Units are put in an order made of their data first, so
    neither names nor the order of rows matter.
    Wu and Ding (2021), Journal of the American Statistical Association 116(536).
    """
    order = _canonical_order(y, is_treated, nuisance, units, strata)
    count = order.size
    first = np.array([int(np.flatnonzero(units == unit)[0]) for unit in order])
    drawn_from, assigned = strata[first], is_treated[first]
    groups = [np.flatnonzero(drawn_from == one) for one in _appearing(drawn_from)]
    generator = np.random.default_rng(seed)
    draws = np.tile(assigned, (REDRAW_COUNT + 1, 1))
    for row in draws[1:]:
        for group in groups:
            row[group] = generator.permutation(assigned[group])
    place = np.empty(count, dtype=np.int64)
    place[order] = np.arange(count)
    moments = _moments(y, nuisance, np.sqrt(weights), place[units], count)
    strengths = _strengths(moments, draws.astype(np.float64))
    return float((strengths >= strengths[0] - _SLACK).mean())


@attrs.frozen(kw_only=True, eq=False)
class _Moments:
    """Sums over the rows of each of G units; k adjustments, orthonormal over all rows."""

    size: Floats  # G: weights
    others: Floats  # G x k: adjustments
    rest: Floats  # G: outcome less its projection on the adjustments
    others_rest: Floats  # G x k
    others_others: Floats  # G x k x k


def _moments(
    y: Floats, nuisance: Floats, root: Floats, place: Integers, count: int
) -> _Moments:
    others = orthonormal(nuisance * root[:, None])
    weighted = y * root
    rest = weighted - others @ (others.T @ weighted)
    width = others.shape[1]
    crossed = np.zeros((count, width, width))
    for unit in range(count):
        part = others[place == unit]
        crossed[unit] = part.T @ part

    def by_unit(columns: Floats) -> Floats:
        sums = np.zeros((count, columns.shape[1]))
        np.add.at(sums, place, columns)
        return sums

    return _Moments(
        size=by_unit(root[:, None] ** 2)[:, 0],
        others=by_unit(others * root[:, None]),
        rest=by_unit((rest * root)[:, None])[:, 0],
        others_rest=by_unit(others * rest[:, None]),
        others_others=crossed,
    )


def _strengths(moments: _Moments, draws: Floats) -> Floats:
    """Return the absolute studentized effect of each draw (draws x G of 0 and 1)."""
    drop = draws @ moments.others
    power = draws @ moments.size - (drop**2).sum(axis=1)
    safe = np.where(power > _SLACK, power, 1.0)
    effect = draws @ moments.rest / safe
    bent = np.einsum("dk,gkl,dl->dg", drop, moments.others_others, drop, optimize=True)
    squared = draws * (moments.size - 2.0 * drop @ moments.others.T) + bent
    scores = draws * moments.rest - drop @ moments.others_rest.T
    scores -= effect[:, None] * squared
    error = np.sqrt((scores**2).sum(axis=1)) / safe
    known = (power > _SLACK) & (error > 0)
    strength: Floats = np.where(known, np.abs(effect) / np.where(known, error, 1.0), 0.0)
    return strength


def _appearing(codes: Integers) -> list[int]:
    return list(dict.fromkeys(codes.tolist()))


def _canonical_order(
    y: Floats, is_treated: Flags, nuisance: Floats, units: Integers, strata: Integers
) -> Integers:
    """Return the unit codes in an order that depends on their data only."""
    varying = nuisance[:, [bool(np.ptp(column)) for column in nuisance.T]]
    varying = varying[:, ~np.isin(varying, (0.0, 1.0)).all(axis=0)]
    table = np.column_stack([is_treated, y, varying])
    keys: dict[int, tuple[tuple[float, ...], ...]] = {}
    homes: dict[int, int] = {}
    rows: dict[int, list[tuple[float, ...]]] = {}
    for unit, home, row in zip(
        units.tolist(), strata.tolist(), table.tolist(), strict=True
    ):
        rows.setdefault(unit, []).append(tuple(row))
        homes[unit] = home
    for unit, found in rows.items():
        keys[unit] = tuple(sorted(found))
    members: dict[int, list[tuple[tuple[float, ...], ...]]] = {}
    for unit, key in keys.items():
        members.setdefault(homes[unit], []).append(key)
    home_keys = {home: sorted(found) for home, found in members.items()}
    ordered = sorted(keys, key=lambda unit: (home_keys[homes[unit]], keys[unit]))
    return np.array(ordered, dtype=np.int64)
