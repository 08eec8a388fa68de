"""Can a stranger run a program from the command line, and is every mistake told plainly?"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import attrs
import pytest
from command_line import run_command

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
PROGRAM = EXAMPLES / "programs" / "compressor-push.toml"
MAPPING = EXAMPLES / "mappings" / "order_lines.toml"
DURING = "2026-05-01T12:00:00Z"
AFTER = "2026-07-03T12:00:00Z"


@attrs.frozen
class Shell:
    """Runs `openspiff` in a process of its own, as a person would."""

    home: Path

    def run(self, *words: str | Path, at: str = AFTER) -> subprocess.CompletedProcess[str]:
        return run_command("--home", self.home, "--at", at, *words)

    def told(self, *words: str | Path, at: str = AFTER) -> str:
        done = self.run(*words, at=at)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def record(self, *words: str | Path, at: str = AFTER) -> Any:
        return json.loads(self.told("--json", *words, at=at))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    shell = Shell(tmp_path_factory.mktemp("desk"))
    shell.told("init", shell.home)
    first = shell.record("import", MAPPING, EXAMPLES / "events", at=DURING)
    assert (first["new"], first["rejected"]) == (40, 0)
    launched = shell.record("launch", "--yes", PROGRAM, at=DURING)
    assert launched["enrolled"] > 0
    return shell


def test_one_program_goes_from_file_to_books(desk: Shell) -> None:
    again = desk.record("import", MAPPING, EXAMPLES / "events")
    assert (again["new"], again["changed"], again["known"]) == (0, 0, 40)

    looked = desk.record("evaluate")
    assert looked["transfers"] == {"EUR": {"accrual": 246631}}
    booked = desk.record("book")
    assert booked["transfers"] == looked["transfers"]
    assert desk.record("book")["transfer_count"] == 0

    preview = desk.record("pay", "--preview")
    paid = desk.record("pay")
    assert preview["payees"] == paid["payees"]
    assert paid["totals"] == {"EUR": {"payout": 246631}}

    statement = desk.told("statement", "V-014")
    assert "accrual" in statement
    assert "payout" in statement
    assert statement.rstrip().endswith("balance: €0.00")
    proved = desk.record("verify")
    assert (proved["broken"], proved["recomputed"]) == ([], True)
    assert proved["trial_balance"] == {"EUR": [493262, 493262]}


def test_event_is_explained_with_amount_or_reasons(desk: Shell) -> None:
    paid = desk.record("explain", "--event", "orders/2026-1001/1")
    assert [(one["due"], one["reasons"]) for one in paid] == [(19560, [])]
    unpaid = desk.told("explain", "--event", "orders/2026-1001/2")
    assert "Wartung 12M is not among the products of this program." in unpaid
    counted = desk.record("explain", "--rejects")
    assert {one["reason"] for one in counted} >= {"product", "not_done"}
    assert min(one["rows"] for one in counted) > 0


def test_measure_says_what_it_cannot_tell_and_writes_a_report(desk: Shell) -> None:
    desk.told("book")
    found = desk.record("measure", "compressor-push")
    assert found["answer"]["verdict"]["decision"] == "cannot_tell"
    assert found["answer"]["total_incremental"] is None
    page = Path(found["report"]).read_text(encoding="utf-8")
    assert "Compressor push: was it worth it?" in page
    assert "<script" not in page


def test_measure_of_a_program_without_weeks_before_says_so(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    shell.told("init", tmp_path)
    shell.told("import", MAPPING, EXAMPLES / "events", at=DURING)
    text = PROGRAM.read_text(encoding="utf-8")
    # The first event of the feed is of this day.
    text = text.replace("starts_on = 2026-04-01", "starts_on = 2026-02-03")
    file = tmp_path / "early.toml"
    file.write_text(text.replace("compressor-push", "early-push"), encoding="utf-8")
    shell.told("launch", "--yes", file, at=DURING)
    answer = shell.record("measure", "early-push")["answer"]
    assert "no_baseline" in {one["code"] for one in answer["warnings"]}
    assert answer["verdict"]["decision"] == "cannot_tell"
    assert all(point["phase"] != "baseline" for point in answer["path"])


def test_amendment_is_drafted_with_its_changes(desk: Shell) -> None:
    drafted = desk.record(
        "amend", "compressor-push", "--from", "2026-06-01", "--set", "payout.rate=3%"
    )
    assert drafted["version"] == 2
    assert any("payout.rate" in line for line in drafted["changes"])
    assert "3% of the amount" in desk.told("rule", drafted["file"])


def test_preview_of_an_import_writes_nothing(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    shell.told("init", tmp_path)
    seen = shell.record("import", "--preview", MAPPING, EXAMPLES / "events")
    assert (seen["preview"], seen["new"]) == (True, 40)
    assert list((tmp_path / "feed").iterdir()) == []
    assert shell.record("import", MAPPING, EXAMPLES / "events")["new"] == 40


def test_check_names_every_problem_of_every_file(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    broken = PROGRAM.read_text(encoding="utf-8")
    broken = broken.replace('"EUR"', '"euro"').replace("Europe/Berlin", "Europe/Bonn")
    file = tmp_path / "broken.toml"
    file.write_text(broken, encoding="utf-8")
    done = shell.run("check", PROGRAM, file)
    assert done.returncode == 1
    assert done.stdout == ""
    assert "broken.toml: currency" in done.stderr
    assert "broken.toml: window.zone" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "exit_code", "told"),
    [
        (["statement", "V-014"], 1, "error [workspace]"),
        (["--as", "nobody", "evaluate"], 1, "error ["),
        (["explain"], 1, "error ["),
        (["import", "missing.toml", "."], 2, "does not exist"),
        (["fly"], 2, "No such command"),
    ],
)
def test_mistake_ends_in_words_and_an_exit_code(
    tmp_path: Path, words: list[str], exit_code: int, told: str
) -> None:
    # Started as a person starts it, with nothing loaded before.
    start = "from openspiff.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", start, "--home", str(tmp_path), "--at", AFTER, *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == exit_code
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_wrong_moment_is_refused(tmp_path: Path) -> None:
    done = Shell(tmp_path).run("check", PROGRAM, at="yesterday")
    assert done.returncode == 2
    assert "2026-04-01T12:00Z" in done.stderr


def test_simulated_market_is_written_as_files_with_a_mapping(tmp_path: Path) -> None:
    settings = tmp_path / "small.toml"
    text = (EXAMPLES / "markets" / "demo.toml").read_text(encoding="utf-8")
    settings.write_text(
        text.replace("payee_count = 240", "payee_count = 12").replace(
            "firm_count = 40", "firm_count = 3"
        ),
        encoding="utf-8",
    )
    shell = Shell(tmp_path / "desk")
    shell.told("init", shell.home)
    made = shell.record("simulate", settings, tmp_path / "crm", "--seed", "7")
    brought = shell.record("import", made["mapping"], tmp_path / "crm")
    assert brought["new"] == made["deals"] > 0
    assert brought["rejected"] == 0


def test_somebody_is_invited_and_everybody_listed(desk: Shell) -> None:
    made = desk.record(
        "invite", "manager", "--name", "Mia Lund", "--site", "https://x.example/"
    )
    assert made["link"].startswith("https://x.example/join/")
    told = desk.told("people")
    assert "operator" in told
    refused = desk.run("invite", "payee", "--payee", "nobody")
    assert refused.returncode == 1
    assert "nobody of this id is on the roster" in refused.stderr
    assert desk.record("people", "--search", "nobody at all")["people"] == []


def test_program_is_paused_resumed_cloned_and_closed(desk: Shell) -> None:
    reason = "The price list is being corrected."
    paused = desk.record("pause", "compressor-push", "--reason", reason, at=DURING)
    assert (paused["is_paused"], paused["reason"]) == (True, reason)
    again = desk.run("pause", "compressor-push", "--reason", "Twice.", at=DURING)
    assert again.returncode == 1
    assert "paused already" in again.stderr
    assert desk.record("resume", "compressor-push", at=DURING)["is_paused"] is False
    early = desk.run("end", "compressor-push", "--on", "2026-06-01", at=DURING)
    assert early.returncode == 1
    assert "cannot end early" in early.stderr
    cloned = desk.record(
        "clone", "compressor-push", "compressor-push-autumn", "--months", "3"
    )
    assert "30 September 2026" in desk.told("rule", cloned["file"])
