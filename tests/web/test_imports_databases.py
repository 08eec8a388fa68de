"""Does an import come in on both databases, and only once when two save at a moment?"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from databases import Database
from django.db import connections
from import_drafts import AT, GOOD, outcome, saved, started, tried
from web_world import World

from openspiff.errors import OpenSpiffError
from openspiff.web.actions import imports_save, people
from openspiff.web.actions.people import NewUser
from openspiff.web.models import AuditRow, EventBatch, ImportDraft


def a_world(home: Path) -> World:
    """Return an install with two people and nothing else."""
    operator = people.ensure_operator(at=1)
    users: dict[str, Any] = {}
    for role in ("manager", "finance"):
        new = NewUser(username=role, role=role, password="correct horse battery")  # noqa: S106
        users[role] = people.add_user(user=new, acting_user=operator, at=1)
    return World(home, users)


def test_import_is_saved_and_known_the_second_time(
    database: Database, tmp_path: Path, settings: Any
) -> None:
    assert database.vendor
    settings.OPENSPIFF_HOME = tmp_path
    world = a_world(tmp_path)
    draft = saved(world)
    assert (draft.state, draft.batch_no) == ("saved", 1)
    again = started(world)
    assert tried(world, again) == "ready"
    assert outcome(world, again)["counts"]["known"] == 2


def test_of_two_that_save_at_a_moment_one_wins(
    database: Database, tmp_path: Path, settings: Any
) -> None:
    assert database.vendor
    settings.OPENSPIFF_HOME = tmp_path
    world = a_world(tmp_path)
    drafts = [started(world, GOOD.replace("D-2", f"D-{one}")) for one in (3, 4)]
    for draft_id in drafts:
        assert tried(world, draft_id) == "ready"
    barrier = threading.Barrier(2)
    refused: list[str] = []

    def save(draft_id: int, role: str) -> None:
        barrier.wait()
        try:
            imports_save.save_import(
                draft_id=draft_id, acting_user=world.users[role], at=AT
            )
        except OpenSpiffError as error:
            refused.append(error.code)
        finally:
            connections.close_all()

    threads = [
        threading.Thread(target=save, args=one)
        for one in zip(drafts, ("manager", "finance"), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == ["import_state"]
    assert EventBatch.objects.count() == 1
    assert sorted(ImportDraft.objects.values_list("state", flat=True)) == ["ready", "saved"]
    assert AuditRow.objects.filter(action="save_import").count() == 1
