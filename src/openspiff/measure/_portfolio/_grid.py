"""What is known of effects that share a mean, when how much they differ is not known?

The spread of the true effects is integrated out on a grid; given the spread everything
else is normal, so every answer is a mixture of normals, without a draw.
"""

from __future__ import annotations

import math
from typing import Any, Final

import attrs
import numpy as np
from scipy.special import ndtr, ndtri

from openspiff.measure._least_squares import Floats
from openspiff.measure._types import LEVEL

_NODES: Final = 201
_DEEP: Final = 30.0
"""A density e^-30 below its top adds nothing that a double would notice."""

_MOST_STEPS: Final = 50
_CLOSE: Final = 1e-12
"""A quantile is found when its probability is right to this."""

_TAIL: Final = (1 - LEVEL) / 2


@attrs.frozen(kw_only=True, eq=False)
class Mixture:
    """n quantities, each a mixture of m normals: means, deviations (m x n), shares (m)."""

    means: Floats
    deviations: Floats
    shares: Floats

    @property
    def mean(self) -> Floats:
        """Return the means (n)."""
        found: Floats = self.shares @ self.means
        return found

    @property
    def deviation(self) -> Floats:
        """Return the standard deviations (n)."""
        squares = self.deviations**2 + (self.means - self.mean) ** 2
        found: Floats = np.sqrt(self.shares @ squares)
        return found

    @property
    def interval(self) -> tuple[Floats, Floats]:
        """Return the ends (n each) of the interval with equal tails."""
        return self.quantile(_TAIL), self.quantile(1 - _TAIL)

    def below(self, value: Floats | float) -> Floats:
        """Return the probability (n) of lying below a value."""
        found: Floats = self.shares @ ndtr((value - self.means) / self.deviations)
        return found

    def quantile(self, share: float) -> Floats:
        """Return the quantiles (n) by Newton's steps, halving where one leads astray."""
        low = (self.means - 9 * self.deviations).min(axis=0)
        high = (self.means + 9 * self.deviations).max(axis=0)
        found: Floats = self.mean + ndtri(share) * self.deviation
        for _ in range(_MOST_STEPS):
            standard = (found - self.means) / self.deviations
            missing = share - self.shares @ ndtr(standard)
            density = self.shares @ (np.exp(-(standard**2) / 2) / self.deviations)
            is_left = missing > 0
            low, high = np.where(is_left, found, low), np.where(is_left, high, found)
            if float(np.abs(missing).max()) < _CLOSE:
                break
            with np.errstate(divide="ignore", over="ignore"):
                step = found + missing * math.sqrt(2 * math.pi) / density
            found = np.where((low < step) & (step < high), step, (low + high) / 2)
        return found


@attrs.frozen(kw_only=True, eq=False)
class Posterior:
    """Spread (m) with its shares (m); coefficients (m x p) and covariances (m x p x p)."""

    effects: Floats
    errors: Floats
    spread: Floats
    shares: Floats
    coefficients: Floats
    covariances: Floats

    @property
    def coefficient(self) -> Mixture:
        """Return the coefficients (p); of the intercept alone, the mean of the effects."""
        spread_out = np.sqrt(np.diagonal(self.covariances, axis1=1, axis2=2))
        return Mixture(means=self.coefficients, deviations=spread_out, shares=self.shares)

    @property
    def pull(self) -> Floats:
        """Return the weight (m x n) of the common mean in each effect."""
        squares = self.errors**2
        found: Floats = squares / (squares + self.spread[:, None] ** 2)
        return found

    @property
    def shrunk(self) -> Mixture:
        """Return the true effects (n) under one common mean."""
        pull, mean = self.pull, self.coefficients[:, :1]
        variances = (1 - pull) * self.errors**2 + pull**2 * self.covariances[:, :1, 0]
        return Mixture(
            means=pull * mean + (1 - pull) * self.effects,
            deviations=np.sqrt(variances),
            shares=self.shares,
        )

    @property
    def next_effect(self) -> Mixture:
        """Return the true effect of one more program from the same library."""
        variances = self.covariances[:, :1, 0] + self.spread[:, None] ** 2
        return Mixture(
            means=self.coefficients[:, :1],
            deviations=np.sqrt(variances),
            shares=self.shares,
        )

    def spread_interval(self) -> tuple[float, float]:
        """Return the shortest interval of the spread; it starts at 0 where 0 is likeliest.

        An interval with equal tails would never hold a spread of zero.
        """
        reached = np.concatenate([[0.0], np.cumsum(self.shares)])
        edges = np.concatenate([self.spread[:1], self.spread])
        starts = np.linspace(0.0, 1 - LEVEL, _NODES)
        lows = np.interp(starts, reached, edges)
        highs = np.interp(starts + LEVEL, reached, edges)
        best = int(np.argmin(highs - lows))
        return float(lows[best]) if best else 0.0, float(highs[best])


def posterior(
    effects: Floats, errors: Floats, columns: Floats, *, spread_scale: float
) -> Posterior:
    """Return what effects (n) with known errors (n) say about columns (n x p).

    effect = columns @ coefficients + a normal deviation with the spread + a normal error;
    flat on the coefficients, half-normal with `spread_scale` on the spread. The columns
    must be independent and the errors above zero.
    Rover (2020), Journal of Statistical Software 93(6); Gelman (2006), Bayesian Analysis
    1(3), on the half-normal.
    """
    apart = float(np.sqrt(((effects - effects.mean()) ** 2).sum()))
    # Prior and data disagree most at sqrt(scale x apart); twice that leaves nothing out.
    top = 8 * spread_scale + 4 * (spread_scale * apart) ** 0.5
    low, high = 0.0, 1.0
    for _ in range(3):
        # The cube puts nodes near zero, where small errors make the density steep.
        nodes = np.linspace(low, high, _NODES)
        spread = top * nodes**3
        level, coefficients, covariances = _given_spread(effects, errors, columns, spread)
        with np.errstate(divide="ignore"):
            level += 2 * np.log(nodes) - (spread / spread_scale) ** 2 / 2
        kept = np.flatnonzero(level > level.max() - _DEEP)
        low = float(nodes[max(int(kept[0]) - 1, 0)])
        high = float(nodes[min(int(kept[-1]) + 1, _NODES - 1)])
    density = np.exp(level - level.max())
    density[[0, -1]] /= 2
    return Posterior(
        effects=effects,
        errors=errors,
        spread=spread,
        shares=density / density.sum(),
        coefficients=coefficients,
        covariances=covariances,
    )


def _given_spread(
    effects: Floats, errors: Floats, columns: Floats, spread: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return log likelihood (m), coefficients (m x p) and covariances (m x p x p)."""
    variances: np.ndarray[Any, Any] = errors**2 + spread[:, None] ** 2
    weights = 1 / variances
    products = columns[:, :, None] * columns[:, None, :]
    squares = np.tensordot(weights, products, axes=1)
    covariances: Floats = np.linalg.inv(squares).astype(np.float64)
    loads = weights @ (columns * effects[:, None])
    coefficients = np.einsum("mpq,mq->mp", covariances, loads)
    residuals = effects - coefficients @ columns.T
    level: Floats = -0.5 * (
        np.log(variances).sum(axis=1)
        + np.linalg.slogdet(squares)[1]
        + (weights * residuals**2).sum(axis=1)
    )
    return level, coefficients, covariances
