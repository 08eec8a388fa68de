"""What does the answer say in words that a finance chief reads in two minutes?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from openspiff.measure import Answer, Estimate
from openspiff.money import format_money

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


def headline_sentence(answer: Answer) -> str:
    """Return the finding in one sentence, with its interval."""
    added = answer.total_incremental
    if answer.headline is None or added is None:
        return (
            f"{answer.paid_units:,.0f} units were paid for; how many of them the program"
            " added cannot be told from these data."
        )
    interval = number_range(added, digits=0)
    return (
        f"Of {answer.paid_units:,.0f} units paid for, the program added about"
        f" {added.value:,.0f} ({interval}). The comparison: {TIERS[answer.headline.tier]}."
    )


def number_range(one: Estimate, *, digits: int = 2) -> str:
    """Return the 95% interval in words, open ends named."""
    if one.low is None and one.high is None:
        return "95% interval without ends"
    if one.low is None:
        return f"95% interval up to {one.high:,.{digits}f}"
    if one.high is None:
        return f"95% interval from {one.low:,.{digits}f} up"
    return f"95% interval {one.low:,.{digits}f} to {one.high:,.{digits}f}"


def money_range(one: Estimate, currency: str) -> str:
    """Return an amount in minor units with its interval, as money."""
    low = None if one.low is None else format_money(round(one.low), currency)
    high = None if one.high is None else format_money(round(one.high), currency)
    if low is None and high is None:
        return "95% interval without ends"
    if low is None:
        return f"95% interval up to {high}"
    if high is None:
        return f"95% interval from {low} up"
    return f"95% interval {low} to {high}"


def share_range(one: Estimate) -> str:
    """Return a share with its interval, as percentages."""
    low = "no lower end" if one.low is None else f"{one.low:.0%}"
    high = "no upper end" if one.high is None else f"{one.high:.0%}"
    return f"95% interval {low} to {high}"


def key_figures(answer: Answer) -> list[tuple[str, str, str]]:
    """Return (what, value, its interval or note) for the first page."""
    figures = [
        (
            "Paid",
            format_money(answer.paid_minor, answer.currency),
            "net of what was taken back",
        )
    ]
    if answer.total_incremental is not None:
        one = answer.total_incremental
        figures.append(("Units added", f"{one.value:,.0f}", number_range(one, digits=0)))
    if answer.dead_weight is not None:
        one = answer.dead_weight
        figures.append(("Dead weight", f"{one.value:.0%}", share_range(one)))
    if answer.cost_per_unit is not None:
        one = answer.cost_per_unit
        figures.append(
            (
                "Cost of one added unit",
                format_money(round(one.value), answer.currency),
                money_range(one, answer.currency),
            )
        )
    if answer.return_on_cost is not None:
        one = answer.return_on_cost
        figures.append(("Return on cost", f"{one.value:.0%}", share_range(one)))
    return figures
