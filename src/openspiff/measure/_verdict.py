"""Repeat, redesign, retire, or can we not tell?"""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Sequence
from typing import Final

import attrs

from openspiff.money import PPM
from openspiff.program import MeasurementPlan

from ._compare import Comparison
from ._found import Found
from ._panel import Counted
from ._people import HELD_OUT, TREATED
from ._types import LEVEL, Caution, Check, Decision, Estimate, Verdict
from ._worth import Worth

HIGH_DEAD_WEIGHT: Final = 0.5
_DECISIVE: Final = {
    "A": ("sample_ratio", "leakage", "silent_weeks"),
    "B": ("pre_trend", "silent_weeks", "silent_baseline"),
    "C": ("silent_weeks", "silent_baseline"),
    "D": ("silent_weeks", "silent_baseline"),
}


def rule_in_words(plan: MeasurementPlan) -> str:
    """Return the rule of a plan as sentences."""
    wanted = _percent(plan.repeat_from_return_ppm / PPM)
    return (
        f"Repeat when the whole 95% interval of the return on cost is at or above "
        f"{wanted}. Redesign when the program surely added sales but the whole interval of "
        f"the return is below {wanted}, or surely more than {HIGH_DEAD_WEIGHT:.0%} of the "
        f"units paid for would have come anyway. Retire when the whole interval of the "
        f"return is below {wanted}, or of the effect at or below zero, and no added sales "
        f"are shown. "
        f"Otherwise, where the comparison fails its checks, where what is due is not "
        f"booked, and before the window is over, we cannot tell. Until the weeks after the "
        f"window that the plan names are known, from which sales may be borrowed, only "
        f"retire can be said."
    )


def find_verdict(
    plan: MeasurementPlan,
    comparison: Comparison,
    found: Found,
    worth: Worth,
    checks: Sequence[Check],
    *,
    unbooked: Caution | None = None,
    beside: Sequence[str] = (),
) -> Verdict:
    """Apply the rule of a plan to what was found; say each reason.

    `unbooked` says that the books do not hold what is due, so that the cost is not known;
    `beside` are reasons to weigh that do not decide.
    """
    rule = rule_in_words(plan)
    calendar = comparison.panel.calendar
    reasons = _obstacles(found, checks, is_over=calendar.is_over)
    reasons += [unbooked.sentence] if unbooked is not None else []
    if reasons or found.headline is None:
        return Verdict(decision="cannot_tell", reasons=(*reasons, *beside), rule=rule)
    decision, why = _decide(plan, found.headline, worth)
    why = [*why, *_doubts(comparison, found, found.headline), *beside]
    if decision != "retire" and not calendar.has_horizon:
        decision, why = "cannot_tell", [_open_horizon(plan, comparison), *why[1:]]
    return Verdict(decision=decision, reasons=tuple(why), rule=rule)


def _obstacles(found: Found, checks: Sequence[Check], *, is_over: bool) -> list[str]:
    if found.headline is None:
        why = (
            "There is neither a holdout nor a comparison group that can be used; before "
            "and after alone cannot tell what the program added."
        )
        return [why]
    decisive = (*_DECISIVE.get(found.headline.tier, ()), "overlap_apart")
    reasons = [one.sentence for one in checks if one.code in decisive and not one.is_ok]
    if not is_over:
        reasons.append("The window is not over, or its last days are not known.")
    return reasons


def _open_horizon(plan: MeasurementPlan, comparison: Comparison) -> str:
    calendar = comparison.panel.calendar
    known = calendar.where("horizon")
    window = calendar.spans[calendar.where("window")[-1]]
    ends_on = window.ends_before + dt.timedelta(weeks=plan.horizon_weeks, days=-1)
    return (
        f"The weeks after the window last until {ends_on}, and {len(known)} of "
        f"{plan.horizon_weeks} are known: sales may be borrowed from them, so "
        "neither repeat nor redesign can be said yet."
    )


def _doubts(comparison: Comparison, found: Found, headline: Estimate) -> list[str]:
    """Name what a reader must weigh though it does not change the verdict."""
    said = []
    calendar = comparison.panel.calendar
    is_gross = found.effect == "gross" and calendar.has_horizon
    if is_gross and calendar.where("horizon"):
        said.append(
            "It rests on the sales of the window alone: what was borrowed from the weeks "
            "after it is not taken off by this comparison."
        )
    drawn = ways_to_draw(comparison) if headline.tier == "A" else None
    if drawn is not None and drawn.rarest > 1 - LEVEL:
        said.append(
            f"Chance had only {drawn.count} ways to draw this holdout, so that re-drawing "
            f"it cannot go below p = {drawn.rarest:.2f}, however large the effect; the "
            "interval leans on the assumption that units vary like a bell curve."
        )
    return said


