"""Is every example run by a test that names it?"""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from house.sources import ROOT, python_files, shown, text_of

EXAMPLES = ROOT / "examples"
PROSE = {".md"}
# Folders of which a test runs every file, and the words by which it does.
RUN_WHOLE = {"programs": ('"examples" / "programs"', 'EXAMPLES.glob("*.toml")')}


def unnamed(names: Iterable[str], texts: Iterable[str]) -> list[str]:
    """Return the file names that no text holds in quotes, alone or at the end of a path."""
    together = "\n".join(texts)
    return [
        name
        for name in names
        if not any(f'{mark}{name}"' in together for mark in ('"', "/"))
        and f'"{name.rsplit(".", 1)[0]}"' not in together
    ]


def test_every_example_is_named_in_a_test() -> None:
    examples = [
        path
        for path in sorted(EXAMPLES.rglob("*"))
        if path.is_file() and path.suffix not in PROSE and path.parent.name not in RUN_WHOLE
    ]
    assert examples != []
    # A mapping that a test reads names the files that it reads.
    texts = [text_of(path) for path in (EXAMPLES / "mappings").glob("*.toml")]
    assert unnamed([path.name for path in examples], [*bodies(), *texts]) == []


@pytest.mark.parametrize("folder", RUN_WHOLE)
def test_a_folder_that_is_run_whole_is_run_by_one_test(folder: str) -> None:
    assert (EXAMPLES / folder).is_dir()
    assert any(all(words in text for words in RUN_WHOLE[folder]) for text in bodies())


def bodies() -> list[str]:
    paths = [path for path in python_files("tests") if "tests/house/" not in shown(path)]
    return [text_of(path) for path in paths]


def test_the_check_of_examples_can_fail() -> None:
    texts = ['read("examples/a.toml")', 'for name in ["b", "c.csv"]:', "# d.toml"]
    assert unnamed(["a.toml", "b.toml", "c.csv", "d.toml"], texts) == ["d.toml"]
