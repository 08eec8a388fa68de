"""What may a copy that leaves the house say of few payees? Nothing about them alone.

On a shared copy every count of payees from one to four is "fewer than 5". A hidden group
could be had by subtraction, so where one is small the sizes of all groups are hidden, the
counts behind the estimates with them, and the week-by-week means, whose difference the
estimates tell. Numbers that rest on fewer than five payees are left out. What was paid is
about those who were paid: where they are few, it is left out with all that it went into,
since two of paid, added and return tell the third. Where a group is small, what was added
over all is left out: over what was added per payee and week it tells how many payees there
are. Every other number is rounded to what is written of it, in files and pictures too:
59/91 in full would tell the 91.
"""

from __future__ import annotations

import re
from typing import Any, Final

import attrs

from openspiff.measure import Answer, Check, Estimate, PathPoint

from ._numbers import about_money, printed
from ._words import (
    check_question,
    headline_sentence,
    key_figures,
    money_sentence,
    plain_sentence,
)

FEWEST_SHOWN: Final = 5
"""Counts of payees below this are not shown to others."""

_FEW: Final = f"fewer than {FEWEST_SHOWN}"
_MORE: Final = f"{FEWEST_SHOWN} or more"
_PAYEES: Final = re.compile(
    r"(?<![\d.,])(\d[\d,]*)(?: of (\d[\d,]*))?(?= (?:[\w-]+ ){0,2}payees?\b)"
)
_TOLD: Final = {False: "It does not hold.", True: "It holds."}
_HIDDEN_REASON: Final = "The reasons rest on numbers that are hidden in this copy."
_NO_TOTALS: Final = (
    "What was added over all is hidden: beside what was added per payee and week it would"
    " tell how many payees a group has."
)
NOT_SHARED: Final = (
    "What was paid, and what came of it, is hidden: fewer than five payees were paid."
)
_OF_RETURN: Final = (
    *("return_probability", "unit_margin_minor", "break_even_units", "break_even_lift"),
)
_FROM_TOTALS: Final = (
    *("total_incremental", "dead_weight", "cost_per_unit", "cost_per_margin"),
    *("value_added", "return_on_cost", "treated_weeks", "due_minor"),
    *_OF_RETURN,
)
_PATH_DIGITS: Final = 2


@attrs.frozen(kw_only=True)
class Cells:
    """How the counts of payees of one report are written."""

    is_shared: bool
    has_small: bool
    hides_paid: bool = False
    has_totals: bool = True

    @property
    def hides_totals(self) -> bool:
        """Tell whether what was added over all, and all that follows from it, is hidden."""
        return self.has_small or self.hides_paid

    def count(self, count: int) -> str:
        """Return a count of payees in words or digits."""
        if not self.is_shared or count == 0:
            return f"{count:,}" if count else "none"
        if count < FEWEST_SHOWN:
            return _FEW
        return _MORE if self.has_small else f"{count:,}"

    def text(self, sentence: str) -> str:
        """Return a sentence in plain words, its counts of payees like all others."""
        sentence = plain_sentence(sentence)
        if not self.is_shared:
            return sentence
        return _PAYEES.sub(self._counted, sentence)

    def _counted(self, found: re.Match[str]) -> str:
        counts = (int(one.replace(",", "")) for one in found.groups() if one)
        return " of ".join(self.count(one) for one in counts)


def cells_of(answer: Answer, *, is_shared: bool) -> Cells:
    """Return how the counts of an answer are written in a copy."""
    groups = (answer.treated_count, answer.holdout_count, answer.ineligible_count)
    has_small = any(_is_few(one) for one in groups)
    paid = answer.paid_payee_count
    is_paid_to_few = _is_few(answer.treated_count if paid is None else paid)
    return Cells(
        is_shared=is_shared,
        has_small=is_shared and has_small,
        hides_paid=is_shared and (is_paid_to_few or _is_few(answer.treated_count)),
        has_totals=answer.total_incremental is not None,
    )


def _is_few(count: int) -> bool:
    return 0 < count < FEWEST_SHOWN


