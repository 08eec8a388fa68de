"""Does the command line tell and keep the same places as the page?"""

from __future__ import annotations

import json

from click.testing import CliRunner
from payee_world import launch
from web_world import World, at_noon, book

from openspiff.cli import openspiff
from openspiff.errors import OpenSpiffError
from openspiff.web.models import LeaderboardSnapshot


def test_leaderboard_is_shown_and_kept_once_it_is_over(world: World) -> None:
    (world.home / "secret.key").write_text("kept by the settings of the tests")
    launch(world, program_id="race", leaderboard={"rank_by": "events"})
    book(world.users["finance"], at_noon(3, 12))
    home = ["--home", str(world.home), "--json"]
    run = CliRunner().invoke
    shown = json.loads(run(openspiff, [*home, "leaderboard", "race"]).output)
    assert [(one["place"], one["payee_id"]) for one in shown["places"]] == [
        (1, "ana"),
        (2, "ben"),
        (2, "cleo"),
        (2, "dan"),
    ]
    early = run(
        openspiff,
        [*home, "--at", "2026-03-12T12:00Z", "leaderboard", "race", "--final"],
    )
    assert isinstance(early.exception, OpenSpiffError)
    assert not LeaderboardSnapshot.objects.exists()
    run(openspiff, [*home, "--at", "2026-04-02T12:00Z", "leaderboard", "race", "--final"])
    assert LeaderboardSnapshot.objects.get().last_sequence == shown["last_sequence"]
