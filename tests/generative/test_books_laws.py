"""Do the laws of the books hold, whatever happens, wherever the books are kept?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import attrs
import pytest
from databases import Database
from generative.books_backends import (
    Books,
    DatabaseBooks,
    EngineBooks,
    run_differences,
    run_payouts,
)
from generative.books_world import PAYEES, PROGRAMS, Deal, World
from hypothesis import Phase, settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    precondition,
    rule,
    run_state_machine_as_test,
)

from openspiff.engine import DuckDBEngine, Progress, Step
from openspiff.ledger import (
    balances,
    payee_transfers,
    statement,
    trial_balance,
    verify,
)

STATES = {
    "accrual after clawback",
    "accrual after reversal",
    "budget cut",
    "clawback after payout",
    "deal amended",
    "deal cancelled",
    "deal restored",
    "first accrual",
    "late file",
    "paid and kept",
    "paid less than owed",
    "partial clawback",
    "partial reversal",
    "payee cap cut",
    "payout",
    "payout of nothing",
    "raised",
    "refunded in part",
    "reversal",
    "reversal with clawback",
    "run that books",
    "run that books nothing",
    "second clawback",
    "withheld",
}
"""What every machine must have been through, or its silence proves nothing."""

amounts = st.integers(1, 900)
payee_weights = st.dictionaries(
    st.sampled_from(PAYEES), st.integers(1, 5), min_size=1, max_size=3
)


class BooksMachine(RuleBasedStateMachine):
    """Deals come, change and go; now and then somebody runs the programs or pays."""

    make_books: ClassVar[Callable[[], Books]]
    seen: ClassVar[Counter[str]]

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.books = type(self).make_books()
        self.at = 0

    def teardown(self) -> None:
        self.run_programs()
        self.keeps_the_laws()
        self.seen.update(+self.world.seen)
        self.books.close()

    def tell(self, program_id: str, amount: int, weights: dict[str, int]) -> Deal:
        name = f"deal/{len(self.world.deals) + 1}%"
        deal = Deal(program_id, name, amount, weights)
        self.world.deals[name] = deal
        return deal

    @rule(
        program_id=st.sampled_from([one.program_id for one in PROGRAMS]),
        amount=amounts,
        weights=payee_weights,
    )
    def win_deal(self, program_id: str, amount: int, weights: dict[str, int]) -> None:
        self.tell(program_id, amount, weights)

    @precondition(lambda self: self.world.lines)
    @rule(amount=amounts, weights=payee_weights, data=st.data())
    def bring_late_file(self, amount: int, weights: dict[str, int], data: Any) -> None:
        # An old deal that comes to light after its program was booked.
        self.tell(data.draw(st.sampled_from(PROGRAMS)).program_id, amount, weights)
        self.world.seen["late file"] += 1

    @precondition(lambda self: self.world.deals)
    @rule(share=st.integers(1, 9), data=st.data())
    def refund_in_part(self, share: int, data: Any) -> None:
        deal = self.some_deal(data)
        deal.amount = max(deal.amount * share // 10, 1)
        self.world.seen["refunded in part"] += 1

    @precondition(lambda self: self.world.deals)
    @rule(amount=amounts, weights=payee_weights, data=st.data())
    def amend(self, amount: int, weights: dict[str, int], data: Any) -> None:
        deal = self.some_deal(data)
        deal.amount, deal.weights = amount, weights
        self.world.seen["deal amended"] += 1

    @precondition(lambda self: self.world.deals)
    @rule(data=st.data())
    def cancel_or_restore(self, data: Any) -> None:
        deal = self.some_deal(data)
        deal.is_cancelled = not deal.is_cancelled
        self.world.seen["deal cancelled" if deal.is_cancelled else "deal restored"] += 1

    @precondition(lambda self: self.world.deals)
    @rule(more=amounts, share=st.integers(0, 5), data=st.data())
    def raise_then_cut(self, more: int, share: int, data: Any) -> None:
        # Part of it is paid and part of it is owed when it turns out to be worth less.
        deal = self.some_deal(data)
        self.run_and_pay()
        deal.amount += more
        self.run_programs()
        deal.amount = max(deal.amount * share // 10, 1)
        self.run_programs()

    def some_deal(self, data: Any) -> Deal:
        return self.world.deals[data.draw(st.sampled_from(sorted(self.world.deals)))]

    @rule()
    def run_programs(self) -> None:
        self.at += 1
        rows = self.world.entitled_rows()
        # The order of the rows means nothing.
        rows = rows[::-1] if self.at % 2 else rows
        transfers = run_differences(self.books, PROGRAMS, rows, self.at)
        assert transfers.count == self.world.book()
        self.books.book(transfers, self.at)
        self.equals_the_world()

    @rule()
    def pay(self) -> None:
        self.at += 1
        transfers = run_payouts(self.books, PROGRAMS, self.at)
        paid = {
            (row["program_id"], row["source"], row["event_id"], row["payee_id"]): row[
                "amount_minor"
            ]
            for row in rows_of(self.books.engine, "new_transfers")
        }
        assert paid == self.world.pay()
        self.books.pay(transfers, self.at)
        self.equals_the_world()

    @rule()
    def run_and_pay(self) -> None:
        self.run_programs()
        self.pay()

    @rule()
    def keeps_the_laws(self) -> None:
        self.run_programs()
        self.books.open()
        self.books.load_kept()
        broken = verify(
            self.books.engine, programs=PROGRAMS, with_entitled=True, with_kept=True
        )
        assert broken == ()
        assert trial_balance(self.books.engine).is_balanced
        for balance in balances(self.books.engine):
            rows = payee_transfers(self.books.engine, balance.payee_id)
            shown = statement(rows, payee_id=balance.payee_id).balances
            assert shown[balance.currency] == balance.balance_minor

    def equals_the_world(self) -> None:
        self.books.open()
        booked = {
            (row["program_id"], row["source"], row["event_id"], row["payee_id"]): (
                row["accrued_minor"],
                row["reversed_minor"],
                row["paid_minor"],
                row["clawed_back_minor"],
            )
            for row in rows_of(self.books.engine, "booked")
        }
        assert booked == {
            key: (line.accrued, line.reversed, line.paid, line.clawed_back)
            for key, line in self.world.lines.items()
            if line.accrued
        }


def rows_of(engine: DuckDBEngine, table: str) -> list[dict[str, Any]]:
    names = engine.columns(table)
    return [dict(zip(names, row, strict=True)) for row in engine.query(f"from {table}")]


def run_machine(
    make_books: Callable[[], Books],
    *,
    examples: int,
    steps: int = 30,
    phases: Sequence[Phase] = tuple(Phase),
) -> Counter[str]:
    """Run the machine on these books; return how often each state was reached."""
    machine = type(
        "Machine",
        (BooksMachine,),
        {"make_books": staticmethod(make_books), "seen": Counter()},
    )
    # The same examples every time: whether every state is reached is no matter of luck.
    chosen = settings(
        max_examples=examples,
        stateful_step_count=steps,
        phases=phases,
        report_multiple_bugs=False,
        derandomize=True,
        deadline=None,
    )
    run_state_machine_as_test(machine, settings=chosen)
    return machine.seen


def small_engine() -> DuckDBEngine:
    return DuckDBEngine(threads=1)


@pytest.mark.slow
def test_the_laws_hold_on_the_engine_alone() -> None:
    seen = run_machine(lambda: EngineBooks(small_engine), examples=15)
    assert STATES - set(seen) == set()


def test_the_laws_hold_in_a_database(database: Database) -> None:
    seen = run_machine(
        lambda: DatabaseBooks(small_engine, PROGRAMS, is_undone=True), examples=12
    )
    assert STATES - set(seen) == set(), database.vendor


@pytest.mark.slow
def test_the_laws_hold_in_long_sequences() -> None:
    run_machine(lambda: EngineBooks(small_engine), examples=400, steps=60)


class PlantedFault(DuckDBEngine):
    """An engine that runs one step with one fault in it."""

    fault: ClassVar[tuple[str, str, str]]
    planted: ClassVar[int] = 0

    def run(self, steps: Sequence[Step], *, progress: Progress | None = None) -> None:
        """Run the steps, one of them wrong."""
        super().run([self._planted(one) for one in steps], progress=progress)

    def _planted(self, step: Step) -> Step:
        name, right, wrong = self.fault
        if step.name != name or right not in step.sql:
            return step
        type(self).planted += 1
        return attrs.evolve(step, sql=step.sql.replace(right, wrong))


FAULTS = {
    "clawback with the wrong sign": (
        "moves",
        "w.net_minor - w.due_minor - w.unpaid_minor as amount_minor",
        "w.net_minor + w.due_minor - w.unpaid_minor as amount_minor",
    ),
    "clawback between the wrong accounts": (
        "new_transfers",
        "when 'payout' then 'cash'",
        "when 'payout' then 'cash' when 'clawback' then 'payable:' || k.payee_id",
    ),
    "reversal of what was paid": (
        "moves",
        "least(w.net_minor - w.due_minor, w.unpaid_minor)",
        "w.net_minor - w.due_minor",
    ),
    "clawback where the payee keeps what was paid": ("moves", "and t.takes_back", ""),
    "payout of what is withheld": (
        "payout_lines",
        "- coalesce(r.receivable_minor, 0)",
        "- 0 * coalesce(r.receivable_minor, 0)",
    ),
    "the same number again": ("moves", "w.transfer_count + 1 as number", "1 as number"),
}


# Each takes many runs of the machine: in the suite one of accounts and one of keys.
_OFTEN = {"clawback between the wrong accounts", "the same number again"}


@pytest.mark.parametrize(
    "fault",
    [pytest.param(one, marks=[] if one in _OFTEN else pytest.mark.slow) for one in FAULTS],
)
def test_a_planted_fault_is_found(fault: str) -> None:
    engine = type("Planted", (PlantedFault,), {"fault": FAULTS[fault]})
    with pytest.raises(AssertionError):
        run_machine(
            lambda: EngineBooks(lambda: engine(threads=1)),
            examples=30,
            phases=[Phase.generate],  # found is enough, it need not be made small
        )
    assert engine.planted
