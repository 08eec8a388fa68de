"""What does importing again do? It adds what is new, and touches nothing that stood."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from pathlib import Path

import attrs
import pytest
from event_files import HEADER, MAPPING, current, lines, read
from hypothesis import given, settings, strategies as st

from openspiff.events import (
    Batch,
    BatchError,
    Feed,
    ReadResult,
    feed_from_rows,
    feed_of,
    parse_mapping,
    payees_of,
    read_events,
    write_batch,
)

STAGED = MAPPING.replace('status = "done"\n', "") + (
    '[status]\ncolumn = "stage"\nopen = "open"\ndone = "done"\nlost = "lost"\n'
    'cancelled = "cancelled"\n'
)
DAY = "2026-03-02"


@attrs.define
class Desk:
    """A folder of batches; each import is one second later than the one before."""

    folder: Path
    batches: list[Batch] = attrs.field(factory=list)

    @property
    def feed(self) -> Feed:
        return feed_of(self.batches)

    def bring(self, *rows: str, source: str = "crm") -> Batch:
        """Import rows of `id,rep,day,value,stage`."""
        number = len(self.batches) + 1
        mapping = parse_mapping(STAGED.replace('"crm"', f'"{source}"'))
        path = self.folder / "deals.csv"
        path.write_text(lines(*rows, header=f"{HEADER},stage"))
        return self.add(read_events(path, mapping, recorded_at=number * 1_000_000))

    def add(self, result: ReadResult) -> Batch:
        batch = write_batch(
            result,
            feed=self.feed,
            folder=self.folder / "batches",
            batch_no=len(self.batches) + 1,
        )
        self.batches.append(batch)
        return batch

    def now(self, columns: str) -> list[tuple[object, ...]]:
        return current(self.feed, columns)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def deal(name: str, *, value: str = "100", stage: str = "done", payees: str = "ann") -> str:
    return f"{name},{payees},{DAY},{value},{stage}"


def test_same_file_again_is_nothing_new_and_no_file(desk: Desk) -> None:
    first = desk.bring(deal("a"), deal("b", stage="open"))
    assert str(first) == "2 new, 0 changed, 0 known"
    before = sorted((desk.folder / "batches").iterdir())
    again = desk.bring(deal("b", stage="open"), deal("a"))
    assert str(again) == "0 new, 0 changed, 2 known"
    assert (again.events, again.superseded, again.payees, again.digest) == (
        None,
        None,
        None,
        "",
    )
    assert sorted((desk.folder / "batches").iterdir()) == before


def test_first_revision_enters_with_its_batch(desk: Desk) -> None:
    desk.bring(deal("a"), deal("b", stage="open"))
    columns = (
        "event_id, batch_no, revision, entered_batch, entered_at, status_at, recorded_at"
    )
    assert desk.now(columns) == [
        ("a", 1, 1, 1, 1_000_000, 1_000_000, 1_000_000),
        ("b", 1, 1, 1, 1_000_000, 1_000_000, 1_000_000),
    ]


def test_changed_event_becomes_the_next_revision_and_the_old_one_stays(desk: Desk) -> None:
    desk.bring(deal("a"), deal("b"))
    changed = desk.bring(deal("a", value="90"), deal("b"), deal("c"))
    assert str(changed) == "1 new, 1 changed, 1 known"
    assert desk.now("event_id, revision, batch_no, amount_minor") == [
        ("a", 2, 2, 9_000),
        ("b", 1, 1, 10_000),
        ("c", 1, 2, 10_000),
    ]
    assert len(desk.feed.events) == 2
    everything = Feed(events=desk.feed.events)
    assert len(current(everything, "event_id")) == 4


STORIES: dict[str, tuple[Sequence[str], int, int]] = {
    # statuses one import after the other -> batch of entered, batch of status_at
    "done at once": (["done"], 1, 1),
    "never done": (["open", "lost"], 1, 2),
    "open, then done": (["open", "done"], 2, 2),
    "done and cancelled": (["done", "cancelled"], 1, 2),
    "open, done, cancelled": (["open", "done", "cancelled"], 2, 3),
    "cancelled and done again": (["done", "cancelled", "done"], 3, 3),
    "reopened and never won": (["done", "open", "lost"], 1, 3),
    "lost, then won": (["lost", "done"], 2, 2),
}


@pytest.mark.parametrize("case", STORIES)
def test_entered_is_the_last_time_it_became_done(desk: Desk, case: str) -> None:
    stages, entered, status = STORIES[case]
    for stage in stages:
        desk.bring(deal("a", stage=stage))
    assert desk.now("revision, entered_batch, entered_at, status_at") == [
        (len(stages), entered, entered * 1_000_000, status * 1_000_000)
    ]


NEVER_DONE: dict[str, tuple[Sequence[str], str]] = {
    "first told as cancelled": (["cancelled"], "lost"),
    "open, then cancelled": (["open", "cancelled"], "lost"),
    "done, then cancelled": (["done", "cancelled"], "cancelled"),
}


@pytest.mark.parametrize("case", NEVER_DONE)
def test_what_never_was_done_is_lost_and_not_cancelled(desk: Desk, case: str) -> None:
    # A clawback term may leave a share of what is cancelled; what never was done has none.
    stages, status = NEVER_DONE[case]
    for stage in stages:
        desk.bring(deal("a", stage=stage))
    assert desk.now("status") == [(status,)]
    again = desk.bring(deal("a", stage=stages[-1]))
    assert str(again) == "0 new, 0 changed, 1 known"


def test_deal_that_is_still_open_elsewhere_makes_no_duplicate(desk: Desk) -> None:
    desk.bring(deal("a", stage="open"))
    desk.bring(deal("a"), source="billing")
    assert sorted(desk.now("source, duplicate_of")) == [("billing", ""), ("crm", "")]
    desk.bring(deal("a"))
    told = sorted(desk.now("source, duplicate_of"))
    assert told == [("billing", ""), ("crm", "billing/a")]


def test_amendment_keeps_when_it_entered_and_when_it_got_its_status(desk: Desk) -> None:
    desk.bring(deal("a", stage="open"))
    desk.bring(deal("a"))
    desk.bring(deal("a", value="50"))
    assert desk.now(
        "revision, batch_no, entered_batch, entered_at, status_at, recorded_at"
    ) == [(3, 3, 2, 2_000_000, 2_000_000, 3_000_000)]


def test_change_of_payees_replaces_all_rows(desk: Desk) -> None:
    mapping = parse_mapping(MAPPING.replace('payee = "rep"', 'list = "rep"'))
    for payees in ("ann:60;bob:40", "ann", "ann;cid"):
        path = desk.folder / "deals.csv"
        path.write_text(lines(f"a,{payees},{DAY},1"))
        desk.add(read_events(path, mapping, recorded_at=0))
    assert desk.now("revision, payee_id, share_ppm, payee_count") == [
        (3, "ann", 500_000, 2),
        (3, "cid", 500_000, 2),
    ]
    again = desk.add(read_events(desk.folder / "deals.csv", mapping, recorded_at=9))
    assert str(again) == "0 new, 0 changed, 1 known"


def test_same_deal_told_by_another_source_is_marked(desk: Desk) -> None:
    desk.bring(deal("a"), deal("b"), source="crm")
    told = desk.bring(deal("b"), deal("c"), source="billing")
    assert str(told) == "2 new, 0 changed, 0 known"
    assert "1 events were first told by another source" in str(told.notes[0])
    assert desk.now("source, event_id, duplicate_of") == [
        ("billing", "b", "crm/b"),
        ("billing", "c", ""),
        ("crm", "a", ""),
        ("crm", "b", ""),
    ]
    desk.bring(deal("b", value="7"), source="crm")
    desk.bring(deal("b", value="7"), source="billing")
    assert desk.now("source, event_id, revision, duplicate_of") == [
        ("billing", "b", 2, "crm/b"),
        ("billing", "c", 1, ""),
        ("crm", "a", 1, ""),
        ("crm", "b", 2, ""),
    ]


def test_another_kind_of_the_same_deal_is_no_duplicate(desk: Desk) -> None:
    desk.bring(deal("a"), source="crm")
    mapping = parse_mapping(
        STAGED.replace('"crm"', '"demos"').replace('"deal_won"', '"demo_held"')
    )
    desk.add(read_events(desk.folder / "deals.csv", mapping, recorded_at=0))
    assert desk.now("source, duplicate_of") == [("crm", ""), ("demos", "")]


def test_files_are_named_by_their_digest_and_never_touched(desk: Desk) -> None:
    first = desk.bring(deal("a"), deal("b"))
    assert first.events is not None
    data = first.events.read_bytes()
    assert hashlib.sha256(data).hexdigest() in first.events.name
    second = desk.bring(deal("a", value="1"))
    assert first.events.read_bytes() == data
    assert second.superseded is not None
    assert second.digest
    assert second.digest != first.digest
    assert [path.name for path in (desk.folder / "batches").glob(".*")] == []


def test_batches_come_in_order(desk: Desk) -> None:
    desk.bring(deal("a"))
    with pytest.raises(BatchError, match="expected more than 1, got 1"):
        write_batch(
            read(desk.folder / "x", lines("b,ann,2026-03-02,1")),
            feed=desk.feed,
            folder=desk.folder / "batches",
            batch_no=1,
        )
    assert len(list((desk.folder / "batches").iterdir())) == 1


def test_feed_made_otherwise_is_continued(tmp_path: Path) -> None:
    rows = [{"source": "crm", "event_id": "a", "payee_id": "ann", "amount_minor": 1}]
    feed = feed_from_rows(rows, tmp_path / "old")
    batch = write_batch(
        read(tmp_path / "new", lines("a,ann,2026-03-02,1", "b,ann,2026-03-02,1")),
        feed=feed,
        folder=tmp_path,
        batch_no=2,
    )
    assert str(batch) == "1 new, 1 changed, 0 known"


PEOPLE = MAPPING.replace(
    "[columns]",
    '[files.people]\npath = "people.csv"\n[payees]\nfile = "people"\npayee_id = "no"\n'
    'tier = "tier"\n[columns]',
)


def bring_people(desk: Desk, people: str, source: str = "crm") -> Batch:
    (desk.folder / "people.csv").write_text(people)
    (desk.folder / "deals.csv").write_text(lines(f"a,ann,{DAY},1"))
    mapping = parse_mapping(PEOPLE.replace('"crm"', f'"{source}"'))
    return desk.add(read_events(desk.folder, mapping, recorded_at=0))


def test_roster_is_written_when_it_changed_and_keeps_who_is_not_told(desk: Desk) -> None:
    first = bring_people(desk, "no,tier\nann,gold\nbob,gold\n")
    assert first.payees is not None
    again = bring_people(desk, "no,tier\nbob,gold\nann,gold\n")
    assert again.payees is None
    changed = bring_people(desk, "no,tier\nann,silver\ncid,gold\n")
    assert changed.payees is not None
    assert [(row[0], row[4]) for row in payees_of(desk.feed)] == [
        ("ann", "silver"),
        ("bob", "gold"),
        ("cid", "gold"),
    ]


WORDS = st.sampled_from(["open", "done", "lost", "cancelled"])
FILES = st.lists(
    st.dictionaries(st.sampled_from("abcd"), st.tuples(WORDS, st.integers(0, 2))),
    min_size=1,
    max_size=5,
)


def _kept(before: tuple[str, int] | None, stage: str) -> str:
    was_done = before is not None and before[0] in {"done", "cancelled"}
    return "lost" if stage == "cancelled" and not was_done else stage


def left_by(files: list[dict[str, tuple[str, int]]]) -> None:
    """Import file after file; each counts, and all leave, what a dictionary would."""
    told: dict[str, tuple[str, int]] = {}
    revisions: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(Path(folder))
        for said in files:
            one = {
                name: (_kept(told.get(name), stage), value)
                for name, (stage, value) in said.items()
            }
            changed = [name for name in one if told.get(name) != one[name]]
            fresh = [name for name in one if name not in told]
            batch = desk.bring(
                *(
                    deal(name, stage=stage, value=str(value))
                    for name, (stage, value) in said.items()
                )
            )
            told |= one
            for name in changed:
                revisions[name] = revisions.get(name, 0) + 1
            counts = (batch.new_count, batch.changed_count, batch.known_count)
            assert counts == (
                len(fresh),
                len(changed) - len(fresh),
                len(one) - len(changed),
            )
        found = desk.now("event_id, status, amount_minor, revision")
    assert found == [
        (name, told[name][0], told[name][1] * 100, revisions[name]) for name in sorted(told)
    ]


@settings(max_examples=15)
@given(files=FILES)
def test_any_files_leave_what_a_dictionary_would(
    files: list[dict[str, tuple[str, int]]],
) -> None:
    left_by(files)


@pytest.mark.slow
@settings(max_examples=500)
@given(files=FILES)
def test_any_files_leave_what_a_dictionary_would_at_length(
    files: list[dict[str, tuple[str, int]]],
) -> None:
    left_by(files)


def test_file_without_a_usable_row_adds_nothing(desk: Desk) -> None:
    assert str(desk.bring()) == "0 new, 0 changed, 0 known"
    refused = desk.bring(deal("a", value="-1"))
    assert str(refused) == "0 new, 0 changed, 0 known, 1 rejected"
    assert desk.feed == Feed(events=())
