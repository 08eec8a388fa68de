"""Does a market arrive whole as a feed, and as files that come in by the ordinary door?"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import attrs
import numpy as np
import pytest

from openspiff.engine import DuckDBEngine, Row
from openspiff.events import (
    EVENT_COLUMNS,
    PAYEE_COLUMNS,
    Feed,
    feed_of,
    load_mapping,
    open_feed,
    payees_of,
    read_events,
    write_batch,
)
from openspiff.market import (
    DEMO_SEED,
    Market,
    MarketError,
    MarketSetting,
    demo_effect,
    demo_setting,
    later_files,
    market_roster,
    read_market,
    simulate_market,
    write_crm_files,
    write_market,
)
from openspiff.program import day_start

EXAMPLE = Path(__file__).parents[2] / "examples" / "markets" / "demo.toml"
SMALL = MarketSetting(
    starts_on=dt.date(2024, 12, 30), week_count=60, payee_count=60, firm_count=8
)
# In the middle of the market; what a second export tells comes after it.
SINCE = day_start(dt.date(2025, 10, 6), SMALL.zone)
NEVER = 2**62

# A deal that was sold and cancelled before anyone was told is lost, seen from the feed.
FOLDED = "case when status = 'cancelled' then 'lost' else status end as status"


@pytest.fixture(scope="module")
def market() -> Market:
    effect = attrs.evolve(
        demo_effect(), starts_on=dt.date(2025, 6, 30), ends_before=dt.date(2025, 9, 29)
    )
    return simulate_market(SMALL, seed=4, effect=effect)


def rows_of(feed: Feed, columns: str) -> list[Row]:
    with DuckDBEngine(threads=1) as engine:
        open_feed(engine, feed)
        return engine.query(f"select {columns} from current_events order by event_id")


def test_feed_has_the_shape_of_feeds(market: Market, tmp_path: Path) -> None:
    feed = write_market(market, tmp_path)
    assert feed.payees is not None
    with DuckDBEngine(threads=1) as engine:
        for path, shape in ((feed.events[0], EVENT_COLUMNS), (feed.payees, PAYEE_COLUMNS)):
            found = engine.query(f"describe select * from '{path}'")
            assert [(row[0], row[1]) for row in found] == list(shape.items())


def test_feed_says_what_the_market_knows_at_its_end(market: Market, tmp_path: Path) -> None:
    feed = write_market(market, tmp_path, batch_no=3)
    with DuckDBEngine(threads=1) as engine:
        open_feed(engine, feed)
        by_status = dict(
            engine.query("select status, count(*) from current_events group by status")
        )
        texts = engine.query(
            "select min(event_id), max(payee_id), min(batch_no), max(entered_batch), "
            "count(distinct event_id) - count(*), sum(share_ppm) / count(*) "
            "from current_events"
        )[0]
        late = engine.query(
            "select count(*) from current_events where recorded_at < entered_at "
            f"or status_at >= {market.ends_at} "
            "or (status = 'open') <> (occurred_at is null)"
        )
        amounts = engine.query(
            "select sum(amount_minor), sum(margin_minor), sum(quantity) "
            "from current_events where status = 'done'"
        )[0]
    deals = market.deals
    is_known = deals.closed_at + deals.reported_after < market.ends_at
    is_known &= deals.closed_at < NEVER
    assert by_status["lost"] == (is_known & deals.is_lost).sum()
    sold = is_known & ~deals.is_lost
    assert by_status["done"] + by_status["cancelled"] == sold.sum()
    is_there = (deals.closed_at < NEVER) & (deals.registered_at < market.ends_at)
    assert sum(by_status.values()) == is_there.sum()
    after = np.maximum(deals.cancelled_after, deals.reported_after)
    done = sold & (after >= market.ends_at - np.where(sold, deals.closed_at, 0))
    assert by_status["done"] == done.sum()
    assert amounts == (
        deals.amount_minor()[done].sum(),
        deals.margin_minor()[done].sum(),
        deals.quantity[done].sum(),
    )
    assert texts == ("D-000001", "P-0060", 3, 3, 0, 1_000_000)
    assert late == [(0,)]


def test_roster_names_every_payee_once(market: Market, tmp_path: Path) -> None:
    rows = payees_of(write_market(market, tmp_path))
    assert len(rows) == 60
    assert len({row[1] for row in rows}) == 60
    assert {row[2] for row in rows} == {f"F-{number:04d}" for number in range(1, 9)}
    assert {row[4] for row in rows} <= {"gold", "silver", "member"}


def test_files_come_in_by_the_mapping_beside_them(market: Market, tmp_path: Path) -> None:
    files = write_crm_files(market, tmp_path / "crm", until_at=SINCE)
    feed = write_market(market, tmp_path / "feed", until_at=SINCE)
    mapping = load_mapping(files.mapping)
    result = read_events(files.folder, mapping, recorded_at=0)
    assert result.rejects == ()
    assert result.unmapped_products == ()
    assert result.event_count == files.row_count
    batch = write_batch(result, feed=Feed(events=()), folder=tmp_path / "in", batch_no=1)
    imported = feed_of([batch])
    columns = (
        f"event_id, kind, {FOLDED}, occurred_at, recorded_at, status_at, payee_id, "
        "firm_id, "
        "customer_id, is_government, product_id, revenue_type, quantity, amount_minor, "
        "margin_minor, mrr_minor, term_months, currency"
    )
    assert rows_of(imported, columns) == rows_of(feed, columns)
    assert payees_of(imported) == payees_of(feed)


def test_second_export_brings_the_feed_up_to_date(market: Market, tmp_path: Path) -> None:
    first = write_crm_files(market, tmp_path / "1", until_at=SINCE)
    second = later_files(market, tmp_path / "2", since_at=SINCE, amended_share=0.0)
    assert 0 < second.row_count < first.row_count
    batches = []
    for number, files in enumerate((first, second), start=1):
        mapping = load_mapping(files.mapping)
        result = read_events(files.folder, mapping, recorded_at=0)
        known = feed_of(batches)
        folder = tmp_path / "in"
        batches.append(write_batch(result, feed=known, folder=folder, batch_no=number))
    whole = write_market(market, tmp_path / "whole")
    columns = f"event_id, {FOLDED}, occurred_at, amount_minor, margin_minor, recorded_at"
    assert rows_of(feed_of(batches), columns) == rows_of(whole, columns)


def test_second_export_amends_some_deals(market: Market, tmp_path: Path) -> None:
    plain = later_files(market, tmp_path / "0", since_at=SINCE, amended_share=0.0)
    amended = later_files(market, tmp_path / "1", since_at=SINCE, amended_share=0.3)
    deals = market.deals
    sure = (deals.closed_at >= SINCE - 91 * 86_400_000_000) & (
        deals.closed_at + deals.reported_after < SINCE
    )
    sure &= ~deals.is_lost & (deals.cancelled_after == NEVER)
    count = sure.sum()
    # Four standard errors of a binomial number; some that are cancelled later count too.
    error = 4 * np.sqrt(count * 0.3 * 0.7)
    assert abs(amended.row_count - plain.row_count - 0.3 * count) < error + 5
    again = later_files(market, tmp_path / "2", since_at=SINCE, amended_share=0.3)
    assert again.deals.read_bytes() == amended.deals.read_bytes()
    files = later_files(market, tmp_path / "3", since_at=SINCE, amended_share=1.0)
    result = read_events(files.folder, load_mapping(files.mapping), recorded_at=0)
    assert result.rejects == ()


def test_files_of_the_same_seed_are_the_same(tmp_path: Path) -> None:
    names = ("deals", "customers", "products", "payees", "endings", "mapping")
    texts = []
    for folder, seed in (("a", 2), ("b", 2), ("c", 3)):
        made = simulate_market(SMALL, seed=seed)
        files = write_crm_files(made, tmp_path / folder)
        texts.append([getattr(files, name).read_bytes() for name in names])
    assert texts[0] == texts[1]
    assert texts[0][0] != texts[2][0]


def test_yen_have_no_decimal_places(tmp_path: Path) -> None:
    made = simulate_market(attrs.evolve(SMALL, currency="JPY"), seed=1)
    files = write_crm_files(made, tmp_path)
    result = read_events(files.folder, load_mapping(files.mapping), recorded_at=0)
    assert result.rejects == ()
    assert "." not in files.deals.read_text(encoding="utf-8").splitlines()[1]


def test_files_that_cannot_be_asked_for_are_refused(market: Market, tmp_path: Path) -> None:
    with pytest.raises(MarketError) as caught:
        later_files(market, tmp_path, since_at=market.ends_at, amended_share=2.0)
    assert [one.place for one in caught.value.problems] == ["until_at", "amended_share"]
    with pytest.raises(MarketError):
        write_market(market, tmp_path, batch_no=0)
    assert list(tmp_path.iterdir()) == []


def test_empty_market_is_an_empty_feed(tmp_path: Path) -> None:
    made = simulate_market(attrs.evolve(SMALL, deals_per_week=0.0), seed=1)
    assert rows_of(write_market(made, tmp_path), "event_id") == []


def test_example_file_is_the_market_of_the_demo() -> None:
    assert read_market(EXAMPLE) == (demo_setting(), demo_effect())


def test_demo_shows_an_effect_that_a_holdout_can_see() -> None:
    setting, effect = demo_setting(), demo_effect()
    names = market_roster(setting, seed=DEMO_SEED).payee_ids.tolist()
    treated = [name for place, name in enumerate(names) if place % 5]
    made = simulate_market(setting, seed=DEMO_SEED, effect=effect, treated=treated)
    assert made.truth is not None
    panel = made.panel(product_ids=effect.products)
    sold, before = panel[:, 52:65].sum(axis=1), panel[:, 36:49].sum(axis=1)
    is_treated = np.isin(np.arange(240), made.treated)
    known = np.column_stack([np.ones(240), is_treated, before])
    weights = np.linalg.pinv(known)
    found = weights @ sold
    estimate = found[1]
    error = np.sqrt((weights[1] ** 2 * (sold - known @ found) ** 2).sum())
    truth = made.truth.gross_units / made.truth.treated_count
    # Two standard errors: what 95% of markets show; the seed was not chosen by this.
    assert abs(estimate - truth) < 2 * error
    assert estimate > 2 * error
