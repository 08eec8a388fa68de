"""Which sentences of the core can be said in another language, and how?

The core writes English and knows no catalog. A sentence that people read on pages is
marked with `gettext_noop`, which the collector of texts finds; whoever shows it hands in
how it is translated. A promise itself (the rule in one line, the terms) is not among them:
it is said in the language in which it was made.
"""

from __future__ import annotations

from collections.abc import Callable

Translate = Callable[[str], str]
"""From the English sentence, with its names in braces, to that of the reader."""


def gettext_noop(sentence: str) -> str:
    """Return the sentence as it is: the mark is for whoever collects the texts."""
    return sentence


def in_english(sentence: str) -> str:
    """Return the sentence as it was written."""
    return sentence
