"""How does the rule read in one line?"""

from __future__ import annotations

from typing import Any

import pytest
from program_texts import program_with

from openspiff.program import BehaviorKind, rule_line

FLAT = {"kind": "flat", "amount": "250.00"}
PRIZE = {"amount": "3000.00"}


def bands(by: str, *pairs: tuple[Any, str]) -> dict[str, Any]:
    rows = [{"from": size, "multiple": multiple} for size, multiple in pairs]
    return {"kind": "mrr_multiple", "band_by": by, "bands": rows}


def tiers(*pairs: tuple[int, str]) -> dict[str, Any]:
    rows = [{"from": count, "amount": amount} for count, amount in pairs]
    return {"kind": "count_tiers", "tiers": rows}


ACTS = {
    "deal_registered": "Register a deal",
    "deal_won": "Win a deal",
    "deal_activated": "Activate a deal",
    "first_invoice_paid": "Get the first invoice paid for a deal",
    "demo_held": "Hold a demo",
    "nomination_accepted": "Have your nomination of a customer accepted",
    "act_verified": "Have a customer complete a verified reference act",
}


@pytest.mark.parametrize("kind", BehaviorKind)
def test_every_behavior_has_its_words(kind: BehaviorKind) -> None:
    line = rule_line(program_with(behavior={"kind": kind.value}))
    assert line == f"{ACTS[kind]} by 31 March 2026 and get $250; paid within 14 days."


WHAT: list[tuple[dict[str, Any], str]] = [
    ({"products": {"include": ["GTX Pro"]}}, "Win a GTX Pro deal"),
    ({"products": {"include": ["Orbit", "GTX Pro"]}}, "Win an Orbit or GTX Pro deal"),
    ({"products": {"include": ["MX-5"]}}, "Win an MX-5 deal"),
    ({"products": {"include": ["Unity"]}}, "Win a Unity deal"),
    ({"products": {"include": ["8x8"]}}, "Win an 8x8 deal"),
    ({"products": {"include": ["3CX"]}}, "Win a 3CX deal"),
    (
        {"products": {"families": ["GTX"], "members": {"GTX": ["GTX Pro"]}}},
        "Win a GTX family deal",
    ),
    (
        {"products": {"include": ["A1", "B2", "C3", "D4"]}},
        "Win a deal on any of the products named in the terms",
    ),
    ({"min_amount": 1000}, "Win a deal of $1,000 or more"),
    ({"min_amount": "1000.50"}, "Win a deal of $1,000.50 or more"),
    ({"min_quantity": 1}, "Win a deal of 1 unit or more"),
    ({"min_quantity": 5, "min_amount": 9}, "Win a deal of $9 and 5 units or more"),
    ({"min_margin": "12.5%"}, "Win a deal at a margin of 12.5% or more"),
    ({"min_term": "3 years"}, "Win a deal for 36 months or more"),
    ({"new_customers_only": True}, "Win a deal with a new customer"),
    (
        {"kind": "nomination_accepted", "new_customers_only": True},
        "Have your nomination of a new customer accepted",
    ),
    (
        {"kind": "act_verified", "new_customers_only": True, "min_term": 1},
        "Have a new customer for 1 month or more complete a verified reference act",
    ),
]


@pytest.mark.parametrize(("behavior", "words"), WHAT, ids=[one[1] for one in WHAT])
def test_what_counts_is_said_before_the_last_day(
    behavior: dict[str, Any], words: str
) -> None:
    line = rule_line(program_with(behavior=behavior))
    assert line == f"{words} by 31 March 2026 and get $250; paid within 14 days."


