"""Do the books follow the events, from the feed through the rules to the last transfer?"""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import attrs
import pytest
from databases import Database
from generative.books_backends import Books, DatabaseBooks, EngineBooks, run_payouts
from hypothesis import settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    precondition,
    rule,
    run_state_machine_as_test,
)
from reference import World, reference_entitlements

from openspiff.engine import DuckDBEngine
from openspiff.events import EVENT_COLUMNS, feed_from_rows
from openspiff.ledger import verify
from openspiff.money import PPM, split_exactly
from openspiff.program import (
    Behavior,
    BehaviorKind,
    Caps,
    Clawback,
    ClawbackShape,
    CountTiers,
    Flat,
    Payout,
    Percent,
    Program,
    SplitRule,
    Tier,
    Window,
    day_start,
)
from openspiff.run import Run, evaluate

DAY = 86_400_000_000
START = day_start(dt.date(2026, 1, 1), "UTC")
STATES = {
    "amended",
    "cancelled",
    "clawback",
    "late file",
    "limit reached",
    "new deal",
    "nothing to book",
    "partly kept",
    "payout",
    "restored",
    "reversal",
    "second version",
    "split deal",
}


def _program(program_id: str, payout: Payout, **terms: Any) -> Program:
    return Program(
        program_id=program_id,
        name=program_id,
        currency="USD",
        behavior=terms.pop("behavior", Behavior(kind=BehaviorKind.DEAL_WON)),
        window=Window(
            zone="UTC", starts_on=dt.date(2026, 1, 1), ends_before=dt.date(2027, 1, 1)
        ),
        payout=payout,
        **terms,
    )


SPRINT = _program(
    "sprint", Percent(rate_ppm=50_000), caps=Caps(payee_cap=1_500, budget=2_500)
)
PROGRAMS = (
    SPRINT,
    attrs.evolve(
        SPRINT,
        version=2,
        takes_recorded_from=dt.date(2026, 1, 15),
        caps=Caps(payee_cap=2_000, budget=3_000),
    ),
    _program(
        "fading",
        Flat(amount_minor=1_001),
        split=SplitRule.EQUALLY,
        clawback=Clawback(shape=ClawbackShape.PRO_RATA, days=30),
    ),
    _program(
        "steps",
        CountTiers(
            tiers=(
                Tier(from_count=1, amount_minor=100),
                Tier(from_count=3, amount_minor=250),
            )
        ),
        behavior=Behavior(kind=BehaviorKind.DEAL_WON, once_per_customer=True),
    ),
)
PAYEES = ("ann", "bob", "cy")
amounts = st.integers(1, 60_000)
weights = st.dictionaries(
    st.sampled_from(PAYEES), st.integers(1, 5), min_size=1, max_size=3
)


