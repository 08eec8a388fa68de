"""Does the bar of a dry run move in every step, and only forward?"""

from __future__ import annotations

import json
from itertools import count

import pytest
from import_drafts import AT, HEADER, started
from web_world import World

from openspiff.cli.import_work import work_on_import
from openspiff.events import _csv_rows
from openspiff.web.actions import imports


def test_progress_moves_in_every_step_and_never_goes_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_csv_rows, "CHUNK", 100)
    monkeypatch.setattr(_csv_rows, "_BLOCK", 4_096)
    rows = [f"D-{one},2026-03-03,cleo,GTX Pro,9.00,Closed Won\n" for one in range(1_000)]
    draft_id = started(world, HEADER + "".join(rows))
    user = world.users["manager"]
    begun = imports.begin_work(draft_id=draft_id, acting_user=user, at=AT)
    said: list[tuple[str, int, int]] = []
    ticks = count(AT, 10_000)

    def clock() -> int:
        # The clock is read when something was said, before anybody else can say more.
        path = begun.work_folder / "progress.json"
        if path.is_file():
            told = json.loads(path.read_text(encoding="utf-8"))
            said.append((told["step"], told["share_ppm"], told["rows"]))
        return next(ticks)

    work_on_import(user=user, draft_id=draft_id, attempt=begun.attempt, clock=clock)
    shares = [share for _, share, _ in said]
    assert shares == sorted(shares)
    assert list(dict.fromkeys(step for step, _, _ in said)) == [
        *("reading", "comparing", "money", "done")
    ]
    for step, at_least in (("reading", 6), ("comparing", 5), ("money", 8)):
        assert len({share for one, share, _ in said if one == step}) >= at_least, step
    assert max(rows for _, _, rows in said) == 1_000
