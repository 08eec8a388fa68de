"""What when several write at the same moment? One is first, the others are told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from databases import Database
from django.db import connection, connections, transaction
from generative.books_backends import (
    DatabaseBooks,
    EngineBooks,
    accountant,
    launch,
    run_differences,
    run_payouts,
    versions_of,
)
from generative.books_world import CAPPED, PROGRAMS

from openspiff.engine import DuckDBEngine
from openspiff.web.actions._append import BooksMovedError
from openspiff.web.actions.books import RunFacts, book_run, pay_payees
from openspiff.web.models import AuditRow, PayoutBatch, Run, Transfer
from openspiff.web.queries.books import program_sums

WRITERS = 6


def one_thread() -> DuckDBEngine:
    return DuckDBEngine(threads=1)


@pytest.fixture
def books(database: Database) -> Iterator[DatabaseBooks]:  # noqa: ARG001 (connects Django)
    found = DatabaseBooks(one_thread, PROGRAMS)
    yield found
    found.close()


def due(event_id: str, amount: int, payee_id: str = "ann") -> Any:
    key = (CAPPED.program_id, 1, "crm", event_id, payee_id)
    return (*key, "firm", amount, 0, CAPPED.currency)


def counts() -> tuple[int, int, int, int]:
    return (
        Transfer.objects.count(),
        Run.objects.count(),
        PayoutBatch.objects.count(),
        AuditRow.objects.count(),
    )


def at_once(
    books: DatabaseBooks, write: Callable[[DatabaseBooks, int, Any], Any]
) -> list[Any]:
    """Let several write, each on a connection of its own; return their answers in order.

    `write` calculates, calls what it is given, and then books: nobody books before all have
    calculated.
    """
    barrier = threading.Barrier(WRITERS)

    def work(number: int) -> Any:
        try:
            return write(books.another(), number, lambda: barrier.wait(timeout=120))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(work, range(WRITERS)))


def test_runs_at_once_cannot_spend_the_budget_twice(books: DatabaseBooks) -> None:
    # Each writer has seen another deal, and each finds the whole budget unspent.
    budget = CAPPED.caps.budget or 0

    def write(mine: DatabaseBooks, number: int, wait: Callable[[], Any]) -> str:
        rows = [due(f"deal-{number}", budget, f"p{number}")]
        transfers = run_differences(mine, PROGRAMS, rows, 1)
        wait()
        try:
            mine.book(transfers, 1)
        except BooksMovedError:
            return "refused"
        return "booked"

    assert sorted(at_once(books, write)) == ["booked", *["refused"] * (WRITERS - 1)]
    assert program_sums(books.user, "capped")["USD"]["accrual"] == budget
    assert counts() == (1, 1, 0, 1)


def test_the_same_run_at_once_is_booked_once(books: DatabaseBooks) -> None:
    rows = [due(f"deal-{number}", 10) for number in range(50)]
    facts = RunFacts(versions=versions_of(PROGRAMS))

    def write(mine: DatabaseBooks, _number: int, wait: Callable[[], Any]) -> str:
        transfers = run_differences(mine, PROGRAMS, rows, 1)
        wait()
        return book_run(transfers=transfers, run=facts, acting_user=mine.user, at=1).run_id

    assert len(set(at_once(books, write))) == 1
    assert counts() == (50, 1, 0, 1)


def test_a_payout_started_by_several_at_once_is_paid_once(books: DatabaseBooks) -> None:
    books.book(run_differences(books, PROGRAMS, [due("a", 100), due("b", 9)], 1), 1)

    def write(mine: DatabaseBooks, _number: int, wait: Callable[[], Any]) -> str:
        transfers = run_payouts(mine, PROGRAMS, 2)
        wait()
        return pay_payees(transfers=transfers, acting_user=mine.user, at=2).run_id

    assert set(at_once(books, write)) == {"payout-2"}
    assert counts() == (4, 1, 1, 2)


def test_every_connection_writes_with_the_lock_in_hand(database: Database) -> None:
    # What SQLite keeps apart by itself, as long as the settings say IMMEDIATE.
    if database.vendor == "sqlite":
        connection.ensure_connection()
        assert connection.transaction_mode == "IMMEDIATE"
        with connection.cursor() as cursor:
            for pragma, value in (("recursive_triggers", 1), ("synchronous", 2)):
                assert cursor.execute(f"PRAGMA {pragma}").fetchone() == (value,)
    else:
        launch([CAPPED], accountant())
        plain = EngineBooks(one_thread)
        transfers = run_differences(plain, [CAPPED], [due("a", 1)], 1)
        facts = RunFacts(versions=versions_of([CAPPED]))
        with transaction.atomic():
            book_run(transfers=transfers, run=facts, acting_user=accountant(), at=1)
            plain.close()
            with connection.cursor() as cursor:
                cursor.execute(
                    "select mode from pg_locks where relation = 'web_transfer'::regclass"
                    " and mode = 'ShareRowExclusiveLock'"
                )
                assert cursor.fetchall() == [("ShareRowExclusiveLock",)]
