"""Which worlds can there be? Random programs, rosters and events around every threshold.

Values come from small sets that lie on, just below and just above what the programs ask
for, so that every condition passes and fails often. One function makes a world from a
`random.Random`; the bulk run gives it fixed seeds and Hypothesis gives it its own.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs
from generative.random_programs import (
    CLAWBACK_DAYS,
    CURRENCIES,
    HALF_DAY,
    MARGIN_PPM,
    REVENUE_TYPES,
    instants_of,
    often,
    random_programs,
)
from hypothesis import strategies as st
from reference import DAY, MILLION, World

from openspiff.program import BehaviorKind, Program

PAYEES: Final = ("Ann", "ann", "bob", "cleo", "zoë", "d'arc")
FIRMS: Final = ("", "f1", "f2", "o'firm")
CUSTOMERS: Final = ("", "c1", "c2", "c3", "c4", "c'5")
PRODUCTS: Final = ("ucaas", "UC-1", "ccaas", "phone", "")
LARGEST: Final = 10**14 + 1
AMOUNTS: Final = (0, 1, 20, 333, 9_999, 10_000, 10_001, 14_999, 15_000, 123_457, LARGEST)
# Minor units of the second for one of the first; halves make ties when converted.
RATES: Final = {
    ("USD", "EUR"): (900_500_000, 10**9),
    ("EUR", "USD"): (1_100_500, MILLION),
    ("USD", "JPY"): (1_500_000, MILLION),
    ("JPY", "USD"): (666_500_000, 10**9),
    ("USD", "KWD"): (3_075_000, MILLION),
    ("KWD", "USD"): (325_000_000, 10**9),
    ("EUR", "JPY"): (1_625_000, MILLION),
    ("JPY", "EUR"): (500_000_000, 10**9),
    ("EUR", "KWD"): (3_400_000, MILLION),
    ("KWD", "EUR"): (294_117_647, 10**9),
    ("JPY", "KWD"): (2_050_000, MILLION),
    ("KWD", "JPY"): (487_804_878, 10**9),
}


@attrs.frozen
class Told:
    """A world, and the older revisions of its events that no longer count."""

    world: World
    replaced: Sequence[Mapping[str, Any]]


def told_worlds() -> st.SearchStrategy[Told]:
    """Return the worlds in which Hypothesis looks for a disagreement."""
    return st.randoms(use_true_random=False).map(random_world)


def random_world(rng: random.Random) -> Told:
    """Make one world; the same state of `rng` gives the same world."""
    programs = random_programs(rng)
    instants = sorted({at for one in programs for at in instants_of(one)})
    roster = None if often(rng, 0.15) else _roster(rng, instants)
    events = _events(rng, programs, instants)
    names = {one.program_id for one in programs}
    held_out = {
        name: {payee for payee in PAYEES if often(rng, 0.1)} for name in sorted(names)
    }
    world = World(programs, events, roster, held_out, _rates(rng, instants))
    return Told(world, _replaced(rng, events))


# ------------------------------------------------------------------- people and rates


def _roster(rng: random.Random, instants: Sequence[int]) -> list[dict[str, Any]]:
    spans = []
    for payee in PAYEES:
        if often(rng, 0.1):
            continue
        bounds = [-(2**62), rng.choice(instants), 2**62]
        for begin, end in itertools.pairwise(bounds):
            if often(rng, 0.07):
                continue
            span = {
                "payee_id": payee,
                "name": payee.title(),
                "firm_id": rng.choice(("f1", "f2", "o'firm", "")),
                "role": rng.choice(("ae", "csm", "")),
                "tier": rng.choice(("gold", "silver", "none")),
                "region": rng.choice(("emea", "o'east")),
                "segment": rng.choice(("smb", "mid", "")),
            }
            spans.append({**span, "from_at": begin, "before_at": end})
    rng.shuffle(spans)
    return spans


def _rates(rng: random.Random, instants: Sequence[int]) -> list[dict[str, Any]]:
    """Return two spans of each pair; in few worlds some of one currency are missing."""
    rates = []
    for (source, target), (num, den) in RATES.items():
        change = rng.choice(instants)
        pair = {"from_currency": source, "to_currency": target, "rate_den": den}
        rates += [
            {**pair, "from_at": -(2**62), "before_at": change, "rate_num": num},
            {**pair, "from_at": change, "before_at": 2**62, "rate_num": num + num // 7},
        ]
    rng.shuffle(rates)
    lost = rng.choice(CURRENCIES) if often(rng, 0.25) else ""
    return [one for one in rates if one["from_currency"] != lost or often(rng, 0.5)]


# ---------------------------------------------------------------------------- events


def _events(
    rng: random.Random, programs: Sequence[Program], instants: Sequence[int]
) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for number in range(rng.randint(8, 40)):
        program = rng.choice(programs)
        name = f"e{number // 2:02d}"  # the same name may come from two sources
        source = ("crm", "claims")[number % 2]
        event = {"source": source, "event_id": name, **_what(rng, program)}
        event |= _when(rng, program, instants)
        payees = rng.sample(PAYEES, rng.choice((1, 1, 1, 2, 3, 4)))
        shares = _shares(rng, len(payees))
        rows += [
            {**event, "payee_id": payee, "share_ppm": share, "payee_count": len(payees)}
            for payee, share in zip(payees, shares, strict=True)
        ]
    rng.shuffle(rows)
    return rows


def _what(rng: random.Random, program: Program) -> dict[str, Any]:
    behavior = program.behavior
    amount = rng.choice(AMOUNTS)
    fair = (amount * MARGIN_PPM + MILLION // 2) // MILLION
    margins = (None, -7, fair - 1, fair, fair + 1, amount)
    kind = behavior.kind if often(rng, 0.93) else rng.choice(tuple(BehaviorKind))
    currency = program.currency if often(rng, 0.7) else rng.choice(CURRENCIES)
    return {
        "subject_id": f"s{rng.randrange(10)}",
        "duplicate_of": "crm/e01" if often(rng, 0.04) else "",
        "kind": str(kind),
        "firm_id": rng.choice(FIRMS),
        "customer_id": rng.choice(CUSTOMERS),
        "is_government": often(rng, 0.06),
        "is_new_customer": rng.choice((None, None, None, True, False)),
        "product_id": rng.choice(PRODUCTS),
        "revenue_type": rng.choice(REVENUE_TYPES),
        "quantity": rng.choice((0, 1, 4, 5, 6, 24, 25, 300)),
        "amount_minor": amount,
        "margin_minor": rng.choice(margins),
        "mrr_minor": rng.choice((None, 0, 9_999, 10_000, 10_001, 14_999, 15_000, 33_333)),
        "term_months": rng.choice((None, 12, 35, 36, 37, 60)),
        "currency": currency,
    }


def _when(rng: random.Random, program: Program, instants: Sequence[int]) -> dict[str, Any]:
    status = rng.choices(("done", "cancelled", "open", "lost"), (70, 20, 5, 5))[0]
    window = program.window
    inside = [at for at in instants if window.starts_at <= at < window.ends_at]
    edges = (window.starts_at - 1, window.starts_at, window.ends_at - 1, window.ends_at)
    occurred_at = rng.choice(rng.choices((inside, edges, instants), (65, 20, 15))[0])
    entered_at = occurred_at + rng.choice((0, 1, HALF_DAY))
    if often(rng, 0.5):
        entered_at = rng.choice(instants)  # late, or booked ahead of what happened
    status_at = entered_at
    if status == "cancelled":
        days = program.clawback.days or rng.choice(CLAWBACK_DAYS)
        steps = (-HALF_DAY, DAY - 1, DAY, days * HALF_DAY, days * DAY - 1, days * DAY)
        status_at = occurred_at + rng.choice((*steps, 200 * DAY))
    batch = rng.randint(1, 4)
    has_no_instant = status == "open" and often(rng, 0.7)
    return {
        "batch_no": batch + rng.randrange(3),
        "revision": rng.choice((1, 1, 2, 3)),
        "status": status,
        "occurred_at": None if has_no_instant else occurred_at,
        "recorded_at": max(entered_at, status_at),
        "entered_batch": batch,
        "entered_at": entered_at,
        "status_at": status_at,
    }


def _shares(rng: random.Random, count: int) -> list[int]:
    shapes = {
        1: [[MILLION]],
        2: [[500_000, 500_000], [700_000, 300_000], [1, 999_999]],
        3: [[333_334, 333_333, 333_333], [500_000, 250_000, 250_000]],
        4: [[250_000] * 4, [100_001, 399_999, 250_000, 250_000]],
    }
    return rng.choice(shapes[count])


def _replaced(rng: random.Random, events: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what earlier revisions said: other money, customers and instants."""
    old = []
    for row in events:
        if row["revision"] > 1:
            changed = {"revision": row["revision"] - 1, "status": "done"}
            changed["occurred_at"] = row["occurred_at"] or 0
            changed["amount_minor"] = rng.choice(AMOUNTS)
            old.append({**row, **changed, "recorded_at": row["recorded_at"] - 1})
    return old
