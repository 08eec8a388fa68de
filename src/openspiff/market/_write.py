"""How does a market become a feed? Its state at an instant, as Parquet files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import attrs
import numpy as np

from openspiff.engine import DuckDBEngine, Row, quoted
from openspiff.errors import Problem
from openspiff.events import EVENT_COLUMNS, PAYEE_COLUMNS, Feed
from openspiff.market._check import MarketError
from openspiff.market._deals import NEVER, Deals, share_of
from openspiff.market._market import Market
from openspiff.market._names import id_width, payee_name
from openspiff.market._setting import MarketSetting
from openspiff.market._types import Whole, Yes

SOURCE: Final = "market"
_FILE_ROWS: Final = 1_000_000

# Told of a deal, in the order of a deal's life.
OPEN, LOST, DONE, CANCELLED = range(4)
STATUS_WORDS: Final = ("open", "lost", "done", "cancelled")


@attrs.frozen(kw_only=True, eq=False)
class Told:
    """What the vendor's system says of each deal just before an instant.

    `is_told` leaves out deals not yet registered and those that only the world without the
    program has. `status` is one of OPEN, LOST, DONE, CANCELLED; `reported_at` is when the
    close became known (NEVER while open), `changed_at` when the present status did.
    """

    is_told: Yes
    status: Whole
    reported_at: Whole
    changed_at: Whole


def tell(deals: Deals, until_at: int) -> Told:
    """Return what is known of the deals just before `until_at`."""
    is_real = deals.closed_at < NEVER
    reported_at = np.where(is_real, deals.closed_at, 0) + deals.reported_after
    is_closed = is_real & (reported_at < until_at)
    after = np.maximum(deals.cancelled_after, deals.reported_after)
    is_cancelled = is_closed & ~deals.is_lost & (after < until_at - deals.closed_at)
    cancelled_at = np.where(
        is_cancelled, deals.closed_at + np.where(after < NEVER, after, 0), 0
    )
    status = np.where(is_closed, np.where(deals.is_lost, LOST, DONE), OPEN)
    status = np.where(is_cancelled, CANCELLED, status).astype(np.int8)
    changed_at = np.where(is_closed, reported_at, deals.registered_at)
    return Told(
        is_told=is_real & (deals.registered_at < until_at),
        status=status,
        reported_at=np.where(is_closed, reported_at, NEVER),
        changed_at=np.where(is_cancelled, cancelled_at, changed_at),
    )


def mrr_minor(deals: Deals) -> Whole:
    """Return monthly recurring revenue after discount, -1 where there is none."""
    monthly = deals.list_minor // np.maximum(deals.term_months, 1)
    net = monthly - share_of(monthly, deals.discount_ppm)
    return np.where(deals.term_months > 0, net, -1)


def deal_width(market: Market) -> int:
    """Return how many digits the ids of deals have: six at least."""
    return max(6, id_width(market.deals.count))


def padded(prefix: str, column: str, width: int) -> str:
    """Return SQL for ids such as P-0042 of a column of whole numbers."""
    return f"'{prefix}-' || lpad(cast({column} as varchar), {width}, '0')"


def product_sql(setting: MarketSetting, attribute: str) -> str:
    """Return SQL for a text of the deal's product: a list, so that no join moves rows."""
    texts = [getattr(one, attribute) for one in setting.products]
    listed = ", ".join(quoted(text) for text in texts)
    return f"list_extract([{listed}], cast(d.product as bigint) + 1)"