class EventsMachine(RuleBasedStateMachine):
    """Deals are won, amended, cancelled and restored; the same programs run every time."""

    make_books: ClassVar[Callable[[], Books]]
    seen: ClassVar[Counter[str]]

    def __init__(self) -> None:
        super().__init__()
        self.books = type(self).make_books()
        self.folder = Path(tempfile.mkdtemp(prefix="openspiff-tests-"))
        self.days = 0
        self.told: dict[str, list[dict[str, Any]]] = {}
        self.replaced: list[dict[str, Any]] = []

    def teardown(self) -> None:
        self.run_programs()
        self.books.close()
        shutil.rmtree(self.folder)

    @property
    def now(self) -> int:
        return START + self.days * DAY

    def tell(self, event_id: str, shares: dict[str, int], **said: Any) -> None:
        """Tell a revision of an event; its rows are the same but for payee and share."""
        self.days += 1
        before = self.told.get(event_id, [])
        self.replaced += before
        rows = split_exactly(PPM, shares)
        base = {
            "batch_no": self.days,
            "event_id": event_id,
            "revision": before[0]["revision"] + 1 if before else 1,
            "recorded_at": self.now,
            "payee_count": len(rows),
        }
        self.told[event_id] = [
            {**base, **said, "payee_id": payee_id, "share_ppm": share}
            for payee_id, share in rows.items()
        ]
        self.seen["split deal"] += len(rows) > 1

    @rule(
        amount=amounts,
        shares=weights,
        days_ago=st.integers(0, 10),
        customer=st.sampled_from(["", "c1", "c2"]),
    )
    def win_deal(
        self, amount: int, shares: dict[str, int], days_ago: int, customer: str
    ) -> None:
        entered = {"entered_batch": self.days + 1, "entered_at": self.now + DAY}
        self.tell(
            f"d{len(self.told)}",
            shares,
            status="done",
            amount_minor=amount,
            occurred_at=max(self.now - days_ago * DAY, START),
            status_at=self.now + DAY,
            customer_id=customer,
            **entered,
        )
        self.seen["late file" if days_ago > 5 else "new deal"] += 1
        self.seen["second version"] += self.days > 15

    @precondition(lambda self: self.told)
    @rule(amount=amounts, shares=weights, data=st.data())
    def amend(self, amount: int, shares: dict[str, int], data: Any) -> None:
        event_id = data.draw(st.sampled_from(sorted(self.told)))
        self.tell(event_id, shares, **self.kept(event_id), amount_minor=amount)
        self.seen["amended"] += 1

    @precondition(lambda self: self.told)
    @rule(data=st.data())
    def cancel_or_restore(self, data: Any) -> None:
        event_id = data.draw(st.sampled_from(sorted(self.told)))
        shares = {row["payee_id"]: row["share_ppm"] for row in self.told[event_id]}
        said = self.kept(event_id) | {
            "amount_minor": self.told[event_id][0]["amount_minor"]
        }
        is_done = said["status"] == "done"
        said |= {
            "status": "cancelled" if is_done else "done",
            "status_at": self.now + DAY,
        }
        if not is_done:
            said |= {"entered_batch": self.days + 1, "entered_at": self.now + DAY}
        self.tell(event_id, shares, **said)
        self.seen["cancelled" if is_done else "restored"] += 1

    @precondition(lambda self: self.told)
    @rule(share=st.integers(1, 9), data=st.data())
    def refund_in_part_after_a_run(self, share: int, data: Any) -> None:
        self.run_programs()
        event_id = data.draw(st.sampled_from(sorted(self.told)))
        row = self.told[event_id][0]
        shares = {one["payee_id"]: one["share_ppm"] for one in self.told[event_id]}
        amount = row["amount_minor"] * share // 10
        self.tell(event_id, shares, **self.kept(event_id), amount_minor=amount)
        self.run_programs()

    def kept(self, event_id: str) -> dict[str, Any]:
        names = ("status", "occurred_at", "status_at", "customer_id")
        row = self.told[event_id][0]
        return {name: row[name] for name in (*names, "entered_batch", "entered_at")}

    @rule()
    def run_programs(self) -> None:
        run = self.evaluate()
        for sums in run.transfers.totals().values():
            self.seen.update(list(sums))
        self.books.book(run.transfers, self.now)
        self.equals_the_reference()
        assert verify(self.books.engine, programs=PROGRAMS, with_entitled=True) == ()

    @rule()
    def run_twice(self) -> None:
        self.run_programs()
        assert self.evaluate().transfers.count == 0
        self.seen["nothing to book"] += 1

    @rule()
    def run_and_pay(self) -> None:
        self.run_programs()
        transfers = run_payouts(self.books, PROGRAMS, self.now)
        self.seen["payout"] += transfers.count > 0
        self.books.pay(transfers, self.now)

    def evaluate(self) -> Run:
        # A file is never written twice: a view over it may still be open.
        self.days += 1
        folder = self.folder / str(self.days)
        rows = [row for rows in self.told.values() for row in rows] + self.replaced
        return evaluate(
            PROGRAMS,
            feed=feed_from_rows(rows, folder),
            at=self.now,
            load_booked=lambda _engine: self.books.open(),
            engine=self.books.engine,
        )

    def equals_the_reference(self) -> None:
        self.books.open()
        booked = {
            tuple(row[:4]): row[4]
            for row in self.books.engine.query(
                "select program_id, source, event_id, payee_id,"
                " accrued_minor - reversed_minor - clawed_back_minor from booked"
            )
            if row[4]
        }
        names = ", ".join(EVENT_COLUMNS)
        rows = self.books.engine.query(f"select {names} from current_events")
        events = [dict(zip(EVENT_COLUMNS, row, strict=True)) for row in rows]
        due = reference_entitlements(World(PROGRAMS, events, None, {}, []))
        assert booked == {key: amount for key, (amount, _) in due.items()}
        spent = Counter[str]()
        for key, amount in booked.items():
            spent[key[0]] += amount
        self.seen["limit reached"] += spent["sprint"] in {2_500, 3_000}
        self.seen["partly kept"] += any(
            row["status"] == "cancelled" and ("fading", *self.key(row)) in booked
            for row in events
        )

    @staticmethod
    def key(row: dict[str, Any]) -> tuple[str, str, str]:
        return row["source"], row["event_id"], row["payee_id"]


def run_machine(make_books: Callable[[], Books], *, examples: int) -> Counter[str]:
    machine = type(
        "Machine",
        (EventsMachine,),
        {"make_books": staticmethod(make_books), "seen": Counter()},
    )
    chosen = settings(
        max_examples=examples, stateful_step_count=20, derandomize=True, deadline=None
    )
    run_state_machine_as_test(machine, settings=chosen)
    return +machine.seen


def small_engine() -> DuckDBEngine:
    return DuckDBEngine(threads=1)


@pytest.mark.slow
def test_the_books_follow_the_events() -> None:
    seen = run_machine(lambda: EngineBooks(small_engine), examples=6)
    assert STATES - set(seen) == set()


def test_the_books_in_a_database_follow_the_events(database: Database) -> None:
    seen = run_machine(
        lambda: DatabaseBooks(small_engine, PROGRAMS, is_undone=True), examples=2
    )
    assert seen["payout"], database.vendor
