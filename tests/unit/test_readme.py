"""Does the README tell the truth?"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def example() -> str:
    found = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert found is not None
    return found.group(1)


def test_library_example_has_fifteen_lines() -> None:
    assert len([line for line in example().splitlines() if line]) == 15


def test_library_example_prints_the_rule_the_books_and_the_reasons() -> None:
    done = subprocess.run(
        [sys.executable, "-c", example()],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    lines = done.stdout.splitlines()
    assert lines[0].startswith("Win a Kompressor family deal of €1,000 or more")
    assert lines[1] == "{'EUR': {'accrual': 246631}}"
    assert "2026-1001/1 19560 ()" in lines
    assert "2026-1001/2 0 ('product',)" in lines


def test_files_that_the_readme_points_to_exist() -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    assert targets != []
    assert [one for one in targets if not (ROOT / one).exists()] == []


def test_commands_that_the_readme_names_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"make ([a-z]+)", README)) - {"a"}
    assert named >= {"demo", "serve", "test", "help"}
    missing = [one for one in named if f"\n{one}:" not in makefile]
    assert missing == []
