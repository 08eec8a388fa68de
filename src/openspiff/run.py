"""What is everything worth today, and what must be booked? The whole calculation, one page.

deals -> events -> entitled -> differences -> transfers; nothing in between is stored.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

from openspiff.engine import DuckDBEngine, Progress, Row, Step
from openspiff.events import Feed, require_files
from openspiff.ledger import (
    Booking,
    Paid,
    Transfers,
    differences,
    keep_until,
    name_run,
    open_books,
    paid_by_then,
)
from openspiff.program import Enrolment, Program, check_versions, content_hash
from openspiff.rules import (
    About,
    Entitled,
    Explanation,
    HeldOut,
    entitlements,
    explain,
)

# What measures takes longer to load than all the rest: only who measures waits for it.
if TYPE_CHECKING:
    from openspiff.measure import Answer, Estimate
    from openspiff.value import CohortDifference, WonCustomers

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
    """Return a digest of which files make up the feed (their names carry their content).

    Raises FeedFileError when files are gone or broken.
    """
    paths = [*feed.events, *feed.superseded]
    paths += [path for path in (feed.payees, feed.rates) if path is not None]
    require_files(paths)
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


def paid_for(
    versions: Sequence[Program],
    *,
    feed: Feed,
    at: int,
    held_out: HeldOut | None = None,
    load_booked: LoadBooked = open_books,
) -> Paid:
    """Return what was paid for a program up to a moment (microseconds since 1970 UTC).

    `versions` are all launched versions of one program. Transfers that were booked for a
    later moment do not count, nor do events that occurred later. Raises what `evaluate`
    raises.
    """

    def load(engine: DuckDBEngine) -> int:
        last = load_booked(engine)
        keep_until(engine, at)
        return last

    with DuckDBEngine() as engine:
        evaluate(
            versions,
            feed=feed,
            at=at,
            held_out=held_out,
            load_booked=load,
            engine=engine,
        )
        return paid_by_then(engine, versions[0].program_id, at=at)


@attrs.frozen(kw_only=True)
class ProgramEffect:
    """What one program owes for all events now, and what it would: minor units, tickets.

    `more_minor` is what events would earn more, `back_minor` what would be taken back.
    """

    program_id: str
    currency: str
    now_minor: int
    then_minor: int
    more_minor: int
    back_minor: int
    event_count: int
    ticket_change: int


@attrs.frozen(kw_only=True)
class MoneyEffect:
    """What the money would be if the feed were another one.

    `programs` are those whose amounts change, `payees` (payee, currency, change in minor
    units) the largest changes of `payee_count`; `to_book` is what a run would then book, in
    minor units by currency and kind, whatever made it due.
    """

    programs: tuple[ProgramEffect, ...] = ()
    payees: tuple[tuple[str, str, int], ...] = ()
    payee_count: int = 0
    to_book: Mapping[str, Mapping[str, int]] = attrs.field(factory=dict)


_CHANGES = """
select coalesce(t.program_id, n.program_id) as program_id,
  coalesce(t.currency, n.currency) as currency,
  coalesce(t.source, n.source) as source, coalesce(t.event_id, n.event_id) as event_id,
  coalesce(t.payee_id, n.payee_id) as payee_id,
  coalesce(n.amount_minor, 0) as now_minor, coalesce(t.amount_minor, 0) as then_minor,
  coalesce(t.tickets, 0) - coalesce(n.tickets, 0) as ticket_change
from entitled as t
full join entitled_now as n
  on n.program_id = t.program_id and n.source = t.source and n.event_id = t.event_id
  and n.payee_id = t.payee_id
"""
_BY_PROGRAM = """
select program_id, currency,
  cast(sum(now_minor) as bigint) as now_minor,
  cast(sum(then_minor) as bigint) as then_minor,
  cast(sum(case when then_minor > now_minor then then_minor - now_minor else 0 end)
    as bigint) as more_minor,
  cast(sum(case when then_minor < now_minor then now_minor - then_minor else 0 end)
    as bigint) as back_minor,
  count(distinct case when then_minor <> now_minor or ticket_change <> 0
    then source || '/' || event_id end) as event_count,
  cast(sum(ticket_change) as bigint) as ticket_change
