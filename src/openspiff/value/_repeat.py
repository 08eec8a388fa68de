"""How do customers without a contract buy again, and who still will?"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final, Literal

import attrs
import numpy as np
from scipy.special import betaln, expit, gammaln, hyp2f1

from openspiff.errors import Problem

from ._maximum import Search, maximum
from ._purchases import Purchases
from ._types import Fit, Floats, WorthError

RepeatModel = Literal["bg_nbd", "pareto_nbd"]


@attrs.frozen(kw_only=True, eq=False)
class Terms:
    """Log-likelihoods (n) of a history together with being alive now, and with having left.

    `left` is -inf where having left is impossible.
    """

    alive: Floats
    left: Floats

    @property
    def both(self) -> Floats:
        """Return the log-likelihood of the history (n)."""
        total: Floats = np.logaddexp(self.alive, self.left)
        return total


@attrs.frozen(kw_only=True)
class Shape:
    """What tells one model of repeat purchase from another.

    `terms` splits the likelihood; `rate_ahead` is the expected number of purchases per
    unit of time (n), a time `ahead` (n) from now, of a customer who is alive now; `pace`
    (n) is the time over which that rate changes by its own size.
    """

    names: tuple[str, ...]
    is_time: tuple[bool, ...]
    terms: Callable[[Floats, Purchases], Terms]
    rate_ahead: Callable[[Floats, Purchases, Floats], Floats]
    pace: Callable[[Floats, Purchases], Floats]


def fit_repeat_purchases(
    purchases: Purchases, *, model: RepeatModel = "bg_nbd", seed: int = 0
) -> Fit:
    """Fit how customers differ in buying and in leaving to their histories.

    `bg_nbd` (r, alpha, a, b): a customer may leave after each repeat purchase.
    `pareto_nbd` (r, alpha, s, beta): a customer may leave at any moment. alpha and beta
    are in the unit of time of `purchases`; `seed` draws where the searches begin.
    Raises WorthError with under 10 customers, none who bought again, or no clear maximum.
    Fader, Hardie and Lee (2005), Marketing Science 24(2); Schmittlein, Morrison and
    Colombo (1987), Management Science 33(1).
    """
    purchases.require_enough()
    shape = SHAPES[model]
    rows, counts = purchases.distinct()
    center = np.where(shape.is_time, float(counts @ rows.age) / counts.sum() / 4, 1.0)
    search = Search(
        model=model,
        names=shape.names,
        center=center,
        log_likelihood=lambda values: float(counts @ shape.terms(values, rows).both),
        customer_count=purchases.age.size,
    )
    return maximum(search, seed=seed)


def log_likelihoods(fit: Fit, purchases: Purchases) -> Floats:
    """Return the log-likelihood (n) of each history under a fitted model."""
    return shape_of(fit).terms(fit.values, purchases).both


def probability_alive(fit: Fit, purchases: Purchases) -> Floats:
    """Return the probability (n) that each customer may still buy.

    In the BG/NBD model it is 1 for whoever never bought again: nobody leaves before.
    Fader, Hardie and Lee (2005), Marketing Science 24(2); Schmittlein, Morrison and
    Colombo (1987), Management Science 33(1).
    """
    terms = shape_of(fit).terms(fit.values, purchases)
    alive: Floats = expit(terms.alive - terms.left)
    return alive


def shape_of(fit: Fit) -> Shape:
    """Return what the fitted model of repeat purchase is; raise WorthError for another."""
    for name, shape in SHAPES.items():
        if name == fit.model:
            return shape
    remedy = f"fit one of {', '.join(SHAPES)} by fit_repeat_purchases"
    problem = Problem("fit", f"found a fit of {fit.model}", remedy)
    raise WorthError("this is no model of repeat purchase", [problem])


def shares_of_way(length: float) -> list[tuple[float, float]]:
    """Return points between 0 and 1 and their weights, to integrate over a way.

    Enough of them for ten digits of what changes by its own size over a length of 1.
    """
    points, weights = np.polynomial.legendre.leggauss(12 + 4 * math.ceil(length))
    return list(zip(((points + 1) / 2).tolist(), (weights / 2).tolist(), strict=True))


def _gamma_poisson(r: float, alpha: float, frequency: Floats, time: Any) -> Floats:
    """Return log of alpha^r Gamma(r+x) / (Gamma(r) (alpha+t)^(r+x)), stable for large r."""
    rising = gammaln(r + frequency) - gammaln(r)
    found: Floats = rising - r * np.log1p(time / alpha) - frequency * np.log(alpha + time)
    return found


def _bg_terms(values: Floats, purchases: Purchases) -> Terms:
    r, alpha, a, b = values.tolist()
    x = purchases.frequency
    repeated = x > 0
    stays = _gamma_poisson(r, alpha, x, purchases.age) + betaln(a, b + x) - betaln(a, b)
    leaves = _gamma_poisson(r, alpha, x, purchases.recency)
    leaves = leaves + betaln(a + 1, b + np.where(repeated, x, 1.0) - 1) - betaln(a, b)
    return Terms(alive=stays, left=np.where(repeated, leaves, -np.inf))


def _bg_rate(values: Floats, purchases: Purchases, ahead: Floats) -> Floats:
    """Return E[l exp(-l p ahead)], with l gamma and p beta given history and being alive.

    2F1(r+x+1, a; a+b+x; -z) after Pfaff's transformation: the argument stays below 1.
    """
    r, alpha, a, b = values.tolist()
    x, since = purchases.frequency, alpha + purchases.age
    series = hyp2f1(a, a + b - r - 1, a + b + x, ahead / (since + ahead))
    rate: Floats = (r + x) / since * (since / (since + ahead)) ** a * series
    return rate


def _pareto_terms(values: Floats, purchases: Purchases) -> Terms:
    """Split the likelihood into having stayed to the end and having left at some moment.

    Having left at y, between recency and age, has density s (alpha+y)^-(r+x)
    (beta+y)^-(s+1), times constants. Its integral is a difference of two hypergeometric
    functions, which loses its digits for eager customers; it is added up here instead.
    """
    r, alpha, s, beta = values.tolist()
    x, recency, age = purchases.frequency, purchases.recency, purchases.age
    stays = _gamma_poisson(r, alpha, x, age) - s * np.log1p(age / beta)
    # Steps grow from where the density has fallen by its own size, so that few do.
    slow, fast = alpha + recency, beta + recency
    pace = 1 / ((r + x) / slow + (s + 1) / fast)
    stretch = np.log1p((age - recency) / pace)
    total = np.zeros(age.size)
    for share, weight in shares_of_way(float(stretch.max())):
        after = pace * np.expm1(stretch * share)
        fall = (r + x) * np.log1p(after / slow) + (s + 1) * np.log1p(after / fast)
        total += weight * stretch * (pace + after) * np.exp(-fall)
    leaves = _gamma_poisson(r, alpha, x, recency) - s * np.log1p(recency / beta)
    with np.errstate(divide="ignore"):  # nobody can have left where recency is age
        return Terms(alive=stays, left=leaves + np.log(s / fast) + np.log(total))


def _pareto_rate(values: Floats, purchases: Purchases, ahead: Floats) -> Floats:
    r, alpha, s, beta = values.tolist()
    since = beta + purchases.age
    now = (r + purchases.frequency) / (alpha + purchases.age)
    rate: Floats = now * (since / (since + ahead)) ** s
    return rate


SHAPES: Final[dict[RepeatModel, Shape]] = {
    "bg_nbd": Shape(
        names=("r", "alpha", "a", "b"),
        is_time=(False, True, False, False),
        terms=_bg_terms,
        rate_ahead=_bg_rate,
        pace=lambda values, purchases: values[1] + purchases.age,
    ),
    "pareto_nbd": Shape(
        names=("r", "alpha", "s", "beta"),
        is_time=(False, True, False, True),
        terms=_pareto_terms,
        rate_ahead=_pareto_rate,
        pace=lambda values, purchases: values[3] + purchases.age,
    ),
}
