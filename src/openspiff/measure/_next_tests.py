"""What should the next program try, so that it can be judged better than this one?"""

from __future__ import annotations

import math
from typing import Final

import attrs

from openspiff.money import PPM
from openspiff.program import MeasurementPlan, Program

from ._compare import Comparison, Found
from ._panel import Counted
from ._people import HELD_OUT, INELIGIBLE, TREATED
from ._types import Check, Estimate, Verdict
from ._worth import Worth

_WANTED_POWER: Final = 2.8
"""z(.975) + z(.80): so many standard errors of effect are found four times in five."""
_FEW_UNITS: Final = 20
_MUCH: Final = 0.2


def next_tests(
    program: Program,
    comparison: Comparison,
    found: Found,
    *,
    timing: tuple[Estimate, ...],
    worth: Worth,
    checks: tuple[Check, ...],
    verdict: Verdict,
) -> tuple[str, ...]:
    """Return sentences, the most useful first; at least one."""
    people = comparison.panel.people
    said = []
    if not people.count(HELD_OUT):
        share = "20%" if people.count(TREATED) >= 2 * _FEW_UNITS else "half"
        said.append(
            f"Hold out {share} of the payees by chance next time, by firm where colleagues "
            "share customers: then chance, not season or growth, is compared with."
        )
    elif found.headline is not None and not found.headline.excludes_zero:
        said.append(_larger(program, comparison, found.headline))
    if any(one.code == "leakage" and not one.is_ok for one in checks):
        said.append("Keep the held-out payees out of the claims and of the payments.")
    by_name = {one.name: one for one in timing}
    moved = by_name.get("pull-forward share")
    if moved is not None and moved.value > _MUCH and moved.excludes_zero:
        said.append(
            "Move the deadline off the end of the quarter, or pay for deals whose pipeline "
            "is younger than the announcement: part of this effect came from later weeks."
        )
    waited = by_name.get("hold-back share")
    if waited is not None and waited.value > _MUCH and waited.excludes_zero:
        said.append(
            "Announce on the first day of the window: payees held deals back for it."
        )
    if worth.dead_weight is not None and (worth.dead_weight.low or 0.0) > 0.5:  # noqa: PLR2004
        said.append(
            "Pay from a floor (a payee's own usual count upwards) or for new customers "
            "only: most of what was paid for would have come anyway."
        )
    if verdict.decision == "repeat" and not said:
        said.append(
            "Repeat it with a smaller payout in half of the firms, drawn by chance: that "
            "tells whether less money would do."
        )
    if not said and people.count(INELIGIBLE):
        said.append("Run it again with the same holdout: two programs halve the doubt.")
    return tuple(said) or ("Run it again with a holdout drawn anew, and pool the two.",)


def _larger(program: Program, comparison: Comparison, headline: Estimate) -> str:
    """Say what the design could have found, and how much more it would take."""
    error, rate = headline.standard_error or 0.0, _rate(comparison)
    least = _WANTED_POWER * error
    share = f" ({least / rate:.0%} of the usual {rate:.3g})" if rate > 0 else ""
    wanted = max(abs(headline.value), least / 4)
    times = math.ceil((least / wanted) ** 2)
    held = 0 if program.holdout is None else program.holdout.share_ppm / PPM
    more = "Hold out half instead of " + f"{held:.0%}, " if held < 0.4 else ""  # noqa: PLR2004
    return (
        f"This design finds effects from {least:.3g} {headline.unit} up{share} four times "
        f"in five. {more}lengthen the baseline, or pool about {times} such programs to see "
        "one of the size found."
    ).replace(". lengthen", ". Lengthen")


def _rate(comparison: Comparison) -> float:
    before = comparison.baseline(Counted.UNITS)
    if before is None:
        return 0.0
    treated = comparison.panel.people.on(TREATED)
    weeks = float(before.weeks[treated].sum())
    return float(before.total[treated].sum()) / weeks if weeks > 0 else 0.0


def changed_after_launch(
    program: Program, launched: MeasurementPlan | None
) -> tuple[str, ...]:
    """Return one sentence for each part of the plan that is no longer as launched."""
    if launched is None:
        return ()
    now = program.measurement
    return tuple(
        f"{field.name.replace('_', ' ')} was {getattr(launched, field.name)} at launch and "
        f"is {getattr(now, field.name)} here: what follows from it is exploratory."
        for field in attrs.fields(MeasurementPlan)
        if getattr(launched, field.name) != getattr(now, field.name)
    )
