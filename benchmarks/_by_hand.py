"""What does the same answer cost in SQL written by hand for exactly these programs?"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
from _terms import RATE_COLUMNS, rates_of, terms_of

from openspiff.events import Feed
from openspiff.program import Program

SQL = Path(__file__).with_name("_by_hand.sql")
Totals = list[tuple[str, str, int, int, int]]

_KINDS = {bool: "boolean", str: "varchar", list: "varchar[]"}  # all else: bigint


def by_hand(programs: Sequence[Program], feed: Feed, memory_limit: str) -> Totals:
    """Return (program_id, currency, rows, amount_minor, tickets) of each program."""
    with tempfile.TemporaryDirectory() as spill, duckdb.connect() as connection:
        connection.execute(f"set memory_limit = '{memory_limit}'")
        connection.execute(f"set temp_directory = '{spill}'")
        connection.execute("set enable_progress_bar = false")
        make_entitled(connection, programs, feed)
        return connection.execute(
            "select program_id, currency, count(*), cast(sum(amount_minor) as bigint), "
            "cast(sum(tickets) as bigint) from entitled group by all order by program_id"
        ).fetchall()


def make_entitled(
    connection: duckdb.DuckDBPyConnection, programs: Sequence[Program], feed: Feed
) -> None:
    """Run the statements one after the other; the last one makes the table entitled."""
    files = ", ".join(f"'{path}'" for path in feed.events)
    connection.execute(f"create view event as select * from read_parquet([{files}])")
    connection.execute(f"create view roster as select * from '{feed.payees}'")
    load_terms(connection, programs)
    for statement in connection.extract_statements(SQL.read_text(encoding="utf-8")):
        connection.execute(statement)


def load_terms(connection: duckdb.DuckDBPyConnection, programs: Sequence[Program]) -> None:
    """Make the tables program, program_product and pay_rate."""
    terms = terms_of(programs)
    products = [one.pop("products") for one in terms]
    columns = {name: _KINDS.get(type(value), "bigint") for name, value in terms[0].items()}
    shape = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    connection.execute(f"create temp table program ({shape})")
    marks = ", ".join("?" * len(columns))
    connection.executemany(
        f"insert into program values ({marks})", [list(one.values()) for one in terms]
    )
    pairs: list[list[Any]] = [
        [one["program_no"] for one, ids in zip(terms, products, strict=True) for _ in ids],
        [product_id for ids in products for product_id in ids],
    ]
    connection.execute(
        "create temp table program_product as "
        "select unnest($1::bigint[]) as program_no, unnest($2::varchar[]) as product_id",
        pairs,
    )
    shape = ", ".join(f"{name} bigint" for name in RATE_COLUMNS)
    connection.execute(f"create temp table pay_rate ({shape})")
    marks = ", ".join("?" * len(RATE_COLUMNS))
    connection.executemany(f"insert into pay_rate values ({marks})", rates_of(programs))
