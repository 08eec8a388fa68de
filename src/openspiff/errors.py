"""What can a person put right?

Every error that a person can mend is an `OpenSpiffError`: no traceback at the doors, a
code that never changes, and all problems at once, each with its place and its remedy.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import ClassVar, Final

import attrs

_WORDS: Final = re.compile("[a-z][a-z -]*")


@attrs.frozen
class Problem:
    """One thing that is wrong, where it stands, and what would mend it."""

    place: str
    message: str
    remedy: str = ""

    def __str__(self) -> str:
        """Return the problem as one line: `message @ place (remedy)`."""
        tail = f" ({self.remedy})" if self.remedy else ""
        where = f" @ {self.place}" if self.place else ""
        return f"{self.message}{where}{tail}"

    def in_words(self) -> str:
        """Return the problem for a reader who maintains nothing: `place: message (remedy)`.

        The place is named where it is a word, not where it is a column or a term.
        """
        tail = f" ({self.remedy})" if self.remedy else ""
        where = f"{self.place}: " if _WORDS.fullmatch(self.place) else ""
        return f"{where}{self.message}{tail}"


class OpenSpiffError(Exception):
    """Something that a person can put right.

    `code` names the kind of error for machines; `problems` lists everything found, so that
    nobody mends one line only to be told of the next.
    """

    code: ClassVar[str] = "error"

    def __init__(self, message: str, problems: Iterable[Problem] = ()) -> None:
        """Keep the sentence and every problem, in the order found."""
        super().__init__(message)
        self.message = message
        self.problems: tuple[Problem, ...] = tuple(problems)

    def in_words(self) -> str:
        """Return the sentence and every problem in one line, for a report."""
        return "; ".join([self.message, *(one.in_words() for one in self.problems)])

    def __str__(self) -> str:
        """Return the sentence, then one line for each problem."""
        return "\n".join([self.message, *(f"  {problem}" for problem in self.problems)])
