"""Where do the ledger's steps lie, and how are new transfers made of moves?"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Final

import attrs

from openspiff.engine import DuckDBEngine, Progress, Row, Step, read_step
from openspiff.ledger._kinds import TRANSFER_COLUMNS

_FOLDER: Final = files("openspiff.ledger") / "steps"
_SELECT: Final = (
    f"select {', '.join(TRANSFER_COLUMNS)} from new_transfers order by sequence"  # noqa: S608
)
_RUN_COLUMNS: Final = {
    "run_id": "VARCHAR",
    "effective_at": "BIGINT",
    "recorded_at": "BIGINT",
    "after_sequence": "BIGINT",
}


@attrs.frozen(kw_only=True)
class Booking:
    """Under which name, for which moment, at which moment, and after which transfer.

    `run_id` is the name that `name_run` gives; `effective_at` the moment for which the
    transfers are booked, `recorded_at` the moment at which; `after` the sequence of the
    last transfer in the books that were read.
    """

    run_id: str
    effective_at: int
    recorded_at: int
    after: int = 0


@attrs.frozen(kw_only=True)
class Transfers:
    """Transfers to be booked: the table `new_transfers` of an engine (TRANSFER_COLUMNS).

    They continue the books after the transfer number `booking.after`; books that have since
    moved on in one of `program_ids` (None: in any program) refuse them.
    """

    engine: DuckDBEngine
    booking: Booking
    count: int
    program_ids: frozenset[str] | None

    def totals(self) -> dict[str, dict[str, int]]:
        """Return the sums in minor units by currency and kind."""
        rows = self.engine.query(
            "select currency, kind, cast(sum(amount_minor) as bigint) from new_transfers"
            " group by currency, kind order by currency, kind"
        )
        totals: dict[str, dict[str, int]] = {}
        for currency, kind, amount_minor in rows:
            totals.setdefault(currency, {})[kind] = amount_minor
        return totals

    def payee_count(self) -> int:
        """Return how many payees they concern."""
        found = self.engine.query("select count(distinct payee_id) from new_transfers")
        return int(found[0][0])

    def stream(self, *, shift: int = 0) -> Iterator[list[Row]]:
        """Yield lists of rows, columns in the order of TRANSFER_COLUMNS, sequence rising.

        `shift` is added to the sequence: what the books gained since they were read.
        """
        return self.engine.stream(_select(shift))

    def write_csv(self, path: Path, *, shift: int = 0) -> None:
        """Write the rows as CSV with a header, columns as in TRANSFER_COLUMNS."""
        self.engine.write_csv(_select(shift), path)

    def write_parquet(self, path: Path) -> None:
        """Write the rows as one Parquet file, for books that need no database."""
        self.engine.write_parquet(_select(0), path)


def _select(shift: int) -> str:
    names = ", ".join(name for name in TRANSFER_COLUMNS if name != "sequence")
    return (
        # The table lies in the order of its sequence, and the engine keeps that order.
        f"select sequence + {shift:d} as sequence, {names} from new_transfers"  # noqa: S608
    )


def name_run(
    versions: Iterable[tuple[str, int, str]], *, feed_digest: str, after: int
) -> str:
    """Return the name of a run: the same question to the same books has the same name.

    `versions` are (program_id, version, content hash), in any order; `feed_digest` names
    what happened, `after` the last transfer in the books that were read.
    """
    parts = [*(repr(tuple(one)) for one in sorted(versions)), feed_digest, str(after)]
    return "run-" + hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]


def open_books(engine: DuckDBEngine, paths: Sequence[Path] = ()) -> int:
    """Open books kept as Parquet files, and return the sequence of their last transfer.

    Makes `booked_transfers` (TRANSFER_COLUMNS) and `booked` (BOOKED_COLUMNS). Each file is
    what `Transfers.write_parquet` wrote for one run; no file means books that are empty.
    """
    engine.load_parquet("booked_transfers", paths, TRANSFER_COLUMNS)
    booked_sums(engine)
    last = engine.query("select coalesce(max(sequence), 0) from booked_transfers")
    return int(last[0][0])


def keep_until(engine: DuckDBEngine, at: int) -> None:
    """Leave in `booked_transfers` and `booked` what was booked for moments up to `at`."""
    kept = "select * from booked_transfers"
    engine.run([Step(name="kept_until", sql=f"{kept} where effective_at <= {at:d}")])
    # Whatever stood under the name may be a view over files: take it away first.
    engine.drop("booked_transfers")
    engine.run([Step(name="booked_transfers", sql="select * from kept_until")])
    booked_sums(engine)


def booked_sums(engine: DuckDBEngine) -> None:
    """Make the table `booked` (BOOKED_COLUMNS) from the table `booked_transfers`."""
    engine.run([ledger_step("booked")])


def ledger_step(file: str, *, name: str = "", is_stored: bool = True) -> Step:
    """Read one step of the ledger; `name` when its table is called otherwise."""
    step = read_step(_FOLDER, file, is_stored=is_stored)
    return attrs.evolve(step, name=name or file)


def load_booking(engine: DuckDBEngine, booking: Booking) -> None:
    """Make the one-row table `ledger_run` that the steps read their constants from."""
    engine.load_rows("ledger_run", _RUN_COLUMNS, [attrs.astuple(booking)])


def transfers_of(
    engine: DuckDBEngine,
    booking: Booking,
    moves: Sequence[Step],
    *,
    program_ids: frozenset[str] | None,
    progress: Progress | None = None,
) -> Transfers:
    """Run the steps that end in `moves`, and make transfers of the moves."""
    steps = [
        *moves,
        ledger_step("keyed_moves", is_stored=False),
        ledger_step("new_transfers"),
    ]
    engine.run(steps, progress=progress)
    return Transfers(
        engine=engine,
        booking=booking,
        count=engine.query("select count(*) from new_transfers")[0][0],
        program_ids=program_ids,
    )
