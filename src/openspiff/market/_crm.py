"""What would the vendor's own system export? CSV files, and the mapping that reads them.

The columns have their own names and the stages their own words, so that a demo comes in by
the same door as anybody's files.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import attrs
import numpy as np

from openspiff.engine import DuckDBEngine, quoted
from openspiff.errors import Problem
from openspiff.events import FIRST_INSTANT, LAST_INSTANT
from openspiff.market._check import MarketError
from openspiff.market._crm_mapping import STAGES, mapping_text
from openspiff.market._deals import DAY, NEVER, Deals
from openspiff.market._market import Market
from openspiff.market._names import customer_name, firm_name, id_width
from openspiff.market._write import (
    DONE,
    OPEN,
    Told,
    deal_width,
    padded,
    product_sql,
    raw_columns,
    roster_rows,
    tell,
)
from openspiff.money import currency_exponent

MAPPING_NAME: Final = "mapping.toml"
_AMENDED_DAYS: Final = 91
_SECOND: Final = 1_000_000


@attrs.frozen(kw_only=True)
class CrmFiles:
    """The files of one export; `row_count` is the number of deals in it."""

    folder: Path
    mapping: Path
    deals: Path
    customers: Path
    products: Path
    payees: Path
    endings: Path
    row_count: int


def _moment_sql(column: str) -> str:
    text = f"strftime(make_timestamp({column}), '%Y-%m-%d %H:%M:%SZ')"
    return f"case when {column} = {NEVER} then null else {text} end"


def _money_sql(column: str, exponent: int) -> str:
    if exponent == 0:
        return f"cast({column} as varchar)"
    unit = 10**exponent
    sign = f"case when {column} < 0 then '-' else '' end"
    whole = f"cast(abs({column}) // {unit} as varchar)"
    part = f"lpad(cast(abs({column}) % {unit} as varchar), {exponent}, '0')"
    return f"{sign} || {whole} || '.' || {part}"


def _deals_sql(market: Market) -> str:
    setting = market.setting
    exponent = currency_exponent(setting.currency)
    customers = id_width(setting.payee_count * setting.customers_per_payee)
    stages = " ".join(f"when {code} then '{word}'" for code, word in STAGES.items())
    columns = {
        "Deal": padded("D", "d.number", deal_width(market)),
        "Seller ID": padded("P", "d.payee + 1", id_width(setting.payee_count)),
        "Partner ID": padded("F", "d.firm + 1", id_width(setting.firm_count)),
        "Account ID": padded("C", "d.customer + 1", customers),
        "Product": product_sql(setting, "product_id"),
        "Seats": "d.quantity",
        "Stage": f"case d.status {stages} end",
        "Registered": _moment_sql("d.registered_at"),
        "Closed": _moment_sql(
            f"case d.status when {OPEN} then {NEVER} else d.closed_at end"
        ),
        "Contract value": _money_sql("d.amount_minor", exponent),
        "List value": _money_sql("d.list_price_minor", exponent),
        "Margin": _money_sql("d.margin_minor", exponent),
        "Monthly value": f"case when d.mrr_minor < 0 then null "
        f"else {_money_sql('d.mrr_minor', exponent)} end",
        "Months": "case when d.term_months = 0 then null else d.term_months end",
        "Currency": f"'{setting.currency}'",
        "Last changed": _moment_sql("d.changed_at"),
    }
    chosen = ", ".join(f'{text} as "{name}"' for name, text in columns.items())
    return f"select {chosen} from crm_deals as d"  # noqa: S608


def _copy_csv(engine: DuckDBEngine, sql: str, path: Path) -> None:
    engine.execute(f"copy ({sql}) to {quoted(path)} (format csv, header)")


def _write_endings(market: Market, path: Path, until_at: int) -> None:
    """Write when customers left what they had bought and not cancelled."""
    deals, told = market.deals, tell(market.deals, until_at)
    closed_at = np.where(told.status == DONE, deals.closed_at, until_at)
    places = np.flatnonzero(deals.churned_after < until_at - closed_at)
    columns = {
        "number": places + 1,
        "ended_at": deals.closed_at[places] + deals.churned_after[places],
    }
    sql = (
        f'select {padded("D", "number", deal_width(market))} as "Deal", '  # noqa: S608
        f'{_moment_sql("ended_at")} as "Service ended" from crm_endings order by number'
    )
    with DuckDBEngine() as engine:
        engine.load_arrays("crm_endings", columns)
        _copy_csv(engine, sql, path)


def _write_rows(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _write_customers(market: Market, path: Path) -> None:
    setting = market.setting
    width = id_width(setting.payee_count * setting.customers_per_payee)
    known = np.unique(market.deals.customer)
    rows = (
        (
            f"C-{place + 1:0{width}d}",
            customer_name(place, is_government=is_public),
            "Public" if is_public else "Private",
        )
        for place, is_public in zip(
            known.tolist(), market.is_government[known].tolist(), strict=True
        )
    )
    _write_rows(path, ["Account ID", "Account", "Sector"], rows)


def _write_products(market: Market, path: Path) -> None:
    exponent = currency_exponent(market.setting.currency)
    rows = [
        (
            one.product_id,
            one.family,
            f"{one.price_minor / 10**exponent:.{exponent}f}",
            one.revenue_type,
        )
        for one in market.setting.products
    ]
    _write_rows(path, ["Product", "Family", "List price", "Billing"], rows)


def _write_payees(market: Market, path: Path) -> None:
    starts_on, starts = market.setting.starts_on, market.calendar.week_starts
    weeks = {int(instant): week for week, instant in enumerate(starts)}
    weeks |= {FIRST_INSTANT: -1, LAST_INSTANT: -1}

    def day(instant: int) -> str:
        week = weeks[instant]
        return "" if week < 0 else str(starts_on + dt.timedelta(weeks=week))

    rows = [
        (*row[:3], firm_name(firm), *row[3:7], day(row[7]), day(row[8]))
        for row, firm in zip(roster_rows(market), market.roster.firm.tolist(), strict=True)
    ]
    header = ["Seller ID", "Name", "Partner ID", "Partner", "Role", "Level", "Area"]
    _write_rows(path, [*header, "Segment", "Joined", "Gone on"], rows)


def _write_deals(market: Market, path: Path, deals: Deals, told: Told) -> int:
    """Write the deals that are told; return how many they are."""
    raw = raw_columns(market, deals, told, np.arange(1, deals.count + 1))
    with DuckDBEngine() as engine:
        engine.load_arrays("crm_deals", raw)
        _copy_csv(engine, _deals_sql(market), path)
    return int(told.is_told.sum())


def _write_all(
    market: Market, folder: Path, deals: Deals, told: Told, until_at: int
) -> CrmFiles:
    folder.mkdir(parents=True, exist_ok=True)
    names = ("deals", "customers", "products", "payees", "endings")
    paths = {name: folder / f"{name}.csv" for name in names}
    _write_customers(market, paths["customers"])
    _write_products(market, paths["products"])
    _write_payees(market, paths["payees"])
    _write_endings(market, paths["endings"], until_at)
    count = _write_deals(market, paths["deals"], deals, told)
    mapping = folder / MAPPING_NAME
    mapping.write_text(mapping_text(market.setting), encoding="utf-8")
    return CrmFiles(folder=folder, mapping=mapping, row_count=count, **paths)


def write_crm_files(
    market: Market, folder: Path, *, until_at: int | None = None
) -> CrmFiles:
    """Write what the vendor's system exports just before `until_at` (None: at the end).

    deals.csv, customers.csv, products.csv, payees.csv (UTF-8, moments in UTC, amounts in
    major units) and the mapping that reads them. Deals that were registered by then, also
    those still open, each in its newest state. endings.csv, which no mapping reads, says
    when customers left what they had bought.
    """
    instant = market.ends_at if until_at is None else until_at
    return _write_all(market, folder, market.deals, tell(market.deals, instant), instant)


def _amend(
    market: Market, told: Told, *, since_at: int, until_at: int, share: float
) -> tuple[Deals, Told]:
    """Change the number of units of some deals, at some instant between the two exports.

    Of those sold in the 13 weeks before the first one that nothing else happened to; drawn
    by the market's seed and the instant of the first export.
    """
    deals = market.deals
    rng = np.random.default_rng([market.seed, since_at // _SECOND])
    can_change = (
        told.is_told
        & (told.status == DONE)
        & (told.changed_at < since_at)
        & (deals.closed_at >= since_at - _AMENDED_DAYS * DAY)
    )
    places = np.flatnonzero(can_change & (rng.random(deals.count) < share))
    old = deals.quantity[places].astype(np.int64)
    new = np.maximum(1, np.rint(old * rng.uniform(0.5, 1.25, len(places))).astype(np.int64))
    new += new == old
    columns = {
        name: getattr(deals, name).copy()
        for name in ("quantity", "list_minor", "cost_minor")
    }
    columns["quantity"][places] = new
    columns["list_minor"][places] = deals.list_minor[places] // old * new
    columns["cost_minor"][places] = deals.cost_minor[places] * new // old
    changed_at = told.changed_at.copy()
    seconds = rng.integers(0, (until_at - since_at) // _SECOND, len(places))
    changed_at[places] = since_at + seconds * _SECOND
    return attrs.evolve(deals, **columns), attrs.evolve(told, changed_at=changed_at)


def later_files(
    market: Market,
    folder: Path,
    *,
    since_at: int,
    until_at: int | None = None,
    amended_share: float = 0.03,
) -> CrmFiles:
    """Write the export that follows the one of `since_at`: only deals that changed since.

    New, won, lost and cancelled deals, those reported late, and `amended_share` of the
    recently sold ones with another number of units. The market's truth counts deals, which
    amendments do not change; its amounts and margins are those before amendments. Raises
    MarketError unless `until_at` (None: the market's end) is a second after `since_at`
    at least.
    """
    instant = market.ends_at if until_at is None else until_at
    problems = []
    if instant - since_at < _SECOND:
        message = f"expected an instant after since_at {since_at}, got {instant}"
        problems.append(Problem("until_at", message))
    if not 0 <= amended_share <= 1:
        message = f"expected a share from 0 to 1, got {amended_share}"
        problems.append(Problem("amended_share", message))
    if problems:
        raise MarketError("no later export could be written", problems)
    before, now = tell(market.deals, since_at), tell(market.deals, instant)
    deals, now = _amend(
        market, now, since_at=since_at, until_at=instant, share=amended_share
    )
    is_news = now.is_told & (~before.is_told | (now.changed_at >= since_at))
    return _write_all(market, folder, deals, attrs.evolve(now, is_told=is_news), instant)
