"""How far might a difference of means be off, when whole payees are re-drawn?"""

from __future__ import annotations

from typing import Any, Final

import attrs
import numpy as np

from openspiff.errors import Problem

from ._types import TAIL, Flags, Floats, WorthError

_FIRST, _SECOND = np.triu_indices(4)
"""Which of the four sums of a payee are multiplied: 10 pairs."""

_LOST: Final = 0.01
"""With more re-drawings without a difference than this, the rest would be a choice."""


@attrs.frozen(kw_only=True, eq=False)
class Spread:
    """A difference of means (inside less outside), its error, and two 95% intervals."""

    inside_mean: float
    outside_mean: float
    standard_error: float
    low: float
    high: float
    percentile_low: float
    percentile_high: float


def redrawn_difference(
    value: Floats,
    is_inside: Flags,
    payee: np.ndarray[Any, Any],
    *,
    seed: int,
    draw_count: int,
) -> Spread:
    """Return the difference of mean value inside and outside (n rows), payees re-drawn.

    Whole payees are drawn with replacement, `draw_count` times. Where no payee has rows on
    both sides, each side keeps its number of payees. `low` and `high` are the studentized
    interval, each draw divided by its own clustered error. Payees are put in an order made
    of their data first, so neither names nor the order of rows matter.
    Raises WorthError when too many draws have a side that is empty or never varies.
    Efron and Tibshirani (1993), An Introduction to the Bootstrap; Cameron, Gelbach and
    Miller (2008), Review of Economics and Statistics 90(3), for whole clusters.
    """
    # In an order of their own, so that sums come out the same to the last digit.
    order = np.lexsort((value, is_inside))
    value, is_inside, payee = value[order], is_inside[order], payee[order]
    # In units of their own spread, so that products of sums keep their digits.
    middle, size = float(value.mean()), float(value.std())
    sums = _payee_sums((value - middle) / size, is_inside, payee)
    has_both = bool(((sums[:, 0] > 0) & (sums[:, 2] > 0)).any())
    moments = np.column_stack([sums, sums[:, _FIRST] * sums[:, _SECOND]])
    sides = (
        [np.arange(len(sums))]
        if has_both
        else [np.flatnonzero(sums[:, column] > 0) for column in (0, 2)]
    )
    factors = np.array([side.size / (side.size - 1) for side in (sides[0], sides[-1])])
    draws = _draws(moments, sides, seed=seed, draw_count=draw_count)
    inside, outside, error = (
        one.item() for one in _differences(moments.sum(0)[None], factors)
    )
    one, other, errors = _differences(draws, factors)
    found = one - other
    known = np.isfinite(found) & (errors > 0)
    if known.mean() < 1 - _LOST or error == 0:
        found_share = f"in {1 - known.mean():.0%} of draws a side is empty or never varies"
        remedy = "more payees with customers that differ are needed on both sides"
        problem = Problem("payees", found_share, remedy)
        raise WorthError("too few payees to tell by re-drawing them", [problem])
    difference = inside - outside
    strengths = (found[known] - difference) / errors[known]
    # The k-th of B draws bounds a share of k / (B + 1), not (k - 1) / (B - 1).
    least, most = np.quantile(strengths, [TAIL, 1 - TAIL], method="weibull")
    low, high = np.quantile(found[known], [TAIL, 1 - TAIL], method="weibull")
    return Spread(
        inside_mean=middle + size * inside,
        outside_mean=middle + size * outside,
        standard_error=size * error,
        low=float(size * (difference - most * error)),
        high=float(size * (difference - least * error)),
        percentile_low=float(size * low),
        percentile_high=float(size * high),
    )


def _payee_sums(value: Floats, is_inside: Flags, payee: np.ndarray[Any, Any]) -> Floats:
    """Return count and sum inside, count and sum outside of each payee (G x 4), sorted."""
    code = np.unique(payee, return_inverse=True)[1]
    inside = is_inside.astype(np.float64)
    columns = [inside, inside * value, 1 - inside, (1 - inside) * value]
    sums = np.column_stack([np.bincount(code, weights=one) for one in columns])
    return sums[np.lexsort(sums.T)].astype(np.float64)


def _draws(moments: Floats, sides: list[Any], *, seed: int, draw_count: int) -> Floats:
    """Return the sums of the payees drawn (draws x 14), each side by itself."""
    generator = np.random.default_rng(seed)
    totals = np.empty((draw_count, moments.shape[1]))
    for row in totals:
        chosen = [side[generator.integers(0, side.size, side.size)] for side in sides]
        times = np.bincount(np.concatenate(chosen), minlength=len(moments))
        row[:] = times @ moments
    return totals


def _differences(totals: Floats, factors: Floats) -> tuple[Floats, Floats, Floats]:
    """Return means inside and outside and the clustered error of their difference.

    `totals` (draws x 14) are sums over payees of count and sum on each side and of their
    products; `factors` make up for few payees on each side. The error is that of two
    ratios of sums, linearized.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        count_in, sum_in, count_out, sum_out = totals[:, :4].T
        inside, outside = sum_in / count_in, sum_out / count_out
        nn_in, ns_in, nn_io, ns_io, ss_in, sn_io, ss_io, nn_out, ns_out, ss_out = totals[
            :, 4:
        ].T
        spread_in = (ss_in - 2 * inside * ns_in + inside**2 * nn_in) / count_in**2
        spread_out = (ss_out - 2 * outside * ns_out + outside**2 * nn_out) / count_out**2
        shared = ss_io - inside * ns_io - outside * sn_io + inside * outside * nn_io
        variance = factors[0] * spread_in + factors[1] * spread_out
        variance -= 2 * np.sqrt(factors.prod()) * shared / (count_in * count_out)
        return inside, outside, np.sqrt(np.maximum(variance, 0.0))
