"""Which refusals have a code of their own, so that a machine can tell them apart?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from openspiff.errors import Problem

from ._types import MeasureError


class NotBegunError(MeasureError):
    """A window of which nothing is known yet: it lies in the future, or the feed is old."""

    code: ClassVar[str] = "window_not_begun"


class NothingMeasuredError(MeasureError):
    """No event, or nothing but zeros, of what was to be measured."""

    code: ClassVar[str] = "nothing_to_measure"


class OneCohortError(MeasureError):
    """Nobody to compare with: all payees are of one side, or of one start."""

    code: ClassVar[str] = "one_cohort"


class NoBaselineError(MeasureError):
    """No period before the program, where the method needs one."""

    code: ClassVar[str] = "no_baseline"


class TooFewUnitsError(MeasureError):
    """A side of too few payees, or of one firm, whose luck has no spread."""

    code: ClassVar[str] = "too_few_units"


class NoVariationError(MeasureError):
    """Outcomes that do not vary beyond the adjustments, so no error can be estimated."""

    code: ClassVar[str] = "no_variation"


class NotFiniteError(MeasureError):
    """Outcomes that are missing or infinite, or active weeks that are none."""

    code: ClassVar[str] = "not_finite"


class DuplicateUnitError(MeasureError):
    """A payee who comes twice, and would count twice."""

    code: ClassVar[str] = "duplicate_unit"


class MomentsFileError(MeasureError):
    """A file of moments that is missing, broken, changed, or of other terms."""

    code: ClassVar[str] = "moments_file"


Coded = tuple[type[MeasureError], Problem]
"""A problem, and the kind of error that it is by itself."""


def refusal_of(message: str, found: Sequence[Coded]) -> MeasureError:
    """Return one error that names every problem: of their kind, if they are of one kind."""
    kinds = {kind for kind, _ in found}
    kind = kinds.pop() if len(kinds) == 1 else MeasureError
    return kind(message, [problem for _, problem in found])
