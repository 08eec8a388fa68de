"""Which events and programs are the rules timed on?

N rows of events (10,000,000 unless told otherwise), a roster of 50,000 payees in 500
firms, 200 products, and 20 programs of every kind. The same row count and seed give the
same bytes of data: every value is integer arithmetic on the row's number, so it does not
depend on the number of threads. Files are kept in a folder and made only once.

    python benchmarks/entitlements_data.py FOLDER [ROWS] [SEED]
"""

from __future__ import annotations

import datetime as dt
import sys
import time
from pathlib import Path

from openspiff.engine import DuckDBEngine
from openspiff.events import EVENT_COLUMNS, PAYEE_COLUMNS, Feed
from openspiff.program import (
    Audience,
    Band,
    BandBy,
    Basis,
    Behavior,
    BehaviorKind,
    Caps,
    CapsOrder,
    Clawback,
    ClawbackShape,
    CountTiers,
    Flat,
    MrrMultiple,
    Payout,
    Percent,
    Prize,
    Products,
    Program,
    SplitRule,
    Tickets,
    Tier,
    Window,
    day_start,
)

ROWS = 10_000_000
SEED = 1
PAYEES, FIRMS, PRODUCTS, CUSTOMERS = 50_000, 500, 200, 1_500_000
BATCHES = 12
ZONE = "America/New_York"
STARTS_ON = dt.date(2025, 1, 1)
DAYS = 365
DAY = 86_400_000_000
PRIME = 2_147_483_647
# The shape of the files below; a number in their names keeps older ones from being used.
SHAPE = 1

REGIONS = ("north", "south", "east", "west")
TIERS = ("gold", "silver", "member", "member")
SEGMENTS = ("business", "enterprise", "public")
ROLES = ("seller", "seller", "seller", "engineer")


def _mixed(number: str, salt: int, seed: int) -> str:
    """Return SQL for a whole number below PRIME that looks drawn by chance.

    Two rounds of multiply, square and add: all inside 63 bits.
    """
    step = 1 + (seed * 48_271 + salt * 69_621 + 40_692) % (PRIME - 1)
    once = f"(({number} * {step} + {salt * 1_000_003 + seed}) % {PRIME})"
    return f"(({once} * {once} + {once} * {step % 65_521} + {salt}) % {PRIME})"


def _pick(words: tuple[str, ...], number: str) -> str:
    listed = ", ".join(f"'{word}'" for word in words)
    return f"list_extract([{listed}], 1 + cast({number} as bigint))"


def _text(prefix: str, number: str, width: int) -> str:
    return f"'{prefix}-' || lpad(cast({number} as varchar), {width}, '0')"


def _numbers_sql(rows: int, first: int, end: int, seed: int) -> str:
    """Return SQL for the raw numbers of these rows.

    Of every 21 rows two belong to one event: so 5% of the events have two payees.
    """
    start = day_start(STARTS_ON, ZONE)
    e = "n.event"
    share = f"({_mixed(e, 3, seed)} / {PRIME}.0)"
    size = f"({_mixed(e, 5, seed)} / {PRIME}.0)"
    return f"""
    with r as (select range as row_number from range({first}, {end})),
    n as (
      select (row_number // 21) * 20 + greatest(row_number % 21 - 1, 0) as event,
        row_number % 21 < 2 and (row_number // 21) * 21 + 1 < {rows} as is_split,
        row_number % 21 = 1 as is_second
      from r
    )
    select n.event, n.is_split, n.is_second,
      cast({start} + {DAY} * {DAYS}.0 * n.event * 1.05 / {rows} as bigint) as recorded_at,
      {_mixed(e, 1, seed)} % (14 * 86400) * 1000000 as lag,
      (cast({PAYEES} * {share} * (0.4 + 0.6 * {share}) as bigint) * 7919) % {PAYEES}
        as payee,
      {_mixed(e, 4, seed)} % {PRODUCTS} as product,
      {_mixed(e, 6, seed)} % {CUSTOMERS} as customer,
      20000 + cast(3000000 * {size} * {size} as bigint) as amount,
      100 + {_mixed(e, 7, seed)} % 500 as margin_permille,
      list_extract([12, 24, 36, 36], 1 + {_mixed(e, 8, seed)} % 4) as term,
      1 + ({_mixed(e, 9, seed)} % 200) * ({_mixed(e, 10, seed)} % 200) // 200
        as quantity,
      {_mixed(e, 11, seed)} % 100 as fate,
      {_mixed(e, 12, seed)} % 100 as other,
      ({_mixed(e, 13, seed)} % (120 * 86400)) * 1000000 as cancelled_after
    from n
    """


