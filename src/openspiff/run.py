"""What is everything worth today, and what must be booked? The whole calculation, one page.

deals -> events -> entitled -> differences -> transfers; nothing in between is stored.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import attrs

from openspiff.engine import DuckDBEngine, Progress, Row
from openspiff.events import Feed
from openspiff.ledger import Booking, Transfers, differences, name_run, open_books
from openspiff.program import Program, check_versions, content_hash
from openspiff.rules import (
    About,
    Entitled,
    Explanation,
    HeldOut,
    entitlements,
    explain,
)

LoadBooked = Callable[[DuckDBEngine], int]
"""Makes the engine's table `booked` and returns the sequence of the last transfer."""


@attrs.frozen(kw_only=True)
class Run:
    """One evaluation: what every event is worth today, and the transfers that book it.

    `versions` are (program_id, version, content hash); `totals` rows of (program_id,
    currency, rows, amount in minor units, tickets).
    """

    run_id: str
    at: int
    versions: tuple[tuple[str, int, str], ...]
    feed_digest: str
    entitled: Entitled
    transfers: Transfers
    totals: tuple[Row, ...]


def feed_digest(feed: Feed) -> str:
    """Return a digest of which files make up the feed (their names carry their content)."""
    paths = [*feed.events, *feed.superseded]
    paths += [path for path in (feed.payees, feed.rates) if path is not None]
    lines = sorted(f"{path.name} {path.stat().st_size}" for path in paths)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def evaluate(
    programs: Sequence[Program],
    *,
    feed: Feed,
    at: int,
    held_out: HeldOut | None = None,
    load_booked: LoadBooked = open_books,
    engine: DuckDBEngine | None = None,
    progress: Progress | None = None,
) -> Run:
    """Return what the feed is worth under `programs` and what is not booked of it yet.

    `programs` are all launched versions; `at` is the moment of the run in microseconds
    since 1970 UTC; `load_booked` hands over the books (empty ones unless given). Nothing
    is written: book the transfers of the run, or throw it away. Raises what
    `entitlements` and `differences` raise, and ProgramError when versions do not fit.
    """
    engine = DuckDBEngine() if engine is None else engine
    check_versions(programs)
    versions = tuple((one.program_id, one.version, content_hash(one)) for one in programs)
    entitled = entitlements(
        programs, feed=feed, held_out=held_out, engine=engine, progress=progress
    )
    after = load_booked(engine)
    digest = feed_digest(feed)
    run_id = name_run(versions, feed_digest=digest, after=after)
    booking = Booking(run_id=run_id, effective_at=at, recorded_at=at, after=after)
    transfers = differences(engine, programs=programs, booking=booking, progress=progress)
    return Run(
        run_id=run_id,
        at=at,
        versions=versions,
        feed_digest=digest,
        entitled=entitled,
        transfers=transfers,
        totals=tuple(entitled.totals()),
    )


def explain_event(
    programs: Sequence[Program],
    feed: Feed,
    held_out: HeldOut,
    about: About,
) -> list[Explanation]:
    """Return why the events asked about pay what they pay, for every program version."""
    return explain(programs, feed=feed, held_out=held_out, about=about)
