"""Where are the books of a test kept? In an engine alone, or in Django's database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from openspiff.engine import DuckDBEngine
from openspiff.ledger import (
    TRANSFER_COLUMNS,
    Booking,
    Transfers,
    booked_sums,
    differences,
    kept_sums,
    name_run,
    open_books,
    payouts,
)
from openspiff.program import Program, content_hash, program_json
from openspiff.rules import ENTITLED_COLUMNS

MakeEngine = Callable[[], DuckDBEngine]


class Books(Protocol):
    """What the machines and the laws ask of books."""

    engine: DuckDBEngine

    def open(self) -> int:
        """Open the whole books in the engine; return the sequence of the last transfer."""

    def load_kept(self) -> None:
        """Load the sums that are kept beside the books, once they are open."""

    def book(self, transfers: Transfers, at: int) -> None:
        """Book the differences of a run."""

    def pay(self, transfers: Transfers, at: int) -> None:
        """Book payouts."""

    def close(self) -> None:
        """Forget everything."""


def versions_of(programs: Sequence[Program]) -> tuple[tuple[str, int, str], ...]:
    return tuple((one.program_id, one.version, content_hash(one)) for one in programs)


def run_differences(
    books: Books, programs: Sequence[Program], rows: Sequence[tuple[Any, ...]], at: int
) -> Transfers:
    """Set entitled rows against the books as they stand now."""
    after = books.open()
    books.engine.load_rows("entitled", ENTITLED_COLUMNS, rows)
    name = name_run(versions_of(programs), feed_digest=repr(sorted(rows)), after=after)
    booking = Booking(run_id=name, effective_at=at, recorded_at=at, after=after)
    return differences(books.engine, programs=programs, booking=booking)


def run_payouts(books: Books, programs: Sequence[Program], at: int) -> Transfers:
    """Make up what is owed now."""
    after = books.open()
    return payouts(books.engine, programs=programs, as_of=at, recorded_at=at, after=after)


class EngineBooks:
    """Books that are a table of the engine."""

    def __init__(self, make_engine: MakeEngine) -> None:
        """Begin with empty books."""
        self.engine = make_engine()
        open_books(self.engine)

    def open(self) -> int:
        booked_sums(self.engine)
        last = self.engine.query("select coalesce(max(sequence), 0) from booked_transfers")
        return int(last[0][0])

    def load_kept(self) -> None:
        kept_sums(self.engine, after=0)

    def book(self, transfers: Transfers, at: int) -> None:
        assert transfers.booking.recorded_at == at
        names = ", ".join(TRANSFER_COLUMNS)
        self.engine.execute(
            f"insert into booked_transfers select {names} from new_transfers"
        )

    def pay(self, transfers: Transfers, at: int) -> None:
        self.book(transfers, at)

    def close(self) -> None:
        self.engine.close()


def accountant() -> Any:
    """Return the user of the tests who may book and pay."""
    from openspiff.web.models import User  # noqa: PLC0415 (Django is ready by then)

    return User.objects.get_or_create(
        username="accountant", defaults={"role": "administrator", "created_at": 0}
    )[0]


def launch(programs: Sequence[Program], user: Any) -> None:
    """Let these programs be launched in the database."""
    from openspiff.web.models import ProgramState, ProgramVersion  # noqa: PLC0415

    for one in programs:
        ProgramVersion.objects.create(
            program_id=one.program_id,
            version=one.version,
            name=one.name,
            state=ProgramState.LAUNCHED,
            terms_json=program_json(one),
            source_text="",
            content_hash=content_hash(one),
            drafted_at=0,
            drafted_by=user,
            launched_at=0,
            launched_by=user,
        )


class DatabaseBooks:
    """Books in Django's database; with `is_undone` closing leaves nothing of them."""

    def __init__(
        self,
        make_engine: MakeEngine,
        programs: Sequence[Program],
        *,
        is_undone: bool = False,
    ) -> None:
        """Launch the programs in empty books."""
        from django.db import transaction  # noqa: PLC0415

        self.engine = make_engine()
        self.others: list[DuckDBEngine] = []
        self.versions = versions_of(programs)
        self._atomic = transaction.atomic() if is_undone else None
        if self._atomic is not None:
            self._atomic.__enter__()
        self.user = accountant()
        launch(programs, self.user)

    def open(self) -> int:
        from openspiff.web.queries import books  # noqa: PLC0415

        return books.open_books(self.user, self.engine, is_whole=True)

    def load_kept(self) -> None:
        from openspiff.web.queries.kept_sums import load_kept  # noqa: PLC0415

        load_kept(self.engine)

    def book(self, transfers: Transfers, at: int) -> None:
        from openspiff.web.actions.books import RunFacts, book_run  # noqa: PLC0415

        facts = RunFacts(versions=self.versions)
        book_run(transfers=transfers, run=facts, acting_user=self.user, at=at)

    def pay(self, transfers: Transfers, at: int) -> None:
        from openspiff.web.actions.books import pay_payees  # noqa: PLC0415

        if transfers.count:
            pay_payees(transfers=transfers, acting_user=self.user, at=at)

    def close(self) -> None:
        from django.db import transaction  # noqa: PLC0415

        if self._atomic is not None:
            transaction.set_rollback(True)
            self._atomic.__exit__(None, None, None)
        for engine in (self.engine, *self.others):
            engine.close()

    def another(self) -> DatabaseBooks:
        """Return a second reader of the same books, with an engine of its own."""
        found = object.__new__(DatabaseBooks)
        found.engine = DuckDBEngine(threads=1)
        found.user, found.versions = self.user, self.versions
        self.others.append(found.engine)
        return found
