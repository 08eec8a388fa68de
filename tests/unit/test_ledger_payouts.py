"""Who is paid what, and what is withheld?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from generative.books_backends import EngineBooks, run_differences, run_payouts
from generative.books_world import CAPPED, OTHER

from openspiff.engine import DuckDBEngine
from openspiff.ledger import (
    PayeeBalance,
    PayoutError,
    balances,
    payee_transfers,
    payout_lines,
    statement,
    trial_balance,
)

DAY = 86_400_000_000
PROGRAMS = [CAPPED, OTHER]


@pytest.fixture
def books() -> Iterator[EngineBooks]:
    found = EngineBooks(lambda: DuckDBEngine(threads=1))
    yield found
    found.close()


def due(event_id: str, amount: int, payee_id: str = "ann", of: Any = CAPPED) -> Any:
    key = (of.program_id, 1, "crm", event_id, payee_id)
    return (*key, "firm", amount, 0, of.currency)


def book(books: EngineBooks, *rows: Any, at: int = 0) -> None:
    books.book(run_differences(books, PROGRAMS, rows, at), at)


def pay(books: EngineBooks, at: int = 0) -> list[tuple[str, int, int]]:
    books.pay(run_payouts(books, PROGRAMS, at), at)
    return lines(books)


def lines(books: EngineBooks) -> list[tuple[str, int, int]]:
    return [
        (one.event_id, one.paid_minor, one.withheld_minor)
        for one in payout_lines(books.engine)
    ]


def test_everything_owed_is_paid_once(books: EngineBooks) -> None:
    book(books, due("a", 100), due("b", 50, "bob"))
    assert pay(books) == [("a", 100, 0), ("b", 50, 0)]
    assert pay(books) == []


def test_a_payout_started_twice_has_one_name(books: EngineBooks) -> None:
    book(books, due("a", 100), due("b", 50))
    first = run_payouts(books, PROGRAMS, 5)
    assert first.booking.run_id == run_payouts(books, PROGRAMS, 5).booking.run_id
    assert (first.booking.run_id, first.count, first.program_ids) == ("payout-2", 2, None)


def test_what_is_wanted_back_is_withheld_and_the_first_booked_is_paid_first(
    books: EngineBooks,
) -> None:
    book(books, due("a", 100))
    pay(books)
    book(books, due("z", 40), at=1)  # a is cancelled: 100 is wanted back
    book(books, due("z", 40), due("b", 90), at=2)
    assert pay(books, at=2) == [("z", 30, 10), ("b", 0, 90)]
    book(books, due("z", 40), due("b", 90), at=2)
    assert balances(books.engine) == [PayeeBalance("ann", "USD", 100, 100)]
    assert pay(books, at=2) == [("z", 0, 10), ("b", 0, 90)]


def test_one_currency_does_not_pay_for_another(books: EngineBooks) -> None:
    book(books, due("a", 100))
    pay(books)
    book(books, due("e", 70, of=OTHER))
    assert pay(books) == [("e", 70, 0)]
    assert [(one.currency, one.balance_minor) for one in balances(books.engine)] == [
        ("EUR", 70),
        ("USD", -100),
    ]


def test_a_payee_does_not_pay_for_another(books: EngineBooks) -> None:
    book(books, due("a", 100))
    pay(books)
    book(books, due("b", 70, "bob"))
    assert pay(books) == [("b", 70, 0)]


def test_the_promise_runs_from_the_first_accrual_that_is_not_paid(
    books: EngineBooks,
) -> None:
    book(books, due("a", 100), at=1 * DAY)
    pay(books, at=2 * DAY)
    book(books, due("a", 130), at=10 * DAY)
    book(books, due("a", 150), due("e", 5, of=OTHER), at=20 * DAY)
    pay(books, at=30 * DAY)
    found = {
        one.event_id: (one.unpaid_minor, one.accrued_at, one.promised_at)
        for one in payout_lines(books.engine)
    }
    assert found == {
        "a": (50, 10 * DAY, 24 * DAY),
        "e": (5, 20 * DAY, 25 * DAY),
    }


def test_what_takes_effect_later_is_not_paid_yet(books: EngineBooks) -> None:
    book(books, due("a", 100), at=5)
    assert pay(books, at=4) == []
    assert pay(books, at=5) == [("a", 100, 0)]


def test_payouts_without_the_terms_of_what_is_owed_name_them(books: EngineBooks) -> None:
    book(books, due("a", 100), due("e", 5, of=OTHER))
    with pytest.raises(PayoutError, match="other version 1"):
        run_payouts(books, [CAPPED], 1)


def test_a_statement_runs_through_the_months_of_its_zone(books: EngineBooks) -> None:
    in_january = 30 * DAY + DAY * 11 // 12  # 1970-01-31 22:00 UTC
    book(books, due("a", 100), due("e", 7, of=OTHER), at=in_january)
    pay(books, at=in_january + DAY)
    book(books, due("a", 60), due("e", 7, of=OTHER), at=in_january + 2 * DAY)
    rows = payee_transfers(books.engine, "ann")
    shown = statement(rows[::-1], payee_id="ann")
    assert [
        (
            one.month,
            one.currency,
            one.opening_minor,
            [line.change_minor for line in one.lines],
            one.closing_minor,
        )
        for one in shown.months
    ] == [
        ("1970-01", "USD", 0, [100], 100),
        ("1970-01", "EUR", 0, [7], 7),
        ("1970-02", "USD", 100, [-100, -40], -40),
        ("1970-02", "EUR", 7, [-7], 0),
    ]
    assert shown.balances == {"USD": -40, "EUR": 0}
    in_berlin = statement(rows, payee_id="ann", zone="Europe/Paris")
    assert {one.month for one in in_berlin.months} == {"1970-01", "1970-02"}
    in_kiribati = statement(rows, payee_id="ann", zone="Asia/Tokyo")
    assert {one.month for one in in_kiribati.months} == {"1970-02"}
    assert in_kiribati.balances == shown.balances


def test_debits_equal_credits_on_every_day(books: EngineBooks) -> None:
    book(books, due("a", 100), due("e", 7, of=OTHER))
    pay(books)
    book(books, due("a", 60))
    found = trial_balance(books.engine)
    assert found.is_balanced
    assert found.totals == {"USD": (240, 240), "EUR": (21, 21)}
    assert [
        (one.account, one.debit_minor, one.credit_minor)
        for one in found.accounts
        if one.currency == "USD"
    ] == [
        ("cash", 0, 100),
        ("expense:capped", 100, 40),
        ("payable:ann", 100, 100),
        ("receivable:ann", 40, 0),
    ]
