"""Do events that people tell join the feed like those of a file?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs

from openspiff.events import Feed, feed_from_rows, find_events, told_rows, write_batch

NOON = 1_767_268_800_000_000


def told(event_id: str, **said: Any) -> dict[str, Any]:
    given = {"payee_id": "ann", "customer_id": "Acme", "occurred_at": NOON, **said}
    return {"event_id": event_id, "recorded_at": NOON, **given}


def written(feed: Feed, folder: Path, batch_no: int, **said: Any) -> tuple[Feed, Any]:
    """Tell one event as the next batch; return the feed with it, and the batch."""
    result = told_rows([told("C-1", **said)], source="claims")
    batch = write_batch(result, feed=feed, folder=folder, batch_no=batch_no)
    if batch.events is None:
        return feed, batch
    old = () if batch.superseded is None else (batch.superseded,)
    return (
        attrs.evolve(
            feed,
            events=(*feed.events, batch.events),
            superseded=(*feed.superseded, *old),
        ),
        batch,
    )


def test_told_event_is_new_once_then_known_then_the_next_revision(tmp_path: Path) -> None:
    feed = feed_from_rows([told("D-1")], tmp_path / "0")
    feed, first = written(feed, tmp_path, 2)
    assert (first.new_count, first.changed_count) == (1, 0)
    feed, again = written(feed, tmp_path, 3)
    assert (again.events, again.known_count) == (None, 1)
    feed, lost = written(feed, tmp_path, 3, status="lost")
    assert (lost.new_count, lost.changed_count) == (0, 1)
    (row,) = [one for one in find_events(feed, payee_id="ann") if one["event_id"] == "C-1"]
    assert (row["source"], row["revision"], row["status"], row["batch_no"]) == (
        "claims",
        2,
        "lost",
        3,
    )


def test_deal_that_its_source_tells_later_is_the_duplicate(tmp_path: Path) -> None:
    feed = feed_from_rows([told("D-1")], tmp_path / "0")
    feed, _ = written(feed, tmp_path, 2, subject_id="D-2")
    later = told_rows([told("D-2", payee_id="bob")], source="crm")
    batch = write_batch(later, feed=feed, folder=tmp_path, batch_no=3)
    assert [str(one) for one in batch.notes] == [
        "crm: 1 events were first told by another source; they never earn"
    ]


def test_two_payees_of_a_told_event_share_it(tmp_path: Path) -> None:
    feed = feed_from_rows([told("D-1")], tmp_path / "0")
    both = told_rows([told("C-2"), told("C-2", payee_id="bob")], source="claims")
    assert (both.row_count, both.event_count) == (2, 1)
    batch = write_batch(both, feed=feed, folder=tmp_path, batch_no=2)
    assert batch.events is not None
    found = find_events(Feed(events=(batch.events,)))
    assert found == []
    found = find_events(Feed(events=(batch.events,)), customers=["ACME"])
    assert [(one["payee_id"], one["share_ppm"]) for one in found] == [
        ("ann", 500_000),
        ("bob", 500_000),
    ]


def test_events_are_found_by_payee_and_customer_the_latest_first(tmp_path: Path) -> None:
    rows = [
        told("D-1"),
        told("D-2", occurred_at=NOON + 1),
        told("D-3", customer_id="it's; drop"),
        told("D-4", payee_id="bob"),
    ]
    feed = feed_from_rows(rows, tmp_path / "0")

    def names(**asked: Any) -> list[str]:
        return [one["event_id"] for one in find_events(feed, **asked)]

    assert names(payee_id="ann") == ["D-2", "D-1", "D-3"]
    assert names(payee_id="ann", limit=1) == ["D-2"]
    assert names(customers=["acme"]) == ["D-2", "D-1", "D-4"]
    assert names(payee_id="ann", customers=["IT'S; DROP"]) == ["D-3"]
    assert names(customers=[]) == []
    assert names(payee_id="nobody") == []
    assert find_events(Feed(events=()), payee_id="ann") == []