from money_changes group by program_id, currency order by program_id
"""
_BY_PAYEE = """
select payee_id, currency, cast(sum(then_minor - now_minor) as bigint) as change_minor
from money_changes group by payee_id, currency having sum(then_minor - now_minor) <> 0
"""


_PAYEES_SHOWN = 10


def _part(
    progress: Callable[[float], None] | None, begins: float, ends: float
) -> Progress | None:
    """Return what takes steps for a part of a whole; it never goes back."""
    if progress is None:
        return None
    reached = begins

    def told(_name: str, number: int, count: int) -> None:
        nonlocal reached
        reached = max(reached, begins + (ends - begins) * (number - 1) / count)
        progress(reached)

    return told


def money_effect(
    programs: Sequence[Program],
    *,
    now: tuple[Feed, HeldOut],
    then: tuple[Feed, HeldOut],
    at: int,
    load_booked: LoadBooked = open_books,
    engine: DuckDBEngine | None = None,
    progress: Callable[[float], None] | None = None,
) -> MoneyEffect:
    """Return what would be earned or taken back if the feed `then` took the place of `now`.

    Each comes with who is held out. Nothing is written; `progress` is called
    with the share that is done, and what it raises ends the work.
    Raises what `evaluate` raises.
    """
    if not programs:
        return MoneyEffect()
    engine = DuckDBEngine() if engine is None else engine
    entitlements(
        programs,
        feed=now[0],
        held_out=now[1],
        engine=engine,
        progress=_part(progress, 0.0, 0.4),
    )
    engine.run([Step(name="entitled_now", sql="select * from entitled")])
    run = evaluate(
        programs,
        feed=then[0],
        at=at,
        held_out=then[1],
        load_booked=load_booked,
        engine=engine,
        progress=_part(progress, 0.4, 0.9),
    )
    engine.run(
        [
            Step(name="money_changes", sql=_CHANGES),
            Step(name="payee_changes", sql=_BY_PAYEE),
        ]
    )
    top = engine.query(
        "select payee_id, currency, change_minor from payee_changes"  # noqa: S608
        f" order by abs(change_minor) desc, payee_id limit {_PAYEES_SHOWN}"
    )
    count = engine.query("select count(distinct payee_id) from payee_changes")
    names = [field.name for field in attrs.fields(ProgramEffect)]
    rows = [
        ProgramEffect(**dict(zip(names, row, strict=True)))
        for row in engine.query(_BY_PROGRAM)
    ]
    return MoneyEffect(
        programs=tuple(one for one in rows if one.event_count),
        payees=tuple((str(a), str(b), int(c)) for a, b, c in top),
        payee_count=int(count[0][0]),
        to_book=run.transfers.totals(),
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
    from openspiff.value import WorthError, customers_won  # noqa: PLC0415 (see the top)

    rows = () if enrolment is None else enrolment.rows
    lots = [row for row in rows if not row.is_joiner]
    if not any(row.is_held_out for row in lots):
        why = "nobody was held out, so there are no customers to compare those won with"
        return attrs.evolve(
            answer, not_possible=(*answer.not_possible, ("customers won", why))
        )
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
        refused.append(("customers won", error.in_words()))
    else:
        for name, compare in _comparisons(won, seed).items():
            try:
                found.append(_estimate(compare(), name, program.currency))
            except WorthError as error:
                refused.append((name, error.in_words()))
    return attrs.evolve(
        answer,
        customers=tuple(found),
        not_possible=(*answer.not_possible, *refused),
    )


def _comparisons(won: WonCustomers, seed: int) -> dict[str, Callable[[], CohortDifference]]:
    from openspiff.value import (  # noqa: PLC0415 (see the top)
        early_churn_difference,
        lifetime_value_difference,
    )

    sales, days = won.sales, won.horizon_days
    return {
        "margin of a customer won": lambda: lifetime_value_difference(
            sales, won.known_margin_minor(), horizon_days=days, seed=seed
        ),
        "share of customers lost again": lambda: early_churn_difference(
            sales, won.left_after_days, within_days=days, seed=seed
        ),
    }


def _estimate(found: CohortDifference, name: str, currency: str) -> Estimate:
    from openspiff.measure import Caution, Estimate  # noqa: PLC0415 (see the top)

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
