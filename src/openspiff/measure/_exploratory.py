"""What of the plan was changed after launch, and what is exploratory because of it?"""

from __future__ import annotations

from typing import Any, Final

import attrs

from openspiff.money import PPM, format_money
from openspiff.program import MeasurementPlan, Program

from ._found import Found
from ._types import Caution, Estimate

_ASKED: Final = ("outcome", "baseline_weeks", "horizon_weeks", "announced_on")
"""What decides which question is asked of which weeks."""

_WORDS: Final = {
    "outcome": "the outcome that is measured",
    "baseline_weeks": "the weeks of the baseline",
    "horizon_weeks": "the weeks of the horizon",
    "announced_on": "the day of the announcement",
    "target_event_count": "the number of events planned",
    "unit_margin_minor": "the margin of one unit",
    "repeat_from_return_ppm": "the return from which to repeat",
    "running_cost_minor": "the cost of running it",
}


def changed_after_launch(
    program: Program, launched: MeasurementPlan | None
) -> tuple[str, ...]:
    """Return one sentence for each part of the plan that is no longer as launched."""
    if launched is None:
        return ()
    now, currency = program.measurement, program.currency
    said = []
    for name in _changed(now, launched):
        words = _WORDS.get(name, name.replace("_", " "))
        before, after = (
            _said(getattr(one, name), name, currency) for one in (launched, now)
        )
        said.append(
            f"{words[:1].upper()}{words[1:]}: {before} at launch, {after} here. What "
            "follows from it is exploratory."
        )
    return tuple(said)


def marked_exploratory(
    found: Found, program: Program, launched: MeasurementPlan | None
) -> Found:
    """Return the estimates, marked where they answer another question than was asked."""
    if launched is None:
        return found
    changed = [one for one in _changed(program.measurement, launched) if one in _ASKED]
    if not changed:
        return found
    what = " and ".join(_WORDS[one] for one in changed)
    sentence = (
        f"Exploratory, because after launch this was changed: {what}. It answers another "
        "question than the one that was asked."
    )
    caution = Caution("exploratory", sentence)

    def marked(one: Estimate | None) -> Estimate | None:
        if one is None or one.tier == "E":
            return one
        return attrs.evolve(one, warnings=(*one.warnings, caution))

    estimates = tuple(marked(one) or one for one in found.estimates)
    return attrs.evolve(found, estimates=estimates, headline=marked(found.headline))


def exploratory_reasons(
    program: Program, launched: MeasurementPlan | None
) -> tuple[str, ...]:
    """Return why a verdict is exploratory, as one of its reasons; empty where it is not."""
    if launched is None:
        return ()
    weighed = (*_ASKED, "unit_margin_minor", "running_cost_minor")
    changed = [one for one in _changed(program.measurement, launched) if one in weighed]
    if not changed:
        return ()
    what = " and ".join(_WORDS[one] for one in changed)
    return (f"It is exploratory, because after launch this was changed: {what}.",)


def _changed(now: MeasurementPlan, launched: MeasurementPlan) -> list[str]:
    names = [field.name for field in attrs.fields(MeasurementPlan)]
    return [one for one in names if getattr(launched, one) != getattr(now, one)]


def _said(value: Any, name: str, currency: str) -> str:
    if value is None:
        return "not said"
    if name.endswith("_ppm"):
        share = value / PPM
        return f"{100 * share:+.6g}%" if share else "0%"
    if name.endswith("_minor"):
        return format_money(value, currency)
    return str(value)
