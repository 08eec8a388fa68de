"""Where is a likelihood highest, and is that a maximum that the data pin down?"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Final

import attrs
import numpy as np

from openspiff.errors import Problem

from ._types import Caution, Fit, Floats, WorthError

START_COUNT: Final = 4
"""How often the search begins anew, each time elsewhere."""

_REACH: Final = 12.0
"""The search ends at a factor of e^12 from its center, which no real market comes near."""

_STEP: Final = 1e-5  # of the gradient, on the log scale: errors near 1e-10
_WIDE_STEP: Final = 1e-3  # of the Hessian: truncation and rounding both near 1e-6
_AGREEMENT: Final = 0.01
"""Two searches found the same maximum when their log-likelihoods differ by less."""

_LEFT_TO_CLIMB: Final = 1e-9
"""A Newton step from the maximum adds less: it is off by 5e-5 standard errors at most."""

_UNKNOWN: Final = 3.0
"""A standard error above this on the log scale (a factor of 20) is no estimate."""

_WEAK_ERROR: Final = 0.5
_WEAK_CORRELATION: Final = 0.97

LogLikelihood = Callable[[Floats], float]


@attrs.frozen(kw_only=True, eq=False)
class Search:
    """What to maximize: a log-likelihood of positive parameters, and where to begin.

    `center` (p) is a sensible size of each parameter in its own unit.
    """

    model: str
    names: Sequence[str]
    center: Floats
    log_likelihood: LogLikelihood
    customer_count: int


def maximum(search: Search, *, seed: int) -> Fit:
    """Return the parameters at the highest log-likelihood.

    Searches on the log scale from several starts drawn by `seed`, finishes with Newton
    steps, and takes the covariance from the numerical Hessian.
    Raises WorthError when the searches disagree, when a parameter runs off to the edge,
    when the maximum is not reached or the likelihood is flat there.
    """
    count = search.customer_count

    def cost(place: Floats) -> float:
        with np.errstate(all="ignore"):  # far from the data it may overflow: no maximum
            value = -search.log_likelihood(search.center * np.exp(place)) / count
        return value if math.isfinite(value) else 1e10

    best = _descend(cost, len(search.names), seed=seed, search=search)
    place, curvature = _polish(cost, best, search)
    inverse = np.linalg.inv(curvature) / count
    errors = np.sqrt(np.diag(inverse))
    values = search.center * np.exp(place)
    return Fit(
        model=search.model,
        parameters=dict(zip(search.names, values.tolist(), strict=True)),
        covariance=inverse * np.outer(values, values),
        log_likelihood=float(search.log_likelihood(values)),
        customer_count=count,
        warnings=_cautions(search.names, errors, inverse),
    )


def _descend(
    cost: Callable[[Floats], float], width: int, *, seed: int, search: Search
) -> Floats:
    """Return the best place found, once two searches agree on how good it is."""
    from scipy.optimize import minimize  # noqa: PLC0415 (slow to load, used here only)

    starts = np.random.default_rng(seed).normal(size=(START_COUNT, width))
    starts[0] = 0.0
    found: list[Any] = [
        minimize(
            cost,
            start,
            method="L-BFGS-B",
            bounds=[(-_REACH, _REACH)] * width,
        )
        for start in starts
    ]
    found.sort(key=lambda one: float(one.fun))
    best: Floats = found[0].x
    edge = np.abs(best) > _REACH - 0.5
    if edge.any():
        raise _not_found(search, f"{search.names[int(edge.argmax())]} runs off to an edge")
    if (found[1].fun - found[0].fun) * search.customer_count > _AGREEMENT:
        raise _not_found(search, f"{START_COUNT} searches ended at as many places")
    return best


def _polish(
    cost: Callable[[Floats], float], place: Floats, search: Search
) -> tuple[Floats, Floats]:
    """Return the maximum and the Hessian (p x p) there, by Newton steps."""
    for _ in range(10):
        curvature = _hessian(cost, place)
        if np.linalg.eigvalsh(curvature)[0] * search.customer_count < _UNKNOWN**-2:
            raise _not_found(search, "the likelihood is flat there, or no maximum")
        slope = _gradient(cost, place)
        step = np.linalg.solve(curvature, slope)
        if float(slope @ step) / 2 * search.customer_count < _LEFT_TO_CLIMB:
            return place, curvature
        place = place - step
    raise _not_found(search, "the search did not come to rest")


def _gradient(cost: Callable[[Floats], float], place: Floats) -> Floats:
    steps = _STEP * np.eye(place.size)
    return np.array(
        [(cost(place + one) - cost(place - one)) / (2 * _STEP) for one in steps]
    )


def _hessian(cost: Callable[[Floats], float], place: Floats) -> Floats:
    steps = _WIDE_STEP * np.eye(place.size)
    square = np.empty((place.size, place.size))
    for i, one in enumerate(steps):
        for j, other in enumerate(steps[: i + 1]):
            bend = cost(place + one + other) - cost(place + one - other)
            bend -= cost(place - one + other) - cost(place - one - other)
            square[i, j] = square[j, i] = bend / (4 * _WIDE_STEP**2)
    return square


def _not_found(search: Search, found: str) -> WorthError:
    remedy = (
        "use more customers or a longer history; where all customers are alike, or none "
        "has left, the simple mean per customer says all that these data know"
    )
    message = f"no maximum of the {search.model} likelihood was found"
    return WorthError(message, [Problem(search.model, found, remedy)])


def _cautions(
    names: Sequence[str], errors: Floats, covariance: Floats
) -> tuple[Caution, ...]:
    """Say when parameters are known only within a factor, or only together."""
    together = np.abs(covariance / np.outer(errors, errors))
    np.fill_diagonal(together, 0.0)
    loose = [name for name, error in zip(names, errors, strict=True) if error > _WEAK_ERROR]
    first, second = divmod(int(together.argmax()), len(names))
    said = []
    if loose:
        said.append(f"{', '.join(loose)} known only within a factor of 2.7 or more")
    if together.max() > _WEAK_CORRELATION:
        said.append(f"{names[first]} and {names[second]} can hardly be told apart")
    if not said:
        return ()
    sentence = f"Read what the model predicts, not its parameters: {'; '.join(said)}."
    return (Caution("weakly_identified", sentence),)
