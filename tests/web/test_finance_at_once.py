"""What when two approve, pay or prepare at the same moment? One wins, the other is told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from databases import Database
from django.db import connections
from finance_world import approve, new_batch, owed_now, pay, prepare
from generative.books_backends import DatabaseBooks, run_differences
from generative.books_world import CAPPED, PROGRAMS

from openspiff.engine import DuckDBEngine
from openspiff.web.actions import approvals as acts
from openspiff.web.actions._append import BooksMovedError
from openspiff.web.actions.conflict import ConflictError
from openspiff.web.models import ApprovalBatch, ApprovalStep, PayeeName, PayoutBatch, User


def one_thread() -> DuckDBEngine:
    return DuckDBEngine(threads=1)


@pytest.fixture
def books(database: Database) -> Iterator[DatabaseBooks]:  # noqa: ARG001 (connects Django)
    """Yield books in which ann and bob are owed something."""
    found = DatabaseBooks(one_thread, PROGRAMS)
    rows = [
        (CAPPED.program_id, 1, "crm", event_id, payee_id, "firm", 100, 0, CAPPED.currency)
        for event_id, payee_id in (("a", "ann"), ("b", "bob"))
    ]
    found.book(run_differences(found, PROGRAMS, rows, 1), 1)
    for payee_id in ("ann", "bob"):
        PayeeName.objects.create(payee_id=payee_id, name=payee_id, firm_id="firm")
    yield found
    found.close()


@pytest.fixture
def people(books: DatabaseBooks) -> list[Any]:
    """Return four people of finance."""
    assert books.user.pk
    return [
        User.objects.create(username=f"f{number}", role="finance", created_at=0)
        for number in range(4)
    ]


def at_once(users: list[Any], act: Callable[[Any], Any]) -> list[str]:
    """Let all act at the same moment, each on a connection of their own."""
    barrier = threading.Barrier(len(users))

    def work(user: Any) -> str:
        try:
            barrier.wait(timeout=120)
            act(user)
        except ConflictError as error:
            return error.code
        finally:
            connections.close_all()
        return "done"

    with ThreadPoolExecutor(len(users)) as pool:
        return sorted(pool.map(work, users))


def test_of_two_approvers_one_wins_and_the_other_is_told(people: list[Any]) -> None:
    batch = prepare(people[0], 2)
    answers = at_once(people[1:], lambda user: approve(batch, user, 3))
    assert answers == ["batch_state", "batch_state", "done"]
    assert ApprovalStep.objects.filter(state="approved").count() == 1


def test_approvals_of_distinct_people_are_all_counted(people: list[Any]) -> None:
    batch = prepare(people[0], 2, needed_count=3)
    assert at_once(people[1:], lambda user: approve(batch, user, 3)) == ["done"] * 3
    assert ApprovalBatch.objects.get().state == "approved"


def test_a_batch_is_paid_once_however_many_pay_it(people: list[Any]) -> None:
    batch = prepare(people[0], 2)
    approve(batch, people[1], 3)
    answers = at_once(people, lambda user: pay(batch, user, 4))
    assert answers.count("done") == 1
    assert set(answers) <= {"done", "already_paid", "batch_moved"}
    assert PayoutBatch.objects.get().totals == {CAPPED.currency: {"payout": 200}}
    assert ApprovalStep.objects.filter(state="paid").count() == 1


def test_money_is_prepared_into_one_batch_only(people: list[Any]) -> None:
    shown = new_batch(owed_now(people[0], 2))

    def propose(user: Any) -> None:
        acts.prepare_batch(batch=shown, needed_count=1, acting_user=user, at=3)

    answers = at_once(people, propose)
    assert answers == ["done", *["in_other_batch"] * 3]
    assert ApprovalBatch.objects.count() == 1


def test_paying_and_booking_at_once_never_pay_what_was_taken_back(
    books: DatabaseBooks, people: list[Any]
) -> None:
    batch = prepare(people[0], 2)
    approve(batch, people[1], 3)

    def write(user: Any) -> None:
        if user is people[0]:
            pay(batch, user, 4)
            return
        mine = books.another()
        mine.book(run_differences(mine, PROGRAMS, [], 4), 4)  # both were cancelled

    answers = at_once(people[:2], write)
    assert "done" in answers
    assert set(answers) <= {"done", "batch_moved", BooksMovedError.code}
