"""When may a window end before its last day, and what does the file say about it?"""

from __future__ import annotations

from typing import Any

import pytest
from program_texts import SMALLEST, day, problems_with, program_with, with_terms

from openspiff.program import (
    ProgramError,
    check_early_end,
    content_hash,
    differences_between,
    earliest_end,
    ended_early,
    parse_program,
    terms_page,
)

RULE: dict[str, Any] = {"may_end_early": {"notice_days": 14}}
SPENT: dict[str, Any] = {"may_end_early": {"notice_days": 14, "when_budget_is_spent": True}}
BUDGET = {"budget": "1000.00"}
HASH_OF_SMALLEST = "c7126dd6f336135127e4f906ee28e70caacba4eb5d39bd70ee2f3c00306f4e5b"

# terms of the window, told on, budget spent, first day that may no longer count
EARLIEST = [
    (None, "2026-02-01", True, None),
    (RULE, "2026-02-01", False, "2026-02-16"),
    (RULE, "2026-02-01", True, "2026-02-16"),
    (SPENT, "2026-02-01", False, "2026-02-16"),
    (SPENT, "2026-02-01", True, "2026-02-02"),
    (RULE, "2025-12-01", False, "2026-01-02"),  # never before a first day has counted
]


@pytest.mark.parametrize(("rule", "told_on", "spent", "first"), EARLIEST)
def test_notice_is_whole_days_between(
    rule: dict[str, Any] | None, told_on: str, spent: bool, first: str | None
) -> None:
    program = program_with(window=rule or {}, caps=BUDGET)
    found = earliest_end(program, told_on=day(told_on), is_budget_spent=spent)
    assert found == (None if first is None else day(first))


def test_rule_stands_on_the_page_of_terms() -> None:
    page = terms_page(program_with(window=SPENT, caps=BUDGET))
    assert "told at least 14 days ahead, and what you do until then still counts." in page
    assert "Once the budget is spent it may end the day after you are told." in page
    assert "end before its last day" not in terms_page(parse_program(SMALLEST))


def test_file_that_says_nothing_of_it_keeps_its_hash() -> None:
    # As it was before openspiff knew of early ends and of targets.
    assert content_hash(parse_program(SMALLEST)) == HASH_OF_SMALLEST
    assert content_hash(program_with(window=RULE)) != HASH_OF_SMALLEST


@pytest.mark.parametrize(
    ("terms", "told"),
    [
        (
            {"window": {"may_end_early": {"notice_days": 90}}},
            (
                "window.may_end_early.notice_days: expected fewer days than the window has "
                "(90), got 90 -> it could never end early with such a long notice"
            ),
        ),
        (
            {"window": SPENT},
            (
                "window.may_end_early.when_budget_is_spent: there is no budget that could "
                "be spent -> write a budget under [caps], or remove this key"
            ),
        ),
        (
            {"window": {"may_end_early": {"notice_days": 0}}},
            "window.may_end_early.notice_days: expected at least 1 days, got 0 -> ",
        ),
    ],
)
def test_rule_that_means_nothing_is_refused(terms: dict[str, Any], told: str) -> None:
    assert problems_with(**terms) == [told]


def test_early_end_changes_the_end_and_takes_what_is_recorded_from_it_on() -> None:
    text = with_terms(window=RULE)
    new = parse_program(ended_early(text, ends_before=day("2026-02-20")))
    changed = {one.place for one in differences_between(parse_program(text), new)}
    assert changed == {
        "version",
        "takes_recorded_from",
        "window.ends_before",
        "window.may_end_early.notice_days",
        "window.may_end_early.when_budget_is_spent",
    }
    assert new.takes_recorded_from == new.window.ends_before == day("2026-02-20")


def test_version_that_ends_no_earlier_needs_no_rule() -> None:
    old = program_with()
    new = program_with(window={"ends_before": day("2026-05-01")})
    check_early_end(old, new, told_on=day("2026-03-30"), is_budget_spent=False)
    with pytest.raises(ProgramError, match="promise the whole window"):
        check_early_end(new, old, told_on=day("2026-01-01"), is_budget_spent=True)
