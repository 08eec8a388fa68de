"""What does a program file say when its terms do not fit together?"""

from __future__ import annotations

from typing import Any

import pytest
from program_texts import day, problems_with, program_with

DRAW = {"kind": "tickets", "prizes": [{"amount": 300, "winners": 5}]}
SEATS = {"kind": "mrr_multiple", "band_by": "seats"}
BAD: list[tuple[dict[str, Any], str]] = [
    # Products.
    (
        {"behavior": {"products": {"families": ["GTX"]}}},
        (
            "behavior.products.families[0]: the family 'GTX' has no members -> "
            'list them: members.GTX = ["..."]'
        ),
    ),
    (
        {"behavior": {"products": {"families": ["GTX"], "members": {"GTXs": ["a"]}}}},
        (
            "behavior.products.families[0]: the family 'GTX' has no members -> "
            "did you mean 'GTXs'?"
        ),
    ),
    (
        {"behavior": {"products": {"aliases": {"GTXPro": "GTX Pro"}}}},
        (
            "behavior.products.aliases: aliases change nothing where every product counts "
            "-> name the products that count in include or families"
        ),
    ),
    (
        {"behavior": {"products": {"include": ["GTX Pro"], "aliases": {"P": "GTX Pr"}}}},
        (
            "behavior.products.aliases.P: 'GTX Pr' is no product named in include or "
            "members -> did you mean 'GTX Pro'?"
        ),
    ),
    (
        {"behavior": {"products": {"include": ["a"], "aliases": {"b": "a", "c": "b"}}}},
        (
            "behavior.products.aliases.c: 'b' is an alias itself -> "
            "name the product that it stands for"
        ),
    ),
    # Payouts.
    (
        {"payout": {"kind": "flat"}},
        (
            "payout.amount: expected an amount above zero, found nothing -> "
            'write amount = "1250.00"'
        ),
    ),
    (
        {"payout": {"kind": "fixed", "amount": 5}},
        (
            "payout.kind: expected one of flat, percent, mrr_multiple, count_tiers, "
            "tickets, got 'fixed' -> write one of them in quotes: \"flat\""
        ),
    ),
    (
        {"payout": {**SEATS, "bands": [{"from": "200.00", "multiple": "3x"}]}},
        (
            "payout.bands[0].from: expected a whole number of seats, got '200.00' -> "
            "for example 1"
        ),
    ),
    (
        {"payout": {**SEATS, "bands": [{"from": 1, "multiple": "3%"}]}},
        (
            "payout.bands[0].multiple: expected a multiple such as \"3x\", got '3%' -> "
            'write it in quotes with its sign, "3x"'
        ),
    ),
    (
        {
            "payout": {
                **SEATS,
                "bands": [{"from": 5, "multiple": "3x"}, {"from": 5, "multiple": "4x"}],
            }
        },
        (
            "payout.bands[1].from: expected a larger bound than in the entry before -> "
            "put them in rising order"
        ),
    ),
    (
        {"payout": {**SEATS, "bands": []}},
        (
            "payout.bands: expected at least one band with a multiple above zero -> "
            'for example { from = 0, multiple = "3x" }'
        ),
    ),
    (
        {"payout": {"kind": "count_tiers", "tiers": [{"from": 2, "amount": 5}]}},
        (
            "payout.tiers[0].from: expected the first tier from 1, got 2 -> "
            'add { from = 1, amount = "0" } when the first ones pay nothing'
        ),
    ),
    (
        {"payout": {"kind": "tickets", "prizes": []}},
        (
            "payout.prizes: expected at least one prize -> "
            'for example { amount = "3000.00", winners = 1 }'
        ),
    ),
    (
        {"payout": DRAW, "caps": {"budget_tickets": 4}},
        (
            "caps.budget_tickets: expected at least a ticket for each of 5 prizes -> "
            "a draw limits its tickets here; its money is the sum of its prizes"
        ),
    ),
    (
        {"payout": DRAW, "caps": {"budget": 4}},
        "caps.budget: unknown key -> did you mean 'budget_tickets'?",
    ),
    (
        {"caps": {"payee_cap_tickets": 4}},
        "caps.payee_cap_tickets: unknown key -> did you mean 'payee_cap'?",
    ),
    # Clawback, holdout, plan, versions, and terms that contradict each other.
    (
        {"clawback": {"shape": "cliff"}},
        (
            "clawback.days: expected how many days a cliff clawback runs, found nothing -> "
            "write days = 180"
        ),
    ),
    (
        {"clawback": {"days": 30}},
        (
            "clawback.days: a full clawback has no days -> "
            'remove it, or write shape = "cliff" or "pro_rata"'
        ),
    ),
    (
        {"holdout": {"share": "10%"}},
        "holdout.seed: expected a whole number, found nothing -> write seed = 1",
    ),
    (
        {"holdout": {"share": "100%", "seed": 1}},
        "holdout.share: expected a percentage of at most 99.9999%, got 100% -> ",
    ),
    (
        {"holdout": {"share": "10%", "seed": 1, "strata": ["regions"]}},
        (
            "holdout.strata[0]: expected one of role, tier, region, segment, got 'regions' "
            "-> did you mean 'region'?"
        ),
    ),
    (
        {"measurement": {"announced_on": day("2026-02-01")}},
        (
            "measurement.announced_on: expected 2026-01-01 (window.starts_on) or an "
            "earlier day, got 2026-02-01 -> a program is announced before or when it starts"
        ),
    ),
    (
        {"audience": {"firm_ids": ["f1", "f2"]}, "exclusions": {"firm_ids": ["f2"]}},
        (
            "exclusions.firm_ids[0]: 'f2' is in the audience and excluded -> "
            "remove it from one of the two lists"
        ),
    ),
    (
        {"version": 2},
        (
            "takes_recorded_from: version 2 does not say which events it takes -> "
            "write takes_recorded_from = 2026-01-31, the first day recorded under it"
        ),
    ),
    (
        {"takes_recorded_from": day("2026-02-01")},
        (
            "takes_recorded_from: the first version takes every event from the start -> "
            "remove it, or write version = 2"
        ),
    ),
    (
        {
            "version": 2,
            "takes_recorded_from": day("2026-05-01"),
            "window": {"reported_before": day("2026-05-01")},
        },
        (
            "takes_recorded_from: expected a day before 2026-05-01 "
            "(window.reported_before), got 2026-05-01 -> this version would take no event"
        ),
    ),
]


@pytest.mark.parametrize(("terms", "problem"), BAD, ids=[one[1][:60] for one in BAD])
def test_terms_that_contradict_each_other_are_told_with_its_place_and_remedy(
    terms: dict[str, Any], problem: str
) -> None:
    assert problems_with(**terms) == [problem]


def test_the_smallest_file_has_no_problem() -> None:
    assert program_with().payout.amount_minor == 25_000
