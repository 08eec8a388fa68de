"""Repeat, redesign, retire, or can we not tell?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from openspiff.money import PPM
from openspiff.program import Program

from ._compare import Comparison, Found
from ._types import Check, Decision, Estimate, Verdict
from ._worth import Worth

HIGH_DEAD_WEIGHT: Final = 0.5
_DECISIVE: Final = {
    "A": ("sample_ratio", "leakage", "silent_weeks"),
    "B": ("pre_trend", "silent_weeks", "silent_baseline"),
    "C": ("silent_weeks", "silent_baseline"),
    "D": ("silent_weeks", "silent_baseline"),
}


def rule_in_words(program: Program) -> str:
    """Return the rule that the plan stated before the program began."""
    wanted = _percent(program.measurement.repeat_from_return_ppm / PPM)
    return (
        f"Repeat when the whole 95% interval of the return on cost is at or above "
        f"{wanted}. Redesign when the program surely added sales but the whole interval of "
        f"the return is below {wanted}, or surely more than {HIGH_DEAD_WEIGHT:.0%} of the "
        f"units paid for would have come anyway. Retire when the whole interval of the "
        f"return is below {wanted}, or of the effect at or below zero, and no added sales "
        f"are shown. "
        f"Otherwise, or where the comparison fails its checks, we cannot tell."
    )


def find_verdict(
    program: Program,
    comparison: Comparison,
    found: Found,
    worth: Worth,
    checks: Sequence[Check],
) -> Verdict:
    """Apply the rule of the plan to what was found; say each reason."""
    rule = rule_in_words(program)
    is_over = comparison.panel.calendar.is_over
    reasons = _obstacles(found, checks, is_over=is_over)
    if reasons or found.headline is None:
        return Verdict(decision="cannot_tell", reasons=tuple(reasons), rule=rule)
    decision, why = _decide(program, found.headline, worth)
    return Verdict(decision=decision, reasons=tuple(why), rule=rule)


def _obstacles(found: Found, checks: Sequence[Check], *, is_over: bool) -> list[str]:
    if found.headline is None:
        why = (
            "There is neither a holdout nor a comparison group that can be used; before "
            "and after alone cannot tell what the program added."
        )
        return [why]
    decisive = _DECISIVE.get(found.headline.tier, ())
    reasons = [one.sentence for one in checks if one.code in decisive and not one.is_ok]
    if not is_over:
        reasons.append("The window is not over, or its last days are not known.")
    return reasons


def _decide(
    program: Program, headline: Estimate, worth: Worth
) -> tuple[Decision, list[str]]:
    wanted = program.measurement.repeat_from_return_ppm / PPM
    back, dead = worth.return_on_cost, worth.dead_weight
    adds = headline.low is not None and headline.low > 0
    never_adds = headline.high is not None and headline.high <= 0
    surely_wasteful = dead is not None and (dead.low or 0.0) > HIGH_DEAD_WEIGHT
    is_enough = back is not None and (back.low or 0.0) >= wanted
    is_short = back is not None and (back.high or 0.0) < wanted
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
    return "cannot_tell", ["The intervals are too wide for the rule to decide.", *facts]


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
