"""What does the page of terms promise?"""

from __future__ import annotations

from typing import Any

import pytest
from program_texts import day, program_with

from openspiff.program import content_hash, rule_line, terms_page

DRAW = {"kind": "tickets", "prizes": [{"amount": 3000}, {"amount": 250, "winners": 4}]}
SEATS = {
    "kind": "mrr_multiple",
    "band_by": "seats",
    "bands": [{"from": 5, "multiple": "2x"}, {"from": 6, "multiple": "3x"}],
}
LADDER = {
    "kind": "count_tiers",
    "tiers": [{"from": 1, "amount": 50}, {"from": 5, "amount": "75.50"}],
}
GTX = {"include": ["GTX Pro"], "aliases": {"GTXPro": "GTX Pro"}}
CLAUSES: list[tuple[dict[str, Any], str]] = [
    ({}, "- First day: Thursday, 1 January 2026, from its first moment."),
    ({}, "- Last day: Tuesday, 31 March 2026, to its last moment."),
    ({}, "- Days are those of the time zone UTC. What counts is the moment the deal is"),
    ({}, "- There is no deadline for reporting it."),
    (
        {"window": {"reported_before": day("2026-04-15")}},
        "- It must be recorded with us by the end of Tuesday, 14 April 2026",
    ),
    ({}, "- Every product counts."),
    ({"behavior": {"products": GTX}}, "- Only these products count: GTX Pro."),
    ({"behavior": {"products": GTX}}, "- The name GTXPro stands for GTX Pro too."),
    (
        {"behavior": {"revenue_types": ["new", "add-on"]}},
        "- Only this revenue counts: add-on and new.",
    ),
    ({"behavior": {"min_amount": 1000}}, "- The amount must be $1,000 or more."),
    ({"behavior": {"min_margin": "20%"}}, "The margin must be known, and 20% of the"),
    ({"behavior": {"min_term": 1}}, "- The term must be 1 month or more."),
    ({"behavior": {"min_quantity": 5}}, "- The quantity must be 5 units or more."),
    ({"behavior": {"new_customers_only": True}}, "- The customer must be new:"),
    ({"behavior": {"once_per_customer": True}}, "Only the first event of each customer"),
    ({}, "- Sales to governments never count."),
    (
        {"exclusions": {"customer_ids": ["c2", "c1"]}},
        "- Events of these customers never count: c1 and c2.",
    ),
    (
        {"exclusions": {"firm_ids": ["f1"]}},
        "- Events of people of these firms never count: f1.",
    ),
    ({}, "Everyone who is listed as a payee on the day of the event."),
    ({"audience": {"roles": ["ae", "csm"]}}, "- role ae or csm"),
    ({}, "$250 for each event."),
    ({"payout": {"kind": "percent", "rate": "5%"}}, "5% of the amount of each event."),
    ({"payout": SEATS}, "| 5 | 2x |\n| 6 and more | 3x |\n\nBelow the first line nothing"),
    ({"payout": LADDER}, "| 1 to 4 | $50 |\n| 5 and more | $75.50 |"),
    ({"payout": DRAW}, "| $3,000 | 1 |\n| $250 | 4 |"),
    ({"payout": DRAW}, "every ticket has the same chance."),
    ({"payout": DRAW}, "Prizes are paid within 14 days of the draw."),
    ({}, "- There is no limit for a person and none for the program."),
    ({"caps": {"payee_cap": 2500}}, "- For each person: at most $2,500."),
    ({"caps": {"budget": 9000}}, "- For the whole program: $9,000; the last reward is cut"),
    (
        {"caps": {"payee_cap": 2500, "budget": 9000}},
        "- The limit for the person is applied first; the limit for the program counts",
    ),
    (
        {"caps": {"payee_cap": 5, "budget": 9, "order": "budget_then_payee"}},
        "- The limit for the program is applied first; the limit for the person counts",
    ),
    (
        {"payout": DRAW, "caps": {"payee_cap_tickets": 1}},
        "- For each person: at most 1 ticket.",
    ),
    (
        {},
        (
            "- First come, first served: by the batch in which an event was recorded, then "
            "by the moment it occurred, then by its source and its id."
        ),
    ),
    ({}, "The reward is divided by the shares recorded with the event."),
    ({"split": "equally"}, "The reward is divided into equal parts."),
    ({}, "The whole reward is taken back, whenever the event is cancelled."),
    (
        {"clawback": {"shape": "cliff", "days": 90}},
        "Cancelled less than 90 days after the event: the whole reward is taken back.",
    ),
    (
        {"clawback": {"shape": "pro_rata", "days": 365}},
        "You keep the share of 365 days that had passed since the event",
    ),
    (
        {"clawback": {"shape": "none"}},
        "What was paid before the cancellation stays paid;",
    ),
    ({"promised_days": 30}, "Within 30 days of the day on which the event is recorded"),
    ({}, "Nobody in the audience is kept out."),
    (
        {"holdout": {"share": "10%", "seed": 42}},
        "10% of the people in its audience cannot earn in it: chance alone chose them",
    ),
    ({"holdout": {"share": "10%", "seed": 42}}, "The draw uses the seed 42."),
    ({}, "- Program sprint, version 1."),
    (
        {"version": 2, "takes_recorded_from": day("2026-02-01")},
        "- This version takes what is recorded from 1 February 2026 on (UTC).",
    ),
]


@pytest.mark.parametrize(("terms", "clause"), CLAUSES, ids=[one[1][:50] for one in CLAUSES])
def test_term_stands_on_the_page(terms: dict[str, Any], clause: str) -> None:
    page = terms_page(program_with(**terms))
    assert clause in page


def test_page_starts_with_the_rule_and_ends_with_the_hash() -> None:
    program = program_with(name="GTX *Pro* <sprint>")
    page = terms_page(program)
    assert page.startswith(
        f"# GTX \\*Pro\\* \\<sprint\\>\n\n> {rule_line(program)}\n\n## What to do\n"
    )
    assert page.endswith(f"- Content: {content_hash(program)}\n")


def test_what_is_not_promised_is_not_on_the_page() -> None:
    page = terms_page(program_with(exclusions={"government": False}))
    for absent in ("governments", "Only these", "at most", "deadline is", "applied first"):
        assert absent not in page
