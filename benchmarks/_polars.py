"""What does the same answer cost in Polars, written by columns?

The candidates are one lazy query over the files (streaming engine); the programs are then
taken one by one, in the promised order where they need one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl
from _by_hand import Totals
from _terms import AUDIENCE, RATE_COLUMNS, rates_of, terms_of

from openspiff.events import Feed
from openspiff.program import Program

DAY = 86_400_000_000
PPM = 1_000_000
ORDER = ["entered_batch", "occurred_at", "event_id", "payee_id"]
col = pl.col


def in_polars(programs: Sequence[Program], feed: Feed) -> Totals:
    """Return (program_id, currency, rows, amount_minor, tickets) of each program."""
    terms = terms_of(programs)
    rates = pl.DataFrame(rates_of(programs), schema=list(RATE_COLUMNS), orient="row")
    found = _candidates(terms, feed).collect(engine="streaming")
    of_program = found.partition_by("program_no", as_dict=True)
    entitled = pl.concat(
        [
            _due(of_program[number,], one, rates.filter(col("program_no") == number))
            for number, one in enumerate(terms, start=1)
        ]
    )
    sums = entitled.group_by("program_id", "currency").agg(
        pl.len(), col("amount_minor").sum(), col("tickets").sum()
    )
    return sums.sort("program_id").rows()


def _candidates(terms: Sequence[dict[str, Any]], feed: Feed) -> pl.LazyFrame:
    """Return the events that pass every test, for each program, with weight and keep."""
    events = pl.scan_parquet([str(path) for path in feed.events])
    roster = pl.scan_parquet(feed.payees).select(
        "payee_id", "from_at", "before_at", *AUDIENCE.values()
    )
    table = pl.DataFrame(terms, infer_schema_length=None).lazy()
    for_new = table.filter("is_for_new").select(col("starts_at").max()).collect().item()
    since = (
        events.filter(col("status") == "done", col("occurred_at") < for_new)
        .group_by("customer_id")
        .agg(since_at=col("occurred_at").min())
    )
    spans, rules = _rules(table, roster)
    elapsed = col("status_at") - col("occurred_at")
    in_days = elapsed.clip(lower_bound=0) // DAY * PPM // col("clawback_days")
    keep_ppm = (
        pl.when(col("status") == "done")
        .then(PPM)
        .when(col("clawback") == "cliff")
        .then((elapsed >= col("clawback_days") * DAY).cast(pl.Int64) * PPM)
        .when(col("clawback") == "pro_rata")
        .then(in_days.clip(upper_bound=PPM))
        .otherwise(0)
    )
    return (
        events.filter(col("kind") == "deal_won", col("status").is_in(["done", "cancelled"]))
        .join(spans, on="payee_id")
        .filter(col("occurred_at") >= col("from_at"), col("occurred_at") < col("before_at"))
        .join(rules, left_on=["product_id", "class_no"], right_on=["products", "class_no"])
        .filter(
            col("occurred_at") >= col("starts_at"),
            col("occurred_at") < col("ends_at"),
            col("entered_at") < col("reported_before_at"),
            col("amount_minor") >= col("min_amount"),
            col("quantity") >= col("min_quantity"),
            ~(col("is_no_government") & col("is_government")),
            (col("revenue_types").list.len() == 0)
            | col("revenue_types").list.contains(col("revenue_type")),
            (col("min_term") == 0) | (col("term_months") >= col("min_term")),
            (col("min_margin_ppm") == 0)
            | (col("margin_minor") >= _share(col("amount_minor"), col("min_margin_ppm"))),
        )
        .with_columns(keep_ppm=keep_ppm)
        .filter(col("keep_ppm") > 0)
        .join(since, on="customer_id", how="left")
        .filter(
            ~col("is_for_new")
            | col("since_at").is_null()
            | (col("since_at") >= col("starts_at"))
        )
        .select(
            *("program_no", "customer_id", "firm_id", *ORDER, "share_ppm", "payee_count"),
            *("keep_ppm", "amount_minor", "margin_minor", "mrr_minor", "quantity"),
        )
    )


def _rules(table: pl.LazyFrame, roster: pl.LazyFrame) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    """Return who is in which class when, and for which product and class who pays."""
    classes = roster.select(*AUDIENCE.values()).unique().with_row_index("class_no")
    spans = roster.join(classes, on=list(AUDIENCE.values())).select(
        "payee_id", "from_at", "before_at", "class_no"
    )
    rules = table.join(classes, how="cross").filter(
        *(
            (col(name).list.len() == 0) | col(name).list.contains(col(column))
            for name, column in AUDIENCE.items()
        )
    )
    return spans, rules.explode("products").drop(*AUDIENCE, *AUDIENCE.values())


def _share(amount: pl.Expr, ppm: pl.Expr) -> pl.Expr:
    return (amount * ppm + PPM // 2) // PPM


def _due(found: pl.DataFrame, one: dict[str, Any], rates: pl.DataFrame) -> pl.DataFrame:
    """Return what each event of one program is worth, after splits and both limits."""
    limits = [("payee_id", one["payee_cap"]), (None, one["budget"])]
    if not one["is_payee_first"]:
        limits.reverse()
    is_capped = any(limit is not None for _, limit in limits)
    if one["is_once"] or one["is_tiered"]:
        found = found.sort(ORDER)
    if one["is_once"]:
        found = found.filter(col("event_id") == col("event_id").first().over("customer_id"))
    due = _parts(_priced(found, one, rates), one)
    if is_capped:
        due = due.sort(ORDER)
    for by, limit in limits:
        if limit is not None:
            so_far = col("amount").cum_sum()
            so_far = so_far.over(by) if by else so_far
            left = (limit - (so_far - col("amount"))).clip(lower_bound=0)
            due = due.with_columns(amount=pl.min_horizontal("amount", left))
    nothing = pl.lit(0, pl.Int64)
    return due.filter(col("amount") > 0).select(
        pl.lit(one["program_id"]).alias("program_id"),
        pl.lit(one["version"]).alias("version"),
        pl.lit("bench").alias("source"),
        *("event_id", "payee_id", "firm_id"),
        (nothing if one["is_draw"] else col("amount")).alias("amount_minor"),
        (col("amount") if one["is_draw"] else nothing).alias("tickets"),
        pl.lit(one["currency"]).alias("currency"),
    )


def _priced(found: pl.DataFrame, one: dict[str, Any], rates: pl.DataFrame) -> pl.DataFrame:
    """Return the events with the worth of the whole event."""
    mrr = col("mrr_minor").fill_null(0)
    if one["is_tiered"]:
        size = col("event_id").cum_count().over("payee_id").cast(pl.Int64)
        starts = rates["from_count"]
    else:
        size = {"mrr": mrr}.get(one["band_by"], col("quantity"))
        starts = rates["from_size"]
    steps = rates.select("fixed", "rate_ppm", start=starts).sort("start")
    base = {
        "amount": col("amount_minor"),
        "margin": col("margin_minor").fill_null(0).clip(lower_bound=0),
        "mrr": mrr,
    }.get(one["basis"], pl.lit(0, pl.Int64))
    if len(steps) == 1 and not one["band_by"]:
        found = found.join(steps.drop("start"), how="cross")
    else:
        place = found.select(size=size)["size"]
        row = steps["start"].search_sorted(place, side="right").cast(pl.Int64) - 1
        found = found.with_columns(row=row).filter(col("row") >= 0)
        found = found.with_columns(
            steps[name][found["row"]].alias(name) for name in ("fixed", "rate_ppm")
        )
    return found.with_columns(worth=col("fixed") + _share(base, col("rate_ppm")))


def _parts(priced: pl.DataFrame, one: dict[str, Any]) -> pl.DataFrame:
    """Divide events with several payees; the cents left go to the largest rests."""
    if one["is_equal"]:
        weight, whole = pl.lit(1, pl.Int64), col("payee_count")
    else:
        weight, whole = col("share_ppm"), pl.lit(PPM, pl.Int64)
    priced = priced.with_columns(weight=weight, whole=whole)
    alone = priced.filter(col("weight") == col("whole")).with_columns(part=col("worth"))
    product = col("worth") * col("weight")
    group = ["event_id", "worth"]
    total = (col("worth") * col("weight").sum().over(group) + col("whole") // 2) // col(
        "whole"
    )
    shared = (
        priced.filter(col("weight") != col("whole"))
        .with_columns(part=product // col("whole"), rest=product % col("whole"))
        .sort(["rest", "payee_id"], descending=[True, False])
        .with_columns(
            part=col("part")
            + (
                col("part").cum_count().over(group).cast(pl.Int64)
                <= total - col("part").sum().over(group)
            ).cast(pl.Int64)
        )
        .drop("rest")
    )
    parts = pl.concat([alone, shared])
    return parts.with_columns(amount=_share(col("part"), col("keep_ppm")))
