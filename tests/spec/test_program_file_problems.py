"""What does a program file say when one of its values is wrong?"""

from __future__ import annotations

from typing import Any

import pytest
from program_texts import SMALLEST, day, problems_with

from openspiff.program import ProgramError, parse_program

KINDS = (
    "deal_registered, deal_won, deal_activated, first_invoice_paid, demo_held, "
    "nomination_accepted, act_verified"
)
AMOUNT = 'write major units without sign or separators, for example "1250.00" or 1250'
BAD: list[tuple[dict[str, Any], str]] = [
    # Texts, words and unknown keys.
    ({"name": ""}, "name: expected a text, got '' -> for example \"GTX Pro sprint\""),
    ({"name": " x"}, "name: spaces before or after 'x' -> remove them"),
    (
        {"name": "a\nb"},
        "name: a control character in 'a\\nb' -> type it again",
    ),
    (
        {"program_id": "Q1 Sprint!"},
        (
            "program_id: expected lower-case letters, digits and hyphens, got 'Q1 Sprint!' "
            "-> "
            'for example "q1-sprint"'
        ),
    ),
    (
        {"currency": "usd"},
        (
            "currency: expected a currency code of three capital letters, got 'usd' -> "
            'for example "USD"'
        ),
    ),
    (
        {"behavior": {"kind": "deal_one"}},
        (
            f"behavior.kind: expected one of {KINDS}, got 'deal_one' -> "
            "did you mean 'deal_won'?"
        ),
    ),
    (
        {"budget": 5},
        "budget: unknown key -> it belongs in [caps]",
    ),
    ({"caps": {"bugdet": 5}}, "caps.bugdet: unknown key -> did you mean 'budget'?"),
    (
        {"caps": {"promised_days": 5}},
        "caps.promised_days: unknown key -> it belongs above the first [table]",
    ),
    (
        {"window": {"last_day": day("2026-03-31")}},
        (
            "window.last_day: unknown key -> keys here are ends_before, may_end_early, "
            "reported_before, starts_on, zone"
        ),
    ),
    ({"audience": 5}, "audience: expected a table, got 5 -> write it as a [table]"),
    (
        {"audience": {"roles": "ae"}},
        (
            "audience.roles: expected a list of texts, got 'ae' -> "
            'write ["account executive"]'
        ),
    ),
    (
        {"audience": {"roles": ["ae", "ae"]}},
        "audience.roles[1]: 'ae' stands here twice -> remove one",
    ),
    (
        {"behavior": {"once_per_customer": "yes"}},
        (
            "behavior.once_per_customer: expected true or false, got 'yes' -> "
            "write true or false without quotes"
        ),
    ),
    # Amounts, rates and counts.
    (
        {"payout": {"kind": "flat", "amount": 250.5}},
        (
            "payout.amount: expected an amount above zero, got 250.5 -> "
            'put it in quotes: "250.50"'
        ),
    ),
    (
        {"payout": {"kind": "flat", "amount": "$250"}},
        f"payout.amount: expected an amount above zero, got '$250' -> {AMOUNT}",
    ),
    (
        {"payout": {"kind": "flat", "amount": "1,000.00"}},
        f"payout.amount: expected an amount above zero, got '1,000.00' -> {AMOUNT}",
    ),
    (
        {"payout": {"kind": "flat", "amount": 0}},
        f"payout.amount: expected an amount above zero, got 0 -> {AMOUNT}",
    ),
    (
        {"payout": {"kind": "flat", "amount": "2.505"}},
        (
            "payout.amount: USD has 2 decimal places, got 2.505 -> "
            "round it to 2 decimal places"
        ),
    ),
    (
        {"payout": {"kind": "flat", "amount": "9" * 30}},
        f"payout.amount: '{'9' * 30}' is more than can be kept -> {AMOUNT}",
    ),
    (
        {"payout": {"kind": "percent", "rate": 5}},
        (
            'payout.rate: expected a percentage such as "5%", got 5 -> '
            'write it in quotes with its sign, "5%"'
        ),
    ),
    (
        {"payout": {"kind": "percent", "rate": "5x"}},
        (
            "payout.rate: expected a percentage such as \"5%\", got '5x' -> "
            'write it in quotes with its sign, "5%"'
        ),
    ),
    (
        {"payout": {"kind": "percent", "rate": "0.00001%"}},
        "payout.rate: 0.00001% has too many decimals -> round it to millionths",
    ),
    (
        {"payout": {"kind": "percent", "rate": "150%"}},
        "payout.rate: more than the whole amount would be paid -> at most 100%",
    ),
    (
        {"behavior": {"min_margin": "101%"}},
        "behavior.min_margin: expected a percentage of at most 100%, got 101% -> ",
    ),
    (
        {"behavior": {"min_term": "36 weeks"}},
        (
            "behavior.min_term: expected a whole number of months, got '36 weeks' -> "
            'for example "12 months"'
        ),
    ),
    ({"promised_days": 0}, "promised_days: expected at least 1 days, got 0 -> "),
    # Days and zones.
    (
        {"window": {"starts_on": "2026-01-01"}},
        (
            "window.starts_on: expected a day such as 2026-01-31, got '2026-01-01' -> "
            "remove the quotes: 2026-01-01"
        ),
    ),
    (
        {"window": {"starts_on": None}},
        (
            "window.starts_on: expected a day such as 2026-01-31, found nothing -> "
            "write starts_on = 2026-01-31"
        ),
    ),
    (
        {"window": {"starts_on": day("0226-01-01")}},
        "window.starts_on: expected a year of 1970 to 2200, got 0226-01-01 -> ",
    ),
    (
        {"window": {"zone": "America/NewYork"}},
        (
            "window.zone: expected an IANA zone such as America/New_York, "
            "got 'America/NewYork' -> did you mean 'America/New_York'?"
        ),
    ),
    (
        {"window": {"ends_before": day("2026-01-01")}},
        (
            "window.ends_before: expected a day after starts_on (2026-01-01), got "
            "2026-01-01 -> it is the first day that no longer counts"
        ),
    ),
    (
        {"window": {"reported_before": day("2026-03-01")}},
        (
            "window.reported_before: expected 2026-04-01 (ends_before) or a later day, "
            "got 2026-03-01 -> the last day of the window could not be reported otherwise"
        ),
    ),
]


@pytest.mark.parametrize(("terms", "problem"), BAD, ids=[one[1][:60] for one in BAD])
def test_what_is_wrong_is_told_with_its_place_and_remedy(
    terms: dict[str, Any], problem: str
) -> None:
    assert problems_with(**terms) == [problem]


def test_every_problem_is_told_at_once_in_the_order_of_the_lines() -> None:
    text = SMALLEST.replace('"deal_won"', '"won"').replace("UTC", "UCT+1")
    text = text.replace("[payout]", "[payout]\nbonus = 1").replace('"250.00"', "-1")
    with pytest.raises(ProgramError) as caught:
        parse_program(text, name="sprint.toml")
    assert caught.value.code == "program"
    assert caught.value.message == "sprint.toml has 4 problems"
    assert [one.place for one in caught.value.problems] == [
        "behavior.kind, line 6",
        "window.zone, line 9",
        "payout.bonus, line 14",
        "payout.amount, line 16",
    ]


def test_currency_that_cannot_be_read_does_not_spoil_its_amounts() -> None:
    text = SMALLEST.replace('"USD"', '"dollars"').replace("250.00", "250.123")
    with pytest.raises(ProgramError) as caught:
        parse_program(text)
    assert [one.place for one in caught.value.problems] == ["currency, line 3"]