def _events_sql(rows: int, first: int, end: int, batch: int, seed: int) -> str:
    """Return SQL for these rows in the shape of EVENT_COLUMNS."""
    occurred = "m.recorded_at - m.lag"
    told = (
        f"case when m.fate >= 95 then {occurred} + m.cancelled_after else m.recorded_at end"
    )
    second = "(m.payee // 100) * 100 + (m.payee % 100 + 37) % 100"
    texts = {
        "batch_no": str(batch),
        "source": "'bench'",
        "event_id": _text("E", "m.event", 9),
        "revision": "1",
        "subject_id": _text("E", "m.event", 9),
        "duplicate_of": "''",
        "kind": "case when m.other < 90 then 'deal_won' else 'deal_registered' end",
        "status": "case when m.fate < 85 then 'done' when m.fate < 90 then 'open' "
        "when m.fate < 95 then 'lost' else 'cancelled' end",
        "occurred_at": f"case when m.fate between 85 and 89 then null else {occurred} end",
        "recorded_at": f"greatest(m.recorded_at, {told})",
        "entered_batch": str(batch),
        "entered_at": "m.recorded_at",
        "status_at": f"greatest(m.recorded_at, {told})",
        "payee_id": _text("P", f"case when m.is_second then {second} else m.payee end", 5),
        "share_ppm": "case when not m.is_split then 1000000 "
        "when m.is_second then 400000 else 600000 end",
        "payee_count": "case when m.is_split then 2 else 1 end",
        "firm_id": _text("F", "m.payee // 100", 3),
        "customer_id": _text("C", "m.customer", 7),
        "is_government": "m.other % 25 = 7",
        "is_new_customer": "null",
        "product_id": _text("product", "m.product", 3),
        "revenue_type": "case when m.product % 5 = 4 then 'hardware' "
        "else 'subscription' end",
        "quantity": "m.quantity",
        "amount_minor": "m.amount",
        "margin_minor": "case when m.other = 50 then null "
        "else m.amount * m.margin_permille // 1000 end",
        "mrr_minor": "case when m.product % 5 = 4 then null else m.amount // m.term end",
        "term_months": "case when m.product % 5 = 4 then null else m.term end",
        "currency": "'USD'",
    }
    columns = ", ".join(
        f"cast({texts[name]} as {kind}) as {name}" for name, kind in EVENT_COLUMNS.items()
    )
    return f"select {columns} from ({_numbers_sql(rows, first, end, seed)}) as m"


