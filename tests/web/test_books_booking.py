"""Is a run booked once, whole, and only on the books that it has read?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
import pytest
from databases import Database
from django.db import IntegrityError, transaction
from generative.books_backends import (
    DatabaseBooks,
    run_differences,
    run_payouts,
    versions_of,
)
from generative.books_world import CAPPED, KEEPS, OTHER, PROGRAMS

from openspiff.engine import DuckDBEngine
from openspiff.ledger import Booking, Transfers, trial_balance, verify
from openspiff.web.access import NotAllowedError, NotVisibleError
from openspiff.web.actions._append import BooksMovedError, KeyReusedError
from openspiff.web.actions.books import (
    BookingError,
    NothingOwedError,
    RunFacts,
    book_run,
    pay_payees,
)
from openspiff.web.models import AuditRow, PayeeName, PayoutBatch, Run, Transfer, User
from openspiff.web.queries import books as look_up

FACTS = RunFacts(versions=versions_of(PROGRAMS), feed_digest="feed", counts={"events": 3})


def one_thread() -> DuckDBEngine:
    return DuckDBEngine(threads=1)


@pytest.fixture
def books(database: Database) -> Iterator[DatabaseBooks]:  # noqa: ARG001 (connects Django)
    found = DatabaseBooks(one_thread, PROGRAMS)
    yield found
    found.close()


def due(event_id: str, amount: int, of: Any = CAPPED, payee_id: str = "ann") -> Any:
    key = (of.program_id, 1, "crm", event_id, payee_id)
    return (*key, "firm", amount, 0, of.currency)


def book(books: DatabaseBooks, transfers: Transfers, facts: RunFacts = FACTS) -> Run:
    at = transfers.booking.recorded_at
    return book_run(transfers=transfers, run=facts, acting_user=books.user, at=at)


def counts() -> tuple[int, int, int, int]:
    return (
        Transfer.objects.count(),
        Run.objects.count(),
        PayoutBatch.objects.count(),
        AuditRow.objects.count(),
    )


def test_a_run_is_booked_with_its_facts_and_one_audit_row(books: DatabaseBooks) -> None:
    run = book(books, run_differences(books, PROGRAMS, [due("a", 100), due("b", 9)], 7))
    assert (run.after_sequence, run.last_sequence) == (0, 2)
    assert run.totals == {"USD": {"accrual": 109}}
    assert run.feed_digest == "feed"
    assert run.counts == {"events": 3}
    assert {tuple(one) for one in run.versions} == set(versions_of(PROGRAMS))
    assert set(Transfer.objects.values_list("run_id", "recorded_at")) == {(run.run_id, 7)}
    row = AuditRow.objects.get()
    assert (row.action, row.object_id, row.actor) == ("book_run", run.run_id, books.user)
    assert (row.before, row.after) == (
        {"last_sequence": 0},
        {"last_sequence": 2, "totals": run.totals},
    )


def test_a_run_that_is_booked_again_gets_the_first_answer(books: DatabaseBooks) -> None:
    transfers = run_differences(books, PROGRAMS, [due("a", 100), due("b", 9)], 1)
    first = book(books, transfers)
    before = counts()
    assert book(books, transfers) == first
    # The answer was lost, the caller calculated once more on the books it still had.
    later = attrs.evolve(transfers.booking, run_id="run-later", recorded_at=2)
    books.engine.execute("update new_transfers set run_id = 'run-later', recorded_at = 2")
    assert book(books, attrs.evolve(transfers, booking=later)) == first
    assert counts() == before


def test_a_run_without_differences_is_recorded_once(books: DatabaseBooks) -> None:
    rows = [due("a", 100)]
    book(books, run_differences(books, PROGRAMS, rows, 1))
    for at in (2, 3):
        run = book(books, run_differences(books, PROGRAMS, rows, at))
        assert (run.after_sequence, run.last_sequence, run.totals) == (1, 1, {})
    assert counts() == (1, 2, 0, 2)


def test_a_run_that_found_nothing_at_first_may_book_later(books: DatabaseBooks) -> None:
    # As when a draw is held in between: the same question, the same feed, the same books.
    for rows, count in (([], 0), ([due("prize", 500)], 1)):
        transfers = run_differences(books, PROGRAMS, rows, 1)
        booking = attrs.evolve(transfers.booking, run_id="run-draw")
        books.engine.execute("update new_transfers set run_id = 'run-draw'")
        run = book(books, attrs.evolve(transfers, booking=booking))
        assert (run.run_id, run.last_sequence) == ("run-draw", count)
    assert counts() == (1, 2, 0, 2)


def test_the_same_key_with_another_content_is_refused(books: DatabaseBooks) -> None:
    transfers = run_differences(books, PROGRAMS, [due("a", 100), due("b", 9)], 1)
    book(books, transfers)
    before = counts()
    books.engine.execute("update new_transfers set amount_minor = 7 where event_id = 'b'")
    with pytest.raises(KeyReusedError) as caught:
        book(books, transfers)
    assert [one.place for one in caught.value.problems] == ["capped/crm/b/ann/1"]
    assert counts() == before


def test_a_key_that_stands_behind_unmoved_books_is_refused_too(
    books: DatabaseBooks,
) -> None:
    book(books, run_differences(books, PROGRAMS, [due("a", 100)], 1))
    transfers = run_differences(books, PROGRAMS, [due("a", 100), due("b", 9)], 2)
    books.engine.execute(
        "update new_transfers set transfer_key = 'capped/crm/a/ann/1' where event_id = 'b'"
    )
    with pytest.raises(KeyReusedError):
        book(books, transfers)
    assert counts()[0] == 1


def test_a_broken_law_leaves_nothing_half_booked(books: DatabaseBooks) -> None:
    transfers = run_differences(books, PROGRAMS, [due("a", 100), due("b", 9)], 1)
    books.engine.execute("update new_transfers set amount_minor = -9 where event_id = 'b'")
    with pytest.raises(IntegrityError), transaction.atomic():
        book(books, transfers)
    assert counts() == (0, 0, 0, 0)


def test_a_run_on_books_that_have_moved_is_refused(books: DatabaseBooks) -> None:
    other = books.another()
    mine = run_differences(books, PROGRAMS, [due("a", 100)], 1)
    theirs = run_differences(other, PROGRAMS, [due("b", 100)], 1)
    book(books, mine)
    before = counts()
    with pytest.raises(BooksMovedError, match="moved on"):
        book(other, theirs)
    assert counts() == before


def test_runs_of_different_programs_do_not_disturb_each_other(
    books: DatabaseBooks,
) -> None:
    other = books.another()
    mine = run_differences(books, [CAPPED], [due("a", 100)], 1)
    theirs = run_differences(other, [OTHER], [due("e", 5, OTHER), due("f", 6, OTHER)], 1)
    book(books, mine)
    run = book(other, theirs)
    assert (run.after_sequence, run.last_sequence) == (1, 3)
    assert list(
        Transfer.objects.order_by("sequence").values_list("event_id", flat=True)
    ) == [
        "a",
        "e",
        "f",
    ]
    assert books.open() == 3
    assert verify(books.engine, programs=PROGRAMS) == ()


def test_payees_are_paid_once(books: DatabaseBooks) -> None:
    book(books, run_differences(books, PROGRAMS, [due("a", 100), due("b", 9)], 1))
    transfers = run_payouts(books, PROGRAMS, 2)
    first = pay_payees(transfers=transfers, acting_user=books.user, at=2)
    assert (first.payee_count, first.totals) == (1, {"USD": {"payout": 109}})
    before = counts()
    assert pay_payees(transfers=transfers, acting_user=books.user, at=2) == first
    with pytest.raises(NothingOwedError):
        pay_payees(transfers=run_payouts(books, PROGRAMS, 3), acting_user=books.user, at=3)
    assert counts() == before


def test_payouts_on_books_that_have_moved_are_refused(books: DatabaseBooks) -> None:
    book(books, run_differences(books, PROGRAMS, [due("a", 100), due("b", 9)], 1))
    other = books.another()
    transfers = run_payouts(other, PROGRAMS, 2)
    book(books, run_differences(books, PROGRAMS, [due("b", 9)], 2))  # a is cancelled
    with pytest.raises(BooksMovedError):
        pay_payees(transfers=transfers, acting_user=books.user, at=2)
    assert PayoutBatch.objects.count() == 0


def test_a_run_does_not_pay_and_a_payout_does_not_accrue(books: DatabaseBooks) -> None:
    run = run_differences(books, PROGRAMS, [due("a", 100)], 1)
    with pytest.raises(BookingError, match="accrual"):
        pay_payees(transfers=run, acting_user=books.user, at=1)
    book(books, run)
    payouts = run_payouts(books, PROGRAMS, 2)
    with pytest.raises(BookingError, match="payout"):
        book(books, payouts)
    assert counts() == (1, 1, 0, 1)


def test_only_terms_as_launched_are_booked(books: DatabaseBooks) -> None:
    transfers = run_differences(books, PROGRAMS, [due("a", 100)], 1)
    other = attrs.evolve(CAPPED, name="Renamed")
    facts = RunFacts(versions=versions_of([other, KEEPS]))
    with pytest.raises(BookingError) as caught:
        book(books, transfers, facts)
    assert [one.place for one in caught.value.problems] == ["capped version 1", "other"]
    assert counts() == (0, 0, 0, 0)


def test_who_may_not_book_is_refused(books: DatabaseBooks) -> None:
    analyst = User.objects.create(username="ana", role="analyst", created_at=0)
    transfers = run_differences(books, PROGRAMS, [due("a", 100)], 1)
    with pytest.raises(NotAllowedError):
        book_run(transfers=transfers, run=FACTS, acting_user=analyst, at=1)
    with pytest.raises(NotAllowedError):
        pay_payees(transfers=transfers, acting_user=analyst, at=1)
    assert counts() == (0, 0, 0, 0)


HOSTILE = [
    'quo"ted',
    "com,ma",
    "line\nbreak",
    "carriage\r\nreturn",
    "tab\tback\\slash",
    "'; drop table web_transfer; --",
    "NULL",
    "\\N",
    " spaces ",
    "émoji 🤷 中文",
    "%s {} %(x)s",
    "x" * 5_000,
]


def test_any_text_goes_through_the_books_unchanged(books: DatabaseBooks) -> None:
    rows = [
        ("capped", 1, text, text, text, text if place % 2 else "", 100, 0, "USD")
        for place, text in enumerate(HOSTILE)
    ]
    book(books, run_differences(books, PROGRAMS, rows, 1))
    stored = Transfer.objects.values_list("source", "event_id", "payee_id", "firm_id")
    expected = {row[2:6] for row in rows}
    assert set(stored) == expected
    books.open()
    read = books.engine.query(
        "select source, event_id, payee_id, firm_id from booked_transfers"
    )
    assert set(read) == expected
    assert run_differences(books, PROGRAMS, rows, 2).count == 0
    assert verify(books.engine, programs=[KEEPS]) == ()
    look_up.open_books(books.user, books.engine)
    assert set(books.engine.query("select distinct firm_id from booked")) == {
        (row[5],) for row in rows
    }


def test_the_database_the_engine_and_the_statements_say_the_same(
    books: DatabaseBooks,
) -> None:
    first = [due("a", 100), due("b", 50, payee_id="bob"), due("e", 7, OTHER)]
    book(books, run_differences(books, PROGRAMS, first, 1))
    books.pay(run_payouts(books, PROGRAMS, 2), 2)
    book(books, run_differences(books, PROGRAMS, [due("a", 30), due("f", 4, OTHER)], 3))
    books.open()
    assert look_up.accounts_now(books.user) == trial_balance(books.engine)
    balances = look_up.payee_balances(books.user, ["ann", "bob", "nobody"])
    assert [(one.payee_id, one.currency, one.balance_minor) for one in balances] == [
        ("ann", "EUR", 4 - 7),
        ("ann", "USD", -70),
        ("bob", "USD", -50),
    ]
    shown = look_up.payee_statement(books.user, "ann")
    assert shown.balances == {"EUR": -3, "USD": -70}
    assert look_up.program_sums(books.user, "other") == {
        "EUR": {"accrual": 11, "reversal": 0, "payout": 7, "clawback": 7}
    }
    assert [one.last_sequence for one in look_up.latest_runs(books.user)] == [10, 3]
    assert [one.last_sequence for one in look_up.latest_payouts(books.user)] == [6]


def test_nobody_reads_the_books_of_strangers(books: DatabaseBooks) -> None:
    book(books, run_differences(books, PROGRAMS, [due("a", 100)], 1))
    for payee_id, firm_id in (("ann", "north"), ("bob", "south")):
        PayeeName.objects.create(payee_id=payee_id, name=payee_id, firm_id=firm_id)
    made = {"created_at": 0}
    ann = User.objects.create(username="ann", role="payee", payee_id="ann", **made)
    bob = User.objects.create(username="bob", role="payee", payee_id="bob", **made)
    owner = User.objects.create(
        username="owner", role="firm_owner", firm_id="north", **made
    )
    for viewer in (ann, owner):
        assert look_up.payee_statement(viewer, "ann").balances == {"USD": 100}
        assert len(look_up.payee_balances(viewer, ["ann", "bob"])) == 1
    with pytest.raises(NotVisibleError):
        look_up.payee_statement(bob, "ann")
    assert look_up.payee_balances(bob, ["ann"]) == []
    for viewer in (ann, bob, owner):
        for look in (look_up.accounts_now, look_up.latest_runs, look_up.latest_payouts):
            with pytest.raises(NotVisibleError):
                look(viewer)
        with pytest.raises(NotVisibleError):
            look_up.open_books(viewer, books.engine)
        with pytest.raises(NotVisibleError):
            look_up.program_sums(viewer, "capped")


def test_books_that_end_before_the_run_began_refuse_it(books: DatabaseBooks) -> None:
    transfers = run_differences(books, PROGRAMS, [due("a", 1)], 1)
    booking = attrs.evolve(transfers.booking, after=5)
    assert isinstance(booking, Booking)
    with pytest.raises(BooksMovedError):
        book(books, attrs.evolve(transfers, booking=booking))
    assert counts() == (0, 0, 0, 0)
