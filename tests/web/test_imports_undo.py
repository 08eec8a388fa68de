"""Is an import undone by saying what was said before, and nothing else?"""

from __future__ import annotations

import pytest
from import_drafts import AT, GOOD, HEADER, outcome, saved, tried
from web_world import World, at_noon, book

from openspiff.engine import DuckDBEngine
from openspiff.events import open_feed
from openspiff.web.actions import imports, imports_save
from openspiff.web.models import EventBatch
from openspiff.web.queries import feed, imports as queries
from openspiff.web.queries.figures import program_sums


def current(world: World) -> dict[str, tuple[str, int, int]]:
    """Return status, amount and revision of every current event of these tests."""
    with DuckDBEngine(threads=1) as engine:
        open_feed(engine, feed.feed_files(world.users["manager"]))
        rows = engine.query(
            "select event_id, status, amount_minor, revision from current_events"
            " where source = 'crm2'"
        )
    return {row[0]: row[1:] for row in rows}


def undone(world: World, batch_no: int) -> int:
    """Begin to undo a batch and do its dry run."""
    draft = imports.start_undo(batch_no=batch_no, acting_user=world.users["finance"], at=AT)
    assert tried(world, draft.pk, role="finance") == "ready"
    return int(draft.pk)


def save(world: World, draft_id: int) -> int:
    draft = imports_save.save_import(
        draft_id=draft_id, acting_user=world.users["finance"], at=AT
    )
    assert draft.batch_no
    return int(draft.batch_no)


def test_what_was_new_is_lost_and_what_was_changed_is_as_before(world: World) -> None:
    first = saved(world)
    second = saved(
        world,
        HEADER
        + "D-20,2026-03-03,cleo,GTX Pro,9000.00,Closed Won\n"
        + "D-22,2026-03-05,cleo,GTX Pro,2000.00,Closed Won\n",
    )
    draft_id = undone(world, second.batch_no)
    told = outcome(world, draft_id)
    counts = [told[name] for name in ("restored_count", "withdrawn_count", "kept_count")]
    assert counts == [1, 1, 0]
    assert EventBatch.objects.count() == 4
    assert current(world)["D-20"] == ("done", 900_000, 2)
    assert save(world, draft_id) == 5
    assert current(world) == {
        "D-20": ("done", 400_000, 3),
        "D-21": ("lost", 120_000, 1),
        "D-22": ("lost", 200_000, 2),
    }
    assert first.batch_no == 3


def test_events_that_a_later_import_changed_stay(world: World) -> None:
    first = saved(world)
    later = HEADER + "D-20,2026-03-03,cleo,GTX Pro,5000.00,Closed Won\n"
    saved(world, later)
    draft_id = undone(world, first.batch_no)
    told = outcome(world, draft_id)
    assert (told["kept_count"], told["kept"]) == (1, [["D-20", 4]])
    assert told["withdrawn_count"] == 1
    assert current(world)["D-20"][1] == 500_000


def test_undo_shows_the_money_and_takes_it_back(world: World) -> None:
    operator = world.users["administrator"]
    draft = saved(world)
    book(operator, at_noon(3, 21))
    before = program_sums(operator)["spring"].entitled_minor
    draft_id = undone(world, draft.batch_no)
    [program] = outcome(world, draft_id)["effect"]["programs"]
    assert program["back_minor"] == 200_00
    save(world, draft_id)
    book(operator, at_noon(3, 22))
    assert program_sums(operator)["spring"].entitled_minor == before - 200_00


def test_undo_of_an_undo_brings_it_back(world: World) -> None:
    draft = saved(world)
    said = current(world)
    number = save(world, undone(world, draft.batch_no))
    save(world, undone(world, number))
    again = current(world)
    assert {key: row[:2] for key, row in again.items()} == {
        key: row[:2] for key, row in said.items()
    }


def test_history_names_both_sides_of_an_undo(world: World) -> None:
    viewer = world.users["analyst"]
    draft = saved(world)
    draft_id = undone(world, draft.batch_no)
    number = save(world, draft_id)
    assert queries.imported_batch(viewer, draft.batch_no).undone_by == draft_id
    assert queries.imported_batch(viewer, number).undoes == draft.batch_no
    batches = [one.number for one in queries.imports_done(viewer).lines if not one.is_list]
    assert sorted(batches) == [1, 2, 3, 4]


def test_undo_of_the_only_list_and_of_nothing_is_refused(world: World) -> None:
    user = world.users["manager"]
    with pytest.raises(imports.ImportStateError, match="no earlier list"):
        imports.start_undo(file_no=1, acting_user=user, at=AT)
    with pytest.raises(imports.ImportStateError, match="in force"):
        imports.start_undo(file_no=99, acting_user=user, at=AT)
    with pytest.raises(imports.ImportStateError, match="no such batch"):
        imports.start_undo(batch_no=99, acting_user=user, at=AT)


def test_roster_before_comes_into_force_again(world: World) -> None:
    mapping = (
        'makes = "roster"\nsource = "hr"\nzone = "UTC"\n'
        '[files.file]\npath = "*"\nformat = "csv"\n[columns]\npayee_id = "id"\n'
    )
    draft = saved(world, "id\nedd\n", mapping=mapping, kind="roster")
    user = world.users["manager"]
    before = feed.feed_files(user).payees
    undo = imports.start_undo(file_no=draft.file_no, acting_user=user, at=AT)
    assert tried(world, undo.pk) == "ready"
    imports_save.save_import(draft_id=undo.pk, acting_user=user, at=AT)
    assert feed.feed_files(user).payees != before
    assert "edd" not in queries.known_names(user)["payee"]


def test_same_content_told_again_after_an_undo_is_changed_not_new(world: World) -> None:
    draft = saved(world)
    save(world, undone(world, draft.batch_no))
    again = saved(world, GOOD)
    assert again.outcome["counts"] == {"new": 0, "changed": 1, "known": 1, "rejected": 0}
    assert current(world)["D-20"] == ("done", 400_000, 3)
