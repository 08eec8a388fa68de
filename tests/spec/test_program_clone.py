"""What does a program say when it is run again, and what is looked at before a launch?"""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from program_texts import day, program_with, with_terms

from openspiff.program import (
    Candidate,
    ProgramError,
    assign_holdout,
    clone_text,
    launch_mark,
    months_later,
    overlap_sentence,
    overlaps_with,
    parse_program,
    program_text_of,
    starters,
    terms_cautions,
)

MONTHS = [
    ("2026-01-31", 1, "2026-02-28"),
    ("2026-01-31", 3, "2026-04-30"),
    ("2024-02-29", 12, "2025-02-28"),
    ("2026-04-01", -3, "2026-01-01"),
    ("2026-01-15", -12, "2025-01-15"),
]


@pytest.mark.parametrize(("given", "months", "then"), MONTHS)
def test_months_keep_the_day_or_end_with_the_month(
    given: str, months: int, then: str
) -> None:
    assert months_later(day(given), months) == day(then)


def test_clone_moves_every_day_and_keeps_the_comments() -> None:
    text = "# Ours.\nversion = 2\ntakes_recorded_from = 2026-02-01\n" + with_terms(
        window={"reported_before": day("2026-04-15")},
        holdout={"share": "10%", "seed": 1},
        measurement={"announced_on": day("2025-12-15")},
    )
    clone = clone_text(text, program_id="next", name="Next", months=3, seed=77)
    assert clone.startswith("# Ours.\n")
    program = parse_program(clone)
    assert (program.program_id, program.name, program.version) == ("next", "Next", 1)
    assert program.takes_recorded_from is None
    assert program.window.starts_on == day("2026-04-01")
    assert program.window.ends_before == day("2026-07-01")
    assert program.window.reported_before == day("2026-07-15")
    assert program.measurement.announced_on == day("2026-03-15")
    assert program.holdout is not None
    assert program.holdout.seed == 77


def test_clone_under_a_name_that_is_none_is_refused() -> None:
    with pytest.raises(ProgramError):
        clone_text(with_terms(), program_id="Not a slug", name="X", months=3, seed=1)


def test_every_starter_is_a_valid_program_with_the_days_given() -> None:
    found = starters(
        starts_on=day("2026-04-01"), ends_before=day("2026-07-01"), zone="UTC", seed=5
    )
    assert len(found) == 4
    for one in found:
        program = parse_program(one.text, name=one.name)
        assert program.window.starts_on == day("2026-04-01")
        assert program.holdout is not None
        assert program.holdout.seed == 5
        assert one.title
        assert "{" not in one.title
        assert tomllib.loads(one.text)["measurement"]["target_events"] > 0
        assert [c.place for c in terms_cautions(program, today=day("2026-03-01"))] == []


CAUTIONS: list[tuple[dict[str, Any], str, set[str]]] = [
    ({}, "2025-12-01", {"caps.budget", "holdout", "measurement.target_events"}),
    ({"caps": {"budget": 9}}, "2025-12-01", {"holdout", "measurement.target_events"}),
    ({"promised_days": 60}, "2025-12-01", {"promised_days"}),
    ({}, "2026-01-02", {"window.starts_on"}),
    ({}, "2026-04-01", {"window.ends_before"}),
    ({"window": {"ends_before": day("2026-12-01")}}, "2025-12-01", {"window"}),
]


@pytest.mark.parametrize(("terms", "today", "places"), CAUTIONS)
def test_doubtful_terms_are_told(
    terms: dict[str, Any], today: str, places: set[str]
) -> None:
    found = terms_cautions(program_with(**terms), today=day(today))
    assert places <= {one.place for one in found}


def other(**terms: Any) -> Any:
    return program_with(program_id="other", name="Other", **terms)


OVERLAPS: list[tuple[dict[str, Any], dict[str, Any], str | None]] = [
    ({}, {}, "from 1 January 2026 to 31 March 2026 both pay for every product"),
    (
        {"behavior": {"products": {"include": ["A", "B"]}}},
        {"behavior": {"products": {"include": ["B", "C"]}}},
        "from 1 January 2026 to 31 March 2026 both pay for B",
    ),
    (
        {"behavior": {"products": {"include": ["A"]}}},
        {"window": {"starts_on": day("2026-03-01"), "ends_before": day("2026-05-01")}},
        "from 1 March 2026 to 31 March 2026 both pay for A",
    ),
    (
        {"behavior": {"products": {"include": ["A"]}}},
        {"behavior": {"products": {"include": ["C"]}}},
        None,
    ),
    (
        {},
        {"window": {"starts_on": day("2026-04-01"), "ends_before": day("2026-05-01")}},
        None,
    ),
    ({}, {"behavior": {"kind": "demo_held"}}, None),
    ({"audience": {"tiers": ["gold"]}}, {"audience": {"tiers": ["silver"]}}, None),
]


@pytest.mark.parametrize(("mine", "theirs", "told"), OVERLAPS)
def test_programs_that_pay_for_the_same_are_told(
    mine: dict[str, Any], theirs: dict[str, Any], told: str | None
) -> None:
    found = overlaps_with(program_with(**mine), [other(**theirs)])
    assert [overlap_sentence(one) for one in found] == ([] if told is None else [told])


def test_versions_of_one_program_do_not_overlap() -> None:
    assert overlaps_with(program_with(), [program_with()]) == ()


def test_mark_changes_with_the_terms_and_with_who_is_drawn() -> None:
    program = program_with(holdout={"share": "50%", "seed": 1})
    two = [Candidate(payee_id="a"), Candidate(payee_id="b")]
    mark = launch_mark(program, assign_holdout(program, two))
    assert mark == launch_mark(program, assign_holdout(program, two[::-1]))
    more = [*two, Candidate(payee_id="c")]
    assert mark != launch_mark(program, assign_holdout(program, more))
    changed = program_with(holdout={"share": "50%", "seed": 1}, promised_days=9)
    assert mark != launch_mark(changed, assign_holdout(changed, two))


def test_bytes_of_a_file_are_a_text_or_a_problem() -> None:
    assert program_text_of(b"\xef\xbb\xbfname") == "name"
    for raw in (b"\xff\xfe", b"a" * 1_000_001):
        with pytest.raises(ProgramError):
            program_text_of(raw)