REWARDS: list[tuple[dict[str, Any], str]] = [
    (FLAT, "$250"),
    ({"kind": "flat", "amount": "99.90"}, "$99.90"),
    ({"kind": "percent", "rate": "5%"}, "5% of the amount"),
    ({"kind": "percent", "rate": "7.5%", "basis": "margin"}, "7.5% of the margin"),
    (
        {"kind": "percent", "rate": "100%", "basis": "mrr"},
        "100% of the monthly recurring revenue",
    ),
    (bands("seats", (1, "3x")), "3x the monthly recurring revenue"),
    (
        bands("seats", (1, "2x"), (20, "3x"), (100, "4.5x")),
        "2x the monthly recurring revenue, 3x from 20 seats and 4.5x from 100 seats",
    ),
    (
        bands("mrr", ("200.00", "2x"), ("500.00", "3x")),
        "2x the monthly recurring revenue from $200 a month and 3x from $500 a month",
    ),
    (
        bands("mrr", (0, "0x"), (500, "3x")),
        "3x the monthly recurring revenue from $500 a month",
    ),
    (
        bands("mrr", (0, "2x"), (500, "0x")),
        "2x the monthly recurring revenue and nothing from $500 a month",
    ),
    (
        bands("seats", (1, "2x"), (5, "3x"), (9, "4x"), (20, "10x")),
        "2x to 10x the monthly recurring revenue by the table in the terms",
    ),
    (tiers((1, "50.00")), "$50 each"),
    (
        tiers((1, "50.00"), (5, "75.00"), (10, "100.00")),
        "$50 each, $75 each from your 5th and $100 each from your 10th",
    ),
    (
        tiers((1, "0"), (3, "75.00")),
        "$75 each from your 3rd",
    ),
    (
        tiers((1, "0"), (2, "5"), (11, "6"), (22, "7"), (30, "8")),
        "$5 to $8 each by the table in the terms",
    ),
    ({"kind": "tickets", "prizes": [PRIZE]}, "a ticket in a draw for $3,000"),
    (
        {
            "kind": "tickets",
            "tickets_per_event": 2,
            "prizes": [PRIZE, {"amount": 250, "winners": 4}],
        },
        "2 tickets in a draw for $3,000 and 4 times $250",
    ),
    (
        {"kind": "tickets", "prizes": [PRIZE, PRIZE, PRIZE, PRIZE]},
        "a ticket in a draw for $12,000 in all",
    ),
]


@pytest.mark.parametrize(("payout", "words"), REWARDS, ids=[one[1] for one in REWARDS])
def test_every_payout_has_its_words(payout: dict[str, Any], words: str) -> None:
    line = rule_line(program_with(payout=payout))
    is_draw = payout["kind"] == "tickets"
    paid = "prizes paid within 14 days of the draw" if is_draw else "paid within 14 days"
    assert line == f"Win a deal by 31 March 2026 and get {words}; {paid}."


def test_limits_are_said_after_the_reward() -> None:
    line = rule_line(
        program_with(
            promised_days=1,
            behavior={
                "products": {"include": ["GTX Pro"]},
                "min_amount": 1000,
                "once_per_customer": True,
            },
            caps={"payee_cap": 2500, "budget": "50000.00"},
        )
    )
    assert line == (
        "Win a GTX Pro deal of $1,000 or more by 31 March 2026 and get $250, once for "
        "each customer, at most $2,500 each, while the budget of $50,000 lasts; paid "
        "within 1 day."
    )


def test_limits_of_a_draw_are_said_in_tickets() -> None:
    draw = {"kind": "tickets", "prizes": [PRIZE]}
    caps = {"payee_cap_tickets": 1, "budget_tickets": 1200}
    assert rule_line(program_with(payout=draw, caps=caps)) == (
        "Win a deal by 31 March 2026 and get a ticket in a draw for $3,000, at most 1 "
        "ticket each, while 1,200 tickets last; prizes paid within 14 days of the draw."
    )


def test_amounts_are_said_in_the_currency_of_the_program() -> None:
    line = rule_line(program_with(currency="JPY", payout={"kind": "flat", "amount": 9000}))
    assert "get ¥9,000;" in line
    line = rule_line(
        program_with(currency="KWD", payout={"kind": "flat", "amount": "9.125"})
    )
    assert "get KWD 9.125;" in line
