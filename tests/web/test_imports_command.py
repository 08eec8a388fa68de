"""Does the command line list imports and undo them, as the page does?"""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner
from web_world import World

from openspiff.cli import openspiff
from openspiff.errors import OpenSpiffError
from openspiff.web.models import EventBatch, ImportDraft

AT = "2026-03-20T12:00Z"


def run(world: World, *words: str, actor: str = "mia") -> Any:
    """Return what a command prints as JSON; raise what it would tell a person."""
    (world.home / "secret.key").write_text("for tests")
    given = ["--home", str(world.home), "--as", actor, "--at", AT, "--json"]
    result = CliRunner().invoke(openspiff, [*given, "imports", *words])
    if result.exception is not None:
        raise result.exception
    return json.loads(result.stdout)


def test_imports_are_listed_the_latest_first(world: World) -> None:
    found = run(world, "list", actor="abe")
    batches = [one["number"] for one in found["lines"] if one["kind"] == "events"]
    assert batches == [2, 1]
    with pytest.raises(OpenSpiffError):
        run(world, "list", actor="ana")


def test_batch_is_undone_by_one_more_batch_after_a_look(world: World) -> None:
    looked = run(world, "undo", "2", "--preview")
    assert (looked["preview"], EventBatch.objects.count()) == (True, 2)
    done = run(world, "undo", "2")
    assert EventBatch.objects.count() == 3
    same = ("restored_count", "withdrawn_count", "kept_count")
    assert [done[name] for name in same] == [looked[name] for name in same] == [1, 2, 0]
    assert not ImportDraft.objects.exclude(state__in=["saved", "discarded"]).exists()


def test_who_only_reads_undoes_nothing(world: World) -> None:
    with pytest.raises(OpenSpiffError) as caught:
        run(world, "undo", "2", actor="abe")
    assert caught.value.code == "not_allowed"
    with pytest.raises(OpenSpiffError):
        run(world, "undo", "77")
    assert EventBatch.objects.count() == 2
