"""What does a program file say when something in it is wrong?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from program_texts import SMALLEST, day, problems_with, program_with

from openspiff.program import ProgramError, parse_program, read_program

KINDS = (
    "deal_registered, deal_won, deal_activated, first_invoice_paid, demo_held, "
    "nomination_accepted, act_verified"
)
AMOUNT = 'write major units without sign or separators, for example "1250.00" or 1250'
DRAW = {"kind": "tickets", "prizes": [{"amount": 300, "winners": 5}]}
SEATS = {"kind": "mrr_multiple", "band_by": "seats"}
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
            "program_id: expected lower-case letters, digits and hyphens, got 'Q1 Sprint!' -> "
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
            "window.last_day: unknown key -> keys here are ends_before, reported_before, "
            "starts_on, zone"
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
            "window.ends_before: expected a day after starts_on (2026-01-01), got 2026-01-01"
            " -> it is the first day that no longer counts"
        ),
    ),
    (
        {"window": {"reported_before": day("2026-03-01")}},
        (
            "window.reported_before: expected 2026-04-01 (ends_before) or a later day, "
            "got 2026-03-01 -> the last day of the window could not be reported otherwise"
        ),
    ),
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
            "behavior.products.aliases: aliases change nothing where every product counts -> "
            "name the products that count in include or families"
        ),
    ),
    (
        {"behavior": {"products": {"include": ["GTX Pro"], "aliases": {"P": "GTX Pr"}}}},
        (
            "behavior.products.aliases.P: 'GTX Pr' is no product named in include or members"
            " -> did you mean 'GTX Pro'?"
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
            "payout.kind: expected one of flat, percent, mrr_multiple, count_tiers, tickets, "
            "got 'fixed' -> write one of them in quotes: \"flat\""
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
            "holdout.strata[0]: expected one of role, tier, region, segment, got 'regions' -> "
            "did you mean 'region'?"
        ),
    ),
    (
        {"measurement": {"announced_on": day("2026-02-01")}},
        (
            "measurement.announced_on: expected 2026-01-01 (window.starts_on) or an earlier "
            "day, got 2026-02-01 -> a program is announced before or when it starts"
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
            "takes_recorded_from: expected a day before 2026-05-01 (window.reported_before), "
            "got 2026-05-01 -> this version would take no event"
        ),
    ),
]


@pytest.mark.parametrize(("terms", "problem"), BAD, ids=[one[1][:60] for one in BAD])
def test_what_is_wrong_is_told_with_its_place_and_remedy(
    terms: dict[str, Any], problem: str
) -> None:
    assert problems_with(**terms) == [problem]


def test_the_smallest_file_has_no_problem() -> None:
    assert program_with().payout.amount_minor == 25_000


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


SYNTAX = [
    ("a = [1,\n  2", "end of document"),
    ("a = 1\nb = = 2", "line 2, column 5"),
    ("a = 1\na = 2\n[t]", "line 2, column 6"),
    ("a = " + "9" * 5_000, ""),
    ("a = " + "[" * 100_000, ""),
]


@pytest.mark.parametrize(("text", "place"), SYNTAX, ids=[one[0][:12] for one in SYNTAX])
def test_text_that_is_no_toml_is_refused_at_its_line_and_column(
    text: str, place: str
) -> None:
    with pytest.raises(ProgramError, match="no valid TOML") as caught:
        parse_program(text)
    (problem,) = caught.value.problems
    assert problem.place == place


def test_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProgramError, match=r"none\.toml cannot be read"):
        read_program(tmp_path / "none.toml")


def test_file_that_is_not_utf_8_is_refused_at_its_line(tmp_path: Path) -> None:
    path = tmp_path / "old.toml"
    path.write_bytes(SMALLEST.encode() + b"# caf\xe9\n")
    with pytest.raises(ProgramError) as caught:
        read_program(path)
    (problem,) = caught.value.problems
    assert (problem.place, problem.remedy) == ("line 16", "save the file as UTF-8")


def test_file_with_a_byte_order_mark_and_windows_lines_is_read(tmp_path: Path) -> None:
    path = tmp_path / "windows.toml"
    path.write_bytes(b"\xef\xbb\xbf" + SMALLEST.replace("\n", "\r\n").encode())
    assert read_program(path) == parse_program(SMALLEST)


def test_file_that_is_far_too_large_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "large.toml"
    path.write_bytes(b"#" * 1_000_001)
    with pytest.raises(ProgramError, match="too large"):
        read_program(path)
