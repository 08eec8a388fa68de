"""Does a workspace with some measured programs say what they teach together?"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from program_texts import with_terms

from openspiff.engine import DuckDBEngine
from openspiff.measure import read_moments

# Three programs are simulated, run and measured first, once for each process of the suite.
pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
MARKET = ROOT / "examples" / "markets" / "demo.toml"
ZONE = "America/New_York"
LATER = "2025-12-20T12:00Z"
MEASURED = {
    "spring": ("2025-04-07", "2025-05-19"),
    "summer": ("2025-07-07", "2025-08-04"),
    "autumn": ("2025-10-06", "2025-11-17"),
}
# All commands of one process, so that the heavy rooms are loaded once.
RUN = """
import json, sys
from openspiff.cli import openspiff
for words in json.loads(sys.argv[1]):
    openspiff(words, standalone_mode=False)
"""


def ran(code: str, *words: str) -> subprocess.CompletedProcess[str]:
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("OPENSPIFF_", "DJANGO_"))
    }
    return subprocess.run(
        [sys.executable, "-c", code, *words],
        cwd=ROOT,
        env=clean,
        capture_output=True,
        text=True,
        check=False,
    )


def asked(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    at = ["--home", str(home), "--at", LATER]
    return ran("from openspiff.cli import main; main()", *at, *words)


def program_text(name: str, starts_on: str, ends_before: str) -> str:
    return with_terms(
        program_id=name,
        name=f"{name.title()} push",
        window={"zone": ZONE, "starts_on": None, "ends_before": None},
        holdout={"share": "40%", "seed": 7},
        measurement={"baseline_weeks": 10, "horizon_weeks": 3, "unit_margin": "900.00"},
    ).replace(
        f'zone = "{ZONE}"',
        f'zone = "{ZONE}"\nstarts_on = {starts_on}\nends_before = {ends_before}',
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a workspace on a market without any lift: three programs measured, one not."""
    folder = tmp_path_factory.mktemp("library")
    home = folder / "desk"
    settings = folder / "market.toml"
    text = MARKET.read_text(encoding="utf-8").partition("[effect]")[0]
    smaller = {"payee_count": (240, 40), "firm_count": (40, 10), "week_count": (78, 51)}
    for name, (old, new) in smaller.items():
        assert f"{name} = {old}" in text
        text = text.replace(f"{name} = {old}", f"{name} = {new}")
    settings.write_text(text, encoding="utf-8")
    windows = MEASURED | {"winter": ("2026-01-05", "2026-02-16")}
    files = []
    for name, (starts_on, ends_before) in windows.items():
        files.append(folder / f"{name}.toml")
        files[-1].write_text(program_text(name, starts_on, ends_before), encoding="utf-8")
    at = ["--home", str(home), "--at"]
    crm = folder / "crm"
    steps = [
        [*at, LATER, "init", str(home)],
        [*at, LATER, "simulate", str(settings), str(crm), "--seed", "5"],
        [*at, LATER, "import", str(crm / "mapping.toml"), str(crm)],
        *([*at, "2025-03-03T12:00Z", "launch", "--yes", str(file)] for file in files),
        [*at, LATER, "book"],
        # The newer answer counts.
        [*at, LATER, "measure", "spring", "--seed", "2", "--moments", f"{home}.parquet"],
        *([*at, LATER, "measure", name] for name in MEASURED),
    ]
    done = ran(RUN, json.dumps(steps))
    assert done.returncode == 0, done.stderr
    return home


def test_moments_of_a_measured_program_are_kept_with_its_terms(home: Path) -> None:
    with DuckDBEngine() as engine:
        kept = read_moments(engine, Path(f"{home}.parquet"))
    assert kept.content_hash
    assert {"units", "margin"} <= set(kept.outcomes)
    assert kept.count.sum() == 40


def test_measurement_is_audited_by_its_moments_without_the_events(home: Path) -> None:
    feed = home / "feed"
    feed.rename(home / "elsewhere")
    try:
        done = asked(home, "--json", "audit", "spring", f"{home}.parquet")
    finally:
        (home / "elsewhere").rename(feed)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["agrees"] is True
    assert {"gross", "net"} <= {one["name"] for one in found["estimates"]}
    other = asked(home, "audit", "autumn", f"{home}.parquet")
    assert other.returncode == 1
    assert "error [moments_file]" in other.stderr


@pytest.fixture(scope="module")
def page(home: Path) -> Path:
    return home / "library.html"


@pytest.fixture(scope="module")
def record(home: Path, page: Path) -> dict[str, Any]:
    done = asked(home, "--json", "library", "--html", str(page))
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_library_holds_every_measured_program_and_names_the_others(
    record: dict[str, Any],
) -> None:
    programs = {one["program_id"]: one for one in record["programs"]}
    assert list(programs) == sorted(MEASURED)
    assert record["left_out"] == [{"program_id": "winter", "why": "not measured"}]
    assert {one["effect"]["tier"] for one in programs.values()} == {"A"}
    assert programs["spring"]["weeks_since_previous"] is None
    assert programs["summer"]["weeks_since_previous"] == 7.0
    assert programs["summer"]["window_day_count"] == 28
    # 250.00 for each unit on a margin of 900.00.
    assert programs["autumn"]["payout_share"] == pytest.approx(250 / 900)


def test_effects_are_drawn_together_and_hold_the_truth(record: dict[str, Any]) -> None:
    together = record["together"]
    raw = [one["raw"]["value"] for one in together["effects"]]
    shrunk = [one["shrunk"]["value"] for one in together["effects"]]
    assert max(shrunk) - min(shrunk) < max(raw) - min(raw)
    # Nothing was planted; this seed is not one of the twenty in a hundred that miss.
    for one in ("mean", "next_program"):
        assert together[one]["low"] < 0 < together[one]["high"]
    assert together["warnings"][0]["code"] == "few_programs"
    assert together["waiting"] is None


def test_library_is_written_as_a_page(record: dict[str, Any], page: Path) -> None:
    assert record["page"] == str(page)
    text = page.read_text(encoding="utf-8")
    assert "3 programs, taken together: on average" in text
    assert "<script" not in text


def test_library_is_told_as_text(home: Path) -> None:
    done = asked(home, "library")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("3 programs, taken together: on average")
    for words in ("Only 3 programs", "Autumn push", "looks best", "winter: not measured"):
        assert words in done.stdout


def test_page_in_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    done = asked(tmp_path, "library", "--html", str(tmp_path / "none" / "library.html"))
    assert done.returncode == 2
    assert "no folder" in done.stderr
    assert "Traceback" not in done.stderr


def test_too_few_programs_say_what_is_missing(tmp_path: Path) -> None:
    assert asked(tmp_path, "init", str(tmp_path)).returncode == 0
    done = asked(tmp_path, "library")
    assert done.returncode == 1
    assert "error [library]: too few programs" in done.stderr
    assert "0 of the 3 that are needed" in done.stderr
    assert "measure more programs" in done.stderr
    assert "Traceback" not in done.stderr
