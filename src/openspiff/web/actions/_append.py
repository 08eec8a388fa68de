"""How do a million transfers get into the database at once, and never twice?

One writer at a time: the table is locked, then the books must stand where the calculation
read them. So two runs at once cannot both spend what is left of a budget: the second one
is refused, or told that the first one has booked the very same.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, ClassVar, Final

import attrs
from django.db import IntegrityError, connection, transaction
from django.db.models import Max

from openspiff.errors import Problem
from openspiff.ledger import TRANSFER_COLUMNS, Transfers
from openspiff.web.models import Transfer

from .conflict import ConflictError
from .crash_points import crash_point
from .kept_sums import keep_sums

_TABLE: Final = Transfer._meta.db_table  # noqa: SLF001 (Django's documented name for it)
_OFFERED: Final = "offered_transfer"
_COLUMNS: Final = ", ".join(TRANSFER_COLUMNS)
# What makes two transfers the same; when, by which run and at which place does not.
_CONTENT: Final = tuple(
    name
    for name in TRANSFER_COLUMNS
    if name not in {"sequence", "run_id", "effective_at", "recorded_at"}
)
_BLOCK: Final = 1 << 20
_SHOWN: Final = 20


class BooksMovedError(ConflictError):
    """The books have moved on since the calculation read them."""

    code: ClassVar[str] = "books_moved"


class KeyReusedError(ConflictError):
    """A transfer is in the books under the same key with another content."""

    code: ClassVar[str] = "key_reused"


@attrs.frozen(kw_only=True)
class Appended:
    """What became of the transfers: `run_id` booked them, after `after` up to `last`.

    `new_count` is 0 when an earlier run had booked the very same.
    """

    run_id: str
    new_count: int
    after: int
    last: int


def append_transfers(transfers: Transfers) -> Appended:
    """Add all transfers to the books, or none; call it inside a transaction.

    The same transfers again get the first answer. Raises KeyReusedError when a key stands
    in the books with another content, BooksMovedError when one of the same programs was
    booked since the books were read.
    """
    _lock()
    after = Transfer.objects.aggregate(last=Max("sequence"))["last"] or 0
    booking = transfers.booking
    if transfers.count == 0:
        return Appended(run_id=booking.run_id, new_count=0, after=after, last=after)
    if _have_moved(transfers) or after < booking.after:
        return _first_answer(transfers, after, have_moved=True)
    try:
        with transaction.atomic():
            _write(_TABLE, transfers, shift=after - booking.after)
    except IntegrityError:
        if not _stand_already(transfers):
            raise
        return _first_answer(transfers, after, have_moved=False)
    keep_sums(after=after)
    crash_point("sums_kept")
    return Appended(
        run_id=booking.run_id,
        new_count=transfers.count,
        after=after,
        last=after + transfers.count,
    )


def _lock() -> None:
    # On SQLite a transaction of ours has the only writer's lock from its beginning.
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {_TABLE} IN SHARE ROW EXCLUSIVE MODE")


def _have_moved(transfers: Transfers) -> bool:
    later = Transfer.objects.filter(sequence__gt=transfers.booking.after)
    if transfers.program_ids is not None:
        later = later.filter(program_id__in=transfers.program_ids)
    return later.exists()


def _write(table: str, transfers: Transfers, *, shift: int) -> None:
    if connection.vendor == "postgresql":
        _copy(table, transfers, shift=shift)
        return
    marks = ", ".join(["%s"] * len(TRANSFER_COLUMNS))
    with connection.cursor() as cursor:
        for rows in transfers.stream(shift=shift):
            cursor.executemany(f"INSERT INTO {table} ({_COLUMNS}) VALUES ({marks})", rows)  # noqa: S608


def _copy(table: str, transfers: Transfers, *, shift: int) -> None:
    order = f"COPY {table} ({_COLUMNS}) FROM STDIN (FORMAT csv, HEADER)"
    with tempfile.TemporaryDirectory(prefix="openspiff-") as folder:
        path = Path(folder) / "transfers.csv"
        transfers.write_csv(path, shift=shift)
        with (
            connection.cursor() as cursor,
            path.open("rb") as file,
            connection.wrap_database_errors,  # COPY is the driver's own, its errors too
            cursor.copy(order) as copy,
        ):
            while block := file.read(_BLOCK):
                copy.write(block)


def _first_answer(transfers: Transfers, after: int, *, have_moved: bool) -> Appended:
    """Return who booked the very same transfers; raise when they are not the same."""
    same = " AND ".join(f"b.{name} = o.{name}" for name in _CONTENT)
    joined = f"{_TABLE} b JOIN {_OFFERED} o ON o.transfer_key = b.transfer_key"
    with connection.cursor() as cursor:
        _offer(cursor, transfers)
        cursor.execute(
            f"SELECT o.transfer_key, b.run_id FROM {joined} WHERE NOT ({same})"  # noqa: S608
            f" ORDER BY o.transfer_key LIMIT {_SHOWN}"
        )
        other = cursor.fetchall()
        cursor.execute(f"SELECT count(*), max(b.run_id), max(b.sequence) FROM {joined}")  # noqa: S608
        count, run_id, last = cursor.fetchone()
        cursor.execute(f"DROP TABLE {_OFFERED}")
    # Of books that have moved on, a key in the way says no more than that; unless it is
    # this very run that comes again with something else.
    if [one for one in other if not have_moved or one[1] == transfers.booking.run_id]:
        problems = [Problem(key, "booked before with another content") for key, _ in other]
        raise KeyReusedError("nothing was booked", problems)
    if other or count < transfers.count:
        problem = Problem(
            f"transfer {transfers.booking.after}",
            f"the calculation read the books up to here, they now end at {after}",
            "calculate again",
        )
        raise BooksMovedError("nothing was booked: the books have moved on", [problem])
    return Appended(run_id=run_id, new_count=0, after=after, last=last)


def _stand_already(transfers: Transfers) -> bool:
    with connection.cursor() as cursor:
        _offer(cursor, transfers)
        cursor.execute(
            f"SELECT count(*) FROM {_TABLE} b"  # noqa: S608
            f" JOIN {_OFFERED} o ON o.transfer_key = b.transfer_key"
        )
        count = cursor.fetchone()[0]
        cursor.execute(f"DROP TABLE {_OFFERED}")
    return bool(count)


def _offer(cursor: Any, transfers: Transfers) -> None:
    shape = f"SELECT * FROM {_TABLE} WHERE 1 = 0"  # noqa: S608
    cursor.execute(f"CREATE TEMPORARY TABLE {_OFFERED} AS {shape}")
    _write(_OFFERED, transfers, shift=0)