def _roster_sql(seed: int) -> str:
    """Return SQL for the roster; one payee in ten changes segment in July."""
    middle = day_start(dt.date(2025, 7, 1), ZONE)
    mixed = {
        name: _mixed("n.payee", salt, seed) for salt, name in enumerate("rts", start=31)
    }
    texts = {
        "payee_id": _text("P", "n.payee", 5),
        "name": _text("Payee", "n.payee", 5),
        "firm_id": _text("F", "n.payee // 100", 3),
        "role": _pick(ROLES, f"{mixed['r']} % {len(ROLES)}"),
        "tier": _pick(TIERS, f"(n.payee // 100) % {len(TIERS)}"),
        "region": _pick(REGIONS, f"(n.payee // 100) // 7 % {len(REGIONS)}"),
        "segment": _pick(SEGMENTS, f"({mixed['s']} + n.span) % {len(SEGMENTS)}"),
        "from_at": f"case when n.span = 0 then {-(2**62)} else {middle} end",
        "before_at": f"case when n.span = 0 and n.payee % 10 = 3 then {middle} "
        f"else {2**62} end",
    }
    columns = ", ".join(
        f"cast({texts[name]} as {kind}) as {name}" for name, kind in PAYEE_COLUMNS.items()
    )
    return f"""
    select {columns} from (
      select p.range as payee, s.range as span
      from range(0, {PAYEES}) as p cross join range(0, 2) as s
      where s.range = 0 or p.range % 10 = 3
    ) as n
    """


def _copy(engine: DuckDBEngine, sql: str, path: Path) -> None:
    part = path.with_suffix(".part")
    target = str(part).replace("'", "''")
    engine.execute(f"copy ({sql}) to '{target}' (format parquet, compression zstd)")
    part.rename(path)