@attrs.frozen(kw_only=True)
class Ways:
    """How many assignments chance could have made, and how rare the rarest can look."""

    count: int
    rarest: float


def ways_to_draw(comparison: Comparison) -> Ways | None:
    """Count the assignments of those who were active, within strata.

    None where units were not assigned whole.
    """
    people = comparison.panel.people
    active = comparison.panel.sums(Counted.UNITS, "window").weeks > 0
    kept = people.on(TREATED, HELD_OUT) & active
    columns = (people.stratum, people.unit, people.on(TREATED))
    sides = set(zip(*(one[kept].tolist() for one in columns), strict=True))
    if len({(stratum, unit) for stratum, unit, _ in sides}) < len(sides):
        return None
    sizes = Counter(stratum for stratum, _, _ in sides)
    treated = Counter(stratum for stratum, _, is_treated in sides if is_treated)
    count = math.prod(math.comb(size, treated[one]) for one, size in sizes.items())
    # Equal halves can change places, and then look as strong the other way round.
    has_mirror = all(size == 2 * treated[one] for one, size in sizes.items())
    return Ways(count=count, rarest=min(1.0, (2 if has_mirror else 1) / count))


def _decide(
    plan: MeasurementPlan, headline: Estimate, worth: Worth
) -> tuple[Decision, list[str]]:
    wanted = plan.repeat_from_return_ppm / PPM
    back, dead = worth.return_on_cost, worth.dead_weight
    low, high = _both_ends(headline)
    adds, never_adds = low > 0, high <= 0
    surely_wasteful = _both_ends(dead)[0] > HIGH_DEAD_WEIGHT
    least, most = _both_ends(back)
    is_enough, is_short = least >= wanted, most < wanted
    facts = [_effect_sentence(headline), *_worth_sentences(back, dead, wanted)]
    facts += [f"Not possible: {what}: {reason}" for what, reason in worth.not_possible]
    asked = _percent(wanted)
    if is_enough:
        return "repeat", [f"The whole interval of the return is at least {asked}.", *facts]
    if adds and is_short:
        return "redesign", [f"Sales were added, but they return less than {asked}.", *facts]
    if adds and surely_wasteful:
        share = f"more than {HIGH_DEAD_WEIGHT:.0%} of the units paid for"
        why = f"Sales were added, but {share} would have come anyway."
        return "redesign", [why, *facts]
    if is_short and not adds:
        why = f"No added sales are shown, and the return is below {asked} at best."
        return "retire", [why, *facts]
    if never_adds:
        return "retire", ["At best, no sales were added.", *facts]
    return "cannot_tell", [_why_undecided(worth), *facts]


def _both_ends(one: Estimate | None) -> tuple[float, float]:
    """Return the ends of an interval; one without both decides nothing on either side."""
    if one is None or one.low is None or one.high is None or one.shape != "between":
        return -math.inf, math.inf
    return one.low, one.high


def _why_undecided(worth: Worth) -> str:
    if worth.return_on_cost is not None:
        return "The intervals are too wide for the rule to decide."
    if worth.cost_minor <= 0:
        return "Nothing was spent, so there is no return by which the rule could decide."
    return "The return is not known, so the rule cannot decide by it."


def _effect_sentence(headline: Estimate) -> str:
    text = (
        f"The {headline.name} effect is {headline.value:+.3g} {headline.unit} "
        f"({_interval(headline, '{:+.3g}')}), tier {headline.tier}"
    )
    if not headline.excludes_zero:
        return f"{text}: it may be zero."
    return f"{text}: it is not zero."


def _worth_sentences(
    back: Estimate | None, dead: Estimate | None, wanted: float
) -> list[str]:
    found = []
    if back is not None:
        found.append(
            f"The return on cost is {_percent(back.value)} ({_interval(back, '{:+.0%}')}); "
            f"the plan asks for {_percent(wanted)}."
        )
    if dead is not None:
        found.append(
            f"Dead weight is {dead.value:.0%} of the units paid for "
            f"({_interval(dead, '{:.0%}')})."
        )
    return found


def _interval(estimate: Estimate, style: str) -> str:
    low = "no lower bound" if estimate.low is None else style.format(estimate.low)
    high = "no upper bound" if estimate.high is None else style.format(estimate.high)
    return f"95% interval {low} to {high}"


def _percent(share: float) -> str:
    return f"{share:+.0%}" if share else "0%"
