"""What does an answer of this room look like, and what must be true of its input?"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Final

import attrs
import numpy as np
from scipy.special import ndtri

from openspiff.errors import OpenSpiffError, Problem

Floats = np.ndarray[Any, np.dtype[np.float64]]
Integers = np.ndarray[Any, np.dtype[np.int64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]

LEVEL: Final = 0.95
"""Every interval is a 95% interval."""

TAIL: Final = (1 - LEVEL) / 2
CRITICAL: Final = float(ndtri(1 - TAIL))
MILLION: Final = 1_000_000


class WorthError(OpenSpiffError):
    """What a customer is worth cannot be told from these data; never a zero instead."""

    code: ClassVar[str] = "value"


@attrs.frozen
class Caution:
    """Something a reader must know before using a number: a code and a sentence."""

    code: str
    sentence: str


def _held(given: Mapping[str, float]) -> Mapping[str, float]:
    return MappingProxyType(dict(given))


@attrs.frozen(kw_only=True, eq=False)
class Fit:
    """A model fitted by maximum likelihood to the histories of customers.

    `parameters` keep the names of the paper; `covariance` (p x p, in their order) comes
    from the numerical Hessian, in the parameters' own units.
    """

    model: str
    parameters: Mapping[str, float] = attrs.field(converter=_held)
    covariance: Floats
    log_likelihood: float
    customer_count: int
    warnings: tuple[Caution, ...] = ()

    @property
    def values(self) -> Floats:
        """Return the parameters (p) as an array, in their order."""
        return np.array(list(self.parameters.values()))

    @property
    def standard_errors(self) -> dict[str, float]:
        """Return the standard error of each parameter."""
        errors = np.sqrt(np.diag(self.covariance)).tolist()
        return dict(zip(self.parameters, errors, strict=True))

    def interval(self, name: str) -> tuple[float, float]:
        """Return the 95% interval of one (positive) parameter, made on the log scale."""
        value = self.parameters[name]
        reach = math.exp(CRITICAL * self.standard_errors[name] / value)
        return value / reach, value * reach


@attrs.frozen(kw_only=True)
class Worth:
    """One number with its 95% interval, how it was come by, and from how many customers.

    `standard_error` is None where the interval is made of exact bounds.
    """

    value: float
    standard_error: float | None
    low: float
    high: float
    method: str
    customer_count: int
    warnings: tuple[Caution, ...] = ()


def as_floats(given: Any) -> Floats:
    """Return what was given as an array of floats."""
    return np.asarray(given, dtype=np.float64)


def column(place: str, given: Any) -> Floats:
    """Return a column (n) as floats; raise WorthError when it is empty or not finite."""
    values = as_floats(given)
    if values.ndim != 1 or values.size == 0:
        found = f"found an array of shape {values.shape}"
        remedy = "give one column with at least one row"
        raise WorthError("there is nothing to look at", [Problem(place, found, remedy)])
    refuse_rows(
        "a number is missing or infinite",
        [(place, ~np.isfinite(values), "give a finite number or leave the row out")],
    )
    return values


def flags(place: str, given: Any) -> Flags:
    """Return a column (n) of yes or no; raise WorthError when it holds anything else."""
    values: np.ndarray[Any, Any] = np.asarray(given)
    if values.ndim != 1 or values.dtype != np.bool_:
        found = f"found {values.dtype} of shape {values.shape}"
        problem = Problem(place, found, "give one column of true and false")
        raise WorthError("something is neither yes nor no", [problem])
    return values


def refuse_rows(message: str, cases: Iterable[tuple[str, Flags, str]]) -> None:
    """Raise WorthError when a case (place, is_wrong (n), remedy) marks any row."""
    problems = [
        Problem(
            place,
            f"{int(wrong.sum())} rows, the first is row {int(wrong.argmax())}",
            remedy,
        )
        for place, wrong, remedy in cases
        if wrong.any()
    ]
    if problems:
        raise WorthError(message, problems)


def same_length(**columns: np.ndarray[Any, Any]) -> None:
    """Raise WorthError unless all columns have one row for each of the same things."""
    sizes = {name: one.shape for name, one in columns.items()}
    if len(set(sizes.values())) > 1:
        remedy = "give columns of the same rows in the same order"
        problems = [Problem(name, f"shape {size}", remedy) for name, size in sizes.items()]
        raise WorthError("columns differ in length", problems)


def require_horizon(place: str, horizon: float) -> None:
    """Raise WorthError unless the horizon is a finite time above zero."""
    if not (math.isfinite(horizon) and horizon > 0):
        remedy = "give a finite time above zero: worth without an end is no forecast"
        problem = Problem(place, f"found {horizon}", remedy)
        raise WorthError("there is no time to look ahead", [problem])


def require_rate(place: str, rate_ppm: int) -> None:
    """Raise WorthError when a discount rate is negative."""
    if rate_ppm < 0:
        remedy = "give the rate for one unit of time in parts per million, 0 for none"
        problem = Problem(place, f"found {rate_ppm}", remedy)
        raise WorthError("a discount rate is negative", [problem])


def require_periods(tenure: int, period_count: int) -> None:
    """Raise WorthError unless there is a period to look ahead after a tenure."""
    problems = []
    if tenure < 0:
        problems.append(Problem("tenure", f"found {tenure}", "count whole periods from 0"))
    if period_count < 1:
        remedy = "look at least one period ahead"
        problems.append(Problem("period_count", f"found {period_count}", remedy))
    if problems:
        raise WorthError("there is no period to look ahead", problems)


def discounts(period_count: int, discount_ppm: int) -> Floats:
    """Return what an amount after 1, 2, ... periods is worth today (count).

    Raises WorthError when the rate is negative.
    """
    require_rate("discount_ppm", discount_ppm)
    worth: Floats = (1 + discount_ppm / MILLION) ** -np.arange(1.0, period_count + 1)
    return worth