def opening_sentences(shown: Answer, cells: Cells) -> tuple[str, ...]:
    """Return the finding and its money in a sentence each, unless that is hidden."""
    if cells.hides_paid:
        return (NOT_SHARED,)
    if cells.hides_totals and cells.has_totals:
        return (f"It cost {about_money(shown.cost_minor, shown.currency)}.", _NO_TOTALS)
    return (headline_sentence(shown), money_sentence(shown))


def opening_figures(shown: Answer, cells: Cells) -> tuple[tuple[str, str, str], ...]:
    """Return the figures of the first page; all of them rest on what was paid."""
    return () if cells.hides_paid else tuple(key_figures(shown))


def without_small(answer: Answer, cells: Cells) -> Answer:
    """Return an answer that tells nothing of few payees but what `Cells` writes.

    Checks say whether they hold and not how far, refusals leave out what was found, and
    every number is what is written of it.
    """
    if not cells.is_shared:
        return answer
    currency = answer.currency
    changes: dict[str, Any] = {}
    for field in attrs.fields(Answer):
        held = getattr(answer, field.name)
        if isinstance(held, Estimate):
            changes[field.name] = _shown(held, cells, currency)
        elif isinstance(held, tuple) and held and isinstance(held[0], Estimate):
            found = (_shown(one, cells, currency) for one in held)
            changes[field.name] = tuple(one for one in found if one is not None)
    if answer.value_added is not None and changes["value_added"] is None:
        changes |= dict.fromkeys(_OF_RETURN)
    if cells.hides_totals:
        changes |= dict.fromkeys(_FROM_TOTALS)
        changes |= {"balance": (), "naive_totals": ()}
        changes |= {"next_tests": _without_numbers(answer.next_tests)}
    if cells.hides_paid:
        changes |= {"paid_minor": 0, "cost_minor": 0, "paid_units": 0.0}
        changes |= {"clawed_back_minor": None}
    refused = tuple((what, _kept(why)) for what, why in answer.not_possible)
    reasons = _reasons(answer, cells)
    warnings = answer.warnings
    if cells.hides_paid:
        warnings = tuple(one for one in warnings if not _has_number(one.sentence))
    return attrs.evolve(
        answer,
        **changes,
        checks=tuple(_told(one) for one in answer.checks),
        placebos=(),
        redrawn=None,
        path=() if cells.has_small else tuple(_rounded(one) for one in answer.path),
        not_possible=refused,
        warnings=warnings,
        verdict=attrs.evolve(answer.verdict, reasons=reasons),
    )


def _shown(one: Estimate, cells: Cells, currency: str) -> Estimate | None:
    if one.unit_count < FEWEST_SHOWN:
        return None
    rounded = printed(one, currency)
    # Of few units every assignment is looked at: the share tells how many there are.
    return attrs.evolve(rounded, p_value=None) if cells.has_small else rounded


def _rounded(point: PathPoint) -> PathPoint:
    numbers: dict[str, Any] = {
        field.name: round(held, _PATH_DIGITS)
        for field in attrs.fields(PathPoint)
        if isinstance(held := getattr(point, field.name), float)
    }
    return attrs.evolve(point, **numbers)


def _told(check: Check) -> Check:
    return attrs.evolve(check, sentence=_TOLD[check.is_ok], value=None)


def _has_number(sentence: str) -> bool:
    return any(letter.isdigit() for letter in sentence)


def _without_numbers(sentences: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(one for one in sentences if not _has_number(one))


def _kept(why: str) -> str:
    """Return why something was not possible, without what was found."""
    sentence = why.partition(";")[0]
    return "these data do not allow it" if _has_number(sentence) else sentence


def _reasons(answer: Answer, cells: Cells) -> tuple[str, ...]:
    questions = {one.sentence: one.code for one in answer.checks}
    reasons = tuple(_reason(one, questions) for one in answer.verdict.reasons)
    if not cells.hides_totals:
        return reasons
    return _without_numbers(reasons) or (_HIDDEN_REASON,)


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
