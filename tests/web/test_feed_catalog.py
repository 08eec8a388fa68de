"""Which files does a calculation read, and how do they come into the catalog?"""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest
from web_world import World

from openspiff.web.access import NotAllowedError
from openspiff.web.actions.conflict import ConflictError
from openspiff.web.actions.feed import (
    FeedError,
    NewBatch,
    RosterName,
    record_batch,
    record_roster,
)
from openspiff.web.models import AuditRow, EventBatch, PayeeName
from openspiff.web.queries.feed import batch_with_digest, feed_files, next_batch_no


def third(home: Path) -> NewBatch:
    (home / "feed" / "3.parquet").write_bytes(b"PAR1")
    return NewBatch(batch_no=3, digest="3" * 64, event_file="3.parquet", counts={"new": 1})


def test_feed_is_what_the_catalog_names_in_batch_order(world: World) -> None:
    (world.home / "feed" / "stray.parquet").write_bytes(b"PAR1")
    feed = feed_files(world.users["manager"])
    folder = world.home / "feed"
    assert feed.events == (folder / "1/events.parquet", folder / "2/events.parquet")
    assert feed.superseded == (folder / "2/superseded.parquet",)
    assert feed.payees == folder / "1/payees.parquet"
    assert feed.rates is None
    assert next_batch_no(world.users["manager"]) == 3


def test_same_content_again_is_the_batch_that_is_there(world: World) -> None:
    batch, manager = third(world.home), world.users["manager"]
    first = record_batch(batch=batch, acting_user=manager, at=1)
    rows = AuditRow.objects.count()
    again = record_batch(batch=attrs.evolve(batch, batch_no=4), acting_user=manager, at=2)
    assert again.pk == first.pk
    assert AuditRow.objects.count() == rows
    known = batch_with_digest(manager, batch.digest)
    assert known is not None
    assert (known.batch_no, known.imported_at, known.counts) == (3, 1, {"new": 1})


@pytest.mark.parametrize("number", [1, 2, 4])
def test_import_that_was_overtaken_is_refused(world: World, number: int) -> None:
    batch = attrs.evolve(third(world.home), batch_no=number)
    with pytest.raises(ConflictError, match="batch 3 comes next"):
        record_batch(batch=batch, acting_user=world.users["finance"], at=1)
    assert EventBatch.objects.count() == 2


@pytest.mark.parametrize("name", ["gone.parquet", "../secret.key", "/etc/passwd"])
def test_file_outside_the_feed_folder_is_refused(world: World, name: str) -> None:
    (world.home / "secret.key").write_text("key", encoding="utf-8")
    batch = attrs.evolve(third(world.home), event_file=name)
    with pytest.raises(FeedError) as refused:
        record_batch(batch=batch, acting_user=world.users["manager"], at=1)
    assert [one.place for one in refused.value.problems] == [name]
    assert EventBatch.objects.count() == 2


def test_newer_roster_is_in_force_and_renames_payees(world: World) -> None:
    path = world.home / "feed" / "roster-2.parquet"
    path.write_bytes(b"PAR1")
    record_roster(
        file_name="roster-2.parquet",
        digest="roster-2",
        names=[RosterName(payee_id="ana", name="Ana Ruiz-Lee", firm_id="south")],
        acting_user=world.users["manager"],
        at=5,
    )
    assert feed_files(world.users["manager"]).payees == path
    assert PayeeName.objects.get(pk="ana").name == "Ana Ruiz-Lee"
    # Who left keeps a name: the statement stays readable.
    assert PayeeName.objects.get(pk="dan").name == "Dan Vu"


@pytest.mark.parametrize("role", ["payee", "firm_owner", "analyst"])
def test_others_import_nothing(world: World, role: str) -> None:
    with pytest.raises(NotAllowedError):
        record_batch(batch=third(world.home), acting_user=world.users[role], at=1)