def make_feed(folder: Path, *, rows: int = ROWS, seed: int = SEED) -> Feed:
    """Return the feed of `rows` rows, made in `folder` unless it is there already."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"v{SHAPE}-{rows}-{seed}"
    payees = folder / f"{stem}-payees.parquet"
    edges = [rows * batch // BATCHES // 21 * 21 for batch in range(BATCHES)] + [rows]
    paths = []
    with DuckDBEngine() as engine:
        if not payees.exists():
            _copy(engine, _roster_sql(seed), payees)
        for batch in range(1, BATCHES + 1):
            path = folder / f"{stem}-events-{batch:02d}.parquet"
            first, end = edges[batch - 1], edges[batch]
            if first == end:
                continue
            if not path.exists():
                _copy(engine, _events_sql(rows, first, end, batch, seed), path)
            paths.append(path)
    return Feed(events=tuple(paths), payees=payees)


def _products(offset: int, count: int) -> Products:
    ids = tuple(f"product-{(offset + 3 * n) % PRODUCTS:03d}" for n in range(count))
    return Products(include=tuple(dict.fromkeys(ids)))


def _payouts() -> list[Payout]:
    by_mrr = (
        Band(from_size=0, rate_ppm=500_000),
        Band(from_size=20_000, rate_ppm=1_000_000),
        Band(from_size=60_000, rate_ppm=2_000_000),
    )
    by_seats = (
        Band(from_size=5, rate_ppm=1_000_000),
        Band(from_size=50, rate_ppm=1_500_000),
    )
    steps = (
        Tier(from_count=1, amount_minor=2_000),
        Tier(from_count=4, amount_minor=4_000),
        Tier(from_count=11, amount_minor=7_500),
    )
    prizes = (Prize(amount_minor=300_000), Prize(amount_minor=50_000, winner_count=10))
    return [
        Flat(amount_minor=5_000),
        Percent(rate_ppm=20_000),
        MrrMultiple(bands=by_mrr),
        CountTiers(tiers=steps),
        Tickets(prizes=prizes),
        Flat(amount_minor=7_500),
        Percent(rate_ppm=35_000, basis=Basis.MARGIN),
        MrrMultiple(bands=by_seats, band_by=BandBy.SEATS),
        CountTiers(tiers=steps[:2]),
        Flat(amount_minor=10_000),
        Percent(rate_ppm=12_345),
        MrrMultiple(bands=by_mrr[:2]),
        Flat(amount_minor=2_500),
        Percent(rate_ppm=250_000, basis=Basis.MRR),
        CountTiers(tiers=steps),
        Tickets(tickets_per_event=3, prizes=prizes),
        Flat(amount_minor=4_000),
        Percent(rate_ppm=50_000, basis=Basis.MARGIN),
        MrrMultiple(bands=by_seats, band_by=BandBy.SEATS),
        Flat(amount_minor=15_000),
    ]


_CLAWBACKS = (
    Clawback(),
    Clawback(shape=ClawbackShape.CLIFF, days=60),
    Clawback(shape=ClawbackShape.PRO_RATA, days=90),
    Clawback(shape=ClawbackShape.NONE),
)


def _audience(number: int) -> Audience:
    return (
        Audience(segments=("business", "enterprise")),
        Audience(roles=("seller",)),
        Audience(regions=REGIONS[:2]),
        Audience(tiers=("gold", "silver"), segments=("business", "public")),
        Audience(),
    )[number % 5]


# Number of the program -> limit of a payee at 10,000,000 rows (tickets for a draw).
_PAYEE_CAPS = {1: 400_000, 3: 40_000, 5: 40_000, 9: 60_000, 13: 30_000, 15: 40, 17: 150_000}
# Number of the program -> budget for each thousand rows of the feed.
_BUDGETS = {3: 22_000, 6: 250_000, 7: 500_000, 11: 400_000, 15: 35, 19: 200_000}

_BUDGET_FIRST = {3}


def _caps(number: int, rows: int) -> Caps:
    """Return the limits of a program, in proportion to the number of rows."""
    cap, budget = _PAYEE_CAPS.get(number), _BUDGETS.get(number)
    order = (
        CapsOrder.BUDGET_THEN_PAYEE
        if number in _BUDGET_FIRST
        else CapsOrder.PAYEE_THEN_BUDGET
    )
    return Caps(
        payee_cap=None if cap is None else max(1, cap * rows // ROWS),
        budget=None if budget is None else max(1, budget * rows // 1_000),
        order=order,
    )


def make_programs(*, rows: int = ROWS) -> list[Program]:
    """Return the 20 programs; budgets are in proportion to the number of rows."""
    programs = []
    for number, payout in enumerate(_payouts()):
        starts_on = STARTS_ON + dt.timedelta(days=15 * (number % 12))
        window = Window(
            zone=ZONE,
            starts_on=starts_on,
            ends_before=starts_on + dt.timedelta(days=91 + 30 * (number % 3)),
            reported_before=starts_on + dt.timedelta(days=190) if number % 3 == 1 else None,
        )
        behavior = Behavior(
            kind=BehaviorKind.DEAL_WON,
            products=_products(7 * number, 36 + 8 * (number % 5)),
            revenue_types=("subscription",) if number % 6 == 0 else (),
            min_amount_minor=50_000 * (number % 4),
            min_margin_ppm=150_000 if number % 5 == 1 else 0,
            min_term_months=24 if number in {2, 12} else 0,
            min_quantity=3 if number in {7, 17} else 0,
            new_customers_only=number in {5, 13},
            once_per_customer=number in {3, 9, 15},
        )
        programs.append(
            Program(
                program_id=f"bench-{number:02d}",
                name=f"Program {number}",
                currency="USD",
                behavior=behavior,
                window=window,
                payout=payout,
                audience=_audience(number),
                caps=_caps(number, rows),
                split=(SplitRule.BY_SHARE, SplitRule.BY_SHARE, SplitRule.EQUALLY)[
                    number % 3
                ],
                clawback=_CLAWBACKS[number % 4],
            )
        )
    return programs


def main(arguments: list[str]) -> int:
    """Make the files and say how long it took and how large they are."""
    folder = Path(arguments[0])
    rows, seed = (int(one) for one in [*arguments[1:], *[ROWS, SEED][len(arguments) - 1 :]])
    started = time.perf_counter()
    feed = make_feed(folder, rows=rows, seed=seed)
    seconds = time.perf_counter() - started
    size = sum(path.stat().st_size for path in feed.events) / 1e6
    print(f"{rows:,} rows in {len(feed.events)} files, {size:,.0f} MB, {seconds:.1f} s")
    print(f"{len(make_programs(rows=rows))} programs")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
