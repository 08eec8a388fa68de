"""How do programs that were measured one by one become a library that can be compared?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final, assert_never

import attrs

from openspiff.measure._types import Answer, Caution, Estimate, Phase
from openspiff.money import PPM
from openspiff.program import (
    Audience,
    Basis,
    CountTiers,
    Flat,
    MrrMultiple,
    Percent,
    Program,
    Tickets,
    Window,
)

from ._records import FinishedProgram

_NAMED_AT_MOST: Final = 3
_WEEK_DAYS: Final = 7


@attrs.frozen(kw_only=True)
class MeasuredProgram(FinishedProgram):
    """A finished program with its name.

    `hold_back_of_gross` is what moved in from before over the gross effect, as the report
    of the program says it; None where it is not told.
    """

    name: str
    hold_back_of_gross: float | None = None


@attrs.frozen(kw_only=True)
class Library:
    """The programs that can be compared; `left_out` are pairs of (program id, why)."""

    programs: tuple[MeasuredProgram, ...]
    left_out: tuple[tuple[str, str], ...]


def library_of(answers: Sequence[Answer], launched: Sequence[Program]) -> Library:
    """Return the library of all programs that were launched, in the order of their ids.

    `answers` holds the newest answer of each program, `launched` every version that was
    ever launched. Effects are shares of the baseline: the headline over what the treated
    had in a week of the baseline, which is taken as known, so that its error is scaled
    alike. Whether an effect stands out decides nothing: a library without the dull ones
    would promise too much. Left out is what cannot be compared, each with its reason.
    """
    versions = {(one.program_id, one.version): one for one in launched}
    newest = {one.program_id: one for one in sorted(launched, key=lambda one: one.version)}
    programs, left_out = [], []
    for answer in answers:
        program = versions.get((answer.program_id, answer.version))
        effect = _share_of_baseline(answer)
        if program is None:
            left_out.append((answer.program_id, "the terms measured are not on record"))
        elif isinstance(effect, str):
            left_out.append((answer.program_id, effect))
        else:
            programs.append(_measured(answer, program, effect, list(newest.values())))
    measured = {answer.program_id for answer in answers}
    left_out += [(name, "not measured") for name in newest if name not in measured]
    return Library(
        programs=tuple(sorted(programs, key=lambda one: one.program_id)),
        left_out=tuple(sorted(left_out)),
    )


def _share_of_baseline(answer: Answer) -> Estimate | str:
    """Return the headline as a share of the baseline, or why it cannot be one."""
    one, base = answer.headline, _treated_mean(answer, "baseline")
    if one is None or one.tier == "E":
        return f"nothing above before and after is known of it: {answer.why_tier}"
    if any(caution.code == "window_open" for caution in answer.warnings):
        return "its window was not over when it was measured: measure it again"
    if one.low is None or one.high is None or one.is_unbounded or not one.standard_error:
        return "its effect has no error or no end: it says nothing beside the others"
    if base is None or base <= 0:
        return "no baseline above zero is known, so there is nothing to take a share of"
    sentence = (
        f"A share of the baseline ({base:.3g} {one.unit}), which is taken as known: the "
        "interval is that of the effect, scaled."
    )
    cautions = [*one.warnings, Caution("share_of_baseline", sentence)]
    if one.name == "gross":
        sentence = "Gross: what only moved in time is not taken off."
        cautions.append(Caution("gross", sentence))
    return attrs.evolve(
        one,
        value=one.value / base,
        standard_error=one.standard_error / base,
        low=one.low / base,
        high=one.high / base,
        unit="share of the baseline",
        warnings=tuple(cautions),
    )


def _treated_mean(answer: Answer, phase: Phase) -> float | None:
    """Return the mean of the treated per payee and week in one phase of the path."""
    known = [
        (point.treated_mean, point.day_count)
        for point in answer.path
        if point.phase == phase and point.treated_mean is not None
    ]
    days = sum(day_count for _, day_count in known)
    return sum(mean * count for mean, count in known) / days if days else None


def _measured(
    answer: Answer, program: Program, effect: Estimate, launched: Sequence[Program]
) -> MeasuredProgram:
    window = program.window
    return MeasuredProgram(
        program_id=program.program_id,
        name=program.name,
        effect=effect,
        behavior_kind=_behavior_words(program),
        audience=_audience_words(program.audience),
        year=_middle(window).year,
        window_day_count=(window.ends_before - window.starts_on).days,
        payout_kind=_payout_words(program),
        payout_share=_payout_share(answer, program),
        weeks_since_previous=_weeks_since_previous(program, launched),
        hold_back_share=_hold_back_share(answer),
        hold_back_of_gross=_hold_back_of_gross(answer),
    )


def _middle(window: Window) -> dt.date:
    """Return the day in the middle: a quarter may begin in the last days of a year."""
    return window.starts_on + (window.ends_before - window.starts_on) / 2


def _behavior_words(program: Program) -> str:
    return program.behavior.kind.value.replace("_", " ")


def _audience_words(audience: Audience) -> str:
    """Return who may earn in words; the order in which the terms name them is nothing."""
    parts = []
    for field in attrs.fields(Audience):
        names = sorted(getattr(audience, field.name))
        if names:
            more = len(names) - _NAMED_AT_MOST
            tail = [f"{more} more"] if more > 0 else []
            label = field.name.replace("firm_ids", "firms")
            parts.append(f"{label} {', '.join([*names[:_NAMED_AT_MOST], *tail])}")
    return "; ".join(parts) or "everyone"


def _payout_words(program: Program) -> str:
    match program.payout:
        case Flat():
            return "flat"
        case Percent(basis=basis):
            return f"percent of {basis.value}"
        case MrrMultiple():
            return "multiple"
        case CountTiers():
            return "tiers"
        case Tickets():
            return "tickets"
        case _ as unknown:
            assert_never(unknown)


def _payout_share(answer: Answer, program: Program) -> float | None:
    """Return what was paid for a unit over its margin, where terms or plan say the margin.

    The margin of the units added is estimated and would be known best where the effect is
    large; a comparison of only those programs would mislead.
    """
    payout, margin = program.payout, program.measurement.unit_margin_minor
    if isinstance(payout, Percent) and payout.basis is Basis.MARGIN:
        return payout.rate_ppm / PPM
    if margin and answer.paid_units > 0:
        return answer.paid_minor / answer.paid_units / margin
    return None


def _weeks_since_previous(program: Program, launched: Sequence[Program]) -> float | None:
    """Return the weeks since the last program of audience, behavior and products ended.

    Products are the same where the two share any: payees wait for what pays for what they
    sell. Zero where it still ran; None where there was none before.
    """
    audience, begin = _audience_words(program.audience), program.window.starts_on
    ends = [
        one.window.ends_before
        for one in launched
        if one.program_id != program.program_id
        and one.window.starts_on < begin
        and one.behavior.meets(program.behavior)
        and _audience_words(one.audience) == audience
    ]
    return max((begin - max(ends)).days, 0) / _WEEK_DAYS if ends else None


def _hold_back_share(answer: Answer) -> float | None:
    """Return what moved in from before over what the treated had in the window."""
    held = next((one for one in answer.timing if one.name == "hold-back"), None)
    sold = _treated_mean(answer, "window")
    return None if held is None or not sold or sold < 0 else -held.value / sold


def _hold_back_of_gross(answer: Answer) -> float | None:
    shares = (one.value for one in answer.timing if one.name == "hold-back share")
    return next(shares, None)
