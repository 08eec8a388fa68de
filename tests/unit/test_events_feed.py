"""Does an engine see of a feed what still counts?"""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest

from openspiff.engine import DuckDBEngine, emit
from openspiff.events import (
    EVENT_COLUMNS,
    FIRST_INSTANT,
    LAST_INSTANT,
    LATER_COLUMNS,
    Feed,
    FeedFileError,
    feed_from_rows,
    open_feed,
    payees_of,
)
from openspiff.events._open import _WITHOUT_SUPERSEDED
from openspiff.run import feed_digest


def test_rows_with_defaults_become_a_feed(tmp_path: Path) -> None:
    feed = feed_from_rows(
        [
            {"event_id": "a", "payee_id": "p1", "amount_minor": 500, "occurred_at": 7},
            {"event_id": "b", "payee_id": "p1"},
            {"event_id": "b", "payee_id": "p2"},
            {"event_id": "b", "payee_id": "p3"},
            {"event_id": "c", "payee_id": "p1", "status": "open"},
        ],
        tmp_path,
    )
    with DuckDBEngine() as engine:
        open_feed(engine, feed)
        rows = engine.query(
            "select event_id, payee_id, share_ppm, payee_count, amount_minor, occurred_at,"
            " entered_at, subject_id, is_new_customer from current_events"
            " order by event_id, payee_id"
        )
        assert engine.query("select count(*) from roster") == [(0,)]
        assert engine.query("select count(*) from rates") == [(0,)]
    assert rows == [
        ("a", "p1", 1_000_000, 1, 500, 7, 7, "a", None),
        ("b", "p1", 333_334, 3, 0, 0, 0, "b", None),
        ("b", "p2", 333_333, 3, 0, 0, 0, "b", None),
        ("b", "p3", 333_333, 3, 0, 0, 0, "b", None),
        ("c", "p1", 1_000_000, 1, 0, None, 0, "c", None),
    ]


def test_only_the_latest_revision_is_current(tmp_path: Path) -> None:
    feed = feed_from_rows(
        [
            {"event_id": "a", "payee_id": "p1"},
            {"event_id": "a", "payee_id": "p2"},
            {"event_id": "a", "payee_id": "p1", "revision": 2, "batch_no": 2},
            {"event_id": "b", "payee_id": "p1"},
        ],
        tmp_path,
    )
    with DuckDBEngine() as engine:
        open_feed(engine, feed)
        assert engine.query("select count(*) from event_rows") == [(4,)]
        current = engine.query(
            "select event_id, revision, payee_id from current_events order by event_id"
        )
        assert current == [("a", 2, "p1"), ("b", 1, "p1")]
        columns = engine.arrays("select * from current_events")
        assert list(columns) == list(EVENT_COLUMNS)


def test_roster_and_rates_are_loaded_with_open_spans(tmp_path: Path) -> None:
    feed = feed_from_rows(
        [{"event_id": "a", "payee_id": "p1"}],
        tmp_path,
        payees=[{"payee_id": "p2"}, {"payee_id": "p1", "firm_id": "f", "from_at": 5}],
        rates=[{"from_currency": "EUR", "to_currency": "USD", "rate_num": 1_100_000}],
    )
    assert payees_of(feed) == [
        ("p1", "", "f", "", "", "", "", 5, LAST_INSTANT),
        ("p2", "", "", "", "", "", "", FIRST_INSTANT, LAST_INSTANT),
    ]
    with DuckDBEngine() as engine:
        open_feed(engine, feed)
        assert engine.query("select rate_num, rate_den from rates") == [
            (1_100_000, 1_000_000)
        ]


def test_an_empty_feed_opens_as_empty_tables() -> None:
    with DuckDBEngine() as engine:
        open_feed(engine, Feed(events=()))
        assert engine.query("select count(*) from current_events") == [(0,)]
    assert payees_of(Feed(events=())) == []


def test_a_feed_can_be_opened_twice_in_one_engine(tmp_path: Path) -> None:
    first = feed_from_rows([{"event_id": "a", "payee_id": "p"}], tmp_path / "1")
    second = feed_from_rows([{"event_id": "b", "payee_id": "p"}], tmp_path / "2")
    with DuckDBEngine() as engine:
        open_feed(engine, first)
        open_feed(engine, second)
        assert engine.query("select event_id from current_events") == [("b",)]


def test_a_column_that_events_do_not_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="amount_cents"):
        feed_from_rows([{"event_id": "a", "payee_id": "p", "amount_cents": 1}], tmp_path)


def test_the_view_of_current_events_is_written_for_every_engine() -> None:
    assert "LEFT ANTI JOIN" in emit(_WITHOUT_SUPERSEDED, "spark").upper()
    assert "NOT EXISTS" in emit(_WITHOUT_SUPERSEDED, "postgres").upper()


def test_batches_of_the_first_version_are_read_without_what_came_later(
    tmp_path: Path,
) -> None:
    plain = {"event_id": "a", "payee_id": "p", "amount_minor": 5}
    feed = feed_from_rows([plain], tmp_path / "old")
    later = {"event_id": "b", "payee_id": "p", "amount_minor": 7, "list_price_minor": 9}
    new = feed_from_rows([later | {"batch_no": 2}], tmp_path / "new")
    old = tmp_path / "first_version.parquet"
    kept = ", ".join(name for name in EVENT_COLUMNS if name not in LATER_COLUMNS)
    with DuckDBEngine() as engine:
        engine.load_parquet("rows", feed.events, EVENT_COLUMNS)
        engine.write_parquet(f"select {kept} from rows", old)
        for files, told in (
            ((old,), [("a", 5, None)]),
            ((old, *new.events), [("a", 5, None), ("b", 7, 9)]),
        ):
            open_feed(engine, Feed(events=files))
            found = engine.query(
                "select event_id, amount_minor, list_price_minor from current_events "
                "order by event_id"
            )
            assert found == told


def test_files_that_are_gone_are_all_named_before_anything_is_calculated(
    tmp_path: Path,
) -> None:
    feed = feed_from_rows(
        [{"event_id": "a", "payee_id": "p"}], tmp_path, payees=[{"payee_id": "p"}]
    )
    assert feed.payees is not None
    more = tmp_path / "000002-events.parquet"
    feed.events[0].rename(more)
    feed.payees.unlink()
    with DuckDBEngine() as engine, pytest.raises(FeedFileError) as error:
        open_feed(engine, feed)
    (problem,) = error.value.problems
    assert (problem.place, problem.remedy) == (
        feed.events[0].name,
        "restore it from the backup",
    )
    with DuckDBEngine() as engine, pytest.raises(FeedFileError):
        open_feed(engine, attrs.evolve(feed, events=(more,)))
    with pytest.raises(FeedFileError):
        payees_of(feed)
    with pytest.raises(FeedFileError):
        feed_digest(feed)


def test_broken_files_are_named_all_at_once(tmp_path: Path) -> None:
    feed = feed_from_rows([{"event_id": "a", "payee_id": "p"}], tmp_path)
    cut, empty = tmp_path / "cut.parquet", tmp_path / "empty.parquet"
    cut.write_bytes(feed.events[0].read_bytes()[:-20])
    empty.touch()
    with DuckDBEngine() as engine, pytest.raises(FeedFileError) as error:
        open_feed(engine, attrs.evolve(feed, events=(*feed.events, cut, empty)))
    assert [one.place for one in error.value.problems] == ["cut.parquet", "empty.parquet"]
    assert {one.message for one in error.value.problems} == {
        "the file is broken, or no Parquet file"
    }
