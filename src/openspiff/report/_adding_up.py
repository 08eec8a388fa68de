"""What turns a number per payee and week into a total, and do the parts add up to it?"""

from __future__ import annotations

from typing import Final

from openspiff.measure import Answer, Estimate, scaled
from openspiff.money import format_money

_WHOLES: Final = frozenset({"units in all", "margin in all"})
_ADDS_UP: Final = (
    "Own products and substitutes are adjusted for what both sold before, so the two add"
    " up to the line that includes both; the headline is adjusted for its own."
)
_OF_MONEY: Final = frozenset({"unit_margin"})


def mix_words(answer: Answer) -> tuple[str, ...]:
    """Return what a reader must know to add up what came from elsewhere."""
    if not answer.mix:
        return ()
    names = {one.name for one in answer.mix}
    adds_up = (_ADDS_UP,) if names & _WHOLES else ()
    if answer.treated_weeks is None:
        return adds_up
    weeks = (
        f"A number per payee and week, times {answer.treated_weeks:,.1f}, is a total: so"
        " many weeks do all payees in the program have together."
    )
    return (weeks, *adds_up)


def times_weeks(one: Estimate, weeks: float) -> Estimate:
    """Return a number per payee-week over all of them."""
    return scaled(one, weeks, name=one.name, unit=one.unit.partition(" of ")[0])


def money_cautions(answer: Answer) -> tuple[str, ...]:
    """Return what a reader must know before using the numbers in money, each once."""
    shown = (answer.value_added, answer.cost_per_unit, answer.cost_per_margin)
    cautions = (caution for one in shown if one for caution in one.warnings)
    said = (caution.sentence for caution in cautions if caution.code in _OF_MONEY)
    return tuple(dict.fromkeys(said))


def clawback_rows(answer: Answer) -> list[tuple[str, str, str]]:
    """Return what was paid before clawbacks and what was taken back, where any was."""
    taken, currency = answer.clawed_back_minor, answer.currency
    if not taken:
        return []
    gross = format_money(answer.paid_minor + taken, currency)
    return [
        ("paid before clawbacks", gross, "known"),
        ("taken back by clawbacks", format_money(-taken, currency), "known"),
    ]
