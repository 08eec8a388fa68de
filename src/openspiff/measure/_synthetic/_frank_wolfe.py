"""Which shares, summing to one, come closest to a path? Many such questions at once."""

from __future__ import annotations

from typing import Final

import attrs
import numpy as np

from openspiff.measure._least_squares import Flags, Floats

LEAST_DECREASE: Final = 1e-5
"""Stop when a round gains less than the square of this many times the noise."""

_FIRST_ROUNDS: Final = 100
_MOST_ROUNDS: Final = 10_000
_SMALL: Final = 0.25
"""After the first rounds shares up to this part of the largest start again from 0."""

_MOST_NUMBERS: Final = 4_000_000
"""So many products are held at once, 32 MB; what is more is answered in turns."""


@attrs.frozen(kw_only=True, eq=False)
class Questions:
    """B questions: mix K atoms (K x P) so that each comes closest to its target (B x P).

    Question b may use the atoms `is_atom` (B x K) and looks at the points `is_point`
    (B x P). With an intercept, only how far atoms and target vary over the points counts.
    """

    atoms: Floats
    targets: Floats
    is_atom: Flags
    is_point: Flags
    has_intercept: bool

    def only(self, rows: slice) -> Questions:
        """Return some of the questions."""
        return attrs.evolve(
            self,
            targets=self.targets[rows],
            is_atom=self.is_atom[rows],
            is_point=self.is_point[rows],
        )


def fitted_shares(questions: Questions, *, zeta: float, least_decrease: float) -> Floats:
    """Return shares (B x K) that minimize zeta^2 |share|^2 + mean squared error.

    Frank-Wolfe rounds with exact line search from equal shares: 100 of them, then small
    shares are set to 0, then up to 10,000, until one gains at most least_decrease^2. The
    stopping rule is part of the estimator: where many mixes fit alike it decides.
    Arkhangelsky, Athey, Hirshberg, Imbens and Wager (2021), American Economic Review
    111(12), as in the authors' package; Frank and Wolfe (1956), Naval Research Logistics
    Quarterly 3(1-2).
    """
    count, width = questions.is_atom.shape
    size = max(1, _MOST_NUMBERS // width**2)
    parts = []
    for first in range(0, count, size):
        asked = questions.only(slice(first, first + size))
        points = asked.is_point.sum(axis=1).astype(np.float64)
        products = _products(asked, points)
        products[:, np.arange(width), np.arange(width)] += points[:, None] * zeta**2
        least = points * least_decrease**2
        shares = normalized(np.ones(asked.is_atom.shape), asked.is_atom)
        shares = _descend(products, shares, asked.is_atom, least, _FIRST_ROUNDS)
        small = shares <= shares.max(axis=1, keepdims=True) * _SMALL
        shares = normalized(np.where(small, 0.0, shares), asked.is_atom)
        parts.append(_descend(products, shares, asked.is_atom, least, _MOST_ROUNDS))
    return np.concatenate(parts)


def normalized(shares: Floats, is_atom: Flags) -> Floats:
    """Return shares (B x K) of what may be used, scaled to sum to one."""
    kept = np.where(is_atom, shares, 0.0)
    scaled: Floats = kept / kept.sum(axis=1, keepdims=True)
    return scaled


def _products(asked: Questions, points: Floats) -> Floats:
    """Return the inner products (B x K x K) of what each atom misses of the target.

    As shares sum to one, the error of a mix is the mix of its atoms' errors, and its
    squared length a quadratic form in these products.
    """
    missed = asked.atoms[None] - asked.targets[:, None]
    missed *= asked.is_point[:, None]
    if asked.has_intercept:
        missed -= (missed.sum(axis=2) / points[:, None])[..., None]
        missed *= asked.is_point[:, None]
    products: Floats = missed @ missed.transpose(0, 2, 1)
    return products


def _descend(
    products: Floats, start: Floats, is_atom: Flags, least: Floats, most: int
) -> Floats:
    """Return the shares (B x K) after up to `most` rounds that lower s' products s.

    Half the gradient is carried from round to round, so a round costs B x K operations.
    Questions whose last round gained at most `least` (B) are dropped.
    """
    done = start.copy()
    going = np.arange(start.shape[0])
    shares = start.copy()
    slope = np.einsum("bkl,bl->bk", products, shares)
    # What may not be used never has the lowest slope.
    barred = np.where(is_atom, 0.0, np.inf)
    length = _dots(shares, slope)
    for number in range(most):
        rows, best = np.arange(going.size), (slope + barred).argmin(axis=1)
        column = products[going, best]
        at_best = slope[rows, best]
        bend = column[rows, best] - 2.0 * at_best + length
        step = np.where(bend > 0, (length - at_best) / np.where(bend > 0, bend, 1.0), 0.0)
        step = step.clip(0.0, 1.0)
        shares *= (1.0 - step)[:, None]
        shares[rows, best] += step
        slope += step[:, None] * (column - slope)
        last, length = length, _dots(shares, slope)
        stays = (last - length > least) | (number == 0)
        if not stays.all():
            done[going[~stays]] = shares[~stays]
            if not stays.any():
                return done
            going, shares, slope = going[stays], shares[stays], slope[stays]
            length, barred, least = length[stays], barred[stays], least[stays]
    done[going] = shares
    return done


def _dots(one: Floats, other: Floats) -> Floats:
    total: Floats = np.einsum("bk,bk->b", one, other)
    return total
