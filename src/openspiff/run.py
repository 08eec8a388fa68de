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
from openspiff.measure import Answer, Caution, Estimate
from openspiff.program import Enrolment, Program, check_versions, content_hash
from openspiff.rules import (
    About,
    Entitled,
    Explanation,
    HeldOut,
    entitlements,
    explain,
)
from openspiff.value import (
    CohortDifference,
    WonCustomers,
    WorthError,
    customers_won,
    early_churn_difference,
    lifetime_value_difference,
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


def with_customers(
    answer: Answer,
    program: Program,
    *,
    feed: Feed,
    enrolment: Enrolment | None,
    seed: int,
) -> Answer:
    """Return a measurement with what became of the customers that the window won.

    Those won by treated payees beside those won by held-out ones (tier A): the margin that
    each brought from the sale on, and the share whose sale was cancelled since, over the
    days between the end of the window and the answer's moment; whole payees are re-drawn
    by `seed`. What cannot be told joins `not_possible`.
    """
    rows = () if enrolment is None else enrolment.rows
    lots = [row for row in rows if not row.is_joiner]
    found: list[Estimate] = []
    refused: list[tuple[str, str]] = []
    try:
        won = customers_won(
            program,
            feed=feed,
            treated=frozenset(row.payee_id for row in lots if not row.is_held_out),
            others=frozenset(row.payee_id for row in lots if row.is_held_out),
            as_of=answer.as_of,
        )
    except WorthError as error:
        refused.append(("customers won", _why(error)))
    else:
        for name, compare in _comparisons(won, seed).items():
            try:
                found.append(_estimate(compare(), name, program.currency))
            except WorthError as error:
                refused.append((name, _why(error)))
    return attrs.evolve(
        answer,
        customers=tuple(found),
        not_possible=(*answer.not_possible, *refused),
    )


def _comparisons(won: WonCustomers, seed: int) -> dict[str, Callable[[], CohortDifference]]:
    sales, days = won.sales, won.horizon_days
    return {
        "margin of a customer won": lambda: lifetime_value_difference(
            sales, won.known_margin_minor(), horizon_days=days, seed=seed
        ),
        "share of customers lost again": lambda: early_churn_difference(
            sales, won.left_after_days, within_days=days, seed=seed
        ),
    }


def _why(error: WorthError) -> str:
    return "; ".join([error.message, *(str(one) for one in error.problems)])


def _estimate(found: CohortDifference, name: str, currency: str) -> Estimate:
    in_money = found.unit.startswith("minor units")
    return Estimate(
        name=name,
        value=found.value,
        standard_error=found.standard_error,
        low=found.low,
        high=found.high,
        method=found.method,
        tier="A",
        unit=f"{currency} minor units per customer" if in_money else found.unit,
        unit_count=found.payee_count,
        cluster_count=found.payee_count,
        warnings=tuple(Caution(one.code, one.sentence) for one in found.warnings),
    )
