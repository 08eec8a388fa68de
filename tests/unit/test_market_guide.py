"""Does the guide say what is true?"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import attrs

from openspiff.market import MarketSetting, ProductLine, ProgramEffect, Truth, read_market

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "guides" / "simulate-a-market.md").read_text(encoding="utf-8")


def block_of(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)
    assert found is not None
    return found[1]


def test_program_of_the_guide_runs(tmp_path: Path) -> None:
    code = block_of("python").replace('Path("feed")', f"Path({str(tmp_path)!r})")
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True, text=True
    )
    gross, net, dead_weight = done.stdout.split()
    assert int(gross) > int(net) > 0
    assert 0.8 < float(dead_weight) < 1


def test_market_of_the_guide_is_that_of_the_example(tmp_path: Path) -> None:
    path = tmp_path / "market.toml"
    path.write_text(block_of("toml"), encoding="utf-8")
    _, effect = read_market(path)
    assert effect is not None
    whole = tomllib.loads((ROOT / "examples/markets/demo.toml").read_text(encoding="utf-8"))
    for table in ("market", "effect"):
        for name, value in tomllib.loads(block_of("toml"))[table].items():
            assert value == whole[table][name], name


def test_guide_names_every_setting() -> None:
    names = [
        name
        for kind in (MarketSetting, ProductLine, ProgramEffect)
        for name in attrs.fields_dict(kind)
    ]
    known = {"starts_on", "ends_before", "products"}
    missing = [name for name in names if f"`{name}`" not in GUIDE and name not in known]
    assert missing == []


def test_guide_names_every_count_of_the_truth() -> None:
    shown = {"treated_count", "payees", "by_payee", "focal_margin_minor"}
    shown |= {"extra_cancelled_units", "extra_churned_units"}
    missing = [
        name
        for name in attrs.fields_dict(Truth)
        if f"`{name}`" not in GUIDE and name not in shown
    ]
    assert missing == []
