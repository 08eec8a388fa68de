"""What stays the same when a program is launched, and what may an amendment change?"""

from __future__ import annotations

import json
from typing import Any

import pytest
from program_texts import SMALLEST, day, program_with, with_terms

from openspiff.program import (
    Difference,
    Program,
    ProgramError,
    check_same_terms,
    check_versions,
    content_hash,
    differences_between,
    new_version,
    parse_program,
    program_from_json,
    program_json,
)

COMMENTED = """\
# Our sprint.
program_id = "sprint" # never changes
name = "Sprint"
currency = "USD"

# One behavior only.
[behavior]
kind = "deal_won"

[window]
zone = "UTC"
starts_on = 2026-01-01
ends_before = 2026-04-01

[payout]
kind = "flat"
amount = "250.00" # agreed with finance

[caps]
budget = "10000.00"
"""


def amended(number: int, from_day: str, **terms: Any) -> Program:
    return program_with(version=number, takes_recorded_from=day(from_day), **terms)


def test_hash_is_recorded_for_ever() -> None:
    # A change here means that no launched program would be recognized again.
    assert content_hash(parse_program(SMALLEST)) == (
        "c7126dd6f336135127e4f906ee28e70caacba4eb5d39bd70ee2f3c00306f4e5b"
    )


SAME = [
    SMALLEST.replace("[payout]", "# why\n\n[payout]   # how much"),
    SMALLEST.replace('"250.00"', "250"),
    SMALLEST.replace('name = "Sprint"\n', "").replace(
        "currency", 'name = "Sprint"\ncurrency'
    ),
    with_terms(promised_days="2 weeks"),
    with_terms(exclusions={"government": True}),
]


@pytest.mark.parametrize("text", SAME, ids=range(len(SAME)))
def test_comments_order_and_spelling_do_not_change_the_hash(text: str) -> None:
    assert content_hash(parse_program(text)) == content_hash(parse_program(SMALLEST))


def test_order_of_names_does_not_change_the_hash() -> None:
    one = program_with(audience={"regions": ["East", "West"]})
    other = program_with(audience={"regions": ["West", "East"]})
    assert content_hash(one) == content_hash(other)
    assert differences_between(one, other) == ()
    check_same_terms(one, other)


def test_launched_version_cannot_change_and_every_change_is_named() -> None:
    launched = program_with(caps={"budget": 10_000}, audience={"regions": ["East"]})
    changed = program_with(
        payout={"kind": "flat", "amount": 300}, audience={"regions": ["East", "West"]}
    )
    with pytest.raises(ProgramError, match="launched and cannot change") as caught:
        check_same_terms(launched, changed)
    remedy = "(write it as version 2 with takes_recorded_from)"
    assert [str(one) for one in caught.value.problems] == [
        f"launched as 250.00, now 300.00 @ payout.amount {remedy}",
        f'launched as ["East"], now ["East", "West"] @ audience.regions {remedy}',
        f"launched as 10000.00, now nothing @ caps.budget {remedy}",
    ]


def test_differences_name_places_inside_lists_of_tables() -> None:
    def ladder(*amounts: int) -> Program:
        rows = [{"from": n * 5 + 1, "amount": a} for n, a in enumerate(amounts)]
        return program_with(payout={"kind": "count_tiers", "tiers": rows})

    assert differences_between(ladder(50, 75), ladder(50, 80, 100)) == (
        Difference("payout.tiers[1].amount", "75.00", "80.00"),
        Difference("payout.tiers[2].from", "", "11"),
        Difference("payout.tiers[2].amount", "", "100.00"),
    )


def test_new_version_keeps_comments_and_changes_what_was_asked() -> None:
    text = new_version(
        COMMENTED,
        takes_recorded_from=day("2026-02-01"),
        changes={
            "payout.amount": "300.00",
            "caps.budget": None,
            "caps.payee_cap": 2500,
            "promised_days": 7,
            "audience.regions": ["East"],
        },
    )
    assert text == COMMENTED.replace(
        "never changes\n",
        "never changes\nversion = 2\ntakes_recorded_from = 2026-02-01\npromised_days = 7\n",
    ).replace('"250.00"', '"300.00"').replace(
        'budget = "10000.00"\n', 'payee_cap = 2500\n\n[audience]\nregions = ["East"]\n'
    )
    third = parse_program(new_version(text, takes_recorded_from=day("2026-03-01")))
    assert (third.version, third.takes_recorded_from) == (3, day("2026-03-01"))


def test_amendment_that_is_no_program_is_refused() -> None:
    with pytest.raises(ProgramError, match=r"version 2 of sprint\.toml has 1 problem"):
        new_version(
            SMALLEST,
            takes_recorded_from=day("2026-02-01"),
            changes={"payout.amount": "-5"},
            name="sprint.toml",
        )
    with pytest.raises(ProgramError, match="cannot be changed"):
        new_version(
            SMALLEST, takes_recorded_from=day("2026-02-01"), changes={"name.first": "x"}
        )


def test_versions_that_follow_each_other_stand_side_by_side() -> None:
    other = program_with(program_id="other")
    check_versions([amended(2, "2026-02-01"), other, program_with()])
    check_versions([program_with(), amended(2, "2026-02-01"), amended(3, "2026-02-02")])


DRAW = {"kind": "tickets", "prizes": [{"amount": 300}]}
APART = [
    ([amended(2, "2026-02-01")], "expected versions 1 to 1, each once, got 2"),
    ([program_with(), program_with()], "expected versions 1 to 2, each once, got 1, 1"),
    (
        [program_with(), amended(2, "2026-02-01"), amended(3, "2026-02-01")],
        "takes_recorded_from does not come after that of 2",
    ),
    (
        [program_with(), amended(2, "2026-02-01", currency="EUR")],
        "the currency changes from USD to EUR",
    ),
    (
        [program_with(), amended(2, "2026-02-01", payout=DRAW)],
        "the payout changes between money and tickets",
    ),
    (
        [
            program_with(),
            amended(
                2,
                "2026-02-01",
                caps={
                    "payee_cap": "10.00",
                    "budget": "99.00",
                    "order": "budget_then_payee",
                },
            ),
        ],
        "the order of the caps changes, but all versions share them",
    ),
    (
        [
            program_with(),
            amended(2, "2026-02-01", holdout={"share": "10%", "seed": 1}),
        ],
        "the holdout changes, but it was drawn at launch",
    ),
]


@pytest.mark.parametrize(("programs", "message"), APART, ids=[one[1] for one in APART])
def test_versions_that_do_not_fit_together_are_refused(
    programs: list[Program], message: str
) -> None:
    with pytest.raises(ProgramError, match="do not fit together") as caught:
        check_versions(programs)
    assert message in [one.message for one in caught.value.problems]


def test_stored_terms_that_were_damaged_are_refused_with_their_place() -> None:
    stored = program_json(program_with())
    with pytest.raises(ProgramError, match="has 1 problem") as caught:
        program_from_json(stored.replace('"deal_won"', '"won"'))
    assert caught.value.problems[0].place == "behavior.kind"
    for damaged in ("{", "[]", "null"):
        with pytest.raises(ProgramError):
            program_from_json(damaged)


def test_program_stored_before_a_term_existed_is_read_with_its_default() -> None:
    program = program_with(holdout={"share": "10%", "seed": 3})
    older = json.loads(program_json(program))
    for term in ("clawback", "measurement", "split"):
        del older[term]
    read = program_from_json(json.dumps(older))
    assert read == program
    assert content_hash(read) == content_hash(program)
