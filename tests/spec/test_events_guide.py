"""Is the guide to mapping files true?"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from openspiff.events import parse_mapping

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "guides" / "map-a-file.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE, flags=re.DOTALL)


def test_mapping_with_everything_is_one() -> None:
    (text,) = blocks("toml")
    mapping = parse_mapping(text)
    assert set(mapping.files) == {"deals", "customers", "products", "people"}
    assert set(mapping.computed) == {"amount", "margin"}
    assert mapping.products is not None
    assert mapping.roster is not None


def test_code_of_the_guide_runs_and_says_what_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (text,) = blocks("python")
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    exec(compile(text, "map-a-file.md", "exec"), {})  # noqa: S102 (our own guide)
    shown = capsys.readouterr().out
    for comment in re.findall(r"print\(.*\)  # (.*)", text):
        assert comment in shown


def test_every_form_of_computed_amounts_is_named() -> None:
    with pytest.raises(Exception, match="forms are") as caught:
        parse_mapping('[computed.amount]\nform = "x"')
    listed = re.search(r"forms are: (.*?)\)\n", str(caught.value) + "\n")
    assert listed is not None
    flat = " ".join(GUIDE.split())
    assert [form for form in listed[1].split("; ") if f"`{form}`" not in flat] == []
