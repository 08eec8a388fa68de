"""Does verify find what somebody changed behind our back?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from generative.books_backends import EngineBooks, run_differences, run_payouts
from generative.books_world import CAPPED, KEEPS, OTHER, program

from openspiff.engine import DuckDBEngine
from openspiff.ledger import LAWS, verify
from openspiff.program import Caps

PROGRAMS = [CAPPED, KEEPS, OTHER]
ROWS = [
    ("capped", 1, "crm", "a", "ann", "firm", 100, 0, "USD"),
    ("capped", 1, "crm", "b", "ann", "firm", 50, 0, "USD"),
    ("keeps", 1, "crm", "k", "bob", "firm", 70, 0, "USD"),
    ("other", 1, "crm", "e", "bob", "firm", 30, 0, "EUR"),
]
LATER = [(*ROWS[0][:6], 40, 0, "USD"), ROWS[3]]


@pytest.fixture
def books() -> Iterator[EngineBooks]:
    """Return books in which everything was accrued and paid, and some taken back."""
    found = EngineBooks(lambda: DuckDBEngine(threads=1))
    found.book(run_differences(found, PROGRAMS, ROWS, 1), 1)
    found.pay(run_payouts(found, PROGRAMS, 2), 2)
    found.book(run_differences(found, PROGRAMS, LATER, 3), 3)
    yield found
    found.close()


def broken(books: EngineBooks) -> set[tuple[str, str]]:
    found = verify(books.engine, programs=PROGRAMS, with_entitled=True)
    assert all(str(one).startswith(LAWS[one.law]) for one in found)
    return {(one.law, one.place) for one in found}


def test_sound_books_break_no_law(books: EngineBooks) -> None:
    assert broken(books) == set()


def where(sequence: int, change: str) -> str:
    return f"update booked_transfers set {change} where sequence = {sequence}"


def of_kind(kind: str, change: str) -> str:
    return f"update booked_transfers set {change} where kind = '{kind}'"


SWAPPED = "debit_account = credit_account, credit_account = debit_account"
AGAIN = (
    "insert into booked_transfers select * replace (99 as sequence) from booked_transfers"
)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (where(1, "amount_minor = -5"), "law_01"),
        (where(1, "currency = 'US'"), "law_01"),
        (where(1, "kind = 'gift'"), "law_01"),
        (where(1, "credit_account = 'payable:bob'"), "law_01"),
        (of_kind("clawback", SWAPPED), "law_01"),
        ("delete from booked_transfers where sequence = 2", "law_02"),
        (of_kind("clawback", "corrects = ''"), "law_02"),
        (of_kind("clawback", "reason = ''"), "law_02"),
        (of_kind("payout", "corrects = 'x'"), "law_02"),
        (where(1, "event_id = 'z'"), "law_03"),
        (f"{AGAIN} where sequence = 1", "law_03"),
        (where(1, "number = 9"), "law_03"),
        (where(1, "amount_minor = 99"), "law_04"),
        (of_kind("clawback", "amount_minor = 101"), "law_04"),
        (where(1, "currency = 'CHF'"), "law_05"),
        ("insert into entitled select * from entitled where event_id = 'a'", "law_05"),
        (where(1, "amount_minor = 101"), "law_06"),
        ("update entitled set amount_minor = 41 where event_id = 'a'", "law_06"),
        (where(1, "amount_minor = 2000"), "law_08"),
        (where(1, "credit_account = 'payable:bob'"), "law_14"),
    ],
)
def test_a_change_behind_our_back_is_named(
    books: EngineBooks, change: str, expected: str
) -> None:
    books.engine.execute(change)
    assert expected in {law for law, _ in broken(books)}


def test_a_broken_law_names_its_key(books: EngineBooks) -> None:
    books.engine.execute(
        "update booked_transfers set amount_minor = amount_minor - 1 where event_id = 'b'"
        " and kind = 'accrual'"
    )
    assert ("law_04", "capped/crm/b/ann/2") in broken(books)
    assert ("law_06", "capped/crm/b/ann") in broken(books)


def test_money_that_the_terms_leave_with_the_payee_breaks_no_law(
    books: EngineBooks,
) -> None:
    held = books.engine.query(
        "select sum(amount_minor) from booked_transfers"
        " where program_id = 'keeps' and kind in ('reversal', 'clawback')"
    )
    assert held == [(None,)]
    assert broken(books) == set()


def test_a_limit_counts_at_the_end_of_every_run_not_only_today(
    books: EngineBooks,
) -> None:
    # 150 were booked for a while, 40 today.
    tight = program("capped", caps=Caps(budget=120))
    found = verify(books.engine, programs=[tight])
    assert [(one.law, one.message) for one in found] == [("law_08", "150 of at most 120")]
    personal = program("capped", caps=Caps(payee_cap=149, budget=150))
    found = verify(books.engine, programs=[personal])
    assert [one.place.split(" at ")[0] for one in found] == ["capped/ann"]


def test_the_widest_limit_of_all_versions_counts(books: EngineBooks) -> None:
    tight = program("capped", caps=Caps(budget=120))
    assert verify(books.engine, programs=[tight, CAPPED]) == ()
    assert verify(books.engine, programs=[tight, program("capped")]) == ()
