"""How does the answer read in a terminal, question by question?"""

from __future__ import annotations

from typing import Final

from openspiff.measure import Answer

from ._cells import cells_of, without_small
from ._evidence import Section, evidence
from ._words import (
    VERDICTS,
    changed_verdict_sentences,
    headline_sentence,
    key_figures,
    money_sentence,
    naive_sentences,
)

_NOT_IN_TEXT: Final = (
    "Why this verdict?",
    "What must be true for these numbers to mean what they say",
    "How it was measured",
)
"""The first stands on top already; the report has the others."""


def answer_text(answer: Answer, *, is_shared: bool = False) -> str:
    """Return the answer as a page of text, in the order in which it is asked.

    The verdict with its reasons and rule first, then the figures, the number that others
    would show, and what each question found.
    """
    cells = cells_of(answer, is_shared=is_shared)
    shown = without_small(answer, cells)
    decision = shown.verdict.decision
    lines = [f"verdict: {decision} ({VERDICTS[decision].lower()})"]
    lines += [f"  {cells.text(reason)}" for reason in shown.verdict.reasons]
    lines += [f"  The rule, stated before launch: {shown.verdict.rule}"]
    lines += [*(f"  {one}" for one in changed_verdict_sentences(shown)), ""]
    lines += [headline_sentence(shown), money_sentence(shown), ""]
    lines += [f"{what}: {value} ({note})" for what, value, note in key_figures(shown)]
    if naive := naive_sentences(shown):
        lines += ["", cells.text(" ".join(naive))]
    for section in evidence(shown, cells):
        if section.heading not in _NOT_IN_TEXT:
            lines += ["", section.heading, *_lines(section)]
    return "\n".join(lines)


def _lines(section: Section) -> list[str]:
    rows = [row for table in section.tables for row in table.rows]
    return [
        *(f"  {sentence}" for sentence in section.sentences),
        *(f"  - {item}" for item in section.items),
        *(f"  {row[0]}: {'; '.join(row[1:])}" for row in rows),
    ]
