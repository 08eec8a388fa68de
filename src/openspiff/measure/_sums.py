"""What is known of each payee over a span: how much, and in how many active weeks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import attrs
import numpy as np

from openspiff.errors import Problem

from ._error_codes import NotFiniteError, OneCohortError, TooFewUnitsError
from ._least_squares import Flags, Floats, Integers
from ._types import MeasureError

FEWEST_PAYEES: Final = 5
"""No comparison is made with fewer payees on a side."""


@attrs.frozen(kw_only=True, eq=False)
class Sums:
    """Totals (n) of an outcome and active weeks (n) of the same payees over a span.

    As a baseline to adjust for, totals may hold a column for each of k outcomes (n x k).
    """

    total: Floats
    weeks: Floats

    @property
    def rate(self) -> Floats:
        """Return the outcome per active week; 0 where there was none."""
        weeks = self.weeks if self.total.ndim == 1 else self.weeks[:, None]
        return np.where(weeks > 0, self.total / np.where(weeks > 0, weeks, 1.0), 0.0)

    def only(self, kept: Flags) -> Sums:
        """Return the sums of the payees that `kept` (n) marks."""
        return Sums(total=self.total[kept], weeks=self.weeks[kept])


def codes_of(names: np.ndarray[Any, Any]) -> Integers:
    """Return codes 0..G-1 for names (n), whatever their kind."""
    return np.unique(names, return_inverse=True)[1].astype(np.int64)


def require_seed(seed: int) -> None:
    """Raise MeasureError unless a seed can start a generator."""
    if seed < 0:
        problem = Problem("seed", f"{seed} is below zero", "give a whole number from 0 up")
        raise MeasureError("a seed is a whole number from 0 up", [problem])


def require_flags(**flags: object) -> None:
    """Raise MeasureError unless each of these is an array (n) of True and False.

    Turned over, the numbers 0 and 1 are -1 and -2, so that everyone would be held out.
    """
    problems = []
    for name, column in flags.items():
        found = type(column).__name__
        if isinstance(column, np.ndarray):
            found = f"an array of {column.dtype}, {column.ndim} dimensions"
            if column.dtype == np.bool_ and column.ndim == 1:
                continue
        remedy = f"give {name} as one array of True and False, one entry for each payee"
        problems.append(Problem(name, found, remedy))
    if problems:
        raise MeasureError("sides are told by True and False", problems)


def _require_arrays(
    columns: tuple[np.ndarray[Any, Any], ...], known: Mapping[str, Sums]
) -> None:
    given: dict[str, object] = {f"column {no}": one for no, one in enumerate(columns, 1)}
    for name, sums in known.items():
        given |= {f"{name}, total": sums.total, f"{name}, weeks": sums.weeks}
    problems = [
        Problem(name, type(one).__name__, "give it as an array, one entry for each payee")
        for name, one in given.items()
        if not isinstance(one, np.ndarray) or one.ndim == 0
    ]
    if problems:
        raise MeasureError("the columns are not arrays", problems)


def require_sound(*columns: np.ndarray[Any, Any], **spans: Sums | None) -> None:
    """Raise MeasureError unless columns (n) and sums (n) are complete and possible.

    Names every span with outcomes or weeks that are missing, infinite or negative. A span
    that is None is left out.
    """
    known = {name: sums for name, sums in spans.items() if sums is not None}
    _require_arrays(columns, known)
    sizes = [column.shape[0] for column in columns]
    sizes += [one.shape[0] for sums in known.values() for one in (sums.total, sums.weeks)]
    if len(set(sizes)) > 1:
        text = f"columns of {', '.join(str(one) for one in sorted(set(sizes)))} payees"
        problem = Problem(", ".join(known), text, "give one entry for each payee")
        raise MeasureError("the columns are not of the same payees", [problem])
    faults: list[str] = []
    problems: list[Problem] = []
    for name, sums in known.items():
        missing = int((~np.isfinite(sums.total)).sum())
        wrong = int((~(np.isfinite(sums.weeks) & (sums.weeks >= 0))).sum())
        if missing:
            text = f"{missing} payees have an outcome that is no finite number"
            remedy = "import their events again, or leave these payees out"
            problems.append(Problem(f"{name}, total", text, remedy))
            faults.append("outcomes are missing or infinite")
        if wrong:
            text = f"{wrong} payees have weeks below zero or no number"
            remedy = "correct the days of the roster: a stay ends after it begins"
            problems.append(Problem(f"{name}, weeks", text, remedy))
            faults.append("active weeks are negative or missing")
    if faults:
        raise NotFiniteError(" and ".join(dict.fromkeys(faults)), problems)


def require_sides(is_treated: Flags, units: Integers, *, other: str) -> None:
    """Raise MeasureError unless both sides have enough payees and two units each.

    Says by its message whether there is nobody, one cohort, one unit, or too few.
    """
    found = []
    for side, name in ((is_treated, "treated"), (~is_treated, other)):
        payees, clusters = int(side.sum()), np.unique(units[side]).size
        if payees < FEWEST_PAYEES or clusters < 2:  # noqa: PLR2004 (one has no spread)
            text = f"{payees} active payees in {clusters} units"
            remedy = f"at least {FEWEST_PAYEES} payees in 2 units are needed"
            found.append((payees, Problem(name, text, remedy)))
    if not found:
        return
    kind: type[MeasureError] = TooFewUnitsError
    message = f"too few payees to compare the treated with the {other}"
    if not units.size:
        message = "no payee was active in every span that is compared"
    elif any(payees == 0 for payees, _ in found):
        kind = OneCohortError
        message = f"there is one cohort only, so no treated and {other} to compare"
    elif np.unique(units).size == 1:
        message = f"all treated and {other} are of one unit, which has no spread"
    raise kind(message, [problem for _, problem in found])
