"""Would every committed file read the same on any machine?"""

from __future__ import annotations

import re

import pytest
from house.sources import committed_texts, shown, text_of

# A letter in brackets each, so that this file does not hold what it looks for.
REFUSED = {
    "a registry's host": r"py[p]i\.org|python[h]osted\.|debia[n]\.org|npm[j]s\.",
    "an index in a lock": r"--(extra-)?index-[u]rl|--find-[l]inks",
    "a path of one machine": r"/w[o]rk/|/r[o]ot/|/hom[e]/\w|/User[s]/\w|/opt/[pw][yh]",
    "a paper that is not here": (
        r"\b(HOUS[E]|STAC[K]|DOMAI[N]|RELIABILIT[Y]|MEASUREMEN[T])(\.md| part|:)"
    ),
}


def refused_lines(text: str, pattern: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if re.search(pattern, line)]


@pytest.mark.parametrize("what", REFUSED)
def test_no_committed_text_names(what: str) -> None:
    found = {
        shown(path): lines
        for path in committed_texts()
        if (lines := refused_lines(text_of(path), REFUSED[what]))
    }
    assert found == {}


@pytest.mark.parametrize(
    ("what", "line"),
    [
        ("a registry's host", "https://files.python-hosted.org/packages/x.whl"),
        ("an index in a lock", "--index--url https://example.org/simple"),
        ("a path of one machine", "see /home-/ana/notes"),
        ("a paper that is not here", "as in HOUSE-.md"),
    ],
)
def test_the_check_of_texts_can_fail(what: str, line: str) -> None:
    planted = line.replace("--url", "-url").replace("n-h", "nh").replace("e-/", "e/")
    planted = planted.replace("E-.", "E.")
    assert refused_lines(f"one\n{planted}\n", REFUSED[what]) == [planted]
    assert refused_lines("compile --no-emit-index-url\nHouse: stack\n", REFUSED[what]) == []
