"""What does the same answer cost in pandas, written by columns?

One mask a program over the events that may count at all, then counts and running sums in
the promised order, for the programs that need an order only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from _by_hand import Totals
from _terms import AUDIENCE, RATE_COLUMNS, rates_of, terms_of

from openspiff.events import Feed
from openspiff.program import Program

DAY = 86_400_000_000
PPM = 1_000_000
NUMBERS = (
    *("entered_batch", "occurred_at", "entered_at", "status_at", "share_ppm"),
    *("payee_count", "quantity", "amount_minor", "margin_minor", "mrr_minor"),
    *("term_months", "is_government"),
)
WORDS = ("payee_id", "firm_id", "product_id", "revenue_type", "status")
ORDER = ["entered_batch", "occurred_at", "event_id", "payee_id"]


def in_pandas(programs: Sequence[Program], feed: Feed) -> Totals:
    """Return (program_id, currency, rows, amount_minor, tickets) of each program."""
    terms = terms_of(programs)
    events = _with_roster(_events(feed), feed)
    since = _known_customers(feed, terms)
    rates = pd.DataFrame(rates_of(programs), columns=list(RATE_COLUMNS))
    entitled = pd.concat(
        [
            _due(_candidates(events, since, one), one, rates[rates.program_no == number])
            for number, one in enumerate(terms, start=1)
        ],
        ignore_index=True,
    )
    sums = entitled.groupby(["program_id", "currency"], sort=True).agg(
        row_count=("event_id", "size"),
        amount_minor=("amount_minor", "sum"),
        tickets=("tickets", "sum"),
    )
    return [
        (*key, *map(int, row)) for key, row in zip(sums.index, sums.values, strict=True)
    ]


def _read(feed: Feed, columns: Sequence[str], filters: list[Any]) -> pd.DataFrame:
    """Read these columns of all files; words become categories, which is what pays most."""
    return pd.read_parquet(
        [str(path) for path in feed.events],
        columns=list(columns),
        filters=filters,
        to_pandas_kwargs={"categories": [name for name in columns if name in WORDS]},
    )


def _events(feed: Feed) -> pd.DataFrame:
    counted = [("kind", "==", "deal_won"), ("status", "in", ["done", "cancelled"])]
    events = _read(feed, ["event_id", "customer_id", *NUMBERS, *WORDS], counted)
    # Categories come in the order of the file; ties go by the payee's name.
    payees = events.payee_id.cat
    events["payee_id"] = payees.reorder_categories(payees.categories.sort_values())
    return events


def _with_roster(events: pd.DataFrame, feed: Feed) -> pd.DataFrame:
    roster = pd.read_parquet(
        feed.payees, columns=["payee_id", "from_at", "before_at", *AUDIENCE.values()]
    )
    roster = roster.astype(dict.fromkeys(AUDIENCE.values(), "category"))
    roster["payee_id"] = roster["payee_id"].astype(events["payee_id"].dtype)
    both = events.merge(roster, on="payee_id")
    is_in = (both.occurred_at >= both.from_at) & (both.occurred_at < both.before_at)
    return both[is_in].drop(columns=["from_at", "before_at"])


def _known_customers(feed: Feed, terms: Sequence[dict[str, Any]]) -> pd.Series[int]:
    """Return since when each customer is one, as far as a program for new ones looks."""
    latest = max(one["starts_at"] for one in terms if one["is_for_new"])
    before = [("status", "==", "done"), ("occurred_at", "<", latest)]
    done = _read(feed, ["customer_id", "occurred_at"], before)
    return done.groupby("customer_id", sort=False)["occurred_at"].min()


def _candidates(
    events: pd.DataFrame, since: pd.Series[int], one: dict[str, Any]
) -> pd.DataFrame:
    """Return the events that pass every test of one program, with weight and keep."""
    fits = (
        (events.occurred_at >= one["starts_at"])
        & (events.occurred_at < one["ends_at"])
        & (events.entered_at < one["reported_before_at"])
        & events.product_id.isin(one["products"])
        & (events.amount_minor >= one["min_amount"])
        & (events.quantity >= one["min_quantity"])
    )
    if one["is_no_government"]:
        fits &= ~events.is_government
    if one["revenue_types"]:
        fits &= events.revenue_type.isin(one["revenue_types"])
    for name, column in AUDIENCE.items():
        if one[name]:
            fits &= events[column].isin(one[name])
    if one["min_term"]:
        fits &= events.term_months >= one["min_term"]
    if one["min_margin_ppm"]:
        least = (events.amount_minor * one["min_margin_ppm"] + PPM // 2) // PPM
        fits &= events.margin_minor >= least
    found = events[fits]
    if one["is_for_new"]:
        known = found.customer_id.map(since)
        found = found[known.isna() | (known >= one["starts_at"])]
    is_done = found.status == "done"
    days = (found.status_at - found.occurred_at).clip(lower=0) // DAY
    match one["clawback"]:
        case "cliff":
            kept = (found.status_at - found.occurred_at >= one["clawback_days"] * DAY) * PPM
        case "pro_rata":
            kept = (days * PPM // one["clawback_days"]).clip(upper=PPM)
        case _:
            kept = 0
    found = found.assign(keep_ppm=np.where(is_done, PPM, kept))
    return found[found.keep_ppm > 0]


def _due(found: pd.DataFrame, one: dict[str, Any], rates: pd.DataFrame) -> pd.DataFrame:
    """Return what each event of one program is worth, after splits and both limits."""
    limits = [("payee_id", one["payee_cap"]), (None, one["budget"])]
    if not one["is_payee_first"]:
        limits.reverse()
    is_ordered = (
        one["is_once"] or one["is_tiered"] or any(limit is not None for _, limit in limits)
    )
    if is_ordered:
        found = found.sort_values(ORDER)
    if one["is_once"]:
        first = found.groupby("customer_id", sort=False)["event_id"].transform("first")
        found = found[found.event_id == first]
    due = _parts(_priced(found, one, rates), one)
    if is_ordered:
        due = due.loc[found.index[found.index.isin(due.index)]]
    for by, limit in limits:
        if limit is not None:
            groups = due.groupby(by, sort=False, observed=True) if by else due
            left = limit - (groups["amount"].cumsum() - due.amount)
            due = due.assign(amount=np.minimum(due.amount, left.clip(lower=0)))
    due = due[due.amount > 0]
    return pd.DataFrame(
        {
            "program_id": one["program_id"],
            "version": one["version"],
            "source": "bench",
            "event_id": due.event_id,
            "payee_id": due.payee_id,
            "firm_id": due.firm_id,
            "amount_minor": 0 if one["is_draw"] else due.amount,
            "tickets": due.amount if one["is_draw"] else 0,
            "currency": one["currency"],
        }
    )


def _priced(found: pd.DataFrame, one: dict[str, Any], rates: pd.DataFrame) -> pd.DataFrame:
    """Return the events with the worth of the whole event."""
    mrr = found.mrr_minor.fillna(0)
    if one["is_tiered"]:
        size = found.groupby("payee_id", sort=False, observed=True).cumcount() + 1
        starts = rates.from_count.to_numpy()
    else:
        size = {"seats": found.quantity, "mrr": mrr}.get(one["band_by"], found.quantity)
        starts = rates.from_size.to_numpy()
    row = np.searchsorted(starts, size, side="right") - 1
    base = {
        "amount": found.amount_minor,
        "margin": found.margin_minor.fillna(0).clip(lower=0),
        "mrr": mrr,
    }.get(one["basis"], mrr * 0).astype("int64")
    worth = (
        rates.fixed.to_numpy()[row]
        + (base * rates.rate_ppm.to_numpy()[row] + PPM // 2) // PPM
    )
    return found.assign(worth=worth)[row >= 0]


def _parts(priced: pd.DataFrame, one: dict[str, Any]) -> pd.DataFrame:
    """Divide events with several payees; the cents left go to the largest rests."""
    weight = np.int64(1) if one["is_equal"] else priced.share_ppm
    whole = priced.payee_count if one["is_equal"] else np.int64(PPM)
    is_alone = weight == whole
    alone = priced[is_alone].assign(part=lambda d: d.worth)
    shared = priced.assign(weight=weight, whole=whole)[~is_alone]
    product = shared.worth * shared.weight
    shared = shared.assign(part=product // shared.whole, rest=product % shared.whole)
    shared = shared.sort_values(["rest", "payee_id"], ascending=[False, True])
    groups = shared.groupby(["event_id", "worth"], sort=False)
    sums = groups[["weight", "part"]].transform("sum")
    total = (shared.worth * sums.weight + shared.whole // 2) // shared.whole
    shared["part"] += groups.cumcount() < total - sums.part
    parts = pd.concat([alone, shared])
    return parts.assign(amount=(parts.part * parts.keep_ppm + PPM // 2) // PPM)
