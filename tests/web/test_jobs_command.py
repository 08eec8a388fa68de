"""Does the command line list, show, cancel and retry jobs, and do the work?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from jobs_world import add_jobs
from web_world import World

from openspiff.cli import openspiff
from openspiff.web.access import NotVisibleError
from openspiff.web.actions.jobs import JobStateError
from openspiff.web.models import Job


@pytest.fixture
def jobs(world: World) -> World:
    """Return an install with jobs of every state."""
    (world.home / "secret.key").write_text("for tests", encoding="utf-8")
    add_jobs(world)
    return world


def run(home: Path, *words: str, actor: str = "fred", is_json: bool = True) -> Any:
    """Return what a command prints; raise what it would tell a person."""
    given = ["--home", str(home), "--as", actor, *(["--json"] if is_json else [])]
    result = CliRunner().invoke(openspiff, [*given, *words])
    if result.exception is not None:
        raise result.exception
    return json.loads(result.stdout) if is_json else result.stdout


def test_jobs_are_listed_with_how_far_they_are(jobs: World) -> None:
    text = run(jobs.home, "jobs", "list", is_json=False)
    for words in ("running", "25%", "dead", "the report cannot be written", "Mia"):
        assert words in text
    assert "no worker has been seen yet; start one: openspiff work" in text
    found = run(jobs.home, "jobs", "list", "--state", "dead")
    assert [one["state"] for one in found["jobs"]["lines"]] == ["dead"]
    found = run(jobs.home, "jobs", "list", actor="mia")
    assert "run" not in {one["kind"] for one in found["jobs"]["lines"]}


def test_job_is_shown_with_its_attempts(jobs: World) -> None:
    number = Job.objects.get(error_code="database").pk
    text = run(jobs.home, "jobs", "show", str(number), is_json=False)
    assert "the database was away" in text
    assert "not before 2026-" in text
    with pytest.raises(NotVisibleError):
        run(jobs.home, "jobs", "show", "999")


def test_job_is_cancelled_and_retried(jobs: World) -> None:
    number = Job.objects.get(key="running").pk
    assert run(jobs.home, "jobs", "cancel", str(number))["state"] == "cancelled"
    with pytest.raises(JobStateError):
        run(jobs.home, "jobs", "cancel", str(number))
    assert run(jobs.home, "jobs", "retry", str(number))["state"] == "waiting"


def test_strange_kinds_are_refused_by_name(jobs: World) -> None:
    result = CliRunner().invoke(
        openspiff, ["--home", str(jobs.home), "work", "--kinds", "run,letters"]
    )
    assert result.exit_code == 2
    assert "'letters': expected some of import, run, report" in result.output
