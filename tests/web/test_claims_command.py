"""Does the command line decide claims as the pages do?"""

from __future__ import annotations

import json
from typing import Any

import pytest
from claims_world import send
from click.testing import CliRunner
from web_world import World

from openspiff.cli import openspiff
from openspiff.errors import OpenSpiffError
from openspiff.web.models import Claim, EventBatch


def run(world: World, *words: str) -> Any:
    """Return what a command prints as JSON; raise what it would tell a person."""
    (world.home / "secret.key").write_text("for tests")
    given = ["--home", str(world.home), "--as", "mia", "--json", "claims", *words]
    result = CliRunner().invoke(openspiff, given)
    if result.exception is not None:
        raise result.exception
    return json.loads(result.stdout)


def test_claims_are_listed_previewed_approved_and_undone(world: World) -> None:
    row = send(world, role="other_payee", amount_minor=100_000)
    assert [one["claim"] for one in run(world, "list")] == [str(row)]
    seen = run(world, "approve", str(row), "--preview")
    assert (seen["earned"], seen["batch_no"]) == ({"USD": 50_00}, None)
    assert EventBatch.objects.count() == 2
    assert run(world, "approve", str(row))["batch_no"] == 3
    assert run(world, "list") == []
    assert run(world, "undo", str(row), "--reason", "By mistake.")["batch_no"] == 4
    run(world, "reject", str(row).lower(), "--reason", "No proof.")
    assert [one["state"] for one in run(world, "list", "--state", "all")] == ["rejected"]
    assert Claim.objects.get().state == "rejected"


@pytest.mark.parametrize(("name", "code"), [("C-x", "claim_name"), ("C-77", "not_visible")])
def test_names_of_no_claim_are_refused(world: World, name: str, code: str) -> None:
    with pytest.raises(OpenSpiffError) as caught:
        run(world, "approve", name)
    assert caught.value.code == code
