"""What does the answer say in words that a finance chief reads in two minutes?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

import attrs

from openspiff.measure import Answer, Estimate, Redraws
from openspiff.money import currency_sign

from ._numbers import (
    about_money,
    few_digits,
    is_money,
    number_range,
    percent,
    plain_unit,
    say_range,
    say_value,
)

VERDICTS: Final[Mapping[str, str]] = {
    "repeat": "Repeat it",
    "redesign": "Redesign it",
    "retire": "Retire it",
    "cannot_tell": "These data cannot tell",
}

TIERS: Final[Mapping[str, str]] = {
    "A": "a holdout drawn by chance",
    "B": "payees outside the audience",
    "C": "a synthetic group",
    "D": "a forecast from its own history",
    "E": "before and after, which is no evidence of what was added",
}

ASSUMPTIONS: Final[Mapping[str, str]] = {
    "A": "Chance alone decided who was held out, and what one payee did took nothing from "
    "a payee who was held out.",
    "B": "Without the program, those in it would have changed as those outside the "
    "audience did.",
    "C": "The mix of other firms that moved like the treated ones before would have gone "
    "on doing so.",
    "D": "Nothing but the program was new in the window: season and trend went on as they "
    "had before.",
    "E": "Nothing at all changed from the earlier weeks to the window but the program. "
    "That is seldom true, so such a number is never called incremental.",
}

_NAMES: Final[Mapping[str, str]] = {
    "hold-back": "before the window, after the announcement",
    "hold-back share": "moved in from before the window (hold-back)",
    "pull-forward share": "moved in from after the window (pull-forward)",
    "lift that stayed": "lift that stayed, late in the horizon",
    "persistence": "share of the weekly lift that stayed (persistence)",
    "half-life": "time until half of it is gone (half-life)",
    "net": "net of what moved in time",
    "gross": "gross, in the window alone",
    "amount": "sales amount",
    "units": "units of its own products",
    "substitutes": "units of substitutes",
    "units in all": "units, substitutes included",
    "margin": "margin of its own products",
    "margin in all": "margin, substitutes included",
    "naive": "naive: against the weeks just before",
    "prior period": "prior period: against the same days earlier",
}


_PLACE: Final = re.compile(r" @ [^();]+?(?= \(|;|\.?$)")
_SHARE: Final = re.compile(r"\+?(-?)(\d+)%")
_ONE: Final = re.compile(r"(?<![\d.,])1 (customer|payee|unit|firm|event|program)s\b")


def plain_sentence(sentence: str) -> str:
    """Return a sentence of a measurement as a reader expects it.

    Without the places that a developer looks for, shares like those of the figures, and
    one of a thing as one.
    """
    words = _PLACE.sub("", sentence).replace("per payee-week", "per payee and week")
    words = _SHARE.sub(lambda found: f"{found[1]}{int(found[2]):,}%", words)
    return _ONE.sub(r"1 \1", words)


def plain_name(one: Estimate) -> str:
    """Return what an estimate measures, in plain words."""
    return _NAMES.get(one.name, one.name)


def has_warning(answer: Answer, code: str) -> bool:
    """Tell whether an answer as a whole warns of something."""
    return any(one.code == code for one in answer.warnings)


def headline_sentence(answer: Answer) -> str:
    """Return the finding in one sentence, with its interval and what it is good for."""
    text = _finding(answer)
    said = () if answer.headline is None else answer.headline.warnings
    if any(one.code == "exploratory" for one in said):
        text += " It is exploratory: the plan was changed after launch."
    if answer.total_incremental is None:
        return text
    if has_warning(answer, "horizon_open"):
        text += " Sales borrowed from the weeks after the window are not all taken off yet."
    if not has_warning(answer, "window_open"):
        return text
    if answer.interim is not None:
        return f"{_SO_FAR} {text} The interval holds however often one looks."
    return (
        f"{_SO_FAR} {text} The interval of this interim look does not allow for repeated"
        " looking."
    )


_SO_FAR: Final = "The window is not over, so this is so far only."


def _finding(answer: Answer) -> str:
    added = answer.total_incremental
    if answer.headline is None or added is None:
        return (
            f"{answer.paid_units:,.0f} units were paid for; how many of them the program"
            " added cannot be told from these data."
        )
    interval = number_range(added, digits=0)
    paid = f"{answer.paid_units:,.0f} units were paid for"
    if has_warning(answer, "not_booked"):
        paid = "What is due is not all booked yet"
    return (
        f"{paid}; the program added about"
        f" {added.value:,.0f} ({interval}). The comparison: {TIERS[answer.headline.tier]}."
    )


def money_sentence(answer: Answer) -> str:
    """Return what was spent, what it brought in margin, and what is left, in a sentence."""
    cost = about_money(answer.cost_minor, answer.currency)
    value = answer.value_added
    if answer.due_minor is not None and has_warning(answer, "not_booked"):
        booked = about_money(answer.paid_minor, answer.currency)
        due = about_money(answer.due_minor, answer.currency)
        return (
            f"{booked} is booked, but {due} is due, so what it cost and what it returned"
            " cannot be said until that is booked."
        )
    if has_warning(answer, "window_open") and value is None:
        return f"It cost {cost} so far; a return is given when the window is over."
    if value is None:
        why = dict(answer.not_possible).get("incremental margin", "")
        known = f" ({why.split(';')[0]})" if why else ""
        return f"It cost {cost}; what was added is not known in money{known}."
    if value.shape == "everything":
        guess = say_value(value, value.value, answer.currency)
        return (
            f"It cost {cost}. The best estimate of the margin that would not have come is"
            f" {guess}, but these data exclude no other amount."
        )
    left = net_result(value, answer.cost_minor)
    return (
        f"It cost {cost} and {_brought(value, answer.currency)}: a net result of about"
        f" {say_value(left, left.value, answer.currency)}"
        f" ({say_range(left, answer.currency)})."
    )


def why_not_repeat(answer: Answer) -> tuple[str, ...]:
    """Return why a program that returned more than it cost is not simply repeated."""
    back, anyway = answer.return_on_cost, answer.dead_weight
    if answer.verdict.decision != "redesign" or back is None or back.value <= 0:
        return ()
    if anyway is None or anyway.value <= 0:
        return ()
    share = say_value(anyway, anyway.value, answer.currency)
    is_sure = back.low is not None and back.low > 0
    worth = "was worth more than it cost" if is_sure else "seems worth more than it cost"
    why = (
        f"Why not repeat it as it is: what it added {worth}, and yet about {share} of the"
        " units paid for would have come anyway. Paying for those buys nothing, so the same"
        " can be had for less."
    )
    return (why,)


def _brought(value: Estimate, currency: str) -> str:
    """Return what was added in margin, as surely as the data say it and no surer."""
    amount = say_value(value, abs(value.value), currency)
    interval = say_range(value, currency)
    may_be_nothing = "" if value.excludes_zero else "; it may be nothing"
    if value.value < 0:
        lost = "lost" if value.excludes_zero else "seems to have lost"
        return f"{lost} about {amount} of margin ({interval}{may_be_nothing})"
    return (
        f"brought about {amount} of margin that would not have come"
        f" ({interval}{may_be_nothing})"
    )


def net_result(value: Estimate, cost_minor: int) -> Estimate:
    """Return the margin added less the cost, both in minor units; the cost is known."""
    return attrs.evolve(
        value,
        name="net result",
        value=value.value - cost_minor,
        low=None if value.low is None else value.low - cost_minor,
        high=None if value.high is None else value.high - cost_minor,
    )


def naive_sentences(answer: Answer) -> tuple[str, ...]:
    """Return the number that a spreadsheet would show, and what is wrong with it."""
    one, ours = answer.naive, answer.headline
    if one is None:
        return ()
    currency, whole = answer.currency, answer.naive_totals
    said = (
        "The weeks of the window against those just before (not incremental):"
        f" {_with_totals(one, whole, currency, plain_unit(one, currency))}."
    )
    if ours is None or ours.unit != one.unit:
        return (said, *(warning.sentence for warning in one.warnings))
    known = (answer.total_incremental, answer.value_added) if whole else ()
    totals = [each for each in known if each is not None]
    said += f" The comparison above finds {_with_totals(ours, totals, currency)}."
    if one.value < ours.value:
        return (said, _BELOW)
    return (said, *(warning.sentence for warning in one.warnings))


def _with_totals(
    one: Estimate, totals: Iterable[Estimate], currency: str, unit: str = ""
) -> str:
    """Return a number of a payee and week, then what it is over the whole window."""
    words = [f"{say_value(one, one.value, currency)} {unit}".strip()]
    for whole in totals:
        kind = "of margin" if is_money(whole, currency) else "units in all"
        words.append(f"{say_value(whole, whole.value, currency)} {kind}")
    return ", ".join(words)


_BELOW: Final = (
    "This compares the window with the weeks just before it: season and a market that"
    " shrinks are counted as its failure, growth and deals held back as its success; here"
    " they hide some of what the program added. It says how sales moved, not what the"
    " program added."
)


def gross_of(answer: Answer) -> Estimate | None:
    """Return the gross effect by the method of the headline, None where there is none."""
    if answer.headline is None:
        return None
    tier = answer.headline.tier
    alike = (one for one in answer.estimates if (one.name, one.tier) == ("gross", tier))
    return next(alike, None)


def key_figures(answer: Answer) -> list[tuple[str, str, str]]:
    """Return (what, value, its interval or note) for the first page."""
    currency = answer.currency
    running = answer.cost_minor - answer.paid_minor
    paid = about_money(answer.paid_minor, currency)
    taken = answer.clawed_back_minor
    note = "net of what was taken back"
    if answer.due_minor is not None and has_warning(answer, "not_booked"):
        due = about_money(answer.due_minor, currency)
        paid, note = f"{paid} booked", f"{due} is due and not all booked"
    note = f"{note}, {about_money(taken, currency)}" if taken else note
    if running:
        note += f"; running it cost {about_money(running, currency)} more"
    figures = [("Paid", paid, note)]

    def add(what: str, one: Estimate | None, more: str = "") -> None:
        if one is not None:
            value = say_value(one, one.value, currency)
            figures.append((what, value, say_range(one, currency) + more))

    if answer.value_added is not None:
        add("Net result", net_result(answer.value_added, answer.cost_minor))
    add("Units added", answer.total_incremental)
    add("Dead weight", answer.dead_weight, "; would have come anyway")
    add("Cost of one added unit", answer.cost_per_unit)
    sign = currency_sign(currency)
    add(f"Cost of {sign}1 of margin added", answer.cost_per_margin)
    chance = answer.return_probability
    more = "" if chance is None else f"; {chance_words(chance)} that it paid for itself"
    add("Return on cost", answer.return_on_cost, more)
    if answer.break_even_units is not None and answer.unit_margin_minor is not None:
        units = f"{few_digits(answer.break_even_units)} units"
        figures.append(("Break-even", units, "; ".join(_break_even_notes(answer))))
    return figures


def changed_verdict_sentences(answer: Answer) -> tuple[str, ...]:
    """Return the verdict by the rule as it was changed after launch, where it was."""
    changed = answer.changed_verdict
    if changed is None:
        return ()
    decision = VERDICTS[changed.decision].lower()
    return (
        f"Exploratory, by the rule as it was changed after launch: {decision}.",
        f"The rule, changed after launch: {changed.rule}",
    )


def break_even_sentence(answer: Answer) -> str:
    """Return from how many added units on a program pays for itself; empty when unknown.

    An answer that does not say the margin of a unit took it from what was added, which is
    too noisy to divide by: it is left unsaid.
    """
    if answer.break_even_units is None or answer.unit_margin_minor is None:
        return ""
    units = few_digits(answer.break_even_units)
    notes = "; ".join(_break_even_notes(answer))
    return (
        f"It pays for itself from {units} added units on: {notes}. Substitutes given up"
        " for them are not in this."
    )


def _break_even_notes(answer: Answer) -> list[str]:
    notes = []
    if answer.break_even_lift is not None:
        lift = few_digits(100 * answer.break_even_lift)
        notes.append(f"a lift of {lift}% over what would have been sold anyway")
    margin = about_money(answer.unit_margin_minor or 0.0, answer.currency)
    return [*notes, f"{margin} of margin for each unit sold"]


def chance_sentences(one: Estimate | None, redrawn: Redraws | None) -> tuple[str, ...]:
    """Return how often chance alone would look as strong, where re-drawing told it."""
    if one is None or one.p_value is None:
        return ()
    draws = ""
    if redrawn is not None:
        draws = f" {sum(redrawn.counts):,} times"
    value = one.p_value
    share = "less than 0.1%" if value < 0.001 else percent(value, digits=1)  # noqa: PLR2004
    p_value = "below 0.001" if value < 0.001 else f"{value:.3f}"  # noqa: PLR2004 (rounds)
    said = (
        f"Had the program done nothing, a holdout drawn again by the same lot{draws} would"
        f" have shown a difference as strong in {share} of the draws (p {p_value}, by"
        " re-drawing)."
    )
    return (said,)


def chance_words(chance: float) -> str:
    """Return a probability in words that never claims certainty."""
    if chance > 0.99:  # noqa: PLR2004 (rounds to certainty)
        return "a chance above 99%"
    if chance < 0.01:  # noqa: PLR2004 (rounds to certainty)
        return "a chance below 1%"
    return f"a chance of {percent(chance)}"


_CHECKS: Final[Mapping[str, str]] = {
    "sample_ratio": "Were as many held out as were drawn?",
    "balance": "Did both groups sell alike before?",
    "leakage": "Were those held out kept from being paid?",
    "shared": "Did the two groups have no deals in common?",
    "attrition": "Did as many leave on both sides?",
    "attrition_ineligible": "Did as many leave in the audience as outside?",
    "pre_trend": "Did both groups move alike before?",
    "announcement_leak": "Did nobody act on it before it was announced?",
    "overlap": "Was no other program running for the same behavior?",
    "overlap_apart": "Did the other program reach both sides alike?",
    "late_data": "Are the events of the window all in?",
    "silent_weeks": "Does the data tell of each week from announcement to horizon?",
    "silent_baseline": "Does the data tell of each week before?",
}


def check_question(code: str) -> str:
    """Return what a check asks, in plain words."""
    return _CHECKS.get(code, code.replace("_", " "))
