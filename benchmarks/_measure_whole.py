"""One measurement as the command makes it: books, answer, customers, report."""

from __future__ import annotations

import datetime as dt
import functools
from pathlib import Path
from typing import Any, Final

import attrs
from entitlements_data import STARTS_ON, ZONE

from openspiff.engine import DuckDBEngine
from openspiff.events import Feed, open_feed
from openspiff.ledger import open_books
from openspiff.program import (
    Audience,
    Behavior,
    BehaviorKind,
    Candidate,
    Enrolment,
    Flat,
    Holdout,
    HoldoutUnit,
    MeasurementPlan,
    Program,
    Window,
    assign_holdout,
    day_start,
)
from openspiff.run import evaluate, paid_for, with_customers

FACTS: Final = ("payee_id", "firm_id", "role", "tier", "region", "segment")
AT: Final = day_start(STARTS_ON + dt.timedelta(days=366), ZONE)


def program_of(unit: HoldoutUnit) -> Program:
    """Return a program of eight weeks; by firm it is for a quarter of the firms."""
    starts_on = STARTS_ON + dt.timedelta(days=150)
    return Program(
        program_id="bench",
        name="Bench",
        currency="USD",
        behavior=Behavior(kind=BehaviorKind.DEAL_WON),
        window=Window(
            zone=ZONE, starts_on=starts_on, ends_before=starts_on + dt.timedelta(weeks=8)
        ),
        payout=Flat(amount_minor=5_000),
        audience=Audience(regions=("north",) if unit is HoldoutUnit.FIRM else ()),
        holdout=Holdout(share_ppm=300_000, unit=unit, seed=1),
        measurement=MeasurementPlan(baseline_weeks=12, horizon_weeks=4),
    )


def enrolment_of(program: Program, feed: Feed) -> Enrolment:
    """Draw the holdout among the payees of the roster on the first day of the window."""
    with DuckDBEngine() as engine:
        open_feed(engine, feed)
        rows = engine.query(
            f"select {', '.join(FACTS)} from roster "
            f"where from_at <= {program.window.starts_at} "
            f"and before_at > {program.window.starts_at}"
        )
    return assign_holdout(
        program, [Candidate(**dict(zip(FACTS, row, strict=True))) for row in rows]
    )


@attrs.frozen(kw_only=True)
class Launched:
    """A program with who was held out of it, the feed, and its books."""

    program: Program
    enrolment: Enrolment
    feed: Feed
    books: Path

    @property
    def held_out(self) -> dict[str, frozenset[str]]:
        """Return the payees who earn nothing, by program."""
        rows = self.enrolment.rows
        held_out = frozenset(row.payee_id for row in rows if row.is_held_out)
        return {self.program.program_id: held_out}


def launched(unit: HoldoutUnit, feed: Feed, books: Path) -> Launched:
    """Launch the program and book all that it pays."""
    program = program_of(unit)
    one = Launched(
        program=program, enrolment=enrolment_of(program, feed), feed=feed, books=books
    )
    with DuckDBEngine() as engine:
        run = evaluate([program], feed=feed, at=AT, held_out=one.held_out, engine=engine)
        run.transfers.write_parquet(books)
    return one


def reported(one: Launched) -> tuple[Any, ...]:
    """Measure the program and write its report; return the effect, its p and the size."""
    # The charts weigh down no other contender, and whoever measures loads them too.
    from openspiff.measure import measure_worth  # noqa: PLC0415
    from openspiff.report import report_html  # noqa: PLC0415

    program, feed = one.program, one.feed
    paid = paid_for(
        [program],
        feed=feed,
        at=AT,
        held_out=one.held_out,
        load_booked=functools.partial(open_books, paths=[one.books]),
    )
    answer = measure_worth(
        program,
        feed=feed,
        enrolment=one.enrolment,
        paid_minor=paid.amount_minor,
        paid_units=paid.units,
        paid_by_payee=paid.by_payee,
        due_minor=paid.due_minor,
        clawed_back_minor=paid.clawed_back_minor,
        as_of=AT,
        seed=1,
    )
    answer = with_customers(answer, program, feed=feed, enrolment=one.enrolment, seed=1)
    page = report_html(answer, program)
    headline = answer.headline
    return (
        None if headline is None else headline.value,
        None if headline is None else headline.p_value,
        len(page),
    )
