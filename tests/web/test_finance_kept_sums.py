"""Are the kept sums those of the transfers, whatever was booked, and who notices?"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from databases import Database
from django.db import connection, transaction
from django.test import Client
from generative.books_backends import DatabaseBooks, run_differences, run_payouts
from generative.books_world import CAPPED, OTHER, PROGRAMS
from web_world import World

from openspiff.engine import DuckDBEngine
from openspiff.ledger import verify
from openspiff.web.access import NotVisibleError
from openspiff.web.actions import kept_sums as acts
from openspiff.web.models import (
    KeptBooking,
    KeptOwed,
    KeptPayee,
    KeptTwice,
    Transfer,
    User,
    sums_reach,
)
from openspiff.web.queries.account_lines import account_lines
from openspiff.web.queries.books import accounts_now
from openspiff.web.queries.kept_sums import SumsBehindError, check_sums

KEPT = (KeptBooking, KeptPayee, KeptOwed, KeptTwice)


@pytest.fixture
def books(database: Database) -> Iterator[DatabaseBooks]:  # noqa: ARG001 (connects Django)
    found = DatabaseBooks(lambda: DuckDBEngine(threads=1), PROGRAMS)
    yield found
    found.close()


def due(event_id: str, amount: int, payee_id: str, of: Any = CAPPED) -> tuple[Any, ...]:
    key = (of.program_id, 1, "crm", event_id, payee_id)
    return (*key, "firm", amount, 0, of.currency)


def broken(books: DatabaseBooks) -> list[str]:
    """Return what `verify` says of the kept sums."""
    books.open()
    books.load_kept()
    found = verify(books.engine, programs=PROGRAMS, with_kept=True)
    return [str(one) for one in found if "kept sums" in one.place]


def said() -> list[list[tuple[Any, ...]]]:
    """Return everything that is kept, without the numbers of rows."""
    found = []
    for model in KEPT:
        names = [
            field.name
            for field in model._meta.fields  # noqa: SLF001 (documented by Django)
            if field.name not in {"id", "through_sequence", "transfer_count"}
        ]
        found.append(sorted(model.objects.values_list(*names)))
    return found


@pytest.mark.parametrize("seed", [1, 2])
def test_sums_follow_every_run_payout_and_clawback(books: DatabaseBooks, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 (no secret)
    amounts: dict[tuple[str, str, str], int] = {}
    kinds, is_in_part = set(), False
    for at in range(1, 9):
        # The first run concerns everybody, the next ones a few: only these are made anew.
        for number in range(90 if at == 1 else 6):
            payee_id = f"p{chance.randrange(40)}"
            event_id = chance.choice(["x", " X", "y", f"e{chance.randrange(30)}"])
            key = (chance.choice([CAPPED, OTHER]).program_id, event_id, payee_id)
            if at > 1 and number % 2:  # more is due for a known event, or less
                key = chance.choice(sorted(amounts))
            amounts[key] = chance.randrange(0, 4)
        programs = {one.program_id: one for one in (CAPPED, OTHER)}
        rows = [
            due(event_id, amount, payee_id, programs[program_id])
            for (program_id, event_id, payee_id), amount in amounts.items()
            if amount
        ]
        known = KeptPayee.objects.count()
        transfers = run_differences(books, PROGRAMS, rows, at)
        is_in_part |= transfers.payee_count() * 4 < known
        books.book(transfers, at)
        if at % 3 == 0:
            books.pay(run_payouts(books, PROGRAMS, at), at)
        assert broken(books) == [], at
        reach, last = sums_reach()
        assert reach == last == Transfer.objects.count()
        kinds |= set(Transfer.objects.values_list("kind", flat=True).distinct())
    assert is_in_part
    assert kinds == {"accrual", "reversal", "payout", "clawback"}
    assert KeptTwice.objects.exists()
    kept = said()
    assert acts.renew_sums() is False
    assert acts.renew_sums(is_forced=True) is True
    renewed = said()
    assert renewed[1:] == kept[1:]
    assert broken(books) == []
    by_side: dict[tuple[str, str], int] = {}
    for one in accounts_now(books.user).accounts:
        key = (one.account.partition(":")[0], one.currency)
        by_side[key] = by_side.get(key, 0) + one.debit_minor - one.credit_minor
    lines: dict[tuple[str, str], int] = {}
    for line in account_lines(books.user):
        key = (line.kind, line.currency)
        lines[key] = lines.get(key, 0) + line.balance_minor
    assert lines == by_side


def test_a_booking_that_is_undone_leaves_no_sum(books: DatabaseBooks) -> None:
    books.book(run_differences(books, PROGRAMS, [due("a", 5, "ann")], 1), 1)
    before = said()
    rows = [due("a", 5, "ann"), due("b", 7, "ann")]
    transfers = run_differences(books, PROGRAMS, rows, 2)
    with transaction.atomic():
        books.book(transfers, 2)
        assert said() != before
        transaction.set_rollback(True)
    assert said() == before
    assert broken(books) == []


_CHILD = """
import sys
from pathlib import Path
from openspiff import web
web.setup(Path(sys.argv[1]))
from generative.books_backends import DatabaseBooks, accountant
from generative.books_backends import run_differences, versions_of
from generative.books_world import PROGRAMS
from openspiff.engine import DuckDBEngine
books = object.__new__(DatabaseBooks)
books.engine, books.user = DuckDBEngine(threads=1), accountant()
books.versions = versions_of(PROGRAMS)
books.book(run_differences(books, PROGRAMS, eval(sys.argv[2]), 2), 2)
"""


def test_a_process_that_ends_in_between_leaves_no_sum(
    books: DatabaseBooks, database: Database, tmp_path: Path
) -> None:
    rows = [due("a", 5, "ann")]
    books.book(run_differences(books, PROGRAMS, rows, 1), 1)
    before = said()
    if database.path is not None:
        (tmp_path / "openspiff.sqlite3").symlink_to(database.path)
    (tmp_path / "secret.key").write_text("key")
    connection.close()

    def child(point: str) -> int:
        tests = Path(__file__).parents[1]
        return subprocess.run(
            [
                sys.executable,
                "-c",
                _CHILD,
                str(tmp_path),
                repr([*rows, due("b", 7, "ben")]),
            ],
            env=os.environ
            | {
                "OPENSPIFF_HOME": str(tmp_path),
                "OPENSPIFF_DATABASE_URL": database.url,
                "OPENSPIFF_CRASH_AT": point,
                "PYTHONPATH": os.pathsep.join([*sys.path, str(tests)]),
            },
            check=False,
            timeout=240,
        ).returncode

    assert child("sums_kept") == 137
    assert (said(), Transfer.objects.count()) == (before, 1)
    assert broken(books) == []
    connection.close()
    assert child("") == 0
    assert Transfer.objects.count() == 2
    assert broken(books) == []


@pytest.mark.parametrize("model", KEPT)
def test_verify_names_a_sum_that_is_wrong(books: DatabaseBooks, model: Any) -> None:
    rows = [due("a", 5, "ann"), due("A ", 7, "ann"), due("b", 7, "ben", OTHER)]
    books.book(run_differences(books, PROGRAMS, rows, 1), 1)
    books.pay(run_payouts(books, PROGRAMS, 2), 2)
    books.book(run_differences(books, PROGRAMS, [*rows, due("c", 9, "ann")], 3), 3)
    assert broken(books) == []
    one = model.objects.order_by("pk").first()
    name = "accrued_minor" if model is KeptPayee else "amount_minor"
    model.objects.filter(pk=one.pk).update(**{name: getattr(one, name) + 1})
    assert len(broken(books)) == 1
    acts.renew_sums(is_forced=True)
    assert broken(books) == []
    model.objects.filter(pk=model.objects.order_by("pk")[0].pk).delete()
    assert len(broken(books)) == 1


def test_pages_refuse_sums_that_do_not_reach_the_books(
    client: Client, world: World
) -> None:
    row = Transfer.objects.get(event_id="D-4", kind="accrual")
    row.pk, row.transfer_key = None, "past the acts"
    row.save(force_insert=True)
    client.force_login(world.users["finance"])
    for page in ("", "exceptions/", "budgets/", "liability/", "trial-balance/"):
        answer = client.get(f"/finance/{page}")
        assert answer.status_code == 409, page
        assert "openspiff upgrade" in answer.content.decode()
    with pytest.raises(SumsBehindError):
        check_sums(world.users["finance"])
    with pytest.raises(NotVisibleError):
        check_sums(world.users["payee"])
    assert acts.renew_sums()
    assert client.get("/finance/").status_code == 200
    assert User.objects.exists()
