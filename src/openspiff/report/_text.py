"""How does the answer read in a terminal, question by question?"""

from __future__ import annotations

from typing import Final

from openspiff.measure import Answer

from ._cells import (
    Cells,
    cells_of,
    opening_figures,
    opening_sentences,
    without_small,
)
from ._evidence import BEFORE_NAIVE, evidence
from ._sections import Section
from ._words import VERDICTS, naive_sentences, why_not_repeat

_NOT_IN_TEXT: Final = (
    "What must be true for these numbers to mean what they say",
    "How it was measured",
)
"""The report has these."""


def answer_text(answer: Answer, *, is_shared: bool = False) -> str:
    """Return the answer as a page of text, in the order in which it is asked.

    On top, as a summary, the verdict in a line, the finding and the figures; then what each
    question found, the reasons of the verdict after the dead weight, and the number that
    others would show after the next test.
    """
    cells = cells_of(answer, is_shared=is_shared)
    shown = without_small(answer, cells)
    decision = shown.verdict.decision
    lines = [f"verdict: {decision} ({VERDICTS[decision].lower()})", ""]
    lines += [*why_not_repeat(shown), *opening_sentences(shown, cells), ""]
    figures = opening_figures(shown, cells)
    lines += [f"{what}: {value} ({note})" for what, value, note in figures]
    sections = evidence(shown, cells)
    last = [one.heading for one in sections if one.heading in BEFORE_NAIVE][-1]
    for section in sections:
        if section.heading not in _NOT_IN_TEXT:
            lines += ["", section.heading, *_lines(section)]
        if section.heading == last:
            lines += _naive(shown, cells)
    return "\n".join(lines)


def _naive(shown: Answer, cells: Cells) -> list[str]:
    said = [f"  {cells.text(one)}" for one in naive_sentences(shown)]
    return ["", "The number others would show", *said] if said else []


def _lines(section: Section) -> list[str]:
    rows = [row for table in section.tables for row in table.rows]
    return [
        *(f"  {sentence}" for sentence in section.sentences),
        *(f"  - {item}" for item in section.items),
        *(f"  {row[0]}: {'; '.join(row[1:])}" for row in rows),
    ]
