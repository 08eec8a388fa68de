"""What is booked when what is due changes?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from generative.books_backends import EngineBooks, run_differences, run_payouts
from generative.books_world import CAPPED, KEEPS, OTHER, program

from openspiff.engine import DuckDBEngine
from openspiff.ledger import (
    TRANSFER_COLUMNS,
    Booking,
    EntitledError,
    Kind,
    accounts,
    differences,
    name_run,
    open_books,
)
from openspiff.program import Program


@pytest.fixture
def books() -> Iterator[EngineBooks]:
    found = EngineBooks(lambda: DuckDBEngine(threads=1))
    yield found
    found.close()


def due(
    event_id: str,
    amount: int,
    *,
    payee_id: str = "ann",
    of: Program = CAPPED,
    tickets: int = 0,
    currency: str = "",
    version: int = 1,
) -> tuple[Any, ...]:
    key = (of.program_id, version, "crm", event_id, payee_id)
    return (*key, "firm", amount, tickets, currency or of.currency)


def book(books: EngineBooks, *rows: tuple[Any, ...], at: int = 1) -> list[tuple[Any, ...]]:
    transfers = run_differences(books, [CAPPED, KEEPS, OTHER], rows, at)
    books.book(transfers, at)
    return moved(books)


def pay(books: EngineBooks, at: int = 1) -> list[tuple[Any, ...]]:
    books.pay(run_payouts(books, [CAPPED, KEEPS, OTHER], at), at)
    return moved(books)


def moved(books: EngineBooks) -> list[tuple[Any, ...]]:
    return books.engine.query(
        "select kind, event_id, amount_minor from new_transfers order by sequence"
    )


def test_what_is_due_is_accrued_once(books: EngineBooks) -> None:
    assert book(books, due("a", 100), due("b", 5)) == [
        ("accrual", "a", 100),
        ("accrual", "b", 5),
    ]
    assert book(books, due("b", 5), due("a", 100)) == []


def test_more_is_accrued_and_less_is_reversed(books: EngineBooks) -> None:
    book(books, due("a", 100), due("b", 100), due("c", 100))
    assert book(books, due("a", 130), due("b", 70)) == [
        ("accrual", "a", 30),
        ("reversal", "b", 30),
        ("reversal", "c", 100),
    ]


def test_cancelled_deal_is_clawed_back_once_paid(books: EngineBooks) -> None:
    book(books, due("a", 100))
    pay(books)
    assert book(books) == [("clawback", "a", 100)]
    assert book(books) == []


def test_partial_refund_takes_back_only_its_part(books: EngineBooks) -> None:
    book(books, due("a", 100))
    pay(books)
    assert book(books, due("a", 60)) == [("clawback", "a", 40)]


def test_what_is_not_yet_paid_is_reversed_before_paid_money_is_wanted_back(
    books: EngineBooks,
) -> None:
    book(books, due("a", 100))
    pay(books)
    book(books, due("a", 150))
    assert book(books, due("a", 80)) == [("reversal", "a", 50), ("clawback", "a", 20)]


def test_restored_deal_is_accrued_again_after_a_clawback(books: EngineBooks) -> None:
    book(books, due("a", 100))
    pay(books)
    book(books)
    assert book(books, due("a", 100)) == [("accrual", "a", 100)]
    assert pay(books) == []  # it has the money, and owes as much as it is owed


def test_terms_without_clawback_leave_paid_money_and_reverse_the_rest(
    books: EngineBooks,
) -> None:
    book(books, due("a", 100, of=KEEPS), due("b", 40, of=KEEPS))
    pay(books)
    book(books, due("a", 150, of=KEEPS))
    assert book(books) == [("reversal", "a", 50)]
    assert book(books) == []


def test_programs_that_were_not_evaluated_stay_untouched(books: EngineBooks) -> None:
    book(books, due("a", 100), due("b", 7, of=OTHER))
    transfers = run_differences(books, [OTHER], [], 2)
    assert transfers.program_ids == {"other"}
    assert moved(books) == [("reversal", "b", 7)]


def test_tickets_are_not_money(books: EngineBooks) -> None:
    assert book(books, due("a", 0, tickets=3)) == []


def test_transfers_continue_the_books_in_the_order_of_their_keys(
    books: EngineBooks,
) -> None:
    rows = [due(f"d{n}", n + 1, payee_id=f"p{n % 3}") for n in range(50)]
    book(books, *rows[:20])
    book(books, *rows[::-1])
    found = books.engine.query(
        "select sequence, transfer_key from new_transfers order by sequence"
    )
    assert [sequence for sequence, _ in found] == list(range(21, 51))
    assert [key for _, key in found] == sorted(key for _, key in found)


def test_names_with_slashes_never_make_one_key_of_two(books: EngineBooks) -> None:
    rows = [due("a/b", 1, payee_id="c"), due("a", 1, payee_id="b/c"), due("a%2Fb", 1)]
    book(books, *rows)
    keys = books.engine.query("select transfer_key from new_transfers order by 1")
    assert keys == [
        ("capped/crm/a%252Fb/ann/1",),
        ("capped/crm/a%2Fb/c/1",),
        ("capped/crm/a/b%2Fc/1",),
    ]


def test_a_correction_names_what_it_corrects_and_why(books: EngineBooks) -> None:
    book(books, due("a", 100))
    book(books, due("a", 120))
    book(books)
    assert books.engine.query(
        "select transfer_key, corrects, reason from new_transfers"
    ) == [
        ("capped/crm/a/ann/3", "capped/crm/a/ann/2", "worth less than booked, not yet paid")
    ]


def test_every_kind_moves_money_between_the_accounts_of_its_kind(
    books: EngineBooks,
) -> None:
    book(books, due("a", 100), due("b", 100))
    pay(books)
    book(books, due("a", 150))
    book(books, due("a", 20))
    found = books.engine.query(
        "select distinct kind, debit_account, credit_account from booked_transfers"
    )
    assert {kind for kind, _, _ in found} == set(Kind)
    for kind, debit, credit in found:
        expected = accounts(Kind(kind), program_id="capped", payee_id="ann")
        assert (debit, credit) == (expected.debit, expected.credit)


def test_books_are_kept_in_parquet_files_without_a_database(tmp_path: Path) -> None:
    with DuckDBEngine(threads=1) as engine:
        paths = []
        for number, amount in enumerate((100, 60), start=1):
            after = open_books(engine, paths)
            engine.execute(
                f"create or replace table entitled as select 'capped' as program_id,"
                f" 1::bigint as version, 'crm' as source, 'a' as event_id,"
                f" 'ann' as payee_id, '' as firm_id, {amount}::bigint as amount_minor,"
                f" 0::bigint as tickets, 'USD' as currency"
            )
            booking = Booking(
                run_id=f"run-{number}", effective_at=1, recorded_at=1, after=after
            )
            transfers = differences(engine, programs=[CAPPED], booking=booking)
            paths.append(tmp_path / f"{number}.parquet")
            transfers.write_parquet(paths[-1])
        assert open_books(engine, paths) == 2
        assert engine.columns("booked_transfers") == list(TRANSFER_COLUMNS)
        assert engine.query("select accrued_minor, reversed_minor from booked") == [
            (100, 40)
        ]


def test_every_entitlement_that_cannot_be_booked_is_named(books: EngineBooks) -> None:
    book(books, due("old", 1))
    with pytest.raises(EntitledError) as caught:
        book(
            books,
            due("twice", 1),
            due("twice", 1),
            due("negative", -1),
            due("second", 1, version=2),
            due("dollars", 1, of=OTHER, currency="USD"),
            due("unknown", 1, of=program("unknown")),
        )
    assert [(one.place, one.message) for one in caught.value.problems] == [
        ("capped version 2", "its terms were not given"),
        ("capped/crm/negative/ann", "the amount is below zero: -1"),
        ("capped/crm/twice/ann", "the same entitlement stands 2 times"),
        ("other", "the currency is USD where the terms say EUR"),
        ("unknown version 1", "its terms were not given"),
    ]
    assert book(books, due("old", 1)) == []


def test_a_booked_version_whose_terms_are_missing_is_named(books: EngineBooks) -> None:
    book(books, due("a", 1))
    second = program("capped", currency="USD")
    with pytest.raises(EntitledError, match="capped version 1"):
        run_differences(books, [_version_2(second)], [], 2)


def _version_2(first: Program) -> Program:
    import attrs  # noqa: PLC0415

    day = first.window.starts_on
    return attrs.evolve(first, version=2, takes_recorded_from=day)


def test_a_run_is_named_after_its_question_and_its_books() -> None:
    versions = [("b", 1, "hash"), ("a", 2, "hash")]
    name = name_run(versions, feed_digest="feed", after=7)
    assert name == name_run(versions[::-1], feed_digest="feed", after=7)
    others = {
        name_run(versions[:1], feed_digest="feed", after=7),
        name_run(versions, feed_digest="other", after=7),
        name_run(versions, feed_digest="feed", after=8),
    }
    assert len(others | {name}) == 4
    assert len(name) <= 40
