"""What may a copy that leaves the house say of few payees? Nothing about them alone.

On a shared copy every count of payees from one to four is "fewer than 5". A hidden group
could be had by subtraction, so where one is small the sizes of all groups are hidden, the
counts behind the estimates with them, and the week-by-week means, whose difference the
estimates tell. Numbers that rest on fewer than five payees are left out.
"""

from __future__ import annotations

import re
from typing import Any, Final

import attrs

from openspiff.measure import Answer, Check, Estimate

from ._words import check_question

FEWEST_SHOWN: Final = 5
"""Counts of payees below this are not shown to others."""

_FEW: Final = f"fewer than {FEWEST_SHOWN}"
_MORE: Final = f"{FEWEST_SHOWN} or more"
_PAYEES: Final = re.compile(
    r"(?<![\d.,])(\d[\d,]*)(?: of (\d[\d,]*))?(?= (?:[\w-]+ ){0,2}payees?\b)"
)
_OF_MONEY: Final = (
    *("return_probability", "unit_margin_minor", "break_even_units", "break_even_lift"),
)
_TOLD: Final = {False: "It does not hold.", True: "It holds."}


@attrs.frozen(kw_only=True)
class Cells:
    """How the counts of payees of one report are written."""

    is_shared: bool
    has_small: bool

    def count(self, count: int) -> str:
        """Return a count of payees in words or digits."""
        if not self.is_shared or count == 0:
            return f"{count:,}" if count else "none"
        if count < FEWEST_SHOWN:
            return _FEW
        return _MORE if self.has_small else f"{count:,}"

    def text(self, sentence: str) -> str:
        """Return a sentence with its counts of payees written like all others."""
        if not self.is_shared:
            return sentence
        return _PAYEES.sub(self._counted, sentence)

    def _counted(self, found: re.Match[str]) -> str:
        counts = (int(one.replace(",", "")) for one in found.groups() if one)
        return " of ".join(self.count(one) for one in counts)


def cells_of(answer: Answer, *, is_shared: bool) -> Cells:
    """Return how the counts of an answer are written in a copy."""
    groups = (answer.treated_count, answer.holdout_count, answer.ineligible_count)
    has_small = any(0 < one < FEWEST_SHOWN for one in groups)
    return Cells(is_shared=is_shared, has_small=is_shared and has_small)


def without_small(answer: Answer, cells: Cells) -> Answer:
    """Return an answer that tells nothing of few payees but what `Cells` writes.

    Checks say whether they hold and not how far, refusals leave out what was found.
    """
    if not cells.is_shared:
        return answer
    changes: dict[str, Any] = {}
    for field in attrs.fields(Answer):
        held = getattr(answer, field.name)
        if isinstance(held, Estimate):
            changes[field.name] = held if _is_shown(held) else None
        elif isinstance(held, tuple) and held and isinstance(held[0], Estimate):
            changes[field.name] = tuple(one for one in held if _is_shown(one))
    told = answer.value_added or answer.total_incremental
    is_few = 0 < answer.treated_count < FEWEST_SHOWN
    if is_few or (told is not None and not _is_shown(told)):
        changes |= dict.fromkeys(_OF_MONEY)
    if cells.has_small:
        changes["treated_weeks"] = None
    refused = tuple((what, _kept(why)) for what, why in answer.not_possible)
    questions = {one.sentence: one.code for one in answer.checks}
    reasons = tuple(_reason(one, questions) for one in answer.verdict.reasons)
    return attrs.evolve(
        answer,
        **changes,
        checks=tuple(_told(one) for one in answer.checks),
        placebos=(),
        path=() if cells.has_small else answer.path,
        not_possible=refused,
        verdict=attrs.evolve(answer.verdict, reasons=reasons),
    )


def _is_shown(one: Estimate) -> bool:
    return one.unit_count >= FEWEST_SHOWN


def _told(check: Check) -> Check:
    return attrs.evolve(check, sentence=_TOLD[check.is_ok], value=None)


def _kept(why: str) -> str:
    """Return why something was not possible, without what was found."""
    sentence = why.partition(";")[0]
    has_numbers = any(letter.isdigit() for letter in sentence)
    return "these data do not allow it" if has_numbers else sentence


def _reason(reason: str, questions: dict[str, str]) -> str:
    if reason in questions:
        question = check_question(questions[reason])
        return f"A check of the comparison does not hold: {question}"
    if reason.startswith("Chance had only"):
        return "Chance had only few ways to draw this holdout, so the interval is weak."
    start, colon, why = reason.partition(": ")
    if start == "Not possible" and colon:
        what, _, found = why.partition(": ")
        return f"{start}: {what}: {_kept(found)}"
    return reason
