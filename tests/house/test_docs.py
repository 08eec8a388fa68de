"""Does the documentation say what the code says?"""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest
from house.sources import ROOT, python_files, text_of

import openspiff
from openspiff.events import EVENT_COLUMNS
from openspiff.rules import REASONS

CLI = ROOT / "src" / "openspiff" / "cli" / "__init__.py"
REFERENCE = ROOT / "docs" / "reference"
GUIDE_LINES = 300


def make_reference() -> ModuleType:
    path = ROOT / "docs" / "make_reference.py"
    spec = importlib.util.spec_from_file_location("make_reference", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_reference_is_what_the_code_says_today() -> None:
    done = subprocess.run(
        [sys.executable, "docs/make_reference.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout + done.stderr == ""
    assert done.returncode == 0


def test_a_stale_page_and_a_page_too_many_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module = make_reference()
    monkeypatch.setattr(module, "REFERENCE", tmp_path)
    monkeypatch.setattr(module, "pages", lambda: {"a.md": "# A\n", "b.md": "# B\n"})
    assert module.main([]) == 0
    assert module.main(["--check"]) == 0
    (tmp_path / "a.md").write_text("# Old\n", encoding="utf-8")
    (tmp_path / "c.md").write_text("# Gone\n", encoding="utf-8")
    capsys.readouterr()
    assert module.main(["--check"]) == 1
    said = capsys.readouterr().out
    assert "a.md" in said
    assert "c.md" in said
    assert "b.md" not in said


def missing(names: set[str], page: str) -> set[str]:
    """Return the names that do not stand, as code, on a page of the reference."""
    text = text_of(REFERENCE / page)
    return {name for name in names if not re.search(rf"`{re.escape(name)}\b", text)}


def settings_read() -> set[str]:
    pattern = re.compile(r"""["'](OPENSPIFF_[A-Z_]+)["']""")
    return {name for path in python_files("src") for name in pattern.findall(text_of(path))}


def error_codes() -> list[str]:
    pattern = re.compile(r'^    code: ClassVar\[str\] = "(\w+)"', flags=re.MULTILINE)
    return [code for path in python_files("src") for code in pattern.findall(text_of(path))]


def test_every_setting_that_is_read_is_explained() -> None:
    assert settings_read() != set()
    assert missing(settings_read(), "settings.md") == set()


def test_every_error_code_is_explained_and_belongs_to_one_class() -> None:
    codes = error_codes()
    assert [code for code, count in Counter(codes).items() if count > 1] == []
    assert missing(set(codes) - {"error"}, "errors.md") == set()


def test_every_command_is_explained() -> None:
    # The table of commands is read from the source, the page from what click says.
    table = re.search(r"_COMMANDS[^{]*{(.*?)}", text_of(CLI), flags=re.DOTALL)
    assert table is not None
    found = set(re.findall(r'"([a-z-]+)":', table[1]))
    assert found != set()
    assert missing({f"openspiff {name}" for name in found}, "cli.md") == set()


def test_every_name_of_the_library_is_explained() -> None:
    assert set(openspiff.__all__) != set()
    # A room that is loaded stands under its own name in the package from then on.
    rooms = {one.name for one in (ROOT / "src" / "openspiff").iterdir() if one.is_dir()}
    assert set(openspiff.__all__) & rooms == set()
    assert missing(set(openspiff.__all__), "library.md") == set()


def test_every_reason_and_every_column_is_explained() -> None:
    assert missing(set(REASONS), "reasons.md") == set()
    assert missing(set(EVENT_COLUMNS), "events.md") == set()


def test_the_check_of_pages_can_fail() -> None:
    assert missing({"EVENT_COLUMNS_THAT_NOBODY_HAS"}, "events.md") != set()


def test_every_page_stands_in_the_table_of_contents() -> None:
    contents = text_of(ROOT / "mkdocs.yml")
    pages = [path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.md")]
    assert [
        page.as_posix() for page in pages if f"- {page.as_posix()}\n" not in contents
    ] == []


def test_every_decision_is_listed_and_dated() -> None:
    index = text_of(ROOT / "docs" / "decisions" / "index.md")
    for path in (ROOT / "docs" / "decisions").glob("*.md"):
        if path.name != "index.md":
            assert f"({path.name})" in index
            assert re.fullmatch(r"\d{4}-\d\d-\d\d-[a-z-]+\.md", path.name)


def test_the_guide_for_developers_stays_short() -> None:
    assert len(text_of(ROOT / "DEVELOPERS.md").splitlines()) < GUIDE_LINES


def test_make_help_names_every_target_that_people_use() -> None:
    done = subprocess.run(
        ["make", "help"],  # noqa: S607 (make as it is on the path)
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    named = set(re.findall(r"make (\w+)", done.stdout))
    wanted = "help demo serve test check slow calibrate peers spark bench docs lock"
    assert named == {*wanted.split(), "browser", "shots", "messages", "clean"}
