"""What is missing for the next, in one sentence?"""

from __future__ import annotations

from typing import Any

import pytest
from program_texts import program_with

from openspiff.program import BehaviorKind, Payout, Standing, next_step

TIERS = {
    "kind": "count_tiers",
    "tiers": [
        {"from": 1, "amount": 50},
        {"from": 5, "amount": 75},
        {"from": 10, "amount": 100},
    ],
}
LATE = {
    "kind": "count_tiers",
    "tiers": [{"from": 1, "amount": 0}, {"from": 3, "amount": 100}],
}
FALLS = {
    "kind": "count_tiers",
    "tiers": [{"from": 1, "amount": 50}, {"from": 3, "amount": 0}],
}
GAP = {
    "kind": "count_tiers",
    "tiers": [
        {"from": 1, "amount": 50},
        {"from": 3, "amount": 0},
        {"from": 5, "amount": 90},
    ],
}
SEATS = {
    "kind": "mrr_multiple",
    "band_by": "seats",
    "bands": [{"from": 1, "multiple": "2x"}, {"from": 20, "multiple": "3x"}],
}
ONE_BAND = {"kind": "mrr_multiple", "bands": [{"from": 200, "multiple": "2x"}]}
DRAW = {"kind": "tickets", "tickets_per_event": 2, "prizes": [{"amount": 3000}]}
PERCENT = {"kind": "percent", "rate": "5%"}
CAP = {"payee_cap": 300}
AT_BEST = "3x the monthly revenue from 20 seats."
CASES: list[tuple[dict[str, Any], Standing, str]] = [
    ({}, Standing(), "Your first deal brings $250."),
    ({}, Standing(paid_count=1, entitled_minor=250_00), "Your next deal brings $250."),
    (
        {"caps": CAP},
        Standing(paid_count=1, entitled_minor=250_00),
        "Your next deal brings what is left of $250; $50 to your limit.",
    ),
    (
        {"caps": CAP},
        Standing(paid_count=2, entitled_minor=300_00),
        "You have reached your limit of $300; more brings nothing here.",
    ),
    (
        {"payout": PERCENT, "caps": CAP},
        Standing(paid_count=1, entitled_minor=120_00),
        "Your next deal brings 5% of the amount; $180 to your limit.",
    ),
    (
        {"payout": TIERS, "behavior": {"kind": "deal_activated"}},
        Standing(paid_count=2, entitled_minor=100_00),
        "Your next activation brings $50; 2 more activations to the next step of $75 each.",
    ),
    (
        {"payout": TIERS},
        Standing(paid_count=3, entitled_minor=150_00),
        "Your next deal brings $50; 1 more deal to the next step of $75 each.",
    ),
    (
        {"payout": TIERS},
        Standing(paid_count=4, entitled_minor=200_00),
        "Your next deal brings $75; 5 more deals to the next step of $100 each.",
    ),
    (
        {"payout": TIERS},
        Standing(paid_count=12, entitled_minor=900_00),
        "Your next deal brings $100, the last step.",
    ),
    ({"payout": LATE}, Standing(), "From your 3rd deal on each brings $100."),
    (
        {"payout": LATE},
        Standing(paid_count=1, entitled_minor=100_00),
        "Your next deal brings $100, the last step.",
    ),
    (
        {"payout": FALLS},
        Standing(paid_count=1, entitled_minor=50_00),
        "Your next deal brings $50, the last step.",
    ),
    (
        {"payout": FALLS},
        Standing(paid_count=2, entitled_minor=100_00),
        "More brings nothing here.",
    ),
    (
        {"payout": GAP},
        Standing(paid_count=2, entitled_minor=100_00),
        "From your 5th deal on each brings $90.",
    ),
    (
        {"payout": GAP},
        Standing(paid_count=3, entitled_minor=190_00),
        "Your next deal brings $90, the last step.",
    ),
    (
        {"payout": SEATS},
        Standing(),
        "Your next deal brings 2x the monthly revenue, at best " + AT_BEST,
    ),
    (
        {"payout": ONE_BAND},
        Standing(),
        "Your next deal brings 2x the monthly revenue from $200 a month.",
    ),
    ({"payout": DRAW}, Standing(), "Each deal brings 2 tickets."),
    (
        {"payout": DRAW},
        Standing(ticket_count=0),
        "0 tickets so far; your first deal brings 2 tickets.",
    ),
    (
        {"payout": DRAW},
        Standing(ticket_count=4),
        "4 tickets so far; your next deal brings 2 tickets.",
    ),
    (
        {"payout": DRAW, "caps": {"payee_cap_tickets": 4}},
        Standing(ticket_count=4),
        "4 tickets so far: you have reached the limit; more brings no further ticket.",
    ),
]


@pytest.mark.parametrize(("tables", "standing", "sentence"), CASES)
def test_next_step_is_said(
    tables: dict[str, Any], standing: Standing, sentence: str
) -> None:
    assert next_step(program_with(**tables), standing) == sentence


def test_every_kind_of_payout_is_said() -> None:
    said = {type(program_with(**tables).payout) for tables, _, _ in CASES}
    assert said == set(Payout.__args__)


@pytest.mark.parametrize("kind", BehaviorKind)
def test_every_behavior_has_its_own_word(kind: BehaviorKind) -> None:
    program = program_with(behavior={"kind": kind.value})
    said = next_step(program, Standing())
    assert said.startswith("Your first ")
    assert (said == "Your first deal brings $250.") == (kind is BehaviorKind.DEAL_WON)
