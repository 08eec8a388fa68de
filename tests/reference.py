"""What is each event worth? The rules once more: slow, plain, and meant to be read.

This is the specification that the SQL steps of `openspiff.rules` must agree with to the
minor unit. It walks one event after the other with whole numbers and exact fractions and
shares no code with the engine. An event is a mapping with the names of EVENT_COLUMNS (one
for each payee of the current revision), a span of the roster one of PAYEE_COLUMNS, a rate
one of RATE_COLUMNS.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import attrs

from openspiff import program as terms
from openspiff.program import Basis, CapsOrder, ClawbackShape, Program, SplitRule

MILLION = 1_000_000
DAY = 86_400 * MILLION  # microseconds
ATTRIBUTES = {"role": "roles", "tier": "tiers", "region": "regions", "segment": "segments"}
FIRM = {"firm_id": "firm_ids"}
Row = Mapping[str, Any]


class RateMissingError(Exception):
    """An event would earn, but nothing says what its currency is worth that day."""

    def __init__(self, missing: set[tuple[str, str, int]]) -> None:
        super().__init__(sorted(missing))
        self.missing = missing  # from currency, to currency, occurred_at


@attrs.frozen
class World:
    """Everything that is known: terms, events, people, holdouts by program, rates."""

    programs: Sequence[Program]
    events: Sequence[Row]
    roster: Sequence[Row] | None  # None: every payee is known, with the event's firm
    held_out: Mapping[str, Collection[str]]
    rates: Sequence[Row]


@attrs.define
class Judged:
    """One event row under one program version: why it does not earn, or what it earns.

    `facts` are the named numbers on the way (rank, base_minor, full, part, raw,
    after_first_cap, amount); only rows that no condition refused come so far.
    """

    program: Program
    event: Row
    firm_id: str
    reasons: set[str]
    keep_ppm: int
    rate: Fraction | None
    facts: dict[str, int] = attrs.field(factory=dict)

    def place(self) -> tuple[int, int, str, str, str]:
        """Where it stands in the order of first come, first served."""
        event = self.event
        when = (event["entered_batch"], event["occurred_at"])
        return (*when, event["source"], event["event_id"], event["payee_id"])

    def key(self) -> tuple[str, str, str, str]:
        """The program, and the event and payee in it."""
        event, program_id = self.event, self.program.program_id
        return program_id, event["source"], event["event_id"], event["payee_id"]

    def worth(self) -> tuple[int, int]:
        """What it earns: minor units, or tickets in a draw."""
        amount, is_draw = (
            self.facts["amount"],
            isinstance(self.program.payout, terms.Tickets),
        )
        return (0, amount) if is_draw else (amount, 0)

    def converted(self, column: str) -> int | None:
        """An amount of the event in the program's currency; None when it is not known.

        A negative margin is converted by its size and keeps its sign.
        """
        if self.event[column] is None or self.rate is None:
            return None
        size = half_up(abs(self.event[column]) * self.rate)
        return size if self.event[column] >= 0 else -size


def reference_entitlements(world: World) -> dict[tuple[str, ...], tuple[int, int]]:
    """Return (amount_minor, tickets) of all that is worth more than nothing, by key."""
    paid = [row for row in reference_reasons(world) if row.facts.get("amount")]
    return {row.key(): row.worth() for row in paid}


def reference_reasons(world: World) -> list[Judged]:
    """Judge every event row under every program version; raise RateMissingError."""
    judged = [judge(world, one, event) for one in world.programs for event in world.events]
    earning = [row for row in judged if not row.reasons]
    if missing := {
        (row.event["currency"], row.program.currency, row.event["occurred_at"])
        for row in earning
        if row.rate is None
    }:
        raise RateMissingError(missing)
    for first in world.programs:
        if first.version == 1:
            group = [row for row in earning if row.program.program_id == first.program_id]
            pay(sorted(group, key=Judged.place), first.caps.order)
    return judged


# ------------------------------------------------------------- one row, by itself


def judge(world: World, program: Program, event: Row) -> Judged:
    """Collect every condition that this event row fails under this program version."""
    behavior, window, never = program.behavior, program.window, program.exclusions
    at = event["occurred_at"]
    span = span_of(event, world.roster)
    # The firm that counts is the one the event names, else the payee's firm that day.
    firm_id = event["firm_id"] or (span["firm_id"] if span else "")
    rate = rate_of(event, program.currency, world.rates)
    row = Judged(program, event, firm_id, set(), keep_ppm(program, event), rate)
    amount, margin = row.converted("amount_minor"), row.converted("margin_minor")
    least_margin = half_up(Fraction((amount or 0) * behavior.min_margin_ppm, MILLION))
    products, types = behavior.products.ids(), behavior.revenue_types
    term, since = event["term_months"], program.takes_recorded_from_at
    deadline, until = window.reported_before_at, next_version_from(program, world.programs)
    entered = event["entered_at"]
    fails = {
        "wrong_behavior": event["kind"] != behavior.kind,
        "duplicate": event["duplicate_of"] != "",
        "not_done": row.keep_ppm == 0,
        # An open event may have no instant yet: that is "not done" and nothing else, so
        # window, roster and audience, which ask for the instant, hold nothing against it.
        "before_window": at is not None and at < window.starts_at,
        "after_window": at is not None and at >= window.ends_at,
        "reported_late": deadline is not None and entered >= deadline,
        "other_version": (since is not None and entered < since)
        or (until is not None and entered >= until),
        "product": products is not None and event["product_id"] not in products,
        "revenue_type": bool(types) and event["revenue_type"] not in types,
        # Without a rate amounts are unknown: then they cannot be said to be too small.
        "below_amount": amount is not None and amount < behavior.min_amount_minor,
        "below_margin": amount is not None
        and behavior.min_margin_ppm > 0
        and (margin is None or margin < least_margin),
        "below_term": behavior.min_term_months > 0
        and (term is None or term < behavior.min_term_months),
        "below_quantity": event["quantity"] < behavior.min_quantity,
        "not_new_customer": behavior.new_customers_only
        and not is_new_customer(event, world.events, window.starts_at),
        "government": never.government and bool(event["is_government"]),
        "excluded_customer": event["customer_id"] in never.customer_ids,
        "excluded_firm": firm_id in never.firm_ids,
        "unknown_payee": at is not None and span is None,
        # Of an unknown payee nothing is known that an audience could miss.
        "audience": span is not None and misses(program.audience, span, ATTRIBUTES),
        "audience_firm": span is not None and misses(program.audience, span, FIRM),
        "held_out": event["payee_id"] in world.held_out.get(program.program_id, ()),
    }
    row.reasons |= {code for code, failed in fails.items() if failed}
    return row


def next_version_from(program: Program, programs: Iterable[Program]) -> int | None:
    """Return the instant from which the next version takes the events, if there is one."""
    same = [one for one in programs if one.program_id == program.program_id]
    later = [one for one in same if one.version > program.version]
    return min(later, key=lambda one: one.version).takes_recorded_from_at if later else None


def span_of(event: Row, roster: Sequence[Row] | None) -> Row | None:
    """Return what the roster says of the payee at the instant of the event."""
    if roster is None:
        nothing = dict.fromkeys(("role", "tier", "region", "segment"), "")
        return {**nothing, "firm_id": event["firm_id"]}
    mine = [span for span in roster if span["payee_id"] == event["payee_id"]]
    return next((span for span in mine if holds(span, event["occurred_at"])), None)


def holds(span: Row, at: int | None) -> bool:
    """Whether an instant lies in a span of the roster or of the rates."""
    return at is not None and span["from_at"] <= at < span["before_at"]


def keep_ppm(program: Program, event: Row) -> int:
    """Return the share that is still due: all of a done event, some of a cancelled one."""
    if event["status"] != "cancelled":
        return MILLION if event["status"] == "done" else 0
    elapsed = max(0, event["status_at"] - event["occurred_at"])
    days = program.clawback.days
    if program.clawback.shape is ClawbackShape.CLIFF:
        return MILLION if elapsed >= days * DAY else 0
    if program.clawback.shape is ClawbackShape.PRO_RATA:
        return min(MILLION, (elapsed // DAY) * MILLION // days)
    return 0  # FULL and NONE: nothing is due (NONE: the books leave what was paid)


def is_new_customer(event: Row, events: Iterable[Row], starts_at: int) -> bool:
    """What the source says, else: no done event of any kind before the window started."""
    customer = event["customer_id"]
    if event["is_new_customer"] is not None:
        return bool(event["is_new_customer"])
    done = [e for e in events if e["customer_id"] == customer and e["status"] == "done"]
    return customer != "" and not any(one["occurred_at"] < starts_at for one in done)


def misses(audience: terms.Audience, span: Row, lists: Mapping[str, str]) -> bool:
    """Whether some list of the audience that says anything does not name the payee."""
    asked = {column: getattr(audience, name) for column, name in lists.items()}
    return any(names and span[column] not in names for column, names in asked.items())


# --------------------------------- all rows of a program (every version), in one order


def pay(rows: list[Judged], order: CapsOrder) -> None:
    """Give every row its amount, step by step; the rows come first come, first served.

    The order of the two limits is the one promised in the first version: they share one
    budget, so an amendment cannot change it.
    """
    rows = first_in(rows)
    ranks: dict[str, int] = defaultdict(int)
    for row in rows:
        ranks[row.event["payee_id"]] += 1
        row.facts["rank"] = ranks[row.event["payee_id"]]
        row.facts["full"] = full_amount(row)
    split(rows)
    for row in rows:
        row.facts["raw"] = half_up(Fraction(row.facts["part"] * row.keep_ppm, MILLION))
        if row.facts["raw"] == 0 and not row.reasons:
            row.reasons.add("zero_amount")  # the terms say nothing, or it rounds to nothing
    is_payee_first = order is CapsOrder.PAYEE_THEN_BUDGET
    apply_limit(rows, "raw", "after_first_cap", is_payee_cap=is_payee_first)
    apply_limit(rows, "after_first_cap", "amount", is_payee_cap=not is_payee_first)


def first_in(rows: Iterable[Judged]) -> list[Judged]:
    """Keep only the first event of a customer, where the program says so.

    The first is looked for among all that any version of the program would pay; whether
    the others stay is said by the version that takes them.
    """
    first: dict[str, tuple[str, str]] = {}
    stay = []
    for row in rows:
        customer = row.event["customer_id"]
        this = (row.event["source"], row.event["event_id"])
        is_first = customer == "" or first.setdefault(customer, this) == this
        if row.program.behavior.once_per_customer and not is_first:
            row.reasons.add("not_first")
        else:
            stay.append(row)
    return stay


def full_amount(row: Judged) -> int:
    """Return what the whole event is worth before it is divided (tickets for a draw)."""
    payout = row.program.payout
    if isinstance(payout, terms.Flat):
        return payout.amount_minor
    if isinstance(payout, terms.Tickets):
        return payout.tickets_per_event
    if isinstance(payout, terms.CountTiers):
        reached = [t for t in payout.tiers if t.from_count <= row.facts["rank"]]
        return reached[-1].amount_minor
    is_percent = isinstance(payout, terms.Percent)
    basis = payout.basis if is_percent else Basis.MRR
    base = row.facts["base_minor"] = row.converted(f"{basis}_minor") or 0
    if is_percent:
        return half_up(Fraction(max(0, base) * payout.rate_ppm, MILLION))
    size = row.event["quantity"] if payout.band_by is terms.BandBy.SEATS else base
    bands = [band for band in payout.bands if band.from_size <= size]
    if not bands:
        row.reasons.add("no_band")
        return 0
    return half_up(Fraction(max(0, base) * bands[-1].rate_ppm, MILLION))


def split(rows: Iterable[Judged]) -> None:
    """Divide each event among its payees; who does not count leaves their share unpaid.

    Payees of one event for whom it has the same full amount are divided together, so that
    three times a third is the whole; the minor units that rounding leaves go one each to
    the largest remainders, then by payee_id.
    """
    groups: dict[tuple[str, str, int], list[Judged]] = defaultdict(list)
    for row in rows:
        event = row.event
        groups[event["source"], event["event_id"], row.facts["full"]].append(row)
    for (_, _, full), group in groups.items():
        exact = {}
        for row in group:
            equally = row.program.split is SplitRule.EQUALLY
            weight = Fraction(row.event["share_ppm"], MILLION)
            weight = Fraction(1, row.event["payee_count"]) if equally else weight
            exact[row.event["payee_id"]] = full * weight
        parts = {payee: math.floor(quota) for payee, quota in exact.items()}
        left = half_up(sum(exact.values(), Fraction())) - sum(parts.values())
        for payee in sorted(exact, key=lambda p: (parts[p] - exact[p], p))[:left]:
            parts[payee] += 1
        for row in group:
            row.facts["part"] = parts[row.event["payee_id"]]


def apply_limit(
    rows: Iterable[Judged], came: str, went: str, *, is_payee_cap: bool
) -> None:
    """Apply one limit, at the height that each row's own program version gives it.

    A limit is compared with all that came in before, not with what it let through: a cap
    that an amendment raises does not make good what the lower one has cut.
    """
    before: dict[str, int] = defaultdict(int)  # what came in, by payee or in all
    for row in rows:
        caps, asked = row.program.caps, row.facts[came]
        whose = row.event["payee_id"] if is_payee_cap else "everyone's"
        limit = caps.payee_cap if is_payee_cap else caps.budget
        given = asked if limit is None else min(asked, max(0, limit - before[whose]))
        if given < asked:
            row.reasons.add("payee_cap" if is_payee_cap else "budget")
        row.facts[went] = given
        before[whose] += asked


# --------------------------------------------------------------------------- numbers


def half_up(exact: Fraction) -> int:
    """Round an amount of zero or more to the minor unit, halves up."""
    return math.floor(exact + Fraction(1, 2))


def rate_of(event: Row, currency: str, rates: Iterable[Row]) -> Fraction | None:
    """Return minor units of `currency` for one minor unit of the event's, that day."""
    if event["currency"] == currency:
        return Fraction(1)
    for rate in rates:
        pair = (rate["from_currency"], rate["to_currency"])
        if pair == (event["currency"], currency) and holds(rate, event["occurred_at"]):
            return Fraction(rate["rate_num"], rate["rate_den"])
    return None
