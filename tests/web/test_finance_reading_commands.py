"""Does the command line read what the pages of finance show?"""

from __future__ import annotations

from typing import Any

import pytest
from click.testing import CliRunner
from payee_world import set_account
from test_finance_commands import AT, Desk
from web_world import World

from openspiff.cli import openspiff


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world.home)


def text(desk: Desk, *words: str) -> str:
    """Return what a person reads who asks without --json."""
    given = ["--home", str(desk.home), "--as", "fred", "--at", AT, *words]
    done = CliRunner().invoke(openspiff, given, catch_exceptions=False)
    assert done.exit_code == 0
    return done.output


def test_liability_agrees_with_the_accounts(desk: Desk) -> None:
    found = desk.record("fred", "finance", "liability")
    assert sum(one["amount_minor"] for one in found["schedule"]) == 180_00
    (accounts,) = found["accounts"]
    assert (accounts["payable_minor"], accounts["difference_minor"]) == (180_00, 0)
    assert "2026-03-24" in text(desk, "finance", "liability")


def test_budgets_tell_what_is_left(desk: Desk) -> None:
    found = desk.record("abe", "finance", "budgets")
    (one,) = found["budgets"]
    assert (one["budget_minor"], one["booked_minor"], one["left_minor"]) == (
        2000_00,
        615_00,
        1385_00,
    )
    assert {month["month_on"] for month in found["months"]} == {"2026-02-01", "2026-03-01"}
    assert "$1,385.00" in text(desk, "finance", "budgets")


def test_exceptions_are_counted_and_named(desk: Desk) -> None:
    found = desk.record("fred", "finance", "exceptions")
    assert found["count"] == sum(found["counts"].values()) == 1
    assert found["counts"]["without_method"] == 1
    assert "without method  ana" in text(desk, "finance", "exceptions")


def test_trial_balance_balances(desk: Desk) -> None:
    found = desk.record("fred", "finance", "trial-balance")
    debit, credit = found["totals"]["USD"]
    assert debit == credit > 0
    assert {one["kind"] for one in found["accounts"]} == {
        *("cash", "expense", "payable", "receivable")
    }
    assert "3 payees" in text(desk, "finance", "trial-balance")


def test_month_end_is_that_of_the_page(desk: Desk) -> None:
    found = desk.record("fred", "finance", "month-end", "2026-03", "--find", "ruiz")
    (ana,) = found["lines"]
    assert (found["month"], ana["payee_id"], ana["closing_minor"]) == (
        "2026-03",
        "ana",
        105_00,
    )
    assert desk.record("fred", "finance", "month-end")["month"] == "2026-03"
    assert "all payees" in text(desk, "finance", "month-end", "2026-03")
    given = ["--home", str(desk.home), "finance", "month-end", "March"]
    done = CliRunner().invoke(openspiff, given)
    assert done.exit_code == 2
    assert "2026-03" in done.output


def test_runs_stand_with_their_sums(desk: Desk) -> None:
    rows = desk.record("fred", "finance", "runs")["rows"]
    assert [one["is_payout"] for one in rows] == [False, True, False]
    assert "clawback $75.00" in text(desk, "finance", "runs")


def test_month_of_a_statement_has_the_digest_of_its_page(desk: Desk) -> None:
    found = desk.record("fred", "statement", "ana", "--month", "2026-03")
    (part,) = found["parts"]
    assert part["closing_minor"] == 105_00
    assert found["zone"] == "America/New_York"
    shown = text(desk, "statement", "ana", "--month", "2026-03")
    assert found["digests"]["USD"] in shown
    assert desk.refusal("fred", "statement", "ana", "--month", "2020-01") == "not_visible"
    assert desk.refusal("cleo", "statement", "ana", "--month", "2026-03") == "not_visible"


def test_accounts_and_tax_forms_are_read_by_those_who_may(desk: Desk, world: World) -> None:
    set_account(world)
    (one,) = desk.record("fred", "payout-methods", "ana")
    assert one["masked"]
    assert "sealed" not in one
    assert [row["payee_id"] for row in desk.record("fred", "payout-methods")] == ["ana"]
    assert one["masked"] in text(desk, "payout-methods")
    assert desk.refusal("abe", "payout-methods") == "not_visible"
    form = desk.record("fred", "tax-form", "ana")
    assert form["state"] == "expected"
    assert "expected" in text(desk, "tax-form", "ana")
    assert desk.refusal("abe", "tax-form", "ana") == "not_visible"


@pytest.mark.parametrize(
    "words", [["liability"], ["budgets"], ["exceptions"], ["trial-balance"], ["month-end"]]
)
def test_outsiders_read_nothing(desk: Desk, words: Any) -> None:
    assert desk.refusal("ana", "finance", *words) == "not_visible"
    assert desk.refusal("nora", "finance", *words) == "not_visible"
