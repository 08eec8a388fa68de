"""Is every example program valid, and is there one of every kind?"""

from __future__ import annotations

from pathlib import Path

import pytest

from openspiff.program import (
    PayoutKind,
    check_versions,
    content_hash,
    parse_program,
    program_from_json,
    program_json,
    program_text,
    read_program,
    rule_line,
)

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "programs"
PATHS = sorted(EXAMPLES.glob("*.toml"))
RULES = {
    "gtx-pro-q2-2017.toml": (
        "Win a GTX Pro deal by 30 June 2017 and get $250, at most $2,500 each, while the "
        "budget of $40,000 lasts; paid within 14 days."
    ),
    "reference-draw.toml": (
        "Have your nomination of a customer accepted by 31 March 2026 and get a ticket in "
        "a draw for $3,000 and 4 times $250, once for each customer, at most 10 tickets "
        "each, while 400 tickets last; prizes paid within 14 days of the draw."
    ),
    "ucaas-activation.toml": (
        "Activate a UCaaS family deal for 36 months or more with a new customer by 31 "
        "March 2026 and get 2x the monthly recurring revenue, 3x from 20 seats and 4x "
        "from 100 seats, at most $20,000 each, while the budget of $250,000 lasts; paid "
        "within 30 days."
    ),
}


@pytest.mark.parametrize("path", PATHS, ids=[path.stem for path in PATHS])
def test_example_is_read_and_comes_back_from_its_text_and_from_storage(
    path: Path,
) -> None:
    program = read_program(path)
    for back in (
        parse_program(program_text(program)),
        program_from_json(program_json(program)),
    ):
        assert back == program
        assert content_hash(back) == content_hash(program)


def test_examples_stand_side_by_side() -> None:
    check_versions(read_program(path) for path in PATHS)


def test_there_is_an_example_of_every_kind_of_payout_and_behavior() -> None:
    programs = [read_program(path) for path in PATHS]
    texts = [program_text(program) for program in programs]
    missing = [k for k in PayoutKind if not any(f'kind = "{k}"' in t for t in texts)]
    assert missing == []
    assert len({program.behavior.kind for program in programs}) == 7
    assert {1, 2} <= {program.version for program in programs}


@pytest.mark.parametrize("name", RULES)
def test_rule_of_an_example_reads_well(name: str) -> None:
    assert rule_line(read_program(EXAMPLES / name)) == RULES[name]
