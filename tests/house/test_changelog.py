"""Is every note of a change one that a reader of the changelog can use?"""

from __future__ import annotations

import re
from collections.abc import Mapping

from house.sources import ROOT, text_of

NOTES = ROOT / "changelog.d"
KINDS = ("added", "changed", "deprecated", "removed", "fixed", "security")
LONGEST = 600


def wrong_notes(notes: Mapping[str, str]) -> list[str]:
    found = []
    for name, text in notes.items():
        if not re.fullmatch(rf"[a-z0-9-]+\.({'|'.join(KINDS)})\.md", name):
            found.append(f"{name}: expected words-with-hyphens.{{{','.join(KINDS)}}}.md")
        if not re.fullmatch(r"[A-Z`][^\n].*[.!]\n", text, flags=re.DOTALL):
            found.append(f"{name}: expected whole sentences and one end of line")
        if len(text) > LONGEST:
            found.append(f"{name}: expected at most {LONGEST} characters")
    return found


def test_every_note_has_a_kind_and_is_a_sentence() -> None:
    paths = [path for path in sorted(NOTES.iterdir()) if path.name != "README.md"]
    assert wrong_notes({path.name: text_of(path) for path in paths}) == []


def test_the_guide_to_notes_names_every_kind() -> None:
    guide = text_of(NOTES / "README.md")
    assert [kind for kind in KINDS if f"`{kind}`" not in guide] == []


def test_the_check_of_notes_can_fail() -> None:
    assert wrong_notes({"caps.added.md": "Caps hold across versions.\n"}) == []
    assert len(wrong_notes({"Caps.new.md": "caps\n"})) == 2
    assert len(wrong_notes({"caps.fixed.md": "A" * LONGEST + ".\n"})) == 1
