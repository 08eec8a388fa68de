"""Which small install do the tests of pages look at? One firm's spring, told by hand.

Everything comes in by the same actions as in real life. Ana has a paid deal, an unpaid one,
one clawed back, one too small and one that is still open; Ben is of her firm, Cleo of
another; Dan is held out by chance.
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
from pathlib import Path
from typing import Any, Final

import attrs
from program_texts import with_terms

from openspiff.engine import DuckDBEngine
from openspiff.events import feed_from_rows, payees_of
from openspiff.ledger import payouts
from openspiff.measure import Answer, Check, Estimate, PathPoint, Verdict
from openspiff.program import Candidate, Program, content_hash, day_start
from openspiff.report import report_html
from openspiff.run import evaluate
from openspiff.web.actions import (
    feed as feed_actions,
    measurements,
    people,
    programs as program_actions,
)
from openspiff.web.actions.books import RunFacts, book_run, pay_payees
from openspiff.web.actions.firms import record_consent
from openspiff.web.actions.people import NewUser
from openspiff.web.queries import books, feed, programs
from openspiff.web.queries.people import user_named

ZONE = "America/New_York"
PASSWORD = "correct horse battery"  # noqa: S105 (of people who exist in tests only)
DAY = 86_400_000_000
PAYEES = {
    "ana": ("Ana Ruiz", "north"),
    "ben": ("Ben Ode", "north"),
    "cleo": ("Cleo Park", "south"),
    "dan": ("Dan Vu", "south"),
}
TEXT = with_terms(
    program_id="spring",
    name="Spring sprint",
    promised_days=14,
    behavior={"min_amount": "1000.00", "products": {"include": ["GTX Pro"]}},
    window={"zone": ZONE},
    payout={"kind": "percent", "rate": "5%"},
    caps={"payee_cap": "300.00", "budget": "2000.00"},
    clawback={"shape": "full"},
    holdout={"share": "25%", "seed": 14},
)


def at_noon(month: int, day: int, year: int = 2026) -> int:
    """Return noon of a day in the zone of the program."""
    return day_start(dt.date(year, month, day), ZONE) + DAY // 2


@attrs.frozen
class World:
    """The people who look, by role, and the workspace folder."""

    home: Path
    users: dict[str, Any]


def _event(
    event_id: str, payee_id: str, month: int, day: int, **said: Any
) -> dict[str, Any]:
    at = at_noon(month, day)
    return {
        "source": "crm",
        "event_id": event_id,
        "payee_id": payee_id,
        "firm_id": PAYEES[payee_id][1],
        "customer_id": f"customer of {event_id}",
        "product_id": "GTX Pro",
        "occurred_at": at,
        "recorded_at": at + DAY,
        **said,
    }


FIRST = [
    _event("D-1", "ana", 1, 20, amount_minor=240_000),
    _event("D-2", "ana", 1, 28, amount_minor=150_000),
    _event("D-3", "ana", 2, 2, amount_minor=80_000),
    _event("D-4", "ben", 2, 3, amount_minor=500_000),
    _event("D-5", "cleo", 2, 5, amount_minor=130_000),
    _event("D-6", "dan", 2, 6, amount_minor=220_000),
]
SECOND = [
    _event("D-2", "ana", 1, 28, amount_minor=150_000, revision=2, batch_no=2)
    | {"status": "cancelled", "recorded_at": at_noon(2, 20), "status_at": at_noon(2, 20)},
    _event("D-7", "ana", 3, 2, amount_minor=900_000, batch_no=2),
    _event("D 8/x&y", "ana", 3, 9, status="open", batch_no=2) | {"occurred_at": None},
]


PEOPLE = {
    "payee": NewUser(username="ana", role="payee", name="Ana Ruiz", payee_id="ana"),
    "firm_owner": NewUser(username="nora", role="firm_owner", firm_id="north"),
    "manager": NewUser(username="mia", role="manager", name="Mia"),
    "finance": NewUser(username="fred", role="finance"),
    "checker": NewUser(username="fay", role="finance"),
    "analyst": NewUser(username="abe", role="analyst"),
    "administrator": NewUser(username="ada", role="administrator"),
    "other_payee": NewUser(username="cleo", role="payee", payee_id="cleo"),
    "other_owner": NewUser(username="sol", role="firm_owner", firm_id="south"),
}


def users_of() -> dict[str, Any]:
    """Return the people of the install as they are stored, by role."""
    return {role: user_named(one.username) for role, one in PEOPLE.items()}


def _import(home: Path, number: int, rows: list[dict[str, Any]], user: Any) -> None:
    """Write one batch into the feed folder and enter it into the catalog."""
    folder = home / "feed" / f"{number}"
    payees = [
        {"payee_id": payee_id, "name": name, "firm_id": firm_id}
        for payee_id, (name, firm_id) in PAYEES.items()
    ]
    made = feed_from_rows(rows, folder, payees=payees)
    old = [
        {"source": "crm", "event_id": row["event_id"], "revision": row["revision"] - 1}
        for row in rows
        if row.get("revision", 1) > 1
    ]
    if old:
        with DuckDBEngine(threads=1) as engine:
            columns = {"source": "VARCHAR", "event_id": "VARCHAR", "revision": "BIGINT"}
            engine.load_rows("old", columns, [tuple(row.values()) for row in old])
            engine.write_parquet("select * from old", folder / "superseded.parquet")
    feed_actions.record_batch(
        batch=feed_actions.NewBatch(
            batch_no=number,
            source="crm",
            digest=hashlib.sha256(made.events[0].read_bytes()).hexdigest(),
            event_file=f"{number}/events.parquet",
            superseded_file=f"{number}/superseded.parquet" if old else "",
            counts={"new": len(rows) - len(old), "revised": len(old)},
        ),
        acting_user=user,
        at=at_noon(2, 10 + number),
    )
    if number == 1:
        feed_actions.record_roster(
            file_name="1/payees.parquet",
            digest="roster-1",
            names=[
                feed_actions.RosterName(payee_id=payee_id, name=name, firm_id=firm_id)
                for payee_id, (name, firm_id) in PAYEES.items()
            ],
            acting_user=user,
            at=at_noon(1, 1),
        )


def book(user: Any, at: int) -> None:
    """Evaluate what is launched and book what differs."""
    with DuckDBEngine(threads=1) as engine:
        run = evaluate(
            programs.launched_programs(user),
            feed=feed.feed_files(user),
            at=at,
            held_out=programs.held_out(user),
            load_booked=functools.partial(books.open_books, user),
            engine=engine,
        )
        facts = RunFacts(versions=run.versions, feed_digest=run.feed_digest)
        book_run(transfers=run.transfers, run=facts, acting_user=user, at=at)


def pay(user: Any, at: int) -> None:
    """Pay what is owed."""
    with DuckDBEngine(threads=1) as engine:
        after = books.open_books(user, engine)
        transfers = payouts(
            engine,
            programs=programs.launched_programs(user),
            as_of=at,
            recorded_at=at,
            after=after,
        )
        pay_payees(transfers=transfers, acting_user=user, at=at)


def candidates(operator: Any) -> list[Candidate]:
    """Return the roster as it stands in the feed."""
    return [
        Candidate(payee_id=row[0], firm_id=row[2])
        for row in payees_of(feed.feed_files(operator))
    ]


def make_world(home: Path) -> World:
    """Import, launch, book, pay, import again, book again."""
    operator = people.ensure_operator(at=1_000_000)
    for one in PEOPLE.values():
        new = attrs.evolve(one, password=PASSWORD)
        people.add_user(user=new, acting_user=operator, at=1_000_000)
    users = users_of()
    for folder in ("feed", "reports"):
        (home / folder).mkdir(exist_ok=True)
    _import(home, 1, FIRST, operator)
    record_consent(
        firm_id="north",
        is_given=True,
        name_typed="Nora Lind",
        seen_number=0,
        acting_user=users["firm_owner"],
        at=at_noon(1, 2),
        given_on=dt.date(2026, 1, 2),
    )
    program_actions.add_program_draft(
        source_text=TEXT, acting_user=users["manager"], at=at_noon(1, 1)
    )
    program_actions.launch_program(
        program_id="spring",
        version=1,
        candidates=candidates(operator),
        acting_user=users["manager"],
        at=at_noon(1, 1),
    )
    book(operator, at_noon(2, 12))
    pay(operator, at_noon(2, 14))
    _import(home, 2, SECOND, operator)
    book(operator, at_noon(3, 10))
    return World(home, users)


def _path() -> tuple[PathPoint, ...]:
    start = dt.date(2025, 12, 29)
    return tuple(
        PathPoint(
            week_start_on=start + dt.timedelta(weeks=week),
            day_count=7,
            phase="window" if week >= 4 else "baseline",
            in_window=week >= 4,
            treated_mean=1.0 + week / 10,
            holdout_mean=1.0 + week / 20,
            ineligible_mean=None,
            difference=week / 20,
            low=week / 20 - 0.3,
            high=week / 20 + 0.3,
        )
        for week in range(8)
    )


_PER_UNIT: Final = "USD minor units per unit"


def an_answer(program: Program) -> Answer:
    """Return the answer of a measurement as it could have come out, the holdout small."""

    def estimate(name: str, value: float, unit: str, spread: float) -> Estimate:
        return Estimate(
            name=name,
            value=value,
            standard_error=spread / 2,
            low=value - spread,
            high=value + spread,
            method="holdout comparison",
            tier="A",
            unit=unit,
            unit_count=4,
            cluster_count=2,
        )

    return Answer(
        program_id=program.program_id,
        version=program.version,
        content_hash=content_hash(program),
        data_digest="0" * 64,
        as_of=at_noon(4, 2),
        currency=program.currency,
        headline=estimate("gross effect", 0.21, "units per payee and week", 0.3),
        why_tier="Chance decided who was held out.",
        interim=None,
        timing=(),
        mix=(),
        estimates=(estimate("gross effect", 0.21, "units per payee and week", 0.3),),
        not_possible=(("synthetic group", "there is no firm outside the audience"),),
        naive=estimate("naive", 0.9, "units per payee and week", 0.2),
        total_incremental=estimate("added", 2.0, "units", 3.0),
        dead_weight=estimate("dead weight", 0.5, "share", 0.6),
        cost_per_unit=estimate("cost of one added unit", 215_00.0, _PER_UNIT, 90_00.0),
        cost_per_margin=None,
        value_added=None,
        return_on_cost=None,
        return_probability=None,
        break_even_units=None,
        cost_minor=425_00,
        paid_minor=425_00,
        paid_units=4.0,
        treated_count=3,
        holdout_count=1,
        ineligible_count=0,
        checks=(Check(code="balance", is_ok=True, sentence="Both groups began alike."),),
        path=_path(),
        warnings=(),
        placebos=(),
        exploratory=(),
        next_tests=("Run it again with more firms.",),
        verdict=Verdict(
            decision="cannot_tell",
            reasons=("The interval of what was added contains zero.",),
            rule="A verdict needs an interval without zero.",
        ),
    )


@functools.cache
def drawn_page(answer: Answer, program: Program) -> str:
    """Return a report whose pictures were drawn once in this process: it takes seconds."""
    return report_html(answer, program)


def add_answer(world: World) -> None:
    """Record a measurement, a verdict and a report, as the command line does."""
    manager = world.users["manager"]
    launched = programs.launched_programs(manager)
    program = next(one for one in launched if one.program_id == "spring")
    answer = an_answer(program)
    measurement = measurements.record_measurement(
        answer=answer, acting_user=manager, at=at_noon(4, 2)
    )
    measurements.record_verdict(
        measurement=measurement,
        verdict="redesign",
        reasons="Four payees cannot show it; run it again with more firms.",
        deviates_because="The rule needs more payees than we have.",
        acting_user=manager,
        at=at_noon(4, 3),
    )
    path = world.home / "reports" / "spring.html"
    path.write_text(drawn_page(answer, program), encoding="utf-8")
    measurements.record_report(
        program_id="spring", path=path, acting_user=manager, at=at_noon(4, 2)
    )
