"""What should the next program try, so that it can be judged better than this one?"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from openspiff.money import PPM
from openspiff.program import Program

from ._compare import Comparison
from ._designs import Designs, designs_of
from ._found import Found
from ._panel import Counted
from ._people import HELD_OUT, TREATED
from ._types import Check, Estimate, Verdict
from ._worth import Worth

_WANTED_POWER: Final = 2.8
"""z(.975) + z(.80): so many standard errors of effect are found four times in five."""
_FEW_UNITS: Final = 20
_MUCH: Final = 0.2
_NEAR_HALF: Final = 0.4
_MOST_POOLED: Final = 12
"""Nobody runs more programs of one kind in a reasonable time."""
_LONGER: Final = 2
_MOST_WEEKS: Final = 52


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
    """Return sentences, the most useful first; at least one.

    Sizes come from how payees varied in the baseline (`holdout_power`), where it is known.
    """
    designs = designs_of(program, comparison)
    faulty = {one.code for one in checks if not one.is_ok}
    is_drawn = found.headline is not None and found.headline.tier == "A"
    said = []
    if not is_drawn:
        said.append(_hold_out(comparison, designs))
    elif found.headline is not None and not found.headline.excludes_zero:
        said.append(_larger(program, comparison, found.headline, designs))
    if "leakage" in faulty:
        said.append("Keep the held-out payees out of the claims and of the payments.")
    said += _moved_in_time(timing)
    if worth.dead_weight is not None and (worth.dead_weight.low or 0.0) > 0.5:  # noqa: PLR2004
        said.append(_floor(program, comparison))
    if verdict.decision == "repeat" and not said:
        said.append(
            "Repeat it with a smaller payout in half of the firms, drawn by chance: that "
            "tells whether less money would do."
        )
    if not said:
        said.append(_again(program, designs, is_sound=not faulty & {"sample_ratio"}))
    return tuple(said)


def _hold_out(comparison: Comparison, designs: Designs | None) -> str:
    """Ask for a holdout where there was none, or for one that is large enough."""
    people = comparison.panel.people
    is_many = people.count(TREATED) + people.count(HELD_OUT) >= 2 * _FEW_UNITS
    share = 0.2 if is_many and not people.count(HELD_OUT) else 0.5
    text = (
        f"Hold out {_share(share)} of the payees by chance next time, by firm where "
        "colleagues share customers: then chance, not season or growth, is compared with."
    )
    return text if designs is None else f"{text} {designs.sized(share)}"


def _moved_in_time(timing: tuple[Estimate, ...]) -> list[str]:
    by_name = {one.name: one for one in timing}
    said = []
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
    return said


def _floor(program: Program, comparison: Comparison) -> str:
    """Ask to pay for more than usual only; say how much is usual, where it is known."""
    why = "most of what was paid for would have come anyway."
    usual = _usual_count(program, comparison)
    if usual is None or usual < 1:
        return f"Pay for new customers only: {why}"
    return (
        "Pay from a floor, a payee's own usual count upwards (half of the payees sold "
        f"{usual:,.0f} or fewer in as many weeks before), or for new customers only: {why}"
    )


def _usual_count(program: Program, comparison: Comparison) -> float | None:
    """Return the median units of a treated payee before, in as many weeks as the window."""
    before = comparison.baseline(Counted.UNITS)
    if before is None:
        return None
    kept = comparison.panel.people.on(TREATED) & (before.weeks > 0)
    if not kept.any():
        return None
    days = (program.window.ends_before - program.window.starts_on).days
    return float(np.median(before.only(kept).rate)) * days / 7


def _again(program: Program, designs: Designs | None, *, is_sound: bool) -> str:
    which = "the same holdout" if is_sound else "a holdout drawn anew"
    text = f"Run it again with {which}: the error of two programs together is 29% smaller."
    share = _held_out_share(program)
    return text if designs is None or not share else f"{text} {designs.sized(share)}"


def _larger(
    program: Program, comparison: Comparison, headline: Estimate, designs: Designs | None
) -> str:
    """Say what the design could have found, and how much more it would take."""
    error, rate = headline.standard_error or 0.0, _rate(comparison)
    least = _WANTED_POWER * error
    is_units = headline.unit == comparison.unit(Counted.UNITS)
    share = ""
    if rate > 0 and is_units:
        share = f" ({least / rate:.0%} of the usual {rate:.3g})"
    effects = f"effects from {least:.3g} {headline.unit} up{share}"
    said = [f"This design finds {effects} four times in five."]
    said += _wider_designs(program, designs)
    times = (least / headline.value) ** 2 if headline.value else math.inf
    if times <= _MOST_POOLED:
        said.append(
            f"Pooling {max(math.ceil(times), 2)} such programs would show one of the size "
            "found."
        )
    else:
        said.append(
            "To show one of the size found, more such programs would have to be pooled "
            "than is practical."
        )
    return " ".join(said)


def _wider_designs(program: Program, designs: Designs | None) -> list[str]:
    """Return what half of the payees held out, or a longer baseline, would find."""
    if designs is None:
        return []
    held, said = _held_out_share(program), []
    if held < _NEAR_HALF:
        said.append(designs.sized(0.5))
    weeks = min(_LONGER * designs.plan.baseline_weeks, _MOST_WEEKS)
    longer = designs.found_from(held_out_share=held, baseline_weeks=weeks) if held else None
    if longer is not None and weeks > designs.plan.baseline_weeks:
        said.append(f"With a baseline of {weeks} weeks, {longer}.")
    return said


def _held_out_share(program: Program) -> float:
    return 0.0 if program.holdout is None else program.holdout.share_ppm / PPM


def _share(share: float) -> str:
    return "half" if share == 0.5 else f"{share:.0%}"  # noqa: PLR2004 (a half)


def _rate(comparison: Comparison) -> float:
    before = comparison.baseline(Counted.UNITS)
    if before is None:
        return 0.0
    treated = comparison.panel.people.on(TREATED)
    weeks = float(before.weeks[treated].sum())
    return float(before.total[treated].sum()) / weeks if weeks > 0 else 0.0
