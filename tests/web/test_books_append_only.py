"""Can anybody change what is on the books?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from databases import Database
from django.db import DatabaseError, IntegrityError, connection, transaction
from generative.books_backends import DatabaseBooks, run_differences, run_payouts
from generative.books_world import PROGRAMS

from openspiff.engine import DuckDBEngine
from openspiff.web.models import PayoutBatch, Run, Transfer

ROWS = [
    ("capped", 1, "crm", "a", "ann", "firm", 100, 0, "USD"),
    ("capped", 1, "crm", "b", "ann", "firm", 50, 0, "USD"),
]
SOUND = {
    "sequence": 5,
    "transfer_key": "capped/crm/c/ann/1",
    "kind": "accrual",
    "debit_account": "expense:capped",
    "credit_account": "payable:ann",
    "amount_minor": 5,
    "currency": "USD",
    "program_id": "capped",
    "version": 1,
    "source": "crm",
    "event_id": "c",
    "payee_id": "ann",
    "firm_id": "",
    "number": 1,
    "run_id": "run",
    "effective_at": 1,
    "recorded_at": 1,
    "reason": "earned",
    "corrects": "",
}


@pytest.fixture
def books(database: Database) -> Iterator[DatabaseBooks]:  # noqa: ARG001 (connects Django)
    found = DatabaseBooks(lambda: DuckDBEngine(threads=1), PROGRAMS)
    found.book(run_differences(found, PROGRAMS, ROWS, 1), 1)
    found.pay(run_payouts(found, PROGRAMS, 2), 2)
    yield found
    found.close()


@pytest.mark.parametrize("record", [Transfer, Run, PayoutBatch])
def test_rows_are_only_ever_added(books: DatabaseBooks, record: type) -> None:
    assert books.open() == 4
    before = list(record.objects.order_by("pk").values())
    assert before
    first = record.objects.order_by("pk")[0]
    table, columns = names_of(record)
    attempts = [
        lambda: record.objects.update(effective_at=9),
        lambda: record.objects.filter(pk=first.pk).delete(),
        lambda: record.objects.all().delete(),
        first.save,
        lambda: _execute(f"UPDATE {table} SET recorded_at = 9"),
        lambda: _execute(f"DELETE FROM {table}"),
        lambda: record.objects.bulk_create(
            [first], update_conflicts=True, unique_fields=["pk"], update_fields=["run_id"]
        ),
    ]
    if connection.vendor == "postgresql":
        attempts.append(lambda: _execute(f"TRUNCATE {table} CASCADE"))
    else:
        attempts.append(
            lambda: _execute(f"REPLACE INTO {table} ({columns}) SELECT * FROM {table}")
        )
    for attempt in attempts:
        with pytest.raises(DatabaseError, match="refuses"), transaction.atomic():
            attempt()
    assert list(record.objects.order_by("pk").values()) == before


def names_of(record: type) -> tuple[str, str]:
    meta = record._meta  # noqa: SLF001 (Django's documented name for it)
    return meta.db_table, ", ".join(field.column for field in meta.fields)


def _execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def test_a_sound_row_is_accepted(books: DatabaseBooks) -> None:
    Transfer.objects.create(**SOUND)
    assert books.open() == 5


@pytest.mark.parametrize(
    "fault",
    [
        {"amount_minor": 0},
        {"amount_minor": -5},
        {"credit_account": "expense:capped"},
        {"kind": "gift"},
        {"currency": "US"},
        {"corrects": "capped/crm/a/ann/1"},
        {"kind": "clawback"},
        {"kind": "reversal", "corrects": "capped/crm/a/ann/1", "reason": ""},
        {"transfer_key": "capped/crm/a/ann/1"},
    ],
    ids=str,
)
def test_a_row_that_breaks_a_law_is_refused(
    books: DatabaseBooks, fault: dict[str, object]
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Transfer.objects.create(**SOUND | fault)
    assert books.open() == 4
