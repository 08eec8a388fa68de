"""What must be known of a finished program before it can be compared with others?"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Final

import attrs

from openspiff.errors import Problem
from openspiff.measure._least_squares import critical_value
from openspiff.measure._types import Estimate, MeasureError, Tier

FEWEST_PROGRAMS: Final = 3
"""Two programs cannot tell how much programs differ."""

SPREAD_OF_SHARES: Final = 0.1
"""Scale of the spread for effects that are shares of the baseline.

Two programs drawn with this spread differ by about a tenth of the baseline: as much as
the lifts of 3 to 10% that short bonuses are known for differ from nothing. A scale
belongs at the upper end of what is plausible: with 3 programs that truly differ by the
scale itself the interval of their mean holds it in 90 of 100 worlds, not 95.
"""

_NORMAL: Final = critical_value(math.inf)


@attrs.frozen(kw_only=True)
class FinishedProgram:
    """One program whose effect has been measured, and what kind of program it was.

    `effect` has the same unit in every program, best a share of the baseline.
    `payout_share` is the payout for an event over the event's margin, `year` that of the
    window's middle. `weeks_since_previous` counts from the end of the last program of the
    same audience, behavior and products; `hold_back_share` is what moved in from before
    over what the window sold. None: not known, or there was no program before.
    """

    program_id: str
    effect: Estimate
    behavior_kind: str
    audience: str
    year: int
    window_day_count: int
    payout_share: float | None = None
    weeks_since_previous: float | None = None
    hold_back_share: float | None = None
    payout_kind: str = ""

    @property
    def error(self) -> float:
        """Return the standard error whose normal interval is as wide as that of Student.

        An error from few clusters is itself uncertain; a model that takes errors as known
        would trust it too much.
        """
        freedom = self.effect.degrees_of_freedom
        wider = 1.0 if freedom is None else critical_value(freedom) / _NORMAL
        return (self.effect.standard_error or 0.0) * wider


def weakest_tier(programs: Sequence[FinishedProgram]) -> Tier:
    """Return the tier of the weakest evidence among the programs."""
    return max(program.effect.tier for program in programs)


def payee_count(programs: Sequence[FinishedProgram]) -> int:
    """Return the payees of all programs; who took part twice counts twice."""
    return sum(program.effect.unit_count for program in programs)


def require_programs(programs: Sequence[FinishedProgram], spread_scale: float) -> None:
    """Raise MeasureError with every reason why the programs cannot be taken together."""
    problems = [one for program in programs for one in _problems(program)]
    if len(programs) < FEWEST_PROGRAMS:
        remedy = f"wait until {FEWEST_PROGRAMS} programs are measured; read each alone"
        problems.append(Problem("programs", f"only {len(programs)}", remedy))
    names = Counter(program.program_id for program in programs)
    remedy = "keep one record for each program"
    problems += [
        Problem(name, f"listed {count} times", remedy)
        for name, count in sorted(names.items())
        if count > 1
    ]
    units = sorted({program.effect.unit for program in programs})
    if len(units) > 1:
        remedy = "express every effect in one unit, best as a share of the baseline"
        problems.append(Problem("effect", f"several units: {', '.join(units)}", remedy))
    if not (math.isfinite(spread_scale) and spread_scale > 0):
        remedy = "give the size, above zero, by which effects may plausibly differ"
        problems.append(Problem("spread_scale", f"{spread_scale}", remedy))
    if problems:
        raise MeasureError("these programs cannot be taken together", problems)


def _problems(program: FinishedProgram) -> list[Problem]:
    found, place = [], program.program_id
    if not program.effect.standard_error:
        remedy = "measure it by a method that gives an error, or leave it out"
        found.append(Problem(place, "the effect has no standard error", remedy))
    if program.effect.is_unbounded:
        remedy = "leave it out: so uncertain an effect says nothing beside the others"
        found.append(Problem(place, "the interval of the effect has no end", remedy))
    if program.effect.tier == "E":
        remedy = "leave it out; the naive number would pass for evidence"
        found.append(Problem(place, "before and after is never incremental", remedy))
    if program.window_day_count < 1:
        remedy = "give the days of its window"
        found.append(Problem(place, f"{program.window_day_count} days", remedy))
    for name in ("payout_share", "weeks_since_previous", "hold_back_share"):
        value = getattr(program, name)
        if value is not None and not math.isfinite(value):
            remedy = "give a number, or None where it is not known"
            found.append(Problem(f"{place}, {name}", f"{value}", remedy))
    return found
