"""What kind of program moved more than others, and do payees wait for the next one?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import attrs
import numpy as np

from openspiff.errors import Problem
from openspiff.measure._fitted import estimate_of
from openspiff.measure._least_squares import Floats, fit_coefficient
from openspiff.measure._types import Caution, Estimate, MeasureError

from ._grid import posterior
from ._records import FinishedProgram, payee_count, weakest_tier
from ._summary import estimate_from

FEWEST_COMPARED: Final = 5
"""With fewer programs a line through them is drawn by one or two."""

_FEW: Final = 10
_FEWEST_OF_A_KIND: Final = 2

NotPossible = tuple[str, str]
Attribute = tuple[str, str, Callable[[FinishedProgram], float | None]]


def _tenths(program: FinishedProgram) -> float | None:
    return None if program.payout_share is None else program.payout_share * 10


_KINDS: Final[tuple[tuple[str, Callable[[FinishedProgram], str]], ...]] = (
    ("behavior kind", lambda one: one.behavior_kind),
    ("audience", lambda one: one.audience),
    ("payout kind", lambda one: one.payout_kind),
)
_NUMBERS: Final[tuple[Attribute, ...]] = (
    ("window length", "for each further week", lambda one: one.window_day_count / 7),
    ("payout size", "for each further tenth of the margin", _tenths),
    (
        "weeks since the previous program",
        "for each further week",
        lambda one: one.weeks_since_previous,
    ),
    ("year", "for each later year", lambda one: float(one.year)),
)


def attribute_effects(
    programs: Sequence[FinishedProgram], *, spread_scale: float
) -> tuple[list[Estimate], list[NotPossible]]:
    """Regress the effects on one attribute at a time, on the same grid as the mean.

    A number gives a slope where two programs or more differ from the rest; each kind is
    compared with all other programs. Also returns what was not possible, and why. With
    many attributes one interval in twenty misses by chance, which the cautions say.
    Thompson and Higgins (2002), Statistics in Medicine 21(11), on regressions of results.
    """
    found: list[Estimate] = []
    refused: list[NotPossible] = []
    for name, per, number_of in _NUMBERS:
        pairs = [(one, number_of(one)) for one in programs]
        known = [(one, value) for one, value in pairs if value is not None]
        values = np.array([value for _, value in known])
        why = _why_no_slope(values) or _why_on_one(values)
        if why:
            refused.append((name, why))
            continue
        subset = [one for one, _ in known]
        found.append(
            _regressed(subset, values, name=name, per=per, spread_scale=spread_scale)
        )
    for name, kind_of in _KINDS:
        kinds = [kind_of(one) for one in programs]
        counts = {kind: kinds.count(kind) for kind in sorted(set(kinds))}
        enough = [
            kind
            for kind, count in counts.items()
            if _FEWEST_OF_A_KIND <= count <= len(programs) - _FEWEST_OF_A_KIND
        ]
        if not enough or len(programs) < FEWEST_COMPARED:
            why = "no kind has two programs of its own and two of others, of five in all"
            refused.append((name, why))
            continue
        # Of two kinds, the second says the same with the other sign.
        for kind in enough[:1] if len(counts) == _FEWEST_OF_A_KIND else enough:
            values = np.array([float(one == kind) for one in kinds])
            label = f"{name}: {kind}"
            per = "more than other programs"
            found.append(
                _regressed(programs, values, name=label, per=per, spread_scale=spread_scale)
            )
    return found, refused


def waiting_index(programs: Sequence[FinishedProgram]) -> Estimate:
    """Return the change of the hold-back share for each further week between programs.

    Below zero: the sooner programs follow each other, the more payees wait for them. Least
    squares over the programs where both are known, errors that allow for unequal variances.
    Raises MeasureError with fewer than 5 such programs or where nothing varies.
    MacKinnon and White (1985), Journal of Econometrics 29(3); Bell and McCaffrey (2002),
    Survey Methodology 28(2).
    """
    known = [
        (one, one.weeks_since_previous, one.hold_back_share)
        for one in programs
        if one.weeks_since_previous is not None and one.hold_back_share is not None
    ]
    weeks = np.array([row[1] for row in known], dtype=np.float64)
    shares = np.array([row[2] for row in known], dtype=np.float64)
    why = _why_no_slope(weeks)
    if why:
        remedy = "keep both numbers of every program, and vary the weeks between programs"
        problem = Problem("weeks_since_previous, hold_back_share", why, remedy)
        raise MeasureError("the waiting index cannot be told", [problem])
    fit = fit_coefficient(
        shares,
        weeks - weeks.mean(),
        np.ones((weeks.size, 1)),
        cluster=np.arange(weeks.size),
        errors="CR2",
    )
    subset = [one for one, _, _ in known]
    found = estimate_of(
        fit,
        name="waiting index",
        method="hold-back share on weeks since the previous program",
        tier=weakest_tier(subset),
        unit="share of the window's sales for each further week",
        unit_count=payee_count(subset),
    )
    return attrs.evolve(found, warnings=(*found.warnings, _how_many(subset)))


def _regressed(
    programs: Sequence[FinishedProgram],
    values: Floats,
    *,
    name: str,
    per: str,
    spread_scale: float,
) -> Estimate:
    """Return the coefficient of values (n) beside a common mean."""
    columns = np.column_stack([values - values.mean(), np.ones(values.size)])
    effects = np.array([one.effect.value for one in programs])
    errors = np.array([one.error for one in programs])
    slope = posterior(effects, errors, columns, spread_scale=spread_scale).coefficient
    return estimate_from(
        slope,
        programs,
        name=name,
        method="regression over programs, one attribute at a time, on a grid",
        unit=f"{programs[0].effect.unit} {per}",
        warnings=(_how_many(programs),),
    )


def _how_many(programs: Sequence[FinishedProgram]) -> Caution:
    count = len(programs)
    few = f" Fewer than {_FEW} programs carry no firm conclusion." if count < _FEW else ""
    sentence = (
        f"{count} programs that were not assigned to be so: what goes with an attribute "
        f"may come from another. One such interval in twenty misses by chance.{few}"
    )
    return Caution("over_programs", sentence)


def _why_no_slope(values: Floats) -> str:
    if values.size < FEWEST_COMPARED:
        return f"known of {values.size} programs, {FEWEST_COMPARED} are needed"
    if np.unique(values).size == 1:
        return "the same in every program"
    return ""


def _why_on_one(values: Floats) -> str:
    """Return why a slope would be that of one program against the rest; "" if it is not."""
    _, counts = np.unique(values, return_counts=True)
    others = int(values.size - counts.max())
    if others < _FEWEST_OF_A_KIND:
        return f"all but {others} of {values.size} programs have the same"
    return ""