def _event_sql(market: Market, batch_no: int) -> str:
    """Return the query that shapes the raw columns as EVENT_COLUMNS."""
    setting = market.setting
    customers = id_width(setting.payee_count * setting.customers_per_payee)
    event_id = padded("D", "d.number", deal_width(market))
    words = " ".join(f"when {n} then '{word}'" for n, word in enumerate(STATUS_WORDS))
    was_done = f"d.status in ({DONE}, {CANCELLED})"
    texts: Mapping[str, str] = {
        "batch_no": str(batch_no),
        "source": f"'{SOURCE}'",
        "event_id": event_id,
        "revision": f"case d.status when {OPEN} then 1 when {CANCELLED} then 3 else 2 end",
        "subject_id": event_id,
        "duplicate_of": "''",
        "kind": "'deal_won'",
        "status": f"case d.status {words} end",
        "occurred_at": f"case when d.status = {OPEN} then null else d.closed_at end",
        "recorded_at": "d.changed_at",
        "entered_batch": str(batch_no),
        "entered_at": f"case when {was_done} then d.reported_at else d.registered_at end",
        "status_at": "d.changed_at",
        "payee_id": padded("P", "d.payee + 1", id_width(setting.payee_count)),
        "share_ppm": "1000000",
        "payee_count": "1",
        "firm_id": padded("F", "d.firm + 1", id_width(setting.firm_count)),
        "customer_id": padded("C", "d.customer + 1", customers),
        "is_government": "d.is_government",
        "is_new_customer": "null",
        "product_id": product_sql(setting, "product_id"),
        "revenue_type": product_sql(setting, "revenue_type"),
        "quantity": "d.quantity",
        "amount_minor": "d.amount_minor",
        "list_price_minor": "d.list_price_minor",
        "margin_minor": "d.margin_minor",
        "mrr_minor": "case when d.mrr_minor < 0 then null else d.mrr_minor end",
        "term_months": "case when d.term_months = 0 then null else d.term_months end",
        "currency": f"'{setting.currency}'",
    }
    columns = ", ".join(
        f"cast({texts[name]} as {kind}) as {name}" for name, kind in EVENT_COLUMNS.items()
    )
    return f"select {columns} from market_deals as d"  # noqa: S608


def raw_columns(
    market: Market, deals: Deals, told: Told, numbers: Whole
) -> dict[str, np.ndarray[Any, Any]]:
    """Return the raw columns of those deals that are told; `numbers` name them."""
    amount = deals.amount_minor()
    columns = {
        "number": numbers,
        "status": told.status,
        "registered_at": deals.registered_at,
        "closed_at": deals.closed_at,
        "reported_at": told.reported_at,
        "changed_at": told.changed_at,
        "payee": deals.payee,
        "firm": market.roster.firm[deals.payee],
        "customer": deals.customer,
        "is_government": market.is_government[deals.customer],
        "product": deals.product,
        "quantity": deals.quantity,
        "amount_minor": amount,
        "list_price_minor": deals.list_minor,
        "margin_minor": amount - deals.cost_minor,
        "mrr_minor": mrr_minor(deals),
        "term_months": deals.term_months,
    }
    return {name: values[told.is_told] for name, values in columns.items()}


def roster_rows(market: Market) -> list[Row]:
    """Return the roster as rows in the order of PAYEE_COLUMNS."""
    roster, setting = market.roster, market.setting
    names = [
        np.array(list(labels), dtype=object)[codes].tolist()
        for labels, codes in (
            (setting.roles, roster.role),
            (setting.tiers, roster.tier),
            (setting.regions, roster.region),
            (setting.segments, roster.segment),
        )
    ]
    return list(
        zip(
            roster.payee_ids.tolist(),
            [payee_name(place) for place in range(roster.count)],
            roster.firm_ids[roster.firm].tolist(),
            *names,
            roster.from_at.tolist(),
            roster.before_at.tolist(),
            strict=True,
        )
    )


def write_market(
    market: Market, folder: Path, *, batch_no: int = 1, until_at: int | None = None
) -> Feed:
    """Write the market as a feed into `folder` (made when absent) and return it.

    One batch that says what was known just before `until_at` (None: the market's end):
    deals done, lost, cancelled, and still open; deals reported later, and cancellations
    that come later, are not in it. At most a million rows a file. Raises MarketError for a
    batch number below 1.
    """
    if batch_no < 1:
        problem = Problem("batch_no", f"expected 1 or more, got {batch_no}")
        raise MarketError("no feed could be written", [problem])
    instant = market.ends_at if until_at is None else until_at
    folder.mkdir(parents=True, exist_ok=True)
    payees = folder / "payees.parquet"
    paths = []
    with DuckDBEngine() as engine:
        sql = _event_sql(market, batch_no)
        for part, start in enumerate(range(0, max(1, market.deals.count), _FILE_ROWS)):
            places = np.arange(start, min(start + _FILE_ROWS, market.deals.count))
            deals = market.deals.take(places)
            raw = raw_columns(market, deals, tell(deals, instant), places + 1)
            engine.load_arrays("market_deals", raw)
            paths.append(folder / f"events-{batch_no:04d}-{part:03d}.parquet")
            engine.write_parquet(sql, paths[-1])
        engine.load_rows("market_roster", PAYEE_COLUMNS, roster_rows(market))
        engine.write_parquet("select * from market_roster", payees)
    return Feed(events=tuple(paths), payees=payees)
