"""How does a spec say who earns what? As terms, a table of events and what is expected.

The terms state only what differs from `THE_PROGRAM`. Tables have their heads in the first
line and cells between bars; an empty cell is as if the column were not there. Instants are
UTC; an event without one happens on 6 January 2026 at noon, each a minute later.
Amounts are in the currency of the event, or of the program where something is expected.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import attrs
import tomlkit
from reference import Judged, World, reference_reasons

from openspiff import rules
from openspiff.events import FIRST_INSTANT, LAST_INSTANT, feed_from_rows
from openspiff.money import PPM, currency_exponent, split_exactly, to_minor
from openspiff.program import Program, Tickets, parse_program

THE_PROGRAM = """
program_id = "january"
name = "January push"
currency = "USD"

[behavior]
kind = "deal_won"

[window]
zone = "UTC"
starts_on = 2026-01-05
ends_before = 2026-01-12

[payout]
kind = "flat"
amount = "50.00"
"""
NOON = dt.datetime(2026, 1, 6, 12, tzinfo=dt.UTC)
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
MICROSECOND = dt.timedelta(microseconds=1)

Row = dict[str, str]


def rows_of(table: str) -> list[Row]:
    """Return the rows of a table as column -> cell; raise when a row has too many cells."""
    head, *lines = [
        [cell.strip() for cell in line.split("|")]
        for line in table.strip().splitlines()
        if line.strip()
    ]
    rows = [dict(zip(head, line, strict=True)) for line in lines]
    return [{name: cell for name, cell in row.items() if cell} for row in rows]


def instant(text: str) -> int | None:
    """Return the microseconds since 1970 of `2026-01-05 10:00`; a dash is no instant."""
    if text == "-":
        return None
    return (dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC) - EPOCH) // MICROSECOND


def program_of(terms: str, base: str = THE_PROGRAM) -> Program:
    """Return the program of these examples with other terms."""
    return parse_program(tomlkit.dumps(merged(tomllib.loads(base), tomllib.loads(terms))))


def merged(base: Mapping[str, Any], terms: Mapping[str, Any]) -> dict[str, Any]:
    """Return `base` with `terms` put over it; a payout is replaced as a whole."""
    inner = {
        name: merged(base[name], value)
        for name, value in terms.items()
        if name != "payout" and isinstance(value, Mapping) and name in base
    }
    return {**base, **terms, **inner}


_READ: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "source": ("source", str),
    "event": ("event_id", str),
    "kind": ("kind", str),
    "status": ("status", str),
    "occurred": ("occurred_at", instant),
    "entered": ("entered_at", instant),
    "changed": ("status_at", instant),
    "batch": ("entered_batch", int),
    "duplicate of": ("duplicate_of", str),
    "payee": ("payee_id", str),
    "share": ("share_ppm", lambda text: int(Fraction(text.rstrip("%")) * PPM / 100)),
    "firm": ("firm_id", str),
    "customer": ("customer_id", str),
    "government": ("is_government", lambda text: text == "yes"),
    "new": ("is_new_customer", lambda text: text == "yes"),
    "product": ("product_id", str),
    "revenue": ("revenue_type", str),
    "quantity": ("quantity", int),
    "term": ("term_months", int),
    "currency": ("currency", str),
}
_MONEY = ("amount", "margin", "mrr")
_DEFAULTS: Mapping[str, Any] = {
    "batch_no": 1,
    "source": "crm",
    "revision": 1,
    "entered_batch": 1,
    "duplicate_of": "",
    "kind": "deal_won",
    "status": "done",
    **dict.fromkeys(("firm_id", "customer_id", "product_id", "revenue_type"), ""),
    "is_government": False,
    "quantity": 1,
    "amount_minor": 0,
    **dict.fromkeys(("is_new_customer", "margin_minor", "mrr_minor", "term_months")),
    "currency": "USD",
}


def event_of(row: Row, number: int, payees: Sequence[str]) -> dict[str, Any]:
    """Return one row of the feed with every column."""
    unknown = set(row) - set(_READ) - set(_MONEY)
    assert not unknown, f"no such columns of events: {sorted(unknown)}"
    said = {_READ[name][0]: _READ[name][1](c) for name, c in row.items() if name in _READ}
    event = {**_DEFAULTS, **said, "payee_count": len(payees), "subject_id": row["event"]}
    for name in _MONEY:
        if name in row:
            event[f"{name}_minor"] = to_minor(row[name], event["currency"])
    moment = (NOON + number * dt.timedelta(minutes=1) - EPOCH) // MICROSECOND
    occurred_at = event.setdefault("occurred_at", moment)
    entered_at = event.setdefault(
        "entered_at", moment if occurred_at is None else occurred_at
    )
    event["recorded_at"] = event.setdefault("status_at", entered_at)
    event.setdefault("share_ppm", split_exactly(PPM, Counter(payees))[event["payee_id"]])
    return event


def events_of(table: str) -> list[dict[str, Any]]:
    """Return the rows of the feed; who shares an event shares it equally unless said."""
    payees: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in rows_of(table):
        payees[row.get("source", ""), row["event"]].append(row["payee"])
    events = {event: number for number, event in enumerate(payees)}
    return [
        event_of(row, events[event], payees[event])
        for row in rows_of(table)
        for event in [(row.get("source", ""), row["event"])]
    ]


def span_of(row: Row) -> dict[str, Any]:
    """Return one row of the roster."""
    names = {"payee": "payee_id", "firm": "firm_id"}
    texts = {
        names.get(n, n): cell for n, cell in row.items() if n not in {"from", "before"}
    }
    span = dict.fromkeys(("name", "firm_id", "role", "tier", "region", "segment"), "")
    begin, end = row.get("from"), row.get("before")
    span |= {"from_at": instant(begin) if begin else FIRST_INSTANT}  # type: ignore[dict-item]
    return span | {"before_at": instant(end) if end else LAST_INSTANT, **texts}


def rate_of(row: Row) -> dict[str, Any]:
    """Return one exchange rate; a table says what one dollar, yen or dinar is worth."""
    places = currency_exponent(row["to"]) - currency_exponent(row["from"])
    rate = Fraction(row["rate"]) * Fraction(10) ** places
    den = PPM if rate > 1 else 10**9
    begin, end = row.get("since"), row.get("before")
    return {
        "from_currency": row["from"],
        "to_currency": row["to"],
        "from_at": instant(begin) if begin else FIRST_INSTANT,
        "before_at": instant(end) if end else LAST_INSTANT,
        "rate_num": round(rate * den),
        "rate_den": den,
    }


@attrs.frozen(kw_only=True)
class Example:
    """What a spec says, read: a world, and what is expected of it."""

    world: World
    expected: list[Row]

    @classmethod
    def read(
        cls,
        program: str,
        events: str,
        expected: str = "",
        *,
        amendment: str = "",
        roster: str = "",
        rates: str = "",
        held_out: str = "",
    ) -> Example:
        """Read the tables; `amendment` is over `program`, `held_out` payees by blanks."""
        first = program_of(program)
        base = tomlkit.dumps(merged(tomllib.loads(THE_PROGRAM), tomllib.loads(program)))
        programs = [first, program_of(amendment, base)] if amendment else [first]
        world = World(
            programs,
            events_of(events),
            [span_of(row) for row in rows_of(roster)] if roster else None,
            {first.program_id: held_out.split()},
            [rate_of(row) for row in rows_of(rates)] if rates else [],
        )
        return cls(world=world, expected=rows_of(expected) if expected else [])

    def feed(self, folder: Path) -> Any:
        """Write the world as a feed."""
        world = self.world
        return feed_from_rows(
            world.events, folder, payees=world.roster, rates=world.rates or None
        )


def check(example: Example, engine: Any, folder: Path) -> None:
    """Assert that the engine, its explanations and the reference say what is expected."""
    world, feed = example.world, example.feed(folder)
    told = {"feed": feed, "held_out": world.held_out, "engine": engine}
    due = {
        (version, event, payee): amount or tickets
        for _, version, _, event, payee, _, amount, tickets, _ in rules.entitlements(
            world.programs, **told
        ).rows()
    }
    why = {
        (one.version, one.event_id, one.payee_id): set(one.reasons)
        for payee in sorted({event["payee_id"] for event in world.events})
        for one in rules.explain(world.programs, about=rules.About(payee_id=payee), **told)
    }
    expected = {key_of(row): row for row in example.expected}
    is_draw = isinstance(world.programs[0].payout, Tickets)
    currency = world.programs[0].currency
    wanted = {
        key: int(row.get("tickets", 0)) if is_draw else to_minor(row["amount"], currency)
        for key, row in expected.items()
    }
    assert due == {key: amount for key, amount in wanted.items() if amount}
    reasons = {key: set(row.get("because", "").split()) for key, row in expected.items()}
    assert {key: why[key] for key in expected} == reasons
    plain = {judged_key(row): row for row in reference_reasons(world)}
    assert {key: plain[key].facts.get("amount", 0) for key in expected} == wanted
    assert {key: plain[key].reasons for key in expected} == reasons


def key_of(row: Row) -> tuple[int, str, str]:
    return int(row.get("version", 1)), row["event"], row["payee"]


def judged_key(row: Judged) -> tuple[int, str, str]:
    return row.program.version, row.event["event_id"], row.event["payee_id"]
