"""Who is added up, and with whom? Each unit once, with its cohort and its firm."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import attrs
import numpy as np

from openspiff.errors import Problem
from openspiff.measure._error_codes import (
    Coded,
    DuplicateUnitError,
    TooFewUnitsError,
    refusal_of,
)
from openspiff.measure._least_squares import Flags, Integers
from openspiff.measure._moments._record import NEVER, Cohort, Names
from openspiff.measure._sums import codes_of
from openspiff.measure._types import MeasureError

_BYTE: Final = 8


@attrs.frozen(kw_only=True, eq=False)
class Activity:
    """When units (n) were there: the few patterns (P x T), and which one each unit has."""

    patterns: Flags
    pattern_no: Integers

    @property
    def is_ever(self) -> Flags:
        """Return which units (n) were there in any period."""
        pattern: Flags = np.any(self.patterns, axis=1)
        return pattern[self.pattern_no]

    @classmethod
    def always(cls, unit_count: int, period_count: int) -> Activity:
        """Return the activity of units that were there in every period."""
        return cls(
            patterns=np.ones((1, period_count), dtype=np.bool_),
            pattern_no=np.zeros(unit_count, dtype=np.int64),
        )

    @classmethod
    def of_periods(cls, periods: Iterable[Flags], unit_count: int) -> Activity:
        """Return the activity told one period after another, each as flags (n)."""
        packed: list[Integers] = []
        count = 0
        for flags in periods:
            place = count % _BYTE
            if not place:
                packed.append(np.zeros(unit_count, dtype=np.int64))
            packed[-1] |= flags.astype(np.int64) << place
            count += 1
        pattern_no = joint_codes(*packed)
        example = np.unique(pattern_no, return_index=True)[1]
        patterns = [packed[no // _BYTE][example] >> no % _BYTE & 1 for no in range(count)]
        return cls(
            patterns=np.array(patterns, dtype=np.bool_).T,
            pattern_no=pattern_no,
        )


@attrs.frozen(kw_only=True, eq=False)
class Members:
    """Units (n) in order of cohort, firm and name; `firm` is None where it is not kept."""

    unit: Names
    cohort_no: Integers
    firm: Names | None
    cohorts: tuple[Cohort, ...]

    @property
    def count(self) -> Integers:
        """Return how many units each cohort has (C)."""
        found: Integers = np.bincount(self.cohort_no, minlength=len(self.cohorts))
        return found


def members_of(
    units: Names,
    *,
    first_no: Integers,
    activity: Activity,
    side: Names | None = None,
    strata: Names | None = None,
    firms: Names | None = None,
) -> Members:
    """Sort units (n names) into cohorts, by what `moments_of` tells payees apart by.

    `first_no`, `side`, `strata` and `firms` (n each) as there.
    Raises MeasureError when there are no units, a unit appears twice or was never there.
    """
    name_no = codes_of(units)
    _require_sound(units, name_no, activity)
    if side is None:
        side = np.where(first_no == NEVER, "never", "treated")
    if strata is None:
        strata = np.full(units.size, "")
    code = joint_codes(
        codes_of(first_no), codes_of(side), codes_of(strata), activity.pattern_no
    )
    found = [
        Cohort(
            None if first_no[row] == NEVER else int(first_no[row]),
            str(side[row]),
            str(strata[row]),
            tuple(activity.patterns[activity.pattern_no[row]].tolist()),
        )
        for row in np.unique(code, return_index=True)[1].tolist()
    ]
    ranked = sorted(range(len(found)), key=lambda number: found[number].place)
    cohort_no = np.argsort(ranked)[code]
    firm = None if firms is None else firms.astype(np.str_)
    by_firm = np.zeros_like(code) if firm is None else codes_of(firm)
    order = np.lexsort((name_no, by_firm, cohort_no))
    return Members(
        unit=units[order],
        cohort_no=cohort_no[order].astype(np.int64),
        firm=None if firm is None else firm[order],
        cohorts=tuple(found[number] for number in ranked),
    )


def joint_codes(*columns: Integers) -> Integers:
    """Return codes 0..G-1 (n) for what columns of small whole numbers say together."""
    joint = columns[0]
    for column in columns[1:]:
        joint = codes_of(joint) * (int(column.max(initial=0)) + 1) + column
    return codes_of(joint)


def _require_sound(units: Names, name_no: Integers, activity: Activity) -> None:
    found: list[Coded] = []
    is_twice = np.bincount(name_no)[name_no] > 1
    if is_twice.any():
        text = f"{np.unique(name_no[is_twice]).size} payees, such as {units[is_twice][0]}"
        one = Problem("payees, twice", text, "give each payee once")
        found.append((DuplicateUnitError, one))
    gone = ~activity.is_ever
    if gone.any():
        text = f"{int(gone.sum())} payees were active in no period"
        one = Problem("is_active", text, "leave out who was never there")
        found.append((MeasureError, one))
    if not units.size:
        one = Problem("payees", "there are none", "import a roster or events")
        found.append((TooFewUnitsError, one))
    if found:
        raise refusal_of("these payees cannot be added up", found)
